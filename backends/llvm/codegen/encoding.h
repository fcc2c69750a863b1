// Where the instructions of an assembly listing stand in the object assembled from it, and the bytes that they are
// encoded as: the object is read beside the text, section by section and instruction by instruction.
#pragma once

#include "backends/llvm/codegen/machine.h"

#include <cstdint>
#include <optional>

namespace strata {

struct Encoded {
    std::int64_t address = 0;  // from the start of its section
    std::string bytes;         // "c5 fc 58 c1"; what the linker fills in is 0
};

class ObjectReader {
public:
    // Both stay with the caller. An object that is none has no sections.
    ObjectReader(const Machine& machine, const std::string& object);
    ~ObjectReader();
    // What follows is of this section; from where it was left.
    void enter(const std::string& section);
    void align(unsigned power, unsigned most);  // to 2^power, unless that takes more bytes than `most`
    // nullopt: the section is not read any more.
    std::optional<Encoded> next();
    // Text and object no longer say the same: the section is not read any more.
    void giveUp();
    // It was read to its end: what `next` gave of it holds.
    bool wasRead(const std::string& section) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace strata
