// Folding of large graphs: runs of nodes, in their order, that belong together. Runs of a topological order never make
// a cycle.
#pragma once

#include "core/ir/graph.h"

#include <string>
#include <vector>

namespace strata {

struct NodeRun {
    int first = 0, count = 0;
    std::string key, title;  // key: stable name of the group
};

// By name prefixes where the names have them ("/layer1/block0/conv"), else cut where a single value is alive. One run a
// node where nothing is gained.
std::vector<NodeRun> foldNodes(const GraphBody& body);

}  // namespace strata
