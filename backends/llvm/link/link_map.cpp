#include "backends/llvm/link/link_map.h"

#include "backends/runtime/runtime_object.h"

#include <llvm/Object/ELFObjectFile.h>

#include <fstream>
#include <set>
#include <sstream>

namespace strata {

namespace {

// Lines of the map look like "  VMA  LMA  Size Align Out In Symbol", an input section as ".../name.o:(.text.f)".
struct Line {
    std::int64_t size = 0;
    std::string file, section;
};
std::optional<Line> parsed(const std::string& text)
{
    const std::size_t open = text.find(":(");
    if (open == std::string::npos || text.back() != ')')
        return std::nullopt;
    std::istringstream words(text);
    std::string vma, lma, size;
    words >> vma >> lma >> size;
    Line line;
    line.size = std::strtoll(size.c_str(), nullptr, 16);
    line.section = text.substr(open + 2, text.size() - open - 3);
    const std::size_t begin = text.find_last_of(" /", open) + 1;
    line.file = text.substr(begin, open - begin);
    return line;
}

// ".text.strata_rt_parallel" -> "strata_rt_parallel"
std::string routineOf(const std::string& section)
{
    for (const char* prefix : {".text.", ".data.rel.ro.", ".rodata.", ".data.", ".bss."})
        if (section.rfind(prefix, 0) == 0)
            return section.substr(std::string(prefix).size());
    return section;
}

std::set<std::string> runtimeRoutines()
{
    std::set<std::string> routines;
    const auto bytes = runtimeObject();
    const llvm::MemoryBufferRef buffer(llvm::StringRef(reinterpret_cast<const char*>(bytes.data()), bytes.size()), "runtime");
    auto object = llvm::object::ObjectFile::createELFObjectFile(buffer);
    if (!object) {
        llvm::consumeError(object.takeError());
        return routines;
    }
    for (const llvm::object::SectionRef& section : (*object)->sections()) {
        llvm::Expected<llvm::StringRef> name = section.getName();
        if (!name)
            llvm::consumeError(name.takeError());
        else if (name->starts_with(".text.strata_rt_") && section.getSize() > 0)
            routines.insert(name->substr(6).str());
    }
    return routines;
}

}  // namespace

Result<Linked> readLinkMap(const std::string& map, const std::vector<LinkObject>& objects)
{
    std::ifstream file(map);
    std::map<std::pair<std::string, std::string>, std::int64_t> bytes;      // (kind, name)
    std::set<std::string> unused = runtimeRoutines();
    std::string text;
    while (std::getline(file, text)) {
        const std::optional<Line> line = parsed(text);
        if (!line || line->size == 0)
            continue;
        if (line->file == runtimeObjectName) {
            const std::string routine = routineOf(line->section);
            unused.erase(routine);
            bytes[{"runtime", routine}] += line->size;
        } else if (line->file == weightsObjectName) {
            bytes[{"weights", "weights"}] += line->size;
        } else {
            for (const LinkObject& object : objects)
                if (line->file == object.name + ".o")
                    bytes[{object.kind, object.name}] += line->size;
        }
    }
    Linked linked;
    for (const auto& [key, size] : bytes)
        linked.contributions.push_back({key.first, key.second, size, {}});
    linked.leftOut.assign(unused.begin(), unused.end());
    return linked;
}

Result<std::vector<std::string>> neededLibraries(const std::string& library)
{
    auto buffer = llvm::MemoryBuffer::getFile(library, false, false);
    if (!buffer)
        return environmentError("The library " + library + " cannot be read back: " + buffer.getError().message() + ".");
    auto object = llvm::object::ObjectFile::createELFObjectFile((*buffer)->getMemBufferRef());
    if (!object)
        return bug("The linked library is no ELF file: " + llvm::toString(object.takeError()) + ".");
    std::vector<std::string> needed;
    const auto& elf = llvm::cast<llvm::object::ELF64LEObjectFile>(object->get())->getELFFile();
    auto entries = elf.dynamicEntries();
    if (!entries)
        return bug("The linked library has no dynamic section: " + llvm::toString(entries.takeError()) + ".");
    std::uint64_t strings = 0;
    for (const auto& entry : *entries)
        if (entry.d_tag == llvm::ELF::DT_STRTAB)
            strings = entry.getPtr();
    auto table = elf.toMappedAddr(strings);
    if (!table)
        return bug("The linked library has no string table: " + llvm::toString(table.takeError()) + ".");
    for (const auto& entry : *entries)
        if (entry.d_tag == llvm::ELF::DT_NEEDED)
            needed.emplace_back(reinterpret_cast<const char*>(*table) + entry.getVal());
    return needed;
}

}  // namespace strata
