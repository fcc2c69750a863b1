// The nodes of a graph in the order that shows most of what repeats in it.
#pragma once

#include "app/graph/repeats.h"
#include "core/ir/graph.h"

namespace strata {

// Of several topological orders the one whose repeats cover most: the model's own; that with what all layers share (a
// mask) moved to where it can first stand; and, for models whose order says nothing, one by depth first search.
Sequence bestSequence(const GraphBody& body, const std::vector<bool>& leftOut);

}  // namespace strata
