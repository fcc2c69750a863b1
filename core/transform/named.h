// Which nodes the arguments of a step name.
#pragma once

#include "core/transform/transform.h"

namespace strata {

// The kind of the nodes that a parameter names; nullopt: it names none (a function is no node of one).
std::optional<NodeKind> namedKind(ParameterKind kind);
std::vector<std::string> namesIn(const Argument& argument);  // one or several; none where it is no name

}  // namespace strata
