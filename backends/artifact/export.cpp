#include "backends/artifact/export.h"

#include "backends/artifact/templates.h"
#include "backends/artifact/weights.h"
#include "backends/process/temporary.h"
#include "backends/runtime/runtime.h"
#include "backends/runtime/runtime_object.h"
#include "core/base/sha256.h"
#include "core/ir/cpu.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace strata {

namespace {

namespace fs = std::filesystem;

// A folder that is put together under another name and takes its own when it is whole; what is left of a failure is
// removed.
class FolderInTheMaking {
public:
    explicit FolderInTheMaking(fs::path target)
        : m_target(std::move(target))
        , m_path(m_target)
    {
        m_path += ".new" + std::to_string(getpid());
        m_unfinished.emplace(m_path.string());
    }
    ~FolderInTheMaking()
    {
        std::error_code ignored;
        fs::remove_all(m_path, ignored);
    }
    const fs::path& path() const { return m_path; }

    Status create() const
    {
        STRATA_CHECK(replaceable());
        std::error_code error;
        fs::remove_all(m_path, error);
        if (!fs::create_directories(m_path, error))
            return environmentError("The folder " + m_target.string() + " cannot be made: " + error.message() + ".");
        return {};
    }
    // An error speaks of the folder that was asked for, whoever met it in the one that is being put together.
    Error outside(Error error) const
    {
        const std::string inner = m_path.string();
        for (std::size_t at = 0; (at = error.message.find(inner, at)) != std::string::npos;
             at += m_target.string().size())
            error.message.replace(at, inner.size(), m_target.string());
        return error;
    }
    Status finish() const
    {
        std::error_code error;
        fs::path old = m_target;
        old += ".old" + std::to_string(getpid());
        if (fs::exists(m_target))
            fs::rename(m_target, old, error);
        if (!error)
            fs::rename(m_path, m_target, error);
        if (error)
            return environmentError("The folder " + m_target.string() + " cannot be made: " + error.message() + ".");
        fs::remove_all(old, error);
        return {};
    }

private:
    // An export of before may be replaced, and an empty folder; nothing else that somebody may miss.
    Status replaceable() const
    {
        std::error_code error;
        if (!fs::exists(m_target, error) || (fs::is_directory(m_target, error) && fs::is_empty(m_target, error)))
            return {};
        std::ifstream manifest(m_target / "manifest.json");
        const std::string head(std::istreambuf_iterator<char>(manifest), {});
        if (head.find("\"strata-export ") != std::string::npos)
            return {};
        return refused(say("The folder {} is there already and is no export.", m_target.string()), {},
                       "Name another folder.");
    }

