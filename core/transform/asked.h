// The program that a refused step asks for, though it would compute something else: what a refusal shows beside the
// program as it is.
#pragma once

#include "core/transform/plan.h"

namespace strata {

// The loops function `function` as the step would leave it, whoever depends on whom. Found by asking the same step of a
// function of the same loops whose blocks touch nothing in common. Refused where the step has to know what blocks touch
// (it moves a computation to where it is used), where it makes or takes away blocks, and where its form does not fit.
Result<FunctionPtr> askedFor(const Module& module, const std::string& function, const Transform& transform,
                             const Arguments& arguments, const TransformContext& context);

}  // namespace strata
