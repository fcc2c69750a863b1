// Recursive descent over RE2's syntax: choices of sequences of repeated atoms, with the flags that hold where one
// stands.
#include "core/base/pattern_tree.h"

#include "core/base/text_bytes.h"

#include <map>

namespace strata::pattern {

namespace {

constexpr int mostRepeats = 1000, mostDepth = 200;

Characters charactersOf(std::string_view pairs)  // "azAZ__"
{
    Characters result;
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2)
        result.add(std::uint8_t(pairs[i]), std::uint8_t(pairs[i + 1]));
    return result;
}

std::optional<Characters> namedClass(std::string_view name)
{
    static const std::map<std::string_view, std::string_view> classes{
        {"alnum", "09AZaz"},
        {"alpha", "AZaz"},
        {"ascii", std::string_view("\0\x7f", 2)},
        {"blank", "\t\t  "},
        {"cntrl", std::string_view("\0\x1f\x7f\x7f", 4)},
        {"digit", "09"},
        {"graph", "!~"},
        {"lower", "az"},
        {"print", " ~"},
        {"punct", "!/:@[`{~"},
        {"space", "\t\r  "},
        {"upper", "AZ"},
        {"word", "09AZaz__"},
        {"xdigit", "09AFaf"},
    };
    const bool negated = name.starts_with('^');
    const auto found = classes.find(name.substr(negated ? 1 : 0));
    if (found == classes.end())
        return std::nullopt;
    return negated ? charactersOf(found->second).others() : charactersOf(found->second);
}

// \d, \S ...
std::optional<Characters> letterClass(char letter)
{
    const char lower = char(letter | 0x20);
    if (lower != 'd' && lower != 's' && lower != 'w')
        return std::nullopt;
    const Characters found = charactersOf(lower == 'd' ? "09" : lower == 's' ? "\t\n\f\r  " : "09AZaz__");
    return letter == lower ? found : found.others();
}

NodePtr setNode(Characters set) { return std::make_shared<const Node>(Node{Node::Kind::Set, std::move(set)}); }

class ExpressionParser {
public:
    explicit ExpressionParser(std::string_view text)
        : m_text(text)
    {
    }

    // nullptr: `why` says what is wrong.
    NodePtr run()
    {
        NodePtr all = choice(0);
        if (m_why.empty() && m_at < m_text.size())
            fail("a ) closes nothing");
        return m_why.empty() ? all : nullptr;
    }
    const std::string& why() const { return m_why; }

private:
    struct Flags {
        bool anyCase = false, dotIsAll = false, lines = false;
    };

    NodePtr fail(const std::string& why)
    {
        if (m_why.empty())
            m_why = why;
        m_at = m_text.size();
        return std::make_shared<const Node>();
    }
    bool atEnd() const { return m_at >= m_text.size(); }
    bool starts(std::string_view with) const { return m_text.substr(m_at).starts_with(with); }
    bool accept(std::string_view with)
    {
        const bool is = starts(with);
        m_at += is ? with.size() : 0;
        return is;
    }
    std::uint32_t character()
    {
        std::uint32_t code = 0;
        const auto* const at = reinterpret_cast<const unsigned char*>(m_text.data()) + m_at;
        if (at[0] >= 0xf0 && m_text.size() - m_at >= 4) {  // beyond the letters of text_bytes.h
            code = (at[0] & 7u) << 18 | (at[1] & 0x3fu) << 12 | (at[2] & 0x3fu) << 6 | (at[3] & 0x3fu);
            m_at += 4;
        } else {
            m_at += std::size_t(strata_text_character(at, std::int64_t(m_text.size() - m_at), &code));
        }
        if (code > lastCharacter)
            fail("it is no UTF-8");
        return code;
    }
    NodePtr literal(std::uint32_t code) const
    {
        Characters one;
        one.add(code, code);
        return setNode(m_flags.anyCase ? one.inAnyCase() : one);
    }

    NodePtr choice(int depth)
    {
        if (depth > mostDepth)
            return fail("its parentheses are nested too deep");
        const Flags before = m_flags;
        Node result{Node::Kind::Choice};
        do
            result.parts.push_back(sequence(depth));
        while (accept("|"));
        m_flags = before;
        return result.parts.size() == 1 ? result.parts[0] : std::make_shared<const Node>(std::move(result));
    }
    NodePtr sequence(int depth)
    {
        Node result;
        while (!atEnd() && !starts("|") && !starts(")")) {
            if (accept("\\Q")) {
                while (!atEnd() && !accept("\\E"))
                    result.parts.push_back(literal(character()));
                continue;
            }
            if (const NodePtr one = atom(depth))
                result.parts.push_back(repeated(one));
        }
        return std::make_shared<const Node>(std::move(result));
    }

