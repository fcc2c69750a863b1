#include "app/cli/commands.h"

#include "core/transform/help.h"
#include "passes/automatic/automatic.h"

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

namespace strata::cli {

Result<std::string> modelPath(const Options& options)
{
    if (options.paths.size() != 1)
        return refused(say("strata {} takes one MODEL, {} are given.", options.command, options.paths.size()), {},
                       "strata --help " + options.command + " shows how.");
    return options.paths[0];
}

Result<Study> open(const Options& options, const std::string& path, Toolchain& toolchain, const Progress& progress)
{
    toolchain.runLimit = std::chrono::seconds(options.timeout);
    const bool leaves = options.command == "apply" || options.command == "edit" || options.command == "export";
    const StudyRequest request{path,
                               {options.dimensions, options.shapes, options.definitions, options.anySize},
                               options.isa || leaves ? options.isa : machineIsa(),  // what leaves runs on others, too
                               options.facts,
                               options.variants};
    Result<Study> study = openStudy(request, makeRegistry(), makeContext(toolchain), progress);
    if (!study)
        return inFile(study.error(), path);
    printNotes(study->session->state(0)->notes, options);
    return study;
}

void printNotes(const std::vector<std::string>& notes, const Options& options)
{
    if (!options.json && !options.quiet)
        for (const std::string& note : notes)
            std::fprintf(stderr, "note: %s\n", note.c_str());
}

Error inFile(Error error, const std::string& path)
{
    std::error_code ignored;
    const std::filesystem::path file = std::filesystem::is_directory(path, ignored)
                                           ? std::filesystem::path(path) / "model.onnx"
                                           : std::filesystem::path(path);
    if (error.message.find(file.string()) == std::string::npos && error.message.find(path) == std::string::npos)
        error.message = file.string() + ": " + error.message;
    return error;
}

Status readRecipes(const Options& options)
{
    const std::shared_ptr<const Registry> registry = makeRegistry();
    for (const RecipeSource& recipe : options.recipes)
        if (recipe.kind == RecipeSource::Kind::File)
            STRATA_CHECK(loadRecipe(recipe.path, *registry));
    return {};
}

namespace {

std::vector<std::string> remarksOn(const AutomaticReport& report)
{
    std::vector<std::string> remarks;
    for (const AutomaticReport::Failure& failure : report.failures)
        remarks.push_back((failure.error.kind == ErrorKind::Bug ? "warning: a fault of Strata: automatic rule \""
                                                                : "note: automatic rule \"")
                          + failure.rule + "\" leaves " + failure.where + " as it is: " + failure.error.text());
    return remarks;
}

}  // namespace

void addHelp(const Session& session, const Step& step, Error& error)
{
    bool first = true;
    for (const Help& help : helpFor(*session.current()->module, step, error, session.registry(), {})) {
        error.hint += error.hint.empty() ? "" : "\n";
        error.hint += std::exchange(first, false) ? "This would be legal:" : "Or:";
        for (const Step& one : help.steps)
            error.hint += "\n    " + print(one, session.registry());
    }
}

void printRemarks(const std::vector<std::string>& remarks, const Options& options)
{
    if (!options.json && !options.quiet)
        for (const std::string& remark : remarks)
            std::fprintf(stderr, "%s\n", remark.c_str());
}

Status applyRecipe(Session& session, const RecipeSource& source, const Options& options, const Progress& progress)
{
    STRATA_TRY(const std::vector<std::string> remarks, takeSteps(session, source, options, progress));
    printRemarks(remarks, options);
    return {};
}

Status applyRecipes(Session& session, const Options& options, const Progress& progress)
{
    for (const RecipeSource& recipe : options.recipes)
        STRATA_CHECK(applyRecipe(session, recipe, options, progress));
    return takeInouts(session, options);
}

Result<std::vector<std::string>> takeSteps(Session& session, const RecipeSource& source, const Options& options,
                                           const Progress& progress)
{
    if (source.kind == RecipeSource::Kind::Untouched)
        return std::vector<std::string>();
    if (source.kind == RecipeSource::Kind::Automatic) {
        const MadeFor target = options.target.device.empty() ? MadeFor::Cpu : MadeFor::Device;
        STRATA_TRY(const AutomaticReport report, autoScheduleAll(session, {}, progress, Effect::Reassociated, target));
        return remarksOn(report);
    }
    STRATA_TRY(Recipe recipe, loadRecipe(source.path, session.registry()));
    STRATA_CHECK(replay(session, recipe, [&](const Step& step, Error& error) { addHelp(session, step, error); }));
    return std::vector<std::string>();
}

namespace {

// The results that the option means, each with its parameter: a star stands for any piece of the name.
std::vector<std::pair<std::string, std::string>> meant(const Function& model, const std::string& result,
                                                       const std::string& parameter)
{
    const std::size_t star = result.find('*'), other = parameter.find('*');
    if (star == std::string::npos || other == std::string::npos)
        return {{result, parameter}};
    const std::string head = result.substr(0, star), tail = result.substr(star + 1);
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const TypedName& one : model.results)
        if (one.name.size() >= head.size() + tail.size() && one.name.starts_with(head) && one.name.ends_with(tail))
            pairs.emplace_back(one.name, std::string(parameter).replace(other, 1, one.name, star,
                                                                        one.name.size() - head.size() - tail.size()));
    return pairs;
}

Status takeInout(Session& session, const std::string& model, const std::string& result, const std::string& parameter)
{
    Step step;
    step.transform = "library.inout";
    step.arguments.values = {{"function", model}, {"result", result}, {"parameter", parameter}};
    Result<StatePtr> taken = session.apply(step);
    if (taken)
        return {};
    Error error = taken.error();
    addHelp(session, step, error);
    return error;
}

}  // namespace

