#include "app/cli/commands.h"

#include "app/workbench/run_sizes.h"
#include "app/workbench/values.h"
#include "core/analysis/sites.h"
#include "core/tensor/texts.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

namespace strata::cli {

namespace {

struct Measured : MeasuredModule {
    std::string label;
};

// As --target names it: where it ran, and what of it on the CPU by which instructions.
std::string targetText(const std::vector<Measured>& all)
{
    std::set<std::string> devices;
    for (const Measured& one : all)
        devices.insert(one.artifact.loaded.devices.begin(), one.artifact.loaded.devices.end());
    std::string text;
    for (const std::string& device : devices)
        text += device + " and ";
    return text + "cpu:" + name(all[0].artifact.target.isa);
}

// What of a run the device's kernels take; the rest of it is copies to the device and back, and the host.
double kernelMs(const Measured& measured)
{
    const std::vector<double>& calls = measured.timing.deviceMs;
    return std::accumulate(calls.begin(), calls.end(), 0.0);
}

nlohmann::json toJson(const Measured& measured, const Measured& first, const std::string& target)
{
    const Timing& t = measured.timing;
    const Interval ratio = speed(t, first.timing);
    nlohmann::json calls = nlohmann::json::array();
    for (std::size_t i = 0; i < t.callMs.size() && i < measured.artifact.loaded.calls.size(); ++i)
        calls.push_back({{"name", measured.artifact.loaded.calls[i]},
                         {"median_ms", t.callMs[i]},
                         {"kernel_ms", i < t.deviceMs.size() ? t.deviceMs[i] : 0}});
    return {{"recipe", measured.label},
            {"median_ms", t.medianMs},
            {"low_ms", t.lowMs},
            {"high_ms", t.highMs},
            {"runs", t.runs},
            {"threads", t.threads},
            {"isa", name(measured.artifact.target.isa)},
            {"target", target},
            {"compile_ms", measured.artifact.built.compileMs + measured.artifact.built.linkMs},
            {"kernel_ms", kernelMs(measured)},
            {"ratio", ratio.value},
            {"ratio_low", ratio.low},
            {"ratio_high", ratio.high},
            {"ratio_to", first.label},
            {"calls", calls}};
}

// "2.10 +- 0.04x": how many times as fast as the first.
std::string speedText(const Measured& measured, const Measured& first)
{
    if (&measured == &first)
        return "1";
    const Interval ratio = speed(measured.timing, first.timing);
    const double error = (ratio.high - ratio.low) / 2;
    const int decimals = error > 0 ? std::clamp(int(-std::floor(std::log10(error))), 0, 4) : 2;
    char text[64];
    std::snprintf(text, sizeof text, "%.*f +- %.*fx", decimals, ratio.value, decimals, error);
    return text;
}

void printText(const std::vector<Measured>& all, const SizeValues& sizes, const std::string& target)
{
    const std::string compared = all.size() > 1 ? "speed, " + all[0].label + " = 1" : "";
    const bool kernels = std::any_of(all.begin(), all.end(), [](const Measured& m) { return kernelMs(m) > 0; });
    std::printf("%-32s %12s %25s %7s%s   %s\n", "", "median", "10 % .. 90 %", "runs", kernels ? "   in kernels" : "",
                compared.c_str());
    for (const Measured& m : all) {
        const std::string spread = millisecondsText(m.timing.lowMs) + " .. " + millisecondsText(m.timing.highMs);
        std::printf("%-32s %12s %25s %7d", m.label.c_str(), millisecondsText(m.timing.medianMs).c_str(), spread.c_str(),
                    m.timing.runs);
        if (kernels)
            std::printf(" %12s", millisecondsText(kernelMs(m)).c_str());
        std::printf("   %s\n", all.size() > 1 ? speedText(m, all[0]).c_str() : "");
    }
    std::printf("%s, %d thread%s, %s%s%s%s\n", machineName().c_str(), all[0].timing.threads,
                all[0].timing.threads == 1 ? "" : "s", target.c_str(), sizes.empty() ? "" : ", any size",
                sizesText(sizes).c_str(),
                all.size() > 1 ? ", measured in turn, +- is the interval that holds the ratio with 95 %" : "");
}

int runReference(const Module& module, const std::vector<Tensor>& inputs, const Options& options, Toolchain& toolchain)
{
    const auto begin = std::chrono::steady_clock::now();
    const Result<std::vector<Tensor>> outputs = runModule(toolchain, module, RunTarget::Reference, inputs, 1);
    if (!outputs)
        return failRun(outputs.error(), module, options, toolchain);
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

// What is measured: the state that a recipe leads to, as it is built.
struct Subject {
    ModulePtr state;  // nullptr where a program before this one built it: then it is not made again
    std::vector<std::string> remarks;
    std::optional<Artifact> artifact;
};

// The steps of a recipe in full, to ask whether somebody built what they lead to; nullopt where that is not known.
std::optional<std::string> stepsOf(const RecipeSource& recipe, const Options& options)
{
    if (options.target != RunTarget::Cpu)
        return std::nullopt;
    if (recipe.kind == RecipeSource::Kind::Untouched)
        return "no step";
    if (recipe.kind == RecipeSource::Kind::Automatic)
        return "automatic scheduling";
    const Result<std::string> text = readRecipe(recipe.path);
    return text ? std::optional("the recipe " + *text) : std::nullopt;
}

std::optional<std::vector<Subject>> subjectsBuiltBefore(const std::string& content,
                                                        const std::vector<RecipeSource>& recipes,
                                                        const Options& options, Toolchain& toolchain)
{
    std::vector<Subject> subjects;
    for (const RecipeSource& recipe : recipes) {
        const std::optional<std::string> steps = stepsOf(recipe, options);
        std::optional<BuiltBefore> built = steps ? builtBefore(toolchain, content, *steps) : std::nullopt;
        if (!built)
            return std::nullopt;
        subjects.push_back({nullptr, std::move(built->remarks), std::move(built->artifact)});
    }
    return subjects;
}

void printRemarks(const std::vector<Subject>& subjects, const Options& options)
{
    for (const Subject& subject : subjects)
        printRemarks(subject.remarks, options);
}

// The states, each by its recipe from the same model.
Exit applyAll(const Session& opened, const std::vector<RecipeSource>& recipes, const Options& options,
              const Progress& progress, std::vector<Subject>& subjects)
{
    for (const RecipeSource& recipe : recipes) {
        Session session = opened;
        const Result<std::vector<std::string>> remarks = takeSteps(session, recipe, options, progress);
        if (!remarks)
            return failAnswer(remarks.error(), options);
        printRemarks(*remarks, options);
        const bool isCompared = recipe.kind == RecipeSource::Kind::Untouched && recipes.size() > 1;
        if (const Status status = isCompared ? Status() : takeInouts(session, options); !status)
            return failAnswer(status.error(), options);
        subjects.push_back({session.current()->module, *remarks, {}});
    }
    const bool any = std::any_of(subjects.begin(), subjects.end(),
                                 [](const Subject& subject) { return hasDeviceFunctions(*subject.state); });
    if (!options.target.device.empty() && !any)
        return fail(noDeviceFunctions(), options);
    return Fine;
}

// Built before anything runs: what is refused from then on is refused because of the data.
Status buildAll(const std::optional<std::string>& content, const std::vector<RecipeSource>& recipes,
                const Options& options, Toolchain& toolchain, const Progress& progress, std::vector<Subject>& subjects)
{
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        const Progress part = [&](const std::string& what, double fraction) {
            if (progress)
                progress(what, (double(i) + std::max(0.0, fraction)) / double(2 * subjects.size()));
        };
        Subject& subject = subjects[i];
        if (subject.artifact)
            continue;
        STRATA_TRY(subject.artifact, buildArtifact(toolchain, *subject.state, {}, part, options.target.device));
        if (const std::optional<std::string> steps = stepsOf(recipes[i], options); steps && content)
            rememberBuilt(toolchain, *content, *steps, *subject.state, subject.remarks);
    }
    return {};
}

// What a run needs of its model.
struct Work {
    std::optional<std::string> content;  // of the module
    std::vector<Subject> subjects;
    std::vector<Tensor> inputs;
};

// The work of which an earlier program did all; the model is not opened.
std::optional<Work> workDoneBefore(const ModelQuestion& question, const std::vector<RecipeSource>& recipes,
                                   const Options& options, Toolchain& toolchain)
{
    std::optional<KnownModel> model = question.answer();
    auto subjects = model ? subjectsBuiltBefore(model->content, recipes, options, toolchain) : std::nullopt;
    if (!subjects)
        return std::nullopt;
    printNotes(model->notes, options);
    printRemarks(*subjects, options);
    return Work{std::move(model->content), std::move(*subjects), std::move(model->inputs)};
}

// Whether values go in or out that a person named.
bool hasValues(const Options& options) { return !options.inputs.empty() || !options.output.empty(); }

// `facts`: what is known of the sizes that are drawn where nothing tells them.
Result<std::vector<Tensor>> givenInputs(const OpenedModel& model, const SizeFacts& facts, const Options& options)
{
    if (options.inputs.empty())
        return inputsFor(*model.module, model.data, facts);
    std::map<std::string, Tensor> given;
    const FunctionPtr entry = model.module->entryFunction();
    for (const auto& [name, file] : options.inputs) {
        const TypedName* const input = entry ? findParam(*entry, name) : nullptr;
        if (!input)
            return refused(say("The model has no input {}.", name), {}, "strata info lists them.");
        STRATA_TRY(given[name], readValue(file, *input));
    }
    return inputsWith(*model.module, model.data, given);
}

std::string numberText(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

nlohmann::json toJson(const TypedName& output, const Tensor& tensor, const ValueSummary& summary)
{
    nlohmann::json top = nlohmann::json::array();
    for (const auto& [index, value] : summary.top)
        top.push_back({{"index", index}, {"value", value}});
    if (tensor.type.dtype == DType::String) {
        constexpr std::size_t most = 1000;
        const std::vector<std::string>& all = tensor.strings;
        return {
            {"name", output.name},
            {"type", toString(tensor.type)},
            {"texts", std::vector<std::string>(all.begin(), all.begin() + std::ptrdiff_t(std::min(most, all.size())))}};
    }
    return {{"name", output.name},    {"type", toString(tensor.type)}, {"min", summary.least},
            {"max", summary.most},    {"mean", summary.mean},          {"deviation", summary.deviation},
            {"zeros", summary.zeros}, {"nan", summary.nans},           {"infinite", summary.infinities},
            {"top", std::move(top)}};
}

void printText(const TypedName& output, const Tensor& tensor, const ValueSummary& summary)
{
    if (tensor.type.dtype == DType::String) {
        std::printf("%s: %s, %s\n", printable(output.name).c_str(), toString(tensor.type).c_str(),
                    quoted(tensor, 10).c_str());
        return;
    }
    std::printf("%s: %s, %s .. %s, mean %s", printable(output.name).c_str(), toString(tensor.type).c_str(),
                numberText(summary.least).c_str(), numberText(summary.most).c_str(), numberText(summary.mean).c_str());
    if (summary.nans > 0)
        std::printf(", %lld NaN", static_cast<long long>(summary.nans));
    if (summary.infinities > 0)
        std::printf(", %lld infinite", static_cast<long long>(summary.infinities));
    for (std::size_t i = 0; i < summary.top.size(); ++i)
        std::printf("%s [%lld] %s", i ? "," : "; largest:", static_cast<long long>(summary.top[i].first),
                    numberText(summary.top[i].second).c_str());
    std::printf("\n");
}

// What comes out of the first state, said and, if asked, written.
Exit tellOutputs(const Module& module, const std::vector<Tensor>& inputs, const Options& options, Toolchain& toolchain,
                 nlohmann::json& told)
{
    const Result<std::vector<Tensor>> outputs = runModule(toolchain, module, options.target, inputs,
                                                          threadsFor(options, module.target));
    if (!outputs)
        return failRun(outputs.error(), module, options, toolchain);
    const std::vector<TypedName>& results = module.entryFunction()->results;
    for (std::size_t i = 0; i < results.size() && i < outputs->size(); ++i) {
        const ValueSummary summary = summarize((*outputs)[i]);
        told.push_back(toJson(results[i], (*outputs)[i], summary));
        if (!options.json && !options.quiet)
            printText(results[i], (*outputs)[i], summary);
    }
    const Status written = options.output.empty() ? Status() : writeValues(results, *outputs, options.output);
    return written ? Fine : fail(written.error(), options);
}

// Of an entry that takes any.
void printSizes(const Module& module, const std::vector<Tensor>& inputs, const Options& options)
{
    const FunctionPtr entry = module.entryFunction();
    if (!entry->loops() || options.quiet || options.json)
        return;
    std::vector<TensorType> declared;
    for (const TypedName& param : entry->params)
        declared.push_back(param.type.tensor);
    for (const auto& [size, value] : sizesTold(declared, inputs))
        std::fprintf(stderr, "note: %s is %lld in this run; --dim %s=SIZE fixes another.\n", size.c_str(),
                     static_cast<long long>(value), size.c_str());
}

// Whether something of the sizes is known: what is drawn for them then follows from the states.
bool assumesSizes(const std::vector<RecipeSource>& recipes, const Options& options)
{
    const std::shared_ptr<const Registry> registry = makeRegistry();
    return !options.facts.empty() || std::any_of(recipes.begin(), recipes.end(), [&](const RecipeSource& source) {
        const Result<Recipe> recipe = source.kind == RecipeSource::Kind::File ? loadRecipe(source.path, *registry)
                                                                              : Recipe{};
        return recipe && std::any_of(recipe->lines.begin(), recipe->lines.end(), [](const RecipeLine& line) {
                   return line.step && line.step->transform == "graph.assume";
               });
    });
}

Exit takeInputs(const Study& opened, const Options& options, Work& work)
{
    std::vector<ModulePtr> states;
    for (const Subject& subject : work.subjects)
        if (subject.state)
            states.push_back(subject.state);
    Result<std::vector<Tensor>> inputs = givenInputs(opened.model, assumedByAll(states), options);
    if (!inputs)
        return fail(inFile(inputs.error(), opened.model.path), options);
    printSizes(*opened.model.module, *inputs, options);
    work.inputs = std::move(*inputs);
    return Fine;
}

// `question`: nullptr where what an earlier program found out says nothing.
Exit workFor(const std::string& path, const ModelQuestion* question, const std::vector<RecipeSource>& recipes,
             const Options& options, Toolchain& toolchain, const Progress& progress, Work& work)
{
    const Result<Study> opened = open(options, path, toolchain, progress);
    if (!opened)
        return fail(opened.error(), options);
    const auto takeStates = [&] { return applyAll(*opened->session, recipes, options, progress, work.subjects); };
    if (assumesSizes(recipes, options)) {
        if (const Exit exit = takeStates(); exit != Fine)
            return exit;
        return takeInputs(*opened, options, work);
    }
    if (const Exit exit = takeInputs(*opened, options, work); exit != Fine)
        return exit;
    if (!question)
        return takeStates();
    work.content = contentKeyOf(*opened->model.module);
    if (work.content)
        question->keep(opened->model, {*work.content, opened->session->current()->notes, work.inputs});
    if (auto before = work.content ? subjectsBuiltBefore(*work.content, recipes, options, toolchain) : std::nullopt) {
        work.subjects = std::move(*before);
        printRemarks(work.subjects, options);
        return Fine;
    }
    return takeStates();
}

Result<std::vector<Measured>> measure(const std::vector<Subject>& subjects, const std::vector<RecipeSource>& recipes,
                                      const std::vector<Tensor>& inputs, const Options& options, Toolchain& toolchain,
                                      const Progress& progress)
{
    MeasureInTurn request;
    request.inputs = inputs;
    request.target = options.target;
    request.threads = threadsFor(options, subjects[0].artifact->target);
    request.seconds = options.seconds;
    std::vector<Artifact> artifacts;
    for (const Subject& subject : subjects)
        artifacts.push_back(*subject.artifact);
    STRATA_TRY(std::vector<MeasuredModule> measured,
               measureInTurn(toolchain, std::move(artifacts), request, {}, progress));
    std::vector<Measured> all;
    for (std::size_t i = 0; i < measured.size(); ++i) {
        const bool elsewhere = !request.target.device.empty() && !hasDeviceFunctions(*subjects[i].state);
        all.push_back({std::move(measured[i]), recipes[i].label() + (elsewhere ? " (on the cpu)" : "")});
    }
    return all;
}

}  // namespace

int run(const Options& options)
{
    const Result<std::string> path = modelPath(options);
    if (!path)
        return fail(path.error(), options);
    std::vector<RecipeSource> recipes = options.recipes;
    if (recipes.empty())
        recipes.push_back({RecipeSource::Kind::Untouched, {}});
    if (options.target.evaluator && recipes.size() > 1)
        return fail(refused(say("The reference evaluator runs one recipe, {} are given.", recipes.size())), options);
    if (const Status readable = readRecipes(options); !readable)
        return fail(readable.error(), options);
    Toolchain toolchain;
    toolchain.runLimit = std::chrono::seconds(options.timeout);
    ProgressLine progress(options);
    const ModelQuestion question(toolchain, *path,
                                 {options.dimensions, options.shapes, options.definitions, options.anySize},
                                 options.isa.value_or(machineIsa()));
    // States that are run by themselves are needed; sizes that are assumed are no part of what is known of a model.
    const bool asks = !hasValues(options) && !assumesSizes(recipes, options) && options.inouts.empty();
    std::optional<Work> work = asks ? workDoneBefore(question, recipes, options, toolchain) : std::nullopt;
    if (!work) {
        work.emplace();
        if (const Exit exit = workFor(*path, asks ? &question : nullptr, recipes, options, toolchain, progress.report(),
                                      *work);
            exit != Fine)
            return exit;
    }
    nlohmann::json outputs = nlohmann::json::array();
    if (hasValues(options))
        if (const Exit exit = tellOutputs(*work->subjects[0].state, work->inputs, options, toolchain, outputs);
            exit != Fine)
            return exit;
    if (options.target.evaluator)
        return runReference(*work->subjects[0].state, work->inputs, options, toolchain);
    if (const Status status = buildAll(work->content, recipes, options, toolchain, progress.report(), work->subjects);
        !status)
        return fail(status.error(), options);
    const Result<std::vector<Measured>> measured = measure(work->subjects, recipes, work->inputs, options, toolchain,
                                                           progress.report());
    progress.clear();
    if (!measured)
        return failAnswer(measured.error(), options);  // it is built, so its data are the reason
    const std::vector<Measured>& all = *measured;
    std::vector<TensorType> declared;
    for (const auto& [name, type] : all[0].artifact.loaded.inputs)
        declared.push_back(type);
    const SizeValues sizes = sizesTold(declared, work->inputs);
    const std::string target = targetText(all);
    if (!options.json) {
        printText(all, sizes, target);
        return Fine;
    }
    nlohmann::json object = toJson(all[0], all[0], target);
    object["machine"] = machineName();
    object["sizes"] = sizes;
    if (hasValues(options))
        object["outputs"] = outputs;
    for (const Measured& one : all)
        object["results"].push_back(toJson(one, all[0], target));
    print(object);
    return Fine;
}

}  // namespace strata::cli
