// Constants are lazy: where the bytes lie, plus a chain of layout changes. Opening a model touches no weights.
#pragma once

#include "core/base/result.h"
#include "core/ir/index_map.h"
#include "core/ir/type.h"

#include <cstddef>
#include <memory>

struct stat;

namespace strata {

using Bytes = std::vector<std::byte>;
using BytesPtr = std::shared_ptr<const Bytes>;

// A file held open, so that its bytes stay what they are even if another file takes its name. Shared by the constants
// in it.
class SourceFile {
public:
    static Result<std::shared_ptr<const SourceFile>> open(const std::string& path);
    ~SourceFile();
    SourceFile(const SourceFile&) = delete;
    SourceFile& operator=(const SourceFile&) = delete;

    const std::string& path() const { return m_path; }
    int descriptor() const { return m_descriptor; }
    std::uint64_t size() const { return m_size; }
    // What tells its content from that of any other file and of itself at another time: device, inode, size and the
    // time of the last change. "" if it was changed just now, so that one more change might not show.
    const std::string& identity() const { return m_identity; }
    // Refused if the file was changed since it was opened.
    Result<BytesPtr> read(std::uint64_t offset, std::uint64_t length) const;

private:
    SourceFile(std::string path, int descriptor, const struct stat& facts);

    std::string m_path;
    int m_descriptor;
    std::uint64_t m_size;
    std::int64_t m_changed;  // nanoseconds
    std::string m_identity;
};
using SourceFilePtr = std::shared_ptr<const SourceFile>;

class Constant;
using ConstantPtr = std::shared_ptr<const Constant>;

class Constant {
public:
    // Little-endian, row-major, dense; size checked against the type. A string tensor holds each string as 8 bytes of
    // length and then its characters.
    static Result<ConstantPtr> fromBytes(TensorType type, BytesPtr bytes);
    // A slice of a file, read (not mapped) when first needed; existence and bounds are checked now.
    static Result<ConstantPtr> fromFile(TensorType type, SourceFilePtr file, std::uint64_t offset,
                                        std::uint64_t length);
    static Result<ConstantPtr> fromFile(TensorType type, std::string path, std::uint64_t offset, std::uint64_t length);
    // A slice of a buffer that somebody shares (a parsed protobuf): keeps the owner alive.
    static Result<ConstantPtr> fromView(TensorType type, std::shared_ptr<const void> owner, const std::byte* data,
                                        std::size_t size);

    const TensorType& type() const { return m_type; }  // after the layout changes
    // The bytes in the final layout. Shared; cached while somebody holds them.
    Result<BytesPtr> materialize() const;
    // This constant in another layout. The map's domain is type().shape.
    static Result<ConstantPtr> relayout(ConstantPtr source, IndexMap map);
    // Same data, another shape of as many elements.
    static Result<ConstantPtr> reshape(ConstantPtr source, Shape shape);
    // 64 hex digits: SHA-256 over type and bytes; computed once.
    Result<std::string> hash() const;
    // Where the bytes come from: a part of a file, another constant in another layout or (no map) shape, or memory.
    struct Origin {
        SourceFilePtr file;
        std::uint64_t offset = 0;
        ConstantPtr source;
        const IndexMap* map = nullptr;  // valid while the constant is
    };
    Origin origin() const;

    bool sameData(const Constant& other) const;  // surely the same bytes, without reading them

    struct Data;
    explicit Constant(TensorType type, std::shared_ptr<Data> data);
    ~Constant();

private:
    TensorType m_type;
    std::shared_ptr<Data> m_data;
};

bool equal(const Constant& a, const Constant& b);  // type and content; equal sources are not read
// The strings of a string tensor's bytes, and back.
std::optional<std::vector<std::string>> unpackStrings(const Bytes& bytes);
Bytes packStrings(const std::vector<std::string>& strings);

}  // namespace strata
