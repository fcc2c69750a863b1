#include "app/cli/commands.h"

#include "app/workbench/explain.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace strata::cli {

namespace {

std::string percent(double share)
{
    char text[16];
    std::snprintf(text, sizeof text, "%.0f %%", 100 * share);
    return text;
}

void printText(const Explanation& e)
{
    constexpr std::size_t shown = 12;
    constexpr double muchLonger = 1.3;
    std::printf("%s a run, its calls at their quickest %s together, predicted %s; %s, %s threads: %d\n",
                millisecondsText(e.ms).c_str(), millisecondsText(e.quickestMs).c_str(),
                millisecondsText(e.predictedMs).c_str(), machineName().c_str(), e.machine.isa.c_str(),
                e.machine.threads);
    if (e.busy > muchLonger)
        std::printf("the machine is busy: in the median calls take %.1f times as long as at their quickest\n", e.busy);
    std::printf("at most %sFLOP/s", countText(e.machine.flopsPerSecond).c_str());
    for (const MemoryLevel& level : e.machine.levels)
        std::printf(", %sB/s from %s", countText(level.bytesPerSecond).c_str(), level.name.c_str());
    std::printf("\n\n%-44s %5s %11s %6s %11s %13s %11s  %s\n", "function", "calls", "time", "share", "predicted",
                "FLOP/s", "B/s", "bound by");
    for (std::size_t i = 0; i < std::min(shown, e.functions.size()); ++i) {
        const FunctionCost& f = e.functions[i];
        const double seconds = f.ms / 1000;
        std::printf("%-44s %5d %11s %6s %11s %9s%4s %10s  %s\n", printable(f.function).c_str(), f.calls,
                    millisecondsText(f.ms).c_str(), percent(f.share).c_str(), millisecondsText(f.predictedMs).c_str(),
                    seconds > 0 ? countText(f.flops / seconds).c_str() : "",
                    seconds > 0 ? percent(f.flops / seconds / e.machine.flopsPerSecond).c_str() : "",
                    seconds > 0 ? countText(f.bytes / seconds).c_str() : "", f.bound.c_str());
        if (f.library.ms > 0)
            std::printf("    %s takes %s for the same products, %.2f times as long\n", f.library.routine.c_str(),
                        millisecondsText(f.library.ms).c_str(), f.library.ms / f.ms);
        for (const Cause& cause : f.causes) {
            std::printf("    %s", cause.id.c_str());
            if (cause.gainMs > 0)
                std::printf(", up to %s", millisecondsText(cause.gainMs).c_str());
            std::printf(": %s\n", printable(cause.text).c_str());
            if (!cause.step.empty())
                std::printf("        %s\n", cause.step.c_str());
        }
    }
    if (e.functions.size() > shown) {
        double rest = 0;
        for (std::size_t i = shown; i < e.functions.size(); ++i)
            rest += e.functions[i].share;
        std::printf("and %zu functions with %s of the time; --json tells all\n", e.functions.size() - shown,
                    percent(rest).c_str());
    }
    std::printf("\nrank correlation of predicted and measured times: %.2f over %zu functions\n", e.rankCorrelation,
                e.functions.size());
}

nlohmann::json toJson(const Explanation& e)
{
    nlohmann::json functions = nlohmann::json::array(), levels = nlohmann::json::array();
    for (const FunctionCost& f : e.functions) {
        nlohmann::json causes = nlohmann::json::array();
        for (const Cause& cause : f.causes)
            causes.push_back(
                {{"cause", cause.id}, {"text", cause.text}, {"gain_ms", cause.gainMs}, {"step", cause.step}});
        functions.push_back({{"function", f.function},
                             {"calls", f.calls},
                             {"ms", f.ms},
                             {"predicted_ms", f.predictedMs},
                             {"share", f.share},
                             {"flops", f.flops},
                             {"bytes", f.bytes},
                             {"bound", f.bound},
                             {"library", f.library.routine},
                             {"library_ms", f.library.ms},
                             {"causes", causes}});
    }
    for (const MemoryLevel& level : e.machine.levels)
        levels.push_back({{"name", level.name}, {"bytes", level.bytes}, {"bytes_per_second", level.bytesPerSecond}});
    return {{"ms", e.ms},
            {"quickest_ms", e.quickestMs},
            {"busy", e.busy},
            {"predicted_ms", e.predictedMs},
            {"rank_correlation", e.rankCorrelation},
            {"machine", machineName()},
            {"isa", e.machine.isa},
            {"threads", e.machine.threads},
            {"flops_per_second", e.machine.flopsPerSecond},
            {"levels", levels},
            {"functions", functions}};
}

}  // namespace

int explain(const Options& options)
{
    Toolchain toolchain;
    toolchain.runLimit = std::chrono::seconds(options.timeout);
    ProgressLine progress(options);
    std::optional<Study> prepared;
    if (const Exit exit = prepare(options, toolchain, progress.report(), prepared); exit != Fine)
        return exit;
    const State& state = *prepared->session->current();
    const Result<std::vector<Tensor>> inputs = inputsFor(*prepared->model.module, prepared->model.data,
                                                          assumedBy(*state.module));
    if (!inputs)
        return fail(inFile(inputs.error(), prepared->model.path), options);
    if (const Status runs = runnable(*state.module, options, toolchain, progress.report()); !runs)
        return fail(runs.error(), options);
    const Result<Explanation> explained = strata::explain(
        toolchain, state, *inputs, threadsFor(options, state.module->target), options.seconds,
        options.libraries ? prepared->session->state(0)->module : nullptr, {}, progress.report());
    progress.clear();
    if (!explained)
        return failAnswer(explained.error(), options);
    if (options.json)
        print(toJson(*explained));
    else
        printText(*explained);
    return Fine;
}

}  // namespace strata::cli
