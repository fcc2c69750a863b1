// Which nodes of a graph anybody needs.
#pragma once

#include "core/ir/graph.h"

#include <functional>
#include <set>
#include <string>

namespace strata {

// Nodes whose results somebody needs when the function runs. A value that `isKnown` holds of is needed by nobody: it is
// there beforehand. A node needs the inputs that it `reads`; without that all of them.
std::set<const GraphNode*> liveNodes(const GraphBody& graph,
                                     const std::function<bool(const std::string& value)>& isKnown = {},
                                     const std::function<bool(const GraphNode& node, std::size_t input)>& reads = {});

}  // namespace strata
