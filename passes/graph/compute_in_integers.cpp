// graph.compute_in_integers: products of dequantized values become products of the integers that they stand for.
//
//     sum of (x - zx) * sx * ((w - zw) * sw)   ->   (sum of (x - zx) * (w - zw)) * (sx * sw)
//
// The scales are the same for all terms of a sum, so they go in front of it; the sum itself is one of integers, without
// a rounding. Where the result is quantized again, its scale joins the others: one multiplication, rounding, and a cast
// that saturates.
#include "core/operators/rules.h"
#include "passes/graph/replacement.h"

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

using namespace graph;
using Integers = std::vector<std::int64_t>;

constexpr std::int64_t f32Code = 1, u8Code = 2, i8Code = 3;  // ONNX's numbers of element types

// (x - zero) * scale
struct Dequantized {
    GraphNodePtr node;
    Operand integers, zero;  // zero: none, or one that counts
    TensorType type;         // of the integers
    Tensor scale;
    std::int64_t axis = 0;  // of a scale with several elements
};

bool isZero(const Tensor& tensor)
{
    for (std::int64_t i = 0; i < tensor.count(); ++i)
        if (tensor.integerAt(i) != 0)
            return false;
    return true;
}

Tensor transposed(const Tensor& matrix)
{
    const Integers shape = constants(matrix.type.shape);
    Tensor result = makeTensor(matrix.type.dtype, {shape[1], shape[0]});
    for (std::int64_t i = 0; i < shape[0]; ++i)
        for (std::int64_t j = 0; j < shape[1]; ++j)
            result.setInteger(j * shape[0] + i, matrix.integerAt(i * shape[1] + j));
    return result;
}

// One product on its way into integers.
class Product : NodeReplacement {
public:
    Product(Replacement& replacement, GraphNodePtr node)
        : NodeReplacement(replacement, std::move(node))
    {
    }

    Status read();
    Status write();

private:
    bool isConvolution() const { return m_node->op == "Conv"; }
    Result<Dequantized> dequantized(std::size_t input) const;
    std::optional<Tensor> bias() const;
    Status checkSum() const;
    Status findQuantize();
    Result<Operand> perColumn(const std::string& name, const std::vector<double>& values);
    Result<Operand> sum();

    GraphNodePtr m_relu, m_quantize;  // what follows and is taken along; nullptr: nothing
    Dequantized m_left, m_right;
    std::int64_t m_columns = 0, m_rank = 0;
    std::optional<Tensor> m_bias;
    double m_resultScale = 1;
    std::int64_t m_resultZero = 0;
};

Result<Dequantized> Product::dequantized(std::size_t input) const
{
    Dequantized found;
    found.node = given(input) ? m_replacement.producer(m_node->inputs[input]) : nullptr;
    if (!found.node || found.node->op != "DequantizeLinear" || integerAttribute(*found.node, "block_size", 0) != 0)
        return no("multiplies what is not dequantized");
    found.integers = found.node->inputs[0];
    found.type = m_replacement.types().tensor(found.integers);
    if ((found.type.dtype != DType::I8 && found.type.dtype != DType::U8) || !found.type.ranked)
        return no("multiplies what was dequantized from other types than i8 and u8");
    std::optional<Tensor> scale = m_replacement.constant(found.node->inputs[1]);
    if (!scale || scale->type.dtype != DType::F32)
        return no("multiplies what is dequantized by a scale that is no constant of f32");
    found.scale = std::move(*scale);
    const auto rank = std::int64_t(found.type.shape.size());
    found.axis = integerAttribute(*found.node, "axis", 1);
    found.axis += found.axis < 0 ? rank : 0;
    if (found.node->inputs.size() > 2 && found.node->inputs[2].kind != Operand::Kind::None) {
        const std::optional<Tensor> zero = m_replacement.constant(found.node->inputs[2]);
        if (!zero || !isZero(*zero))
            found.zero = found.node->inputs[2];
    }
    return found;
}

