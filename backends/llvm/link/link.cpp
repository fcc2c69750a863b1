#include "backends/llvm/link/link.h"

#include "backends/llvm/link/link_map.h"
#include "backends/runtime/runtime_object.h"

#include <lld/Common/Driver.h>
#include <llvm/Support/raw_ostream.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

namespace strata {

namespace fs = std::filesystem;

namespace {

// A folder of our own for the inputs, removed at the end.
class Scratch {
public:
    Scratch()
    {
        std::string pattern = (fs::temp_directory_path() / "strata-link-XXXXXX").string();
        if (::mkdtemp(pattern.data()))
            m_path = pattern;
    }
    ~Scratch()
    {
        std::error_code ignored;
        if (!m_path.empty())
            fs::remove_all(m_path, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    bool ok() const { return !m_path.empty(); }
    std::string file(const std::string& name) const { return m_path + "/" + name; }

private:
    std::string m_path;
};

Status write(const std::string& path, std::span<const std::byte> bytes)
{
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
    file.close();
    return file ? Status() : environmentError("The file " + path + " cannot be written.", "Is there space for temporary files?");
}

Status write(const std::string& path, const std::string& text) { return write(path, std::as_bytes(std::span(text))); }

std::string versionScript(const std::vector<std::string>& exported)
{
    std::string script = "{\n    global:\n";
    for (const std::string& symbol : exported)
        script += "        " + symbol + ";\n";
    return script + "    local: *;\n};\n";
}

// Small and plain: no build id, no padding between code and data that costs pages, the GNU hash table alone.
std::vector<std::string> fixedArguments()
{
    return {"ld.lld", "-shared", "-m", "elf_x86_64", "--gc-sections", "--as-needed", "--threads=1", "--build-id=none", "--hash-style=gnu",
            "-z", "now", "-z", "noexecstack", "-z", "noseparate-code", "-z", "defs", "-O2", "--nostdlib", "--strip-all"};
}

Status runLinker(const std::vector<std::string>& arguments)
{
    std::vector<const char*> pointers;
    for (const std::string& argument : arguments)
        pointers.push_back(argument.c_str());
    std::string messages;
    llvm::raw_string_ostream stream(messages);
    const lld::Result result = lld::lldMain(pointers, stream, stream, {{lld::Gnu, &lld::elf::link}});
    if (result.retCode == 0)
        return {};
    return bug("The linker failed: " + (messages.empty() ? "code " + std::to_string(result.retCode) : messages)
               + (result.canRunAgain ? "" : " It cannot be used again in this process."));
}

Status writeInputs(const LinkRequest& request, const Scratch& scratch, std::vector<std::string>& arguments)
{
    for (const LinkObject& object : request.objects) {
        arguments.push_back(scratch.file(object.name + ".o"));
        STRATA_CHECK(write(arguments.back(), object.bytes));
    }
    const std::pair<const char*, std::span<const std::byte>> fixed[] = {
        {runtimeObjectName, runtimeObject()}, {"libc.so.6", libcStub()}, {"libm.so.6", libmStub()}};
    for (const auto& [name, bytes] : fixed) {
        arguments.push_back(scratch.file(name));
        STRATA_CHECK(write(arguments.back(), bytes));
    }
    if (!request.weightsFile.empty()) {
        arguments.push_back(scratch.file(weightsObjectName));
        STRATA_CHECK(writeWeightsObject(request.weightsFile, arguments.back()));
    }
    return {};
}

}  // namespace

Result<Linked> link(const LinkRequest& request)
{
    const Scratch scratch;
    if (!scratch.ok())
        return environmentError("No temporary folder can be made for linking.", "Is TMPDIR writable?");
    const std::string part = request.output + ".part", script = scratch.file("exports.map"), map = scratch.file("link.map");
    std::vector<std::string> arguments = fixedArguments();
    STRATA_CHECK(writeInputs(request, scratch, arguments));
    STRATA_CHECK(write(script, versionScript(request.exported)));
    for (const std::string& argument : {std::string("-o"), part, "--version-script=" + script, "-soname=" + request.soname, "-Map=" + map,
                                        std::string("--print-gc-sections")})
        arguments.push_back(argument);
    if (const Status status = runLinker(arguments); !status) {
        std::error_code ignored;
        fs::remove(part, ignored);
        return status.error();
    }
    STRATA_TRY(Linked linked, readLinkMap(map, request.objects));
    STRATA_TRY(linked.needed, neededLibraries(part));
    std::error_code error;
    linked.fileBytes = std::int64_t(fs::file_size(part, error));
    fs::rename(part, request.output, error);
    if (error)
        return environmentError("The library cannot be written to " + request.output + ": " + error.message() + ".");
    return linked;
}

}  // namespace strata
