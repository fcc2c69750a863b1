#include "backends/llvm/worker/llvm_text.h"

namespace strata {

namespace {

template<class T, class Text>
std::string list(const std::vector<T>& values, Text text)
{
    std::string result;
    for (const auto& value : values)
        result += (result.empty() ? "" : ", ") + text(value);
    return "[" + result + "]";
}

std::string arrayOf(std::size_t count, const std::string& type)
{
    return "[" + std::to_string(count) + " x " + type + "]";
}

}  // namespace

std::string quoted(const std::string& text)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string result = "\"";
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (code < 32 || code > 126 || c == '"' || c == '\\') {
            result += '\\';
            result += digits[code >> 4];
            result += digits[code & 15];
        } else {
            result += c;
        }
    }
    return result + "\"";
}

std::string Globals::add(const std::string& type, const std::string& initializer)
{
    const std::string name = "@table." + std::to_string(m_count++);
    m_text += name + " = private constant " + type + " " + initializer + "\n";
    return "ptr " + name;
}

std::string Globals::string(const std::string& text)
{
    return add(arrayOf(text.size() + 1, "i8"), "c" + quoted(text + '\0'));
}

std::string Globals::numbers(const std::vector<std::int64_t>& values, int bits)
{
    if (values.empty())
        return "ptr null";
    const std::string type = "i" + std::to_string(bits);
    return add(arrayOf(values.size(), type),
               list(values, [&](std::int64_t value) { return type + " " + std::to_string(value); }));
}

std::string Globals::pointers(const std::vector<std::string>& values) { return structs("ptr", values); }

// `values` carry their type: "ptr @x", "%info { ... }".
std::string Globals::structs(const std::string& type, const std::vector<std::string>& values)
{
    if (values.empty())
        return "ptr null";
    return add(arrayOf(values.size(), type), list(values, [](const std::string& value) { return value; }));
}

}  // namespace strata
