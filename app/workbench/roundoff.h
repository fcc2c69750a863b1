// What one rounding does to a number, by type.
#pragma once

#include "core/base/tiny_float.h"

#include <cmath>
#include <limits>

namespace strata {

// Half the distance of neighbours around 1: the largest relative error of one rounding; 0 for what does not round.
inline double unitRoundoff(DType type)
{
    if (const TinyFloat* const tiny = tinyFloat(type))
        return std::ldexp(1, -1 - tiny->fraction);
    switch (type) {
    case DType::F8E8M0: return 0.5;
    case DType::BF16: return std::ldexp(1, -8);
    case DType::F16: return std::ldexp(1, -11);
    case DType::F32: return std::ldexp(1, -24);
    case DType::F64: return std::ldexp(1, -53);
    default: return 0;
    }
}

// The largest absolute error of a rounding to a denormal number, twice over.
inline double smallestDenormal(DType type)
{
    if (const TinyFloat* const tiny = tinyFloat(type))
        return std::ldexp(1, 1 - tiny->bias - tiny->fraction);
    switch (type) {
    case DType::F8E8M0: return std::ldexp(1, -127);
    case DType::BF16: return std::ldexp(1, -133);
    case DType::F16: return std::ldexp(1, -24);
    case DType::F32: return std::ldexp(1, -149);
    default: return std::ldexp(1, -1074);
    }
}

// |a - b|; 0 for equal infinities and for two NaNs, infinite if only one is NaN.
inline double distance(double a, double b)
{
    if (a == b || (std::isnan(a) && std::isnan(b)))
        return 0;
    const double error = std::abs(a - b);
    return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
}

}  // namespace strata
