// library.inline_call: back from a call to what it stands for.
#include "passes/library/routines.h"

#include <algorithm>

namespace strata {

namespace {

using namespace graph;

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    STRATA_TRY(const GraphNodePtr node, findNode(*graph, arguments.text("node")));
    const std::vector<Cursor> nodes{nodeCursor(*graph, node->name)};
    if (library::isRoutine(*node))
        return {};
    if (!node->isCall())
        return refused(say("Node {} ({}) is no call.", node->name, node->op), nodes,
                       "Select a call of a routine or of a function.");
    const FunctionPtr callee = module.find(node->callee);
    if (!callee || !callee->graph())
        return refused(say("Node {} calls {}, which is held as {} and cannot go back into a graph.", node->name,
                           node->callee, callee ? name(callee->level()) : "nothing"),
                       nodes, "Undo the step that lowered it.");
    return {};
}

// Puts nodes in the place of a call, under names that the graph does not use.
class Inliner {
public:
    Inliner(const Module& module, const Function& graph, const GraphNode& call)
        : m_module(module)
        , m_graph(graph)
        , m_call(call)
    {
        for (const TypedName& param : graph.params)
            m_values.insert(param.name);
        for (const GraphNodePtr& node : graph.graph()->nodes) {
            if (node->name != call.name)
                m_nodes.insert(node->name);
            for (const TypedName& output : node->outputs)
                m_values.insert(output.name);
        }
    }

    std::vector<GraphNode> nodes()
    {
        const auto node = [this](const std::string& name) { return fresh(m_nodes, name); };
        const auto value = [this](const std::string& name) { return fresh(m_values, name); };
        return library::isRoutine(m_call) ? library::asOperators(m_call, node, value) : body();
    }

    // Results that are no value made inside (a parameter handed through) are renamed in the whole graph.
    const std::map<std::string, Operand>& replaced() const { return m_replaced; }

private:
    static std::string fresh(std::set<std::string>& taken, const std::string& base)
    {
        std::string name = freshName(base, [&taken](const std::string& n) { return taken.count(n) != 0; });
        taken.insert(name);
        return name;
    }

    std::vector<GraphNode> body()
    {
        const Function& callee = *m_module.find(m_call.callee);
        std::map<std::string, Operand> values;
        for (std::size_t i = 0; i < callee.params.size(); ++i)
            values[callee.params[i].name] = m_call.inputs[i];
        const std::vector<Operand>& returns = callee.graph()->returns;
        for (std::size_t i = 0; i < returns.size(); ++i)
            if (returns[i].kind == Operand::Kind::Value)
                values.try_emplace(returns[i].name, Operand::value(m_call.outputs[i].name));
        std::vector<GraphNode> result;
        for (const GraphNodePtr& node : callee.graph()->nodes)
            result.push_back(renamed(*node, values));
        for (std::size_t i = 0; i < returns.size(); ++i) {
            const Operand source = mapped(returns[i], values);
            if (source != Operand::value(m_call.outputs[i].name))
                m_replaced[m_call.outputs[i].name] = source;
        }
        return result;
    }

    static Operand mapped(const Operand& operand, const std::map<std::string, Operand>& values)
    {
        const auto found = operand.kind == Operand::Kind::Value ? values.find(operand.name) : values.end();
        return found == values.end() ? operand : found->second;
    }

    GraphNode renamed(GraphNode node, std::map<std::string, Operand>& values)
    {
        for (Operand& input : node.inputs)
            input = mapped(input, values);
        node.name = fresh(m_nodes, node.name);
        for (TypedName& output : node.outputs)
            if (!output.name.empty()) {
                if (!values.count(output.name))
                    values[output.name] = Operand::value(fresh(m_values, output.name));
                output.name = values[output.name].name;
            }
        return node;
    }

