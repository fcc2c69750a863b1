// What is known of the variables in scope: ranges of numbers, and conditions for what runs to a size or is guarded.
//
//     for i in range(n): for j in range(8): where(i * 8 + j < n)      ranges   j: 0 .. 7
//                                                                     conditions   0 <= i, i < n, i * 8 + j < n
#pragma once

#include "core/index/simplify.h"
#include "core/index/sizes.h"

namespace strata {

struct Premises {
    Ranges ranges;
    std::vector<ExprPtr> conditions;
};

// From here on `variable` runs over 0 .. extent - 1.
void enter(Premises& premises, const std::string& variable, const ExprPtr& extent);
void enter(Premises& premises, const Block& block);  // its iterators
void enterSizes(Premises& premises, const Function& function);

// Conditions as linear forms that are >= 0 where they hold. `guards` leaves out what is not linear; `exactGuards` is
// nullopt then.
std::vector<Linear> guards(const std::vector<ExprPtr>& conditions, const Ranges& ranges);
std::optional<std::vector<Linear>> exactGuards(const std::vector<ExprPtr>& conditions, const Ranges& ranges);

// e >= 0 by intervals, or by one of the conditions: quick, and no is only "not this way".
bool plainlyNotNegative(const ExprPtr& e, const Premises& premises);
// 0 <= e < size, the same way.
bool plainlyInRange(const ExprPtr& e, const ExprPtr& size, const Premises& premises);

}  // namespace strata
