#include "core/session/match.h"

#include <algorithm>
#include <functional>
#include <set>
#include <sstream>

namespace strata {

namespace {

using Hash = std::size_t;

Hash mixed(Hash a, Hash b) { return a ^ (b + 0x9e3779b97f4a7c15ull + (a << 6) + (a >> 2)); }
Hash mixed(Hash a, const std::string& b) { return mixed(a, std::hash<std::string>()(b)); }

template<class List>
std::string listText(const List& values)
{
    std::ostringstream text;
    text << '[';
    for (std::size_t i = 0; i < values.size(); ++i)
        text << (i ? ", " : "") << values[i];
    text << ']';
    return text.str();
}

// "[1, 1]", "0.5", "same_upper", "f32[3]" of a tensor.
std::string attributeText(const Attribute& attribute)
{
    return std::visit(
        [](const auto& value) -> std::string {
            using T = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<T, std::string>)
                return value;
            else if constexpr (std::is_same_v<T, ConstantPtr>)
                return toString(value->type());
            else if constexpr (std::is_same_v<T, FunctionRef>)
                return value.name;
            else if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, float>) {
                std::ostringstream text;
                text << value;
                return text.str();
            } else
                return listText(value);
        },
        attribute);
}

// What is alike in nodes that may stand for each other and differ.
Hash kindOf(const GraphNode& node) { return mixed(mixed(mixed(0, node.domain), node.op), node.callee); }

Hash labelOf(const GraphNode& node)
{
    Hash hash = kindOf(node);
    for (const auto& [name, attribute] : node.attributes)
        hash = mixed(mixed(hash, name), attributeText(attribute));
    return hash;
}

// A graph with its edges as indices, and a hash of each node from either side.
struct Side {
    const Module& module;
    const Function& function;
    const std::vector<GraphNodePtr>& nodes;
    struct Edge {
        int node = -1, slot = 0;  // -1: a parameter
    };
    std::map<std::string, Edge> makers;      // of values
    std::map<std::string, ValueType> types;  // of values
    std::vector<std::vector<Edge>> readers;  // of any output: who, as which input
    std::vector<Hash> from, to;
    std::vector<int> other;  // the node that it stands for; -1: none

    Side(const Module& m, const Function& f)
        : module(m)
        , function(f)
        , nodes(f.graph()->nodes)
        , readers(nodes.size())
        , other(nodes.size(), -1)
    {
        for (std::size_t i = 0; i < f.params.size(); ++i)
            keep(f.params[i], {-1, int(i)});
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            for (std::size_t slot = 0; slot < nodes[i]->inputs.size(); ++slot)
                if (const Edge made = maker(nodes[i]->inputs[slot]); made.node >= 0)
                    readers[std::size_t(made.node)].push_back({int(i), int(slot)});
            for (std::size_t slot = 0; slot < nodes[i]->outputs.size(); ++slot)
                keep(nodes[i]->outputs[slot], {int(i), int(slot)});
        }
        hashFrom();
        hashTo();
    }

    Edge maker(const Operand& operand) const
    {
        const auto found = operand.kind == Operand::Kind::Value ? makers.find(operand.name) : makers.end();
        return found == makers.end() ? Edge{-1, -1} : found->second;
    }
    const ConstantPtr* constant(const Operand& operand) const
    {
        const auto found = module.constants.find(operand.name);
        return operand.kind == Operand::Kind::Constant && found != module.constants.end() ? &found->second : nullptr;
    }

private:
    void keep(const TypedName& value, const Edge& made)
    {
        makers[value.name] = made;
        types[value.name] = value.type;
    }
    // Weights are told apart by their types here: reading hundreds of megabytes would help little.
    Hash hashOf(const Operand& operand) const
    {
        if (const ConstantPtr* value = constant(operand))
            return mixed(1, toString((*value)->type()));
        const Edge made = maker(operand);
        return mixed(Hash(made.slot + 2), made.node < 0 ? Hash(7) : from[std::size_t(made.node)]);
    }
    void hashFrom()
    {
        for (const GraphNodePtr& node : nodes) {
            Hash hash = labelOf(*node);
            for (const Operand& input : node->inputs)
                hash = mixed(hash, hashOf(input));
            from.push_back(hash);
        }
    }
    void hashTo()
    {
        to.resize(nodes.size());
        std::map<std::string, std::size_t> results;
        const auto& returns = function.graph()->returns;
        for (std::size_t i = 0; i < returns.size(); ++i)
            results.emplace(returns[i].name, i);
        for (std::size_t i = nodes.size(); i-- > 0;) {
            std::vector<Hash> uses;
            for (const Edge& reader : readers[i])
                uses.push_back(mixed(to[std::size_t(reader.node)], Hash(reader.slot)));
            for (const TypedName& output : nodes[i]->outputs)
                if (const auto result = results.find(output.name); result != results.end())
                    uses.push_back(mixed(11, result->second));
            std::sort(uses.begin(), uses.end());
            to[i] = labelOf(*nodes[i]);
            for (const Hash use : uses)
                to[i] = mixed(to[i], use);
        }
    }
};

