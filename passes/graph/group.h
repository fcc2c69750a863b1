// A convex group of nodes becomes one function that is called in its place.
#pragma once

#include "passes/rewrite/graph.h"

namespace strata::graph {

// A path that leaves the group and comes back: the outside node on it; empty if the group is convex.
std::string nodeBetween(const Function& graph, const std::vector<GraphNodePtr>& group);

struct Outlined {
    ModulePtr module;
    Forwarding forwarding;
    std::string function;  // the group's function, made or found
    std::string node;      // the call
};
// Outlines the group. Parameters are the values that enter and the weights; constants that become part of the code (a
// Reshape's shape) stay inside. An equal function is called again instead of making another, unless `wanted` names a
// new one. Refused if the name is taken by another function.
Result<Outlined> outline(const Module& module, const Function& graph, const std::vector<GraphNodePtr>& group,
                         const std::string& wanted);

// "gemm_relu": the operators in order, at most three.
std::string groupName(const std::vector<GraphNodePtr>& group);

}  // namespace strata::graph
