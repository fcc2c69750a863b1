// The note that the linker leaves in a program: found by the program headers of the file (System V ABI, Note Section).
#include "backends/store/store.h"

#include <elf.h>

#include <cstring>
#include <fstream>
#include <vector>

namespace strata {

namespace {

template<class T>
bool readAt(std::ifstream& file, std::uint64_t offset, T& value)
{
    file.seekg(std::streamoff(offset));
    return bool(file.read(reinterpret_cast<char*>(&value), sizeof value));
}

std::size_t padded(std::size_t size) { return (size + 3) / 4 * 4; }

std::optional<std::string> idIn(const std::vector<char>& notes)
{
    static constexpr char digits[] = "0123456789abcdef";
    for (std::size_t at = 0; at + sizeof(Elf64_Nhdr) <= notes.size();) {
        Elf64_Nhdr note;
        std::memcpy(&note, notes.data() + at, sizeof note);
        const std::size_t name = at + sizeof note, value = name + padded(note.n_namesz);
        at = value + padded(note.n_descsz);
        if (at > notes.size() || at < value)
            return std::nullopt;
        if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 || std::memcmp(notes.data() + name, "GNU", 4) != 0)
            continue;
        std::string hex;
        for (std::size_t i = 0; i < note.n_descsz; ++i) {
            const auto byte = static_cast<unsigned char>(notes[value + i]);
            hex += {digits[byte >> 4], digits[byte & 15]};
        }
        return hex;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> buildIdOf(const std::string& path)
{
    constexpr std::size_t mostNotes = 1 << 16;
    std::ifstream file(path, std::ios::binary);
    Elf64_Ehdr header;
    if (!readAt(file, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0
        || header.e_ident[EI_CLASS] != ELFCLASS64)
        return std::nullopt;
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment;
        if (!readAt(file, header.e_phoff + i * header.e_phentsize, segment))
            return std::nullopt;
        if (segment.p_type != PT_NOTE || segment.p_filesz > mostNotes)
            continue;
        std::vector<char> notes(segment.p_filesz);
        file.seekg(std::streamoff(segment.p_offset));
        if (file.read(notes.data(), std::streamsize(notes.size())))
            if (const auto id = idIn(notes))
                return id;
    }
    return std::nullopt;
}

}  // namespace strata