class Matching {
public:
    Matching(const Module& before, const Function& functionBefore, const Module& after, const Function& functionAfter)
        : m_a(before, functionBefore)
        , m_b(after, functionAfter)
    {
    }

    GraphMatch take()
    {
        byKey([](const Side& side, std::size_t i) { return mixed(side.from[i], side.to[i]); });
        byKey([](const Side& side, std::size_t i) { return side.from[i]; });
        byKey([](const Side& side, std::size_t i) { return side.to[i]; });
        alongEdges();
        byKey([](const Side& side, std::size_t i) { return mixed(kindOf(*side.nodes[i]), side.nodes[i]->name); });
        alongEdges();
        return result();
    }

private:
    using Key = std::function<Hash(const Side&, std::size_t)>;

    // Nodes of one key in their order.
    void byKey(const Key& key)
    {
        std::map<Hash, std::vector<int>> left;
        for (std::size_t i = m_a.nodes.size(); i-- > 0;)
            if (m_a.other[i] < 0)
                left[key(m_a, i)].push_back(int(i));
        for (std::size_t j = 0; j < m_b.nodes.size(); ++j) {
            const auto found = m_b.other[j] < 0 ? left.find(key(m_b, j)) : left.end();
            if (found == left.end() || found->second.empty())
                continue;
            pair(found->second.back(), int(j));
            found->second.pop_back();
        }
    }

    void pair(int a, int b)
    {
        m_a.other[std::size_t(a)] = b;
        m_b.other[std::size_t(b)] = a;
        m_fresh.push_back(a);
    }

    bool mayPair(int a, int b) const
    {
        return a >= 0 && b >= 0 && m_a.other[std::size_t(a)] < 0 && m_b.other[std::size_t(b)] < 0
               && kindOf(*m_a.nodes[std::size_t(a)]) == kindOf(*m_b.nodes[std::size_t(b)]);
    }

    void alongEdges()
    {
        while (!m_fresh.empty()) {
            const std::size_t a = std::size_t(m_fresh.back()), b = std::size_t(m_a.other[a]);
            m_fresh.pop_back();
            const auto &inputsA = m_a.nodes[a]->inputs, &inputsB = m_b.nodes[b]->inputs;
            for (std::size_t slot = 0; slot < std::min(inputsA.size(), inputsB.size()); ++slot) {
                const int x = m_a.maker(inputsA[slot]).node, y = m_b.maker(inputsB[slot]).node;
                if (mayPair(x, y))
                    pair(x, y);
            }
            for (const Side::Edge& readerA : m_a.readers[a])
                for (const Side::Edge& readerB : m_b.readers[b])
                    if (readerA.slot == readerB.slot && mayPair(readerA.node, readerB.node))
                        pair(readerA.node, readerB.node);
        }
    }

    // --- what differs

    std::string sourceText(const Side& side, const Operand& operand) const
    {
        if (operand.kind == Operand::Kind::None)
            return "nothing";
        if (operand.kind == Operand::Kind::Constant)
            return "the constant " + operand.name;
        const Side::Edge made = side.maker(operand);
        return made.node < 0 ? "the input " + operand.name : side.nodes[std::size_t(made.node)]->name;
    }

    bool sameSource(const Operand& a, const Operand& b) const
    {
        if (a.kind != b.kind)
            return false;
        if (a.kind == Operand::Kind::None)
            return true;
        if (a.kind == Operand::Kind::Constant) {
            const ConstantPtr *x = m_a.constant(a), *y = m_b.constant(b);
            return x && y && equal(**x, **y);
        }
        const Side::Edge x = m_a.maker(a), y = m_b.maker(b);
        return x.slot == y.slot && (x.node < 0 ? y.node < 0 : y.node >= 0 && m_a.other[std::size_t(x.node)] == y.node);
    }

