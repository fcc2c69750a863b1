// Calls that compute in place: an output lies in the memory of an input, as the called function says (@inout).
#pragma once

#include "core/ir/module.h"

namespace strata {

// The place, among the inputs of a call, of the one in whose memory an output lies; nullopt: the node is no such call.
std::optional<std::size_t> inPlaceInput(const Module& module, const GraphNode& node, const std::string& output);

// Where in a graph a value of a result's memory comes from, from the last that is computed there to the first.
struct InPlaceChain {
    // The value that is returned, what it is a view of, what is overwritten by the call that makes that, and so on.
    std::vector<std::string> values;
    std::vector<const GraphNode*> writers;  // of these values, the last first
    std::size_t computed = 0;  // so many values, from the first on, are computed here; others are shown only
};
// A value is overwritten where nobody reads it but the call that does. `producer` gives the node that makes a value;
// nullptr ends the chain.
InPlaceChain inPlaceChain(const Module& module, const GraphBody& graph, const std::string& returned,
                          const std::function<const GraphNode*(const std::string& value)>& producer);

}  // namespace strata
