// Elementary functions as expressions of the loops level: the same bits in the evaluator, on the CPU at any vector
// width, and on devices. Only fma, add, multiply, bit operations, comparisons and selects; nothing of libm.
#pragma once

#include "core/base/result.h"
#include "core/ir/expr.h"

namespace strata {

struct Elementary {
    std::string name;  // exp log tanh erf sin cos pow ... ; as in Expr's Call
    int arity = 1;
    double maxUlp = 0;  // measured over all of float32 (or the sample that `measured` states)
    std::string measured;
    std::string documentation;  // method and source
    std::string fast;           // the name of a form to about 13 bits of float32; empty: there is none
    double least = 0;           // results of float32 below it are 0
};
const std::vector<Elementary>& elementaryFunctions();
const Elementary* findElementary(std::string_view name);
// The function that a fast form stands for; its own name for all others.
std::string exactName(const std::string& name);

// The expression that Call(name, args) of this element type stands for (over Lets, no Call inside). f16 and bf16
// compute in f32.
Result<ExprPtr> expandElementary(std::string_view name, DType type, const std::vector<ExprPtr>& args);
// Replaces every Call in e but those of functions of texts (core/ir/text_functions.h).
Result<ExprPtr> expandElementary(const ExprPtr& e);

}  // namespace strata
