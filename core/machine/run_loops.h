// Loops functions on tensors. A library below the evaluator, because folding a node runs its loops.
#pragma once

#include "core/machine/machine.h"
#include "core/tensor/tensor.h"

namespace strata::reference {

using TensorPtr = std::shared_ptr<const Tensor>;
using Tensors = std::vector<TensorPtr>;

// Runs a compiled function on one tensor a parameter, of the parameters' types; the results hold undefined elements
// (NaN, -1) where the function does not write. `module` gives intrinsics.
Result<Tensors> runLoops(const MachineCode& program, const Function& function, const Tensors& inputs,
                         std::stop_token stop = {});
Result<Tensors> runLoops(const Module& module, const Function& function, const Tensors& inputs,
                         std::stop_token stop = {});

}  // namespace strata::reference
