// The verifier: what every module must satisfy, whoever made it.
//
// Types, shapes and ranks agree; names are unique and defined before use; calls match their callees; indices are in
// bounds; every read of a local or result buffer is covered by an earlier write, and results are wholly written; loops
// bound to one axis agree in extent; iterations of a parallel, vectorized or block-bound loop write disjoint elements
// and do not read what another writes; loops run as they say on some target. Each condition is a function with its
// name, and answers yes, no (with a witness), or that it cannot be proved (with the reason), which is a finding, too.
#pragma once

#include "core/ir/module.h"

#include <memory>

namespace strata {

struct Finding {
    enum class Kind {
        Wrong,      // the program does something that it may not do
        Unproved,   // analysis cannot tell; the sentence says why
        Unrunnable  // right, but no target runs it as it is written
    };
    Error error;
    Kind kind = Kind::Wrong;

    Finding(Error e, Kind k = Kind::Wrong)
        : error(std::move(e))
        , kind(k)
    {
    }
};
using Findings = std::vector<Finding>;

Findings examine(const Module& module);
Findings examine(const Module& module, const Function& function);

// The same as errors; empty if there are none.
std::vector<Error> verify(const Module& module);
std::vector<Error> verify(const Module& module, const Function& function);
// The first finding as an error.
Status verified(const Module& module);

// Loops functions that are known to verify, by content (not by name or pointer), so that what many states share is
// examined once. Thread-safe.
class VerifiedFunctions;
std::shared_ptr<VerifiedFunctions> makeVerifiedFunctions();
Status verified(const Module& module, VerifiedFunctions& known);

}  // namespace strata
