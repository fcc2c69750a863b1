#include "core/tensor/npy.h"

#include "core/base/rounding.h"
#include "core/base/write_whole.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>
#include <fstream>

namespace strata {

namespace {

constexpr std::string_view magic("\x93NUMPY", 6);
constexpr std::size_t mostRank = 64, longestHeader = 1 << 16, longestText = 1 << 24;

struct Kind {
    const char* name;
    DType dtype;
};
constexpr Kind kinds[] = {{"b1", DType::Bool}, {"i1", DType::I8},  {"i2", DType::I16}, {"i4", DType::I32},
                          {"i8", DType::I64},  {"u1", DType::U8},  {"u2", DType::U16}, {"u4", DType::U32},
                          {"u8", DType::U64},  {"f2", DType::F16}, {"f4", DType::F32}, {"f8", DType::F64}};

struct Header {
    DType dtype = DType::F32;
    bool swapped = false, fortran = false;
    std::size_t size = 0;  // bytes of an element
    bool isLatin = false;  // of texts: bytes instead of UTF-32
    std::vector<std::int64_t> shape;
    std::size_t data = 0;  // where it begins
};

// The text behind 'key': in the header, a Python dictionary.
std::string_view valueOf(std::string_view header, std::string_view key)
{
    std::size_t at = header.find("'" + std::string(key) + "'");
    at = at == std::string_view::npos ? at : header.find(':', at);
    if (at == std::string_view::npos)
        return {};
    at = header.find_first_not_of(" ", at + 1);
    return at == std::string_view::npos ? std::string_view() : header.substr(at);
}

// "U12'": twelve characters of UTF-32, what is left over is 0; "S12'": twelve bytes.
bool readTextType(std::string_view text, Header& header)
{
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), header.size);
    if (error != std::errc() || end == text.data() + text.size() || *end != '\'' || header.size > longestText)
        return false;
    header.dtype = DType::String;
    header.isLatin = text[0] == 'S';
    header.size *= header.isLatin ? 1 : 4;
    return true;
}

bool readType(std::string_view text, Header& header)
{
    if (text.size() < 5 || text[0] != '\'')
        return false;
    header.swapped = text[1] == '>';
    if (text[2] == 'U' || text[2] == 'S')
        return readTextType(text.substr(2), header);
    const std::string_view name = text.substr(2, 2);
    const auto kind = std::find_if(std::begin(kinds), std::end(kinds), [&](const Kind& k) { return name == k.name; });
    if (kind == std::end(kinds) || text[4] != '\'' || std::string_view("<>|=").find(text[1]) == std::string_view::npos)
        return false;
    header.dtype = kind->dtype;
    header.size = std::size_t(byteSize(kind->dtype));
    return true;
}

bool readShape(std::string_view text, Header& header)
{
    if (text.empty() || text[0] != '(')
        return false;
    std::int64_t size = -1;
    for (const char c : text.substr(1)) {
        if (std::isdigit(static_cast<unsigned char>(c))) {
            size = std::max<std::int64_t>(size, 0) * 10 + (c - '0');
            if (size > (std::int64_t(1) << 40))
                return false;
        } else if (c == ',' || c == ')') {
            if (size >= 0)
                header.shape.push_back(size);
            size = -1;
            if (c == ')')
                return header.shape.size() <= mostRank;
        } else if (c != ' ') {
            return false;
        }
    }
    return false;
}

std::optional<Header> readHeader(const std::string& bytes)
{
    if (bytes.size() < 10 || bytes.compare(0, magic.size(), magic) != 0)
        return std::nullopt;
    const auto byte = [&](std::size_t at) { return std::size_t(static_cast<unsigned char>(bytes[at])); };
    const bool wide = byte(6) >= 2;
    if (wide && bytes.size() < 12)
        return std::nullopt;
    const std::size_t length = byte(8) | byte(9) << 8 | (wide ? byte(10) << 16 | byte(11) << 24 : 0);
    Header header;
    header.data = (wide ? 12 : 10) + length;
    if (length > longestHeader || header.data > bytes.size())
        return std::nullopt;
    const std::string_view text(bytes.data() + (wide ? 12 : 10), length);
    header.fortran = valueOf(text, "fortran_order").starts_with("True");
    return readType(valueOf(text, "descr"), header) && readShape(valueOf(text, "shape"), header)
               ? std::optional(std::move(header))
               : std::nullopt;
}

// The place in Fortran's order of the element that has `index` in C's.
std::int64_t fortranIndex(std::int64_t index, const std::vector<std::int64_t>& shape)
{
    std::int64_t place = 0, stride = 1;
    std::vector<std::int64_t> at(shape.size());
    for (std::size_t d = shape.size(); d-- > 0; index /= shape[d])
        at[d] = index % shape[d];
    for (std::size_t d = 0; d < shape.size(); stride *= shape[d++])
        place += at[d] * stride;
    return place;
}

std::uint32_t characterAt(const char* from, bool swapped)
{
    std::uint32_t code = 0;
    std::memcpy(&code, from, sizeof code);
    return swapped ? __builtin_bswap32(code) : code;
}

void addCharacter(std::string& text, std::uint32_t code)
{
    if (code < 0x80) {
        text += char(code);
        return;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    text += char((0xf0 << (3 - more)) | (code >> (6 * more)));
    for (int i = more; i-- > 0;)
        text += char(0x80 | (code >> (6 * i) & 0x3f));
}

std::string textAt(const char* from, const Header& header)
{
    std::string text;
    if (header.isLatin)
        text.assign(from, header.size);
    for (std::size_t at = 0; !header.isLatin && at < header.size; at += 4)
        addCharacter(text, std::min<std::uint32_t>(characterAt(from + at, header.swapped), 0x10ffff));
    text.resize(text.find_last_not_of('\0') + 1);
    return text;
}

}  // namespace

