#include "core/session/diff.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace strata {

namespace {

using Lines = std::vector<int>;  // each distinct line is a number

// Edit script of a[aBegin, aEnd) to b[bBegin, bEnd), Myers, "An O(ND) difference algorithm" (1986), greedy with a kept
// frontier per D.
class Myers {
public:
    Myers(const Lines& a, const Lines& b)
        : m_a(a)
        , m_b(b)
    {
    }

    // Pairs of equal lines, ascending.
    std::vector<std::pair<int, int>> matches()
    {
        int begin = 0, aEnd = int(m_a.size()), bEnd = int(m_b.size());
        while (begin < aEnd && begin < bEnd && m_a[begin] == m_b[begin])
            ++begin;
        std::vector<std::pair<int, int>> tail;
        while (aEnd > begin && bEnd > begin && m_a[aEnd - 1] == m_b[bEnd - 1])
            tail.emplace_back(--aEnd, --bEnd);
        std::vector<std::pair<int, int>> result;
        for (int i = 0; i < begin; ++i)
            result.emplace_back(i, i);
        middle(begin, aEnd, bEnd, result);
        result.insert(result.end(), tail.rbegin(), tail.rend());
        return result;
    }

private:
    // Beyond this many edits the rest counts as replaced: the cost is quadratic in it, and nobody reads such a diff
    // line by line.
    static constexpr int maxEdits = 2000;

    void middle(int begin, int aEnd, int bEnd, std::vector<std::pair<int, int>>& result) const
    {
        const int n = aEnd - begin, m = bEnd - begin, limit = std::min(n + m, maxEdits);
        std::vector<std::vector<int>> frontiers;
        std::vector<int> v(2 * limit + 3, 0);
        for (int d = 0; d <= limit; ++d) {
            for (int k = -d; k <= d; k += 2) {
                int x = k == -d || (k != d && v[k - 1 + limit + 1] < v[k + 1 + limit + 1]) ? v[k + 1 + limit + 1]
                                                                                           : v[k - 1 + limit + 1] + 1;
                int y = x - k;
                while (x < n && y < m && m_a[begin + x] == m_b[begin + y])
                    ++x, ++y;
                v[k + limit + 1] = x;
                if (x >= n && y >= m) {
                    frontiers.emplace_back(v);
                    backtrack(begin, n, m, limit, frontiers, result);
                    return;
                }
            }
            frontiers.emplace_back(v);
        }
    }

    void backtrack(int begin, int x, int y, int limit, const std::vector<std::vector<int>>& frontiers,
                   std::vector<std::pair<int, int>>& result) const
    {
        std::vector<std::pair<int, int>> reversed;
        for (int d = int(frontiers.size()) - 1; d > 0; --d) {
            const std::vector<int>& v = frontiers[d - 1];
            const int k = x - y;
            const int previous = k == -d || (k != d && v[k - 1 + limit + 1] < v[k + 1 + limit + 1]) ? k + 1 : k - 1;
            const int previousX = v[previous + limit + 1], previousY = previousX - previous;
            while (x > previousX && y > previousY)
                reversed.emplace_back(begin + --x, begin + --y);
            x = previousX;
            y = previousY;
        }
        while (x > 0 && y > 0)
            reversed.emplace_back(begin + --x, begin + --y);
        result.insert(result.end(), reversed.rbegin(), reversed.rend());
    }

