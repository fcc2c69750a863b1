// graph.expand_quantized: products that quantize their result (QLinearConv, QLinearMatMul) become a product of
// integers, and what quantizes its sums.
//
//     QLinearConv(x, sx, zx, w, sw, zw, sy, zy, b)
//         ->   saturate(round((ConvInteger(x, w, zx, zw) + b) * (sx * sw / sy)) + zy)
//
// The same arithmetic, only that it can be told apart: zero points fold, and the sums become dot products. Exact.
#include "passes/graph/replacement.h"

#include <algorithm>

namespace strata {

namespace {

using namespace graph;
using Integers = std::vector<std::int64_t>;

constexpr std::int64_t f32Code = 1, u8Code = 2, i8Code = 3;  // ONNX's numbers of element types

// A product on its way into its parts.
class Expansion : NodeReplacement {
public:
    Expansion(Replacement& replacement, GraphNodePtr node)
        : NodeReplacement(replacement, std::move(node))
    {
    }

    Status read();
    Status write();

private:
    bool isConvolution() const { return m_node->op == "QLinearConv"; }
    Operand unlessZero(std::size_t i) const;
    Result<Operand> perColumn(const std::string& name, Tensor values);
    Result<Operand> sum();

    Tensor m_factor, m_zero;  // of the result
    std::optional<Tensor> m_bias;
    std::int64_t m_rank = 2;
};

Status Expansion::read()
{
    if (m_node->isCall() || !m_node->domain.empty() || (!isConvolution() && m_node->op != "QLinearMatMul"))
        return no("is no product that quantizes its result (QLinearConv, QLinearMatMul)");
    std::vector<Tensor> scales;
    for (const std::size_t i : {1, 4, 6}) {
        const std::optional<Tensor> scale = m_replacement.constant(input(i));
        if (!scale || scale->type.dtype != DType::F32)
            return no("has a scale that is no constant of f32");
        scales.push_back(*scale);
    }
    const std::optional<Tensor> zero = m_replacement.constant(input(7));
    if (!zero || (zero->type.dtype != DType::I8 && zero->type.dtype != DType::U8))
        return no("has a result whose zero point is no constant of 8 bits");
    if (scales[0].count() != 1 || scales[2].count() != 1 || zero->count() != 1)
        return no("has several scales for its first input or its result");
    const TensorType weights = m_replacement.types().tensor(input(3));
    if (!weights.ranked || (!isConvolution() && weights.shape.size() != 2))
        return no("multiplies with batches of weights");
    m_rank = std::int64_t(weights.shape.size());
    m_factor = makeTensor(DType::F32, {scales[1].count()});
    for (std::int64_t i = 0; i < m_factor.count(); ++i)
        m_factor.data<float>()[i] = scales[0].data<float>()[0] * scales[1].data<float>()[i]
                                    / scales[2].data<float>()[0];
    m_zero = *zero;
    if (isConvolution() && input(8).kind != Operand::Kind::None) {
        m_bias = m_replacement.constant(input(8));
        if (!m_bias)
            return no("has a bias that is no constant");
    }
    return {};
}

// A zero point, if there is one that counts.
Operand Expansion::unlessZero(std::size_t i) const
{
    const std::optional<Tensor> zero = m_replacement.constant(input(i));
    for (std::int64_t at = 0; zero && at < zero->count(); ++at)
        if (zero->integerAt(at) != 0)
            return input(i);
    return zero ? Operand{} : input(i);
}

// Numbers in the shape that is broadcast over the result.
Result<Operand> Expansion::perColumn(const std::string& name, Tensor values)
{
    Integers shape{values.count()};
    if (values.count() == 1)
        shape.clear();
    else if (isConvolution())
        shape.resize(std::size_t(m_rank - 1), 1);
    values.type.shape = toShape(shape);
    return m_replacement.constant(name, std::move(values));
}

Result<Operand> Expansion::sum()
{
    const std::vector<Operand> inputs{input(0), input(3), unlessZero(2), unlessZero(5)};
    if (!isConvolution())
        return m_replacement.add("MatMulInteger", 10, inputs);
    const Operand sum = m_replacement.add("ConvInteger", 10, inputs, m_node->attributes);
    if (!m_bias)
        return sum;
    STRATA_TRY(const Operand bias, perColumn("bias", *m_bias));
    return m_replacement.add("Add", 14, {sum, bias});
}

Status Expansion::write()
{
    m_replacement.replace(m_node);
    STRATA_TRY(Operand value, sum());
    value = m_replacement.add("Cast", 13, {value}, {{"to", f32Code}});
    STRATA_TRY(const Operand factor, perColumn("factor", m_factor));
    value = m_replacement.add("Mul", 14, {value, factor});
    value = m_replacement.add("Round", 11, {value});
    if (m_zero.integerAt(0) != 0) {
        Tensor zero = makeTensor(DType::F32, {});
        zero.data<float>()[0] = float(m_zero.integerAt(0));
        STRATA_TRY(const Operand point, m_replacement.constant("zero_point", std::move(zero)));
        value = m_replacement.add("Add", 14, {value, point});
    }
    m_replacement.add("Cast", 13, {value}, {{"to", m_zero.type.dtype == DType::I8 ? i8Code : u8Code}});
    m_replacement.finish(*m_node);
    return {};
}

Status applies(const Module& module, const Arguments& arguments)
{
    const auto isOfKind = [](const GraphNode& node) {
        return node.domain.empty() && (node.op == "QLinearConv" || node.op == "QLinearMatMul");
    };
    return hasNodes(module, arguments, isOfKind,
                    say("{} has no product that quantizes its result.", arguments.text("function")));
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    return rewriteNodes(module, arguments, rewritingBy<Expansion>(),
                        say("No product of {} quantizes its result by what is known.", arguments.text("function")), {},
                        Effect::Exact);
}

}  // namespace

STRATA_TRANSFORM(graph_expand_quantized)
{
    Transform t;
    t.id = "graph.expand_quantized";
    t.level = Level::Graph;
    t.title = "Expand quantized products";
    t.summary = "Turns products that quantize their result into products of integers and what quantizes the sums.";
    t.documentation =
        "QLinearConv and QLinearMatMul are a ConvInteger or MatMulInteger, whose sums are scaled by the product of the factors' scales over that of the result, "
        "rounded, moved by the result's zero point and cast, which saturates. In parts, zero points fold (graph.fold_zero_points) and sums become dot products. "
        "The scales and the result's zero point have to be constants, the scale of the weights one number or one a column of the result. Without nodes, all "
        "products. The same operations in the same order. Exact.";
    t.alsoKnownAs = {"qnn canonicalization (TVM)"};
    t.parameters = {{"function", ParameterKind::Function, "The graph function.", {}, false, {}},
                    {"nodes", ParameterKind::Nodes, "The products.", {}, true, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

const @sw: f32[] = [0.25]
const @sx: f32[] = [0.5]
const @sy: f32[] = [2.0]
const @w: i8[4, 3] = [1, -2, 3, 0, 5, -6, 7, 8, -9, 1, 0, 1]
const @z: u8[] = [128]
const @zw: i8[] = [0]

def main(q: u8[2, 4]) -> (y: u8[2, 3]):
    y: u8[2, 3] = QLinearMatMul(q, @sx, @z, @w, @sw, @zw, @sy, @z, node="y", version=10)
    return y
)";
    t.example.step = "graph.expand_quantized(main)";
    t.example.after = R"(module example(entry=main):

const @w: i8[4, 3] = [1, -2, 3, 0, 5, -6, 7, 8, -9, 1, 0, 1]
const @y_factor: f32[] = [0.0625]
const @y_zero_point: f32[] = [128.0]
const @z: u8[] = [128]

def main(q: u8[2, 4]) -> (y: u8[2, 3]):
    y_matmulinteger: i32[2, 3] = MatMulInteger(q, @w, @z, node="y_matmulinteger", version=10)
    y_cast: f32[2, 3] = Cast(y_matmulinteger, to=1, node="y_cast", version=13)
    y_mul: f32[2, 3] = Mul(y_cast, @y_factor, node="y_mul", version=14)
    y_round: f32[2, 3] = Round(y_mul, node="y_round", version=11)
    y_add: f32[2, 3] = Add(y_round, @y_zero_point, node="y_add", version=14)
    y: u8[2, 3] = Cast(y_add, to=2, node="y_cast_1", version=13)
    return y
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
