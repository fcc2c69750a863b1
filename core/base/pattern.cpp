// Three steps: the expression as a tree of sets of characters (pattern_tree.h); the tree as a list of instructions that
// read bytes (Thompson, "Regular Expression Search Algorithm", 1968); sets of instructions as states (Rabin and Scott,
// 1959). A state also keeps what kind of byte was read last, by which the conditions \b, ^ and $ are decided once the
// next byte is known.
#include "core/base/pattern.h"

#include "core/base/pattern_tree.h"

#include <array>
#include <map>

namespace strata {

namespace {

using namespace pattern;

constexpr int mostInstructions = 10'000, mostStates = 3'000;
constexpr std::int64_t mostLooks = 100'000'000;  // at instructions, in making states

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

// Of ASCII, as RE2 has it, whatever the locale.
bool isWord(int byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte == '_';
}

Near kindOf(int byte)
{
    return byte < 0 ? Near::Edge : isWord(byte) ? Near::Word : byte == '\n' ? Near::Newline : Near::Other;
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
        for (const auto& [first, last] :
             {std::pair('0', '9'), std::pair('A', 'Z'), std::pair('a', 'z'), std::pair('_', '_')})
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
    const Parsed parsed = parse(expression);
    if (!parsed.tree)
        return refuse(parsed.why);
    Assembler assembler;
    const std::optional<int> first = assembler.run(*parsed.tree);
    if (!first)
        return refuse("it is too long");
    std::optional<std::string> table = Determinization(assembler.code(), *first).run();
    if (!table)
        return refuse("its automaton has more than " + std::to_string(mostStates) + " states");
    return std::move(*table);
}

}  // namespace strata
