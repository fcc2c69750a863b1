// graph.convert_layout: what functions of loops hand to each other is stored in another order.
//
// A value's layout is an agreement between the one function that makes it and those that read it, so it changes in all
// of them at once and nothing is rearranged on the way: a chain of convolutions, additions and pools whose values are
// all named carries the layout from end to end. Only where somebody reads a value that is no function of loops (a view,
// an operator, whoever takes the results) is it brought back, once. A function that is called in several ways becomes
// one function a way.
#include "core/ir/calls.h"
#include "passes/loops/layout.h"
#include "passes/rewrite/graph.h"

#include <algorithm>
#include <numeric>

namespace strata {

namespace {

using namespace graph;

std::int64_t product(const std::vector<std::int64_t>& sizes)
{
    return std::accumulate(sizes.begin(), sizes.end(), std::int64_t(1), std::multiplies<>());
}

// Which of a call's operands lie in the new layout: '1' a parameter or result that does.
struct Operands {
    std::string params, results;
    bool any() const { return (params + results).find('1') != std::string::npos; }
    friend auto operator<=>(const Operands&, const Operands&) = default;
};

class Conversion {
public:
    Conversion(const Module& module, FunctionPtr graph, std::string map)
        : m_module(module)
        , m_graph(std::move(graph))
        , m_map(std::move(map))
        , m_readers(consumers(*m_graph))
        , m_returned(returnedValues(*m_graph))
    {
    }

    // The results of these nodes; none: of all that make what only functions of loops read.
    Status choose(const std::vector<GraphNodePtr>& nodes);
    Result<Change> run();

private:
    FunctionPtr loopsCalled(const GraphNode& node) const;
    bool staysInside(const std::string& value) const;
    Status add(const GraphNode& node);
    Operands operandsOf(const GraphNode& node) const;
    void countWays();
    Result<std::string> calleeFor(const GraphNode& node);
    FunctionPtr converted(const Function& function, const Operands& operands, const GraphNode& call) const;
    Operand restored(const Operand& operand);
    bool isTaken(const std::string& function) const { return m_module.find(function) || m_change.function(function); }

