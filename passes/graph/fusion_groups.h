// Which nodes to fuse, by the classes of their operators: TVM's FuseOps (Chen et al., "TVM", OSDI 2018, section 3).
#pragma once

#include "passes/graph/group.h"

namespace strata::graph {

// Groups of at least two nodes, which can all be calls, in the order of their first node. Two operators above Broadcast
// never share a group; a convolution or matmul takes the elementwise and broadcast operators up to its immediate
// post-dominator with it; injective chains join; what has no definition, is called, or costs nothing (Reshape and its
// like) stays alone.
std::vector<Group> fusionGroups(const Function& graph);

}  // namespace strata::graph
