#include "app/cli/commands.h"

#include "app/workbench/architecture.h"
#include "core/index/sizes.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace strata::cli {

namespace {

// Which sizes stay open; where they are fixed, who chose them.
void printDimensions(const OpenedModel& model)
{
    if (const FunctionPtr entry = model.module->entryFunction())
        for (const std::string& size : sizesOf(*entry))
            std::fprintf(
                stderr,
                "note: %s stays open in the library: the shapes of the inputs tell it; --dim %s=SIZE fixes it.\n",
                size.c_str(), size.c_str());
    for (const auto& [name, dimension] : model.dimensions)
        std::fprintf(stderr, "note: %s is %lld in the library, as %s.\n", name.c_str(),
                     static_cast<long long>(dimension.size),
                     dimension.fromData ? ("the test data have it; --dim " + name + "=SIZE chooses another").c_str()
                                        : "--dim says");
}

// The inputs with which a library is tried, and what it is to give for them.
struct Trial {
    std::vector<Tensor> inputs, outputs;
};

// Runs the state once. What goes wrong is printed and its exit code returned.
Exit tryOut(const Study& prepared, const Options& options, Toolchain& toolchain, const Progress& progress, Trial& trial)
{
    const ModulePtr here = asRunHere(*prepared.session->current()->module);
    const Module& module = *here;
    Result<std::vector<Tensor>> inputs = inputsFor(*prepared.model.module, prepared.model.data, assumedBy(module));
    if (!inputs)
        return fail(inFile(inputs.error(), prepared.model.path), options);
    if (!options.target.device.empty() && !hasDeviceFunctions(module))
        return fail(noDeviceFunctions(), options);
    if (const Status status = runnable(module, options, toolchain, progress); !status)
        return fail(status.error(), options);
    Result<std::vector<Tensor>> outputs = runModule(toolchain, module, options.target, *inputs, 1, {}, progress);
    if (!outputs)
        return failRun(outputs.error(), module, options, toolchain);
    trial = {std::move(*inputs), std::move(*outputs)};
    return Fine;
}

// Names of functions hold their sizes, so the steps fit the model as it was opened.
std::string howToReplay(const Module& model)
{
    const FunctionPtr entry = model.entryFunction();
    return entry && hasSizes(*entry) ? "# These steps leave sizes open: replay them with --any-size.\n" : "";
}

Result<Exported> write(const Study& prepared, const Options& options, Toolchain& toolchain, const Trial& trial,
                       const Progress& progress)
{
    const Module& module = *prepared.session->current()->module;
    STRATA_TRY(LoweredModule lowered, lowerByDefault(module, toolchain.lowering.get()));
    ExportOptions exportOptions;
    exportOptions.folder = options.out;
    exportOptions.name = prepared.model.name;
    exportOptions.weights = options.weights == "file" ? WeightsMode::File : WeightsMode::Embedded;
    exportOptions.device = options.target.device;
    exportOptions.recipe = howToReplay(*prepared.model.module)
                           + print(recipeOf(*prepared.session), prepared.session->registry());
    return exportModule(*lowered.module, exportOptions, toolchain.compiler, toolchain.runner, trial.inputs,
                        trial.outputs, {}, progress);
}

void printText(const Exported& exported, bool loads, const Options& options)
{
    std::printf("wrote %s\n", options.out.c_str());
    for (const auto& [file, bytes] : exported.files)
        std::printf("    %-28s%s\n", file.c_str(), bytesText(bytes).c_str());
    std::map<std::string, std::int64_t> kinds;
    for (const Contribution& part : exported.built.contributions)
        kinds[part.kind] += part.bytes;
    std::printf("holds  ");
    for (const auto& [kind, bytes] : kinds)
        std::printf(" %s %s ", kind.c_str(), bytesText(bytes).c_str());
    std::printf("\nneeds  ");
    for (const std::string& library : exported.built.needed)
        std::printf(" %s", library.c_str());
    for (const std::string& library : exported.built.opened)
        std::printf(" %s (opened when run)", library.c_str());
    std::printf("\nbuild   cd %s && %s\n", options.out.c_str(), exported.buildCommand.c_str());
    if (!loads)
        std::printf("check   not loaded: this machine runs no code of its architecture\n");
    else if (exported.verified)
        std::printf("check   loaded again: its outputs equal the application's, bit for bit\n");
    else
        std::printf("check   loaded again: its outputs DIFFER by up to %g\n", exported.maxAbsolute);
}

// The state with all sizes left open that the options do not fix, or why it holds for some sizes only.
Result<Study> prepareForAnySize(Options options, Toolchain& toolchain, const Progress& progress)
{
    options.anySize = true;
    STRATA_TRY(const std::string path, modelPath(options));
    STRATA_TRY(Study prepared, open(options, path, toolchain, progress));
    std::vector<std::string> remarks;
    for (const RecipeSource& recipe : options.recipes) {
        STRATA_TRY(const std::vector<std::string> more, takeSteps(*prepared.session, recipe, options, progress));
        remarks.insert(remarks.end(), more.begin(), more.end());
    }
    STRATA_CHECK(takeInouts(*prepared.session, options));
    STRATA_TRY(const Artifact artifact, buildArtifact(toolchain, *asRunHere(*prepared.session->current()->module), {},
                                                      progress, options.target.device));
    printRemarks(remarks, options);
    return prepared;
}

// Which sizes to fix before that holds for any: none; else one of those that the test data have.
std::vector<std::map<std::string, std::int64_t>> fixedSizes(const Options& options, Toolchain& toolchain,
                                                            const Progress& progress)
{
    Options plain = options;
    plain.facts.clear();
    plain.variants.clear();
    plain.anySize = false;
    const Result<std::string> path = modelPath(options);
    const Result<Study> bound = path ? open(plain, *path, toolchain, progress) : path.error();
    if (!bound)
        return {};
    std::vector<std::map<std::string, std::int64_t>> ways;
    std::map<std::string, std::int64_t> byData;
    for (const auto& [name, dimension] : bound->model.dimensions)
        if (dimension.fromData)
            byData[name] = dimension.size;
    const FunctionPtr entry = bound->model.module->entryFunction();
    if (!byData.empty() || (entry && hasSizes(*entry)))
        ways.emplace_back();
    for (const auto& size : byData)
        if (byData.size() > 1)
            ways.push_back({size});
    return ways;
}

// As the options say; a size that the test data have is fixed only where some step or operator needs it as a number.
Exit prepareForExport(const Options& options, Toolchain& toolchain, const Progress& progress,
                      std::optional<Study>& prepared)
{
    const std::vector<std::map<std::string, std::int64_t>> ways = fixedSizes(options, toolchain, progress);
    std::optional<Error> why;
    for (const auto& fixed : ways) {
        Options some = options;
        some.dimensions.insert(fixed.begin(), fixed.end());
        Result<Study> open = prepareForAnySize(some, toolchain, progress);
        if (!open) {
            why = why.value_or(open.error());
            continue;
        }
        prepared = std::move(*open);
        for (const auto& [name, size] : fixed)
            prepared->model.dimensions[name].fromData = true;
        if (why)
            printRemarks({"note: a size is fixed: " + why->text()}, options);
        return Fine;
    }
    const Exit exit = prepare(options, toolchain, progress, prepared);
    if (exit == Fine && why)
        printRemarks({"note: the library is for the sizes below alone: " + why->text()}, options);
    return exit;
}

}  // namespace

