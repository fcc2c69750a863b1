// Automatic scheduling: looks at a module and proposes visible steps. No hidden rewrite: what comes back are steps to
// apply.
#pragma once

#include "core/session/session.h"

#include <stop_token>

namespace strata {

// Steps for one function (all its blocks), applied to the session as they are found, each marked with its rule. Returns
// how many. A function that no rule knows stays as it is. Same input, same steps.
Result<int> autoSchedule(Session& session, const std::string& function, std::stop_token stop = {});
// The whole model: fold, fuse, lower, layouts, schedule each function, plan memory.
Result<int> autoScheduleAll(Session& session, std::stop_token stop = {},
                            const std::function<void(const std::string& what, double fraction)>& progress = {});

}  // namespace strata
