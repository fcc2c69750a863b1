// The job that tries what the palette offers: each step's gain is predicted, and the most promising few are measured in
// turn with the function as it is. Nothing is taken.
#pragma once

#include "app/window/jobs/job_runner.h"
#include "app/window/models/palette_model.h"
#include "app/workbench/workbench.h"

namespace strata {

struct TrialRequest {
    std::shared_ptr<const Session> session;    // a copy
    std::function<std::vector<Step>()> first;  // steps that must come before
    std::vector<Step> steps;                   // to be tried, each on its own
    std::string function;                      // whose time counts
    std::optional<MachineLimits> machine;      // known once something ran; else they are measured
    int most = 5;
    int threads = 1;
    double seconds = 0.5;  // for each measurement at most
};

struct Trials {
    std::vector<Gain> gains;  // by step, as they were asked
    MachineLimits machine;
    int measured = 0;
};

// `tell` is told the predictions before anything is measured.
Result<Trials> tryPromising(Toolchain& toolchain, const TrialRequest& request, const JobSink& sink,
                            const std::function<void(const Trials&)>& tell);

}  // namespace strata
