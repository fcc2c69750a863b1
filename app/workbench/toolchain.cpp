#include "app/workbench/workbench.h"

#include "backends/artifact/weights.h"
#include "backends/registry.h"
#include "passes/registry.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace strata {

namespace fs = std::filesystem;

struct ArtifactCache {
    std::mutex mutex;
    std::map<std::size_t, Artifact> byContent;
    int next = 0;
};

Toolchain::Toolchain()
    : lowering(makeLoweringCache())
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

std::size_t contentKey(const Module& lowered, const std::string& weightsHash, bool openCl)
{
    return std::hash<std::string>{}(print(lowered) + weightsHash + (openCl ? " opencl" : ""));
}

Result<Artifact> build(Toolchain& toolchain, LoweredModule lowered, const Weights& weights, const std::string& stem,
                       bool openCl, std::stop_token stop, const Progress& progress)
{
    Artifact artifact;
    artifact.lowered = std::move(lowered);
    BuildOptions options;
    options.output = stem + ".so";
    options.weightsFile = weights.path;
    options.weightOffsets = weights.offsets;
    options.weightsBytes = weights.bytes;
    options.weightsHash = weights.hash;
    options.openCl = openCl;
    STRATA_TRY(artifact.built, toolchain.compiler.build(*artifact.lowered.module, options, stop, progress));
    STRATA_TRY(artifact.loaded,
               toolchain.runner.load(artifact.built.path, options.prefix, weights.bytes ? weights.path : "", stop));
    return artifact;
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
        progress("writing weights", 0.1);
    // One file for each set of constants; writeWeights keeps a file that holds them already.
    const std::string stem = toolchain.scratch.path() + "/artifact" + std::to_string(cache.next++);
    STRATA_TRY(Weights weights, writeWeights(*lowered.module, stem + ".weights"));
    const std::size_t key = contentKey(*lowered.module, weights.hash, openCl);
    if (const auto found = cache.byContent.find(key); found != cache.byContent.end()) {
        std::error_code ignored;
        fs::remove(weights.path, ignored);
        Artifact artifact = found->second;
        artifact.lowered = std::move(lowered);
        return artifact;
    }
    STRATA_TRY(Artifact artifact, build(toolchain, std::move(lowered), weights, stem, openCl, stop, progress));
    cache.byContent[key] = artifact;
    return artifact;
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
    return build(toolchain, std::move(lowered), weights, stem, false, stop, progress);
}

void forget(Toolchain& toolchain, const Artifact& artifact)
{
    (void)toolchain.runner.unload(artifact.loaded.handle);
    std::error_code ignored;
    fs::remove(artifact.built.path, ignored);
    fs::remove(artifact.built.weightsFile, ignored);
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
