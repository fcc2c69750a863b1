#include "app/report/report.h"

#include "app/report/graph_svg.h"
#include "app/workbench/judge.h"
#include "core/session/document.h"
#include "passes/lowering/function_names.h"
#include "passes/lowering/lowering_cache.h"

#include <algorithm>

namespace strata {

namespace {

constexpr std::size_t mostMeasured = 12;

std::vector<std::string> linesOf(const Function& function)
{
    std::vector<std::string> lines;
    for (TextLine& line : printLines(function, Form::Short))
        lines.push_back(std::move(line.text));
    return lines;
}

ReportedFunction reported(const std::string& name, const FunctionPtr& before, const FunctionPtr& after)
{
    ReportedFunction function{name, {}, {}, {}};
    if (before)
        function.before = linesOf(*before);
    if (after)
        function.after = linesOf(*after);
    function.diff = diffLines(function.before, function.after);
    return function;
}

using Functions = std::map<std::string, FunctionPtr>;

// What is held in loops when everything is lowered.
Result<Functions> loopsOf(Toolchain& toolchain, const Module& module)
{
    STRATA_TRY(const LoweredModule lowered, lowerKeepingChoices(module, toolchain.lowering.get()));
    Functions functions;
    for (const FunctionPtr& function : lowered.module->functions)
        if (function->loops())
            functions[function->name] = function;
    return functions;
}

// A function that only got another name is no change: its name is made of its content and its neighbours'.
bool onlyRenamed(const FunctionPtr& function, const Functions& others, const Functions& mine)
{
    return std::any_of(others.begin(), others.end(), [&](const auto& other) {
        return !mine.count(other.first) && equalButForName(*function, *other.second);
    });
}

std::vector<ReportedFunction> changes(const Functions& before, const Functions& after)
{
    std::vector<ReportedFunction> all;
    for (const auto& [name, function] : after) {
        const auto old = before.find(name);
        if (old == before.end() ? !onlyRenamed(function, before, after)
                                : old->second != function && !equal(*old->second, *function))
            all.push_back(reported(name, old == before.end() ? nullptr : old->second, function));
    }
    for (const auto& [name, function] : before)
        if (!after.count(name) && !onlyRenamed(function, after, before))
            all.push_back(reported(name, function, nullptr));
    return all;
}

// "# why" as "why"; the marks of groups are no remarks.
std::string withoutMark(const std::string& comment)
{
    const std::size_t begin = comment.find_first_not_of("# \t");
    const bool mark = comment.starts_with("#{") || comment.starts_with("#}");
    return begin == std::string::npos || mark ? std::string() : comment.substr(begin);
}

ReportedStep describe(const State& state, const Registry& registry)
{
    ReportedStep step;
    step.state = state.id;
    if (state.id == 0) {
        step.title = "the model as it was opened";
        step.effect = name(state.effect);
        return step;
    }
    step.title = title(state.step, registry);
    step.line = print(state.step, registry);
    step.note = state.step.comment;
    step.group = state.group ? *state.group : std::string();
    step.effect = name(state.effect);
    step.refusal = state.refusal ? state.refusal->text() : state.disabled ? "It is left out." : std::string();
    if (const auto transform = registry.find(state.step.transform))
        step.summary = (*transform)->summary;
    for (const std::string& remark : state.remarks)
        if (std::string text = withoutMark(remark); !text.empty())
            step.remarks.push_back(std::move(text));
    return step;
}

// The last state that the automatic rule or the group of this one made, where it is what follows.
bool endsSomething(const State& state, const State* next)
{
    return !next
           || (state.group ? next->group != state.group
                           : state.step.automatic.empty() || next->step.automatic != state.step.automatic);
}

std::vector<StatePtr> worthMeasuring(const std::vector<StatePtr>& path)
{
    std::vector<StatePtr> taken, ends;
    for (const StatePtr& state : path)
        if (!state->refusal && !state->disabled)
            taken.push_back(state);
    if (taken.size() <= mostMeasured)
        return taken;
    for (std::size_t i = 0; i < taken.size(); ++i)
        if (i == 0 || endsSomething(*taken[i], i + 1 < taken.size() ? taken[i + 1].get() : nullptr))
            ends.push_back(taken[i]);
    std::vector<StatePtr> chosen;  // evenly, with both ends
    const std::size_t count = std::min(ends.size(), mostMeasured);
    for (std::size_t i = 0; i < count; ++i)
        chosen.push_back(ends[count < 2 ? 0 : i * (ends.size() - 1) / (count - 1)]);
    return chosen;
}

std::string sentenceOn(const std::vector<OutputVerdict>& outputs)
{
    const auto all = [&](auto holds) { return std::all_of(outputs.begin(), outputs.end(), holds); };
    double worst = 0;
    for (const OutputVerdict& output : outputs)
        worst = std::max(worst, output.comparison.maxAbsolute);
    char error[64];
    std::snprintf(error, sizeof error, "%.2g", worst);
    if (all([](const OutputVerdict& output) { return output.comparison.equalBits; }))
        return "Equal to the untouched model, bit for bit.";
    if (all([](const OutputVerdict& output) { return output.passed; }))
        return std::string("Within the bound of the untouched model, largest error ") + error + ".";
    return std::string("Differs from the untouched model by ") + error + ", which is more than its bound.";
}

}  // namespace

Result<ReportedChange> changeBetween(Toolchain& toolchain, const Module* before, const Module& after,
                                     const Forwarding& forwarding, std::stop_token stop)
{
    ReportedChange change;
    if (!before || before->entryFunction() != after.entryFunction())
        change.graph = graphSvg(after, before, forwarding, stop);
    Functions old;
    if (before)
        if (Result<Functions> loops = loopsOf(toolchain, *before))
            old = std::move(*loops);
    const Result<Functions> now = loopsOf(toolchain, after);
    if (!now)
        return now.error();
    change.functions = changes(old, *now);
    return change;
}

Result<Report> reportOn(Toolchain& toolchain, const Session& session, const std::string& model,
                        const ReportFigures& figures, std::stop_token stop, const Progress& progress)
{
    Report report{model, machineName(), name(session.current()->module->target.isa), {}, figures.verdict, {}, {}};
    report.recipe = print(documentOf(session).recipe, session.registry());
    const std::vector<StatePtr> path = session.path();
    Functions before;
    const State* old = nullptr;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (stop.stop_requested())
            return refused("The report is cancelled.");
        if (progress)
            progress("describing step " + std::to_string(i), double(i) / double(path.size()));
        const State& state = *path[i];
        ReportedStep step = describe(state, session.registry());
        if (const auto timing = figures.times.find(state.id); timing != figures.times.end())
            step.timing = timing->second;
        if (!old || old->module != state.module) {
            if (!old || old->module->entryFunction() != state.module->entryFunction())
                step.graph = graphSvg(*state.module, old ? old->module.get() : nullptr, state.forwarding, stop);
            Result<Functions> after = loopsOf(toolchain, *state.module);
            if (!after)
                step.unlowered = after.error().text();
            else
                step.functions = changes(before, *after);
            before = after ? std::move(*after) : Functions();
        }
        old = &state;
        report.steps.push_back(std::move(step));
    }
    for (const auto& [name, function] : before)
        report.result.push_back(reported(name, function, function));
    return report;
}

Result<ReportFigures> measureForReport(Toolchain& toolchain, const Session& session, const std::vector<Tensor>& inputs,
                                       int threads, double seconds, std::stop_token stop, const Progress& progress)
{
    const std::vector<StatePtr> states = worthMeasuring(session.path());
    MeasureInTurn request{{}, inputs, RunTarget::Cpu, threads, seconds};
    for (const StatePtr& state : states)
        request.modules.push_back(state->module);
    STRATA_TRY(const std::vector<MeasuredModule> measured, measureInTurn(toolchain, request, stop, progress));
    ReportFigures figures;
    for (std::size_t i = 0; i < states.size(); ++i)
        figures.times[states[i]->id] = measured[i].timing;
    STRATA_TRY(const std::vector<OutputVerdict> outputs,
               checkState(toolchain, *session.path().front()->module, *session.current(), inputs, stop, progress));
    figures.verdict = sentenceOn(outputs);
    return figures;
}

}  // namespace strata
