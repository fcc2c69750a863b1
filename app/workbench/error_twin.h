// The twin of a function that computes, beside its results, how far they may be off: see error_expr.h.
#pragma once

#include "core/ir/module.h"
#include "core/tensor/tensor.h"

#include <optional>

namespace strata {

struct ErrorTwin {
    FunctionPtr function;  // takes what the definition takes
    // Which results of the twin belong to one of the definition; without an error it is exact.
    struct Parts {
        std::size_t value = 0;
        std::optional<std::size_t> error, additions, magnitude;
        double roundoff = 0;  // of the result's type
    };
    std::vector<Parts> results;
    bool inDoubles = false;  // the definition itself computes in f64, so the twin is no better than it
};

// Of a function of loops. Refused, with the reason, where nothing can be said: primitives, and stores at indices that
// rounding decides.
Result<ErrorTwin> errorTwin(const Function& loops);

// What the results of a definition are in f64, and how far each element of what claims to compute the same may be off
// that: what the analysis says and two units in the last place, so that a formula of a rounding more is none the worse;
// 0 for what does not round, infinite (or NaN) where rounding decides something that has no bound.
struct BoundedResult {
    Tensor value;
    std::vector<double> bound;  // by element
};
std::vector<BoundedResult> boundedResults(const ErrorTwin& twin, const std::vector<Tensor>& outputs);

}  // namespace strata