    const Lines& m_a;
    const Lines& m_b;
};

// Two lines differ little if they share at least half of the shorter one at their ends (indentation not counted).
bool similar(const std::string& a, const std::string& b)
{
    const std::size_t indentA = a.find_first_not_of(' '), indentB = b.find_first_not_of(' ');
    if (indentA != indentB || indentA == std::string::npos)
        return false;
    const std::size_t lengthA = a.size() - indentA, lengthB = b.size() - indentA, shorter = std::min(lengthA, lengthB);
    std::size_t head = 0, tail = 0;
    while (head < shorter && a[indentA + head] == b[indentA + head])
        ++head;
    while (tail < shorter - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
        ++tail;
    return 2 * (head + tail) >= shorter;
}

// Appends the lines of a gap: pairs of similar lines as changed, if the gap is as long on both sides, else removed then
// added.
void appendGap(TextDiff& diff, const std::vector<std::string>& before, const std::vector<std::string>& after, int a,
               int aEnd, int b, int bEnd)
{
    bool pairs = aEnd - a == bEnd - b && aEnd > a;
    for (int i = 0; pairs && i < aEnd - a; ++i)
        pairs = similar(before[a + i], after[b + i]);
    if (pairs) {
        for (; a < aEnd; ++a, ++b, ++diff.changed)
            diff.lines.push_back({DiffKind::Changed, a, b});
        return;
    }
    for (; a < aEnd; ++a, ++diff.removed)
        diff.lines.push_back({DiffKind::Removed, a, -1});
    for (; b < bEnd; ++b, ++diff.added)
        diff.lines.push_back({DiffKind::Added, -1, b});
}

std::vector<std::string> texts(const std::vector<TextLine>& lines)
{
    std::vector<std::string> result;
    for (const TextLine& line : lines)
        result.push_back(line.text);
    return result;
}

}  // namespace

TextDiff diffLines(const std::vector<std::string>& before, const std::vector<std::string>& after)
{
    std::unordered_map<std::string_view, int> numbers;
    const auto numbered = [&](const std::vector<std::string>& lines) {
        Lines result;
        for (const std::string& line : lines)
            result.push_back(numbers.try_emplace(line, int(numbers.size())).first->second);
        return result;
    };
    const Lines a = numbered(before), b = numbered(after);
    TextDiff diff;
    int nextA = 0, nextB = 0;
    for (const auto& [i, j] : Myers(a, b).matches()) {
        appendGap(diff, before, after, nextA, i, nextB, j);
        diff.lines.push_back({DiffKind::Same, i, j});
        nextA = i + 1;
        nextB = j + 1;
    }
    appendGap(diff, before, after, nextA, int(a.size()), nextB, int(b.size()));
    return diff;
}

TextDiff diffLines(const std::vector<TextLine>& before, const std::vector<TextLine>& after)
{
    return diffLines(texts(before), texts(after));
}

std::string render(const TextDiff& diff, const std::vector<std::string>& before, const std::vector<std::string>& after,
                   int context)
{
    const int count = int(diff.lines.size());
    std::vector<bool> shown(count, context < 0);
    for (int i = 0; i < count; ++i)
        if (diff.lines[i].change != DiffKind::Same && context >= 0)
            for (int j = std::max(0, i - context); j <= std::min(count - 1, i + context); ++j)
                shown[j] = true;
    std::string text;
    bool gap = false;
    for (int i = 0; i < count; ++i) {
        const DiffLine& line = diff.lines[i];
        if (!shown[i]) {
            gap = true;
            continue;
        }
        if (std::exchange(gap, false))
            text += "  ...\n";
        if (line.change == DiffKind::Same)
            text += "  " + after[line.after] + "\n";
        if (line.change == DiffKind::Removed || line.change == DiffKind::Changed)
            text += "- " + before[line.before] + "\n";
        if (line.change == DiffKind::Added || line.change == DiffKind::Changed)
            text += "+ " + after[line.after] + "\n";
    }
    return text;
}

std::vector<GraphChange> diffGraphs(const Function& before, const Function& after, const Forwarding& forwarding)
{
    if (!before.graph() || !after.graph())
        return {};
    std::map<std::string, GraphNodePtr> old, now;
    for (const GraphNodePtr& node : before.graph()->nodes)
        old[node->name] = node;
    for (const GraphNodePtr& node : after.graph()->nodes)
        now[node->name] = node;

    std::vector<GraphChange> result;
    std::map<std::string, std::size_t> groupOf;  // new node -> its entry
    for (const GraphNodePtr& node : before.graph()->nodes) {
        std::vector<std::string> targets;
        for (const Cursor& target : forward(forwarding, {before.name, NodeKind::Operator, node->name}))
            if (target.kind == NodeKind::Operator && target.function == after.name && now.count(target.name))
                targets.push_back(target.name);
        const auto shared = std::find_if(targets.begin(), targets.end(),
                                         [&](const std::string& name) { return groupOf.count(name); });
        if (shared == targets.end()) {
            result.push_back({DiffKind::Removed, {node->name}, targets});
            for (const std::string& name : targets)
                groupOf[name] = result.size() - 1;
        } else {
            result[groupOf[*shared]].before.push_back(node->name);
        }
    }
    for (GraphChange& change : result)
        if (!change.after.empty())
            change.change = change.before.size() == 1 && change.after.size() == 1
                                    && equal(*old[change.before[0]], *now[change.after[0]])
                                ? DiffKind::Same
                                : DiffKind::Changed;
    for (const GraphNodePtr& node : after.graph()->nodes)
        if (!groupOf.count(node->name))
            result.push_back({DiffKind::Added, {}, {node->name}});
    return result;
}

std::vector<FunctionChange> diffModules(const Module& before, const Module& after, const Forwarding& forwarding)
{
    std::vector<FunctionChange> result;
    std::set<std::string> seen;
    for (const FunctionPtr& function : after.functions) {
        const FunctionPtr old = before.find(function->name);
        seen.insert(function->name);
        const DiffKind change = !old                                        ? DiffKind::Added
                                : old == function || equal(*old, *function) ? DiffKind::Same
                                                                            : DiffKind::Changed;
        result.push_back({function->name, change});
    }
    for (const FunctionPtr& function : before.functions)
        if (!seen.count(function->name) && forward(forwarding, functionCursor(function->name)).empty())
            result.push_back({function->name, DiffKind::Removed});
    return result;
}

}  // namespace strata