Status takeInouts(Session& session, const Options& options)
{
    if (options.inouts.empty())
        return {};
    const FunctionPtr model = session.current()->module->entryFunction();
    if (!model)
        return refused(
            say("The module {} has no entry, so it has no result to write in place.", session.current()->module->name));
    if (options.recipes.empty() && model->graph()) {  // what is lowered by default has loops to write in place
        Step lower;
        lower.transform = "graph.lower_to_loops";
        lower.arguments.values = {{"function", model->name}};
        (void)session.apply(lower);  // where it is lowered already, there is nothing to do
    }
    for (const auto& [result, parameter] : options.inouts) {
        const auto pairs = meant(*model, result, parameter);
        if (pairs.empty())
            return refused(say("No result of {} is called like {}.", model->name, result));
        for (const auto& [one, other] : pairs)
            STRATA_CHECK(takeInout(session, model->name, one, other));
    }
    return {};
}

Exit prepare(const Options& options, Toolchain& toolchain, const Progress& progress, std::optional<Study>& prepared)
{
    const Result<std::string> path = modelPath(options);
    if (!path)
        return fail(path.error(), options);
    if (const Status readable = readRecipes(options); !readable)
        return fail(readable.error(), options);
    Result<Study> opened = open(options, *path, toolchain, progress);
    if (!opened)
        return fail(opened.error(), options);
    prepared = std::move(*opened);
    if (const Status applied = applyRecipes(*prepared->session, options, progress); !applied)
        return failAnswer(applied.error(), options);
    return Fine;
}

Exit exitOfAnswer(const Error& error) { return error.kind == ErrorKind::Refused ? AnswerIsNo : exitOf(error); }

Exit failAnswer(const Error& error, const Options& options)
{
    fail(error, options);
    return exitOfAnswer(error);
}

Status runnable(const Module& module, const Options& options, Toolchain& toolchain, const Progress& progress)
{
    if (options.target.evaluator)
        return {};
    const Result<Artifact> artifact = buildArtifact(toolchain, module, {}, progress, options.target.device);
    return artifact ? Status() : artifact.error();
}

bool couldRun(const Module& module, const Options& options, Toolchain& toolchain)
{
    return !options.target.evaluator || lowerByDefault(module, toolchain.lowering.get()).ok();
}

Exit failRun(const Error& error, const Module& module, const Options& options, Toolchain& toolchain)
{
    return couldRun(module, options, toolchain) ? failAnswer(error, options) : fail(error, options);
}

int threadsFor(const Options& options, const Target& target)
{
    return options.threads.value_or(std::max(1, target.threads));
}

void print(const nlohmann::json& object)
{
    std::printf("%s\n", object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

namespace {

std::string scaled(double value, double step, const std::vector<const char*>& units)
{
    std::size_t unit = 0;
    for (; value >= step && unit + 1 < units.size(); ++unit)
        value /= step;
    char text[64];
    std::snprintf(text, sizeof text, unit == 0 || value >= 100 ? "%.0f%s" : "%.3g%s", value, units[unit]);
    return text;
}

}  // namespace

std::string bytesText(std::int64_t bytes) { return scaled(double(bytes), 1024, {" B", " KiB", " MiB", " GiB"}); }
std::string countText(double count) { return scaled(count, 1000, {" ", " k", " M", " G", " T"}); }

std::string millisecondsText(double ms)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.*f ms", ms < 1 ? 4 : ms < 100 ? 3 : 1, ms);
    return text;
}

}  // namespace strata::cli
