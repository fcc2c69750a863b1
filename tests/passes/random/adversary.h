// A device without a device: a program whose iterations run in the order that hurts most.
//
// Blocks of a kernel run one after the other, each through the whole kernel, in order or backwards; what stands outside
// of the loops over an axis is done by its first block where it writes memory that all see, else by each. Iterations of
// parallel, vectorized and thread loops run backwards. All of that a device or a CPU may do, so a program that was
// proved legal computes the same.
#pragma once

#include "core/ir/module.h"

namespace strata {

// Over serial loops, for the evaluator. nullptr where nothing runs at the same time.
FunctionPtr adversary(const Function& function, bool backwards);

}  // namespace strata