Result<Tensor> readNpy(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return environmentError("The file " + path + " cannot be read.");
    return parseNpy(std::string((std::istreambuf_iterator<char>(file)), {}), path);
}

Result<Tensor> parseNpy(const std::string& bytes, const std::string& path)
{
    const std::optional<Header> header = readHeader(bytes);
    if (!header)
        return refused(say("{} is no NumPy array of numbers.", path), {}, "numpy.save(FILE, ARRAY) writes one.");
    const std::size_t size = header->size;
    std::size_t count = 1;
    for (const std::int64_t extent : header->shape)
        if (__builtin_mul_overflow(count, std::size_t(extent), &count))
            return refused(say("{} is cut off.", path));
    std::size_t needed = 0;
    if (__builtin_mul_overflow(count, size, &needed) || needed != bytes.size() - header->data
        || (size == 0 && count > longestText))
        return refused(
            say("{} is cut off: it holds {} bytes for {} elements.", path, bytes.size() - header->data, count));
    Tensor tensor = makeTensor(header->dtype, header->shape);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t from = header->fortran ? std::size_t(fortranIndex(std::int64_t(i), header->shape)) : i;
        if (header->dtype == DType::String) {
            tensor.strings[i] = textAt(bytes.data() + header->data + from * size, *header);
            continue;
        }
        char* const to = tensor.data<char>() + i * size;
        std::copy_n(bytes.data() + header->data + from * size, size, to);
        if (header->swapped)
            std::reverse(to, to + size);
    }
    return tensor;
}

namespace {

// NumPy has neither bf16 nor types of less than a byte: floats as their bits, integers as wider ones.
DType storedAs(DType type)
{
    if (type == DType::BF16)
        return DType::U16;
    if (isShortFloat(type) && bitSize(type) <= 8)
        return DType::U8;
    return !isPacked(type) ? type : isSigned(type) ? DType::I8 : DType::U8;
}

Tensor unpacked(const Tensor& tensor, DType dtype)
{
    Tensor bytes = makeTensor(dtype, constants(tensor.type.shape));
    for (std::int64_t i = 0; i < bytes.count(); ++i)
        bytes.setInteger(i, isFloat(tensor.type.dtype)
                                ? std::int64_t(readBits(tensor.type.dtype, tensor.bytes.data(), i))
                                : tensor.integerAt(i));
    return bytes;
}

// The characters of UTF-8; a byte that is none stands for itself.
std::vector<std::uint32_t> charactersOf(const std::string& text)
{
    std::vector<std::uint32_t> characters;
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at]);
        const std::size_t more = first >= 0xf0 && first < 0xf8 ? 3 : first >= 0xe0 ? 2 : first >= 0xc2 ? 1 : 0;
        std::uint32_t code = more == 0 ? first : first & (0x3f >> more);
        bool whole = first < 0xf8 && at + more < text.size();
        for (std::size_t i = 1; whole && i <= more; ++i) {
            whole = (text[at + i] & 0xc0) == 0x80;
            code = code << 6 | std::uint32_t(text[at + i] & 0x3f);
        }
        characters.push_back(whole ? code : first);
        at += whole ? more + 1 : 1;
    }
    return characters;
}

// Each text as wide as the widest.
std::string wideTexts(const std::vector<std::string>& texts, std::size_t& width)
{
    std::vector<std::vector<std::uint32_t>> all;
    for (const std::string& text : texts) {
        all.push_back(charactersOf(text));
        width = std::max(width, all.back().size());
    }
    std::string bytes;
    for (std::vector<std::uint32_t>& characters : all) {
        characters.resize(width);
        bytes.append(reinterpret_cast<const char*>(characters.data()), width * sizeof(std::uint32_t));
    }
    return bytes;
}

std::string headerOf(const std::string& type, const Shape& dims)
{
    std::string shape;
    for (const Dim& dim : dims)
        shape += dim.text() + ", ";
    std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
    header.resize((header.size() + 10 + 1 + 63) / 64 * 64 - 10, ' ');
    header.back() = '\n';
    std::string bytes(magic);
    bytes += {1, 0, char(header.size() & 0xff), char(header.size() >> 8)};
    return bytes + header;
}

}  // namespace

Status writeNpy(const Tensor& tensor, const std::string& path)
{
    if (tensor.type.dtype == DType::String) {
        std::size_t width = 1;
        const std::string texts = wideTexts(tensor.strings, width);
        return writeWhole(headerOf("<U" + std::to_string(width), tensor.type.shape) + texts, path, "The file");
    }
    const DType dtype = storedAs(tensor.type.dtype);
    if (isPacked(tensor.type.dtype))
        return writeNpy(unpacked(tensor, dtype), path);
    const auto kind = std::find_if(std::begin(kinds), std::end(kinds), [&](const Kind& k) { return k.dtype == dtype; });
    if (kind == std::end(kinds))
        return refused(say("{} would hold {}, which NumPy's files do not.", path, name(tensor.type.dtype)));
    std::string bytes = headerOf((byteSize(dtype) == 1 ? "|" : "<") + std::string(kind->name), tensor.type.shape);
    bytes.append(tensor.data<char>(), std::size_t(tensor.count()) * std::size_t(byteSize(dtype)));
    return writeWhole(bytes, path, "The file");
}

}  // namespace strata
