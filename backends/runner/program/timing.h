// Times of artifacts, measured in turn, and of each of their calls.
#pragma once

#include "backends/runner/program/artifact.h"
#include "backends/runner/turns.h"

namespace strata::runner {

struct Times : Samples {
    std::vector<double> callMs, deviceMs;  // medians by call: in all, and inside a device's kernels
    std::vector<double> quickestMs;        // by call: what else the machine does only ever adds
};

// Inputs and threads are set before.
Result<std::vector<Times>> timeInTurn(const std::vector<Artifact*>& artifacts, const TurnPlan& plan,
                                      const std::function<void(double fraction)>& progress);

}  // namespace strata::runner
