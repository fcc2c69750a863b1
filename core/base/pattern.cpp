// Three steps: the expression as a tree of sets of characters; the tree as a list of instructions that read bytes
// (Thompson, "Regular Expression Search Algorithm", 1968); sets of instructions as states (Rabin and Scott, 1959). A
// state also keeps what kind of byte was read last, by which the conditions \b, ^ and $ are decided once the next byte is
// known.
#include "core/base/pattern.h"

#include "core/base/text_bytes.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace strata {

namespace {

constexpr std::uint32_t lastCharacter = 0x10ffff;
constexpr int mostRepeats = 1000, mostInstructions = 10'000, mostStates = 3'000, mostDepth = 200;
constexpr std::int64_t mostLooks = 100'000'000;  // at instructions, in making states

// --- Sets of characters

class Characters {
public:
    using Range = std::pair<std::uint32_t, std::uint32_t>;

    void add(std::uint32_t first, std::uint32_t last) { m_ranges.emplace_back(first, last); }
    void add(const Characters& other)
    {
        m_ranges.insert(m_ranges.end(), other.m_ranges.begin(), other.m_ranges.end());
    }
    // Sorted, without overlaps.
    std::vector<Range> ranges() const
    {
        std::vector<Range> sorted = m_ranges, merged;
        std::sort(sorted.begin(), sorted.end());
        for (const Range& range : sorted)
            if (!merged.empty() && range.first <= merged.back().second + 1)
                merged.back().second = std::max(merged.back().second, range.second);
            else
                merged.push_back(range);
        return merged;
    }
    Characters others() const
    {
        Characters result;
        std::uint32_t next = 0;
        for (const auto& [first, last] : ranges()) {
            if (first > next)
                result.add(next, first - 1);
            next = last + 1;
        }
        if (next <= lastCharacter)
            result.add(next, lastCharacter);
        return result;
    }
    // With the upper and lower letters of those in it.
    Characters inAnyCase() const
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

private:
    bool has(std::uint32_t code) const
    {
        return std::any_of(m_ranges.begin(), m_ranges.end(), [code](const Range& range) {
            return range.first <= code && code <= range.second;
        });
    }
    std::vector<Range> m_ranges;
};

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
        {"alnum", "09AZaz"}, {"alpha", "AZaz"},   {"ascii", std::string_view("\0\x7f", 2)},
        {"blank", "\t\t  "}, {"cntrl", std::string_view("\0\x1f\x7f\x7f", 4)},
        {"digit", "09"},     {"graph", "!~"},     {"lower", "az"},
        {"print", " ~"},     {"punct", "!/:@[`{~"}, {"space", "\t\r  "},
        {"upper", "AZ"},     {"word", "09AZaz__"}, {"xdigit", "09AFaf"},
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

// --- The tree

enum class Condition { TextBegin, TextEnd, LineBegin, LineEnd, WordEdge, NoWordEdge };

struct Node;
using NodePtr = std::shared_ptr<const Node>;
struct Node {
    enum class Kind { Set, Sequence, Choice, Repeat, Condition } kind = Kind::Sequence;
    Characters set = {};
    std::vector<NodePtr> parts = {};
    int least = 0, most = -1;  // Repeat; -1: without end
    Condition condition = Condition::TextBegin;
};

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
            return fail("something is repeated more than " + std::to_string(mostRepeats) + " times, or less than never");
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
        if (letter == '0' || (letter >= '1' && letter <= '7' && m_at + 1 < m_text.size() && m_text[m_at + 1] >= '0'
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

// --- Instructions

struct Instruction {
    enum class Kind { Bytes, Fork, Condition, Match } kind = Kind::Match;
    int first = 0, last = 0;  // Bytes
    int next = 0, other = 0;
    Condition condition = Condition::TextBegin;
};

// One sequence of ranges of bytes for a part of a range of characters.
using ByteRanges = std::vector<std::pair<int, int>>;

std::string bytesOf(std::uint32_t code)
{
    if (code < 0x80)
        return {char(code)};
    if (code < 0x800)
        return {char(0xc0 | code >> 6), char(0x80 | (code & 0x3f))};
    if (code < 0x10000)
        return {char(0xe0 | code >> 12), char(0x80 | (code >> 6 & 0x3f)), char(0x80 | (code & 0x3f))};
    return {char(0xf0 | code >> 18), char(0x80 | (code >> 12 & 0x3f)), char(0x80 | (code >> 6 & 0x3f)),
            char(0x80 | (code & 0x3f))};
}

// A range is cut until the bytes of its ends tell those of all between.
void cut(std::uint32_t first, std::uint32_t last, std::vector<ByteRanges>& into)
{
    for (const std::uint32_t end : {0x7fu, 0x7ffu, 0xd7ffu, 0xdfffu, 0xffffu})
        if (first <= end && last > end) {
            cut(first, end, into);
            return cut(end + 1, last, into);
        }
    if (first >= 0xd800 && last <= 0xdfff)
        return;  // no characters
    for (int bits = 6; bits <= 18 && last >= 0x80; bits += 6) {
        const std::uint32_t rest = (1u << bits) - 1;
        if ((first & ~rest) == (last & ~rest))
            continue;
        if ((first & rest) != 0) {
            cut(first, first | rest, into);
            return cut((first | rest) + 1, last, into);
        }
        if ((last & rest) != rest) {
            cut(first, (last & ~rest) - 1, into);
            return cut(last & ~rest, last, into);
        }
    }
    const std::string low = bytesOf(first), high = bytesOf(last);
    ByteRanges ranges;
    for (std::size_t i = 0; i < low.size(); ++i)
        ranges.emplace_back(std::uint8_t(low[i]), std::uint8_t(high[i]));
    into.push_back(std::move(ranges));
}

class Assembler {
public:
    // The first instruction; nullopt: there are too many.
    std::optional<int> run(const Node& tree)
    {
        const int first = emit(tree, add({}));
        return isFull() ? std::nullopt : std::optional(first);
    }
    const std::vector<Instruction>& code() const { return m_code; }

private:
    int add(Instruction instruction)
    {
        if (int(m_code.size()) <= mostInstructions)
            m_code.push_back(instruction);
        return int(m_code.size()) - 1;
    }
    bool isFull() const { return int(m_code.size()) > mostInstructions; }
    int fork(int one, int other) { return add({Instruction::Kind::Fork, 0, 0, one, other}); }

    // What matches the node and goes on with `next`.
    int emit(const Node& node, int next)
    {
        if (isFull())
            return next;
        switch (node.kind) {
        case Node::Kind::Set: return emitSet(node.set, next);
        case Node::Kind::Sequence:
            for (auto part = node.parts.rbegin(); part != node.parts.rend(); ++part)
                next = emit(**part, next);
            return next;
        case Node::Kind::Choice: {
            int first = emit(*node.parts.back(), next);
            for (std::size_t i = node.parts.size() - 1; i-- > 0;)
                first = fork(emit(*node.parts[i], next), first);
            return first;
        }
        case Node::Kind::Repeat: return emitRepeat(node, next);
        case Node::Kind::Condition: {
            Instruction instruction{Instruction::Kind::Condition, 0, 0, next, 0};
            instruction.condition = node.condition;
            return add(instruction);
        }
        }
        return next;
    }
    int emitRepeat(const Node& node, int next)
    {
        const Node& one = *node.parts[0];
        int first = next;
        if (node.most < 0) {
            first = fork(next, next);
            m_code[std::size_t(first)].next = emit(one, first);
        }
        for (int i = node.least; i < node.most && !isFull(); ++i)
            first = fork(emit(one, first), next);
        for (int i = 0; i < node.least && !isFull(); ++i)
            first = emit(one, first);
        return first;
    }
    int emitSet(const Characters& set, int next)
    {
        std::vector<ByteRanges> all;
        for (const auto& [first, last] : set.ranges())
            cut(first, last, all);
        std::optional<int> first;
        for (const ByteRanges& ranges : all) {
            int at = next;
            for (auto range = ranges.rbegin(); range != ranges.rend(); ++range)
                at = add({Instruction::Kind::Bytes, range->first, range->second, at, 0});
            first = first ? fork(at, *first) : at;
        }
        return first ? *first : add({Instruction::Kind::Bytes, 1, 0, next, 0});  // of nothing
    }

    std::vector<Instruction> m_code;
};

// --- States

// What the last byte was, and what the next one is.
enum class Near { Edge, Word, Newline, Other };

Near kindOf(int byte)
{
    return byte < 0                            ? Near::Edge
           : std::isalnum(byte) || byte == '_' ? Near::Word
           : byte == '\n'                      ? Near::Newline
                                               : Near::Other;
}

class Determinization {
public:
    Determinization(const std::vector<Instruction>& code, int first)
        : m_code(code)
    {
        findClasses();
        (void)stateOf({{}, Near::Other});  // 0: no match
        (void)stateOf({{first}, Near::Edge});
    }

    // nullopt: there are too many states.
    std::optional<std::string> run()
    {
        std::vector<std::vector<int>> table(2);
        for (std::size_t state = 0; state < m_states.size(); ++state) {
            if (int(m_states.size()) > mostStates || m_looks > mostLooks)
                return std::nullopt;
            std::vector<int> row;
            for (const int byte : m_representatives)
                row.push_back(next(m_states[state]->first, byte));
            row.push_back(matchesAtEnd(m_states[state]->first) ? 1 : 0);
            table.resize(std::max(table.size(), m_states.size()));
            table[state] = std::move(row);
        }
        return written(table);
    }

private:
    using State = std::pair<std::vector<int>, Near>;  // instructions that may come next; the last byte

    void findClasses()
    {
        std::set<int> begins{0, '\n', '\n' + 1};
        for (const auto& [first, last] : {std::pair('0', '9'), std::pair('A', 'Z'), std::pair('a', 'z'), std::pair('_', '_')})
            begins.insert({first, last + 1});
        for (const Instruction& one : m_code)
            if (one.kind == Instruction::Kind::Bytes)
                begins.insert({one.first, one.last + 1});
        for (int byte = 0; byte < 256; ++byte) {
            if (begins.count(byte))
                m_representatives.push_back(byte);
            m_classOf[std::size_t(byte)] = char(m_representatives.size() - 1);
        }
    }
    int stateOf(State state)
    {
        const auto [found, isNew] = m_numbers.emplace(std::move(state), int(m_states.size()));
        if (isNew)
            m_states.push_back(&*found);
        return found->second;
    }

    static bool holds(Condition condition, Near before, Near behind)
    {
        switch (condition) {
        case Condition::TextBegin: return before == Near::Edge;
        case Condition::TextEnd: return behind == Near::Edge;
        case Condition::LineBegin: return before == Near::Edge || before == Near::Newline;
        case Condition::LineEnd: return behind == Near::Edge || behind == Near::Newline;
        case Condition::WordEdge: return (before == Near::Word) != (behind == Near::Word);
        case Condition::NoWordEdge: return (before == Near::Word) == (behind == Near::Word);
        }
        return false;
    }
    // Instructions that read a byte, or match, where the next byte is of this kind.
    std::vector<int> reached(const State& state, Near behind) const
    {
        std::vector<int> open = state.first, result;
        std::set<int> seen(open.begin(), open.end());
        const auto go = [&](int to) {
            if (seen.insert(to).second)
                open.push_back(to);
        };
        while (!open.empty()) {
            const int at = open.back();
            open.pop_back();
            ++m_looks;
            const Instruction& one = m_code[std::size_t(at)];
            if (one.kind == Instruction::Kind::Fork) {
                go(one.next);
                go(one.other);
            } else if (one.kind == Instruction::Kind::Condition) {
                if (holds(one.condition, state.second, behind))
                    go(one.next);
            } else {
                result.push_back(at);
            }
        }
        return result;
    }
    int next(const State& state, int byte)
    {
        std::set<int> to;
        for (const int at : reached(state, kindOf(byte)))
            if (const Instruction& one = m_code[std::size_t(at)];
                one.kind == Instruction::Kind::Bytes && one.first <= byte && byte <= one.last)
                to.insert(one.next);
        return to.empty() ? 0 : stateOf({{to.begin(), to.end()}, kindOf(byte)});
    }
    bool matchesAtEnd(const State& state) const
    {
        const std::vector<int> at = reached(state, Near::Edge);
        return std::any_of(at.begin(), at.end(),
                           [&](int i) { return m_code[std::size_t(i)].kind == Instruction::Kind::Match; });
    }

    std::string written(const std::vector<std::vector<int>>& table) const
    {
        std::string bytes;
        const auto put = [&bytes](int number) {
            bytes += char(number & 0xff);
            bytes += char(number >> 8);
        };
        put(int(m_representatives.size()) + 1);
        bytes.append(m_classOf.begin(), m_classOf.end());
        for (const std::vector<int>& row : table)
            for (const int state : row)
                put(state);
        return bytes;
    }

    const std::vector<Instruction>& m_code;
    std::array<char, 256> m_classOf{};
    std::vector<int> m_representatives;  // a byte of each class
    mutable std::int64_t m_looks = 0;
    std::map<State, int> m_numbers;
    std::vector<const std::pair<const State, int>*> m_states;
};

}  // namespace

Result<std::string> automatonOf(std::string_view expression)
{
    const auto refuse = [&](const std::string& why) {
        return refused(say("Strata does not have the regular expression {}: {}.", std::string(expression), why));
    };
    ExpressionParser parser(expression);
    const NodePtr tree = parser.run();
    if (!tree)
        return refuse(parser.why());
    Assembler assembler;
    const std::optional<int> first = assembler.run(*tree);
    if (!first)
        return refuse("it is too long");
    std::optional<std::string> table = Determinization(assembler.code(), *first).run();
    if (!table)
        return refuse("its automaton has more than " + std::to_string(mostStates) + " states");
    return std::move(*table);
}

}  // namespace strata
