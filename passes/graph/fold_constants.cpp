// graph.fold_constants: what depends on constants alone is computed now.
#include "core/operators/infer.h"
#include "core/operators/operator.h"
#include "core/reference/evaluate.h"
#include "passes/rewrite/graph.h"

#include <algorithm>

namespace strata {

namespace {

using namespace graph;

class Folding {
public:
    Folding(const Module& module, FunctionPtr graph, std::int64_t limit)
        : m_original(module)
        , m_module(module)
        , m_graph(std::move(graph))
        , m_limit(limit)
    {
    }

    Status run()
    {
        STRATA_TRY(InferredTypes types, inferFunction(m_module, *m_graph));
        m_known = std::move(types.known);
        for (const GraphNodePtr& node : m_graph->graph()->nodes) {
            const GraphNodePtr current = rewired(node);
            if (!fold(*current))
                m_body.nodes.push_back(current);
        }
        for (const Operand& operand : m_graph->graph()->returns)
            m_body.returns.push_back(mapped(operand));
        return {};
    }

    bool changed() const { return m_body.nodes.size() != m_graph->graph()->nodes.size(); }

    Change result()
    {
        Forwarding gone;
        const ModulePtr after = withoutUnused(*withBody(m_module, *m_graph, std::move(m_body)), gone);
        Forwarding forwarding = compose(m_forwarding, gone);
        for (const auto& [value, constant] : m_folded)  // made here, and perhaps needed by nobody
            forwarding.erase({"", NodeKind::Constant, constant});
        return difference(m_original, *after, std::move(forwarding));
    }

private:
    Operand mapped(const Operand& operand) const
    {
        const auto found = m_folded.find(operand.name);
        return operand.kind == Operand::Kind::Value && found != m_folded.end() ? Operand::constant(found->second)
                                                                               : operand;
    }

    GraphNodePtr rewired(const GraphNodePtr& node) const
    {
        GraphNode copy = *node;
        for (Operand& input : copy.inputs)
            input = mapped(input);
        return copy.inputs == node->inputs ? node : std::make_shared<const GraphNode>(std::move(copy));
    }

    // Values of all outputs, if they are known now.
    std::optional<std::vector<Tensor>> values(const GraphNode& node) const
    {
        std::vector<Tensor> result;
        for (const TypedName& output : node.outputs)
            if (const auto found = m_known.find(output.name); found != m_known.end())
                result.push_back(found->second);
        if (result.size() != node.outputs.size())
            return evaluated(node);
        const bool small = std::all_of(result.begin(), result.end(), [this](const Tensor& tensor) {
            return std::int64_t(tensor.bytes.size()) <= m_limit;
        });
        return small ? std::optional(std::move(result)) : evaluated(node);
    }

    // Small, or no more elements than it is made of: a weight may be transposed or converted whatever its size.
    bool worthKeeping(const GraphNode& node, const TensorType& result) const
    {
        const std::optional<std::int64_t> bytes = byteCount(result);
        if (!bytes || *bytes <= m_limit)
            return bytes.has_value();
        std::int64_t elements = 0;
        for (const Operand& input : node.inputs)
            if (const auto found = m_module.constants.find(input.name);
                input.kind == Operand::Kind::Constant && found != m_module.constants.end())
                elements += elementCount(found->second->type().shape).value_or(0);
        return elementCount(result.shape).value_or(elements + 1) <= elements;
    }

    std::optional<std::vector<Tensor>> evaluated(const GraphNode& node) const
    {
        if (node.isCall() || !isPure(node) || !findOperator(node))
            return std::nullopt;
        for (const Operand& input : node.inputs)
            if (input.kind == Operand::Kind::Value)
                return std::nullopt;
        Function single;
        single.name = "fold";
        GraphBody body;
        body.nodes = {std::make_shared<const GraphNode>(node)};
        for (const TypedName& output : node.outputs) {
            if (output.name.empty() || !worthKeeping(node, output.type.tensor))
                return std::nullopt;
            single.results.push_back(output);
            body.returns.push_back(Operand::value(output.name));
        }
        single.body = std::move(body);
        Result<std::vector<Tensor>> outputs = evaluate(m_module, single, {});
        return outputs ? std::optional(std::move(*outputs)) : std::nullopt;
    }

