// Jobs that run code: timing in turn, checking against the untouched model, predicting, exporting.
#pragma once

#include "app/window/jobs/job_runner.h"
#include "app/workbench/judge_functions.h"
#include "app/workbench/study.h"

namespace strata {

struct MeasureRequest {
    std::vector<StatePtr> states;  // measured in turn, A B A B; the first is what the others are compared with
    std::vector<onnx::TestData> data;
    RunTarget target = RunTarget::Cpu;  // the evaluator runs each once: it judges, it is not fast
    int threads = 1;
    double seconds = 2.0;  // for each at most: see TurnPlan
    bool limits = false;   // of the machine too, for the first's instruction set
};
struct Measured {
    std::map<int, Timing> times;                    // by state
    std::map<int, std::vector<std::string>> calls;  // names of Timing::callMs
    std::optional<MachineLimits> limits;
    double compileMs = 0;  // of all that had to be compiled
};
Result<Measured> measure(Toolchain& toolchain, const MeasureRequest& request, const JobSink& sink);

// Where a module runs: what has nothing for a device runs on the CPU.
RunTarget targetFor(const Module& module, const RunTarget& asked);

// The last state of a path against the first, the untouched model, as one sentence for the status bar. What is chosen
// on somebody's word is also judged where it is: end to end it may drown. `target`: where the state runs.
struct Verdict {
    bool passed = false;
    std::string sentence, detail;
};
Result<Verdict> judge(Toolchain& toolchain, const std::vector<StatePtr>& path, const std::vector<onnx::TestData>& data,
                      const RunTarget& target, const JobSink& sink);

// Each function of the last state against what it means, and how fast it is beside that.
Result<FunctionsReport> judgeFunctions(Toolchain& toolchain, const std::vector<StatePtr>& path,
                                       const std::vector<onnx::TestData>& data, const RunTarget& target, int threads,
                                       const JobSink& sink);

// Functions that are made for a device run on that of the options, if one is named.
Result<Exported> exportState(Toolchain& toolchain, const StatePtr& state, ExportOptions options,
                             const std::vector<onnx::TestData>& data, const JobSink& sink);

// One input through the state; the first output's values (of a batch: the first row's).
Result<std::vector<double>> predict(Toolchain& toolchain, const StatePtr& state, const Tensor& picture,
                                    const JobSink& sink);

}  // namespace strata