// The bias, where it is known now: a constant, or one that is dequantized.
std::optional<Tensor> Product::bias() const
{
    if (std::optional<Tensor> constant = m_replacement.constant(m_node->inputs[2]))
        return constant;
    const GraphNodePtr node = m_replacement.producer(m_node->inputs[2]);
    if (!node || node->op != "DequantizeLinear")
        return std::nullopt;
    const std::optional<Tensor> whole = m_replacement.constant(node->inputs[0]),
                                scale = m_replacement.constant(node->inputs[1]),
                                zero = node->inputs.size() > 2 ? m_replacement.constant(node->inputs[2]) : std::nullopt;
    if (!whole || !scale || scale->type.dtype != DType::F32 || (node->inputs.size() > 2 && !zero)
        || (scale->count() != 1 && scale->count() != whole->count()))
        return std::nullopt;
    Tensor result = makeTensor(DType::F32, constants(whole->type.shape));
    for (std::int64_t i = 0; i < result.count(); ++i) {
        const std::int64_t at = scale->count() == 1 ? 0 : i;
        const std::int64_t centred = whole->integerAt(i) - (zero ? zero->integerAt(zero->count() == 1 ? 0 : i) : 0);
        result.data<float>()[i] = float(centred) * scale->data<float>()[at];
    }
    return result;
}

// Terms of a sum are at most 255 * 255.
Status Product::checkSum() const
{
    constexpr std::int64_t most = std::int64_t(1) << 31;
    std::int64_t terms = 1;
    const Shape& shape = m_right.type.shape;
    for (std::size_t d = isConvolution() ? 1 : shape.size() - 2; d < shape.size() - (isConvolution() ? 0 : 1); ++d)
        terms *= shape[d].constant();
    if (m_node->op == "Gemm" && integerAttribute(*m_node, "transB", 0))
        terms = shape[1].constant();
    return terms * 255 * 255 < most
               ? Status()
               : Status(no("adds up " + std::to_string(terms) + " products, more than 32 bits surely hold"));
}

Status Product::read()
{
    if (m_node->isCall() || !m_node->domain.empty()
        || (m_node->op != "Conv" && m_node->op != "MatMul" && m_node->op != "Gemm"))
        return no("is no convolution or matrix product");
    if (m_node->op == "Gemm"
        && (integerAttribute(*m_node, "transA", 0) || realAttribute(*m_node, "alpha", 1) != 1
            || realAttribute(*m_node, "beta", 1) != 1))
        return no("has a factor or transposes its first input");
    STRATA_TRY(m_left, dequantized(0));
    STRATA_TRY(m_right, dequantized(1));
    if (m_left.scale.count() != 1)
        return no("has several scales for its first input, so that a sum has no common factor");
    const Shape& shape = m_right.type.shape;
    if (!isConstant(shape) || shape.size() < 2)
        return no("has a second input of unknown size");
    const bool turned = m_node->op == "Gemm" && integerAttribute(*m_node, "transB", 0);
    const std::size_t columns = isConvolution() || turned ? 0 : shape.size() - 1;
    m_columns = shape[columns].constant();
    m_rank = isConvolution() ? std::int64_t(shape.size()) : 2;
    if (m_right.scale.count() != 1 && (m_right.axis != std::int64_t(columns) || m_right.scale.count() != m_columns))
        return no("has scales for its second input that are not one a column of the result");
    STRATA_CHECK(checkSum());
    if (given(2))
        m_bias = bias();
    return findQuantize();
}

