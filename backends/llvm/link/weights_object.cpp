#include "backends/llvm/link/link.h"

#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/sendfile.h>
#include <unistd.h>

namespace strata {

namespace {

constexpr std::uint64_t alignment = 64;
constexpr char sectionNames[] = "\0.strata.weights\0.symtab\0.strtab\0.shstrtab\0.note.GNU-stack";
constexpr char symbolNames[] = "\0strata_weights";

std::uint64_t aligned(std::uint64_t offset, std::uint64_t to) { return (offset + to - 1) / to * to; }

std::uint32_t nameOffset(const char* name)
{
    for (std::size_t i = 1; i < sizeof sectionNames; i += std::strlen(sectionNames + i) + 1)
        if (!std::strcmp(sectionNames + i, name))
            return static_cast<std::uint32_t>(i);
    return 0;
}

Elf64_Shdr section(const char* name, std::uint32_t type, std::uint64_t flags, std::uint64_t offset, std::uint64_t size, std::uint64_t align)
{
    Elf64_Shdr header{};
    header.sh_name = nameOffset(name);
    header.sh_type = type;
    header.sh_flags = flags;
    header.sh_offset = offset;
    header.sh_size = size;
    header.sh_addralign = align;
    return header;
}

// Where everything lies: the header, the weights at 64, then symbols, names and section headers.
struct Layout {
    std::uint64_t weights = alignment, bytes, symbols, symbolNamesAt, sectionNamesAt, sections;
    explicit Layout(std::uint64_t size)
        : bytes(size), symbols(aligned(weights + size, 8)), symbolNamesAt(symbols + 2 * sizeof(Elf64_Sym)),
          sectionNamesAt(symbolNamesAt + sizeof symbolNames), sections(aligned(sectionNamesAt + sizeof sectionNames, 8))
    {
    }
};

Elf64_Ehdr fileHeader(const Layout& layout)
{
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_REL;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_ehsize = sizeof(Elf64_Ehdr);
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shoff = layout.sections;
    header.e_shnum = 6;
    header.e_shstrndx = 4;
    return header;
}

std::string tail(const Layout& layout)
{
    std::string bytes(layout.sections + 6 * sizeof(Elf64_Shdr) - layout.symbols, '\0');
    const auto put = [&](std::uint64_t offset, const void* data, std::size_t size) { std::memcpy(bytes.data() + (offset - layout.symbols), data, size); };
    Elf64_Sym symbol{};
    symbol.st_name = 1;
    symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
    symbol.st_other = STV_HIDDEN;
    symbol.st_shndx = 1;
    symbol.st_size = layout.bytes;
    put(layout.symbols + sizeof(Elf64_Sym), &symbol, sizeof symbol);
    put(layout.symbolNamesAt, symbolNames, sizeof symbolNames);
    put(layout.sectionNamesAt, sectionNames, sizeof sectionNames);
    Elf64_Shdr symtab = section(".symtab", SHT_SYMTAB, 0, layout.symbols, 2 * sizeof(Elf64_Sym), 8);
    symtab.sh_link = 3;
    symtab.sh_info = 1;
    symtab.sh_entsize = sizeof(Elf64_Sym);
    const Elf64_Shdr headers[] = {{}, section(".strata.weights", SHT_PROGBITS, SHF_ALLOC, layout.weights, layout.bytes, alignment), symtab,
                                  section(".strtab", SHT_STRTAB, 0, layout.symbolNamesAt, sizeof symbolNames, 1),
                                  section(".shstrtab", SHT_STRTAB, 0, layout.sectionNamesAt, sizeof sectionNames, 1),
                                  section(".note.GNU-stack", SHT_PROGBITS, 0, layout.sections, 0, 1)};
    put(layout.sections, headers, sizeof headers);
    return bytes;
}

class File {
public:
    File(const std::string& path, int flags) : m_fd(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~File()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int fd() const { return m_fd; }

private:
    int m_fd;
};

bool writeAt(int fd, std::uint64_t offset, const void* data, std::size_t size)
{
    const char* bytes = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t written = ::pwrite(fd, bytes, size, off_t(offset));
        if (written <= 0)
            return false;
        bytes += written;
        offset += std::uint64_t(written);
        size -= std::size_t(written);
    }
    return true;
}

bool copyAt(int from, int to, std::uint64_t offset, std::uint64_t size)
{
    if (::lseek(to, off_t(offset), SEEK_SET) < 0)
        return false;
    while (size > 0) {
        const ssize_t copied = ::sendfile(to, from, nullptr, size);
        if (copied <= 0)
            return false;
        size -= std::uint64_t(copied);
    }
    return true;
}

}  // namespace

Status writeWeightsObject(const std::string& weightsFile, const std::string& object)
{
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(weightsFile, error);
    const File from(weightsFile, O_RDONLY), to(object, O_RDWR | O_CREAT | O_TRUNC);
    if (error || from.fd() < 0)
        return environmentError("The weights " + weightsFile + " cannot be read.");
    const Layout layout(size);
    const Elf64_Ehdr header = fileHeader(layout);
    const std::string rest = tail(layout);
    if (to.fd() < 0 || !writeAt(to.fd(), 0, &header, sizeof header) || !copyAt(from.fd(), to.fd(), layout.weights, size)
        || !writeAt(to.fd(), layout.symbols, rest.data(), rest.size()))
        return environmentError("The weights object " + object + " cannot be written.", "Is there space?");
    return {};
}

}  // namespace strata
