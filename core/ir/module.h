// A module: an immutable set of tensor functions, each held at one of four levels, with the constants they share.
//
// Everything below a ModulePtr is immutable and shared. A transform makes a new module that shares what it did not
// change: an untouched function is the same pointer in both.
#pragma once

#include "core/base/shared_map.h"
#include "core/ir/effect.h"
#include "core/ir/graph.h"
#include "core/ir/library.h"
#include "core/ir/size_facts.h"
#include "core/ir/stmt.h"

namespace strata {

enum class Level { Graph, Loops, Library, Hardware };
const char* name(Level level);  // "graph", "loops", "library", "hardware"
std::optional<Level> levelByName(std::string_view name);

struct LoopsBody {
    Body body;
};

// LLVM IR text that defines one function @NAME(ptr params..., ptr results...); opaque to core.
struct HardwareBody {
    std::string llvm;
};

// What code is made for. Explicit facts: no transform ever probes the machine.
struct Target {
    enum class Isa : int {};  // the number of a processor's description: see core/ir/cpu.h
    static Isa usual();       // the one that says "default = yes"
    Isa isa = usual();
    int threads = 0;                                     // 0: decided when run
    std::int64_t l1Bytes = 0, l2Bytes = 0, l3Bytes = 0;  // 0: as the description says
    friend bool operator==(const Target&, const Target&) = default;
};
const char* name(Target::Isa isa);
std::optional<Target::Isa> isaByName(std::string_view name);
int vectorBytes(Target::Isa isa);

// How a function stands to the one whose meaning it has (see core/ir/implementations.h). The claim is part of its text:
// derived from the definition by steps of that effect, or asserted by whoever typed it.
struct Implements {
    std::string definition;
    bool asserted = true;
    Effect effect = Effect::Exact;  // of the steps; an asserted one: of those taken since
    friend bool operator==(const Implements&, const Implements&) = default;
};

// One line of a definition's choice.
struct Choice {
    std::string implementation;
    std::optional<Target::Isa> least;  // only on machines that have this instruction set; none: on all
    SizeFacts where;                   // only for such sizes of the definition; none: for all

    bool isForAll() const { return !least && where.empty(); }
    friend bool operator==(const Choice&, const Choice&) = default;
};

// A size of a function of loops that data tell: how many elements are selected is an element of a parameter, which some
// call before has computed. Whoever calls the function looks there before it allocates the results; a number that is
// not 0 .. most is an error of the run.
//
//     @told(n = count[0] <= 60)
//     @assume(n >= 0)
//     def nonzero(source: i64[60], count: i64[1]) -> (y: i64[1, n]):
struct ToldSize {
    std::string size;
    std::string by;  // a parameter of i64, of rank 0 or 1
    std::int64_t element = 0;
    Dim most;  // over the sizes that parameters give
    friend bool operator==(const ToldSize&, const ToldSize&) = default;
};

// Result -> the parameter in whose memory it lies: the cache of a decoder, the weights that a training step moves. What
// the function computes is as ever; the result begins as what the parameter is, so what it does not write stays. Loops
// speak of the result alone; a graph or a runtime program reads the parameter until the result is written. Who calls
// passes one buffer for both, else the parameter is copied first.
//
//     @inout(present=past)
//     def write(past: f32[8, 64], row: f32[1, 64], at: i64[1]) -> (present: f32[8, 64]):
using Inouts = std::map<std::string, std::string>;

// Parameters and results. At the graph level both are values; below, both are buffers that the caller passes
// (destination-passing).
struct Function {
    std::string name;
    std::vector<TypedName> params;
    std::vector<TypedName> results;
    std::variant<GraphBody, LoopsBody, LibraryBody, HardwareBody> body;
    // Facts that transforms read and keep: "pattern" (elementwise, broadcast, injective, reduction, out_fusable,
    // opaque), "origin" (operator it was lowered from). Sorted, printed as decorators.
    std::map<std::string, std::string> attributes;
    std::optional<Implements> implements;  // none: a definition
    std::vector<Choice> choices;           // of a definition: the first that fits runs in its place; none: it
    SizeFacts facts;                       // of its sizes, which every call keeps
    std::vector<ToldSize> told;            // those of its sizes that data tell
    Inouts inouts;                         // results that lie in the memory of parameters

    Level level() const { return static_cast<Level>(bodyLevel[body.index()]); }
    const GraphBody* graph() const { return std::get_if<GraphBody>(&body); }
    const LoopsBody* loops() const { return std::get_if<LoopsBody>(&body); }
    const LibraryBody* library() const { return std::get_if<LibraryBody>(&body); }
    const HardwareBody* hardware() const { return std::get_if<HardwareBody>(&body); }

private:
    static constexpr int bodyLevel[] = {0, 1, 2, 3};
};
using FunctionPtr = std::shared_ptr<const Function>;

// A hardware primitive. The description (a loops function on the boxes it touches) is its meaning: the evaluator runs
// it, tensorize matches against it, the verifier trusts it. The implementation is LLVM IR (a function @NAME taking for
// each argument a pointer to the first element and then, for each dimension but the last, a stride in elements as i64);
// empty: the code generator has it built in under this name.
struct Intrinsic {
    std::string name;
    FunctionPtr description;
    std::string implementation;
};
using IntrinsicPtr = std::shared_ptr<const Intrinsic>;

class Module;
using ModulePtr = std::shared_ptr<const Module>;

class Module {
public:
    std::string name;
    std::vector<FunctionPtr> functions;  // in printed order; names unique; the entry is `entry`
    std::string entry;                   // "" if there is none (a set of kernels); then the only definition, if one
    SharedMap<std::string, ConstantPtr> constants;  // printed @name
    std::vector<IntrinsicPtr> intrinsics;
    Target target;

    FunctionPtr find(std::string_view function) const;  // nullptr if absent
    FunctionPtr entryFunction() const;                  // see `entry`; nullptr if there is none
    IntrinsicPtr intrinsic(std::string_view name) const;
    ModulePtr withFunction(FunctionPtr function) const;  // replaces the one of that name, or appends
    ModulePtr withoutFunction(std::string_view function) const;
    ModulePtr withConstant(std::string name, ConstantPtr constant) const;
};

bool equal(const Function& a, const Function& b);  // structural, names included
bool equal(const Module& a, const Module& b);      // also constants by content

// Buffers of a loops function: params, results, then allocations in order.
std::vector<Buffer> buffers(const Function& function);
const TypedName* findParam(const Function& function, std::string_view name);  // among params and results
// The inouts by position: result -> parameter. Names that the function lacks are left out.
std::map<std::size_t, std::size_t> inoutPositions(const Function& function);

// All nodes of a function / module, in printed order.
std::vector<Cursor> cursors(const Function& function);
std::vector<Cursor> cursors(const Module& module);
bool exists(const Module& module, const Cursor& cursor);

// A name that `taken` does not hold: `base`, else base_1, base_2, ...
std::string freshName(const std::string& base, const std::function<bool(const std::string&)>& taken);
// Every name used in a loops function (loops, block names, buffers, block iterators).
std::vector<std::string> usedNames(const Function& function);

}  // namespace strata
