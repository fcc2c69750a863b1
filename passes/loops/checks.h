// What loops.prove_index and loops.trust_index share: both rewrite the checks of a block's indices.
#pragma once

#include "core/analysis/checks.h"
#include "passes/loops/rewrite.h"

namespace strata::loops {

// The block that the arguments name, refused if it checks no index; with what is checked (and not trusted yet)
// rewritten and put back.
Result<Change> applyToChecks(const Module& module, const Arguments& arguments, const CheckRewrite& rewrite);

// What their registry entries share: parameters, what they apply to, and an example in which `pick` reads x[index] and
// the index depends on `c`, data of the given type.
Transform checkTransform(const std::string& id, const std::string& indexBefore, const std::string& indexAfter,
                         const std::string& data, Planner plan);

}  // namespace strata::loops
