// Functions for any size, made from functions of numbers.
#pragma once

#include "core/ir/module.h"
#include "tests/passes/random/random.h"

namespace strata {

// The function with a size in the place of one of its dimensions, and what is told by it (one more, one less, a
// multiple) in its other dimensions, extents and indices, so far as it is drawn; sometimes with a second size,
// sometimes with a fact. It may be wrong for some sizes: the verifier says. nullptr where there is no dimension to
// take.
FunctionPtr symbolized(const Function& function, Random& random);

}  // namespace strata
