// Control flow as calls: nodes of a graph, and statements of a runtime program of the same name, that run functions of
// the module. What such a function reads is passed to it (onnx import makes its captures parameters); no function sees
// into the one that holds it.
//
//   If(condition, captures..., then_branch=function(f), else_branch=function(g)): f or g of the captures.
//   Loop(trips, condition, carried..., captures..., body=function(f), captures=n): as long as fewer than `trips`
//     iterations ran and the condition holds, f(iteration, condition, carried..., captures...) gives the condition,
//     what is carried on, and rows. The node gives what is carried in the end, then the rows of all iterations in
//     order. Trips and condition may be left out.
#pragma once

#include "core/ir/library.h"
#include "core/ir/module.h"

namespace strata {

struct Branches {
    std::string then, otherwise;
};
// Of an If, by the name of the operator or routine; nullopt: it is none, or lacks a branch.
std::optional<Branches> branchesOf(const std::string& op, const Attributes& attributes);

struct LoopForm {
    std::string body;
    std::size_t carried = 0;
};
// Of a Loop with so many inputs; nullopt: it is none, or has no body.
std::optional<LoopForm> loopOf(const std::string& op, const Attributes& attributes, std::size_t inputs);

// A node or statement that runs functions of the module by a value that is there only at a run.
bool isControlFlow(const GraphNode& node);
bool isControlFlow(const LibraryCall& call);

// The functions that the control flow of graphs runs, in the module's order.
std::vector<FunctionPtr> controlledFunctions(const Module& module);

}  // namespace strata
