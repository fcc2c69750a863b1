// The sizes of a run, said beside its times (sizesText of core/analysis/sites.h).
#pragma once

#include "core/index/sizes.h"
#include "core/tensor/tensor.h"

namespace strata {

// What inputs of these types tell of sizes when they are given these tensors.
SizeValues sizesTold(const std::vector<TensorType>& declared, const std::vector<Tensor>& inputs);

}  // namespace strata
