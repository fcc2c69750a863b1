// The reference evaluator: plain and slow, it runs loops functions as Expr and Stmt define them, in program order.
#pragma once

#include "core/ir/module.h"
#include "core/machine/scalar.h"
#include "core/tensor/tensor.h"

#include <stop_token>

namespace strata {

using ScalarEnvironment = std::map<std::string, Scalar>;
// Elements through `load(buffer, indices)`.
Scalar evaluate(const ExprPtr& e, const ScalarEnvironment& variables,
                const std::function<Scalar(const std::string&, const std::vector<std::int64_t>&)>& load = {});

// Runs a function of any level but hardware on inputs (one a param) and returns its results. Graph functions run node
// by node by the operators' compute definitions; intrinsics by their descriptions; library routines by the operator
// they stand for. Indices are checked: an access out of bounds is a Bug that names block and iteration. A
// call runs what its function chooses for the module's target; the given function itself runs as it stands. Sizes of a
// loops function are what the inputs' shapes say.
Result<std::vector<Tensor>> evaluate(const Module& module, const Function& function, const std::vector<Tensor>& inputs,
                                     std::stop_token stop = {});

}  // namespace strata
