// A regular expression as a tree of sets of characters.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::pattern {

constexpr std::uint32_t lastCharacter = 0x10ffff;

class Characters {
public:
    using Range = std::pair<std::uint32_t, std::uint32_t>;

    void add(std::uint32_t first, std::uint32_t last) { m_ranges.emplace_back(first, last); }
    void add(const Characters& other) { m_ranges.insert(m_ranges.end(), other.m_ranges.begin(), other.m_ranges.end()); }
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
    Characters inAnyCase() const;  // with the upper and lower letters of those in it

private:
    bool has(std::uint32_t code) const
    {
        return std::any_of(m_ranges.begin(), m_ranges.end(),
                           [code](const Range& range) { return range.first <= code && code <= range.second; });
    }
    std::vector<Range> m_ranges;
};

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

// The tree, or nullptr and why there is none.
struct Parsed {
    NodePtr tree;
    std::string why;
};
Parsed parse(std::string_view expression);

}  // namespace strata::pattern
