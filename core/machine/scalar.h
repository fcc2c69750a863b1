// One value of an expression: floats in `f`, bool and integers in `i`.
#pragma once

#include <cstdint>

namespace strata {

struct Scalar {
    double f = 0;
    std::int64_t i = 0;
};

}  // namespace strata
