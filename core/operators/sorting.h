// The order of elements along an axis, as loops.
#pragma once

#include "core/operators/lower.h"

namespace strata {

using IsBefore = std::function<Value(const Value& a, const Value& b)>;

// order[..., r, ...]: which element along `axis` of x has the rank r, an i64 from 0; of equal ones the first comes
// first. `isBefore` is a strict weak order. Local buffers are named after `base`.
//
// A number of elements that is known and large is sorted by merging: runs of 1, 2, 4 ... elements in turn, where each
// place of the merged run finds by bisection how many of those before it come from the left one ("Merge Path", Odeh et
// al., 2012), so that all places of a pass are independent. Else the rank of each is counted: those that are before it.
TensorRef sortedOrder(LowerContext& ctx, const std::string& base, const TensorRef& x, std::size_t axis,
                      const IsBefore& isBefore);

}  // namespace strata
