#include "app/window/jobs/measure.h"

namespace strata {

Result<Measured> measure(Toolchain& toolchain, const MeasureRequest& request, const JobSink& sink)
{
    STRATA_TRY(const std::vector<Tensor> inputs, inputsFor(*request.states.front()->module, request.data));
    Measured measured;
    std::vector<int> handles, owners;
    for (std::size_t i = 0; i < request.states.size(); ++i) {
        const double share = 0.5 / request.states.size();
        const auto progress = [&](const std::string& what, double fraction) {
            sink.progress(what, share * (i + std::max(0.0, fraction)));
        };
        STRATA_TRY(const Artifact artifact, buildArtifact(toolchain, *request.states[i]->module, sink.stop, progress));
        measured.compileMs += artifact.built.compileMs + artifact.built.linkMs;
        measured.calls[request.states[i]->id] = artifact.loaded.calls;
        handles.push_back(artifact.loaded.handle);
        owners.push_back(request.states[i]->id);
    }
    TimingOptions timing;
    timing.threads = request.threads;
    timing.seconds = request.seconds;
    CallOptions call;
    call.what = "timing step " + std::to_string(request.states.front()->id);
    call.stop = sink.stop;
    call.progress = [&sink](const std::string& what, double fraction) { sink.progress(what, 0.5 + fraction / 2); };
    sink.progress("timing in turn", 0.5);
    STRATA_TRY(const std::vector<Timing> times, toolchain.runner.timeInTurn(handles, inputs, timing, call));
    for (std::size_t i = 0; i < times.size(); ++i)
        measured.times[owners[i]] = times[i];
    return measured;
}

Result<Verdict> judge(Toolchain& toolchain, const StatePtr& root, const StatePtr& state,
                      const std::vector<onnx::TestData>& data, const JobSink& sink)
{
    STRATA_TRY(const std::vector<Tensor> inputs, inputsFor(*root->module, data));
    STRATA_TRY(const std::vector<OutputVerdict> outputs,
               checkState(toolchain, *root->module, *state, inputs, sink.stop, sink.progress));
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

Result<Exported> exportState(Toolchain& toolchain, const StatePtr& state, ExportOptions options,
                             const std::vector<onnx::TestData>& data, const JobSink& sink)
{
    STRATA_TRY(const std::vector<Tensor> inputs, inputsFor(*state->module, data));
    STRATA_TRY(const std::vector<Tensor> expected,
               runModule(toolchain, *state->module, RunTarget::Cpu, inputs, 1, sink.stop, sink.progress));
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
