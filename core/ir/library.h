// The library level: the runtime program. Buffers, and calls in destination-passing style: the caller allocates, the
// callee writes.
#pragma once

#include "core/ir/graph.h"

#include <optional>

namespace strata {

// A buffer of the program. Planned (plan_memory), it lies in the arena: in a slot, or, in a program with sizes, at the
// beginning of a storage. A storage is as large as the largest of its buffers at a run; storages lie one after the
// other (TVM's storage_id).
struct AllocateBuffer {
    std::string name;
    TensorType type;
    struct Slot {
        std::int64_t offset = 0, bytes = 0;  // in the arena; multiples of 64
        friend bool operator==(const Slot&, const Slot&) = default;
    };
    std::optional<Slot> slot;
    std::optional<std::int64_t> storage;
};

// Another name and shape for the same memory (Reshape, Flatten, Squeeze); source is a buffer, parameter or constant.
struct ViewBuffer {
    std::string name;
    Operand source;
    TensorType type;
};

struct LibraryCall {
    std::string name;  // unique; the node it came from
    enum class Callee { Function, Routine };
    Callee kind = Callee::Function;  // a function of the module, or a routine of a provider
    std::string callee;              // "linear_relu", or "onednn.matmul", "openblas.matmul", "onednn.conv"
    std::vector<Operand> inputs;
    std::vector<std::string> outputs;  // buffers or results of the function
    Attributes attributes;             // of a routine: transposes, strides, epilogue, ...
};

// Copies a whole tensor; only where a result equals a parameter, a constant or another result.
struct CopyBuffer {
    Operand source;
    std::string target;
};

using LibraryStmt = std::variant<AllocateBuffer, ViewBuffer, LibraryCall, CopyBuffer>;
using LibraryStmtPtr = std::shared_ptr<const LibraryStmt>;

struct LibraryBody {
    std::vector<LibraryStmtPtr> statements;
    std::int64_t arenaBytes = 0;  // 0 before plan_memory
};

bool equal(const LibraryStmt& a, const LibraryStmt& b);

}  // namespace strata