// A quantize right behind the product, or behind its relu, whose parameters are known.
Status Product::findQuantize()
{
    if (given(2) && (!m_bias || (m_bias->count() != 1 && m_bias->count() != m_columns)))
        return {};
    GraphNodePtr reader = m_replacement.onlyReader(m_node->outputs[0].name), relu;
    if (reader && reader->op == "Relu" && reader->domain.empty()) {
        relu = reader;
        reader = m_replacement.onlyReader(relu->outputs[0].name);
    }
    if (!reader || reader->op != "QuantizeLinear" || !reader->domain.empty())
        return {};
    const DType type = m_replacement.types().tensor(Operand::value(reader->outputs[0].name)).dtype;
    const std::optional<Tensor> scale = m_replacement.constant(reader->inputs[1]);
    std::optional<Tensor> zero;
    const bool hasZero = reader->inputs.size() > 2 && reader->inputs[2].kind != Operand::Kind::None;
    if (hasZero)
        zero = m_replacement.constant(reader->inputs[2]);
    if ((type != DType::I8 && type != DType::U8) || !scale || scale->count() != 1 || scale->type.dtype != DType::F32
        || (hasZero && (!zero || zero->count() != 1)) || !(scale->at(0) > 0))
        return {};
    m_relu = relu;
    m_quantize = reader;
    m_resultScale = scale->at(0);
    m_resultZero = zero ? zero->integerAt(0) : 0;
    return {};
}

// A number, or one a column, in the shape that is broadcast over the result.
Result<Operand> Product::perColumn(const std::string& name, const std::vector<double>& values)
{
    Integers shape(values.size() == 1 ? 0 : isConvolution() ? std::size_t(m_rank - 1) : 1, 1);
    if (!shape.empty())
        shape[0] = std::int64_t(values.size());
    Tensor tensor = makeTensor(DType::F32, shape);
    for (std::size_t i = 0; i < values.size(); ++i)
        tensor.data<float>()[i] = float(values[i]);
    return m_replacement.constant(name, std::move(tensor));
}

Result<Operand> Product::sum()
{
    if (isConvolution())
        return m_replacement.add("ConvInteger", 10, {m_left.integers, m_right.integers, m_left.zero, m_right.zero},
                                 m_node->attributes);
    Operand right = m_right.integers;
    if (m_node->op == "Gemm" && integerAttribute(*m_node, "transB", 0)) {
        if (const std::optional<Tensor> weights = m_replacement.constant(right)) {
            STRATA_TRY(right, m_replacement.constant("weights", transposed(*weights)));
        } else {
            right = m_replacement.add("Transpose", 13, {right}, {{"perm", Integers{1, 0}}});
        }
    }
    return m_replacement.add("MatMulInteger", 10, {m_left.integers, right, m_left.zero, m_right.zero});
}

Status Product::write()
{
    m_replacement.replace(m_node);
    STRATA_TRY(Operand value, sum());
    value = m_replacement.add("Cast", 13, {value}, {{"to", f32Code}});
    std::vector<double> factors;
    for (std::int64_t i = 0; i < m_right.scale.count(); ++i)
        factors.push_back(m_left.scale.at(0) * m_right.scale.at(i) / m_resultScale);
    STRATA_TRY(const Operand factor, perColumn("factor", factors));
    value = m_replacement.add("Mul", 14, {value, factor});
    if (given(2)) {
        Operand bias = m_node->inputs[2];
        if (m_bias && (m_bias->count() == 1 || m_bias->count() == m_columns)) {
            std::vector<double> values;
            for (std::int64_t i = 0; i < m_bias->count(); ++i)
                values.push_back(m_bias->at(i) / m_resultScale);
            const bool none = std::all_of(values.begin(), values.end(), [](double v) { return v == 0; });
            bias = {};
            if (!none) {
                STRATA_TRY(bias, perColumn("bias", values));
            }
        } else if (isConvolution()) {
            Integers axes;
            for (std::int64_t d = 1; d + 1 < m_rank; ++d)
                axes.push_back(d);
            bias = m_replacement.add("Unsqueeze", 11, {bias}, {{"axes", axes}});
        }
        if (bias.kind != Operand::Kind::None)
            value = m_replacement.add("Add", 14, {value, bias});
    }
    if (!m_quantize)
        return m_replacement.finish(*m_node), Status();
    if (m_relu) {
        value = m_replacement.add("Relu", 14, {value});
        m_replacement.drop(m_relu);
    }
    m_replacement.drop(m_quantize);
    value = m_replacement.add("Round", 11, {value});
    if (m_resultZero != 0) {
        Tensor zero = makeTensor(DType::F32, {});
        zero.data<float>()[0] = float(m_resultZero);
        STRATA_TRY(const Operand point, m_replacement.constant("zero_point", std::move(zero)));
        value = m_replacement.add("Add", 14, {value, point});
    }
    const DType type = m_replacement.types().tensor(Operand::value(m_quantize->outputs[0].name)).dtype;
    m_replacement.add("Cast", 13, {value}, {{"to", type == DType::I8 ? i8Code : u8Code}});
    m_replacement.finish(*m_quantize);
    return {};
}

