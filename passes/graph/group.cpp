// Groups of nodes become functions and calls.
//
// Names inside are canonical (operator and number), and everything that comes from outside is a parameter, weights too,
// so equal groups are equal functions: there is one, with many callers. A call takes the place of its group's last
// node, and its name, unless one is given; what the group needs comes before it, and nodes in between that depend on
// the group come after. That is possible for all groups together if and only if the graph, each group taken as one
// node, has no cycle.
#include "passes/graph/group.h"

#include "core/index/sizes.h"
#include "core/operators/data_sizes.h"
#include "core/ir/calls.h"
#include "passes/lowering/function_names.h"
#include "passes/lowering/node_key.h"

#include <algorithm>
#include <queue>
#include <span>
#include <unordered_map>

namespace strata::graph {

namespace {

using Membership = std::unordered_map<const GraphNode*, int>;  // node -> its group

Membership membership(const std::vector<Group>& groups)
{
    Membership result;
    for (int g = 0; g < int(groups.size()); ++g)
        for (const GraphNodePtr& node : groups[g])
            result[node.get()] = g;
    return result;
}

// The nodes from the first member of any group to the last. What stands before waits for nothing in it, and nothing in
// it waits for what stands behind, so only here may calls change the order.
std::span<const GraphNodePtr> between(const Function& graph, const Membership& members)
{
    const std::vector<GraphNodePtr>& nodes = graph.graph()->nodes;
    const auto isMember = [&](const GraphNodePtr& node) { return members.count(node.get()) != 0; };
    const auto first = std::find_if(nodes.begin(), nodes.end(), isMember);
    const auto last = std::find_if(nodes.rbegin(), std::make_reverse_iterator(first), isMember).base();
    return {first, last};
}

// The graph with each group as one node, as far as groups reach. A unit is a group or a single node, known by the
// position of its last node.
class Units {
public:
    Units(const Function& graph, const std::vector<Group>& groups)
    {
        const Membership groupOf = membership(groups);
        m_nodes = between(graph, groupOf);
        const int count = int(m_nodes.size());
        std::vector<int> last(groups.size(), 0);
        m_group.assign(count, -1);
        for (int i = 0; i < count; ++i)
            if (const auto found = groupOf.find(m_nodes[i].get()); found != groupOf.end())
                last[m_group[i] = found->second] = i;
        m_unit.resize(count);
        for (int i = 0; i < count; ++i)
            m_unit[i] = m_group[i] < 0 ? i : last[m_group[i]];
        connect();
    }

    std::span<const GraphNodePtr> nodes() const { return m_nodes; }  // of the graph, that units speak of
    int groupOf(int unit) const { return m_group[unit]; }            // -1: a single node

    // Units, each after what it reads and otherwise in the graph's order. Those on a cycle, or behind one, are left
    // out.
    std::vector<int> order() const { return peel(m_readers, m_sources, std::less<>()); }

    // Groups that no order has a place for.
    std::set<int> groupsOnCycles() const
    {
        std::vector<bool> free(m_nodes.size(), false);
        for (const int unit : order())
            free[unit] = true;
        for (const int unit : peel(m_sources, m_readers, std::greater<>()))  // from the end: what is behind a cycle
            free[unit] = true;
        std::set<int> result;
        for (int i = 0; i < int(m_nodes.size()); ++i)
            if (m_unit[i] == i && !free[i] && m_group[i] >= 0)
                result.insert(m_group[i]);
        return result;
    }

private:
    using Edges = std::vector<std::vector<int>>;

    void connect()
    {
        m_readers.resize(m_nodes.size());
        m_sources.resize(m_nodes.size());
        std::unordered_map<std::string_view, int> maker;
        for (int i = 0; i < int(m_nodes.size()); ++i) {
            for (const Operand& input : m_nodes[i]->inputs)
                if (const auto found = maker.find(input.name);
                    input.kind == Operand::Kind::Value && found != maker.end() && found->second != m_unit[i]) {
                    m_readers[found->second].push_back(m_unit[i]);
                    m_sources[m_unit[i]].push_back(found->second);
                }
            for (const TypedName& output : m_nodes[i]->outputs)
                if (!output.name.empty())
                    maker[output.name] = m_unit[i];
        }
    }

