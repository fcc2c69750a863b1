// Compound operators as formulas of simpler ones, as the ONNX specification gives them; a rule is a few lines over
// `add`.
//
// A decomposition computes the same function of real numbers. It is exact only where the bits are the same, too (Gemm
// without factors is a chain of fused multiply-adds and an addition either way); all others round in other places and
// are approximate. Values in between have no type here; shape inference gives it afterwards.
#include "passes/graph/decompositions.h"

#include "core/ir/calls.h"
#include "core/tensor/tensor.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace strata::graph {

namespace {

using Integers = std::vector<std::int64_t>;

std::string lower(std::string text)
{
    for (char& c : text)
        c = char(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

Error cannot(const Decomposition& d, const std::string& why)
{
    return refused(say("Node {} ({}) {}.", d.node().name, d.node().op, why));
}

Status onlyFirstOutput(const Decomposition& d)
{
    for (std::size_t i = 1; i < d.node().outputs.size(); ++i)
        if (!d.node().outputs[i].name.empty())
            return cannot(d, "also makes " + d.node().outputs[i].name + ", which its parts do not");
    return {};
}

Status rankedInput(const Decomposition& d)
{
    return d.inputType(0).ranked ? Status() : Status(cannot(d, "has an input of unknown rank"));
}

std::int64_t counted(std::int64_t axis, std::int64_t rank) { return axis < 0 ? axis + rank : axis; }

Integers axesFrom(std::int64_t first, std::int64_t rank)
{
    Integers axes;
    for (std::int64_t axis = first; axis < rank; ++axis)
        axes.push_back(axis);
    return axes;
}

// Before opset 13 Softmax takes everything from the axis on as one.
Integers softmaxAxes(const Decomposition& d)
{
    const bool old = d.node().version < 13;
    const std::int64_t axis = counted(d.integer("axis", old ? 1 : -1), d.rank());
    return old ? axesFrom(axis, d.rank()) : Integers{axis};
}

Operand shifted(Decomposition& d, const Integers& axes)
{
    const Operand largest = d.add("ReduceMax", 13, {d.input(0)}, {{"axes", axes}, {"keepdims", std::int64_t(1)}});
    return d.add("Sub", 14, {d.input(0), largest});
}

Status softmax(Decomposition& d)
{
    STRATA_CHECK(rankedInput(d));
    const Integers axes = softmaxAxes(d);
    const Operand exps = d.add("Exp", 13, {shifted(d, axes)});
    d.finish("Div", 14, {exps, d.add("ReduceSum", 11, {exps}, {{"axes", axes}, {"keepdims", std::int64_t(1)}})});
    return {};
}

Status logSoftmax(Decomposition& d)
{
    STRATA_CHECK(rankedInput(d));
    const Integers axes = softmaxAxes(d);
    const Operand difference = shifted(d, axes);
    const Operand sum = d.add("ReduceSum", 11, {d.add("Exp", 13, {difference})},
                              {{"axes", axes}, {"keepdims", std::int64_t(1)}});
    d.finish("Sub", 14, {difference, d.add("Log", 13, {sum})});
    return {};
}

Status gemm(Decomposition& d)
{
    const float alpha = d.real("alpha", 1), beta = d.real("beta", 1);
    const Attributes swapped{{"perm", Integers{1, 0}}};
    const Operand a = d.integer("transA", 0) ? d.add("Transpose", 13, {d.input(0)}, swapped) : d.input(0);
    const Operand b = d.integer("transB", 0) ? d.add("Transpose", 13, {d.input(1)}, swapped) : d.input(1);
    const bool scaled = alpha != 1, biased = d.given(2) && beta != 0;
    if (!scaled && !biased)
        return d.finish("MatMul", 13, {a, b}), Status();
    Operand product = d.add("MatMul", 13, {a, b});
    if (scaled && !biased)
        return d.finish("Mul", 14, {product, d.scalar("alpha", alpha)}), Status();
    if (scaled)
        product = d.add("Mul", 14, {product, d.scalar("alpha", alpha)});
    d.finish("Add", 14, {product, beta == 1 ? d.input(2) : d.add("Mul", 14, {d.input(2), d.scalar("beta", beta)})});
    return {};
}

Operand mean(Decomposition& d, const Operand& x, const Integers& axes)
{
    return d.add("ReduceMean", 13, {x}, {{"axes", axes}, {"keepdims", std::int64_t(1)}});
}

Status layerNormalization(Decomposition& d)
{
    STRATA_CHECK(rankedInput(d));
    STRATA_CHECK(onlyFirstOutput(d));
    const Integers axes = axesFrom(counted(d.integer("axis", -1), d.rank()), d.rank());
    const Operand difference = d.add("Sub", 14, {d.input(0), mean(d, d.input(0), axes)});
    const Operand variance = mean(d, d.add("Mul", 14, {difference, difference}), axes);
    const Operand deviation = d.add("Sqrt", 13,
                                    {d.add("Add", 14, {variance, d.scalar("epsilon", d.real("epsilon", 1e-5f))})});
    const Operand normal = d.add("Div", 14, {difference, deviation});
    if (!d.given(2))
        return d.finish("Mul", 14, {normal, d.input(1)}), Status();
    d.finish("Add", 14, {d.add("Mul", 14, {normal, d.input(1)}), d.input(2)});
    return {};
}

// A parameter per channel [c] as [c, 1, 1], to be broadcast against [n, c, h, w].
Operand perChannel(Decomposition& d, std::size_t i)
{
    const Integers axes = axesFrom(1, d.rank() - 1);
    return axes.empty() ? d.input(i) : d.add("Unsqueeze", 11, {d.input(i)}, {{"axes", axes}});
}

Status batchNormalization(Decomposition& d)
{
    STRATA_CHECK(rankedInput(d));
    STRATA_CHECK(onlyFirstOutput(d));
    if (d.integer("training_mode", 0))
        return cannot(d, "computes its statistics from the batch (training mode)");
    const Operand difference = d.add("Sub", 14, {d.input(0), perChannel(d, 3)});
    const Operand deviation = d.add("Sqrt", 13,
                                    {d.add("Add", 14, {d.input(4), d.scalar("epsilon", d.real("epsilon", 1e-5f))})});
    const Operand factor = d.add("Div", 14, {d.input(1), deviation});
    const Integers axes = axesFrom(1, d.rank() - 1);
    const Operand scale = axes.empty() ? factor : d.add("Unsqueeze", 11, {factor}, {{"axes", axes}});
    d.finish("Add", 14, {d.add("Mul", 14, {difference, scale}), perChannel(d, 2)});
    return {};
}

Operand halved(Decomposition& d) { return d.add("Mul", 14, {d.input(0), d.scalar("half", 0.5)}); }

Status gelu(Decomposition& d)
{
    const auto found = d.node().attributes.find("approximate");
    const std::string* how = found == d.node().attributes.end() ? nullptr : std::get_if<std::string>(&found->second);
    Operand inner;
    if (how && *how == "tanh") {
        const Operand cube = d.add("Mul", 14, {d.add("Mul", 14, {d.input(0), d.input(0)}), d.input(0)});
        const Operand sum = d.add("Add", 14, {d.input(0), d.add("Mul", 14, {cube, d.scalar("cubic", 0.044715)})});
        inner = d.add("Tanh", 13, {d.add("Mul", 14, {sum, d.scalar("factor", std::sqrt(2 / M_PI))})});
    } else {
        inner = d.add("Erf", 13, {d.add("Mul", 14, {d.input(0), d.scalar("factor", std::sqrt(0.5))})});
    }
    d.finish("Mul", 14, {halved(d), d.add("Add", 14, {inner, d.scalar("one", 1)})});
    return {};
}

Operand hardSigmoid(Decomposition& d, double alpha, double beta)
{
    const Operand line = d.add("Add", 14,
                               {d.add("Mul", 14, {d.input(0), d.scalar("alpha", alpha)}), d.scalar("beta", beta)});
    return d.add("Min", 13, {d.add("Max", 13, {line, d.scalar("zero", 0)}), d.scalar("one", 1)});
}

Status hardSwish(Decomposition& d)
{
    d.finish("Mul", 14, {d.input(0), hardSigmoid(d, 1.0 / 6, 0.5)});
    return {};
}

Status softplus(Decomposition& d)
{
    d.finish("Log", 13, {d.add("Add", 14, {d.add("Exp", 13, {d.input(0)}), d.scalar("one", 1)})});
    return {};
}

Status globalAveragePool(Decomposition& d)
{
    STRATA_CHECK(rankedInput(d));
    d.finish("ReduceMean", 13, {d.input(0)}, {{"axes", axesFrom(2, d.rank())}, {"keepdims", std::int64_t(1)}});
    return {};
}

}  // namespace

Decomposition::Decomposition(const Module& module, const Function& graph, const GraphNode& node)
    : m_module(module)
    , m_node(node)
{
    const OperandTypes types(module, graph);
    for (const Operand& input : node.inputs)
        m_inputTypes.push_back(types.tensor(input));
    for (const TypedName& param : graph.params)
        m_valueNames.insert(param.name);
    for (const GraphNodePtr& one : graph.graph()->nodes) {
        m_nodeNames.insert(one->name);
        for (const TypedName& output : one->outputs)
            m_valueNames.insert(output.name);
    }
}

float Decomposition::real(const std::string& attribute, float fallback) const
{
    const auto found = m_node.attributes.find(attribute);
    const float* value = found == m_node.attributes.end() ? nullptr : std::get_if<float>(&found->second);
    return value ? *value : fallback;
}

std::int64_t Decomposition::integer(const std::string& attribute, std::int64_t fallback) const
{
    const auto found = m_node.attributes.find(attribute);
    const std::int64_t* value = found == m_node.attributes.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
    return value ? *value : fallback;
}

GraphNode Decomposition::make(const std::string& op, int version, std::vector<Operand> inputs, Attributes attributes)
{
    GraphNode made;
    made.name = freshName(m_node.name + "_" + lower(op),
                          [this](const std::string& n) { return m_nodeNames.count(n) != 0; });
    m_nodeNames.insert(made.name);
    made.op = op;
    made.version = version;
    made.inputs = std::move(inputs);
    made.attributes = std::move(attributes);
    return made;
}

Operand Decomposition::add(const std::string& op, int version, std::vector<Operand> inputs, Attributes attributes)
{
    GraphNode made = make(op, version, std::move(inputs), std::move(attributes));
    const std::string value = freshName(m_node.outputs[0].name + "_" + lower(op),
                                        [this](const std::string& n) { return m_valueNames.count(n) != 0; });
    m_valueNames.insert(value);
    made.outputs = {{value, {ValueType::Kind::Tensor, {m_node.outputs[0].type.tensor.dtype, {}, false}}}};
    m_nodes.push_back(std::make_shared<const GraphNode>(std::move(made)));
    return Operand::value(value);
}

void Decomposition::finish(const std::string& op, int version, std::vector<Operand> inputs, Attributes attributes)
{
    GraphNode made = make(op, version, std::move(inputs), std::move(attributes));
    made.outputs = {m_node.outputs[0]};
    m_nodes.push_back(std::make_shared<const GraphNode>(std::move(made)));
}

Operand Decomposition::scalar(const std::string& name, double value)
{
    Tensor tensor = makeTensor(m_inputTypes[0].dtype, {});
    tensor.set(0, value);
    const auto taken = [this](const std::string& n) {
        return m_module.constants.count(n) != 0 || m_constants.count(n) != 0;
    };
    const std::string fresh = freshName(m_node.name + "_" + name, taken);
    if (Result<ConstantPtr> constant = toConstant(std::move(tensor)))
        m_constants[fresh] = *constant;
    return Operand::constant(fresh);
}

const std::vector<DecompositionRule>& decompositionRules()
{
    static const std::vector<DecompositionRule> rules{
        {"BatchNormalization", Effect::Approximate, "(x - mean) * (scale / sqrt(variance + epsilon)) + bias",
         batchNormalization},
        {"Gelu", Effect::Approximate, "x * 0.5 * (1 + erf(x * sqrt(0.5)))", gelu},
        {"Gemm", Effect::Exact, "matmul(a, b) + c, with transposes and factors as nodes", gemm},
        {"GlobalAveragePool", Effect::Approximate, "the mean over all but the first two dimensions", globalAveragePool},
        {"HardSwish", Effect::Approximate, "x * min(max(x / 6 + 0.5, 0), 1)", hardSwish},
        {"LayerNormalization", Effect::Approximate, "(x - mean) / sqrt(mean of (x - mean)^2 + epsilon) * scale + bias",
         layerNormalization},
        {"LogSoftmax", Effect::Approximate, "d - log(sum of exp(d)) with d = x - max(x)", logSoftmax},
        {"Softmax", Effect::Approximate, "exp(d) / sum of exp(d) with d = x - max(x)", softmax},
        {"Softplus", Effect::Approximate, "log(exp(x) + 1)", softplus},
    };
    return rules;
}

const DecompositionRule* findDecomposition(const GraphNode& node)
{
    for (const DecompositionRule& rule : decompositionRules())
        if (node.domain.empty() && node.op == rule.op)
            return &rule;
    return nullptr;
}

}  // namespace strata::graph
