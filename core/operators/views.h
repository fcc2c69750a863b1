// Operators that only show memory under another shape.
#pragma once

#include "core/ir/graph.h"

namespace strata {

// Whether the node's result is its first input in another shape (Reshape, Flatten, Squeeze, Unsqueeze, Identity,
// Dropout at inference): nothing is computed, lowering makes a view of it, fusion and schedules leave it alone.
bool isView(const GraphNode& node);
// Whether the node's input is data that the runtime program reads: of a view the first one, whose type says the rest.
bool readsInput(const GraphNode& node, std::size_t input);

}  // namespace strata
