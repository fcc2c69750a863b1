// The nodes of a graph as a tree of groups that a reader can take in: what repeats is found by structure, whatever it
// is called, the rest is grouped by the scopes in its names, else where a single value is alive. A module in, a tree
// out; no picture.
#pragma once

#include "core/ir/graph.h"

#include <string>
#include <vector>

namespace strata {

// One place of a level: a node, or a group of places. The items of a repeat are its instances, which follow each other
// and are alike: the same operators, attributes, types and inner edges.
struct FoldItem {
    int node = -1;  // index in the body; -1: a group
    bool repeat = false;
    std::string title = {};  // of a group: "encoder layer"; of a repeat: what each instance is
    std::vector<FoldItem> items = {};

    bool isGroup() const { return node < 0; }
};

// Nodes that read constants alone and are not returned: drawn inside their readers, so no part of a fold.
std::vector<bool> nodesOfConstants(const GraphBody& body);
std::vector<FoldItem> foldGraph(const GraphBody& body);
// All nodes of an item, in the order of the fold.
std::vector<int> nodesOf(const FoldItem& item);
// "12 × encoder layer (37)", a line a group, indented; nodes as "Conv", runs of them on one line.
std::string toText(const GraphBody& body, const std::vector<FoldItem>& fold);

}  // namespace strata