int exportModel(const Options& options)
{
    if (options.out.empty())
        return fail(refused("strata export writes into a folder, and none is given.", {}, "Add --out DIR."), options);
    if (options.target.evaluator)
        return fail(refused("The reference evaluator makes no library.", {}, "Export for the cpu or for a device."),
                    options);
    Toolchain toolchain;
    ProgressLine progress(options);
    std::optional<Study> prepared;
    if (const Exit exit = prepareForExport(options, toolchain, progress.report(), prepared); exit != Fine)
        return exit;
    Trial trial;
    if (const Exit exit = tryOut(*prepared, options, toolchain, progress.report(), trial); exit != Fine)
        return exit;
    const Result<Exported> exported = write(*prepared, options, toolchain, trial, progress.report());
    progress.clear();
    if (!exported)
        return fail(exported.error(), options);
    if (!options.json && !options.quiet)
        printDimensions(prepared->model);
    const bool loads = requireOwnArchitecture(*prepared->session->current()->module).ok();
    if (!options.json) {
        printText(*exported, loads, options);
    } else {
        nlohmann::json files = nlohmann::json::array();
        for (const auto& [file, bytes] : exported->files)
            files.push_back({{"path", file}, {"bytes", bytes}});
        nlohmann::json dimensions = nlohmann::json::object();
        for (const auto& [name, dimension] : prepared->model.dimensions)
            dimensions[name] = {{"size", dimension.size}, {"from", dimension.fromData ? "test data" : "--dim"}};
        print({{"out", options.out},
               {"dimensions", dimensions},
               {"files", files},
               {"needed", exported->built.needed},
               {"opened", exported->built.opened},
               {"build", exported->buildCommand},
               {"loaded", loads},
               {"verified", exported->verified},
               {"max_absolute", exported->maxAbsolute}});
    }
    return exported->verified || !loads ? Fine : AnswerIsNo;
}

}  // namespace strata::cli
