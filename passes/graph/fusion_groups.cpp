// Which nodes belong into one function: TVM's FuseOps, by operator class and post-dominators.
//
// A node is fused with everything up to its immediate post-dominator, the first node that all that reads it passes
// through: then nothing between them is needed elsewhere, so no value has to be kept for others. The dominator tree is
// made from the back, in one pass, by nearest common ancestors. The classes say what one nest of loops can hold: out-
// fusable (matrix product, convolution) takes elementwise and broadcast nodes that follow; elementwise and broadcast
// nodes join an injective node or a reduction that follows; injective chains join last; two nodes above injective never
// share a group. Groups through which a path leaves and returns are dropped, since their calls could stand nowhere.
#include "passes/graph/fusion_groups.h"

#include "core/index/sizes.h"
#include "core/operators/operator.h"
#include "core/operators/views.h"

#include <algorithm>
#include <numeric>

namespace strata::graph {

namespace {

constexpr int maxNodes = 64;  // of a group: beyond that nobody schedules it by hand, and compile time grows
constexpr int none = -1;

Pattern patternOf(const GraphNode& node, const std::set<std::string>& sizes)
{
    if (node.isCall() || !isPure(node) || isView(node))
        return Pattern::Opaque;
    const Operator* definition = findOperator(node);
    if (!definition || !definition->compute || node.outputs.size() != 1)
        return Pattern::Opaque;
    const TensorType& type = node.outputs[0].type.tensor;
    return type.ranked && tell(sizes, type.shape) ? definition->pattern : Pattern::Opaque;
}

class Fusor {
public:
    explicit Fusor(const Function& graph)
        : m_nodes(graph.graph()->nodes)
    {
        const int count = int(m_nodes.size());
        std::map<std::string, int> maker;
        m_readers.resize(count);
        m_escapes.resize(count, false);
        m_group.resize(count);
        std::iota(m_group.begin(), m_group.end(), 0);
        m_size.assign(count, 1);
        const std::set<std::string> sizes = givenSizes(graph);
        for (int i = 0; i < count; ++i) {
            m_pattern.push_back(patternOf(*m_nodes[i], sizes));
            for (const Operand& input : m_nodes[i]->inputs)
                if (const auto found = maker.find(input.name);
                    input.kind == Operand::Kind::Value && found != maker.end())
                    m_readers[found->second].push_back(i);
            for (const TypedName& output : m_nodes[i]->outputs)
                maker[output.name] = i;
        }
        m_groupPattern = m_pattern;
        for (const std::string& value : returnedValues(graph))
            if (const auto found = maker.find(value); found != maker.end())
                m_escapes[found->second] = true;
        computePostDominators();
    }

    std::vector<Group> groups()
    {
        for (int phase = 0; phase < 2; ++phase)
            for (int i = 0; i < int(m_nodes.size()); ++i)
                fuseForward(i, phase);
        std::map<int, Group> byRoot;
        std::vector<int> order;
        for (int i = 0; i < int(m_nodes.size()); ++i) {
            const int root = find(i);
            if (byRoot[root].empty())
                order.push_back(root);
            byRoot[root].push_back(m_nodes[i]);
        }
        std::vector<Group> result;
        for (int root : order)
            if (byRoot[root].size() > 1)
                result.push_back(byRoot[root]);
        return result;
    }

private:
    // The nearest node through which everything that reads node i passes; none if that is the end of the function.
    void computePostDominators()
    {
        const int count = int(m_nodes.size());
        m_parent.assign(count, none);
        m_depth.assign(count, 1);
        for (int i = count - 1; i >= 0; --i) {
            if (m_escapes[i] || m_readers[i].empty())
                continue;
            int common = m_readers[i][0];
            for (int reader : m_readers[i])
                common = nearestCommon(common, reader);
            m_parent[i] = common;
            m_depth[i] = common == none ? 1 : m_depth[common] + 1;
        }
    }

    int nearestCommon(int a, int b) const
    {
        while (a != b) {
            if (a == none || b == none)
                return none;
            (m_depth[a] >= m_depth[b] ? a : b) = m_depth[a] >= m_depth[b] ? m_parent[a] : m_parent[b];
        }
        return a;
    }

    int find(int i) const
    {
        while (m_group[i] != i)
            i = m_group[i];
        return i;
    }

    // All nodes on paths from i to sink, both included; none if they are more than a group may have.
    std::vector<int> between(int i, int sink) const
    {
        std::set<int> seen{i};
        std::vector<int> stack{i}, result;
        while (!stack.empty()) {
            const int at = stack.back();
            stack.pop_back();
            result.push_back(at);
            if (int(seen.size()) > maxNodes)
                return {};
            if (at == sink)
                continue;
            for (int reader : m_readers[at])
                if (seen.insert(reader).second)
                    stack.push_back(reader);
        }
        return result;
    }

    void fuseForward(int i, int phase)
    {
        const int sink = m_parent[i];
        if (sink == none || m_pattern[i] == Pattern::Opaque || find(i) == find(sink))
            return;
        const std::vector<int> path = between(i, sink);
        if (path.empty())
            return;
        Pattern limit = Pattern::Broadcast;
        if (m_pattern[i] == Pattern::OutFusable) {
            if (phase != 0)
                return;
        } else if (m_pattern[i] <= Pattern::Broadcast) {
            limit = m_pattern[sink] == Pattern::Reduction ? Pattern::Reduction : Pattern::Injective;
        } else if (m_pattern[i] == Pattern::Injective) {
            if (phase != 1)
                return;
            limit = Pattern::Injective;
        } else {
            return;  // a reduction stays the end of its group
        }
        for (int node : path)
            if (node != i && m_pattern[node] > (node == sink ? limit : std::min(limit, Pattern::Injective)))
                return;
        merge(path);
    }

    void merge(const std::vector<int>& path)
    {
        std::set<int> roots;
        for (int node : path)
            roots.insert(find(node));
        int heavy = 0, size = 0;
        Pattern pattern = Pattern::ElementWise;
        for (int root : roots) {
            heavy += m_groupPattern[root] > Pattern::Injective;
            size += m_size[root];
            pattern = std::max(pattern, m_groupPattern[root]);
        }
        if (heavy > 1 || size > maxNodes || pattern == Pattern::Opaque)
            return;
        const int target = *roots.begin();
        for (int root : roots)
            m_group[root] = target;
        m_groupPattern[target] = pattern;
        m_size[target] = size;
    }

    const std::vector<GraphNodePtr>& m_nodes;
    std::vector<std::vector<int>> m_readers;
    std::vector<bool> m_escapes;
    std::vector<Pattern> m_pattern, m_groupPattern;
    std::vector<int> m_parent, m_depth, m_group, m_size;
};

}  // namespace

std::vector<Group> fusionGroups(const Function& graph) { return withoutCycles(graph, Fusor(graph).groups()); }

}  // namespace strata::graph
