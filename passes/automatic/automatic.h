// Automatic scheduling: looks at a module and proposes visible steps. No hidden rewrite: what comes back are steps to
// apply.
#pragma once

#include "core/session/session.h"

#include <stop_token>

namespace strata {

// What came of it. Each rule is a transaction: it takes all its steps or leaves things as they were.
struct AutomaticReport {
    int steps = 0;
    struct Failure {
        std::string rule, where;  // "register tile", "conv of conv_relu"
        Error error;              // of the step that was not taken; a Bug is a fault of Strata
    };
    std::vector<Failure> failures;
};

// Steps for one function (all its blocks), applied to the session as they are found, each marked with its rule. A
// function that no rule knows stays as it is. Same input, same steps.
Result<AutomaticReport> autoSchedule(Session& session, const std::string& function, std::stop_token stop = {});
// The whole model: integers, fold, fuse, lower, layouts, schedule each function. No step does more to the numbers than
// `most`.
Result<AutomaticReport> autoScheduleAll(
    Session& session, std::stop_token stop = {},
    const std::function<void(const std::string& what, double fraction)>& progress = {},
    Effect most = Effect::Reassociated);

}  // namespace strata
