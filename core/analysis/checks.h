// Indices that are data, where they stand: checked(i, n), which compiled code compares, and trusted(i, n), which it
// does not. Whether the range follows from what stands around, or is somebody's word.
#pragma once

#include "core/analysis/locate.h"

namespace strata {

// What holds where a check stands: ranges of iterators and loops around, and the conditions of the selects.
struct CheckPlace {
    std::string block;  // empty outside of blocks
    Ranges ranges;
    std::vector<ExprPtr> conditions;
};

// Every checked and trusted index of the statements, replaced by what `rewrite` says; nullptr keeps it.
using CheckRewrite = std::function<ExprPtr(const Expr& check, const CheckPlace& place)>;
Body rewriteChecks(const Body& body, const CheckRewrite& rewrite);

// Whether the index is in its range whatever the data are: by their type (a byte), a clamp, or the condition of a
// select around. A condition bounds a value only where it compares just that value: data of i64 wrap, so nothing is
// moved from one side of a comparison to the other.
bool isProved(const Expr& check, const CheckPlace& place);

// A trusted index that nothing proves: compiled code touches what is not its own if the word is not kept.
struct UnprovedIndex {
    std::string function, block;
    ExprPtr index, extent;
};
std::vector<UnprovedIndex> trustedOnWord(const Function& function);
std::vector<UnprovedIndex> trustedOnWord(const Module& module);
std::string sentence(const UnprovedIndex& found);

}  // namespace strata