    // Takes what waits for nothing any more, the first by `Before`, until nothing does.
    template<class Before>
    std::vector<int> peel(const Edges& next, const Edges& previous, Before before) const
    {
        const auto later = [before](int a, int b) { return before(b, a); };
        std::priority_queue<int, std::vector<int>, decltype(later)> ready(later);
        std::vector<std::size_t> waiting(m_nodes.size());
        for (int i = 0; i < int(m_nodes.size()); ++i)
            if (waiting[i] = previous[i].size(); m_unit[i] == i && waiting[i] == 0)
                ready.push(i);
        std::vector<int> result;
        for (; !ready.empty();) {
            result.push_back(ready.top());
            ready.pop();
            for (const int reader : next[result.back()])
                if (--waiting[reader] == 0)
                    ready.push(reader);
        }
        return result;
    }

    std::span<const GraphNodePtr> m_nodes;
    std::vector<int> m_group, m_unit;  // of each node
    Edges m_readers, m_sources;        // of units
};

// What the functions of groups depend on besides the nodes: who reads a value, what type it has.
class Surroundings {
public:
    Surroundings(const Module& module, const Function& graph, const std::vector<Group>& groups)
        : m_module(module)
        , m_facts(factsWithin(module, graph))
        , m_types(module, graph)
    {
        const Membership groupOf = membership(groups);
        std::unordered_map<std::string_view, int> makerGroup;
        for (const Group& group : groups)
            for (const GraphNodePtr& node : group)
                for (const TypedName& output : node->outputs)
                    makerGroup[output.name] = groupOf.at(node.get());
        for (const GraphNodePtr& node : graph.graph()->nodes)
            for (const Operand& input : node->inputs) {
                const auto maker = makerGroup.find(input.name);
                if (input.kind != Operand::Kind::Value || maker == makerGroup.end())
                    continue;
                const auto own = groupOf.find(node.get());
                if (own == groupOf.end() || own->second != maker->second)
                    m_leaving.insert(input.name);
            }
        m_leaving.merge(returnedValues(graph));
    }

    const SizeFacts& facts() const { return m_facts; }
    bool leaves(const std::string& value) const { return m_leaving.count(value) != 0; }  // its group
    ValueType typeOf(const Operand& operand) const { return m_types.of(operand).value_or(ValueType{}); }
    // A weight, which the function takes as a parameter; nullptr for constants that become code.
    ConstantPtr weight(const Operand& operand) const
    {
        const auto constant = m_module.constants.find(operand.name);
        return operand.kind != Operand::Kind::Constant || constant == m_module.constants.end()
                       || becomesCode(constant->second->type())
                   ? nullptr
                   : constant->second;
    }

    // The first constant of the module with the same content: each layer of a model brings its own copy of a scale.
    Operand firstEqual(const Operand& operand) const
    {
        const auto constant = m_module.constants.find(operand.name);
        if (operand.kind != Operand::Kind::Constant || constant == m_module.constants.end())
            return operand;
        if (m_firstOf.empty())
            for (const auto& [name, candidate] : m_module.constants)
                if (const auto hash = becomesCode(candidate->type()) ? candidate->hash() : Result<std::string>(bug(""));
                    hash)
                    m_firstOf.emplace(*hash, name);
        const auto hash = constant->second->hash();
        const auto first = hash ? m_firstOf.find(*hash) : m_firstOf.end();
        return first == m_firstOf.end() ? operand : Operand::constant(first->second);
    }

private:
    const Module& m_module;
    SizeFacts m_facts;  // of the graph
    OperandTypes m_types;
    std::set<std::string> m_leaving;
    mutable std::map<std::string, std::string> m_firstOf;  // content of a constant that becomes code -> name
};

// Writes one group's function: canonical names, so that equal groups give equal functions.
class Outliner {
public:
    Outliner(const Surroundings& around, const Group& group)
        : m_around(around)
        , m_group(group)
    {
        for (const GraphNodePtr& node : m_group)
            m_body.nodes.push_back(inner(*node));
        for (const GraphNodePtr& node : m_group)
            for (const TypedName& output : node->outputs)
                if (!output.name.empty() && around.leaves(output.name))
                    addResult(output);
    }

