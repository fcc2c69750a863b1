// OpenCL C as text: indentation, names that neither C nor OpenCL keep for themselves, types, numbers to their last bit,
// and the helper functions that a kernel turns out to need, each once.
#include "backends/opencl/writer.h"

#include <cctype>

namespace strata::opencl {

namespace {

// Words that a buffer or loop of a model may well be called and OpenCL C keeps for itself.
const std::set<std::string> reserved = {
    "abs",        "auto",    "barrier",   "bool",       "break",    "case",     "char",     "const",     "constant",
    "continue",   "default", "do",        "double",     "else",     "enum",     "event_t",  "extern",    "fabs",
    "float",      "floor",   "ceil",      "trunc",      "rint",     "fma",      "for",      "global",    "goto",
    "half",       "if",      "image2d_t", "inline",     "int",      "kernel",   "local",    "long",      "pipe",
    "private",    "quad",    "read_only", "read_write", "register", "restrict", "return",   "sampler_t", "short",
    "signed",     "size_t",  "sizeof",    "sqrt",       "static",   "struct",   "switch",   "typedef",   "uchar",
    "uint",       "ulong",   "uniform",   "union",      "unsigned", "ushort",   "void",     "volatile",  "while",
    "write_only", "complex", "imaginary", "NAN",        "INFINITY", "MAXFLOAT", "HUGE_VALF"};

// `T` stands for the type.
const std::map<std::string, std::string> definitions = {
    {"strata_inside", "int strata_inside(long i, long n) { return i >= 0 && i < n; }"},
    {"strata_checked",
     "long strata_checked(long i, long n, volatile __global int *outside, long instance)\n{\n"
     "    if (i >= 0 && i < n)\n        return i;\n"
     "    atomic_min(outside, instance < 2147483646 ? (int)instance : 2147483646);\n    return 0;\n}"},
    // By zero: 0. By -1: wraps, by way of the unsigned type, where C leaves the overflow undefined.
    {"strata_div", "T strata_div_T(T a, T b)\n{\n"
                   "    if (b == 0)\n        return 0;\n"
                   "    return (T)-1 < 0 && b == (T)-1 ? (T)((ulong)0 - (ulong)a) : (T)(a / b);\n}"},
    {"strata_floor_div", "T strata_floor_div_T(T a, T b)\n{\n"
                         "    if (b == 0)\n        return 0;\n"
                         "    if ((T)-1 < 0 && b == (T)-1)\n        return (T)((ulong)0 - (ulong)a);\n"
                         "    const T q = a / b;\n    return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;\n}"},
    {"strata_floor_mod", "T strata_floor_mod_T(T a, T b)\n{\n"
                         "    if (b == 0 || ((T)-1 < 0 && b == (T)-1))\n        return 0;\n"
                         "    const T r = a % b;\n    return r != 0 && (r < 0) != (b < 0) ? r + b : r;\n}"},
    {"strata_shl", "T strata_shl_T(T a, T b) { return b >= 0 && b < (T)(8 * sizeof(T)) ? (T)((ulong)a << b) : 0; }"},
    {"strata_shr", "T strata_shr_T(T a, T b) { return b >= 0 && b < (T)(8 * sizeof(T)) ? a >> b : a < 0 ? -1 : 0; }"},
    {"strata_maximum", "T strata_maximum_T(T a, T b) { return a > b || a != a || (a == b && !signbit(a)) ? a : b; }"},
    {"strata_minimum", "T strata_minimum_T(T a, T b) { return a < b || a != a || (a == b && signbit(a)) ? a : b; }"},
    {"strata_max", "T strata_max_T(T a, T b) { return a > b ? a : b; }"},
    {"strata_min", "T strata_min_T(T a, T b) { return a < b ? a : b; }"},
    {"strata_from_half", "float strata_from_half(ushort bits) { return vload_half(0, (const half *)&bits); }"},
    {"strata_to_half",
     "ushort strata_to_half(float x) { ushort bits; vstore_half_rte(x, 0, (half *)&bits); return bits; }"},
    {"strata_from_bfloat", "float strata_from_bfloat(ushort bits) { return as_float((uint)bits << 16); }"},
    {"strata_to_bfloat",
     "ushort strata_to_bfloat(float x)\n{\n    const uint b = as_uint(x);\n"
     "    return x != x ? (ushort)((b >> 16) | 64) : (ushort)((b + 32767 + ((b >> 16) & 1)) >> 16);\n}"},
};

bool isType(const std::string& word)
{
    static const std::set<std::string> types = {"char",   "short", "int",   "long",  "uchar",
                                                "ushort", "uint",  "ulong", "float", "double"};
    return types.count(word) != 0;
}

std::string withType(std::string text, const std::string& type)
{
    const auto isWord = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] == 'T' && (i == 0 || !isWord(text[i - 1])) && (i + 1 == text.size() || !isWord(text[i + 1])))
            text.replace(i, 1, type);
    return text;
}

}  // namespace

std::string Writer::fresh(const std::string& name)
{
    std::string identifier;
    for (const unsigned char c : name)
        identifier += c < 128 && std::isalnum(c) ? char(c) : '_';
    if (identifier.empty() || std::isdigit(static_cast<unsigned char>(identifier[0])))
        identifier = "v" + identifier;
    if (reserved.count(identifier) || identifier.starts_with("strata_") || identifier.starts_with("__"))
        identifier += "_";
    std::string result = identifier;
    for (int i = 1; !m_taken.insert(result).second; ++i)
        result = identifier + "_" + std::to_string(i);
    return result;
}

std::string Writer::helper(const std::string& name)
{
    m_helpers.insert(name);
    return name;
}

std::string valueType(DType type)
{
    switch (type) {
    case DType::Bool: return "int";
    case DType::I8: return "char";
    case DType::I16: return "short";
    case DType::I32: return "int";
    case DType::I64: return "long";
    case DType::U8: return "uchar";
    case DType::U16: return "ushort";
    case DType::U32: return "uint";
    case DType::U64: return "ulong";
    case DType::F16:
    case DType::BF16:
    case DType::F32: return "float";
    case DType::F64: return "double";
    default: return "void";  // refused before (kernel.cpp)
    }
}

std::string storageType(DType type)
{
    if (type == DType::Bool)
        return "uchar";
    return type == DType::F16 || type == DType::BF16 ? "ushort" : valueType(type);
}

std::string helperDefinitions(const std::set<std::string>& helpers)
{
    std::string text;
    for (const std::string& helper : helpers) {
        const std::size_t underscore = helper.rfind('_');
        const std::string last = helper.substr(underscore + 1);
        const bool typed = isType(last);
        text += withType(definitions.at(typed ? helper.substr(0, underscore) : helper), last) + "\n";
    }
    return text;
}

}  // namespace strata::opencl
