// Iterations at the end of a loop that change nothing.
//
//     for k in range(n):
//         hidden[i] = select(k < taken[j], max(hidden[i], f(k)), hidden[i])
//
// From taken[j] on each iteration stores what is there. So a list that fills up as the program runs, in a buffer with
// room for all that may come, is read as far as it is filled: loops run to sizes, not to data, and this is how data end
// one early.
#pragma once

#include "core/ir/module.h"

namespace strata {

struct BusyPart {
    // How many iterations change something, at most: an i64 over the loops around, which reads data, is not negative
    // and may be more than the loop's extent.
    ExprPtr iterations;
    // Over loops, each `index < end`; they hold in all of these iterations but the last.
    std::vector<ExprPtr> conditions;
};

// Nullopt: nothing is known, or what tells the end changes in the loop.
std::optional<BusyPart> busyPart(const Loop& loop);

}  // namespace strata
