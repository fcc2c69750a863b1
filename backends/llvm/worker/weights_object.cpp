// An ELF relocatable written directly: 475 MB of weights are copied once by the kernel and never seen by LLVM.
#include "backends/llvm/worker/link.h"

#include "backends/runtime/runtime_object.h"
#include <cerrno>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <unistd.h>

namespace strata {

namespace {

constexpr std::int64_t dataOffset = 128;  // after the header, a multiple of 64
constexpr char names[] = "\0.rodata.weights\0.symtab\0.strtab\0.note.GNU-stack";
constexpr std::size_t nameOfData = 1, nameOfSymbols = 17, nameOfStrings = 25, nameOfStack = 33;
constexpr char symbolName[] = "\0strata_weights";

struct Tail {
    Elf64_Sym symbols[2]{};
    char strings[64]{};
    Elf64_Shdr sections[5]{};
};

Elf64_Ehdr header(const Runtime& runtime, std::int64_t tailAt)
{
    Elf64_Ehdr elf{};
    std::memcpy(elf.e_ident, ELFMAG, SELFMAG);
    elf.e_ident[EI_CLASS] = ELFCLASS64;
    elf.e_ident[EI_DATA] = ELFDATA2LSB;
    elf.e_ident[EI_VERSION] = EV_CURRENT;
    elf.e_type = ET_REL;
    std::memcpy(&elf.e_machine, runtime.object.data() + offsetof(Elf64_Ehdr, e_machine), sizeof elf.e_machine);
    elf.e_version = EV_CURRENT;
    elf.e_shoff = Elf64_Off(tailAt) + offsetof(Tail, sections);
    elf.e_ehsize = sizeof(Elf64_Ehdr);
    elf.e_shentsize = sizeof(Elf64_Shdr);
    elf.e_shnum = 5;
    elf.e_shstrndx = 3;
    return elf;
}

Tail tail(std::int64_t bytes, std::int64_t tailAt)
{
    Tail t;
    std::memcpy(t.strings, names, sizeof names);
    // The symbol's name shares the table of strings with the names of sections.
    std::memcpy(t.strings + sizeof names - 1, symbolName, sizeof symbolName);
    t.symbols[1].st_name = sizeof names;
    t.symbols[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
    t.symbols[1].st_other = STV_HIDDEN;
    t.symbols[1].st_shndx = 1;
    t.symbols[1].st_size = Elf64_Xword(bytes);
    const auto section = [&](int index, std::size_t name, Elf64_Word type, Elf64_Xword flags, std::int64_t offset,
                             std::size_t size, Elf64_Xword align) {
        Elf64_Shdr& s = t.sections[index];
        s.sh_name = Elf64_Word(name);
        s.sh_type = type;
        s.sh_flags = flags;
        s.sh_offset = Elf64_Off(offset);
        s.sh_size = size;
        s.sh_addralign = align;
    };
    section(1, nameOfData, SHT_PROGBITS, SHF_ALLOC, dataOffset, std::size_t(bytes), 64);
    section(2, nameOfSymbols, SHT_SYMTAB, 0, tailAt + std::int64_t(offsetof(Tail, symbols)), sizeof t.symbols, 8);
    t.sections[2].sh_link = 3;
    t.sections[2].sh_info = 1;
    t.sections[2].sh_entsize = sizeof(Elf64_Sym);
    section(3, nameOfStrings, SHT_STRTAB, 0, tailAt + std::int64_t(offsetof(Tail, strings)), sizeof t.strings, 1);
    section(4, nameOfStack, SHT_PROGBITS, 0, tailAt, 0, 1);
    return t;
}

bool copyFile(int from, int to, std::int64_t bytes)
{
    if (::lseek(to, dataOffset, SEEK_SET) < 0)
        return false;
    while (bytes > 0) {
        const auto copied = ::sendfile(to, from, nullptr, std::size_t(bytes));
        if (copied < 0 && errno == EINTR)
            continue;
        if (copied <= 0)
            return false;
        bytes -= copied;
    }
    return true;
}

}  // namespace

Status writeWeightsObject(const Runtime& runtime, const std::string& source, std::int64_t bytes,
                          const std::string& path)
{
    const int from = ::open(source.c_str(), O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return environmentError("The weights file " + source + " cannot be opened: " + std::strerror(errno) + ".");
    const int to = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const std::int64_t tailAt = (dataOffset + bytes + 63) / 64 * 64;
    const Elf64_Ehdr elf = header(runtime, tailAt);
    const Tail rest = tail(bytes, tailAt);
    const bool fine = to >= 0 && ::pwrite(to, &elf, sizeof elf, 0) == long(sizeof elf) && copyFile(from, to, bytes)
                      && ::pwrite(to, &rest, sizeof rest, tailAt) == long(sizeof rest);
    const int error = errno;
    ::close(from);
    if (to >= 0)
        ::close(to);
    if (fine)
        return {};
    ::unlink(path.c_str());
    return environmentError("The weights cannot be written to " + path + ": " + std::strerror(error) + ".");
}

}  // namespace strata
