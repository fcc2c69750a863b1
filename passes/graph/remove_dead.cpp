// graph.remove_dead: what nobody reads is not computed.
#include "passes/rewrite/graph.h"

namespace strata {

namespace {

using namespace graph;

std::set<const GraphNode*> liveNodes(const Function& graph)
{
    std::set<std::string> needed = returnedValues(graph);
    std::set<const GraphNode*> live;
    const std::vector<GraphNodePtr>& nodes = graph.graph()->nodes;
    for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
        bool used = !isPure(**node);
        for (const TypedName& output : (*node)->outputs)
            used = used || needed.count(output.name);
        if (!used)
            continue;
        live.insert(node->get());
        for (const Operand& input : (*node)->inputs)
            if (input.kind == Operand::Kind::Value)
                needed.insert(input.name);
    }
    return live;
}

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(FunctionPtr graph, findGraph(module, arguments.text("function")));
    Forwarding unused;
    if (liveNodes(*graph).size() == graph->graph()->nodes.size() && withoutUnused(module, unused) && unused.empty())
        return refused(say("Every node of {} is needed.", graph->name), {functionCursor(graph->name)});
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    STRATA_TRY(FunctionPtr graph, findGraph(module, arguments.text("function")));
    const std::set<const GraphNode*> live = liveNodes(*graph);
    Forwarding forwarding;
    GraphBody body;
    body.returns = graph->graph()->returns;
    for (const GraphNodePtr& node : graph->graph()->nodes) {
        if (live.count(node.get())) {
            body.nodes.push_back(node);
            continue;
        }
        forwarding[nodeCursor(*graph, node->name)] = {};
        for (const TypedName& output : node->outputs)
            if (!output.name.empty())
                forwarding[valueCursor(*graph, output.name)] = {};
    }
    const ModulePtr without = body.nodes.size() == graph->graph()->nodes.size()
                                  ? std::make_shared<const Module>(module)
                                  : withBody(module, *graph, std::move(body));
    const ModulePtr after = withoutUnused(*without, forwarding);
    return difference(module, *after, std::move(forwarding));
}

}  // namespace

STRATA_TRANSFORM(graph_remove_dead)
{
    Transform t;
    t.id = "graph.remove_dead";
    t.level = Level::Graph;
    t.title = "Remove dead nodes";
    t.summary = "Drops nodes whose results nobody reads, and then functions and constants that nothing refers to.";
    t.documentation =
        "A node is live if one of its results is returned, or read by a live node. Everything else is dropped, which is legal because "
        "operators have no effects; random operators are kept, since dropping one would change what the others draw. After a rewrite such as "
        "multiply + add -> fma the old nodes stay until this step: the state between shows what was replaced.";
    t.alsoKnownAs = {"dead code elimination", "remove_all_unused (TVM)"};
    t.parameters = {{"function", ParameterKind::Function, "The graph function.", {}, false, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    unused: f32[4] = Exp(x, node="Exp_0", version=13)
    y: f32[4] = Relu(x, node="Relu_0", version=14)
    return y
)";
    t.example.step = "graph.remove_dead(main)";
    t.example.after = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    y: f32[4] = Relu(x, node="Relu_0", version=14)
    return y
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
