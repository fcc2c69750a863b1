// graph.remove_identity: nodes that hand their input on.
#include "core/ir/calls.h"
#include "core/operators/views.h"
#include "passes/rewrite/graph.h"

#include <algorithm>
#include <numeric>

namespace strata {

namespace {

using namespace graph;
using Integers = std::vector<std::int64_t>;

bool sameKnownType(const OperandTypes& types, const GraphNode& node)
{
    const auto from = types.of(node.inputs[0]);
    return from && *from == node.outputs[0].type && from->kind == ValueType::Kind::Tensor && from->tensor.ranked
           && isConstant(from->tensor.shape);
}

bool isIdentityPermutation(const GraphNode& node)
{
    const auto found = node.attributes.find("perm");
    const Integers* perm = found == node.attributes.end() ? nullptr : std::get_if<Integers>(&found->second);
    if (!perm)
        return false;
    Integers counted(perm->size());
    std::iota(counted.begin(), counted.end(), 0);
    return *perm == counted;
}

// Only where attributes and types show it. x + 0 is none: it makes 0 of -0.
bool handsOn(const OperandTypes& types, const GraphNode& node)
{
    const bool one = node.outputs.size() == 1
                     || std::all_of(node.outputs.begin() + 1, node.outputs.end(),
                                    [](const TypedName& o) { return o.name.empty(); });
    if (!node.domain.empty() || node.inputs.empty() || !one)
        return false;
    if (node.op == "Identity" || (node.op == "Dropout" && node.inputs.size() < 3))
        return true;
    if (node.op == "Transpose")
        return isIdentityPermutation(node);
    if (node.op == "Concat" || node.op == "Max" || node.op == "Min" || node.op == "Sum")
        return node.inputs.size() == 1;
    if (node.op == "Cast") {
        const auto from = types.of(node.inputs[0]);
        const auto isTensor = [](const ValueType& type) { return type.kind == ValueType::Kind::Tensor; };
        return from && isTensor(*from) && isTensor(node.outputs[0].type)
               && from->tensor.dtype == node.outputs[0].type.tensor.dtype;
    }
    return (isView(node) || node.op == "Expand") && sameKnownType(types, node);
}

std::vector<GraphNodePtr> identities(const Module& module, const Function& graph)
{
    const OperandTypes types(module, graph);
    std::vector<GraphNodePtr> result;
    for (const GraphNodePtr& node : graph.graph()->nodes)
        if (handsOn(types, *node))
            result.push_back(node);
    return result;
}

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    if (identities(module, *graph).empty())
        return refused(say("No node of {} merely hands its input on.", graph->name), {functionCursor(graph->name)});
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    const std::vector<GraphNodePtr> dropped = identities(module, *graph);
    std::map<std::string, Operand> source;  // value -> what it is
    const auto resolved = [&source](const Operand& operand) {
        const auto found = operand.kind == Operand::Kind::Value ? source.find(operand.name) : source.end();
        return found == source.end() ? operand : found->second;
    };
    Forwarding forwarding;
    GraphBody body;
    for (const GraphNodePtr& node : graph->graph()->nodes) {
        GraphNode changed = *node;
        for (Operand& input : changed.inputs)
            input = resolved(input);
        if (std::find(dropped.begin(), dropped.end(), node) != dropped.end()) {
            const Operand from = changed.inputs[0];
            source[node->outputs[0].name] = from;
            forwarding[nodeCursor(*graph, node->name)] = {};
            forwarding[valueCursor(*graph, node->outputs[0].name)] =
                from.kind == Operand::Kind::Value ? std::vector{valueCursor(*graph, from.name)}
                                                  : std::vector<Cursor>{{"", NodeKind::Constant, from.name}};
            continue;
        }
        body.nodes.push_back(changed.inputs == node->inputs ? node
                                                            : std::make_shared<const GraphNode>(std::move(changed)));
    }
    for (const Operand& operand : graph->graph()->returns)
        body.returns.push_back(resolved(operand));
    const ModulePtr after = withoutUnused(*withBody(module, *graph, std::move(body)), forwarding);
    return difference(module, *after, std::move(forwarding));
}

}  // namespace

STRATA_TRANSFORM(graph_remove_identity)
{
    Transform t;
    t.id = "graph.remove_identity";
    t.level = Level::Graph;
    t.title = "Remove nodes that do nothing";
    t.summary = "Drops nodes that hand their input on unchanged, as an exporter leaves them behind.";
    t.documentation =
        "Identity; Dropout at inference; Transpose by the identity; Cast to the type that is there; Concat, Sum, Max or Min of a single input; Reshape, "
        "Flatten, Squeeze, Unsqueeze and Expand to the shape that is there. Only what attributes and types show counts: adding 0 is not dropped, because it turns "
        "-0 into 0, and a broadcast may hide in it. Exact.";
    t.alsoKnownAs = {"CanonicalizeBindings (TVM)", "EliminateIdentity (ONNX Runtime)"};
    t.parameters = {{"function", ParameterKind::Function, "The graph function.", "", false, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

def main(x: f32[4, 3]) -> (y: f32[4, 3]):
    a: f32[4, 3] = Identity(x, node="Identity_0", version=13)
    b: f32[4, 3] = Relu(a, node="Relu_0", version=14)
    y: f32[4, 3] = Transpose(b, perm=[0, 1], node="Transpose_0", version=13)
    return y
)";
    t.example.step = "graph.remove_identity(main)";
    t.example.after = R"(module example(entry=main):

def main(x: f32[4, 3]) -> (y: f32[4, 3]):
    b: f32[4, 3] = Relu(x, node="Relu_0", version=14)
    return b
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
