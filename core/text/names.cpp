#include "core/text/names.h"

#include "core/base/rounding.h"
#include "core/base/tiny_float.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

namespace strata::text {

namespace {

std::string escaped(const std::string& text, char quote)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string result(1, quote);
    for (char c : text)
        if (c == quote || c == '\\')
            result += std::string("\\") + c;
        else if (c == '\n')
            result += "\\n";
        else if (c >= 0 && (c < ' ' || c == 127))
            result += std::string("\\x") + digits[c >> 4] + digits[c & 15];
        else
            result += c;
    return result + quote;
}

std::string hexText(std::uint64_t value)
{
    std::array<char, 16> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, 16).ptr;
    return "0x" + std::string(buffer.data(), end);
}

template<class T>
std::string shortest(T value)
{
    std::array<char, 40> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    std::string text(buffer.data(), end);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

// The short floats need fewer digits than a float does.
std::string shortestOf(float value, DType type)
{
    std::array<char, 40> buffer;
    for (int precision = 1; precision < 9; ++precision) {
        const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::general,
                                       precision)
                             .ptr;
        float read = 0;
        if (std::from_chars(buffer.data(), end, read).ec != std::errc())
            continue;
        const bool same = floatToShort(type, read) == floatToShort(type, value);
        const std::string text(buffer.data(), end);
        if (same)
            return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
    }
    return shortest(value);
}

// A float element: its value, or for a NaN with a payload its bits.
std::string floatElement(DType type, std::uint64_t bits)
{
    double value = 0;
    std::uint64_t quiet = 0;
    switch (type) {
    case DType::F32: value = std::bit_cast<float>(std::uint32_t(bits)), quiet = 0x7fc00000; break;
    case DType::F64: value = std::bit_cast<double>(bits), quiet = 0x7ff8000000000000; break;
    default:
        value = shortToFloat(type, std::uint16_t(bits));
        quiet = floatToShort(type, std::numeric_limits<float>::quiet_NaN());
    }
    return std::isnan(value) && bits != quiet ? "nan(" + hexText(bits) + ")" : floatText(value, type);
}

std::string integerElement(DType type, std::uint64_t bits)
{
    if (!isSigned(type))
        return type == DType::Bool && bits < 2 ? (bits ? "True" : "False") : std::to_string(bits);
    const int shift = 64 - bitSize(type);
    return std::to_string(std::int64_t(bits << shift) >> shift);
}

std::string join(const std::vector<std::string>& parts)
{
    std::string text = "[";
    for (std::size_t i = 0; i < parts.size(); ++i)
        text += (i ? ", " : "") + parts[i];
    return text + "]";
}

}  // namespace

bool isIdentifier(std::string_view text)
{
    return !text.empty() && isLetter(text.front())
           && std::all_of(text.begin(), text.end(), [](char c) { return isLetter(c) || isDigit(c); });
}

bool isKeyword(std::string_view text)
{
    static constexpr std::array<std::string_view, 26> keywords{
        "False", "True",           "_",    "alloc", "as",   "at",    "call",   "const", "copy", "def",
        "for",   "implementation", "in",   "inf",   "init", "let",   "module", "nan",   "pass", "return",
        "reads", "routine",        "view", "where", "with", "writes"};
    return text == "intrinsic" || std::find(keywords.begin(), keywords.end(), text) != keywords.end();
}

std::string nameText(const std::string& name)
{
    return isIdentifier(name) && !isKeyword(name) ? name : escaped(name, '`');
}
std::string stringText(const std::string& text) { return escaped(text, '"'); }

std::string floatText(double value, DType type)
{
    if (std::isnan(value))
        return "nan";
    if (std::isinf(value))
        return value < 0 ? "-inf" : "inf";
    if (isShortFloat(type))
        return shortestOf(float(value), type);
    return type == DType::F64 ? shortest(value) : shortest(float(value));
}

std::string dimText(const Dim& dim)
{
    if (dim.isConstant())
        return std::to_string(dim.constant());
    const Dim::Terms terms = dim.terms();
    std::string text;
    for (auto term = terms.rbegin(); term != terms.rend(); ++term) {
        const auto& [monomial, coefficient] = *term;
        const std::uint64_t magnitude = coefficient < 0 ? 0 - std::uint64_t(coefficient) : std::uint64_t(coefficient);
        text += text.empty() ? (coefficient < 0 ? "-" : "") : (coefficient < 0 ? " - " : " + ");
        if (magnitude != 1 || monomial.empty())
            text += std::to_string(magnitude) + (monomial.empty() ? "" : "*");
        for (std::size_t i = 0; i < monomial.size(); ++i)
            text += (i ? "*" : "") + nameText(monomial[i]);
    }
    return text;
}

std::string typeText(const TensorType& type)
{
    if (!type.ranked)
        return std::string(name(type.dtype)) + "[...]";
    std::vector<std::string> dims;
    for (const Dim& dim : type.shape)
        dims.push_back(dimText(dim));
    return name(type.dtype) + join(dims);
}

std::string typeText(const ValueType& type)
{
    switch (type.kind) {
    case ValueType::Kind::Sequence: return "sequence(" + typeText(type.tensor) + ")";
    case ValueType::Kind::Optional: return "optional(" + typeText(type.tensor) + ")";
    case ValueType::Kind::Unknown: return "unknown";
    case ValueType::Kind::Tensor: break;
    }
    return typeText(type.tensor);
}

std::optional<std::string> elementsText(const Constant& constant)
{
    const TensorType& type = constant.type();
    const std::optional<std::int64_t> count = elementCount(type.shape);
    if (!count || *count > largestInlineConstant)
        return std::nullopt;
    const auto bytes = constant.materialize();
    if (!bytes)
        return std::nullopt;
    std::vector<std::string> parts;
    if (type.dtype == DType::String) {
        for (const std::string& string : unpackStrings(**bytes).value_or(std::vector<std::string>()))
            parts.push_back(stringText(string));
        return join(parts);
    }
    for (std::int64_t i = 0; i < *count; ++i) {
        const std::uint64_t bits = readBits(type.dtype, (*bytes)->data(), i);
        parts.push_back(isFloat(type.dtype) ? floatElement(type.dtype, bits) : integerElement(type.dtype, bits));
    }
    return join(parts);
}

std::string attributeConstantName(const std::string& function, const std::string& node, const std::string& attribute)
{
    return function + "/" + node + "/" + attribute;
}

}  // namespace strata::text
