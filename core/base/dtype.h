// Element types: names, bits, kinds. Which of ONNX's names is which, core/onnx and core/operators/rules.cpp say.
//
// Types of less than a byte are packed wherever elements lie in memory (tensors, constants, buffers, what a library
// takes and gives): two of 4 bits or four of 2 bits a byte, the first in the lowest bits, rows one behind the other
// without a gap; what is left over of the last byte means nothing.
//
// A string is the number of a text (core/tensor/texts.h): equal texts have equal numbers wherever a function runs, so
// loops move and compare strings as they do integers. 0 is the empty text.
//
// Floats of less than 32 bits, the short ones, are computed in f32: each operation converts, computes and rounds to
// nearest even. How the ones of a byte or less round, core/base/tiny_float.h says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace strata {

enum class DType : std::uint8_t {
    Bool,
    I2,
    I4,
    I8,
    I16,
    I32,
    I64,
    U2,
    U4,
    U8,
    U16,
    U32,
    U64,
    F4E2M1,
    F8E4M3FN,
    F8E4M3FNUZ,
    F8E5M2,
    F8E5M2FNUZ,
    F8E8M0,
    F16,
    BF16,
    F32,
    F64,
    String
};

int bitSize(DType type);   // in memory: bool is 8; string is 64, the number of its text
int byteSize(DType type);  // of one element alone: a packed one takes a byte of its own
bool isPacked(DType type);
std::int64_t byteCount(DType type, std::int64_t elements);  // of so many elements one behind the other
const char* name(DType type);                               // "f32", "i4", "bool", ... as printed in the text form
std::optional<DType> dtypeByName(std::string_view name);
std::string dtypeNames();  // "bool, i2, ... and string", for messages
bool isFloat(DType type);
bool isShortFloat(DType type);
bool isInteger(DType type);  // signed or unsigned, not bool
bool isSigned(DType type);   // signed integer or float

// Conversions of the two floats of 16 bits, round to nearest even; bit patterns in the low 16 bits.
float halfToFloat(std::uint16_t bits);
std::uint16_t floatToHalf(float value);
float bfloatToFloat(std::uint16_t bits);
std::uint16_t floatToBfloat(float value);

}  // namespace strata
