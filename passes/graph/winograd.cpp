// graph.winograd: a 3x3 convolution with fewer products (Winograd's minimal filtering, after Lavin and Gray, "Fast
// Algorithms for Convolutional Neural Networks", 2015).
//
//     y = conv(x, w)   ->   Y = A' [ (G w G') . (B' d B) ] A     for each tile d of x
//
// A tile of m x m results takes (m + 2)^2 products a channel where the convolution takes 9 m^2: 16 for 36 with m = 2,
// 36 for 144 with m = 4. Sums over channels become (m + 2)^2 matrix products; the weights are turned when the step is
// applied. In real numbers it is the same. In floats it rounds in other places, with m = 4 after multiplying by up to
// 8: approximate.
#include "passes/graph/replacement.h"

#include <algorithm>

namespace strata {

namespace {

using namespace graph;
using Integers = std::vector<std::int64_t>;
using Rows = std::vector<std::vector<double>>;

struct Winograd {
    std::int64_t results;        // m
    Rows inputs, weights, sums;  // B', G, A'
    std::int64_t tile() const { return results + 2; }
};

const Winograd* winogradFor(std::int64_t results)
{
    static const Winograd two{2,
                              {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
                              {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}},
                              {{1, 1, 1, 0}, {0, 1, -1, -1}}};
    static const Winograd four{4,
                               {{4, 0, -5, 0, 1, 0},
                                {0, -4, -4, 1, 1, 0},
                                {0, 4, -4, -1, 1, 0},
                                {0, -2, -1, 2, 1, 0},
                                {0, 2, -1, -2, 1, 0},
                                {0, 4, 0, -5, 0, 1}},
                               {{1. / 4, 0, 0},
                                {-1. / 6, -1. / 6, -1. / 6},
                                {-1. / 6, 1. / 6, -1. / 6},
                                {1. / 24, 1. / 12, 1. / 6},
                                {1. / 24, -1. / 12, 1. / 6},
                                {0, 0, 1}},
                               {{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}}};
    return results == 2 ? &two : results == 4 ? &four : nullptr;
}

bool allAre(const GraphNode& node, const char* attribute, std::int64_t value)
{
    const auto found = node.attributes.find(attribute);
    const auto* list = found == node.attributes.end() ? nullptr : std::get_if<Integers>(&found->second);
    return !list || std::all_of(list->begin(), list->end(), [&](std::int64_t one) { return one == value; });
}

class Turning : NodeReplacement {
public:
    Turning(Replacement& replacement, GraphNodePtr node, const Winograd& winograd)
        : NodeReplacement(replacement, std::move(node))
        , m_winograd(winograd)
    {
    }

    Status read();
    Status write();

private:
    Status readPads();
    Result<Operand> matrix(const char* name, const Rows& rows);
    Tensor turnedWeights() const;
    Operand bordered();
    Result<Operand> reshaped(const Operand& operand, const Integers& shape);
    Operand sliced(const Operand& operand, const Integers& axes, const Integers& begins, const Integers& ends);
    Operand overlapping(const Operand& blocks, std::int64_t axis, std::int64_t tiles);
    Operand einsum(const char* equation, const Operand& matrix, const Operand& operand);
    Result<Operand> tiles();
    Result<Operand> untiled(const Operand& products);

