// graph.decompose: a compound operator as the simpler ones it is made of.
#include "core/operators/infer.h"
#include "passes/graph/decompositions.h"

namespace strata {

namespace {

using namespace graph;

std::string ruleNames()
{
    std::string text;
    for (const DecompositionRule& rule : decompositionRules())
        text += (text.empty() ? "" : ", ") + std::string(rule.op);
    return text;
}

struct Written {
    Effect effect;
    std::vector<GraphNodePtr> nodes;
    std::map<std::string, ConstantPtr> constants;
};

Result<Written> written(const Module& module, const Function& graph, const GraphNode& node)
{
    const DecompositionRule* rule = findDecomposition(node);
    if (!rule)
        return refused(
            say("Node {} ({}) is not made of simpler operators.", node.name, node.isCall() ? node.callee : node.op),
            {nodeCursor(graph, node.name)}, "There are decompositions of " + ruleNames() + ".");
    Decomposition decomposition(module, graph, node);
    if (const Status status = rule->write(decomposition); !status) {
        Error error = status.error();
        error.nodes = {nodeCursor(graph, node.name)};
        return error;
    }
    // Factors are scalars of their own, and a product that they scale rounds once more.
    const Effect effect = decomposition.constants().empty() ? rule->effect : Effect::Approximate;
    return Written{effect, decomposition.nodes(), decomposition.constants()};
}

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    STRATA_TRY(const GraphNodePtr node, findNode(*graph, arguments.text("node")));
    STRATA_TRY(const Written parts, written(module, *graph, *node));
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    STRATA_TRY(const GraphNodePtr node, findNode(*graph, arguments.text("node")));
    STRATA_TRY(const Written parts, written(module, *graph, *node));
    Forwarding forwarding;
    GraphBody body;
    body.returns = graph->graph()->returns;
    for (const GraphNodePtr& one : graph->graph()->nodes) {
        if (one != node)
            body.nodes.push_back(one);
        else
            body.nodes.insert(body.nodes.end(), parts.nodes.begin(), parts.nodes.end());
    }
    std::vector<Cursor>& targets = forwarding[nodeCursor(*graph, node->name)];
    for (const GraphNodePtr& part : parts.nodes)
        targets.push_back(nodeCursor(*graph, part->name));
    for (std::size_t i = 1; i < node->outputs.size(); ++i)
        if (!node->outputs[i].name.empty())
            forwarding[valueCursor(*graph, node->outputs[i].name)] = {};
    auto changed = std::make_shared<Module>(*withBody(module, *graph, std::move(body)));
    for (const auto& [name, constant] : parts.constants)
        changed->constants.emplace(name, constant);
    STRATA_TRY(const InferredTypes inferred, inferFunction(*changed, *changed->find(graph->name)));
    return difference(module, *changed->withFunction(inferred.function), std::move(forwarding), parts.effect);
}

std::string documentation()
{
    std::string text =
        "The node is replaced by operators that compute the same in smaller parts, which other steps can then fold, fuse or "
        "schedule apart. Softmax keeps its numerically stable form, with the maximum subtracted. Gemm without factors is exact: it is a chain of fused "
        "multiply-adds and then an addition either way; the others round in other places and are approximate. Refused where a part is missing: "
        "further outputs that somebody reads, training mode.\n\n";
    for (const DecompositionRule& rule : decompositionRules())
        text += std::string(rule.op) + " = " + rule.formula + "\n";
    return text;
}

}  // namespace

STRATA_TRANSFORM(graph_decompose)
{
    Transform t;
    t.id = "graph.decompose";
    t.level = Level::Graph;
    t.title = "Decompose an operator";
    t.summary = "Replaces a compound operator, as Softmax or Gemm, by the simpler ones it is made of.";
    t.documentation = documentation();
    t.alsoKnownAs = {"DecomposeOpsForInference (TVM)", "convert-onnx-to-onnx decompositions (onnx-mlir)"};
    t.parameters = {{"function", ParameterKind::Function, "The graph function.", "", false, {}},
                    {"node", ParameterKind::Node, "The node to take apart.", "", false, {}}};
    t.appliesTo = {NodeKind::Operator};
    t.effect = Effect::Approximate;
    t.example.before = R"(module example(entry=main):

def main(x: f32[2, 3], w: f32[4, 3], b: f32[4]) -> (y: f32[2, 4]):
    y: f32[2, 4] = Gemm(x, w, b, transB=1, node="fc", version=13)
    return y
)";
    t.example.step = "graph.decompose(main, fc)";
    t.example.after = R"(module example(entry=main):

def main(x: f32[2, 3], w: f32[4, 3], b: f32[4]) -> (y: f32[2, 4]):
    y_transpose: f32[3, 4] = Transpose(w, perm=[1, 0], node="fc_transpose", version=13)
    y_matmul: f32[2, 4] = MatMul(x, y_transpose, node="fc_matmul", version=13)
    y: f32[2, 4] = Add(y_matmul, b, node="fc_add", version=14)
    return y
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
