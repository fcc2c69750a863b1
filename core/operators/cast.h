// How a number becomes one of another element type as ONNX has it, which for types of a byte or less is more than a
// conversion of the loops level.
#pragma once

#include "core/elementary/value.h"

namespace strata {

enum class PowerRounding { Up, Down, Nearest };

// Of attributes of Cast and CastLike; the defaults are theirs.
struct CastForm {
    bool saturate = true;                        // what is too large for a float of 8 bits becomes its largest number
    PowerRounding powers = PowerRounding::Up;  // to f8e8m0, whose numbers are powers of two
};

// Floats to integers of at least 8 bits: towards 0, cut off at the ends of the type; to shorter ones the integer wraps.
Value castAs(DType type, const Value& x, const CastForm& form);

// At the largest number of the type and its negative; a NaN stays one.
Value saturated(DType type, const Value& x);

}  // namespace strata
