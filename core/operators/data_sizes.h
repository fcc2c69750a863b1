// Sizes that data tell: how many elements a NonZero finds, a TopK takes, a NonMaxSuppression keeps.
//
// Such a dimension is a symbol of the node's results that its inputs do not have. The node becomes two: one counts, the
// other is told the counts, so that its loops have sizes as any others (ToldSize in core/ir/module.h):
//
//     count, source = NonZeroCount(x)                        count: i64[1], source: i64[60]
//     y = NonZeroSelect(x, count, source)                    y: i64[1, n], n = count[0] <= 60
//
// A TopK has its count as an input, so it stays as it is.
#pragma once

#include "core/operators/operator.h"

namespace strata {

// The symbols of the node's results that no input has, in order: those that data tell, if its operator is told.
std::vector<std::string> openSizes(const GraphNode& node, const std::vector<ValueType>& inputs);

struct CountedNode {
    GraphNode count, then;  // `then` has the node's name and results
};
// Nullopt: all dimensions are known, or nothing counts them.
std::optional<CountedNode> counted(const GraphNode& node, const std::vector<ValueType>& inputs,
                                   const std::function<bool(const std::string& value)>& isTaken);

// The most that each of the open sizes can be, in the sizes of the inputs; empty if the operator is not told them.
std::map<std::string, Dim> mostOfSizes(const InferContext& context);

// Of a graph or a runtime program: the sizes that data tell as it runs, with the most that each can be over the sizes
// that its parameters give. What calls are told, and what control flow gives.
std::map<std::string, Dim> dataSizes(const Module& module, const Function& program);
// What it knows of its sizes: what it assumes, and from where to where those go that data tell.
SizeFacts factsWithin(const Module& module, const Function& program);

// Not more than this for any values of the given sizes: what data tell is at most as much as can be.
Dim atMost(const Dim& dim, const std::map<std::string, Dim>& most);

}  // namespace strata
