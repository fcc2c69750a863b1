// Times of artifacts, measured in turn.
#pragma once

#include "backends/runner/program/artifact.h"

#include <functional>

namespace strata::runner {

struct Plan {
    double seconds = 1;                 // a budget for each artifact, after warm-up
    int minRuns = 11, maxRuns = 10000;  // samples for each
};

struct Samples {
    std::vector<double> ms;  // by sample; one sample is the mean of `batch` runs
    int batch = 1, warmups = 0;
    std::vector<double> callMs, deviceMs;  // medians by call: in all, and inside a device's kernels
};

// A B A B ...: one sample of each in turn. Inputs and threads are set before.
Result<std::vector<Samples>> timeInTurn(const std::vector<Artifact*>& artifacts, const Plan& plan,
                                        const std::function<void(double fraction)>& progress);

}  // namespace strata::runner
