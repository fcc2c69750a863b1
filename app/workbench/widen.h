// A module in double precision, to judge what the narrower types did to its numbers.
#pragma once

#include "core/tensor/tensor.h"
#include "passes/lowering/lower.h"

namespace strata {

// What becomes of the roundings of the narrower types.
enum class Rounding {
    None,     // every operation in double precision: what the model means
    Sampled,  // each operation errs by as much as in its own type, up or down by chance: what rounding may do
};

// The module's default lowering with every float buffer, constant and expression in f64. Sampled: one more input at the
// end, an i64[1], is the seed that decides each rounding.
Result<ModulePtr> widened(const Module& module, LoweringCache* cache, Rounding rounding = Rounding::None);

// The inputs for it.
std::vector<Tensor> widened(const std::vector<Tensor>& inputs);
Tensor roundingSeed(std::int64_t seed);

}  // namespace strata
