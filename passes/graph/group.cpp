// A group of nodes becomes a function and a call.
//
// Names inside are canonical (operator and number), and everything that comes from outside is a parameter, weights too,
// so equal groups are equal functions: there is one, with many callers. The call stands where the group's last node
// stood; what the group needs comes before it, and nodes in between that depend on the group come after. That is
// possible if and only if the group is convex.
#include "passes/graph/group.h"

#include "passes/lowering/node_key.h"

#include <algorithm>
#include <cctype>

namespace strata::graph {

namespace {

using Nodes = std::vector<GraphNodePtr>;

std::string lower(std::string text)
{
    for (char& c : text)
        c = std::isalnum(static_cast<unsigned char>(c)) ? char(std::tolower(static_cast<unsigned char>(c))) : '_';
    return text;
}

bool contains(const Nodes& group, const GraphNodePtr& node)
{
    return std::find(group.begin(), group.end(), node) != group.end();
}

// Nodes outside the group that depend on it, in order.
std::set<const GraphNode*> dependents(const Function& graph, const Nodes& group)
{
    std::set<std::string> tainted;
    std::set<const GraphNode*> result;
    for (const GraphNodePtr& node : graph.graph()->nodes) {
        const bool inside = contains(group, node);
        const bool depends = std::any_of(node->inputs.begin(), node->inputs.end(), [&](const Operand& input) {
            return input.kind == Operand::Kind::Value && tainted.count(input.name) != 0;
        });
        if (!inside && !depends)
            continue;
        if (!inside)
            result.insert(node.get());
        for (const TypedName& output : node->outputs)
            tainted.insert(output.name);
    }
    return result;
}

// Writes the group's function: canonical names, so that equal groups give equal functions.
class Outliner {
public:
    Outliner(const Module& module, const Function& graph, Nodes group)
        : m_module(module)
        , m_graph(graph)
    {
        for (const GraphNodePtr& node : graph.graph()->nodes)  // in the graph's order
            if (contains(group, node))
                m_group.push_back(node);
    }

    void write()
    {
        for (const GraphNodePtr& node : m_group)
            m_body.nodes.push_back(inner(*node));
        const std::set<std::string> returned = returnedValues(m_graph);
        const auto readers = consumers(m_graph);
        for (const GraphNodePtr& node : m_group)
            for (const TypedName& output : node->outputs)
                if (!output.name.empty() && leaves(output.name, returned, readers))
                    addResult(output);
    }

    Function function(const std::string& name) const
    {
        Function result;
        result.name = name;
        result.params = m_params;
        result.results = m_results;
        result.body = m_body;
        return result;
    }

    const Nodes& group() const { return m_group; }
    const std::vector<Operand>& arguments() const { return m_arguments; }
    const std::vector<TypedName>& outputs() const { return m_outputs; }

private:
    std::string fresh(const std::string& base)
    {
        std::string name = freshName(base, [&](const std::string& n) { return m_names.count(n) != 0; });
        m_names.insert(name);
        return name;
    }

    bool leaves(const std::string& value, const std::set<std::string>& returned,
                const std::map<std::string, std::vector<GraphNodePtr>>& readers) const
    {
        if (returned.count(value))
            return true;
        const auto found = readers.find(value);
        return found != readers.end()
               && std::any_of(found->second.begin(), found->second.end(),
                              [&](const GraphNodePtr& reader) { return !contains(m_group, reader); });
    }

    ValueType typeOf(const std::string& value) const
    {
        for (const TypedName& param : m_graph.params)
            if (param.name == value)
                return param.type;
        for (const GraphNodePtr& node : m_graph.graph()->nodes)
            for (const TypedName& output : node->outputs)
                if (output.name == value)
                    return output.type;
        return {};
    }

    Operand parameter(const Operand& outside, const std::string& base, const ValueType& type)
    {
        const auto [found, added] = m_parameterOf.try_emplace(outside, "");
        if (added) {
            found->second = fresh(base);
            m_params.push_back({found->second, type});
            m_arguments.push_back(outside);
        }
        return Operand::value(found->second);
    }

    Operand inner(const Operand& operand)
    {
        if (operand.kind == Operand::Kind::Value) {
            const auto inside = m_valueOf.find(operand.name);
            return inside != m_valueOf.end() ? Operand::value(inside->second)
                                             : parameter(operand, "x", typeOf(operand.name));
        }
        const auto constant = m_module.constants.find(operand.name);
        if (operand.kind != Operand::Kind::Constant || constant == m_module.constants.end()
            || becomesCode(constant->second->type()))
            return operand;
        const TensorType& type = constant->second->type();
        return parameter(operand, type.shape.size() > 1 ? "w" : "b", {ValueType::Kind::Tensor, type});
    }