    const Module& m_module;
    FunctionPtr m_graph;
    std::string m_map;
    std::map<std::string, std::vector<GraphNodePtr>> m_readers;
    std::set<std::string> m_returned;
    std::map<std::string, IndexMap> m_maps;            // of the values that change
    std::map<std::string, std::set<Operands>> m_ways;  // in which a function is called; an empty one: from elsewhere
    std::map<std::pair<std::string, Operands>, std::string> m_names;  // of the function for a way
    std::map<std::string, std::string> m_restored;                    // value -> the same in the old layout
    GraphBody m_body;
    Change m_change;
};

// The function that a node calls, if its operands may change: loops that stand for themselves.
FunctionPtr Conversion::loopsCalled(const GraphNode& node) const
{
    const FunctionPtr callee = node.isCall() ? m_module.find(node.callee) : nullptr;
    const bool plain = callee && callee->loops() && !callee->implements && callee->choices.empty();
    return plain && callee != m_module.entryFunction() ? callee : nullptr;
}

bool Conversion::staysInside(const std::string& value) const
{
    const auto readers = m_readers.find(value);
    return !m_returned.count(value) && readers != m_readers.end()
           && std::all_of(readers->second.begin(), readers->second.end(),
                          [&](const GraphNodePtr& reader) { return loopsCalled(*reader) != nullptr; });
}

// All results of a node that have as many dimensions as the map.
Status Conversion::add(const GraphNode& node)
{
    const FunctionPtr callee = loopsCalled(node);
    if (!callee)
        return refused(say("Node {} is no call of a function of loops that stands for itself.", node.name),
                       {nodeCursor(*m_graph, node.name)}, "Lower it first: graph.lower_to_loops.");
    std::optional<Error> first;
    bool any = false;
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        const TypedName& output = node.outputs[i];
        if (output.name.empty())
            continue;
        Result<IndexMap> map = loops::mapFor(*callee, callee->results[i].name, output.type.tensor, m_map);
        if (map && product(map->range) != product(map->domain))
            map = refused(say("{} would get places that nothing is stored at: {} instead of {}.", output.name,
                              toString(toShape(map->range)), toString(toShape(map->domain))),
                          {valueCursor(*m_graph, output.name)}, "Blocks have to divide the dimension.");
        if (map)
            any = m_maps.emplace(output.name, std::move(*map)).second;
        else if (!first)
            first = map.error();
    }
    return any || !first ? Status() : Status(*first);
}

Status Conversion::choose(const std::vector<GraphNodePtr>& nodes)
{
    for (const GraphNodePtr& node : nodes)
        STRATA_CHECK(add(*node));
    if (!nodes.empty())
        return {};
    for (const GraphNodePtr& node : m_graph->graph()->nodes)
        if (loopsCalled(*node) && std::all_of(node->outputs.begin(), node->outputs.end(), [&](const TypedName& output) {
                return output.name.empty() || staysInside(output.name);
            }))
            (void)add(*node);
    if (m_maps.empty())
        return refused(say("No value of {} that the map fits goes from functions of loops to functions of loops "
                           "alone.",
                           m_graph->name),
                       {functionCursor(m_graph->name)},
                       "Lower nodes first: graph.lower_to_loops; or name the calls whose results change.");
    return {};
}

Operands Conversion::operandsOf(const GraphNode& node) const
{
    Operands operands;
    for (const Operand& input : node.inputs)
        operands.params += input.kind == Operand::Kind::Value && m_maps.count(input.name) ? '1' : '0';
    for (const TypedName& output : node.outputs)
        operands.results += m_maps.count(output.name) ? '1' : '0';
    return operands;
}

void Conversion::countWays()
{
    for (const GraphNodePtr& node : m_graph->graph()->nodes)
        if (loopsCalled(*node))
            m_ways[node->callee].insert(operandsOf(*node));
    for (const FunctionPtr& function : m_module.functions)
        if (function != m_graph)
            forEachUse(*function, [&](const std::string& used) { m_ways[used].insert(Operands()); });
}

FunctionPtr Conversion::converted(const Function& function, const Operands& operands, const GraphNode& call) const
{
    Function result = function;
    Body body = function.loops()->body;
    const auto change = [&](TypedName& own, const std::string& value) {
        const IndexMap& map = m_maps.at(value);
        own.type.tensor.shape = loops::relaidShape(own.type.tensor.shape, map);
        body = loops::relaid(body, own.name, map);
    };
    for (std::size_t i = 0; i < result.params.size(); ++i)
        if (operands.params[i] == '1')
            change(result.params[i], call.inputs[i].name);
    for (std::size_t i = 0; i < result.results.size(); ++i)
        if (operands.results[i] == '1')
            change(result.results[i], call.outputs[i].name);
    result.body = LoopsBody{std::move(body)};
    return std::make_shared<const Function>(std::move(result));
}

// The function for a call, made where it is not there yet. It keeps its name if it is called in this way alone.
Result<std::string> Conversion::calleeFor(const GraphNode& node)
{
    const Operands operands = operandsOf(node);
    std::string& name = m_names[{node.callee, operands}];
    if (!name.empty())
        return name;
    const FunctionPtr callee = loopsCalled(node);
    const bool alone = m_ways.at(node.callee).size() == 1;
    name = alone ? node.callee
                 : freshName(node.callee + "_layout", [&](const std::string& taken) { return isTaken(taken); });
    for (std::size_t i = 0; i < operands.params.size(); ++i)
        if (operands.params[i] == '1')
            STRATA_CHECK(loops::mapFor(*callee, callee->params[i].name, callee->params[i].type.tensor, m_map));
    Function made = *converted(*callee, operands, node);
    made.name = name;
    m_change.put.push_back(std::make_shared<const Function>(std::move(made)));
    if (!alone)
        for (const Cursor& cursor : cursors(*callee)) {
            Cursor there = cursor;
            there.function = name;
            m_change.forwarding[cursor].push_back(there);
        }
    return name;
}

// The value in the old layout, by a call that stands before its first reader.
Operand Conversion::restored(const Operand& operand)
{
    const auto map = operand.kind == Operand::Kind::Value ? m_maps.find(operand.name) : m_maps.end();
    if (map == m_maps.end())
        return operand;
    std::string& name = m_restored[operand.name];
    if (!name.empty())
        return Operand::value(name);
    const OperandTypes types(m_module, *m_graph);
    const TensorType type = types.tensor(operand);
    const std::set<Cursor> all = [&] {
        const std::vector<Cursor> list = cursors(*m_graph);
        return std::set<Cursor>(list.begin(), list.end());
    }();
    name = freshName(operand.name + "_restored", [&](const std::string& taken) {
        return all.count(valueCursor(*m_graph, taken)) || all.count(nodeCursor(*m_graph, taken));
    });
    const std::string function = freshName("restore_" + m_graph->name,
                                           [&](const std::string& taken) { return isTaken(taken); });
    m_change.put.push_back(loops::restoringFunction(function, type, map->second));
    GraphNode node;
    node.name = name;
    node.op = "call";
    node.callee = function;
    node.inputs = {operand};
    node.outputs = {{name, {ValueType::Kind::Tensor, type}}};
    m_body.nodes.push_back(std::make_shared<const GraphNode>(std::move(node)));
    m_change.notes.push_back(operand.name
                             + " is read by what is no function of loops, so it is rearranged on every run.");
    return Operand::value(name);
}

Result<Change> Conversion::run()
{
    countWays();
    for (const GraphNodePtr& node : m_graph->graph()->nodes) {
        GraphNode copy = *node;
        if (!loopsCalled(*node)) {
            for (Operand& input : copy.inputs)
                input = restored(input);
        } else if (operandsOf(*node).any()) {
            STRATA_TRY(copy.callee, calleeFor(*node));
            for (TypedName& output : copy.outputs)
                if (const auto map = m_maps.find(output.name); map != m_maps.end())
                    output.type.tensor.shape = loops::relaidShape(output.type.tensor.shape, map->second);
        }
        m_body.nodes.push_back(std::make_shared<const GraphNode>(std::move(copy)));
    }
    for (const Operand& operand : m_graph->graph()->returns)
        m_body.returns.push_back(restored(operand));
    Function graph = *m_graph;
    graph.body = std::move(m_body);
    m_change.put.push_back(std::make_shared<const Function>(std::move(graph)));
    Forwarding gone;
    const ModulePtr after = withoutUnused(*splice(m_module, m_change), gone);
    for (auto& [cursor, targets] : gone)
        m_change.forwarding.emplace(cursor, targets);
    Change change = difference(m_module, *after, std::move(m_change.forwarding));
    change.notes = std::move(m_change.notes);
    return change;
}

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    if (arguments.has("nodes"))
        STRATA_CHECK(findNodes(*graph, arguments.texts("nodes")));
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    STRATA_TRY(const std::vector<GraphNodePtr> nodes,
               findNodes(*graph, arguments.has("nodes") ? arguments.texts("nodes") : std::vector<std::string>()));
    Conversion conversion(module, graph, arguments.text("map"));
    STRATA_CHECK(conversion.choose(nodes));
    return conversion.run();
}

}  // namespace

