// Private to core/transform: arguments as a recipe writes them.
#pragma once

#include "core/text/lexer.h"
#include "core/transform/transform.h"

namespace strata {

// Reads arguments from the tokens of a line.
class ArgumentReader {
public:
    ArgumentReader(std::string_view line, const std::vector<text::Token>& tokens, std::size_t at = 0)
        : m_line(line)
        , m_tokens(tokens)
        , m_at(at)
    {
    }

    const text::Token& peek(std::size_t ahead = 0) const
    {
        return m_tokens[std::min(m_at + ahead, m_tokens.size() - 1)];
    }
    const text::Token& take() { return m_tokens[m_at + 1 < m_tokens.size() ? m_at++ : m_at]; }
    std::size_t previousOffset() const { return m_tokens[m_at > 0 ? m_at - 1 : 0].offset; }
    bool isSymbol(std::string_view text, std::size_t ahead = 0) const;
    bool acceptSymbol(std::string_view text) { return isSymbol(text) && (take(), true); }
    bool atEnd() const;
    Status symbol(std::string_view text);
    Error error(const std::string& sentence, const std::string& hint = {}) const
    {
        return errorAt(peek().offset, sentence, hint);
    }
    Error errorAt(std::size_t offset, const std::string& sentence, const std::string& hint = {}) const;
    Error expected(const std::string& what) const;

    Result<Argument> argument(const Parameter& parameter);

private:
    Result<std::string> name(const Parameter& parameter);
    Result<std::string> choice(const Parameter& parameter);
    Result<std::int64_t> integer(const Parameter& parameter);
    Result<std::string> indexMap();
    Result<std::string> string();
    Result<std::vector<std::string>> names(const Parameter& parameter);
    Result<std::vector<std::int64_t>> integers(const Parameter& parameter);
    Status brackets(std::string_view open, std::string_view close);
    Status list(const std::function<Status()>& item);

    std::string_view m_line;
    const std::vector<text::Token>& m_tokens;
    std::size_t m_at;
};

// As a recipe writes it: `a/b`, [_, 4], True, "text".
std::string argumentText(const Parameter& parameter, const Argument& argument);
// A default as written in the parameter; nullopt if it is empty or does not parse.
std::optional<Argument> defaultArgument(const Parameter& parameter);
const char* kindText(ParameterKind kind);  // "a loop", "a list of numbers"
// Required arguments are there and all have the kind of their parameter.
Status checkArguments(const Transform& transform, const Arguments& arguments);

}  // namespace strata
