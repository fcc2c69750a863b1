// How the iterations of a loop run: what parallel, vectorize, unroll, serial and bind share.
#pragma once

#include "passes/loops/rewrite.h"

namespace strata::loops {

// The function with the loop run another way.
Change withKind(const Function& function, const Loop& loop, LoopKind kind, const std::string& axis = {});
// A transform over (function, loop), with what all of them have.
Transform kindTransform(const std::string& id, const std::string& title, const std::string& summary);
// The example of a kind: x doubled over a loop i of 8.
Example kindExample(const std::string& step, const std::string& range);

}  // namespace strata::loops
