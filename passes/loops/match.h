// Does a tile compute what a primitive's description says? Structural matching, with the reason where it does not.
#pragma once

#include "passes/loops/rewrite.h"

namespace strata::loops {

// The call that stands for the body of the block, begins over the block's iterators.
Result<IntrinsicCall> matchIntrinsic(const Function& function, const Block& block, const Intrinsic& intrinsic);

}  // namespace strata::loops
