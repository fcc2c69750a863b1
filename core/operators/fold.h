// The value of a node whose inputs are known: its definition's loops, run by the evaluator's machine.
#pragma once

#include "core/operators/operator.h"

namespace strata {

// `inputs` holds one tensor an input, null where the node leaves it out or where only its type counts (Shape). One
// tensor an output; those the node does not name are empty.
Result<std::vector<Tensor>> foldNode(const InferContext& context,
                                     const std::vector<std::shared_ptr<const Tensor>>& inputs);

}  // namespace strata
