#include "app/cli/commands.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace strata::cli {

namespace {

struct Measured {
    std::string label;
    Artifact artifact;
    Timing timing;
};

nlohmann::json toJson(const Measured& measured, const Measured& first)
{
    const Timing& t = measured.timing;
    nlohmann::json calls = nlohmann::json::array();
    for (std::size_t i = 0; i < t.callMs.size() && i < measured.artifact.loaded.calls.size(); ++i)
        calls.push_back({{"name", measured.artifact.loaded.calls[i]}, {"median_ms", t.callMs[i]}});
    return {{"recipe", measured.label},
            {"median_ms", t.medianMs},
            {"low_ms", t.lowMs},
            {"high_ms", t.highMs},
            {"runs", t.runs},
            {"threads", t.threads},
            {"isa", name(measured.artifact.lowered.module->target.isa)},
            {"compile_ms", measured.artifact.built.compileMs + measured.artifact.built.linkMs},
            {"ratio", first.timing.medianMs / t.medianMs},
            {"calls", calls}};
}

void printText(const std::vector<Measured>& all)
{
    std::printf("%-32s %12s %25s %7s %9s\n", "", "median", "10 % .. 90 %", "runs", "speed");
    for (const Measured& m : all) {
        const std::string spread = millisecondsText(m.timing.lowMs) + " .. " + millisecondsText(m.timing.highMs);
        std::printf("%-32s %12s %25s %7d %8.2fx\n", m.label.c_str(), millisecondsText(m.timing.medianMs).c_str(),
                    spread.c_str(), m.timing.runs, all[0].timing.medianMs / m.timing.medianMs);
    }
    std::printf("%s, %d thread%s, %s%s\n", machineName().c_str(), all[0].timing.threads,
                all[0].timing.threads == 1 ? "" : "s", name(all[0].artifact.lowered.module->target.isa),
                all.size() > 1 ? ", measured in turn" : "");
}

int runReference(const Prepared& prepared, const std::vector<Tensor>& inputs, const Options& options,
                 Toolchain& toolchain)
{
    const auto begin = std::chrono::steady_clock::now();
    const Result<std::vector<Tensor>> outputs = runModule(toolchain, *prepared.session->current()->module,
                                                          RunTarget::Reference, inputs, 1);
    if (!outputs)
        return fail(outputs.error(), options);
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    if (options.json)
        print({{"median_ms", ms},
               {"low_ms", ms},
               {"high_ms", ms},
               {"runs", 1},
               {"threads", 1},
               {"isa", "evaluator"},
               {"compile_ms", 0.0},
               {"machine", machineName()}});
    else
        std::printf("the reference evaluator took %s, once; it judges, it is not fast\n", millisecondsText(ms).c_str());
    return Fine;
}

Result<Measured> built(const Options& options, const std::string& path, const RecipeSource& recipe,
                       Toolchain& toolchain)
{
    STRATA_TRY(Prepared prepared, open(options, path, toolchain));
    STRATA_CHECK(applyRecipe(*prepared.session, recipe));
    Measured measured;
    measured.label = recipe.label();
    STRATA_TRY(measured.artifact,
               buildArtifact(toolchain, *prepared.session->current()->module, {}, {}, options.target == "opencl"));
    return measured;
}

Status measure(std::vector<Measured>& all, const std::vector<Tensor>& inputs, const Options& options,
               Toolchain& toolchain)
{
    std::vector<int> handles;
    for (const Measured& measured : all)
        handles.push_back(measured.artifact.loaded.handle);
    TimingOptions timing;
    timing.threads = options.threads;
    timing.seconds = options.seconds * double(all.size());
    CallOptions call;
    call.what = "timing";
    call.timeout = toolchain.runLimit;
    STRATA_TRY(std::vector<Timing> timings, toolchain.runner.timeInTurn(handles, inputs, timing, call));
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i].timing = timings[i];
    return {};
}

}  // namespace

int run(const Options& options)
{
    Toolchain toolchain;
    const Result<std::string> path = modelPath(options);
    if (!path)
        return fail(path.error(), options);
    std::vector<RecipeSource> recipes = options.recipes;
    if (recipes.empty())
        recipes.push_back({RecipeSource::Kind::Untouched, {}});
    Result<Prepared> first = open(options, *path, toolchain);
    if (!first)
        return fail(first.error(), options);
    const Result<std::vector<Tensor>> inputs = inputsFor(*first->model.module, first->model.data);
    if (!inputs)
        return fail(inputs.error(), options);
    if (options.target == "reference") {
        const Status applied = applyRecipe(*first->session, recipes[0]);
        return applied ? runReference(*first, *inputs, options, toolchain) : fail(applied.error(), options);
    }
    std::vector<Measured> all;
    for (const RecipeSource& recipe : recipes) {
        Result<Measured> measured = built(options, *path, recipe, toolchain);
        if (!measured)
            return fail(measured.error(), options);
        all.push_back(std::move(*measured));
    }
    if (const Status status = measure(all, *inputs, options, toolchain); !status)
        return fail(status.error(), options);
    if (!options.json) {
        printText(all);
        return Fine;
    }
    nlohmann::json object = toJson(all[0], all[0]);
    object["machine"] = machineName();
    for (const Measured& measured : all)
        object["results"].push_back(toJson(measured, all[0]));
    print(object);
    return Fine;
}

}  // namespace strata::cli
