// Reductions over some axes of a tensor: which axes stay, which are summed over, and how their indices join.
#pragma once

#include "core/operators/lower.h"

namespace strata {

struct ReducedAxes {
    Integers reduced, kept;  // axes of the tensor, ascending
    Axes over, at;           // of the reduced and of the kept ones

    // The tensor's index from those of the kept and of the reduced axes, and back.
    Indices join(const Indices& keptIndex, const Indices& reducedIndex) const;
    Indices keep(const Indices& index) const;
    Shape keptShape(const TensorRef& x) const;
};

// `axes` are normalized (0 <= axis < rank), in any order.
ReducedAxes reducedAxes(const TensorRef& x, const Integers& axes);
Integers axesFrom(std::int64_t first, std::int64_t rank);  // first, first + 1, ... rank - 1

// A reduction of x into a fresh buffer over the kept axes: update(index into x, accumulated), in the type of init.
TensorRef reduceToLocal(LowerContext& ctx, const std::string& block, const std::string& buffer, const TensorRef& x,
                        const ReducedAxes& axes, const Value& init,
                        const std::function<Value(const Indices& index, const Value& accumulated)>& update);

}  // namespace strata
