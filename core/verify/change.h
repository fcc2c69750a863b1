// What a change leaves right without looking at what it does not touch.
#pragma once

#include "core/verify/memo.h"

namespace strata {

// Findings of `function` in `after`, where `before` is a module that verifies: empty exactly if those of the whole
// verifier are. `known` as there. A graph that keeps the nodes of the one of its name in `before` costs what became of
// the others, and of each that is kept a look at the names that it reads.
Findings examineChange(const Module& before, const Module& after, const Function& function,
                       VerifiedFunctions* known = nullptr);

}  // namespace strata
