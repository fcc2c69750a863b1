#include "backends/llvm/worker/link.h"

#include "backends/process/temporary.h"
#include "backends/runtime/runtime_object.h"

#include <lld/Common/Driver.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Support/CrashRecoveryContext.h>
#include <llvm/Support/MemoryBuffer.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <sys/mman.h>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

namespace strata {

Result<MemoryFile> MemoryFile::create(const std::string& label, std::span<const std::byte> bytes)
{
    const int descriptor = ::memfd_create("strata", MFD_CLOEXEC);
    if (descriptor < 0)
        return environmentError(std::string("No file can be made in memory: ") + std::strerror(errno) + ".");
    MemoryFile file(descriptor, label);
    for (std::size_t done = 0; done < bytes.size();) {
        const auto written = ::write(descriptor, bytes.data() + done, bytes.size() - done);
        if (written < 0)
            return environmentError(std::string("A file in memory cannot be written: ") + std::strerror(errno) + ".");
        done += std::size_t(written);
    }
    return file;
}

MemoryFile::~MemoryFile()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

std::string MemoryFile::path() const { return "/proc/self/fd/" + std::to_string(m_descriptor); }

namespace {

// "file:(section)", as LLD names an input section; the file as the label that it goes by.
LinkedSection inputSection(const std::string& text, const std::map<std::string, std::string>& labels)
{
    const auto open = text.rfind(":(");
    const std::string file = text.substr(0, open);
    const auto label = labels.find(file);
    return {label == labels.end() ? std::string() : label->second, text.substr(open + 2, text.rfind(')') - open - 2),
            0};
}

// Lines of LLD's map: VMA LMA size alignment, then the output section, the input section or the symbol, each two
// columns further in. What the linker makes itself ("<internal>:(.dynsym)") has no label.
std::vector<LinkedSection> readMap(const std::string& path, const std::map<std::string, std::string>& labels)
{
    std::vector<LinkedSection> sections;
    std::ifstream stream(path);
    for (std::string line; std::getline(stream, line);) {
        std::istringstream fields(line);
        std::string vma, lma, size, alignment, what;
        fields >> vma >> lma >> size >> alignment;
        std::getline(fields, what);
        if (what.rfind(":(") == std::string::npos)
            continue;
        LinkedSection section = inputSection(what.substr(what.find_first_not_of(' ')), labels);
        section.bytes = std::strtoll(size.c_str(), nullptr, 16);
        if (section.bytes > 0)
            sections.push_back(std::move(section));
    }
    return sections;
}

std::vector<std::string> readRemoved(const std::string& output)
{
    std::vector<std::string> removed;
    std::istringstream stream(output);
    for (std::string line; std::getline(stream, line);)
        if (line.rfind("removing unused section", 0) == 0)
            removed.push_back(inputSection(line, {}).section);
    return removed;
}

std::vector<std::string> readNeeded(const std::string& path)
{
    std::vector<std::string> needed;
    auto buffer = llvm::MemoryBuffer::getFile(path, false, false);
    if (!buffer)
        return needed;
    auto object = llvm::object::ObjectFile::createELFObjectFile((*buffer)->getMemBufferRef());
    if (!object) {
        llvm::consumeError(object.takeError());
        return needed;
    }
    const auto& elf = llvm::cast<llvm::object::ELF64LEObjectFile>(**object).getELFFile();
    auto entries = elf.dynamicEntries();
    if (!entries) {
        llvm::consumeError(entries.takeError());
        return needed;
    }
    std::uint64_t strings = 0;
    for (const auto& entry : *entries)
        if (entry.getTag() == llvm::ELF::DT_STRTAB)
            strings = entry.getPtr();
    auto table = elf.toMappedAddr(strings);
    if (!table) {
        llvm::consumeError(table.takeError());
        return needed;
    }
    for (const auto& entry : *entries)
        if (entry.getTag() == llvm::ELF::DT_NEEDED)
            needed.push_back(reinterpret_cast<const char*>(*table) + entry.getVal());
    return needed;
}

Status writeFile(const std::string& path, std::span<const std::byte> bytes)
{
    std::ofstream stream(path, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
    stream.close();
    return stream ? Status() : Status(environmentError("The file " + path + " cannot be written."));
}

// LLD ends the program on some errors; the context turns that into a return.
Status runLld(const std::vector<std::string>& arguments, std::string& out)
{
    std::string messages;
    llvm::raw_string_ostream outStream(out), messageStream(messages);
    std::vector<const char*> pointers;
    for (const auto& argument : arguments)
        pointers.push_back(argument.c_str());
    llvm::CrashRecoveryContext::Enable();
    const auto result = lld::lldMain(pointers, outStream, messageStream, {{lld::Gnu, &lld::elf::link}});
    if (result.retCode == 0)
        return {};
    return refused(say("The linker refuses: {}", messageStream.str()));
}

}  // namespace

Result<Linked> link(const Runtime& runtime, const std::vector<MemoryFile>& files, const std::string& weightsObject,
                    const std::string& output, const std::string& soname)
{
    std::optional<TemporaryFolder> scratch(std::in_place);
    if (scratch->path().empty())
        return environmentError("No folder for temporary files can be made.",
                                "Set TMPDIR to a folder that can be written.");
    const std::string libc = scratch->path() + "/libc.so.6", libm = scratch->path() + "/libm.so.6",
                      map = scratch->path() + "/map";
    STRATA_CHECK(writeFile(libc, runtime.libc));
    STRATA_CHECK(writeFile(libm, runtime.libm));
    const std::string temporary = output + ".part";
    std::vector<std::string> arguments = {"ld.lld",
                                          "-shared",
                                          "-o",
                                          temporary,
                                          "-soname",
                                          soname,
                                          "--gc-sections",
                                          "--print-gc-sections",
                                          "--strip-all",
                                          "--hash-style=gnu",
                                          "--build-id=none",
                                          "--no-undefined",
                                          "--as-needed",
                                          "--threads=1",
                                          "-z",
                                          "now",
                                          "-z",
                                          "noexecstack",
                                          "--Map=" + map};
    std::map<std::string, std::string> labels;
    for (const auto& file : files) {
        arguments.push_back(file.path());
        labels[file.path()] = file.label();
    }
    if (!weightsObject.empty()) {
        arguments.push_back(weightsObject);
        labels[weightsObject] = "weights";
    }
    arguments.insert(arguments.end(), {libc, libm});
    std::string out;
    const Status linked = runLld(arguments, out);
    if (!linked) {
        ::unlink(temporary.c_str());
        return linked.error();
    }
    Linked result{readMap(map, labels), readRemoved(out), readNeeded(temporary)};
    // Before the library is there: whoever waits for it may end this program in the next moment, which then tidies up
    // nothing.
    scratch.reset();
    if (std::rename(temporary.c_str(), output.c_str()) != 0) {
        const int reason = errno;
        ::unlink(temporary.c_str());
        return environmentError("The library cannot be written to " + output + ": " + std::strerror(reason) + ".");
    }
    return result;
}

}  // namespace strata
