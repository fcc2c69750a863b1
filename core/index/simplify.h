// Index arithmetic: a linear normal form, simplification and bounds under known ranges of variables.
//
// Index expressions are i64 and assumed not to overflow; what holds a Load (data) is left alone where overflow could
// matter. A Checked index is in its range whatever the data, so it is an atom like a variable.
#pragma once

#include "core/ir/expr.h"

#include <map>
#include <optional>
#include <utility>

namespace strata {

// begin .. begin + extent - 1
struct Range {
    std::int64_t begin = 0, extent = 1;
};
using Ranges = std::map<std::string, Range>;

// From here on `variable` runs over 0 .. extent - 1. Where the extent is no number (a size that is known when the
// program runs) nothing is known of it any more, and no bound that needs it is.
void enter(Ranges& ranges, const std::string& variable, const ExprPtr& extent);

// Constant folding; linear terms collected; (x*8 + y) // 8 -> x and (x*8 + y) % 8 -> y where 0 <= y < 8; x//8*8 + x%8
// -> x; comparisons that always hold or never; checks of an index that is in range drop out. Works on every index
// expression below e and leaves values of other types as they are.
ExprPtr simplify(const ExprPtr& e, const Ranges& ranges);

// Smallest and largest value, by interval arithmetic over the simplified form; nullopt if unknown. Exact where every
// variable occurs once.
std::optional<std::pair<std::int64_t, std::int64_t>> bounds(const ExprPtr& e, const Ranges& ranges);

// constant + sum of coefficient * atom. An atom is a variable, or an expression that is not linear (a // b, a % b, a
// load, ...).
struct Linear {
    struct Term {
        ExprPtr atom;
        std::int64_t coefficient = 1;
    };
    std::vector<Term> terms;  // atoms pairwise different, coefficients not 0, in order of first appearance
    std::int64_t constant = 0;

    std::int64_t coefficient(const std::string& variable) const;  // 0 if absent; only of the plain variable
    bool isConstant() const { return terms.empty(); }
    bool isAffine() const;  // all atoms are plain variables
    ExprPtr expr() const;
};
Linear linear(const ExprPtr& e, const Ranges& ranges = {});
// The number that e is whatever its variables; nullopt where it depends on them, as an extent on a size.
std::optional<std::int64_t> number(const ExprPtr& e);
Linear add(const Linear& a, const Linear& b, std::int64_t factor = 1);  // a + factor * b
// a - b, if it is a constant.
std::optional<std::int64_t> difference(const ExprPtr& a, const ExprPtr& b, const Ranges& ranges = {});

}  // namespace strata
