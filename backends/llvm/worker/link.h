// LLD as a library: objects to a shared library, single-threaded, in this process.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace strata {

struct Runtime;

// A file in memory that LLD opens by its path.
class MemoryFile {
public:
    static Result<MemoryFile> create(const std::string& label, std::span<const std::byte> bytes);
    MemoryFile(MemoryFile&& other) noexcept
        : m_descriptor(other.m_descriptor)
        , m_label(std::move(other.m_label))
    {
        other.m_descriptor = -1;
    }
    MemoryFile& operator=(MemoryFile&&) = delete;
    ~MemoryFile();
    std::string path() const;
    const std::string& label() const { return m_label; }  // what the file is, for messages and the map

private:
    MemoryFile(int descriptor, std::string label)
        : m_descriptor(descriptor)
        , m_label(std::move(label))
    {
    }
    int m_descriptor;
    std::string m_label;
};

// A section of the result: what it came from and how large it is.
struct LinkedSection {
    std::string file;     // label of the input, "" for what the linker makes
    std::string section;  // ".text.code.f"
    std::int64_t bytes = 0;
};
struct Linked {
    std::vector<LinkedSection> sections;
    std::vector<std::string> removed;  // sections that nothing needs
    std::vector<std::string> needed;   // DT_NEEDED
};

// Links `files` and the relocatable at `weightsObject` (if not empty) against the stubs of libc and libm that the
// runtime comes with; `output` appears when it is complete.
Result<Linked> link(const Runtime& runtime, const std::vector<MemoryFile>& files, const std::string& weightsObject,
                    const std::string& output, const std::string& soname);

// A relocatable ELF file with one read-only section aligned to 64 bytes that holds the file `source`, and the symbol
// strata_weights at its begin; of the machine that the runtime is for.
Status writeWeightsObject(const Runtime& runtime, const std::string& source, std::int64_t bytes,
                          const std::string& path);

}  // namespace strata
