// A cache of plans that knows what need not be verified again of the functions that steps put.
#pragma once

#include "core/transform/plan.h"
#include "core/verify/memo.h"

namespace strata {

std::shared_ptr<PlanCache> makePlanCache(std::shared_ptr<VerifiedFunctions> verified);

}  // namespace strata
