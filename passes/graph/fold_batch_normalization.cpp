// graph.fold_batch_normalization: what a normalization with known statistics does to each channel goes into the weights
// of the convolution before it.
//
//     (conv(x, w) + b - mean) * factor + bias   ->   conv(x, w * factor) + ((b - mean) * factor + bias),
//     factor = scale / sqrt(variance + epsilon), one a channel
//
// The factor is multiplied into each term instead of their sum, so the sums round otherwise: reassociated.
#include "core/operators/rules.h"
#include "passes/graph/replacement.h"

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

using namespace graph;

class NormalizationFolding : NodeReplacement {
public:
    NormalizationFolding(Replacement& replacement, GraphNodePtr node)
        : NodeReplacement(replacement, std::move(node))
    {
    }

    Status read();
    Status write();

private:
    Status readConvolution();
    Status readStatistics();
    std::int64_t channelOf(std::int64_t weight) const;

    GraphNodePtr m_convolution;
    Tensor m_weights;
    std::optional<Tensor> m_bias;
    std::vector<double> m_factors, m_shifts;  // one a channel: y = x * factor + shift
};

Status NormalizationFolding::readConvolution()
{
    m_convolution = m_replacement.producer(m_node->inputs[0]);
    if (!m_convolution || m_convolution->isCall() || !m_convolution->domain.empty()
        || (m_convolution->op != "Conv" && m_convolution->op != "ConvTranspose"))
        return no("follows no convolution");
    if (!m_replacement.onlyReader(m_convolution->outputs[0].name))
        return no("is not the only reader of its convolution");
    std::optional<Tensor> weights = m_replacement.constant(m_convolution->inputs[1]);
    if (!weights || weights->type.dtype != DType::F32)
        return no("follows a convolution whose weights are no constant of f32");
    m_weights = std::move(*weights);
    if (m_convolution->inputs.size() < 3 || m_convolution->inputs[2].kind == Operand::Kind::None)
        return {};
    m_bias = m_replacement.constant(m_convolution->inputs[2]);
    if (!m_bias)
        return no("follows a convolution whose bias is no constant");
    return {};
}

Status NormalizationFolding::readStatistics()
{
    std::vector<Tensor> inputs;
    for (std::size_t i = 1; i < 5; ++i) {
        std::optional<Tensor> value = m_replacement.constant(m_node->inputs[i]);
        if (!value)
            return no("has parameters that are no constants");
        inputs.push_back(std::move(*value));
    }
    const auto found = m_node->attributes.find("epsilon");
    const double epsilon = found == m_node->attributes.end() ? double(1e-5f) : double(std::get<float>(found->second));
    for (std::int64_t c = 0; c < inputs[0].count(); ++c) {
        const double factor = inputs[0].at(c) / std::sqrt(inputs[3].at(c) + epsilon);
        if (!std::isfinite(factor))
            return no("divides by no number");
        const double before = m_bias ? m_bias->at(c) : 0;
        m_factors.push_back(factor);
        m_shifts.push_back((before - inputs[2].at(c)) * factor + inputs[1].at(c));
    }
    return {};
}

Status NormalizationFolding::read()
{
    if (m_node->isCall() || !m_node->domain.empty() || m_node->op != "BatchNormalization" || m_node->version < 7)
        return no("is no BatchNormalization of opset 7 or later");
    const bool trains = integerAttribute(*m_node, "training_mode", 0) != 0
                        || std::any_of(m_node->outputs.begin() + 1, m_node->outputs.end(),
                                       [](const TypedName& output) { return !output.name.empty(); });
    if (trains)
        return no("computes its statistics from the batch (training mode)");
    STRATA_CHECK(readConvolution());
    return readStatistics();
}