    fs::path m_target, m_path;
    std::optional<Unfinished> m_unfinished;
};

Status writeText(const fs::path& path, const std::string& text)
{
    std::ofstream stream(path, std::ios::binary);
    stream << text;
    stream.close();
    return stream ? Status()
                  : environmentError("The file " + path.string() + " cannot be written: " + std::strerror(errno) + ".");
}

// What each constant weighs, and which calls brought it in. Equal constants lie in the file once: the first name stands
// for all.
std::vector<Contribution> weightContributions(const Module& lowered, const Weights& weights)
{
    std::map<std::int64_t, Contribution> byOffset;
    for (const auto& [constant, offset] : weights.offsets)
        if (!byOffset.count(offset))
            byOffset[offset] = constant == STRATA_TEXTS_WEIGHT
                                   ? Contribution{"weights", "texts", weights.bytes - offset, {}}
                                   : Contribution{"weights",
                                                  constant,
                                                  byteCount(lowered.constants.at(constant)->type()).value_or(0),
                                                  {}};
    for (const FunctionPtr& function : lowered.functions)
        for (const LibraryStmtPtr& stmt :
             function->library() ? function->library()->statements : std::vector<LibraryStmtPtr>())
            if (const auto* call = std::get_if<LibraryCall>(stmt.get()))
                for (const Operand& input : call->inputs)
                    if (const auto found = weights.offsets.find(input.name);
                        input.kind == Operand::Kind::Constant && found != weights.offsets.end())
                        byOffset[found->second].neededBy.push_back({function->name, NodeKind::Operator, call->name});
    std::vector<Contribution> list;
    for (auto& [offset, contribution] : byOffset)
        list.push_back(std::move(contribution));
    return list;
}

Result<Built> buildWithWeights(const Module& lowered, Compiler& compiler, const fs::path& library,
                               const fs::path& weightsPath, const std::string& prefix, WeightsMode mode,
                               const std::string& device, std::stop_token stop,
                               const std::function<void(const std::string&, double)>& progress)
{
    STRATA_TRY(const Weights weights, writeWeights(lowered, weightsPath.string()));
    BuildOptions build;
    build.output = library.string();
    build.prefix = prefix;
    build.weights = mode;
    build.device = device;
    build.weightsFile = weights.path;
    build.weightOffsets = weights.offsets;
    build.weightsBytes = weights.bytes;
    build.weightsHash = weights.hash;
    STRATA_TRY(Built built, compiler.build(lowered, build, std::move(stop), progress));
    std::erase_if(built.contributions, [](const Contribution& c) { return c.kind == "weights"; });
    for (Contribution& contribution : weightContributions(lowered, weights))
        built.contributions.push_back(std::move(contribution));
    return built;
}

Status verify(const fs::path& folder, const std::string& prefix, Runner& runner, const std::vector<Tensor>& inputs,
              const std::vector<Tensor>& expected, std::stop_token stop, Exported& exported)
{
    STRATA_TRY(const Loaded loaded, runner.load((folder / ("lib" + prefix + ".so")).string(), prefix, "", stop));
    CallOptions options;
    options.what = "checking the export";
    options.stop = std::move(stop);
    const Result<std::vector<Tensor>> outputs = runner.run(loaded.handle, inputs, 1, options);
    STRATA_CHECK(runner.unload(loaded.handle));
    STRATA_CHECK(outputs);
    exported.verified = outputs->size() == expected.size();
    for (std::size_t i = 0; i < std::min(outputs->size(), expected.size()); ++i) {
        const Comparison comparison = compare((*outputs)[i], expected[i], 0, 0);
        exported.verified = exported.verified && comparison.equalBits;
        exported.maxAbsolute = std::max(exported.maxAbsolute, comparison.maxAbsolute);
    }
    return {};
}

Result<std::vector<ManifestFile>> listFiles(const fs::path& folder)
{
    std::vector<ManifestFile> files;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
        files.push_back(
            {entry.path().filename().string(), std::int64_t(entry.file_size()), sha256OfFile(entry.path().string())});
    if (error)
        return environmentError("The folder " + folder.string() + " cannot be read: " + error.message() + ".");
    std::sort(files.begin(), files.end(), [](const ManifestFile& a, const ManifestFile& b) { return a.path < b.path; });
    return files;
}

bool hasTexts(const Function& entry)
{
    const auto isText = [](const TypedName& tensor) { return tensor.type.tensor.dtype == DType::String; };
    return std::any_of(entry.params.begin(), entry.params.end(), isText)
           || std::any_of(entry.results.begin(), entry.results.end(), isText);
}

Status writeTexts(const Module& lowered, const ExportOptions& options, const std::string& prefix,
                  const fs::path& folder, Exported& exported)
{
    const FunctionPtr entry = lowered.entryFunction();
    // Where it does not run, a compiler for the machine that it runs on.
    exported.buildCommand = exportedBuildCommand(
        prefix, loadsHere(lowered) ? "cc" : cpuOf(lowered.target.isa).gnuTriple + "-gcc");
    STRATA_CHECK(writeText(folder / (prefix + ".h"), exportedHeader(options.name, prefix, hasTexts(*entry))));
    STRATA_CHECK(writeText(folder / "example.c", exportedExample(options.name, prefix, exported.buildCommand,
                                                                 entry->params.size(), entry->results.size())));
    STRATA_CHECK(writeText(folder / "example.py", exportedPython(options.name, prefix)));
    STRATA_TRY(const std::vector<ManifestFile> files, listFiles(folder));
    const std::string manifest = exportedManifest(lowered, options, prefix, exported, files);
    for (const ManifestFile& file : files)
        exported.files.push_back({file.path, file.bytes});
    exported.files.push_back({"manifest.json", std::int64_t(manifest.size())});
    return writeText(folder / "manifest.json", manifest);
}

// Library, weights, header, example and manifest, and what the library gives when it is loaded again.
Result<Exported> fill(const fs::path& folder, const Module& lowered, const ExportOptions& options, Compiler& compiler,
                      Runner& runner, const std::vector<Tensor>& inputs, const std::vector<Tensor>& expected,
                      std::stop_token stop, const std::function<void(const std::string&, double)>& progress)
{
    const std::string prefix = cIdentifier(options.name);
    const fs::path weights = folder / (prefix + ".weights");
    Exported exported;
    STRATA_TRY(exported.built, buildWithWeights(lowered, compiler, folder / ("lib" + prefix + ".so"), weights, prefix,
                                                options.weights, options.device, stop, progress));
    if (options.weights == WeightsMode::Embedded)
        fs::remove(weights);
    const bool loads = loadsHere(lowered);
    if (progress && loads)
        progress("checking the export", 0.9);
    if (loads)
        STRATA_CHECK(verify(folder, prefix, runner, inputs, expected, std::move(stop), exported));
    STRATA_CHECK(writeTexts(lowered, options, prefix, folder, exported));
    return exported;
}

}  // namespace

Result<Exported> exportModule(const Module& lowered, const ExportOptions& options, Compiler& compiler, Runner& runner,
                              const std::vector<Tensor>& inputs, const std::vector<Tensor>& expected,
                              std::stop_token stop, const std::function<void(const std::string&, double)>& progress)
{
    if (!lowered.entryFunction())
        return refused("The module has no entry, so there is nothing to export.");
    const fs::path target = fs::absolute(options.folder).lexically_normal();
    const FolderInTheMaking folder(target.has_filename() ? target : target.parent_path());
    STRATA_CHECK(folder.create());
    Result<Exported> exported = fill(folder.path(), lowered, options, compiler, runner, inputs, expected,
                                     std::move(stop), progress);
    if (!exported)
        return folder.outside(exported.error());
    STRATA_CHECK(folder.finish());
    const std::string prefix = cIdentifier(options.name);
    exported->built.path = (target / ("lib" + prefix + ".so")).string();
    exported->built.weightsFile = options.weights == WeightsMode::File ? (target / (prefix + ".weights")).string() : "";
    return exported;
}

Result<Built> deployment(const Module& lowered, Compiler& compiler, const std::string& scratchFolder,
                         std::stop_token stop)
{
    const fs::path folder(scratchFolder);
    return buildWithWeights(lowered, compiler, folder / "deployment.so", folder / "deployment.weights", "strata",
                            WeightsMode::File, {}, std::move(stop), {});
}

}  // namespace strata