    GraphNodePtr inner(const GraphNode& node)
    {
        GraphNode copy = node;
        for (Operand& input : copy.inputs)
            input = inner(input);
        copy.name = freshName(lower(node.isCall() ? node.callee : node.op),
                              [&](const std::string& n) { return m_nodeNames.count(n) != 0; });
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

    const Module& m_module;
    const Function& m_graph;
    Nodes m_group;
    GraphBody m_body;
    std::vector<TypedName> m_params, m_results, m_outputs;
    std::vector<Operand> m_arguments;
    std::map<Operand, std::string> m_parameterOf;
    std::map<std::string, std::string> m_valueOf;  // outside name -> name inside
    std::set<std::string> m_names, m_nodeNames;
};

// A function of the module that is equal but for its name.
FunctionPtr equalFunction(const Module& module, const Function& made)
{
    for (const FunctionPtr& candidate : module.functions) {
        if (!candidate->graph() || candidate->params.size() != made.params.size())
            continue;
        Function renamed = made;
        renamed.name = candidate->name;
        if (equal(*candidate, renamed))
            return candidate;
    }
    return nullptr;
}

// Where the call goes: after what it needs, before what needs it, everything else in its old order.
GraphBody callInPlace(const Function& graph, const Nodes& group, GraphNodePtr call)
{
    const std::set<const GraphNode*> later = dependents(graph, group);
    GraphBody body;
    body.returns = graph.graph()->returns;
    Nodes deferred;
    std::size_t left = group.size();
    for (const GraphNodePtr& node : graph.graph()->nodes) {
        if (contains(group, node)) {
            if (--left > 0)
                continue;
            body.nodes.push_back(call);
            body.nodes.insert(body.nodes.end(), deferred.begin(), deferred.end());
        } else if (left > 0 && later.count(node.get())) {
            deferred.push_back(node);
        } else {
            body.nodes.push_back(node);
        }
    }
    return body;
}

}  // namespace

std::string nodeBetween(const Function& graph, const Nodes& group)
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

std::string groupName(const Nodes& group)
{
    std::string name;
    for (std::size_t i = 0; i < group.size() && i < 3; ++i)
        name += (i ? "_" : "") + lower(group[i]->isCall() ? group[i]->callee : group[i]->op);
    return group.size() > 3 ? name + "_more" : name;
}

Result<Outlined> outline(const Module& module, const Function& graph, const Nodes& group, const std::string& wanted)
{
    Outliner outliner(module, graph, group);
    outliner.write();
    Outlined result;
    Function made = outliner.function(wanted.empty() ? groupName(outliner.group()) : wanted);
    FunctionPtr callee = equalFunction(module, made);
    if (callee && !wanted.empty() && callee->name != wanted)
        callee = nullptr;
    if (!callee && module.find(made.name)) {
        if (!wanted.empty())
            return refused("There is another function " + wanted + " already.", {functionCursor(wanted)},
                           "Choose another name.");
        made.name = freshName(made.name, [&](const std::string& n) { return module.find(n) != nullptr; });
    }
    result.module = std::make_shared<const Module>(module);
    if (!callee) {
        callee = std::make_shared<const Function>(std::move(made));
        result.module = module.withFunction(callee);
    }
    std::set<std::string> taken;
    for (const GraphNodePtr& node : graph.graph()->nodes)
        if (!contains(group, node))
            taken.insert(node->name);
    GraphNode call;
    call.name = freshName(callee->name, [&](const std::string& n) { return taken.count(n) != 0; });
    call.op = "call";
    call.callee = callee->name;
    call.inputs = outliner.arguments();
    call.outputs = outliner.outputs();
    result.function = callee->name;
    result.node = call.name;
    std::set<std::string> kept;
    for (const TypedName& output : call.outputs)
        kept.insert(output.name);
    for (const GraphNodePtr& node : outliner.group()) {
        result.forwarding[nodeCursor(graph, node->name)] = {nodeCursor(graph, call.name)};
        for (const TypedName& output : node->outputs)
            if (!output.name.empty() && !kept.count(output.name))
                result.forwarding[valueCursor(graph, output.name)] = {nodeCursor(graph, call.name)};
    }
    const GraphBody body = callInPlace(graph, outliner.group(), std::make_shared<const GraphNode>(std::move(call)));
    result.module = withBody(*result.module, graph, body);
    return result;
}

}  // namespace strata::graph
