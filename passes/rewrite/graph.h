// What transforms of the graph level share: finding functions and nodes, uses, and putting a changed function back.
#pragma once

#include "core/transform/transform.h"

#include <set>

namespace strata::graph {

// The function, if it is there and held as a graph; else a refusal that says what it is.
Result<FunctionPtr> findGraph(const Module& module, const std::string& name);
Result<GraphNodePtr> findNode(const Function& graph, const std::string& name);
Result<std::vector<GraphNodePtr>> findNodes(const Function& graph, const std::vector<std::string>& names);

Cursor nodeCursor(const Function& graph, const std::string& node);
Cursor valueCursor(const Function& graph, const std::string& value);

// value -> node that makes it
std::map<std::string, GraphNodePtr> producers(const Function& graph);
// value -> nodes that read it, in order, each once
std::map<std::string, std::vector<GraphNodePtr>> consumers(const Function& graph);
std::set<std::string> returnedValues(const Function& graph);
// Random operators give another value each time: never removed, folded or merged.
bool isPure(const GraphNode& node);

ModulePtr withBody(const Module& module, const Function& graph, GraphBody body);
// Drops functions that nothing calls any more (but for the entry) and constants that nothing refers to; says so in
// `forwarding`.
ModulePtr withoutUnused(const Module& module, Forwarding& forwarding);

}  // namespace strata::graph
