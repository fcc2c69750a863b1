// What the steps on graphs share. A graph is a list of nodes in order with one maker a value, so producers and readers
// are two maps, and what is unused follows from one walk from the entry.
#include "passes/rewrite/graph.h"

#include "core/ir/calls.h"
#include "passes/rewrite/function.h"

#include <algorithm>
#include <unordered_map>

namespace strata::graph {

Result<FunctionPtr> findGraph(const Module& module, const std::string& name)
{
    STRATA_TRY(const FunctionPtr function, findFunction(module, name));
    if (!function->graph())
        return refused(
            say("Function {} is held at the {} level, not as a graph.", name, strata::name(function->level())),
            {functionCursor(name)}, "Apply this step before the function is lowered.");
    return function;
}

Result<GraphNodePtr> findNode(const Function& graph, const std::string& name)
{
    for (const GraphNodePtr& node : graph.graph()->nodes)
        if (node->name == name)
            return node;
    return refused(say("There is no node {} in {}.", name, graph.name), {functionCursor(graph.name)});
}

Result<std::vector<GraphNodePtr>> findNodes(const Function& graph, const std::vector<std::string>& names)
{
    std::unordered_map<std::string_view, GraphNodePtr> found;
    for (const std::string& name : names)
        if (!found.emplace(name, nullptr).second) {
            STRATA_TRY(const GraphNodePtr twice, findNode(graph, name));
            return refused(say("Node {} is named twice.", twice->name), {nodeCursor(graph, name)});
        }
    for (const GraphNodePtr& node : graph.graph()->nodes)
        if (const auto wanted = found.find(node->name); wanted != found.end())
            wanted->second = node;
    std::vector<GraphNodePtr> nodes;
    for (const std::string& name : names) {
        if (!found.at(name))
            return findNode(graph, name).error();
        nodes.push_back(found.at(name));
    }
    return nodes;
}

Cursor nodeCursor(const Function& graph, const std::string& node) { return {graph.name, NodeKind::Operator, node}; }
Cursor valueCursor(const Function& graph, const std::string& value) { return {graph.name, NodeKind::Value, value}; }

std::map<std::string, GraphNodePtr> producers(const Function& graph)
{
    std::map<std::string, GraphNodePtr> result;
    for (const GraphNodePtr& node : graph.graph()->nodes)
        for (const TypedName& output : node->outputs)
            if (!output.name.empty())
                result[output.name] = node;
    return result;
}

std::map<std::string, std::vector<GraphNodePtr>> consumers(const Function& graph)
{
    std::map<std::string, std::vector<GraphNodePtr>> result;
    for (const GraphNodePtr& node : graph.graph()->nodes)
        for (const Operand& input : node->inputs) {
            if (input.kind != Operand::Kind::Value)
                continue;
            std::vector<GraphNodePtr>& readers = result[input.name];
            if (readers.empty() || readers.back() != node)
                readers.push_back(node);
        }
    return result;
}

std::set<std::string> returnedValues(const Function& graph)
{
    std::set<std::string> result;
    for (const Operand& operand : graph.graph()->returns)
        if (operand.kind == Operand::Kind::Value)
            result.insert(operand.name);
    return result;
}

bool isPure(const GraphNode& node)
{
    static const std::set<std::string> random{"RandomNormal",      "RandomNormalLike", "RandomUniform",
                                              "RandomUniformLike", "Multinomial",      "Bernoulli"};
    return !random.count(node.op);
}

ModulePtr withBody(const Module& module, const Function& graph, GraphBody body)
{
    Function changed = graph;
    changed.body = std::move(body);
    return module.withFunction(std::make_shared<const Function>(std::move(changed)));
}

namespace {

struct Reached {
    std::set<std::string> functions, constants;
    std::multimap<std::string, std::string> implementations;  // of the module, by definition
};

void reach(const Module& module, const std::string& name, Reached& reached)
{
    const FunctionPtr function = module.find(name);
    if (!function || !reached.functions.insert(name).second)
        return;
    forEachOperand(*function, [&](const Operand& operand) {
        if (operand.kind == Operand::Kind::Constant)
            reached.constants.insert(operand.name);
    });
    forEachUse(*function, [&](const std::string& used) { reach(module, used, reached); });
    // What is there to be chosen is in use.
    for (auto [one, end] = reached.implementations.equal_range(name); one != end; ++one)
        reach(module, one->second, reached);
}

}  // namespace

ModulePtr withoutUnused(const Module& module, Forwarding& forwarding)
{
    const FunctionPtr entry = module.entryFunction();
    if (!entry)
        return std::make_shared<const Module>(module);
    Reached reached;
    for (const FunctionPtr& function : module.functions)
        if (function->implements)
            reached.implementations.emplace(function->implements->definition, function->name);
    reach(module, entry->name, reached);
    Module result = module;
    result.functions.clear();
    for (const FunctionPtr& function : module.functions) {
        if (reached.functions.count(function->name))
            result.functions.push_back(function);
        else
            forwarding[functionCursor(function->name)] = {};
    }
    for (const auto& [name, constant] : module.constants)
        if (!reached.constants.count(name)) {
            result.constants.erase(name);
            forwarding[{"", NodeKind::Constant, name}] = {};
        }
    return std::make_shared<const Module>(std::move(result));
}

}  // namespace strata::graph
