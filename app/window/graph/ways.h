// From box to box of a graph, as the arrow keys go.
#pragma once

#include "app/window/graph/picture.h"

namespace strata {

// Along the first edge; -1: there is none.
int boxAlong(const GraphPicture& picture, int box, bool forward);
// The nearest box to the right or left that is seen at about the same height (of a graph that runs to the right: below
// or above, at about the same place); else the next in the graph's order.
int boxBeside(const GraphPicture& picture, int box, bool forward);

// What this step added or changed, without frames and what is gone; in the order that they are read in.
std::vector<int> changedBoxes(const GraphPicture& picture);

}  // namespace strata
