#include "core/tensor/texts.h"

#include <algorithm>
#include <cstring>

namespace strata {

std::int64_t Texts::number(std::string_view text)
{
    if (const auto found = m_numbers.find(text); found != m_numbers.end())
        return found->second;
    m_texts.emplace_back(text);
    m_numbers.emplace(m_texts.back(), count() - 1);
    return count() - 1;
}

const std::string& Texts::text(std::int64_t number) const
{
    return m_texts[number >= 0 && number < count() ? std::size_t(number) : 0];
}

Bytes Texts::numbers(const std::vector<std::string>& strings)
{
    Bytes bytes(strings.size() * sizeof(std::int64_t));
    for (std::size_t i = 0; i < strings.size(); ++i) {
        const std::int64_t one = number(strings[i]);
        std::memcpy(bytes.data() + i * sizeof one, &one, sizeof one);
    }
    return bytes;
}

std::vector<std::string> Texts::strings(const Bytes& numbers) const
{
    std::vector<std::string> strings(numbers.size() / sizeof(std::int64_t));
    for (std::size_t i = 0; i < strings.size(); ++i) {
        std::int64_t one = 0;
        std::memcpy(&one, numbers.data() + i * sizeof one, sizeof one);
        strings[i] = text(one);
    }
    return strings;
}

std::string quoted(const Tensor& strings, std::size_t most)
{
    std::string text;
    for (std::size_t i = 0; i < std::min(most, strings.strings.size()); ++i) {
        text += i ? ", \"" : "\"";
        for (const char c : strings.strings[i])
            text += c >= 0 && c < ' ' ? ' ' : c;
        text += '"';
    }
    return strings.strings.size() <= most ? text
                                          : text + " and " + std::to_string(strings.strings.size() - most) + " more";
}

}  // namespace strata
