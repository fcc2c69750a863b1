// Measuring in turn: A B A B ..., so that a ratio holds on a machine that is busy now and then. Time is spent where it
// narrows an interval: each competitor leaves as soon as its ratio to the first one is known well enough, which is
// within a percent where they are close, and a digit where they are far apart. So a slow one gets a few runs, and two
// that are nearly equal get all the time they may have.
#pragma once

#include "backends/runner/intervals.h"
#include "core/base/result.h"

#include <functional>

namespace strata {

struct TurnPlan {
    double seconds = 1;       // for each at most, after warm-up; one run always
    double precision = 0.01;  // of a ratio near 1 that is good enough
    int minSamples = 5, maxSamples = 10000;
    bool firstRunBuilds = false;  // kernels of a device: it is no sample, however long it takes
};

struct Samples {
    std::vector<double> ms;  // by round; one sample is the mean of `batch` runs
    int batch = 1, warmups = 0;
    double runMs = 0;    // about, as the fastest for warm-up took
    double spentMs = 0;  // in samples
};

// Runs so often and says how long one of them took, in ms.
using TimedRuns = std::function<Result<double>(int runs)>;

// One sample of each that is still in, round by round: the k-th samples of two lie next to each other. The first is in
// as long as any other is, unless its time is up.
Result<std::vector<Samples>> sampleInTurn(const std::vector<TimedRuns>& competitors, const TurnPlan& plan,
                                          const std::function<void(double fraction)>& progress);

}  // namespace strata
