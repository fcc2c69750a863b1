// The parts of the verifier. Each appends what it finds.
#pragma once

#include "core/analysis/sites.h"
#include "core/verify/verify.h"

namespace strata {

using Findings = std::vector<Error>;

void verifyGraph(const Module& module, const Function& function, Findings& findings);
void verifyLibrary(const Module& module, const Function& function, Findings& findings);
void verifyHardware(const Function& function, Findings& findings);
void verifyLoops(const Module& module, const Function& function, Findings& findings);

// Of verifyLoops: names, types and shapes of statements and expressions; false if what follows would have nothing to
// stand on.
bool verifyLoopsTypes(const Module& module, const Function& function, Findings& findings);
void verifyBounds(const Function& function, const SiteTable& program, Findings& findings);
void verifyCoverage(const Function& function, const SiteTable& program, Findings& findings);
void verifyUpdates(const Module& module, const Function& function, Findings& findings);

// Conditions as linear forms that are >= 0 where they hold. `guards` leaves out what is not linear; `exactGuards` is
// nullopt then.
std::vector<Linear> guards(const std::vector<ExprPtr>& conditions, const Ranges& ranges);
std::optional<std::vector<Linear>> exactGuards(const std::vector<ExprPtr>& conditions, const Ranges& ranges);
// e >= 0 wherever the guards hold and variables lie in their ranges: decided by intervals, then by isl; data-dependent
// is accepted.
bool neverNegative(const ExprPtr& e, const std::vector<ExprPtr>& conditions, const Ranges& ranges);

// Values agree as far as known: shapes may be symbolic or unranked.
bool mayAgree(const ValueType& a, const ValueType& b);

}  // namespace strata