    Function function() const
    {
        Function result;
        result.params = m_params;
        result.results = m_results;
        result.body = m_body;
        result.name = base();
        result.facts = m_around.facts();
        const std::set<std::string> sizes = sizesOf(result);
        std::erase_if(result.facts, [&sizes](const auto& fact) { return !sizes.count(fact.first); });
        return result;
    }

    std::string base() const { return baseName(m_group, m_results.empty() ? ValueType{} : m_results.back().type); }

    GraphNodePtr call(const std::string& name, const std::string& callee) const
    {
        GraphNode call;
        call.name = name;
        call.op = "call";
        call.callee = callee;
        call.inputs = m_arguments;
        call.outputs = m_outputs;
        return std::make_shared<const GraphNode>(std::move(call));
    }

private:
    std::string fresh(const std::string& base)
    {
        std::string name = freshName(base, [&](const std::string& n) { return m_names.count(n) != 0; });
        m_names.insert(name);
        return name;
    }

    Operand parameter(const Operand& outside, const std::string& base)
    {
        const auto [found, added] = m_parameterOf.try_emplace(outside, "");
        if (added) {
            found->second = fresh(base);
            m_params.push_back({found->second, m_around.typeOf(outside)});
            m_arguments.push_back(outside);
        }
        return Operand::value(found->second);
    }

    Operand inner(const Operand& operand)
    {
        if (operand.kind == Operand::Kind::Value) {
            const auto inside = m_valueOf.find(operand.name);
            return inside != m_valueOf.end() ? Operand::value(inside->second) : parameter(operand, "x");
        }
        const ConstantPtr weight = m_around.weight(operand);
        return weight ? parameter(operand, weight->type().shape.size() > 1 ? "w" : "b") : m_around.firstEqual(operand);
    }

    GraphNodePtr inner(const GraphNode& node)
    {
        GraphNode copy = node;
        for (Operand& input : copy.inputs)
            input = inner(input);
        copy.name = freshName(operatorName(node), [&](const std::string& n) { return m_nodeNames.count(n) != 0; });
        m_nodeNames.insert(copy.name);
        for (TypedName& output : copy.outputs)
            if (!output.name.empty())
                output.name = m_valueOf[output.name] = fresh("y_" + copy.name);
        return std::make_shared<const GraphNode>(std::move(copy));
    }

    void addResult(const TypedName& output)
    {
        m_outputs.push_back(output);
        m_results.push_back({fresh("y"), output.type});
        m_body.returns.push_back(Operand::value(m_valueOf.at(output.name)));
    }

    const Surroundings& m_around;
    const Group& m_group;  // in the graph's order
    GraphBody m_body;
    std::vector<TypedName> m_params, m_results, m_outputs;
    std::vector<Operand> m_arguments;
    std::map<Operand, std::string> m_parameterOf;
    std::map<std::string, std::string> m_valueOf;  // outside name -> name inside
    std::set<std::string> m_names, m_nodeNames;
};

// Graph functions of the module by content.
class GraphFunctions {
public:
    explicit GraphFunctions(const Module& module)
    {
        for (const FunctionPtr& function : module.functions)
            if (function->graph() && !function->graph()->nodes.empty() && !function->results.empty())
                m_byShape[baseName(function->graph()->nodes, function->results.back().type)].push_back(function);
    }

