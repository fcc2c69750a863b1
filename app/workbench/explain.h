// Why a state is as slow as it is: what each function takes, what the machine would allow, and what is in the way.
#pragma once

#include "app/workbench/library_kernels.h"
#include "passes/automatic/cost_model.h"

namespace strata {

// Something that costs time, and what helps.
struct Cause {
    std::string id;     // "odd tail"
    std::string text;   // a sentence
    double gainMs = 0;  // what could be won, of all calls
    std::string step;   // a line of a recipe that is legal in this state; empty: none is known
};

struct FunctionCost {
    std::string function;
    int calls = 0;
    double ms = 0, predictedMs = 0, share = 0;  // of all calls, at their quickest; the share is of the sum of all
    double flops = 0, bytes = 0;                // of all calls
    LibraryKernel library;                      // where a library was asked and computes the same
    std::string bound;                          // what the prediction is bound by
    std::vector<Cause> causes;                  // the largest gain first
};

struct Explanation {
    std::vector<FunctionCost> functions;  // the slowest first
    double ms = 0, predictedMs = 0;       // of a run, in the median
    double quickestMs = 0;                // of its calls at their quickest, together
    double busy = 1;                      // how many times as long they take in the median: what else the machine does
    double rankCorrelation = 0;           // of predicted with measured times of the functions
    MachineLimits machine;
};

MachineModel modelOf(const MachineLimits& limits);
// Bytes of the constants and of the values of a lowered module.
double modelBytes(const Module& lowered);

// The causes of one function's time, from its loops: nothing is measured. `cost` has its name, calls and time (0: not
// measured), `lowered` the sizes that count; `remarks`: what the compiler says of it.
FunctionCost explainFunction(Toolchain& toolchain, const State& state, const Module& lowered, FunctionCost cost,
                             const std::vector<std::string>& remarks, const MachineLimits& machine);

// `untouched`: of the model whose products libraries compute for comparison; nullptr: none does.
Result<Explanation> explain(Toolchain& toolchain, const State& state, const std::vector<Tensor>& inputs, int threads,
                            double seconds, const ModulePtr& untouched = nullptr, std::stop_token stop = {},
                            const Progress& progress = {});

}  // namespace strata