STRATA_TRANSFORM(graph_convert_layout)
{
    Transform t;
    t.id = "graph.convert_layout";
    t.level = Level::Graph;
    t.title = "Convert the layout of values";
    t.summary = "Stores what functions of loops hand to each other in another order, as channels last.";
    t.documentation =
        "The map says where each element goes, as in loops.transform_layout: (n, c, y, x) -> (n, y, x, c) puts the channels of a picture last, "
        "(n, c, y, x) -> (n, c // 16, y, x, c % 16) in blocks of 16. The results of the named calls change, in the function that makes them and in all that read "
        "them, so nothing is rearranged when the model runs. A reader that is no function of loops (a view, an operator, the results of the graph) gets the old "
        "layout from a call that brings the value back, which a note says. Without nodes, all results change that only functions of loops read and that the map fits.\n\n"
        "A function that is called in several ways becomes one a way. Parameters of the graph and functions with implementations keep their layout. Exact.";
    t.alsoKnownAs = {"ConvertLayout (TVM)", "layout propagation"};
    t.parameters = {
        {"function", ParameterKind::Function, "The graph function.", {}, false, {}},
        {"map", ParameterKind::IndexMap, "Old indices to new ones.", "(n, c, y, x) -> (n, y, x, c)", true, {}},
        {"nodes", ParameterKind::Nodes, "The calls whose results change.", {}, true, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

def main(x: f32[1, 3, 4, 4]) -> (y: f32[1, 3, 4, 4]):
    a: f32[1, 3, 4, 4] = call double(x, node="a")
    y: f32[1, 3, 4, 4] = call next(a, node="y")
    return y

@loops
def double(x: f32[1, 3, 4, 4]) -> (y: f32[1, 3, 4, 4]):
    for c, i, j in grid(3, 4, 4):
        with block("double") as (vc: spatial(3) = c, vi: spatial(4) = i, vj: spatial(4) = j):
            y[0, vc, vi, vj] = x[0, vc, vi, vj] * 2.0

@loops
def next(x: f32[1, 3, 4, 4]) -> (y: f32[1, 3, 4, 4]):
    for c, i, j in grid(3, 4, 4):
        with block("next") as (vc: spatial(3) = c, vi: spatial(4) = i, vj: spatial(4) = j):
            y[0, vc, vi, vj] = x[0, vc, vi, vj] + 1.0
)";
    t.example.step = "graph.convert_layout(main, map=(n, c, y, x) -> (n, y, x, c), nodes=[a])";
    t.example.after = R"(module example(entry=main):

def main(x: f32[1, 3, 4, 4]) -> (y: f32[1, 3, 4, 4]):
    a: f32[1, 4, 4, 3] = call double(x, node="a")
    y: f32[1, 3, 4, 4] = call next(a, node="y")
    return y

@loops
def double(x: f32[1, 3, 4, 4]) -> (y: f32[1, 4, 4, 3]):
    for c, i, j in grid(3, 4, 4):
        with block("double") as (vc: spatial(3) = c, vi: spatial(4) = i, vj: spatial(4) = j):
            y[0, vi, vj, vc] = x[0, vc, vi, vj] * 2.0

@loops
def next(x: f32[1, 4, 4, 3]) -> (y: f32[1, 3, 4, 4]):
    for c, i, j in grid(3, 4, 4):
        with block("next") as (vc: spatial(3) = c, vi: spatial(4) = i, vj: spatial(4) = j):
            y[0, vc, vi, vj] = x[0, vi, vj, vc] + 1.0
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
