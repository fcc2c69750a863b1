// A sentence with what it speaks of apart, so that it can be translated, explained and tested by what it says.
//
// The pattern is the identity, as in gettext: "Loop {} holds loop {}; only an innermost loop becomes vector
// instructions." Each {} stands for one argument, in order; that there are as many is checked when it is compiled.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace strata {

struct Sentence {
    std::string pattern;
    std::vector<std::string> arguments;  // names, numbers, and clauses that are sentences of their own

    std::string text() const
    {
        std::string result;
        std::size_t at = 0, next = 0;
        for (const std::string& argument : arguments) {
            next = pattern.find("{}", at);
            result.append(pattern, at, next - at).append(argument);
            at = next + 2;
        }
        return result.append(pattern, at);
    }
    friend bool operator==(const Sentence&, const Sentence&) = default;
};

// A literal with `count` places for arguments.
template<std::size_t count>
struct SentencePattern {
    template<std::size_t length>
    consteval SentencePattern(const char (&literal)[length])  // NOLINT(google-explicit-constructor)
        : text(literal)
    {
        std::size_t places = 0;
        for (std::size_t i = 0; i + 1 < length; ++i)
            places += literal[i] == '{' && literal[i + 1] == '}';
        if (places != count)
            throw "a pattern has one {} for each argument";  // not a constant expression: does not compile
    }
    std::string_view text;
};

inline std::string argumentText(std::string text) { return text; }
template<std::integral Number>
std::string argumentText(Number number)
{
    return std::to_string(number);
}

template<class... Arguments>
Sentence say(std::type_identity_t<SentencePattern<sizeof...(Arguments)>> pattern, const Arguments&... arguments)
{
    return {std::string(pattern.text), {argumentText(arguments)...}};
}

}  // namespace strata
