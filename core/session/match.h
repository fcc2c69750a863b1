// Two graphs, node by node, whatever their nodes are called: which node of one stands for which of the other, and what
// is different about it. For states of one session forwarding says that exactly (diff.h); here nothing is known of how
// one came from the other.
//
// Nodes stand for each other if what leads to them is alike, or what follows from them (hashes in both directions over
// the graph, as version control finds moved lines); what is left is matched along edges from pairs that are known,
// where operators agree.
#pragma once

#include "core/ir/module.h"

namespace strata {

struct MatchedNode {
    GraphNodePtr before, after;
    std::vector<std::string> differences;  // "pads is [1, 1], was [0, 0]"; empty: alike but for names
    bool follows = false;                  // its results have other types, for its inputs have
};

struct GraphMatch {
    std::vector<MatchedNode> pairs;            // in the order of `after`
    std::vector<GraphNodePtr> removed, added;  // stand for none, in their graphs' orders
    std::vector<std::string> signature;        // what differs in parameters and results

    bool same() const;  // nothing differs but names
};
// Of functions at the graph level. Constants are the same if their types and bytes are.
GraphMatch matchGraphs(const Module& before, const Function& functionBefore, const Module& after,
                       const Function& functionAfter);

}  // namespace strata
