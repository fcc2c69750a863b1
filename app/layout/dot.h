// Graphviz, kept in this one program: it is not thread-safe, its asserts abort, and only a kill cancels it.
#pragma once

#include "app/layout/layout.h"

namespace strata {

Result<LayoutAnswer> dotLayout(const LayoutRequest& request);

}  // namespace strata
