// Buffers made as small as what is live in one iteration of the loops around their use.
#pragma once

#include "passes/loops/rewrite.h"

namespace strata::loops {

// The allocation moves into the innermost loop around all uses in which nothing is carried from one iteration to the
// next, and the buffer shrinks to the box that one iteration touches. The function itself if nothing can be gained.
FunctionPtr compacted(const Module& module, const FunctionPtr& function, const std::string& buffer);

}  // namespace strata::loops
