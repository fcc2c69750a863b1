#include "app/graph/fold.h"

#include "app/graph/family.h"
#include "app/graph/group_names.h"
#include "app/graph/sequence.h"

#include <algorithm>
#include <map>
#include <unordered_set>

namespace strata {

namespace {

// What a reader takes in at once; above `most` places a level is divided, helpful or not.
constexpr int readable = 16, stillReadable = 24, most = 60, leastInGroup = 3, leastKnown = 4, leastPlaces = 6;

class Folder {
public:
    explicit Folder(const GraphBody& body)
        : m_body(body)
        , m_sequence(bestSequence(body, nodesOfConstants(body)))
        , m_scopes(nodeScopes(body))
    {
    }

    std::vector<FoldItem> fold() const { return level(0, m_sequence.size()); }

private:
    // A place of a level as a stretch of the sequence.
    struct Place {
        int first = 0, end = 0;
        FoldItem item;
    };
    using Places = std::vector<Place>;

    std::vector<FoldItem> level(int first, int end) const
    {
        Places places = withRepeats(first, end);
        if (static_cast<int>(places.size()) > readable)
            places = grouped(std::move(places));
        std::vector<FoldItem> items;
        for (Place& place : places)
            items.push_back(std::move(place.item));
        return items;
    }

    Places withRepeats(int first, int end) const
    {
        Places places;
        int at = first;
        const auto plainUntil = [&](int until) {
            for (; at < until; ++at)
                places.push_back({at, at + 1, FoldItem{m_sequence.nodes[at]}});
        };
        if (end - first > readable)
            for (const Repeat& repeat : findRepeats(m_sequence, first, end)) {
                plainUntil(repeat.first);
                places.push_back({repeat.first, repeat.end(), repeated(repeat)});
                at = repeat.end();
            }
        plainUntil(end);
        return places;
    }

    std::vector<int> nodesIn(int first, int end) const
    {
        return {m_sequence.nodes.begin() + first, m_sequence.nodes.begin() + end};
    }

    // The first instance is folded, the others are folded alike.
    FoldItem repeated(const Repeat& repeat) const
    {
        const auto instance = [&](int k) {
            return nodesIn(repeat.first + k * repeat.period, repeat.first + (k + 1) * repeat.period);
        };
        FoldItem result{-1, true, repeatName(m_body, m_scopes, instance(0), instance(1))};
        const FoldItem first{-1, false, result.title, level(repeat.first, repeat.first + repeat.period)};
        std::map<int, int> offset;  // node of the first instance -> its place
        for (int i = 0; i < repeat.period; ++i)
            offset[m_sequence.nodes[repeat.first + i]] = i;
        for (int k = 0; k < repeat.count; ++k)
            result.items.push_back(moved(first, offset, repeat.first + k * repeat.period));
        return result;
    }

    FoldItem moved(FoldItem item, const std::map<int, int>& offset, int first) const
    {
        if (!item.isGroup())
            item.node = m_sequence.nodes[first + offset.at(item.node)];
        for (FoldItem& inner : item.items)
            inner = moved(std::move(inner), offset, first);
        return item;
    }

    // Where the next group begins: [i] for places[i]. Runs of fewer than leastInGroup nodes stay as they are.
    using Starts = std::vector<bool>;

    Places grouped(Places places) const
    {
        const int count = static_cast<int>(places.size());
        Starts best(places.size(), true);
        int least = count;
        for (const Starts& way : {knowsScopes(places) ? byScopes(places) : best, byCuts(places)})
            if (const int left = countOf(places, way); left < count && (least == count || better(left, least))) {
                best = way;
                least = left;
            }
        places = joined(std::move(places), best);
        if (static_cast<int>(places.size()) <= most)
            return places;
        const Starts starts = byNumber(places);
        return joined(std::move(places), starts);
    }

    // What says most and can still be read; else what can be read soonest.
    static bool better(int a, int b)
    {
        if (a <= 1 || b <= 1)
            return a > b;
        if ((a <= stillReadable) != (b <= stillReadable))
            return a <= stillReadable;
        return a <= stillReadable ? a > b : a < b;
    }

