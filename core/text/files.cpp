#include "core/text/lexer.h"
#include "core/text/names.h"
#include "core/text/source.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace strata {

namespace {

// The side file: a line of text that says what follows, a directory ("NAME<tab>TYPE<tab>OFFSET<tab>LENGTH", names
// quoted), a blank line, then the bytes, each constant at a multiple of 64 from the start of the file.
constexpr std::string_view magic = "strata weights 1";

struct Entry {
    std::string name;
    ConstantPtr constant;
    std::uint64_t length = 0;
};

// Strings have no size that their type tells.
std::uint64_t lengthOf(const Constant& constant)
{
    if (constant.type().dtype != DType::String)
        return std::uint64_t(byteCount(constant.type()).value_or(0));
    const auto bytes = constant.materialize();
    return bytes ? (*bytes)->size() : 0;
}

std::vector<Entry> elided(const Module& module)
{
    std::vector<Entry> entries;
    const auto add = [&entries](const std::string& name, const ConstantPtr& constant) {
        if (!text::elementsText(*constant))
            entries.push_back({name, constant, lengthOf(*constant)});
    };
    for (const auto& [name, constant] : module.constants)
        add(name, constant);
    for (const FunctionPtr& function : module.functions)
        if (const GraphBody* graph = function->graph())
            for (const GraphNodePtr& node : graph->nodes)
                for (const auto& [name, attribute] : node->attributes)
                    if (const auto* constant = std::get_if<ConstantPtr>(&attribute))
                        add(text::attributeConstantName(function->name, node->name, name), *constant);
    return entries;
}

std::uint64_t aligned(std::uint64_t offset) { return (offset + 63) / 64 * 64; }

std::string paddedNumber(std::uint64_t value)
{
    const std::string digits = std::to_string(value);
    return std::string(20 - digits.size(), ' ') + digits;
}

std::string directory(const std::vector<Entry>& entries, std::uint64_t begin)
{
    std::string text = std::string(magic) + "\n";
    for (const Entry& entry : entries) {
        const std::uint64_t length = entry.length;
        begin = aligned(begin);
        text += paddedNumber(begin) + "\t" + paddedNumber(length) + "\t" + text::stringText(entry.name) + "\n";
        begin += length;
    }
    return text + "\n";
}

// Written beside its place and moved there when it is whole. An error names the place: that is what somebody asked for.
Status writeFile(const std::string& path, const std::function<Status(std::ofstream&)>& write)
{
    const std::string temporary = path + ".part";
    {
        std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
        if (!file)
            return environmentError("The file '" + path + "' cannot be written: " + std::strerror(errno) + ".");
        STRATA_CHECK(write(file));
        if (!file.flush())
            return environmentError("The file '" + path + "' cannot be written to its end.", "Is the disk full?");
    }
    std::error_code error;
    std::filesystem::rename(temporary, path, error);
    return error ? Status(environmentError("The file '" + path + "' cannot be written: " + error.message() + "."))
                 : Status();
}

Status writeWeights(std::ofstream& file, const std::vector<Entry>& entries)
{
    const std::string head = directory(entries, directory(entries, 0).size());
    file << head;
    std::uint64_t at = head.size();
    for (const Entry& entry : entries) {
        STRATA_TRY(const BytesPtr bytes, entry.constant->materialize());
        file << std::string(aligned(at) - at, '\0');
        file.write(reinterpret_cast<const char*>(bytes->data()), std::streamsize(bytes->size()));
        at = aligned(at) + bytes->size();
    }
    return {};
}

struct Slice {
    std::uint64_t offset = 0, length = 0;
};

Result<std::map<std::string, Slice>> readDirectory(const std::string& path)
{
    std::map<std::string, Slice> slices;
    std::ifstream file(path, std::ios::binary);
    std::string line;
    if (!file)
        return slices;
    if (!std::getline(file, line) || line != magic)
        return refused(say("The file '{}' is no weights file of Strata.", path));
    while (std::getline(file, line) && !line.empty()) {
        std::istringstream numbers(line);
        Slice slice;
        if (!(numbers >> slice.offset >> slice.length) || line.size() < 43)
            return refused(say("The directory of '{}' is damaged.", path));
        const auto tokens = text::tokenize(std::string_view(line).substr(42), path);
        if (!tokens || tokens->empty() || tokens->front().kind != text::TokenKind::String)
            return refused(say("The directory of '{}' is damaged.", path));
        slices[tokens->front().text] = slice;
    }
    return slices;
}

Result<std::string> readText(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    // Of an empty file nothing can be taken, which is no failure.
    if (!file || (file.peek() != std::ifstream::traits_type::eof() && !(text << file.rdbuf())))
        return environmentError("The file '" + path + "' cannot be read: " + std::strerror(errno) + ".");
    return text.str();
}

}  // namespace

Status save(const Module& module, const std::string& path)
{
    const std::vector<Entry> entries = elided(module);
    if (!entries.empty())
        STRATA_CHECK(
            writeFile(path + ".weights", [&entries](std::ofstream& file) { return writeWeights(file, entries); }));
    return writeFile(path, [&module](std::ofstream& file) -> Status {
        file << print(module);
        return {};
    });
}

Result<ModuleSource> loadSource(const std::string& path)
{
    STRATA_TRY(const std::string source, readText(path));
    const std::string weights = path + ".weights";
    STRATA_TRY(const auto slices, readDirectory(weights));
    SourceFilePtr file;
    const ConstantLookup lookup = [&](const std::string& name, const TensorType& type) -> Result<ConstantPtr> {
        const auto found = slices.find(name);
        if (found == slices.end())
            return refused(say("The elements of constant '{}' are neither in '{}' nor in '{}'.", name, path, weights));
        if (!file) {
            STRATA_TRY(file, SourceFile::open(weights));
        }
        if (type.dtype != DType::String)
            return Constant::fromFile(type, file, found->second.offset, found->second.length);
        const auto [offset, length] = found->second;
        if (offset > file->size() || length > file->size() - offset)
            return refused(say("The directory of '{}' is damaged.", weights));
        STRATA_TRY(BytesPtr bytes, file->read(offset, length));
        return Constant::fromBytes(type, std::move(bytes));
    };
    return parseModuleSource(source, lookup, path);
}

Result<ModulePtr> loadText(const std::string& path)
{
    STRATA_TRY(ModuleSource read, loadSource(path));
    return std::move(read.module);
}

}  // namespace strata
