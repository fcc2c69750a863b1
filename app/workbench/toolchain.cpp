#include "app/workbench/workbench.h"

#include "backends/artifact/weights.h"
#include "backends/registry.h"
#include "backends/store/store.h"
#include "passes/registry.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace strata {

namespace fs = std::filesystem;

struct ArtifactCache {
    std::mutex mutex;
    std::map<std::string, Artifact> byContent;
    int next = 0;
};

Toolchain::Toolchain()
    : store(BuildStore::ofUser(siblingProgram("strata-compiler")))
    , compiler({}, store)
    , lowering(makeLoweringCache())
    , verified(makeVerifiedFunctions())
    , artifacts(std::make_shared<ArtifactCache>())
{
}

std::shared_ptr<const Registry> makeRegistry()
{
    std::vector<Transform> transforms = passTransforms();
    for (Transform& transform : backendTransforms())
        transforms.push_back(std::move(transform));
    return std::make_shared<const Registry>(std::move(transforms));
}

TransformContext makeContext(Toolchain& toolchain)
{
    TransformContext context;
    context.runLlvmPasses = [&toolchain](const std::string& ir, const std::string& passes, Target::Isa isa) {
        return toolchain.compiler.runPasses(ir, passes, isa);
    };
    context.emitLlvm = [&toolchain](const Module& module, const Function& function) {
        return toolchain.compiler.emitLlvm(module, function);
    };
    context.plans = makePlanCache();
    return context;
}

namespace {

std::string contentKey(const Module& lowered, const Weights& weights, bool openCl)
{
    std::string content = print(lowered) + weights.hash + (openCl ? " opencl" : "");
    for (const auto& [constant, offset] : weights.offsets)
        content += ' ' + constant + '@' + std::to_string(offset);
    return BuildStore::keyOf(content);
}

BuildOptions buildOptions(const Weights& weights, const std::string& output, bool openCl)
{
    BuildOptions options;
    options.output = output;
    options.weightsFile = weights.path;
    options.weightOffsets = weights.offsets;
    options.weightsBytes = weights.bytes;
    options.weightsHash = weights.hash;
    options.openCl = openCl;
    return options;
}

Status load(Toolchain& toolchain, Artifact& artifact, const Weights& weights, std::stop_token stop)
{
    STRATA_TRY(artifact.loaded, toolchain.runner.load(artifact.built.path, BuildOptions().prefix,
                                                      weights.bytes ? weights.path : "", stop));
    return {};
}

// The weights in the store, written if nobody has yet; in this program's folder where there is none.
Status placeWeights(Toolchain& toolchain, const Module& lowered, const std::string& stem, Weights& weights)
{
    if (weights.bytes == 0)
        return {};
    weights.path = stem + ".weights";
    if (!toolchain.store) {
        STRATA_TRY(weights, writeWeights(lowered, weights.path));
        return {};
    }
    if (const auto known = toolchain.store->find(BuildStore::Kind::Weights, weights.hash);
        known && holdsWeights(*known, weights)) {
        weights.path = *known;
        return {};
    }
    STRATA_TRY(weights, writeWeights(lowered, weights.path));
    if (Result<std::string> kept = toolchain.store->adopt(BuildStore::Kind::Weights, weights.hash, weights.path))
        weights.path = *kept;
    return {};
}

// A library that an earlier program built; none if anything of it is gone.
std::optional<Artifact> fromStore(Toolchain& toolchain, const std::string& key, const Weights& weights,
                                  std::stop_token stop)
{
    const auto library = toolchain.store ? toolchain.store->find(BuildStore::Kind::Artifact, key) : std::nullopt;
    const auto text = library ? toolchain.store->read(BuildStore::Kind::About, key) : std::nullopt;
    const auto built = text ? builtFromAbout(*text) : Result<Built>(bug("not there"));
    if (!built)
        return std::nullopt;
    Artifact artifact;
    artifact.built = *built;
    artifact.built.path = *library;
    artifact.built.weightsFile = weights.path;
    artifact.built.compileMs = artifact.built.linkMs = 0;
    return load(toolchain, artifact, weights, stop) ? std::optional(std::move(artifact)) : std::nullopt;
}

void keep(BuildStore& store, const std::string& key, Built& built)
{
    Result<std::string> kept = store.adopt(BuildStore::Kind::Artifact, key, built.path);
    if (!kept)
        return;  // it stays in this program's folder
    built.path = *kept;
    (void)store.write(BuildStore::Kind::About, key, about(built));
    store.evict();
}

}  // namespace

