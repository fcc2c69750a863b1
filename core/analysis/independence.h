// Independence of iterations, for callers that ask about many loops of one function.
#pragma once

#include "core/analysis/dependence.h"
#include "core/analysis/sites.h"

namespace strata {

// As independentIterations(function, loop); what a module's intrinsics touch is known if the program was made with the
// module.
OrderVerdict independentIterations(const SiteTable& program, const std::string& loop);

}  // namespace strata