    std::vector<std::string> differences(const GraphNode& a, const GraphNode& b) const
    {
        std::vector<std::string> found;
        std::set<std::string> names;
        for (const auto* attributes : {&a.attributes, &b.attributes})
            for (const auto& [name, value] : *attributes)
                names.insert(name);
        const auto said = [](const Attributes& attributes, const std::string& name) {
            const auto at = attributes.find(name);
            return at == attributes.end() ? std::string("not there") : attributeText(at->second);
        };
        for (const std::string& name : names) {
            const auto x = a.attributes.find(name), y = b.attributes.find(name);
            if (x == a.attributes.end() || y == b.attributes.end() || !equal({*x}, {*y}))
                found.push_back(name + " is " + said(b.attributes, name) + ", was " + said(a.attributes, name)
                                + (said(a.attributes, name) == said(b.attributes, name) ? " of other values" : ""));
        }
        for (std::size_t i = 0; i < std::max(a.inputs.size(), b.inputs.size()); ++i) {
            const Operand x = i < a.inputs.size() ? a.inputs[i] : Operand(),
                          y = i < b.inputs.size() ? b.inputs[i] : Operand();
            if (sameSource(x, y))
                continue;
            const std::string was = sourceText(m_a, x), is = sourceText(m_b, y);
            const std::string how = was != is                           ? ", was " + was
                                    : y.kind == Operand::Kind::Constant ? ", which has other values"
                                                                        : ", another one of that name";
            found.push_back("input " + std::to_string(i) + " is " + is + how);
        }
        for (std::size_t i = 0; i < std::min(a.outputs.size(), b.outputs.size()); ++i)
            if (!follows(a, b) && !(a.outputs[i].type == b.outputs[i].type))
                found.push_back("output " + std::to_string(i) + " is " + toString(b.outputs[i].type) + ", was "
                                + toString(a.outputs[i].type));
        if (a.outputs.size() != b.outputs.size())
            found.push_back(std::to_string(b.outputs.size()) + " outputs, were " + std::to_string(a.outputs.size()));
        return found;
    }

    bool follows(const GraphNode& a, const GraphNode& b) const
    {
        const auto typeOf = [](const Side& side, const Operand& operand) {
            const auto found = side.types.find(operand.name);
            return operand.kind == Operand::Kind::Value && found != side.types.end() ? &found->second : nullptr;
        };
        for (std::size_t i = 0; i < std::min(a.inputs.size(), b.inputs.size()); ++i) {
            const ValueType *x = typeOf(m_a, a.inputs[i]), *y = typeOf(m_b, b.inputs[i]);
            if (x && y && !(*x == *y))
                return true;
        }
        return false;
    }

    static void compareSignatures(const char* what, const std::vector<TypedName>& a, const std::vector<TypedName>& b,
                                  std::vector<std::string>& found)
    {
        for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
            const std::string was = i < a.size() ? toString(a[i].type) : "not there",
                              is = i < b.size() ? toString(b[i].type) : "not there";
            if (was != is)
                found.push_back(std::string(what) + " " + (i < b.size() ? b[i].name : a[i].name) + " is " + is
                                + ", was " + was);
        }
    }

    GraphMatch result() const
    {
        GraphMatch match;
        for (std::size_t i = 0; i < m_a.nodes.size(); ++i)
            if (m_a.other[i] < 0)
                match.removed.push_back(m_a.nodes[i]);
        for (std::size_t j = 0; j < m_b.nodes.size(); ++j)
            if (m_b.other[j] < 0)
                match.added.push_back(m_b.nodes[j]);
            else {
                const GraphNodePtr& before = m_a.nodes[std::size_t(m_b.other[j])];
                match.pairs.push_back(
                    {before, m_b.nodes[j], differences(*before, *m_b.nodes[j]), follows(*before, *m_b.nodes[j])});
            }
        compareSignatures("parameter", m_a.function.params, m_b.function.params, match.signature);
        compareSignatures("result", m_a.function.results, m_b.function.results, match.signature);
        const auto &was = m_a.function.graph()->returns, &is = m_b.function.graph()->returns;
        for (std::size_t i = 0; i < std::min(was.size(), is.size()); ++i)
            if (!sameSource(was[i], is[i]))
                match.signature.push_back("result " + m_b.function.results[i].name + " is " + sourceText(m_b, is[i])
                                          + ", was " + sourceText(m_a, was[i]));
        return match;
    }

    Side m_a, m_b;
    std::vector<int> m_fresh;  // nodes of m_a whose neighbours are to be looked at
};

}  // namespace

bool GraphMatch::same() const
{
    return removed.empty() && added.empty() && signature.empty()
           && std::all_of(pairs.begin(), pairs.end(),
                          [](const MatchedNode& one) { return one.differences.empty() && !one.follows; });
}

GraphMatch matchGraphs(const Module& before, const Function& functionBefore, const Module& after,
                       const Function& functionAfter)
{
    return Matching(before, functionBefore, after, functionAfter).take();
}

}  // namespace strata
