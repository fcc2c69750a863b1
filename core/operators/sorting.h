// The order of elements along an axis, as loops.
#pragma once

#include "core/operators/lower.h"

namespace strata {

using IsBefore = std::function<Value(const Value& a, const Value& b)>;

// order[..., r, ...]: which element along `axis` of x has the rank r, an i64 from 0; of equal ones the first comes
// first. `isBefore` is a strict weak order. Local buffers are named after `base`.
//
// Few elements are counted: the rank of each is how many are before it. Else they are sorted by merging runs of 1, 2,
// 4 ... elements (merge sort, bottom up), each row of x by itself.
TensorRef sortedOrder(LowerContext& ctx, const std::string& base, const TensorRef& x, std::size_t axis,
                      const IsBefore& isBefore);

}  // namespace strata
