// The checks of indices that a block makes, as loops.prove_index and loops.trust_index change them.
#pragma once

#include "passes/loops/rewrite.h"

namespace strata::loops {

// What holds where a check stands: ranges of iterators and loops inside the block, and the conditions of the selects
// around.
struct CheckPlace {
    Ranges ranges;
    std::vector<ExprPtr> conditions;
};

// Every check of the block that is not trusted, replaced by what `rewrite` says; nullptr keeps it.
using CheckRewrite = std::function<ExprPtr(const Expr& check, const CheckPlace& place)>;
Block rewriteChecks(const Block& block, const CheckRewrite& rewrite);

// function and block, for both transforms.
std::vector<Parameter> checkParameters();
// The block that the arguments name, refused if it makes no check; with the checks rewritten and put back.
Result<Change> applyToChecks(const Module& module, const Arguments& arguments, const CheckRewrite& rewrite);

}  // namespace strata::loops