    // nullptr: flags, which are no part of the sequence.
    NodePtr atom(int depth)
    {
        if (accept("("))
            return group(depth);
        if (accept("["))
            return setNode(brackets());
        if (accept("."))
            return setNode(m_flags.dotIsAll ? Characters().others() : charactersOf("\n\n").others());
        if (accept("^"))
            return condition(m_flags.lines ? Condition::LineBegin : Condition::TextBegin);
        if (accept("$"))
            return condition(m_flags.lines ? Condition::LineEnd : Condition::TextEnd);
        if (starts("*") || starts("+") || starts("?"))
            return fail("nothing stands before a " + std::string(m_text.substr(m_at, 1)));
        return accept("\\") ? escaped() : literal(character());
    }
    static NodePtr condition(Condition condition)
    {
        Node node{Node::Kind::Condition};
        node.condition = condition;
        return std::make_shared<const Node>(std::move(node));
    }

    NodePtr group(int depth)
    {
        const Flags before = m_flags;
        if (accept("?")) {
            if (accept("P<") || (starts("<") && !starts("<=") && !starts("<!") && accept("<"))) {
                const std::size_t end = m_text.find('>', m_at);
                if (end == m_text.npos || end == m_at)
                    return fail("a group has no name");
                m_at = end + 1;
            } else if (starts("=") || starts("!") || starts("<") || starts("P")) {
                return fail("it looks ahead, behind or back, which RE2 does not do");
            } else if (!flags()) {
                return fail("there are no flags like these");
            } else if (accept(")")) {
                return nullptr;  // for what follows in this group
            } else if (!accept(":")) {
                return fail("there are no flags like these");
            }
        }
        NodePtr inside = choice(depth + 1);
        m_flags = before;
        return accept(")") ? inside : fail("a ( is not closed");
    }
    bool flags()
    {
        bool on = true;
        for (; !atEnd() && !starts(")") && !starts(":"); ++m_at)
            switch (m_text[m_at]) {
            case '-': on = false; break;
            case 'i': m_flags.anyCase = on; break;
            case 's': m_flags.dotIsAll = on; break;
            case 'm': m_flags.lines = on; break;
            case 'U': break;  // which match is found first is all the same here
            default: return false;
            }
        return true;
    }

    NodePtr repeated(NodePtr one)
    {
        int least = 0, most = -1;
        if (!repetition(least, most))
            return one;
        accept("?");  // the shortest first: all the same here
        int anyLeast = 0, anyMost = 0;
        if (repetition(anyLeast, anyMost))
            return fail("something is repeated twice");
        if (least > mostRepeats || most > mostRepeats || (most >= 0 && most < least))
            return fail("something is repeated more than " + std::to_string(mostRepeats)
                        + " times, or less than never");
        Node node{Node::Kind::Repeat};
        node.parts = {std::move(one)};
        node.least = least;
        node.most = most;
        return std::make_shared<const Node>(std::move(node));
    }
    bool repetition(int& least, int& most)
    {
        if (accept("*"))
            return true;
        if (accept("+"))
            return least = 1, true;
        if (accept("?"))
            return most = 1, true;
        const std::size_t before = m_at;
        if (accept("{") && number(least)) {
            most = least;
            if (accept(",")) {
                most = -1;
                number(most);
            }
            if (accept("}"))
                return true;
        }
        m_at = before;  // a brace like any character
        return false;
    }
    bool number(int& value)
    {
        const std::size_t begin = m_at;
        std::int64_t sum = 0;
        for (; !atEnd() && m_text[m_at] >= '0' && m_text[m_at] <= '9'; ++m_at)
            sum = std::min<std::int64_t>(sum * 10 + (m_text[m_at] - '0'), mostRepeats + 1);
        if (m_at > begin)
            value = int(sum);
        return m_at > begin;
    }

