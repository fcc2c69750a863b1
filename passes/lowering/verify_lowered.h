// The doors of the levels below: what is compiled verifies, whoever lowered it.
#pragma once

#include "core/verify/verify.h"
#include "passes/lowering/lower.h"

namespace strata {

// The lowered form of `module` as the verifier sees it; functions in `known` are not looked at again. A fault in what a
// node became is the fault of the model (its shapes do not fit each other), so the refusal names the node.
Status verifyLowered(const Module& module, const LoweredModule& lowered, VerifiedFunctions& known);

// The types that graph functions declare for their values agree with what the operators make.
Status verifyDeclaredTypes(const Module& module);

}  // namespace strata