// The channel of the result that a weight is for: [o, i / group, ...], transposed [i, o / group, ...].
std::int64_t NormalizationFolding::channelOf(std::int64_t weight) const
{
    const std::vector<std::int64_t> shape = constants(m_weights.type.shape);
    if (m_convolution->op == "Conv")
        return weight / std::max<std::int64_t>(1, m_weights.count() / shape[0]);
    const std::int64_t group = integerAttribute(*m_convolution, "group", 1), channels = shape[1];
    const std::int64_t window = m_weights.count() / (shape[0] * channels);
    const std::int64_t input = weight / (window * channels);
    return input / (shape[0] / group) * channels + weight / window % channels;
}

Status NormalizationFolding::write()
{
    m_replacement.replace(m_node);
    m_replacement.drop(m_convolution);
    for (std::int64_t i = 0; i < m_weights.count(); ++i)
        m_weights.set(i, m_weights.at(i) * m_factors[std::size_t(channelOf(i))]);
    Tensor shifts = makeTensor(DType::F32, {std::int64_t(m_shifts.size())});
    for (std::size_t c = 0; c < m_shifts.size(); ++c)
        shifts.set(std::int64_t(c), m_shifts[c]);
    STRATA_TRY(const Operand weights, m_replacement.constant("weights", std::move(m_weights)));
    STRATA_TRY(const Operand bias, m_replacement.constant("bias", std::move(shifts)));
    m_replacement.add(m_convolution->op, m_convolution->version, {m_convolution->inputs[0], weights, bias},
                      m_convolution->attributes);
    m_replacement.finish(*m_node);
    return {};
}

Status applies(const Module& module, const Arguments& arguments)
{
    const auto isOfKind = [](const GraphNode& node) { return node.op == "BatchNormalization"; };
    return hasNodes(module, arguments, isOfKind, say("{} has no BatchNormalization.", arguments.text("function")));
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    return rewriteNodes(module, arguments, rewritingBy<NormalizationFolding>(),
                        say("No BatchNormalization of {} folds.", arguments.text("function")), {},
                        Effect::Reassociated);
}

}  // namespace

STRATA_TRANSFORM(graph_fold_batch_normalization)
{
    Transform t;
    t.id = "graph.fold_batch_normalization";
    t.level = Level::Graph;
    t.title = "Fold batch normalizations";
    t.summary = "Multiplies a normalization's factors into the weights of the convolution before it.";
    t.documentation =
        "A BatchNormalization that is not trained multiplies each channel by scale / sqrt(variance + epsilon) and adds a number. Behind a convolution "
        "(Conv, ConvTranspose) with constant weights whose result nobody else reads, the factor goes into the weights and the rest into the bias: the node "
        "is gone. Without nodes, all that fold.\n\n"
        "Each term of a sum is multiplied instead of the sum, which rounds otherwise. Reassociated.";
    t.alsoKnownAs = {"SimplifyInference, FoldScaleAxis (TVM)", "conv-bn fusion (ONNX Runtime, PyTorch)"};
    t.parameters = {{"function", ParameterKind::Function, "The graph function.", {}, false, {}},
                    {"nodes", ParameterKind::Nodes, "The normalizations.", {}, true, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

const @bias: f32[2] = [1.0, 2.0]
const @mean: f32[2] = [2.0, 4.0]
const @scale: f32[2] = [3.0, 1.0]
const @variance: f32[2] = [4.0, 16.0]
const @w: f32[2, 1, 1, 1] = [2.0, 8.0]

def main(x: f32[1, 1, 4, 4]) -> (y: f32[1, 2, 4, 4]):
    c: f32[1, 2, 4, 4] = Conv(x, @w, node="conv", version=11)
    y: f32[1, 2, 4, 4] = BatchNormalization(c, @scale, @bias, @mean, @variance, epsilon=0.0, node="norm", version=15)
    return y
)";
    t.example.step = "graph.fold_batch_normalization(main)";
    t.example.after = R"(module example(entry=main):

const @norm_bias: f32[2] = [-2.0, 1.0]
const @norm_weights: f32[2, 1, 1, 1] = [3.0, 2.0]

def main(x: f32[1, 1, 4, 4]) -> (y: f32[1, 2, 4, 4]):
    y: f32[1, 2, 4, 4] = Conv(x, @norm_weights, @norm_bias, node="norm_conv", version=11)
    return y
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
