// Files that are written at once or not at all.
#pragma once

#include "core/base/result.h"

namespace strata {

// Written beside its place and moved there when it is whole; a link stays one, and so do the permissions. `what` is for
// the message: "The recipe".
Status writeWhole(const std::string& bytes, const std::string& path, const std::string& what);

}  // namespace strata
