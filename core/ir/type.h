// Types of values: a tensor with an element type and a shape, or (opaque to the loops level) a sequence or an optional
// of one, or what is not known.
#pragma once

#include "core/base/dtype.h"
#include "core/ir/dim.h"

namespace strata {

struct TensorType {
    DType dtype = DType::F32;
    Shape shape;         // row-major, outermost first
    bool ranked = true;  // false: nothing is known of the shape, `shape` is empty

    friend bool operator==(const TensorType&, const TensorType&) = default;
};

struct ValueType {
    // Unknown: nothing is known, not even the element type: what an operator or an element type gives that Strata does
    // not hold. It never counts as a tensor; `tensor` is unranked then.
    enum class Kind { Tensor, Sequence, Optional, Unknown };
    Kind kind = Kind::Tensor;
    TensorType tensor;  // of a sequence or optional: the element

    friend bool operator==(const ValueType&, const ValueType&) = default;
};

std::string toString(const TensorType& type);  // "f32[1, 784]"; a scalar is "f32[]"; unranked is "f32[...]"
std::string toString(const ValueType& type);   // also "sequence(f32[1])", "optional(f32[1])", "unknown"
// Bytes of a dense tensor; nullopt if symbolic, unranked or string.
std::optional<std::int64_t> byteCount(const TensorType& type);

// Where a buffer of the loops level lives.
//   Global: memory seen by all. Shared: by the threads of one block (GPU). Local: private to one iteration of the loops
//   around its allocation; on the CPU the code generator keeps it in registers if its indices are constant after
//   unrolling.
enum class Scope { Global, Shared, Local };
const char* name(Scope scope);

}  // namespace strata
