// What a group of nodes is called: by the scopes in the names of its nodes and weights where they help, else by what it
// holds.
#pragma once

#include "core/ir/graph.h"

#include <string>
#include <vector>

namespace strata {

using Scopes = std::vector<std::string>;  // "m", "encoder", "layer.0"

// Of each node: the scopes of its own name ("/m/encoder/layer.0/Add"), else those of a weight that it alone reads
// ("m.encoder.layer.0.bias"); empty: nothing is known.
std::vector<Scopes> nodeScopes(const GraphBody& body);
// What all nodes that have scopes have in common.
Scopes commonScopes(const std::vector<Scopes>& scopes, const std::vector<int>& nodes);

std::string groupName(const GraphBody& body, const std::vector<Scopes>& scopes, const std::vector<int>& nodes);
// Of several groups alike, without the number that tells them apart.
std::string repeatName(const GraphBody& body, const std::vector<Scopes>& scopes, const std::vector<int>& first,
                       const std::vector<int>& second);

}  // namespace strata
