#include "app/workbench/architecture.h"
#include "app/workbench/known.h"

#include "backends/registry.h"
#include "backends/store/store.h"
#include "core/transform/plan_cache.h"
#include "passes/registry.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace strata {

namespace fs = std::filesystem;

struct ArtifactCache {
    std::mutex mutex;
    std::map<std::string, Artifact> byContent;   // of what is lowered
    std::map<std::string, std::string> ofState;  // what a state is -> the content that it is lowered to
    int next = 0;
};

Toolchain::Toolchain()
    : store(BuildStore::ofUser(siblingProgram("strata-compiler")))
    , build(buildIdOf("/proc/self/exe").value_or(std::string()))
    , compiler({}, store)
    , lowering(makeLoweringCache())
    , verified(verifiedFunctions(*this))
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
    context.plans = makePlanCache(toolchain.verified);
    return context;
}

namespace {

std::string contentKey(const Module& lowered, const Weights& weights, const std::string& device)
{
    std::string content = print(lowered) + weights.hash + " " + device;
    for (const auto& [constant, offset] : weights.offsets)
        content += ' ' + constant + '@' + std::to_string(offset);
    return BuildStore::keyOf(content);
}

BuildOptions buildOptions(const Weights& weights, const std::string& output, const std::string& device)
{
    BuildOptions options;
    options.output = output;
    options.weightsFile = weights.path;
    options.weightOffsets = weights.offsets;
    options.weightsBytes = weights.bytes;
    options.weightsHash = weights.hash;
    options.device = device;
    return options;
}

Status load(Toolchain& toolchain, Artifact& artifact, const Weights& weights, std::stop_token stop)
{
    STRATA_TRY(artifact.loaded, toolchain.runner.load(artifact.built.path, BuildOptions().prefix,
                                                      weights.bytes ? weights.path : "", stop));
    return {};
}

void removeFile(const std::string& path)
{
    std::error_code ignored;
    fs::remove(path, ignored);
}

// The weights in the store, written if nobody has yet; in this program's folder where there is none.
Status placeWeights(Toolchain& toolchain, const Module& lowered, const std::string& stem, Weights& weights)
{
    if (weights.bytes == 0)
        return {};
    const auto known = toolchain.store ? toolchain.store->find(BuildStore::Kind::Weights, weights.hash) : std::nullopt;
    if (known && holdsWeights(*known, weights)) {
        removeFile(weights.path);
        weights.path = *known;
        return {};
    }
    if (weights.path.empty()) {
        STRATA_TRY(weights, writeWeights(lowered, stem + ".weights"));
    }
    if (const auto kept = toolchain.store
                              ? toolchain.store->adopt(BuildStore::Kind::Weights, weights.hash, weights.path)
                              : Result<std::string>(weights.path))
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

namespace {

// The library of a state that an earlier program built, found without lowering the state.
std::optional<Artifact> fromStore(Toolchain& toolchain, const KnownBuild& known, std::stop_token stop)
{
    Weights weights = known.weights;
    if (weights.bytes > 0) {
        const auto file = toolchain.store->find(BuildStore::Kind::Weights, weights.hash);
        if (!file || !holdsWeights(*file, weights))
            return std::nullopt;
        weights.path = *file;
    }
    std::optional<Artifact> artifact = fromStore(toolchain, known.artifact, weights, stop);
    if (artifact) {
        artifact->name = known.name;
        artifact->target = known.target;
    }
    return artifact;
}

constexpr const char* asItIs = "as it is";

// Of the state that is asked about; `question` is known to this program or to the store.
std::optional<Artifact> ofState(Toolchain& toolchain, const std::string& question, std::stop_token stop)
{
    ArtifactCache& cache = *toolchain.artifacts;
    const std::lock_guard lock(cache.mutex);
    if (const auto found = cache.ofState.find(question); found != cache.ofState.end())
        return cache.byContent.at(found->second);
    const std::optional<KnownBuild> known = knownBuild(toolchain, question);
    if (!known)
        return std::nullopt;
    if (!cache.byContent.count(known->artifact)) {
        std::optional<Artifact> artifact = fromStore(toolchain, *known, stop);
        if (!artifact)
            return std::nullopt;
        cache.byContent.emplace(known->artifact, std::move(*artifact));
    }
    cache.ofState[question] = known->artifact;
    return cache.byContent.at(known->artifact);
}

// What is lowered and verified as a library: this program's, the store's, or a new one.
Result<Artifact> ofLowered(Toolchain& toolchain, const Module& lowered, const Weights& laidOut, const std::string& key,
                           std::stop_token stop, const Progress& progress, const std::string& device)
{
    ArtifactCache& cache = *toolchain.artifacts;
    if (const auto found = cache.byContent.find(key); found != cache.byContent.end()) {
        removeFile(laidOut.path);
        return found->second;
    }
    const std::string stem = toolchain.scratch.path() + "/artifact" + std::to_string(cache.next++);
    if (progress)
        progress("placing weights", 0.1);
    Weights weights = laidOut;
    STRATA_CHECK(placeWeights(toolchain, lowered, stem, weights));
    std::optional<Artifact> artifact = fromStore(toolchain, key, weights, stop);
    if (!artifact) {
        artifact.emplace();
        const BuildOptions options = buildOptions(weights, stem + ".so", device);
        STRATA_TRY(artifact->built, toolchain.compiler.build(lowered, options, stop, progress));
        if (toolchain.store)
            keep(*toolchain.store, key, artifact->built);
        STRATA_CHECK(load(toolchain, *artifact, weights, stop));
    }
    artifact->name = lowered.name;
    artifact->target = lowered.target;
    return cache.byContent[key] = *artifact;
}

}  // namespace

Result<Artifact> buildArtifact(Toolchain& toolchain, const Module& module, std::stop_token stop,
                               const Progress& progress, const std::string& device)
{
    if (toolchain.scratch.path().empty())
        return environmentError("No temporary folder can be made.", "Is TMPDIR writable?");
    if (progress)
        progress("lowering", 0);
    STRATA_CHECK(requireOwnArchitecture(module));
    const std::optional<std::string> question = questionOf(toolchain, module,
                                                           device.empty() ? asItIs : asItIs + (", on " + device));
    if (std::optional<Artifact> known = question ? ofState(toolchain, *question, stop) : std::nullopt)
        return *known;
    STRATA_TRY(const LoweredModule lowered, lowerByDefault(module, toolchain.lowering.get()));
    STRATA_CHECK(verifyLowered(module, lowered, *toolchain.verified));
    ArtifactCache& cache = *toolchain.artifacts;
    const std::lock_guard lock(cache.mutex);
    if (progress)
        progress("hashing weights", 0.1);
    const std::string weightsPath = toolchain.scratch.path() + "/weights" + std::to_string(cache.next++);
    STRATA_TRY(const Weights weights, weightsOf(toolchain, *lowered.module, weightsPath));
    const std::string key = contentKey(*lowered.module, weights, device);
    STRATA_TRY(Artifact artifact, ofLowered(toolchain, *lowered.module, weights, key, stop, progress, device));
    if (question) {
        keepKnown(toolchain, *question, {key, weights, artifact.name, artifact.target, {}});
        cache.ofState[*question] = key;
    }
    return artifact;
}

std::optional<BuiltBefore> builtBefore(Toolchain& toolchain, const std::string& content, const std::string& steps,
                                       std::stop_token stop)
{
    const std::optional<std::string> question = questionOf(toolchain, content + " after " + steps);
    const std::optional<KnownBuild> known = question ? knownBuild(toolchain, *question) : std::nullopt;
    std::optional<Artifact> artifact = known ? ofState(toolchain, *question, stop) : std::nullopt;
    return artifact ? std::optional(BuiltBefore{std::move(*artifact), known->remarks}) : std::nullopt;
}

void rememberBuilt(Toolchain& toolchain, const std::string& content, const std::string& steps, const Module& state,
                   const std::vector<std::string>& remarks)
{
    const std::optional<std::string> question = questionOf(toolchain, content + " after " + steps);
    const std::optional<std::string> answer = questionOf(toolchain, state, asItIs);
    std::optional<KnownBuild> build = question && answer ? knownBuild(toolchain, *answer) : std::nullopt;
    if (!build)
        return;
    build->remarks = remarks;
    keepKnown(toolchain, *question, *build);
}

Result<Artifact> buildTwin(Toolchain& toolchain, const Module& module, std::stop_token stop, const Progress& progress)
{
    if (toolchain.scratch.path().empty())
        return environmentError("No temporary folder can be made.", "Is TMPDIR writable?");
    STRATA_TRY(const LoweredModule lowered, lowerByDefault(module, toolchain.lowering.get()));
    ArtifactCache& cache = *toolchain.artifacts;
    const std::lock_guard lock(cache.mutex);
    const std::string stem = toolchain.scratch.path() + "/twin" + std::to_string(cache.next++);
    STRATA_TRY(Weights weights, writeWeights(*lowered.module, stem + ".weights"));
    Artifact artifact;
    STRATA_TRY(artifact.built,
               toolchain.compiler.build(*lowered.module, buildOptions(weights, stem + ".so", {}), stop, progress));
    STRATA_CHECK(load(toolchain, artifact, weights, stop));
    artifact.name = lowered.module->name;
    artifact.target = lowered.module->target;
    return artifact;
}

// What lies in the store stays there.
void forget(Toolchain& toolchain, const Artifact& artifact)
{
    (void)toolchain.runner.unload(artifact.loaded.handle);
    for (const std::string& file : {artifact.built.path, artifact.built.weightsFile})
        if (file.starts_with(toolchain.scratch.path()))
            removeFile(file);
}

void forgetArtifacts(Toolchain& toolchain)
{
    ArtifactCache& cache = *toolchain.artifacts;
    const std::lock_guard lock(cache.mutex);
    for (const auto& [key, artifact] : cache.byContent)
        forget(toolchain, artifact);
    cache.byContent.clear();
    cache.ofState.clear();
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