    static bool isGroup(const Places& places, int first, int end)
    {
        return end - first > 1 && places[end - 1].end - places[first].first >= leastInGroup
               && end - first < static_cast<int>(places.size());
    }

    template<class Visit>
    static void forRuns(const Starts& starts, Visit visit)
    {
        const int count = static_cast<int>(starts.size());
        for (int first = 0, end; first < count; first = end) {
            for (end = first + 1; end < count && !starts[end];)
                ++end;
            visit(first, end);
        }
    }

    static int countOf(const Places& places, const Starts& starts)
    {
        int count = 0;
        forRuns(starts, [&](int first, int end) { count += isGroup(places, first, end) ? 1 : end - first; });
        return count;
    }

    Places joined(Places places, const Starts& starts) const
    {
        Places result;
        forRuns(starts, [&](int first, int end) {
            if (!isGroup(places, first, end)) {
                std::move(places.begin() + first, places.begin() + end, std::back_inserter(result));
                return;
            }
            const int from = places[first].first, to = places[end - 1].end;
            Places inner(std::make_move_iterator(places.begin() + first),
                         std::make_move_iterator(places.begin() + end));
            if (static_cast<int>(inner.size()) > readable)
                inner = grouped(std::move(inner));
            FoldItem group{-1, false, groupName(m_body, m_scopes, nodesIn(from, to))};
            for (Place& place : inner)
                group.items.push_back(std::move(place.item));
            result.push_back({from, to, std::move(group)});
        });
        return result;
    }

    // A repeat is no part of a group.
    static bool standsAlone(const Places& places, std::size_t i)
    {
        return i == 0 || places[i].item.repeat || places[i - 1].item.repeat;
    }

    bool knowsScopes(const Places& places) const
    {
        int known = 0;
        for (int i = places.front().first; i < places.back().end; ++i)
            known += !m_scopes[m_sequence.nodes[i]].empty();
        return known * leastKnown >= places.back().end - places.front().first;
    }

    // The shallowest scopes that tell places apart and leave no more than can be read; a place without scopes goes with
    // what stands before it.
    Starts byScopes(const Places& places) const
    {
        std::vector<Scopes> scopes;
        for (const Place& place : places)
            scopes.push_back(commonScopes(m_scopes, nodesIn(place.first, place.end)));
        Starts best(places.size(), true);
        for (std::size_t depth = 1; depth <= 8; ++depth) {
            Starts starts(places.size(), false);
            Scopes last;
            for (std::size_t i = 0; i < places.size(); ++i) {
                Scopes here(scopes[i].begin(), scopes[i].begin() + std::min(depth, scopes[i].size()));
                starts[i] = standsAlone(places, i) || (!here.empty() && here != last);
                if (!here.empty())
                    last = std::move(here);
            }
            if (better(countOf(places, starts), countOf(places, best)))
                best = std::move(starts);
            if (const int count = countOf(places, best); count >= leastPlaces && count <= stillReadable)
                break;
        }
        return best;
    }

    // How many values are alive before each place, of those that the level makes or reads; what a repeat reads is not
    // counted, a mask would else be alive everywhere.
    std::vector<int> aliveBefore(const Places& places) const
    {
        const int first = places.front().first, end = places.back().end;
        std::map<int, int> lastRead;  // by producer; what comes from outside is alive from the first place on
        for (const Place& place : places)
            for (int i = place.first; i < place.end; ++i)
                for (const int from : m_sequence.producers[i])
                    if (from != -1 && !place.item.repeat)
                        lastRead[from] = i;
        std::vector<int> change(end - first + 2, 0), result;
        for (const auto& [from, last] : lastRead) {
            ++change[std::max(from + 1, first) - first];
            --change[last + 1 - first];
        }
        for (int i = 1; i <= end - first; ++i)
            change[i] += change[i - 1];
        for (const Place& place : places)
            result.push_back(change[place.first - first]);
        return result;
    }

