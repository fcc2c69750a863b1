#include "app/window/jobs/measure.h"

#include "app/workbench/judge.h"

#include <chrono>

namespace strata {

namespace {

std::vector<ModulePtr> modulesOf(const std::vector<StatePtr>& states)
{
    std::vector<ModulePtr> modules;
    for (const StatePtr& state : states)
        modules.push_back(state->module);
    return modules;
}

// In the evaluator, once.
Result<Measured> evaluated(Toolchain& toolchain, const MeasureRequest& request, const std::vector<Tensor>& inputs,
                           const JobSink& sink)
{
    Measured measured;
    for (const StatePtr& state : request.states) {
        const auto begin = std::chrono::steady_clock::now();
        STRATA_CHECK(runModule(toolchain, *state->module, RunTarget::Reference, inputs, 1, sink.stop, sink.progress));
        measured.calls[state->id];  // it tells no call from another
        Timing& timing = measured.times[state->id];
        timing.medianMs = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
        timing.lowMs = timing.highMs = timing.medianMs;
        timing.runs = 1;
        timing.samplesMs = {timing.medianMs};
    }
    return measured;
}

}  // namespace

Result<Measured> measure(Toolchain& toolchain, const MeasureRequest& request, const JobSink& sink)
{
    const std::vector<ModulePtr> modules = modulesOf(request.states);
    STRATA_TRY(const std::vector<Tensor> inputs, inputsFor(*modules.front(), request.data, assumedByAll(modules)));
    if (request.target.evaluator)
        return evaluated(toolchain, request, inputs, sink);
    if (!request.target.device.empty()
        && std::none_of(modules.begin(), modules.end(), [](const ModulePtr& m) { return hasDeviceFunctions(*m); }))
        return noDeviceFunctions();
    const MeasureInTurn inTurn{modules, inputs, request.target, request.threads, request.seconds};
    STRATA_TRY(const std::vector<MeasuredModule> all, measureInTurn(toolchain, inTurn, sink.stop, sink.progress));
    Measured measured;
    if (request.limits) {  // in the same runner, after what it timed: neither disturbs the other
        sink.progress("measuring the machine", 0.95);
        CallOptions call;
        call.stop = sink.stop;
        const char* const isa = name(request.states.front()->module->target.isa);
        STRATA_TRY(measured.limits, toolchain.runner.limits(isa, request.threads, call));
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        const int state = request.states[i]->id;
        measured.compileMs += all[i].artifact.built.compileMs + all[i].artifact.built.linkMs;
        measured.calls[state] = all[i].artifact.loaded.calls;
        measured.times[state] = all[i].timing;
    }
    return measured;
}

RunTarget targetFor(const Module& module, const RunTarget& asked)
{
    return asked.device.empty() || hasDeviceFunctions(module) ? asked : RunTarget::Cpu;
}

namespace {

Verdict ofOutputs(const std::vector<OutputVerdict>& outputs)
{
    Verdict verdict{true, {}, {}};
    bool bits = true;
    double worst = 0;
    for (const OutputVerdict& output : outputs) {
        verdict.passed = verdict.passed && output.passed;
        bits = bits && output.comparison.equalBits;
        worst = std::max(worst, output.comparison.maxAbsolute);
        char line[200];
        std::snprintf(line, sizeof line, "%s: largest error %.3g, bound %.3g\n", output.name.c_str(),
                      output.comparison.maxAbsolute, output.bound);
        verdict.detail += line;
    }
    char error[64];
    std::snprintf(error, sizeof error, "%.2g", worst);
    verdict.sentence = bits             ? "equal to the untouched model, bit for bit"
                       : verdict.passed ? "within the bound of the untouched model, largest error " + std::string(error)
                                        : "differs from the untouched model by " + std::string(error);
    return verdict;
}

// The first function that is wrong has the sentence.
void addFunctions(Verdict& verdict, const FunctionsReport& report)
{
    bool told = false;
    for (const FunctionVerdict& function : report.verdicts) {
        char line[400];
        std::snprintf(line, sizeof line, "%s against %s: %s, largest error %.3g, bound %.3g %s\n",
                      function.function.c_str(), function.against.c_str(), name(function.outcome), function.error,
                      function.bound, function.reason.c_str());
        verdict.detail += line;
        if (function.outcome != FunctionVerdict::Outcome::Wrong || told)
            continue;
        told = true;
        verdict.passed = false;
        std::snprintf(line, sizeof line, "%s differs from %s by %.2g", function.function.c_str(),
                      function.against.c_str(), function.error);
        verdict.sentence = function.place.empty() ? function.function + ": " + function.reason : line;
    }
}

}  // namespace

Result<Verdict> judge(Toolchain& toolchain, const std::vector<StatePtr>& path, const std::vector<onnx::TestData>& data,
                      const RunTarget& asked, const JobSink& sink)
{
    const State& state = *path.back();
    const Module& root = *path.front()->module;
    STRATA_TRY(const std::vector<Tensor> inputs, inputsFor(root, data, assumedBy(*state.module)));
    const RunTarget target = targetFor(*state.module, asked);
    STRATA_TRY(std::vector<OutputVerdict> outputs,
               checkState(toolchain, root, state, inputs, sink.stop, sink.progress, target));
    const std::optional<Effect> least = functionsToCheck(state, outputs);
    if (!least)
        return ofOutputs(outputs);
    FunctionsRequest request;
    request.path = path;
    request.inputs = inputs;
    request.target = target;
    request.least = *least;
    STRATA_TRY(const FunctionsReport functions, checkFunctions(toolchain, request, sink.stop, sink.progress));
    settle(outputs, state, functions);
    Verdict verdict = ofOutputs(outputs);
    addFunctions(verdict, functions);
    return verdict;
}

Result<FunctionsReport> judgeFunctions(Toolchain& toolchain, const std::vector<StatePtr>& path,
                                       const std::vector<onnx::TestData>& data, const RunTarget& target, int threads,
                                       const JobSink& sink)
{
    constexpr double seconds = 0.3;  // for each pair
    FunctionsRequest request;
    request.path = path;
    STRATA_TRY(request.inputs, inputsFor(*path.front()->module, data, assumedBy(*path.back()->module)));
    request.target = targetFor(*path.back()->module, target);
    request.threads = threads;
    request.seconds = seconds;
    return checkFunctions(toolchain, request, sink.stop, sink.progress);
}

Result<Exported> exportState(Toolchain& toolchain, const StatePtr& state, ExportOptions options,
                             const std::vector<onnx::TestData>& data, const JobSink& sink)
{
    const RunTarget target{false, options.device};
    STRATA_TRY(const std::vector<Tensor> inputs, inputsFor(*state->module, data));
    STRATA_TRY(const std::vector<Tensor> expected,
               runModule(toolchain, *state->module, target, inputs, 1, sink.stop, sink.progress));
    STRATA_TRY(const LoweredModule lowered, lowerByDefault(*state->module, toolchain.lowering.get()));
    return exportModule(*lowered.module, options, toolchain.compiler, toolchain.runner, inputs, expected, sink.stop,
                        sink.progress);
}

Result<std::vector<double>> predict(Toolchain& toolchain, const StatePtr& state, const Tensor& picture,
                                    const JobSink& sink)
{
    STRATA_TRY(const std::vector<Tensor> outputs,
               runModule(toolchain, *state->module, RunTarget::Cpu, {picture}, 1, sink.stop, sink.progress));
    std::vector<double> values;
    if (outputs.empty())
        return values;
    const bool batch = outputs.front().type.shape.size() > 1;
    const std::int64_t count = batch ? outputs.front().type.shape.back().constant() : outputs.front().count();
    for (std::int64_t i = 0; i < count; ++i)
        values.push_back(outputs.front().at(i));
    return values;
}

}  // namespace strata
