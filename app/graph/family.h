// Operators by what they do: the narrow band of colour at a box's edge, and its legend.
#pragma once

#include "core/ir/module.h"

namespace strata {

// In the order of their weight in a group: a group has the first that one of its nodes has.
enum class Family { Product, Convolution, Norm, Pool, Elementwise, Lookup, Layout, Other };
constexpr int familyCount = 8;

Family familyOf(const GraphNode& node);  // a call: Other
// Also of a call: the weightiest of what the called function holds.
Family familyOf(const Module& module, const GraphNode& node);

}  // namespace strata
