// Whether outputs are right: against test data, against the untouched model, against the evaluator. Bounds are per
// element and follow from the types and the operations of the model (see judge.cpp).
#pragma once

#include "app/workbench/workbench.h"

namespace strata {

struct OutputVerdict {
    std::string name;
    Comparison comparison;
    double bound = 0;  // at the element that comes nearest to its bound, or passes it most; 0: bit for bit
    bool passed = false;
    // Largest errors against a float64 run, of the state and of the untouched model, where no bound by element held;
    // none if the state has other infinities than the model.
    struct Precise {
        double error = 0, untouched = 0;
    };
    std::optional<Precise> precise = {};
    // Of an output that is quantized: how many elements are off, by how many steps at most.
    struct Steps {
        std::int64_t elements = 0, off = 0;
        double most = 0, quantum = 0;
    };
    std::optional<Steps> steps = {};
    bool byDistribution = false;  // depends on chance, and agrees in distribution alone
    std::int64_t exchanged = 0;   // rows in another order, whose keys are equal up to rounding (judge_order.h)
};

// A state against the untouched model (its definitions, unscheduled code at fixed flags): bit for bit if its steps and
// the implementations that it chooses claim to be exact.
// Otherwise each element may be off a float64 run of the untouched model by what rounding does there. `target` is
// where the state runs.
Result<std::vector<OutputVerdict>> checkState(Toolchain& toolchain, const Module& root, const State& state,
                                              const std::vector<Tensor>& inputs, std::stop_token stop = {},
                                              const Progress& progress = {}, RunTarget target = RunTarget::Cpu);

// Outputs of a model on `inputs` against what its test data say: within the bound of ONNX's own backend tests, or off
// by what rounding does to that element in this model. `root`: the untouched model.
Result<std::vector<OutputVerdict>> checkOutputs(Toolchain& toolchain, const Module& root,
                                                const std::vector<Tensor>& inputs, const std::vector<Tensor>& expected,
                                                const std::vector<Tensor>& actual, std::stop_token stop = {},
                                                const Progress& progress = {});

// Compiled code against the evaluator, bit for bit: says nothing of the model, only that both mean the same by it.
// Refuses what would take the evaluator minutes.
Result<std::vector<OutputVerdict>> checkCompiler(Toolchain& toolchain, const Module& module,
                                                 const std::vector<Tensor>& inputs, std::stop_token stop = {},
                                                 const Progress& progress = {}, RunTarget target = RunTarget::Cpu);

}  // namespace strata
