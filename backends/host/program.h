// The host program of an artifact: what its entry does at a run, as data.
//
// It is derived from a lowered module and its memory plan (derive.h): names are resolved to memory, a runtime program
// within the entry's is opened up, and what is called is code, a routine of a library, or a kernel of a device. What
// prints it (print.h), what makes code of it (backends/llvm/codegen/entry.h) and what tells which call needs what read
// this and nothing else.
#pragma once

#include "backends/device/kernel.h"
#include "backends/libraries/routines.h"
#include "core/ir/module.h"

namespace strata {

using BufferIndex = int;
constexpr BufferIndex absent = -1;  // an input that is left out

// A name for some memory. Its place is a number: which input or output, the byte in the arena, the storage in it, or
// the buffer that a view shows under another shape, or of which a row shows the one of an iteration. A constant is
// found by its name.
struct HostBuffer {
    enum class Base { Input, Output, Arena, Storage, View, Row, Constant };
    std::string name;  // of a program within the entry's: "call.name"
    TensorType type;
    Base base = Base::Arena;
    std::int64_t place = 0;
    BufferIndex iteration = absent;  // of a row: holds its number
};

struct HostStatement;
using HostBlock = std::vector<HostStatement>;

// What follows, up to the next one, belongs to this call of the entry: times and errors are told by it.
struct HostBegin {
    int call = 0;
};
// The code of a function of the module; its sizes, in the order of their names, over those of the program.
struct HostCall {
    std::string function;
    std::vector<BufferIndex> inputs, outputs;
    std::vector<Dim> sizes;
};
struct HostRoutine {
    RoutineCall routine;
    std::vector<BufferIndex> inputs;  // three
    BufferIndex output = absent;
};
// A size that data tell: an element of a buffer, or what a branch gives. The run fails where it is not 0 .. most, or
// where the size is known otherwise and differs.
struct HostSize {
    std::string size;             // of the program's data sizes; empty: `is` is known
    BufferIndex source = absent;  // absent: it is `is`
    std::int64_t element = 0;
    Dim is, most;
};
// A number for some memory of a device: what kernels read and write lies there, until something else needs the place.
using DevicePlace = int;

// A kernel on a device. Its arguments lie in places of the device; copies (place_copies.h) bring them there and back.
struct HostLaunch {
    std::string device;
    std::shared_ptr<const Kernel> kernel;
    std::vector<BufferIndex> arguments;
    std::vector<bool> begun;          // by argument: it holds something before, also if the kernel writes it
    std::vector<DevicePlace> places;  // by argument
};
struct HostCopy {
    BufferIndex source = absent, target = absent;
    Dim bytes = 0;
};
// A buffer to a device, where it stays for the kernels that follow; `once`: a constant, for all runs of an instance.
struct HostUpload {
    std::string device;
    DevicePlace place = 0;
    BufferIndex source = absent;
    std::int64_t bytes = 0;
    bool once = false;
};
// Back to the host, when the kernels before are done.
struct HostDownload {
    std::string device;
    DevicePlace place = 0;
    BufferIndex target = absent;
    std::int64_t bytes = 0;
};
// The first block whose instruction set the machine has, and whose sizes are as it asks, else the last.
struct HostChoose {
    struct Choice;
    std::vector<Choice> choices;
    HostBlock otherwise;
};

// By the first byte of a buffer.
struct HostIf {
    BufferIndex condition = absent;
    HostBlock then, otherwise;
};

// As long as fewer than `trips` iterations ran and the condition holds, which is first read from `first`, then from
// `next`; before each, its number and the condition are written for the body. Trips and first may be absent.
struct HostLoop {
    BufferIndex trips = absent, first = absent, iteration = absent, condition = absent, next = absent;
    std::optional<std::int64_t> rows;  // that outputs have room for: so many iterations, or the run fails
    HostBlock body;
};

struct HostStatement {
    std::variant<HostBegin, HostCall, HostRoutine, HostSize, HostLaunch, HostCopy, HostUpload, HostDownload, HostChoose,
                 HostIf, HostLoop>
        is;
};
struct HostChoose::Choice {
    std::optional<Target::Isa> least;             // none: any
    std::vector<std::pair<Dim, SizeFact>> where;  // all of them, over the program's sizes
    HostBlock body;
};

struct HostProgram {
    std::string name;                           // of the entry
    std::vector<TypedName> inputs, outputs;     // outputs with the most that data may tell: what a caller allocates
    std::vector<TypedName> results;             // what comes out
    std::map<std::size_t, std::size_t> inouts;  // outputs that lie in the memory of inputs
    std::vector<std::string> sizes;             // of the entry, in the order of their names: the caller chooses them
    std::vector<std::pair<std::string, Dim>> dataSizes;  // that the run finds, with the most that each can be
    SizeFacts facts;                                     // that are checked before a run
    std::vector<Dim> derived;  // dimensions of inputs and outputs that are neither numbers nor just a size
    std::vector<HostBuffer> buffers;
    std::vector<std::string> calls;  // of the entry, in order
    HostBlock body;
    std::int64_t arenaBytes = 0;
    // Behind these bytes: storages, one after the other, each of the largest of these bytes, rounded up to 64.
    std::vector<std::vector<Dim>> storages;
};

// The run's table of sizes: those of the entry, what is derived from them, where storages begin and the bytes of them
// all, then from here on those that data tell, then dimensions of results.
std::size_t firstDataSize(const HostProgram& program);
// Those of results that are no numbers, in order.
std::vector<Dim> resultDimensions(const HostProgram& program);

// Every statement, those of inner blocks too, with the call of the entry that it belongs to (-1: none).
void forEachStatement(const HostProgram& program, const std::function<void(const HostStatement&, int call)>& visit);

// Functions whose code the program calls, each once, in order; devices that it launches kernels on, likewise; and which
// calls of the entry need a function or a routine of the runtime.
std::vector<std::string> calledFunctions(const HostProgram& program);
std::vector<std::string> launchingDevices(const HostProgram& program);
std::map<std::string, std::vector<Cursor>> neededBy(const HostProgram& program);

}  // namespace strata
