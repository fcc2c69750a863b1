// Rows that are sorted by a float: where the keys of two are equal up to rounding, which of them comes first is chance.
//
// A detector's boxes, scores and labels are three outputs of one order, and TopK's values and indices are two; another
// rounding of two scores that are almost equal exchanges whole rows. So rows may be exchanged where their keys differ
// by a few units in the last place, every other output of the order has exchanged them, too, and each row by itself is
// right.
#pragma once

#include "app/workbench/judge.h"

#include <functional>

namespace strata {

// Whether an element may be `actual` where `expected` is said.
using MayBe = std::function<bool(DType type, double actual, double expected)>;

// Passes outputs that are wrong only so, and says how many rows they have exchanged. A key is an output that has passed
// and is sorted along its last dimension; outputs whose dimensions begin with all of the key's are of its order.
void judgeOrder(const std::vector<Tensor>& expected, const std::vector<Tensor>& actual, const MayBe& mayBe,
                std::vector<OutputVerdict>& verdicts);

}  // namespace strata
