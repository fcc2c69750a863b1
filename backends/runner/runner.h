// The client of strata-runner: a separate process without Qt and LLVM that loads artifacts, runs and times them. What
// crashes or hangs there is a reported result, never the end of the caller.
#pragma once

#include "backends/process/worker.h"
#include "backends/runner/turns.h"
#include "core/tensor/tensor.h"

namespace strata {

struct Loaded {
    int handle = 0;
    std::vector<std::pair<std::string, TensorType>> inputs, outputs;
    std::vector<std::string> calls;    // names of the entry's calls, for times by call
    std::vector<std::string> devices;  // that it launches kernels on, beside the CPU
};

struct TimingOptions {
    int threads = 1;
    TurnPlan plan;
};
struct Timing {
    double medianMs = 0, lowMs = 0, highMs = 0;  // low and high: 10th and 90th percentile
    int runs = 0, warmups = 0, threads = 1;
    int turn = 0;  // timings with the same one were measured in turn: their k-th samples lie next to each other
    std::vector<double> samplesMs;
    std::vector<double> callMs;      // median by call, in the order of Loaded::calls; may be empty
    std::vector<double> quickestMs;  // the quickest by call: what a busy machine does only ever adds
    std::vector<double> deviceMs;    // of the medians, inside the device's kernels as its events say; 0 on the CPU
};
// How many times as fast `own` is as `other`.
Interval speed(const Timing& own, const Timing& other);
// Whether a difference between the two is more than the machine's noise, and more than one percent.
bool differ(const Timing& own, const Timing& other);

// What a machine does at most, measured, with so many threads of code for an instruction set.
struct MemoryLevel {
    std::string name;  // "L1"; "memory" for what lies behind the caches
    double bytes = 0;  // that it holds for all threads together; 0: no end
    double bytesPerSecond = 0;
};
struct MachineLimits {
    std::string isa;  // "x86-64-v3"
    int threads = 1;
    double flopsPerSecond = 0;  // f32
    std::vector<MemoryLevel> levels;
};

class Runner {
public:
    explicit Runner(std::vector<std::string> command = {});  // default: strata-runner beside this program
    ~Runner();
    Result<Loaded> load(const std::string& library, const std::string& prefix, const std::string& weightsFile,
                        std::stop_token stop = {});
    Result<std::vector<Tensor>> run(int handle, const std::vector<Tensor>& inputs, int threads,
                                    const CallOptions& options = {});
    Result<Timing> time(int handle, const std::vector<Tensor>& inputs, const TimingOptions& timing,
                        const CallOptions& options = {});
    // A B A B ..., the first being what the others are compared with: see TurnPlan.
    Result<std::vector<Timing>> timeInTurn(const std::vector<int>& handles, const std::vector<Tensor>& inputs,
                                           const TimingOptions& timing, const CallOptions& options = {});
    Result<MachineLimits> limits(const std::string& isa, int threads, const CallOptions& options = {});
    Status unload(int handle);
    Worker& worker();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace strata