    // Where one value is alive; what does not branch after such a place goes with what stands before it if it is
    // elementwise or a norm.
    Starts byCuts(const Places& places) const
    {
        const std::vector<int> alive = aliveBefore(places);
        Starts starts(places.size(), false);
        for (std::size_t i = 0; i < places.size(); ++i)
            starts[i] = standsAlone(places, i) || (alive[i] <= 1 && !followsAlong(places, alive, i));
        return starts;
    }

    bool followsAlong(const Places& places, const std::vector<int>& alive, std::size_t i) const
    {
        const bool branchesBefore = i > 0 && alive[i - 1] > 1, branchesHere = i + 1 < alive.size() && alive[i + 1] > 1;
        if (!branchesBefore || branchesHere || places[i].item.isGroup())
            return false;
        const Family family = familyOf(*m_body.nodes[places[i].item.node]);
        return family == Family::Elementwise || family == Family::Norm;
    }

    // Nothing else helps: about as many groups as each has places, begun where few values are alive.
    Starts byNumber(const Places& places) const
    {
        const std::vector<int> alive = aliveBefore(places);
        const int count = static_cast<int>(places.size());
        const int size = std::max(leastInGroup, count / readable);
        Starts starts(places.size(), false);
        for (int next = size; next + size <= count; next += size) {
            const auto from = alive.begin() + next - size / 3,
                       to = alive.begin() + std::min(count, next + size / 3 + 1);
            starts[std::min_element(from, to) - alive.begin()] = true;
        }
        return starts;
    }

    const GraphBody& m_body;
    Sequence m_sequence;
    std::vector<Scopes> m_scopes;
};

void addNodes(const FoldItem& item, std::vector<int>& nodes)
{
    if (!item.isGroup())
        nodes.push_back(item.node);
    for (const FoldItem& inner : item.items)
        addNodes(inner, nodes);
}

void addText(const GraphBody& body, const std::vector<FoldItem>& items, const std::string& indent, std::string& text)
{
    std::string line;
    const auto endLine = [&] {
        if (!line.empty())
            text += indent + line + '\n';
        line.clear();
    };
    for (const FoldItem& item : items) {
        if (!item.isGroup()) {
            const GraphNode& node = *body.nodes[item.node];
            line += (line.empty() ? "" : " ") + (node.isCall() ? node.callee : node.op);
            continue;
        }
        endLine();
        const std::string size = " (" + std::to_string(nodesOf(item.repeat ? item.items.front() : item).size()) + ")\n";
        text += indent + (item.repeat ? std::to_string(item.items.size()) + " × " : std::string()) + item.title + size;
        addText(body, item.repeat ? item.items.front().items : item.items, indent + "    ", text);
    }
    endLine();
}

}  // namespace

std::vector<bool> nodesOfConstants(const GraphBody& body)
{
    std::unordered_set<std::string> constants, returned;
    for (const Operand& operand : body.returns)
        returned.insert(operand.name);
    std::vector<bool> result;
    for (const GraphNodePtr& node : body.nodes) {
        const bool leaves = std::any_of(node->outputs.begin(), node->outputs.end(),
                                        [&](const TypedName& output) { return returned.count(output.name) > 0; });
        const bool fixed = !node->isCall()
                           && std::all_of(node->inputs.begin(), node->inputs.end(), [&](const Operand& input) {
                                  return input.kind != Operand::Kind::Value || constants.count(input.name);
                              });
        result.push_back(fixed && !leaves);
        if (fixed && !leaves)
            for (const TypedName& output : node->outputs)
                constants.insert(output.name);
    }
    return result;
}

std::vector<FoldItem> foldGraph(const GraphBody& body)
{
    return body.nodes.empty() ? std::vector<FoldItem>() : Folder(body).fold();
}

std::vector<int> nodesOf(const FoldItem& item)
{
    std::vector<int> nodes;
    addNodes(item, nodes);
    return nodes;
}

std::string toText(const GraphBody& body, const std::vector<FoldItem>& fold)
{
    std::string text;
    addText(body, fold, {}, text);
    return text;
}

}  // namespace strata