Status applies(const Module& module, const Arguments& arguments)
{
    const auto isOfKind = [](const GraphNode& node) { return node.op == "DequantizeLinear" && node.domain.empty(); };
    return hasNodes(module, arguments, isOfKind, say("Nothing in {} is dequantized.", arguments.text("function")));
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    return rewriteNodes(
        module, arguments, rewritingBy<Product>(),
        say("No product of {} is one of dequantized values with a common scale.", arguments.text("function")),
        {"DequantizeLinear"}, Effect::Reassociated);
}

}  // namespace

STRATA_TRANSFORM(graph_compute_in_integers)
{
    Transform t;
    t.id = "graph.compute_in_integers";
    t.level = Level::Graph;
    t.title = "Compute in integers";
    t.summary = "Turns products of dequantized values into products of the integers that they stand for.";
    t.documentation =
        "A quantizer leaves a model that computes in floats between DequantizeLinear and QuantizeLinear. A convolution or matrix product whose inputs are both "
        "dequantized from 8 bits, the first by one scale, the second by one or by one a column of the result, becomes ConvInteger or MatMulInteger, a Cast, and one "
        "multiplication with the scales, which are the same for all terms of a sum; then the bias. Where nothing but a QuantizeLinear with a constant scale (after a "
        "Relu or not) reads the result, that scale is divided out of the others, and rounding and a cast, which saturates, are what is left of it. Without nodes, all "
        "products become integer that can.\n\n"
        "Sums of integers do not round, and 32 bits hold them, which is checked; the products with the scales round in other places than before, so results at "
        "the border between two quantized values may go to the other. Reassociated.";
    t.alsoKnownAs = {"FakeQuantizationToInteger (TVM)", "QDQ fusion (ONNX Runtime)", "LIFT_REDUCE_CONSTANT (Exo)"};
    t.parameters = {{"function", ParameterKind::Function, "The graph function.", {}, false, {}},
                    {"nodes", ParameterKind::Nodes, "The products.", {}, true, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator};
    t.effect = Effect::Reassociated;
    t.example.before = R"(module example(entry=main):

const @qw: i8[4, 3] = [1, -2, 3, 0, 5, -6, 7, 8, -9, 1, 0, 1]
const @sw: f32[] = [0.25]
const @sx: f32[] = [0.5]
const @zx: u8[] = [128]

def main(q: u8[2, 4]) -> (y: f32[2, 3]):
    x: f32[2, 4] = DequantizeLinear(q, @sx, @zx, node="x", version=13)
    w: f32[4, 3] = DequantizeLinear(@qw, @sw, node="w", version=13)
    y: f32[2, 3] = MatMul(x, w, node="product", version=13)
    return y
)";
    t.example.step = "graph.compute_in_integers(main)";
    t.example.after = R"(module example(entry=main):

const @product_factor: f32[] = [0.125]
const @qw: i8[4, 3] = [1, -2, 3, 0, 5, -6, 7, 8, -9, 1, 0, 1]
const @zx: u8[] = [128]

def main(q: u8[2, 4]) -> (y: f32[2, 3]):
    y_matmulinteger: i32[2, 3] = MatMulInteger(q, @qw, @zx, node="product_matmulinteger", version=10)
    y_cast: f32[2, 3] = Cast(y_matmulinteger, to=1, node="product_cast", version=13)
    y: f32[2, 3] = Mul(y_cast, @product_factor, node="product_mul", version=14)
    return y
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