Result<Artifact> buildArtifact(Toolchain& toolchain, const Module& module, std::stop_token stop,
                               const Progress& progress, bool openCl)
{
    if (toolchain.scratch.path().empty())
        return environmentError("No temporary folder can be made.", "Is TMPDIR writable?");
    if (progress)
        progress("lowering", 0);
    STRATA_TRY(LoweredModule lowered, lowerByDefault(module, toolchain.lowering.get()));
    STRATA_CHECK(verifyLowered(module, lowered, *toolchain.verified));
    ArtifactCache& cache = *toolchain.artifacts;
    const std::lock_guard lock(cache.mutex);
    if (progress)
        progress("hashing weights", 0.1);
    STRATA_TRY(Weights weights, layOutWeights(*lowered.module));
    const std::string key = contentKey(*lowered.module, weights, openCl);
    if (const auto found = cache.byContent.find(key); found != cache.byContent.end()) {
        Artifact artifact = found->second;
        artifact.lowered = std::move(lowered);
        return artifact;
    }
    const std::string stem = toolchain.scratch.path() + "/artifact" + std::to_string(cache.next++);
    if (progress)
        progress("placing weights", 0.1);
    STRATA_CHECK(placeWeights(toolchain, *lowered.module, stem, weights));
    std::optional<Artifact> artifact = fromStore(toolchain, key, weights, stop);
    if (!artifact) {
        artifact.emplace();
        const BuildOptions options = buildOptions(weights, stem + ".so", openCl);
        STRATA_TRY(artifact->built, toolchain.compiler.build(*lowered.module, options, stop, progress));
        if (toolchain.store)
            keep(*toolchain.store, key, artifact->built);
        STRATA_CHECK(load(toolchain, *artifact, weights, stop));
    }
    artifact->lowered = std::move(lowered);
    cache.byContent[key] = *artifact;
    return *artifact;
}

Result<Artifact> buildTwin(Toolchain& toolchain, const Module& module, std::stop_token stop, const Progress& progress)
{
    if (toolchain.scratch.path().empty())
        return environmentError("No temporary folder can be made.", "Is TMPDIR writable?");
    STRATA_TRY(LoweredModule lowered, lowerByDefault(module, toolchain.lowering.get()));
    ArtifactCache& cache = *toolchain.artifacts;
    const std::lock_guard lock(cache.mutex);
    const std::string stem = toolchain.scratch.path() + "/twin" + std::to_string(cache.next++);
    STRATA_TRY(Weights weights, writeWeights(*lowered.module, stem + ".weights"));
    Artifact artifact;
    STRATA_TRY(artifact.built,
               toolchain.compiler.build(*lowered.module, buildOptions(weights, stem + ".so", false), stop, progress));
    STRATA_CHECK(load(toolchain, artifact, weights, stop));
    artifact.lowered = std::move(lowered);
    return artifact;
}

// What lies in the store stays there.
void forget(Toolchain& toolchain, const Artifact& artifact)
{
    (void)toolchain.runner.unload(artifact.loaded.handle);
    for (const std::string& file : {artifact.built.path, artifact.built.weightsFile})
        if (file.starts_with(toolchain.scratch.path())) {
            std::error_code ignored;
            fs::remove(file, ignored);
        }
}

void forgetArtifacts(Toolchain& toolchain)
{
    ArtifactCache& cache = *toolchain.artifacts;
    const std::lock_guard lock(cache.mutex);
    for (const auto& [key, artifact] : cache.byContent)
        forget(toolchain, artifact);
    cache.byContent.clear();
}

std::string machineName()
{
    std::ifstream file("/proc/cpuinfo");
    std::string line, model = "unknown processor";
    while (std::getline(file, line))
        if (line.rfind("model name", 0) == 0 && line.find(": ") != std::string::npos) {
            model = line.substr(line.find(": ") + 2);
            break;
        }
    const unsigned cores = std::thread::hardware_concurrency();
    return model + ", " + std::to_string(cores) + (cores == 1 ? " core" : " cores");
}

}  // namespace strata
