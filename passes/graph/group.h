// Convex groups of nodes become functions that are called in their place.
#pragma once

#include "passes/rewrite/graph.h"

namespace strata::graph {

using Group = std::vector<GraphNodePtr>;

// A path that leaves the group and comes back: the outside node on it; empty if the group is convex.
std::string nodeBetween(const Function& graph, const Group& group);

// The groups without those that could not be calls: through which a path leaves and returns, directly or through other
// groups. Near-linear in the graph.
std::vector<Group> withoutCycles(const Function& graph, std::vector<Group> groups);

struct Outlined {
    ModulePtr module;
    Forwarding forwarding;
};
// Outlines disjoint groups, in one pass. Parameters are the values that enter and the weights; constants that become
// part of the code (a Reshape's shape) stay inside. An equal graph function is called again instead of making another,
// unless `wanted` names the function (and the call) of a single group. Refused if that name is taken by another
// function. The groups can all be calls (withoutCycles).
Result<Outlined> outline(const Module& module, const Function& graph, const std::vector<Group>& groups,
                         const std::string& wanted = {});

}  // namespace strata::graph
