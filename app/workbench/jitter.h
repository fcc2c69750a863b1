// A model whose tensors are off by the last bit, to see how far that carries.
#pragma once

#include "core/tensor/tensor.h"
#include "passes/lowering/lower.h"

namespace strata {

// The module's default lowering in which each element of a float input, and of what a call hands to another, moves to
// one of its neighbours as the seed decides: one more input at the end, an i64[1]; seed 0 moves nothing.
Result<ModulePtr> jittered(const Module& module, LoweringCache* cache);

}  // namespace strata
