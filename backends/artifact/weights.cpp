#include "backends/artifact/weights.h"

#include "backends/runtime/runtime.h"
#include "core/base/sha256.h"
#include "core/tensor/texts.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <unistd.h>

namespace strata {

namespace {

constexpr std::int64_t alignment = 64;

void collect(const Operand& operand, std::set<std::string>& names)
{
    if (operand.kind == Operand::Kind::Constant)
        names.insert(operand.name);
}

// Constants that the runtime program refers to; loops get theirs as parameters.
std::set<std::string> referencedConstants(const Module& module)
{
    std::set<std::string> names;
    for (const FunctionPtr& function : module.functions) {
        const LibraryBody* library = function->library();
        for (const LibraryStmtPtr& stmt : library ? library->statements : std::vector<LibraryStmtPtr>()) {
            if (const auto* view = std::get_if<ViewBuffer>(stmt.get()))
                collect(view->source, names);
            if (const auto* copy = std::get_if<CopyBuffer>(stmt.get()))
                collect(copy->source, names);
            if (const auto* call = std::get_if<LibraryCall>(stmt.get()))
                for (const Operand& input : call->inputs)
                    collect(input, names);
        }
    }
    return names;
}

// Writes and hashes at once.
class HashedFile {
public:
    explicit HashedFile(const std::string& path)
        : m_stream(path, std::ios::binary | std::ios::trunc)
    {
    }
    void append(const void* data, std::size_t size)
    {
        m_hash.append(data, size);
        m_stream.write(static_cast<const char*>(data), std::streamsize(size));
        m_size += std::int64_t(size);
    }
    void pad()
    {
        static constexpr char zeros[alignment] = {};
        append(zeros, std::size_t((alignment - m_size % alignment) % alignment));
    }
    std::int64_t size() const { return m_size; }
    // The hash in hex; the trailer is written behind what was hashed.
    std::string finish()
    {
        const std::string hex = m_hash.finish();
        strata_weights_trailer trailer{};
        std::strcpy(trailer.magic, STRATA_WEIGHTS_MAGIC);
        std::memcpy(trailer.hash, hex.data(), sizeof trailer.hash);
        m_stream.write(reinterpret_cast<const char*>(&trailer), sizeof trailer);
        m_stream.close();
        return hex;
    }
    bool good() const { return m_stream.good(); }

private:
    std::ofstream m_stream;
    Sha256 m_hash;
    std::int64_t m_size = 0;
};

Error writeError(const std::string& path)
{
    return environmentError("The weights cannot be written to " + path + ": " + std::strerror(errno) + ".",
                            "Is the disk full?");
}

void append(HashedFile& file, const Texts& texts)
{
    const std::int64_t count = texts.count() - 1;
    std::int64_t end = 0;
    file.append(&count, sizeof count);
    for (std::int64_t i = 1; i <= count; ++i) {
        end += std::int64_t(texts.text(i).size());
        file.append(&end, sizeof end);
    }
    for (std::int64_t i = 1; i <= count; ++i)
        file.append(texts.text(i).data(), texts.text(i).size());
    file.pad();
}

Status appendConstants(const Module& module, HashedFile& file, Weights& weights)
{
    std::map<std::string, std::int64_t> byContent;
    Texts texts;
    for (const std::string& name : referencedConstants(module)) {
        const auto found = module.constants.find(name);
        if (found == module.constants.end())
            return bug("The module refers to a constant @" + name + " that it does not have.");
        // Held while they are hashed: to read or rearrange them takes longer than that.
        STRATA_TRY(BytesPtr bytes, found->second->materialize());
        STRATA_TRY(const std::string hash, found->second->hash());
        const auto [place, isNew] = byContent.emplace(hash, file.size());
        weights.offsets[name] = place->second;
        if (!isNew)
            continue;
        if (found->second->type().dtype == DType::String)
            bytes = std::make_shared<const Bytes>(
                texts.numbers(unpackStrings(*bytes).value_or(std::vector<std::string>())));
        file.append(bytes->data(), bytes->size());
        file.pad();
    }
    if (texts.count() > 1) {
        weights.offsets[STRATA_TEXTS_WEIGHT] = file.size();
        append(file, texts);
    }
    return {};
}

}  // namespace

std::vector<std::string> weightNames(const Module& lowered)
{
    const std::set<std::string> names = referencedConstants(lowered);
    return {names.begin(), names.end()};
}

bool holdsWeights(const std::string& path, const Weights& weights)
{
    std::ifstream stream(path, std::ios::binary);
    strata_weights_trailer trailer{};
    stream.seekg(weights.bytes);
    stream.read(reinterpret_cast<char*>(&trailer), sizeof trailer);
    std::error_code error;
    return stream && std::filesystem::file_size(path, error) == std::uint64_t(weights.bytes) + sizeof trailer
           && weights.hash == std::string(trailer.hash, sizeof trailer.hash);
}

Result<Weights> writeWeights(const Module& lowered, const std::string& path)
{
    Weights weights;
    weights.path = path;
    const std::string temporary = path + ".new" + std::to_string(getpid());
    Status written;
    bool complete = false;
    {
        HashedFile file(temporary);
        written = file.good() ? appendConstants(lowered, file, weights) : Status(writeError(path));
        weights.bytes = file.size();
        weights.hash = file.finish();
        complete = file.good();
    }
    std::error_code error;
    if (written && complete && !holdsWeights(path, weights))
        std::filesystem::rename(temporary, path, error);
    const Status result = !written ? written : complete && !error ? Status() : Status(writeError(path));
    std::filesystem::remove(temporary, error);
    STRATA_CHECK(result);
    return weights;
}

}  // namespace strata
