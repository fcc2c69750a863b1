#include "core/text/lexer.h"

#include "core/text/names.h"

#include <algorithm>
#include <array>

namespace strata::text {

namespace {

int hexDigit(char c)
{
    return isDigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

class Lexer {
public:
    Lexer(std::string_view source, const std::string& file)
        : m_source(source)
        , m_file(file)
    {
    }

    Result<std::vector<Token>> run()
    {
        STRATA_CHECK(startLine());
        while (m_at < m_source.size())
            STRATA_CHECK(next());
        if (!m_tokens.empty() && m_tokens.back().kind != TokenKind::Newline)
            add(TokenKind::Newline, "", m_at);
        for (; m_indents.size() > 1; m_indents.pop_back())
            add(TokenKind::Dedent, "", m_at);
        add(TokenKind::End, "", m_at);
        return std::move(m_tokens);
    }

private:
    char peek(std::size_t ahead = 0) const { return m_at + ahead < m_source.size() ? m_source[m_at + ahead] : '\0'; }
    bool startsWith(std::string_view text) const { return m_source.substr(m_at, text.size()) == text; }
    void add(TokenKind kind, std::string text, std::size_t offset)
    {
        m_tokens.push_back({kind, std::move(text), offset});
    }
    Error error(std::size_t offset, const std::string& sentence) const
    {
        return errorAt(m_source, m_file, offset, sentence);
    }

    void skipComment() { m_at = std::min(m_source.find('\n', m_at), m_source.size()); }

    // At the start of a line: skips blank ones, then compares the indentation with the one before.
    Status startLine()
    {
        for (;;) {
            const std::size_t begin = m_at;
            while (peek() == ' ' || peek() == '\r')
                ++m_at;
            if (peek() == '#')
                skipComment();
            if (peek() == '\t')
                return error(m_at, "A line is indented with a tab; use spaces.");
            if (m_at >= m_source.size())
                return {};
            if (peek() != '\n')
                return indent(m_at - begin);
            ++m_at;
        }
    }

    Status indent(std::size_t width)
    {
        if (width > m_indents.back()) {
            if (m_indents.size() >= 256)
                return error(m_at, "The text is nested too deeply.");
            m_indents.push_back(width);
            add(TokenKind::Indent, "", m_at);
        }
        while (width < m_indents.back()) {
            m_indents.pop_back();
            add(TokenKind::Dedent, "", m_at);
        }
        return width == m_indents.back() ? Status() : error(m_at, "The indentation of this line fits no line above.");
    }

    Status next()
    {
        const char c = peek();
        if (c == ' ' || c == '\t' || c == '\r')
            return ++m_at, Status();
        if (c == '#')
            return skipComment(), Status();
        if (c == '\n')
            return newline();
        if (isLetter(c))
            return name();
        if (isDigit(c))
            return number();
        if (startsWith("\"\"\""))
            return rawString();
        if (c == '"' || c == '`')
            return quoted(c);
        return symbol();
    }

    Status newline()
    {
        if (m_brackets > 0)
            return ++m_at, Status();
        add(TokenKind::Newline, "", m_at++);
        return startLine();
    }

    Status name()
    {
        const std::size_t begin = m_at;
        while (isLetter(peek()) || isDigit(peek()))
            ++m_at;
        add(TokenKind::Name, std::string(m_source.substr(begin, m_at - begin)), begin);
        return {};
    }

    void digits()
    {
        while (isDigit(peek()))
            ++m_at;
    }

    Status number()
    {
        const std::size_t begin = m_at;
        bool floating = false;
        if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
            for (m_at += 2; hexDigit(peek()) >= 0;)
                ++m_at;
        } else {
            digits();
            if (peek() == '.' && isDigit(peek(1)))
                floating = true, ++m_at, digits();
            const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
            if ((peek() == 'e' || peek() == 'E') && isDigit(peek(1 + sign)))
                floating = true, m_at += 1 + sign, digits();
        }
        if (isLetter(peek()))
            return error(begin, "This is neither a number nor a name.");
        add(floating ? TokenKind::Float : TokenKind::Integer, std::string(m_source.substr(begin, m_at - begin)), begin);
        return {};
    }

    Status rawString()
    {
        const std::size_t begin = m_at;
        std::size_t from = m_at + 3;
        if (from < m_source.size() && m_source[from] == '\n')
            ++from;
        const std::size_t end = m_source.find("\"\"\"", from);
        if (end == std::string_view::npos)
            return error(begin, "A text in triple quotes has no end.");
        add(TokenKind::String, std::string(m_source.substr(from, end - from)), begin);
        m_at = end + 3;
        return {};
    }

    Status quoted(char quote)
    {
        const std::size_t begin = m_at++;
        std::string text;
        while (peek() != quote) {
            if (m_at >= m_source.size() || peek() == '\n')
                return error(begin, quote == '"' ? "A string has no closing quote on its line."
                                                 : "A name has no closing backquote on its line.");
            if (peek() == '\\')
                STRATA_CHECK(escape(text));
            else
                text += m_source[m_at++];
        }
        ++m_at;
        add(quote == '"' ? TokenKind::String : TokenKind::QuotedName, std::move(text), begin);
        return {};
    }

    Status escape(std::string& text)
    {
        const char c = peek(1);
        if (c == 'x') {
            const int high = hexDigit(peek(2)), low = high < 0 ? -1 : hexDigit(peek(3));
            if (low < 0)
                return error(m_at, "Expected two hexadecimal digits after \\x.");
            text += char(high * 16 + low);
            m_at += 4;
            return {};
        }
        if (c != 'n' && c != 't' && c != '\\' && c != '"' && c != '`')
            return error(m_at, "Unknown escape; there are \\n, \\t, \\\\, \\\", \\` and \\xNN.");
        text += c == 'n' ? '\n' : c == 't' ? '\t' : c;
        m_at += 2;
        return {};
    }

    Status symbol()
    {
        static constexpr std::array<std::string_view, 10> longOnes{"...", "->", "//", "<<", ">>",
                                                                   "==",  "!=", "<=", ">=", ""};
        static constexpr std::string_view single = "()[]{}:,=+-*/%&|^~<>@.;";
        for (std::string_view candidate : longOnes)
            if (!candidate.empty() && startsWith(candidate))
                return addSymbol(candidate);
        if (single.find(peek()) == std::string_view::npos || peek() == '\0')
            return error(m_at, "This character has no meaning here.");
        return addSymbol(m_source.substr(m_at, 1));
    }

    Status addSymbol(std::string_view text)
    {
        if (text == "(" || text == "[")
            ++m_brackets;
        if ((text == ")" || text == "]") && m_brackets > 0)
            --m_brackets;
        add(TokenKind::Symbol, std::string(text), m_at);
        m_at += text.size();
        return {};
    }

    std::string_view m_source;
    const std::string& m_file;
    std::size_t m_at = 0;
    int m_brackets = 0;
    std::vector<std::size_t> m_indents{0};
    std::vector<Token> m_tokens;
};

}  // namespace

Error errorAt(std::string_view source, const std::string& file, std::size_t offset, const std::string& sentence,
              const std::string& hint)
{
    offset = std::min(offset, source.size());
    const std::string_view before = source.substr(0, offset);
    const std::size_t number = std::size_t(std::count(before.begin(), before.end(), '\n')) + 1;
    const std::size_t begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    const std::size_t column = offset - begin, end = std::min(source.find('\n', begin), source.size());
    // A very long line (a big constant) is shown around the place.
    const std::size_t skip = column > 160 ? column - 120 : 0;
    const std::string shown(source.substr(begin + skip, std::min<std::size_t>(end - begin - skip, 200)));
    return refused(
        say("{}:{}:{}: {}\n{}\n{}^", file, number, column + 1, sentence, shown, std::string(column - skip, ' ')), {},
        hint);
}

Result<std::vector<Token>> tokenize(std::string_view source, const std::string& file)
{
    return Lexer(source, file).run();
}

}  // namespace strata::text
