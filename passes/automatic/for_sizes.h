// Schedules for loops that run to sizes: those of the same loops at typical sizes.
#pragma once

#include "passes/automatic/automatic.h"

namespace strata::automatic {

// `schedule` takes its steps on the function with numbers for its sizes, in a session of its own. What it took there is
// taken here, group by group, where it is legal for all sizes; a group with a step that is not is left out, and told.
void scheduleForSizes(Session& session, const std::string& function, AutomaticReport& report,
                      const std::function<void(Session&, AutomaticReport&)>& schedule);

}  // namespace strata::automatic
