// The client of strata-runner: a separate process without Qt and LLVM that loads artifacts, runs and times them. What
// crashes or hangs there is a reported result, never the end of the caller.
#pragma once

#include "backends/process/worker.h"
#include "core/tensor/tensor.h"

namespace strata {

struct Loaded {
    int handle = 0;
    std::vector<std::pair<std::string, TensorType>> inputs, outputs;
    std::vector<std::string> calls;  // names of the entry's calls, for times by call
};

struct TimingOptions {
    int threads = 1;
    double seconds = 1.0;  // budget after warm-up
    int minRuns = 11, maxRuns = 10000;
};
struct Timing {
    double medianMs = 0, lowMs = 0, highMs = 0;  // low and high: 10th and 90th percentile
    int runs = 0, warmups = 0, threads = 1;
    std::vector<double> samplesMs;
    std::vector<double> callMs;    // median by call, in the order of Loaded::calls; may be empty
    std::vector<double> deviceMs;  // of these, inside the device's kernels as its events say; 0 on the CPU
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
    // A B A B ...: rounds over the handles in turn, so that a ratio holds on a noisy machine.
    Result<std::vector<Timing>> timeInTurn(const std::vector<int>& handles, const std::vector<Tensor>& inputs,
                                           const TimingOptions& timing, const CallOptions& options = {});
    Status unload(int handle);
    Worker& worker();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace strata
