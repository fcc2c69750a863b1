// Inputs that nobody gave.
#pragma once

#include "core/ir/module.h"
#include "core/tensor/tensor.h"

#include <random>

namespace strata {

// One tensor a parameter of the entry, whose shapes are constant: floats around 0 without denormals, integers small,
// and those that index by data within what is indexed.
std::vector<Tensor> drawInputs(const Module& module);

}  // namespace strata
