// Floats of a byte or less: f4e2m1 and five kinds of f8, by ONNX's names (eXmY: bits of exponent and fraction).
//
//   kind        bias  largest  infinity  NaN                 too large becomes   zeros
//   f4e2m1      1     6        no        none                6                   +0 -0
//   f8e4m3fn    7     448      no        0x7f 0xff           NaN                 +0 -0
//   f8e4m3fnuz  8     240      no        0x80                NaN                 +0
//   f8e5m2      15    57344    yes       0x7d.. 0xfd..       infinity            +0 -0
//   f8e5m2fnuz  16    57344    no        0x80                NaN                 +0
//   f8e8m0      127   2^127    no        0xff                NaN                 none: 2^(code - 127), no sign
//
// Rounding is to nearest even; what rounds to no more than the largest number is that number. A NaN that becomes f4e2m1
// becomes -0. f8e8m0 takes the nearer power of two, of two equally near ones the larger; what is below 2^-127 becomes
// that, zero and negative numbers NaN. These are the values of ml_dtypes, which ONNX's reference computes with.
// ONNX's `saturate` is no conversion of its own: who saturates clamps first (core/operators/cast.h).
#pragma once

#include "core/base/dtype.h"

namespace strata {

// A kind with sign, exponent and fraction. Codes are without the sign's bit.
struct TinyFloat {
    int fraction, bias;
    std::uint8_t sign;      // the sign's bit
    std::uint8_t largest;   // code of the largest number
    std::uint8_t infinity;  // 0: there is none
    std::uint8_t nan;       // the smallest code that is NaN; 0: none is
    bool unsignedZero;      // the code of -0 is NaN
};

// nullptr: another type, also f8e8m0, which has neither sign nor fraction.
const TinyFloat* tinyFloat(DType type);

// f16 and bf16, too: every short float by its bits.
float shortToFloat(DType type, std::uint16_t bits);
std::uint16_t floatToShort(DType type, float value);
float roundToShort(DType type, float value);

// Of any float type.
double largestFinite(DType type);
double greatestFloat(DType type);  // infinity, where the type has it

}  // namespace strata
