// Conversions between the evaluator's carriers (double, std::int64_t) and the element types, as core/ir/expr.h defines
// them.
#pragma once

#include "core/base/dtype.h"

#include <cstddef>

namespace strata {

// The low bits of `value`, sign- or zero-extended as the type says; bool is value != 0. u64 keeps its bits.
std::int64_t wrapTo(DType type, std::int64_t value);
// Truncates and saturates to an integer type; NaN gives 0; bool is value != 0.
std::int64_t saturateTo(DType type, double value);
// The number that an integer of the type stands for (u64 above 2^63 is positive).
double integerToDouble(DType type, std::int64_t value);

// Element `index` of those that lie at `data`, packed ones included: floats by readFloat, bool and integers by
// readInteger, any by its bits. Writing leaves the neighbours in the same byte as they are.
double readFloat(DType type, const std::byte* data, std::int64_t index);
std::int64_t readInteger(DType type, const std::byte* data, std::int64_t index);
std::uint64_t readBits(DType type, const std::byte* data, std::int64_t index);
void writeFloat(DType type, std::byte* data, std::int64_t index, double value);  // to nearest even; short ones by f32
void writeInteger(DType type, std::byte* data, std::int64_t index, std::int64_t value);  // wraps
void writeBits(DType type, std::byte* data, std::int64_t index, std::uint64_t bits);

}  // namespace strata
