// The evaluator's machine: a loops function compiled once to a list of small instructions over numbered registers.
//
// It interprets Expr and Stmt exactly in program order; nothing is reordered, merged or left out. An instruction is a
// handler and the registers it works on, so that a step of the machine is one indirect call. A register holds a value
// by its type: f32 (and the short floats, which compute in f32) in `f`, f64 in `d`, bool and integers in `i`, sign- or
// zero-extended to 64 bits.
#pragma once

#include "core/ir/module.h"
#include "core/machine/scalar.h"
#include "core/tensor/texts.h"

#include <stop_token>

namespace strata::reference {

// What an element's bytes hold before it is written: NaN in floats, -1 in signed integers.
constexpr std::byte undefinedByte{0xff};

union Register {
    float f;
    double d;
    std::int64_t i = 0;
    std::uint64_t u;
};

struct Machine;
struct Instruction;
// Executes an instruction and returns the next one; nullptr at the end or after Machine::fail.
using Handler = const Instruction* (*)(Machine&, const Instruction*);

// For Load and Store: `b` is the first of `count` registers in MachineCode::lists, `a` the buffer, `c` the value
// stored. For functions of texts: `b` is the first of the arguments there. For Bitcast: `count` is the type it comes
// from. For jumps: `c` is the index of the target instruction.
struct Instruction {
    Handler handler = nullptr;
    DType type = DType::I64;
    std::uint16_t count = 0;
    std::int32_t target = 0, a = 0, b = 0, c = 0;
};

// Where an instruction stands, for messages: the innermost block and its iterators, or the loops around.
struct Place {
    std::string block;
    std::vector<std::pair<std::string, std::int32_t>> iterators;  // name, register
    std::vector<std::pair<std::string, std::int32_t>> loops;      // around, outermost first
};

struct MachineCode;

struct IntrinsicUse {
    std::string name;
    std::shared_ptr<const MachineCode> program;
    struct Argument {
        std::int32_t buffer = 0;
        std::vector<std::int32_t> begin;  // registers
    };
    std::vector<Argument> arguments;
};

struct MachineCode {
    std::string function;
    std::vector<Instruction> code;
    std::vector<std::int32_t> places;  // of each instruction, an index into placeTable
    std::vector<Place> placeTable;
    std::vector<std::int32_t> lists;                // index registers
    std::vector<Register> registers;                // initial values: constants are registers that nobody writes
    std::vector<Buffer> buffers;                    // params, results, then allocations
    std::vector<std::vector<std::int64_t>> shapes;  // of `buffers`
    std::size_t parameterCount = 0;                 // buffers that the caller passes
    std::vector<bool> written;                      // of `buffers`: a statement writes it
    std::vector<IntrinsicUse> intrinsics;
    std::vector<std::pair<std::int32_t, std::string>> texts;  // registers that hold constant texts
};

// A buffer at run time; extents and strides count elements. Element 0 is `first` elements behind `data`.
struct View {
    std::byte* data = nullptr;
    std::vector<std::int64_t> extents, strides;
    std::int64_t first = 0;
};

struct Recorder;  // see trace.h

struct Machine {
    const MachineCode& program;
    std::vector<Register> registers;
    std::vector<View> views;  // of program.buffers
    std::stop_token stop;
    int untilStopCheck = 0;
    std::function<Scalar(const std::string&, const std::vector<std::int64_t>&)> load;  // of free expressions
    std::optional<Error> error;
    Recorder* recorder = nullptr;  // of code whose loads and stores are recorded
    Texts* texts = nullptr;        // what the numbers of texts stand for

    Machine(const MachineCode& p, std::vector<View> parameters, std::stop_token s, Texts* t = nullptr);
    Status run();
    Scalar get(std::int32_t r, DType type) const;
    void set(std::int32_t r, DType type, const Scalar& value);
    // Records a Bug that names the place of `at`; `what` completes "Block "dense" at vi = 0, vj = 3 ...".
    const Instruction* fail(const Instruction* at, const std::string& what);
    // The same for what the inputs are to blame for; `what` is followed by "in block "dense" of f at vi = 0, vj = 3.".
    const Instruction* refuse(const Instruction* at, const std::string& what);

private:
    const Place& placeOf(const Instruction* at) const;
    std::string instanceText(const Place& place) const;
    const Instruction* end(Error why, const Place& place);

    std::vector<Bytes> m_storage;  // of allocations
};

std::vector<std::int64_t> denseStrides(const std::vector<std::int64_t>& shape);

// Compiles a loops function; calls of elementary functions are expanded.
Result<std::shared_ptr<const MachineCode>> compile(const Module& module, const Function& function);
// Compiles one expression; the value ends in register `result`; `variables` are given registers by name. Loads go
// through Machine::load.
struct ExprProgram {
    MachineCode program;
    std::map<std::string, std::pair<DType, std::int32_t>> variables;
    std::int32_t result = 0;
};
Result<ExprProgram> compile(const ExprPtr& expression);

// Handlers by operation and type of the operands; nullptr where the operation is not defined on the type.
Handler unaryHandler(Op op, DType type);
Handler binaryHandler(Op op, DType type);
Handler fmaHandler(DType type);
Handler loadHandler(DType type);
Handler storeHandler(DType type);
Handler castHandler(DType from, DType to);
Handler bitcastHandler(DType from, DType to);
Handler textHandler(std::string_view function);  // of core/ir/text_functions.h
// Brings a register that holds the exact or wider result back to the type: wraps integers, rounds f16 and bf16; nullptr
// if none is needed.
Handler normalizeHandler(DType type);

namespace control {
const Instruction* end(Machine&, const Instruction*);
const Instruction* move(Machine&, const Instruction*);           // target = a
const Instruction* jump(Machine&, const Instruction*);           // to c
const Instruction* jumpIfZero(Machine&, const Instruction*);     // if a == 0 to c
const Instruction* jumpIfNonZero(Machine&, const Instruction*);  // if a != 0 to c
const Instruction* loopBegin(Machine&, const Instruction*);      // target = 0; to c if the extent a is not positive
const Instruction* loopNext(Machine&, const Instruction*);       // ++target; to c while below the extent a
const Instruction* checkIterator(Machine&, const Instruction*);  // fails unless 0 <= a < b
const Instruction* checkIndex(Machine&, const Instruction*);     // target = a; refused unless 0 <= a < b; of buffer c
const Instruction* clear(Machine&, const Instruction*);          // contents of buffer a become undefined
const Instruction* loadFree(Machine&, const Instruction*);       // target = load(buffers[a], lists)
const Instruction* intrinsic(Machine&, const Instruction*);      // intrinsics[a]
}  // namespace control

}  // namespace strata::reference
