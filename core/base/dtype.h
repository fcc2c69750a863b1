// Element types. Arithmetic on f16 and bf16 converts to f32, computes, and rounds to nearest even after every
// operation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace strata {

enum class DType : std::uint8_t { Bool, I8, I16, I32, I64, U8, U16, U32, U64, F16, BF16, F32, F64, String };

int byteSize(DType type);      // bool is 1; string, an opaque value, is 0
const char* name(DType type);  // "f32", "i64", "bool", ... as printed in the text form
std::optional<DType> dtypeByName(std::string_view name);
bool isFloat(DType type);
bool isInteger(DType type);  // signed or unsigned, not bool
bool isSigned(DType type);   // signed integer or float

// Conversions of the two short floats, round to nearest even; bit patterns in the low 16 bits.
float halfToFloat(std::uint16_t bits);
std::uint16_t floatToHalf(float value);
float bfloatToFloat(std::uint16_t bits);
std::uint16_t floatToBfloat(float value);

}  // namespace strata
