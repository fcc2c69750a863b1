// Outputs that are quantized: their values lie on a grid, and what rounding does to one is a whole step or nothing.
#pragma once

#include "core/ir/module.h"

#include <optional>

namespace strata {

// The distance between two neighbouring values of an output of the entry: the scale of the DequantizeLinear that makes
// it. nullopt: it is not made so, or the scale is no single constant.
std::optional<double> quantumOf(const Module& module, std::size_t output);

}  // namespace strata
