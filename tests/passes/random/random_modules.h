// Small random modules at the loops level, as text: one to three functions over random element types; products, chains,
// pools, updates in place, recurrences, stencils, nests under a serial loop, layouts by fused loops.
#pragma once

#include "tests/passes/random/random.h"

namespace strata {

std::string randomModule(Random& random);

}  // namespace strata