    FunctionPtr equalTo(const std::string& base, const Function& made) const
    {
        const auto found = m_byShape.find(base);
        if (found == m_byShape.end())
            return nullptr;
        const auto same = std::find_if(found->second.begin(), found->second.end(),
                                       [&](const FunctionPtr& candidate) { return equalButForName(*candidate, made); });
        return same == found->second.end() ? nullptr : *same;
    }

private:
    std::map<std::string, std::vector<FunctionPtr>> m_byShape;
};

std::vector<Group> inOrder(const Function& graph, const std::vector<Group>& groups)
{
    const Membership members = membership(groups);
    std::unordered_map<const GraphNode*, std::size_t> position;
    for (const GraphNodePtr& node : between(graph, members))
        if (members.count(node.get()))
            position.emplace(node.get(), position.size());
    std::vector<Group> result = groups;
    for (Group& group : result)
        std::sort(group.begin(), group.end(), [&](const GraphNodePtr& a, const GraphNodePtr& b) {
            return position.at(a.get()) < position.at(b.get());
        });
    return result;
}

// The function of a single group, as it is to be called.
Result<FunctionPtr> functionNamed(const Module& module, const Outliner& outliner, const std::string& wanted)
{
    Function made = outliner.function();
    made.name = wanted;
    const FunctionPtr existing = module.find(wanted);
    if (existing && !equalButForName(*existing, made))
        return refused(say("There is another function {} already.", wanted), {functionCursor(wanted)},
                       "Choose another name.");
    return existing ? existing : std::make_shared<const Function>(std::move(made));
}

// Each group's function: one of the module, or a new one.
std::vector<FunctionPtr> functionsOf(const Module& module, const std::vector<Outliner>& outliners)
{
    const GraphFunctions known(module);
    LoweringCache digests;
    FunctionNames names(module, digests);
    std::vector<FunctionPtr> result;
    std::vector<bool> isKnown;
    for (const Outliner& outliner : outliners) {
        const auto made = std::make_shared<const Function>(outliner.function());
        const FunctionPtr existing = known.equalTo(outliner.base(), *made);
        isKnown.push_back(existing != nullptr);
        result.push_back(existing ? existing : names.claim(outliner.base(), made));
    }
    for (std::size_t i = 0; i < result.size(); ++i)
        if (!isKnown[i])
            result[i] = names.named(outliners[i].base(), result[i]);
    return result;
}

// An implementation cannot call its definition, and a group that is the same would be it.
Status checkNoDefinition(const Module& module, const Function& graph, const std::vector<Outliner>& outliners)
{
    const FunctionPtr definition = graph.implements ? module.find(graph.implements->definition) : nullptr;
    if (definition && std::any_of(outliners.begin(), outliners.end(), [&](const Outliner& outliner) {
            return equalButForName(*definition, outliner.function());
        }))
        return refused(say("A group of {} is all that {} does, which it implements: it would call itself.", graph.name,
                           definition->name),
                       {functionCursor(graph.name)}, "Lower the implementation as a whole.");
    return {};
}

// Whether no node but those of the group has this name.
bool isFree(const Function& graph, const std::vector<Group>& groups, const std::string& name)
{
    const auto hasName = [&](const GraphNodePtr& node) { return node->name == name; };
    const std::vector<GraphNodePtr>& nodes = graph.graph()->nodes;
    return std::none_of(nodes.begin(), nodes.end(), hasName)
           || std::any_of(groups.front().begin(), groups.front().end(), hasName);
}

// A node that went into a call, and values that stayed inside of it, became the call.
void addForwarding(const Function& graph, const Group& group, const GraphNode& call, Forwarding& forwarding)
{
    std::set<std::string> kept;
    for (const TypedName& output : call.outputs)
        kept.insert(output.name);
    for (const GraphNodePtr& node : group) {
        if (node->name != call.name)
            forwarding[nodeCursor(graph, node->name)] = {nodeCursor(graph, call.name)};
        for (const TypedName& output : node->outputs)
            if (!output.name.empty() && !kept.count(output.name))
                forwarding[valueCursor(graph, output.name)] = {nodeCursor(graph, call.name)};
    }
}

// The module with each function once, those that it has already where they are.
Module withFunctions(const Module& module, const std::vector<FunctionPtr>& functions)
{
    Module result = module;
    std::set<std::string> names;
    for (const FunctionPtr& function : module.functions)
        names.insert(function->name);
    for (const FunctionPtr& function : functions)
        if (names.insert(function->name).second)
            result.functions.push_back(function);
    return result;
}

}  // namespace

std::string nodeBetween(const Function& graph, const Group& group)
{
    // Only what stands between the group's first and last node can be on such a path: large graphs ask this for every
    // group.
    const std::set<const GraphNode*> members = [&] {
        std::set<const GraphNode*> set;
        for (const GraphNodePtr& node : group)
            set.insert(node.get());
        return set;
    }();
    std::map<std::string, const GraphNode*>
        outside;                 // values that depend on the group -> the outside node that makes them
    std::set<std::string> made;  // by the group
    std::size_t left = members.size();
    for (const GraphNodePtr& node : graph.graph()->nodes) {
        if (left == 0)
            break;
        const bool inside = members.count(node.get()) != 0;
        left -= inside;
        if (!inside && left == members.size())
            continue;
        bool depends = false;
        for (const Operand& input : node->inputs) {
            if (input.kind != Operand::Kind::Value)
                continue;
            const auto found = outside.find(input.name);
            if (inside && found != outside.end())
                return found->second->name;
            depends = depends || found != outside.end() || made.count(input.name) != 0;
        }
        for (const TypedName& output : node->outputs) {
            if (inside)
                made.insert(output.name);
            else if (depends)
                outside[output.name] = node.get();
        }
    }
    return {};
}

std::vector<Group> withoutCycles(const Function& graph, std::vector<Group> groups)
{
    // One group of a cycle may be enough to break it, so they go one at a time.
    for (;;) {
        const std::set<int> onCycles = Units(graph, groups).groupsOnCycles();
        if (onCycles.empty())
            return groups;
        groups.erase(groups.begin() + *onCycles.begin());
    }
}

Result<Outlined> outline(const Module& module, const Function& graph, const std::vector<Group>& given,
                         const std::string& wanted)
{
    const std::vector<Group> groups = inOrder(graph, given);
    const Units units(graph, groups);
    const Surroundings around(module, graph, groups);
    std::vector<Outliner> outliners;
    outliners.reserve(groups.size());
    for (const Group& group : groups)
        outliners.emplace_back(around, group);
    STRATA_CHECK(checkNoDefinition(module, graph, outliners));
    std::vector<FunctionPtr> functions;
    if (wanted.empty()) {
        functions = functionsOf(module, outliners);
    } else {
        STRATA_TRY(functions.emplace_back(), functionNamed(module, outliners.front(), wanted));
    }

    const std::string givenName = !wanted.empty() && isFree(graph, groups, wanted) ? wanted : "";

    const std::vector<GraphNodePtr>& nodes = graph.graph()->nodes;
    const auto first = nodes.begin() + (units.nodes().data() - nodes.data());
    Outlined result;
    Function changed{graph.name,       graph.params,     graph.results, GraphBody{{}, graph.graph()->returns},
                     graph.attributes, graph.implements, graph.choices, graph.facts};
    std::vector<GraphNodePtr>& made = std::get<GraphBody>(changed.body).nodes;
    made.reserve(nodes.size());
    made.assign(nodes.begin(), first);
    std::size_t members = 0;
    for (const int unit : units.order()) {
        const int group = units.groupOf(unit);
        if (group < 0) {
            made.push_back(units.nodes()[std::size_t(unit)]);
            continue;
        }
        const std::string& last = groups[group].back()->name;
        made.push_back(outliners[group].call(givenName.empty() ? last : givenName, functions[group]->name));
        addForwarding(graph, groups[group], *made.back(), result.forwarding);
        members += groups[group].size() - 1;
    }
    made.insert(made.end(), first + std::ptrdiff_t(units.nodes().size()), nodes.end());
    if (made.size() != nodes.size() - members)
        return bug("Groups of " + graph.name + " are to become calls that wait for each other.");
    result.module = withFunctions(module, functions).withFunction(std::make_shared<const Function>(std::move(changed)));
    return result;
}

}  // namespace strata::graph
