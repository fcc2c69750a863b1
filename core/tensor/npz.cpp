#include "core/tensor/npz.h"

#include "core/tensor/npy.h"

#include <fstream>

#include <zlib.h>

namespace strata {

namespace {

constexpr std::size_t endSize = 22, entrySize = 46, localSize = 30, longestComment = 1 << 16;
constexpr std::uint32_t endMark = 0x06054b50, entryMark = 0x02014b50, localMark = 0x04034b50;
constexpr std::uint32_t elsewhere = 0xffffffff;  // the size stands in a field that files of 4 GB have

// Little-endian fields of an archive; nothing lies behind its end.
class Fields {
public:
    explicit Fields(std::string_view bytes)
        : m_bytes(bytes)
    {
    }
    std::uint32_t word(std::size_t at) const { return half(at) | half(at + 2) << 16; }
    std::uint32_t half(std::size_t at) const { return byte(at) | byte(at + 1) << 8; }
    std::string_view text(std::size_t at, std::size_t length) const
    {
        return at <= m_bytes.size() ? m_bytes.substr(at, length) : std::string_view();
    }
    std::size_t size() const { return m_bytes.size(); }

private:
    std::uint32_t byte(std::size_t at) const
    {
        return at < m_bytes.size() ? std::uint32_t(static_cast<unsigned char>(m_bytes[at])) : 0;
    }
    std::string_view m_bytes;
};

struct Entry {
    std::string name;
    std::uint32_t method = 0, crc = 0, packed = 0, size = 0, local = 0;
};

std::optional<std::size_t> endOf(const Fields& fields)
{
    for (std::size_t back = endSize; back <= std::min(fields.size(), endSize + longestComment); ++back)
        if (fields.word(fields.size() - back) == endMark)
            return fields.size() - back;
    return std::nullopt;
}

// nullopt: it is no archive.
std::optional<std::vector<Entry>> entriesOf(const Fields& fields)
{
    const std::optional<std::size_t> end = endOf(fields);
    if (!end)
        return std::nullopt;
    std::vector<Entry> entries;
    std::size_t at = fields.word(*end + 16);
    for (std::uint32_t i = 0; i < fields.half(*end + 10); ++i) {
        if (fields.word(at) != entryMark)
            return std::nullopt;
        const std::size_t name = fields.half(at + 28);
        entries.push_back({std::string(fields.text(at + entrySize, name)), fields.half(at + 10), fields.word(at + 16),
                           fields.word(at + 20), fields.word(at + 24), fields.word(at + 42)});
        at += entrySize + name + fields.half(at + 30) + fields.half(at + 32);
    }
    return entries;
}

std::optional<std::string> inflated(std::string_view packed, std::size_t size)
{
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)  // no header of zlib's
        return std::nullopt;
    std::string bytes(size, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
    stream.avail_out = static_cast<uInt>(size);
    const int code = inflate(&stream, Z_FINISH);
    const bool whole = code == Z_STREAM_END && stream.total_out == size;
    inflateEnd(&stream);
    return whole ? std::optional(std::move(bytes)) : std::nullopt;
}

// Packed at most a thousand to one, as deflate does at best: what claims more is damaged.
bool isPlausible(const Entry& entry) { return entry.size / 1040 <= entry.packed + 1; }

std::optional<std::string> contentsOf(const Fields& fields, const Entry& entry)
{
    constexpr std::uint32_t stored = 0, deflated = 8;
    if (fields.word(entry.local) != localMark)
        return std::nullopt;
    const std::size_t begin = std::size_t(entry.local) + localSize + fields.half(entry.local + 26)
                              + fields.half(entry.local + 28);
    const std::string_view packed = fields.text(begin, entry.packed);
    if (packed.size() != entry.packed || !isPlausible(entry))
        return std::nullopt;
    std::optional<std::string> bytes;
    if (entry.method == stored && entry.size == entry.packed)
        bytes = std::string(packed);
    else if (entry.method == deflated)
        bytes = inflated(packed, entry.size);
    const auto sum = [](const std::string& all) {
        return crc32(0, reinterpret_cast<const Bytef*>(all.data()), static_cast<uInt>(all.size()));
    };
    return bytes && sum(*bytes) == entry.crc ? bytes : std::nullopt;
}

std::string namesOf(const std::vector<Entry>& entries)
{
    std::string names;
    for (const Entry& entry : entries)
        names += (names.empty() ? "" : ", ") + entry.name.substr(0, entry.name.rfind(".npy"));
    return names.empty() ? "none" : names;
}

}  // namespace

Result<Tensor> readNpz(const std::string& path, const std::string& name)
{
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return environmentError("The file " + path + " cannot be read.");
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    const Fields fields(bytes);
    const std::optional<std::vector<Entry>> entries = entriesOf(fields);
    if (!entries)
        return refused(say("{} is no archive of NumPy arrays.", path), {}, "numpy.savez(FILE, NAME=ARRAY) writes one.");
    const auto found = entries->size() == 1 ? entries->begin()
                                            : std::find_if(entries->begin(), entries->end(), [&](const Entry& entry) {
                                                  return entry.name == name + ".npy";
                                              });
    if (found == entries->end())
        return refused(say("{} holds no array {}.", path, name), {}, "It holds " + namesOf(*entries) + ".");
    if (found->size == elsewhere || found->packed == elsewhere)
        return refused(say("{} in {} has 4 GB or more.", found->name, path), {}, "Hand it over as .npy.");
    const std::optional<std::string> contents = contentsOf(fields, *found);
    if (!contents)
        return refused(say("{} in {} is damaged.", found->name, path));
    return parseNpy(*contents, path + ", " + found->name);
}

}  // namespace strata
