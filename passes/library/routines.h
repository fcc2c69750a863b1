// Routines of providers (oneDNN, OpenBLAS), and which operators they stand for.
//
// A call of a routine is a node of the graph: its operator is the routine's name ("onednn.matmul"), its domain is
// "library", and its attributes are those of the operator that it replaces, with epilogue="relu" where it ends in one.
// So a graph mixes loops and library calls freely, stays a graph that later steps rewrite, and lowers to one call of
// the runtime program. (Lowering the whole entry to the library level instead would end all graph steps with the first
// library call.)
#pragma once

#include "passes/rewrite/graph.h"

namespace strata::library {

constexpr const char* domain = "library";  // of a node that is a routine
constexpr const char* matmulSuffix = ".matmul";
constexpr const char* convSuffix = ".conv";

bool isRoutine(const GraphNode& node);
std::vector<std::string> routineNames();  // "onednn.conv", "onednn.matmul", "openblas.matmul"

// The nodes (an anchor MatMul, Gemm or Conv; then perhaps the Add of a bias; then perhaps a Relu; or a call of a
// function made of these) as one call of the routine, named after the first. Refused, with the reason, if the routine
// computes something else.
Result<GraphNode> asRoutine(const Module& module, const Function& graph, const std::vector<GraphNodePtr>& nodes,
                            const std::string& routine);

// The operators that a routine's call stands for, first to last: one, or two with an epilogue. Values between get names
// that `freshValue` gives, nodes names from `freshNode`.
using Fresh = std::function<std::string(const std::string&)>;
std::vector<GraphNode> asOperators(const GraphNode& routine, const Fresh& freshNode, const Fresh& freshValue);

}  // namespace strata::library