    NodePtr escaped()
    {
        if (atEnd())
            return fail("nothing stands behind a backslash");
        const char letter = m_text[m_at];
        if (letter == 'A' || letter == 'z' || letter == 'b' || letter == 'B') {
            ++m_at;
            return condition(letter == 'A'   ? Condition::TextBegin
                             : letter == 'z' ? Condition::TextEnd
                             : letter == 'b' ? Condition::WordEdge
                                             : Condition::NoWordEdge);
        }
        if (const auto of = letterClass(letter)) {
            ++m_at;
            return setNode(*of);
        }
        const auto code = escapedCharacter();
        return code ? literal(*code) : fail("there is no \\" + std::string(m_text.substr(m_at, 1)) + " here");
    }
    // Behind the backslash.
    std::optional<std::uint32_t> escapedCharacter()
    {
        static const std::map<char, char> controls{{'a', '\a'}, {'f', '\f'}, {'n', '\n'},
                                                   {'r', '\r'}, {'t', '\t'}, {'v', '\v'}};
        if (atEnd())
            return std::nullopt;
        const auto letter = static_cast<unsigned char>(m_text[m_at]);
        if (const auto known = controls.find(char(letter)); known != controls.end())
            return ++m_at, std::uint32_t(known->second);
        if (letter == 'x')
            return hexadecimal();
        if (letter == '0'
            || (letter >= '1' && letter <= '7' && m_at + 1 < m_text.size() && m_text[m_at + 1] >= '0'
                && m_text[m_at + 1] <= '7'))
            return octal();
        if (letter >= 0x80 || (!std::isalnum(letter) && letter != '_') || letter == '_')
            return character();
        return std::nullopt;
    }
    std::optional<std::uint32_t> hexadecimal()
    {
        ++m_at;
        const bool braced = accept("{");
        const std::size_t begin = m_at;
        std::uint32_t code = 0;
        while (!atEnd() && std::isxdigit(static_cast<unsigned char>(m_text[m_at])) && code <= lastCharacter
               && (braced || m_at < begin + 2))
            code = code * 16 + std::uint32_t(std::stoi(std::string(m_text.substr(m_at++, 1)), nullptr, 16));
        const bool isWhole = braced ? m_at > begin && accept("}") : m_at == begin + 2;
        return isWhole && code <= lastCharacter ? std::optional(code) : std::nullopt;
    }
    std::optional<std::uint32_t> octal()
    {
        std::uint32_t code = 0;
        for (int i = 0; i < 3 && !atEnd() && m_text[m_at] >= '0' && m_text[m_at] <= '7'; ++i)
            code = code * 8 + std::uint32_t(m_text[m_at++] - '0');
        return code;
    }

    // Behind the opening bracket.
    Characters brackets()
    {
        Characters set;
        const bool negated = accept("^");
        for (bool first = true; first || !starts("]"); first = false) {
            if (atEnd()) {
                fail("a [ is not closed");
                return {};
            }
            member(set);
        }
        accept("]");
        const Characters all = m_flags.anyCase ? set.inAnyCase() : set;
        return negated ? all.others() : all;
    }
    void member(Characters& set)
    {
        if (starts("[:")) {
            const std::size_t end = m_text.find(":]", m_at);
            const auto of = end == m_text.npos ? std::nullopt : namedClass(m_text.substr(m_at + 2, end - m_at - 2));
            if (!of) {
                fail("there is no class of this name");
                return;
            }
            m_at = end + 2;
            return set.add(*of);
        }
        if (starts("\\") && m_at + 1 < m_text.size())
            if (const auto of = letterClass(m_text[m_at + 1])) {
                m_at += 2;
                return set.add(*of);
            }
        const std::uint32_t first = memberCharacter();
        std::uint32_t last = first;
        if (starts("-") && !starts("-]") && m_at + 1 < m_text.size()) {
            ++m_at;
            last = memberCharacter();
        }
        if (last < first)
            fail("a range of a class ends before it begins");
        set.add(first, last);
    }
    std::uint32_t memberCharacter()
    {
        if (!accept("\\"))
            return character();
        const auto code = escapedCharacter();
        if (!code)
            fail("there is no \\" + std::string(m_text.substr(std::min(m_at, m_text.size()), 1)) + " in a class");
        return code.value_or(0);
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    Flags m_flags;
    std::string m_why;
};

}  // namespace

Characters Characters::inAnyCase() const
{
    Characters result = *this;
    for (const auto& [first, last] : ranges())
        for (std::uint32_t code = first; code <= std::min<std::uint32_t>(last, 0xffff); ++code)
            for (const std::uint32_t letter : {strata_text_letter(code, 0), strata_text_letter(code, 1)})
                result.add(letter, letter);
    const auto both = [&](std::uint32_t letter, std::uint32_t sign) {  // the signs of kelvin, and the long s
        if (result.has(letter) || result.has(sign))
            for (const std::uint32_t one : {letter, letter - 32, sign})
                result.add(one, one);
    };
    both('k', 0x212a);
    both('s', 0x17f);
    return result;
}

Parsed parse(std::string_view expression)
{
    ExpressionParser parser(expression);
    NodePtr tree = parser.run();
    return {std::move(tree), parser.why()};
}

}  // namespace strata::pattern