    bool fold(const GraphNode& node)
    {
        std::optional<std::vector<Tensor>> outputs = values(node);
        if (!outputs)
            return false;
        std::vector<Cursor> targets;
        for (std::size_t i = 0; i < node.outputs.size(); ++i) {
            Result<ConstantPtr> constant = toConstant(std::move((*outputs)[i]));
            if (!constant)
                return false;
            const std::string name = freshName(node.outputs[i].name,
                                               [&](const std::string& n) { return m_module.constants.count(n) != 0; });
            m_module.constants[name] = *constant;
            m_folded[node.outputs[i].name] = name;
            targets.push_back({"", NodeKind::Constant, name});
            m_forwarding[valueCursor(*m_graph, node.outputs[i].name)] = {targets.back()};
        }
        m_forwarding[nodeCursor(*m_graph, node.name)] = std::move(targets);
        return true;
    }

    const Module& m_original;
    Module m_module;  // with what was folded
    FunctionPtr m_graph;
    std::int64_t m_limit;
    std::map<std::string, Tensor> m_known;
    std::map<std::string, std::string> m_folded;  // value -> constant
    GraphBody m_body;
    Forwarding m_forwarding;
};

// Cheap: is there a node that reads no value, or one that asks only for a constant shape?
Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(FunctionPtr graph, findGraph(module, arguments.text("function")));
    for (const GraphNodePtr& node : graph->graph()->nodes)
        if (node->op == "Shape" || node->op == "Size"
            || std::none_of(node->inputs.begin(), node->inputs.end(),
                            [](const Operand& o) { return o.kind == Operand::Kind::Value; }))
            return {};
    return refused(say("No node of {} depends on constants alone.", graph->name), {functionCursor(graph->name)});
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    STRATA_TRY(FunctionPtr graph, findGraph(module, arguments.text("function")));
    Folding folding(module, graph, arguments.integer("max_bytes"));
    STRATA_CHECK(folding.run());
    if (!folding.changed())
        return refused(say("No node of {} can be folded: what depends on constants alone is random, or larger than "
                           "max_bytes and than its inputs.",
                           graph->name),
                       {functionCursor(graph->name)});
    return folding.result();
}

}  // namespace

STRATA_TRANSFORM(graph_fold_constants)
{
    Transform t;
    t.id = "graph.fold_constants";
    t.level = Level::Graph;
    t.title = "Fold constants";
    t.summary = "Computes now what depends on constants alone, and keeps the result as a constant.";
    t.documentation =
        "The reference evaluator runs each node whose inputs are all constants, and shape arithmetic (Shape, Gather, Concat, ...) over constant "
        "shapes; the node disappears and its result becomes a constant of the module. Same definitions, same numbers: exact. Results above "
        "max_bytes that have more elements than what they are made of stay computed, so that an Expand does not fill the disk; random operators are never folded.";
    t.alsoKnownAs = {"FoldConstant (TVM)", "constant propagation"};
    t.parameters = {{"function", ParameterKind::Function, "The graph function.", {}, false, {}},
                    {"max_bytes",
                     ParameterKind::Integer,
                     "Largest result to keep that has more elements than its inputs.",
                     "16777216",
                     true,
                     {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

const @a: f32[2] = [1.0, 2.0]
const @b: f32[2] = [0.5, 0.25]

def main(x: f32[2]) -> (y: f32[2]):
    s: f32[2] = Add(@a, @b, node="Add_0", version=14)
    y: f32[2] = Mul(x, s, node="Mul_0", version=14)
    return y
)";
    t.example.step = "graph.fold_constants(main)";
    t.example.after = R"(module example(entry=main):

const @s: f32[2] = [1.5, 2.25]

def main(x: f32[2]) -> (y: f32[2]):
    y: f32[2] = Mul(x, @s, node="Mul_0", version=14)
    return y
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
