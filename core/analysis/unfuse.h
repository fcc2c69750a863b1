// Fused loops taken apart again, for analysis: a loop that is used by quotients and remainders is the nest of its
// digits.
#pragma once

#include "core/ir/stmt.h"

#include <set>

namespace strata {

struct Unfused {
    Body body;
    std::map<std::string, std::vector<std::string>> digits;  // loop -> the loops in its place, outermost first
};

// for f in range(a * b) whose uses are f // b and f % b becomes for f'0 in range(a), f'1 in range(b): the same
// iterations in the same order, of the same kind, with indices that are linear. Loops that are not of this form, or
// that hold statements outside of blocks, stay.
Unfused unfuse(const Body& body);

}  // namespace strata
