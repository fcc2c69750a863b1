// A map from the indices of one layout to those of another, as a layout change of a buffer or constant.
//
//   (i, j) -> (i // 8, j, i % 8)        [200, 784] -> [25, 784, 8]
//
// It is injective on the domain. Where the target is larger (200 into 25 x 16, say), elements that no source index
// reaches hold the pad value 0.
#pragma once

#include "core/ir/dim.h"
#include "core/ir/expr.h"

namespace strata {

struct IndexMap {
    std::vector<std::string> variables;  // one a source dimension
    std::vector<ExprPtr> results;        // one a target dimension, over `variables`
    std::vector<std::int64_t> domain;    // source shape
    std::vector<std::int64_t> range;     // target shape

    std::vector<ExprPtr> apply(const std::vector<ExprPtr>& indices) const;  // simplified by constant folding only
};

bool operator==(const IndexMap& a, const IndexMap& b);

// Value of integer index arithmetic with the variables at the given values; nullopt for anything else (loads, floats, a
// divisor 0).
std::optional<std::int64_t> evaluateIndex(const ExprPtr& e, const std::vector<std::string>& variables,
                                          const std::vector<std::int64_t>& values);

}  // namespace strata