    const Winograd& m_winograd;
    Integers m_shape, m_result, m_pads;     // of x and y; top, left, bottom, right
    std::int64_t m_down = 0, m_across = 0;  // tiles
    std::optional<Tensor> m_weights;
};

Status Turning::readPads()
{
    const auto how = m_node->attributes.find("auto_pad");
    const auto* text = how == m_node->attributes.end() ? nullptr : std::get_if<std::string>(&how->second);
    if (text && *text != "NOTSET" && *text != "VALID")
        return no("pads as its sizes ask for (auto_pad); state the pads");
    m_pads = Integers(4, 0);
    if (const auto pads = m_node->attributes.find("pads");
        pads != m_node->attributes.end() && !(text && *text == "VALID"))
        m_pads = std::get<Integers>(pads->second);
    if (std::any_of(m_pads.begin(), m_pads.end(), [](std::int64_t pad) { return pad < 0; }))
        return no("cuts off borders");
    return {};
}

Status Turning::read()
{
    if (m_node->isCall() || !m_node->domain.empty() || m_node->op != "Conv")
        return no("is no convolution");
    m_weights = m_replacement.constant(m_node->inputs[1]);
    if (!m_weights || m_weights->type.dtype != DType::F32)
        return no("has weights that are no constant of f32");
    const Integers weights = constants(m_weights->type.shape);
    const auto group = m_node->attributes.find("group");
    const bool isDense = group == m_node->attributes.end() || std::get<std::int64_t>(group->second) == 1;
    if (weights.size() != 4 || weights[2] != 3 || weights[3] != 3 || !isDense || !allAre(*m_node, "strides", 1)
        || !allAre(*m_node, "dilations", 1))
        return no("has no window of 3 x 3 in steps of one over all channels");
    const TensorType x = m_replacement.types().tensor(m_node->inputs[0]),
                     y = m_replacement.types().tensor(Operand::value(m_node->outputs[0].name));
    if (!x.ranked || !isConstant(x.shape) || !isConstant(y.shape))
        return no("has sizes that are not known");
    m_shape = constants(x.shape);
    m_result = constants(y.shape);
    if (elementCount(x.shape) == Dim(0) || elementCount(y.shape) == Dim(0))
        return no("has no elements");
    m_down = (m_result[2] + m_winograd.results - 1) / m_winograd.results;
    m_across = (m_result[3] + m_winograd.results - 1) / m_winograd.results;
    return readPads();
}

Result<Operand> Turning::matrix(const char* name, const Rows& rows)
{
    Tensor tensor = makeTensor(DType::F32, {std::int64_t(rows.size()), std::int64_t(rows[0].size())});
    std::int64_t at = 0;
    for (const std::vector<double>& row : rows)
        for (const double value : row)
            tensor.set(at++, value);
    return m_replacement.constant(name, std::move(tensor));
}

// G w G' in doubles, rounded once: [tile * tile, results' channels, channels].
Tensor Turning::turnedWeights() const
{
    const std::int64_t out = m_result[1], in = m_shape[1], tile = m_winograd.tile();
    Tensor turned = makeTensor(DType::F32, {tile * tile, out, in});
    for (std::int64_t pair = 0; pair < out * in; ++pair)
        for (std::int64_t a = 0; a < tile; ++a)
            for (std::int64_t b = 0; b < tile; ++b) {
                double sum = 0;
                for (std::int64_t i = 0; i < 3; ++i)
                    for (std::int64_t j = 0; j < 3; ++j)
                        sum += m_winograd.weights[std::size_t(a)][std::size_t(i)]
                               * m_winograd.weights[std::size_t(b)][std::size_t(j)]
                               * m_weights->at(pair * 9 + i * 3 + j);
                turned.set((a * tile + b) * out * in + pair, sum);
            }
    return turned;
}

// x with its border, and so much more that blocks of m x m fill it, one more each way than there are tiles.
Operand Turning::bordered()
{
    const std::int64_t height = (m_down + 1) * m_winograd.results, width = (m_across + 1) * m_winograd.results;
    const Integers pads{
        0, 0, m_pads[0], m_pads[1], 0, 0, height - m_shape[2] - m_pads[0], width - m_shape[3] - m_pads[1]};
    return m_replacement.add("Pad", 2, {m_node->inputs[0]}, {{"pads", pads}});
}

Result<Operand> Turning::reshaped(const Operand& operand, const Integers& shape)
{
    Tensor tensor = makeTensor(DType::I64, {std::int64_t(shape.size())});
    for (std::size_t i = 0; i < shape.size(); ++i)
        tensor.setInteger(std::int64_t(i), shape[i]);
    STRATA_TRY(const Operand sizes, m_replacement.constant("shape", std::move(tensor)));
    return m_replacement.add("Reshape", 13, {operand, sizes});
}

// As slices were before opset 10, with attributes.
Operand Turning::sliced(const Operand& operand, const Integers& axes, const Integers& begins, const Integers& ends)
{
    return m_replacement.add("Slice", 1, {operand}, {{"axes", axes}, {"ends", ends}, {"starts", begins}});
}

// Blocks of m along `axis` and within it, `axis + 1`, become tiles: each block and the first two of the next one.
Operand Turning::overlapping(const Operand& blocks, std::int64_t axis, std::int64_t tiles)
{
    const Operand own = sliced(blocks, {axis}, {0}, {tiles}),
                  next = sliced(blocks, {axis, axis + 1}, {1, 0}, {tiles + 1, 2});
    return m_replacement.add("Concat", 13, {own, next}, {{"axis", axis + 1}});
}

Operand Turning::einsum(const char* equation, const Operand& matrix, const Operand& operand)
{
    return m_replacement.add("Einsum", 12, {matrix, operand}, {{"equation", std::string(equation)}});
}

// B' d B of all tiles: [tile * tile, channels, tiles].
Result<Operand> Turning::tiles()
{
    const std::int64_t m = m_winograd.results, tile = m_winograd.tile();
    STRATA_TRY(const Operand blocks, reshaped(bordered(), {m_shape[0], m_shape[1], m_down + 1, m, m_across + 1, m}));
    const Operand tiles = overlapping(overlapping(blocks, 2, m_down), 4, m_across);
    STRATA_TRY(const Operand turn, matrix("inputs", m_winograd.inputs));
    const Operand half = einsum("ai,ncyixj->ncyaxj", turn, tiles), turned = einsum("bj,ncyaxj->abcnyx", turn, half);
    return reshaped(turned, {tile * tile, m_shape[1], m_shape[0] * m_down * m_across});
}

// A' M A of all tiles, side by side: [n, channels, height, width].
Result<Operand> Turning::untiled(const Operand& products)
{
    const std::int64_t m = m_winograd.results, tile = m_winograd.tile(), channels = m_result[1];
    STRATA_TRY(const Operand apart, reshaped(products, {tile, tile, channels, m_shape[0], m_down, m_across}));
    STRATA_TRY(const Operand turn, matrix("sums", m_winograd.sums));
    const Operand half = einsum("pa,abonyx->pbonyx", turn, apart), turned = einsum("qb,pbonyx->noypxq", turn, half);
    STRATA_TRY(const Operand whole, reshaped(turned, {m_shape[0], channels, m_down * m, m_across * m}));
    if (m_down * m == m_result[2] && m_across * m == m_result[3])
        return whole;
    return sliced(whole, {2, 3}, {0, 0}, {m_result[2], m_result[3]});
}

Status Turning::write()
{
    m_replacement.replace(m_node);
    STRATA_TRY(const Operand inputs, tiles());
    STRATA_TRY(const Operand weights, m_replacement.constant("turned", turnedWeights()));
    STRATA_TRY(const Operand sums, untiled(m_replacement.add("MatMul", 13, {weights, inputs})));
    if (m_node->inputs.size() > 2 && m_node->inputs[2].kind != Operand::Kind::None) {
        const Operand bias = m_replacement.add("Unsqueeze", 11, {m_node->inputs[2]}, {{"axes", Integers{1, 2}}});
        m_replacement.add("Add", 14, {sums, bias});
    }
    m_replacement.finish(*m_node);
    return {};
}

Status applies(const Module& module, const Arguments& arguments)
{
    const auto isOfKind = [](const GraphNode& node) { return node.op == "Conv"; };
    return hasNodes(module, arguments, isOfKind, say("{} has no convolution.", arguments.text("function")));
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    const std::int64_t results = arguments.integer("results");
    const Winograd* winograd = winogradFor(results);
    if (!winograd)
        return refused(say("There are tiles of 2 and of 4 results, none of {}.", std::to_string(results)));
    return rewriteNodes(
        module, arguments, rewritingBy<Turning>(std::cref(*winograd)),
        say("{} has no convolution with constant weights of 3 x 3 in steps of one.", arguments.text("function")), {},
        Effect::Approximate);
}

}  // namespace

STRATA_TRANSFORM(graph_winograd)
{
    Transform t;
    t.id = "graph.winograd";
    t.level = Level::Graph;
    t.title = "Convolve by Winograd's way";
    t.summary =
        "Computes 3 x 3 convolutions with fewer products, by turned tiles and matrix products; other roundings.";
    t.documentation =
        "Each tile of m x m results is computed from a tile of (m + 2) x (m + 2) inputs: both it and the weights are turned by small constant matrices, "
        "multiplied element by element, summed over the channels and turned back. That takes 16 products for 36 with m = 2 and 36 for 144 with m = 4. The sums over "
        "channels are matrix products, one a place of the tile; the turning of the inputs and results are small sums around them, so it pays where there are many "
        "channels. The weights are turned when the step is applied.\n\n"
        "Needs a window of 3 x 3 in steps of one without dilation, one group, constant weights of f32 and known sizes. In floating point it rounds in other places, and "
        "m = 4 multiplies by up to 8 before it subtracts: run the state and look at its error before you keep it. Automatic scheduling never takes this step.";
    t.alsoKnownAs = {"winograd_conv2d (MLIR)", "conv2d_winograd (TVM)", "minimal filtering (Lavin and Gray)"};
    t.parameters = {{"function", ParameterKind::Function, "The graph function.", {}, false, {}},
                    {"nodes", ParameterKind::Nodes, "The convolutions; all that fit, if none is named.", {}, true, {}},
                    {"results", ParameterKind::Integer, "The side of a tile of results: 2 or 4.", "2", true, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator};
    t.effect = Effect::Approximate;
    t.example.before = R"(module example(entry=main):

const @w: f32[1, 1, 3, 3] = [1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 4.0]

def main(x: f32[1, 1, 4, 4]) -> (y: f32[1, 1, 2, 2]):
    y: f32[1, 1, 2, 2] = Conv(x, @w, node="conv", version=11)
    return y
)";
    t.example.step = "graph.winograd(main, [conv])";
    t.example.after = R"(module example(entry=main):

const @conv_inputs: f32[4, 4] = [1.0, 0.0, -1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, -1.0, 1.0, 0.0, 0.0, 1.0, 0.0, -1.0]
const @conv_shape: i64[6] = [1, 1, 2, 2, 2, 2]
const @conv_shape_1: i64[3] = [16, 1, 1]
const @conv_shape_2: i64[6] = [4, 4, 1, 1, 1, 1]
const @conv_shape_3: i64[4] = [1, 1, 2, 2]
const @conv_sums: f32[2, 4] = [1.0, 1.0, 1.0, 0.0, 0.0, 1.0, -1.0, -1.0]
const @conv_turned: f32[16, 1, 1] = [1.0, 0.5, 0.5, 0.0, 0.5, 1.75, 0.75, 2.0, 0.5, 0.75, 1.75, 2.0, 0.0, 2.0, 2.0, 4.0]

def main(x: f32[1, 1, 4, 4]) -> (y: f32[1, 1, 2, 2]):
    y_pad: f32[1, 1, 4, 4] = Pad(x, pads=[0, 0, 0, 0, 0, 0, 0, 0], node="conv_pad", version=2)
    y_reshape: f32[1, 1, 2, 2, 2, 2] = Reshape(y_pad, @conv_shape, node="conv_reshape", version=13)
    y_slice: f32[1, 1, 1, 2, 2, 2] = Slice(y_reshape, axes=[2], ends=[1], starts=[0], node="conv_slice", version=1)
    y_slice_1: f32[1, 1, 1, 2, 2, 2] = Slice(y_reshape, axes=[2, 3], ends=[2, 2], starts=[1, 0], node="conv_slice_1", version=1)
    y_concat: f32[1, 1, 1, 4, 2, 2] = Concat(y_slice, y_slice_1, axis=3, node="conv_concat", version=13)
    y_slice_2: f32[1, 1, 1, 4, 1, 2] = Slice(y_concat, axes=[4], ends=[1], starts=[0], node="conv_slice_2", version=1)
    y_slice_3: f32[1, 1, 1, 4, 1, 2] = Slice(y_concat, axes=[4, 5], ends=[2, 2], starts=[1, 0], node="conv_slice_3", version=1)
    y_concat_1: f32[1, 1, 1, 4, 1, 4] = Concat(y_slice_2, y_slice_3, axis=5, node="conv_concat_1", version=13)
    y_einsum: f32[1, 1, 1, 4, 1, 4] = Einsum(@conv_inputs, y_concat_1, equation="ai,ncyixj->ncyaxj", node="conv_einsum", version=12)
    y_einsum_1: f32[4, 4, 1, 1, 1, 1] = Einsum(@conv_inputs, y_einsum, equation="bj,ncyaxj->abcnyx", node="conv_einsum_1", version=12)
    y_reshape_1: f32[16, 1, 1] = Reshape(y_einsum_1, @conv_shape_1, node="conv_reshape_1", version=13)
    y_matmul: f32[16, 1, 1] = MatMul(@conv_turned, y_reshape_1, node="conv_matmul", version=13)
    y_reshape_2: f32[4, 4, 1, 1, 1, 1] = Reshape(y_matmul, @conv_shape_2, node="conv_reshape_2", version=13)
    y_einsum_2: f32[2, 4, 1, 1, 1, 1] = Einsum(@conv_sums, y_reshape_2, equation="pa,abonyx->pbonyx", node="conv_einsum_2", version=12)
    y_einsum_3: f32[1, 1, 1, 2, 1, 2] = Einsum(@conv_sums, y_einsum_2, equation="qb,pbonyx->noypxq", node="conv_einsum_3", version=12)
    y: f32[1, 1, 2, 2] = Reshape(y_einsum_3, @conv_shape_3, node="conv_reshape_3", version=13)
    return y
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