    const Module& m_module;
    const Function& m_graph;
    const GraphNode& m_call;
    std::set<std::string> m_nodes, m_values;
    std::map<std::string, Operand> m_replaced;
};

Operand replacedBy(const Operand& operand, const std::map<std::string, Operand>& replaced)
{
    const auto found = operand.kind == Operand::Kind::Value ? replaced.find(operand.name) : replaced.end();
    return found == replaced.end() ? operand : found->second;
}

GraphBody inlined(const Function& graph, const GraphNodePtr& call, const std::vector<GraphNode>& nodes,
                  const std::map<std::string, Operand>& replaced)
{
    GraphBody body;
    for (const GraphNodePtr& node : graph.graph()->nodes) {
        if (node == call) {
            for (const GraphNode& one : nodes)
                body.nodes.push_back(std::make_shared<const GraphNode>(one));
            continue;
        }
        GraphNode changed = *node;
        for (Operand& input : changed.inputs)
            input = replacedBy(input, replaced);
        body.nodes.push_back(changed.inputs == node->inputs ? node
                                                            : std::make_shared<const GraphNode>(std::move(changed)));
    }
    for (const Operand& operand : graph.graph()->returns)
        body.returns.push_back(replacedBy(operand, replaced));
    return body;
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    STRATA_TRY(const GraphNodePtr call, findNode(*graph, arguments.text("node")));
    Inliner inliner(module, *graph, *call);
    const std::vector<GraphNode> nodes = inliner.nodes();
    Forwarding forwarding;
    std::vector<Cursor>& targets = forwarding[nodeCursor(*graph, call->name)];
    for (const GraphNode& node : nodes)
        targets.push_back(nodeCursor(*graph, node.name));
    for (const auto& [value, operand] : inliner.replaced())
        forwarding[valueCursor(*graph, value)] = operand.kind == Operand::Kind::Value
                                                     ? std::vector{valueCursor(*graph, operand.name)}
                                                     : std::vector<Cursor>();
    const ModulePtr without = withBody(module, *graph, inlined(*graph, call, nodes, inliner.replaced()));
    const ModulePtr after = withoutUnused(*without, forwarding);
    return difference(module, *after, std::move(forwarding),
                      library::isRoutine(*call) ? Effect::Reassociated : Effect::Exact);
}

}  // namespace

STRATA_TRANSFORM(library_inline_call)
{
    Transform t;
    t.id = "library.inline_call";
    t.level = Level::Library;
    t.title = "Inline a call";
    t.summary =
        "Puts what a call stands for in its place: the operators behind a library routine, or the nodes of a function.";
    t.documentation =
        "The reverse of calling a library and of fusing. A routine becomes the operator that it computes (and its Relu), which then lowers to "
        "loops again; a call of a function that is still a graph becomes that function's nodes, under fresh names. A function that nobody calls any more is "
        "dropped. Inlining a function is exact; leaving a library changes the order of additions back to ours. A function that is held as loops cannot "
        "go back into a graph: undo the step that lowered it.";
    t.alsoKnownAs = {"un-fuse", "InlinePrivateFunctions (TVM)"};
    t.parameters = {{"function", ParameterKind::Function, "The graph function that holds the call.", "", false, {}},
                    {"node", ParameterKind::Node, "The call.", "", false, {}}};
    t.appliesTo = {NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

def main(x: f32[2, 3], w: f32[3, 4]) -> (y: f32[2, 4]):
    y: f32[2, 4] = `openblas.matmul`(x, w, epilogue="relu", node="MatMul_0", domain="library")
    return y
)";
    t.example.step = "library.inline_call(main, MatMul_0)";
    t.example.after = R"(module example(entry=main):

def main(x: f32[2, 3], w: f32[3, 4]) -> (y: f32[2, 4]):
    y_linear: f32[2, 4] = MatMul(x, w, node="MatMul_0", version=13)
    y: f32[2, 4] = Relu(y_linear, node="MatMul_0_relu", version=14)
    return y
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
