// graph.fold_zero_points: zero points come out of the sums of integers.
//
//     sum of (x - zx) * (w - zw)   ->   sum of x * w'  -  zx * (sum of w'),    w' = w - zw
//
// What is left inside of the sum is the product of two bytes, as processors have it. The second sum is known, so it
// costs one addition a result. Weights that i8 does not hold without their zero point lie by some d beside what it
// holds, and d times the sum of x is added, which is the same for all columns. Integers of 32 bits wrap, so both sides
// are the same whatever they hold: exact.
#include "passes/graph/replacement.h"

#include <algorithm>

namespace strata {

namespace {

using namespace graph;
using Integers = std::vector<std::int64_t>;

constexpr std::int64_t i32Code = 6;  // ONNX's number of the element type

class Folding : NodeReplacement {
public:
    Folding(Replacement& replacement, GraphNodePtr node)
        : NodeReplacement(replacement, std::move(node))
    {
    }

    Status read();
    Status write();

private:
    bool isConvolution() const { return m_node->op == "ConvInteger"; }
    Status readPads();
    Status centreWeights();
    Result<Operand> padded();
    Result<Operand> correction();
    Status moveIntoRange(std::int64_t column, std::int64_t least, std::int64_t most);
    Result<Operand> sumOfInputs(const Operand& left, const Attributes& attributes);
    Result<Operand> known(const std::string& name, const Integers& values);

    Integers m_pads;  // empty: none
    Tensor m_weights, m_sums;
    bool m_weightsChange = false;
    Tensor m_moved;  // what was taken off the weights of a column so that i8 holds them
    bool m_isMoved = false, m_isGrouped = false;
    Operand m_zero;                        // of the first input; none: 0
    std::optional<Tensor> m_zeroConstant;  // where it is known
};

// All pads, if there are any.
Status Folding::readPads()
{
    const auto text = m_node->attributes.find("auto_pad");
    const auto* how = text == m_node->attributes.end() ? nullptr : std::get_if<std::string>(&text->second);
    if (how && *how != "NOTSET" && *how != "VALID")
        return no("pads as its sizes ask for (auto_pad); state the pads");
    const auto pads = m_node->attributes.find("pads");
    if (pads != m_node->attributes.end() && !(how && *how == "VALID"))
        m_pads = std::get<Integers>(pads->second);
    if (std::all_of(m_pads.begin(), m_pads.end(), [](std::int64_t pad) { return pad == 0; }))
        m_pads.clear();
    return {};
}

// Weights without their zero point, in i8, and their sums, one a column of the result.
Status Folding::centreWeights()
{
    const std::optional<Tensor> weights = m_replacement.constant(input(1));
    if (!weights || weights->type.shape.size() < 2)
        return no("has weights that are no constant");
    std::optional<Tensor> zero;
    if (input(3).kind != Operand::Kind::None) {
        zero = m_replacement.constant(input(3));
        if (!zero)
            return no("has weights whose zero point is no constant");
    }
    const Integers shape = constants(weights->type.shape);
    const std::int64_t columns = isConvolution() ? shape[0] : shape.back();
    const bool onePerColumn = !zero || zero->count() == 1 || zero->count() == columns;
    if ((!isConvolution() && shape.size() != 2) || !onePerColumn)
        return no("multiplies with batches of weights");
    m_weights = makeTensor(DType::I8, shape);
    m_sums = makeTensor(DType::I32, {columns});
    m_moved = makeTensor(DType::I32, {columns});
    m_weightsChange = weights->type.dtype != DType::I8;
    const std::int64_t each = weights->count() / std::max<std::int64_t>(columns, 1);
    Integers least(std::size_t(columns), 0), most(std::size_t(columns), 0);
    const auto columnOf = [&](std::int64_t i) { return isConvolution() ? i / each : i % columns; };
    const auto centred = [&](std::int64_t i) {
        const std::int64_t point = zero ? zero->integerAt(zero->count() == 1 ? 0 : columnOf(i)) : 0;
        m_weightsChange = m_weightsChange || point != 0;
        return weights->integerAt(i) - point;
    };
    for (std::int64_t i = 0; i < weights->count(); ++i) {
        const auto column = std::size_t(columnOf(i));
        least[column] = std::min(least[column], centred(i));
        most[column] = std::max(most[column], centred(i));
    }
    for (std::int64_t column = 0; column < columns; ++column)
        STRATA_CHECK(moveIntoRange(column, least[std::size_t(column)], most[std::size_t(column)]));
    for (std::int64_t i = 0; i < weights->count(); ++i) {
        const std::int64_t column = columnOf(i);
        m_weights.setInteger(i, centred(i) - m_moved.integerAt(column));
        m_sums.setInteger(column, m_sums.integerAt(column) + centred(i));
    }
    return {};
}

// A column of weights from `least` to `most`. In groups each would have a sum of its own channels to add.
Status Folding::moveIntoRange(std::int64_t column, std::int64_t least, std::int64_t most)
{
    if (least >= -128 && most <= 127)
        return {};
    const std::int64_t weight = most > 127 ? most : least;
    if (m_isGrouped || most - least > 255)
        return no("has a weight of " + std::to_string(weight) + " without its zero point, which i8 does not hold");
    m_moved.setInteger(column, most > 127 ? most - 127 : least + 128);
    m_isMoved = true;
    return {};
}

Status Folding::read()
{
    if (m_node->isCall() || !m_node->domain.empty() || (!isConvolution() && m_node->op != "MatMulInteger"))
        return no("is no product of integers (ConvInteger, MatMulInteger)");
    if (input(2).kind == Operand::Kind::None && input(3).kind == Operand::Kind::None)
        return no("has no zero point");
    if (isConvolution()) {
        const auto group = m_node->attributes.find("group");
        m_isGrouped = group != m_node->attributes.end() && std::get<std::int64_t>(group->second) != 1;
        STRATA_CHECK(readPads());
    }
    STRATA_CHECK(centreWeights());
    m_zero = input(2);
    if (m_zero.kind == Operand::Kind::None)
        return {};
    if (elementCount(m_replacement.types().tensor(m_zero).shape) != 1)
        return no("has several zero points for its first input");
    m_zeroConstant = m_replacement.constant(m_zero);
    if (m_zeroConstant && m_zeroConstant->integerAt(0) == 0)
        m_zero = {};
    return {};
}

// The first input with its border, which holds the zero point.
Result<Operand> Folding::padded()
{
    const std::size_t spatial = m_pads.size() / 2;
    Tensor pads = makeTensor(DType::I64, {std::int64_t(2 * (spatial + 2))});
    for (std::size_t i = 0; i < spatial; ++i) {
        pads.setInteger(std::int64_t(2 + i), m_pads[i]);
        pads.setInteger(std::int64_t(spatial + 4 + i), m_pads[spatial + i]);
    }
    STRATA_TRY(const Operand sizes, m_replacement.constant("pads", std::move(pads)));
    Operand value = m_zero;
    if (m_zeroConstant) {
        Tensor scalar = makeTensor(m_zeroConstant->type.dtype, {});
        scalar.setInteger(0, m_zeroConstant->integerAt(0));
        STRATA_TRY(value, m_replacement.constant("border", std::move(scalar)));
    }
    return m_replacement.add("Pad", 13, {input(0), sizes, value});
}

// -zx * sums, in the shape that is broadcast over the result.
Result<Operand> Folding::correction()
{
    Integers shape{m_sums.count()};
    if (isConvolution())
        shape.resize(m_weights.type.shape.size() - 1, 1);
    Tensor negative = makeTensor(DType::I32, shape);
    const std::int64_t factor = m_zeroConstant ? m_zeroConstant->integerAt(0) : 1;
    for (std::int64_t i = 0; i < negative.count(); ++i)
        negative.setInteger(i, -factor * m_sums.integerAt(i));
    STRATA_TRY(const Operand known, m_replacement.constant("correction", std::move(negative)));
    if (m_zeroConstant)
        return known;
    const Operand point = m_replacement.add("Cast", 13, {m_zero}, {{"to", i32Code}});
    return m_replacement.add("Mul", 14, {point, known});
}

Result<Operand> Folding::known(const std::string& name, const Integers& values)
{
    Tensor tensor = makeTensor(DType::I64, {std::int64_t(values.size())});
    for (std::size_t i = 0; i < values.size(); ++i)
        tensor.setInteger(std::int64_t(i), values[i]);
    return m_replacement.constant(name, std::move(tensor));
}

// What was taken off the weights, times the sum of the inputs that they meet: a product with ones. It has four equal
// columns, of which dot products need as many, and the first is taken.
Result<Operand> Folding::sumOfInputs(const Operand& left, const Attributes& attributes)
{
    constexpr std::int64_t columns = 4;
    Integers shape = constants(m_weights.type.shape);
    (isConvolution() ? shape.front() : shape.back()) = columns;
    Tensor ones = makeTensor(DType::I8, shape);
    for (std::int64_t i = 0; i < ones.count(); ++i)
        ones.setInteger(i, 1);
    STRATA_TRY(const Operand right, m_replacement.constant("ones", std::move(ones)));
    const Operand sums = m_replacement.add(m_node->op, 10, {left, right}, attributes);
    const std::int64_t axis = isConvolution() ? 1
                                              : std::int64_t(m_replacement.types().tensor(input(0)).shape.size()) - 1;
    STRATA_TRY(const Operand begin, known("begin", {0}));
    STRATA_TRY(const Operand end, known("end", {1}));
    STRATA_TRY(const Operand axes, known("axes", {axis}));
    const Operand first = m_replacement.add("Slice", 13, {sums, begin, end, axes});
    Integers perColumn{m_moved.count()};
    if (isConvolution())
        perColumn.resize(m_weights.type.shape.size() - 1, 1);
    Tensor factors = makeTensor(DType::I32, perColumn);
    for (std::int64_t i = 0; i < factors.count(); ++i)
        factors.setInteger(i, m_moved.integerAt(i));
    STRATA_TRY(const Operand moved, m_replacement.constant("moved", std::move(factors)));
    return m_replacement.add("Mul", 14, {first, moved});
}

Status Folding::write()
{
    m_replacement.replace(m_node);
    Operand left = input(0), right = input(1);
    Attributes attributes = m_node->attributes;
    if (!m_pads.empty() && m_zero.kind != Operand::Kind::None) {
        STRATA_TRY(left, padded());
        attributes.erase("pads");
        attributes.erase("auto_pad");
    }
    if (m_weightsChange) {
        STRATA_TRY(right, m_replacement.constant("weights", m_weights));
    }
    Operand sum = m_replacement.add(m_node->op, 10, {left, right}, attributes);
    if (m_isMoved) {
        STRATA_TRY(const Operand inputs, sumOfInputs(left, attributes));
        sum = m_replacement.add("Add", 14, {sum, inputs});
    }
    if (m_zero.kind != Operand::Kind::None) {
        STRATA_TRY(const Operand rest, correction());
        m_replacement.add("Add", 14, {sum, rest});
    }
    m_replacement.finish(*m_node);
    return {};
}

Status applies(const Module& module, const Arguments& arguments)
{
    const auto isOfKind = [](const GraphNode& node) { return node.op == "ConvInteger" || node.op == "MatMulInteger"; };
    return hasNodes(module, arguments, isOfKind, say("{} has no product of integers.", arguments.text("function")));
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    return rewriteNodes(module, arguments, rewritingBy<Folding>(),
                        say("No product of {} has a zero point that folds.", arguments.text("function")), {},
                        Effect::Exact);
}

}  // namespace

STRATA_TRANSFORM(graph_fold_zero_points)
{
    Transform t;
    t.id = "graph.fold_zero_points";
    t.level = Level::Graph;
    t.title = "Fold zero points";
    t.summary = "Takes zero points out of the sums of integer products, so that the product of two bytes is left.";
    t.documentation =
        "ConvInteger and MatMulInteger subtract a zero point from each factor. With constant weights w' = w - zw, the sum of (x - zx) w' is the sum of x w' minus zx "
        "times the sum of w', which is known: one addition a result. A convolution's border, which stands for 0, then holds the zero point, by a Pad of its own. "
        "Weights that i8 does not hold without their zero point are moved until it does, and the sum of the first factor, a product with ones, times that much is "
        "added; not in convolutions of groups. Without nodes, all products.\n\n"
        "Integers of 32 bits wrap on both sides alike. Exact.";
    t.alsoKnownAs = {"qnn.conv2d legalization (TVM)", "zero point compensation (oneDNN)"};
    t.parameters = {{"function", ParameterKind::Function, "The graph function.", {}, false, {}},
                    {"nodes", ParameterKind::Nodes, "The products.", {}, true, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

const @qw: i8[4, 3] = [1, -2, 3, 0, 5, -6, 7, 8, -9, 1, 0, 1]
const @zx: u8[] = [2]

def main(q: u8[2, 4]) -> (y: i32[2, 3]):
    y: i32[2, 3] = MatMulInteger(q, @qw, @zx, node="product", version=10)
    return y
)";
    t.example.step = "graph.fold_zero_points(main)";
    t.example.after = R"(module example(entry=main):

const @product_correction: i32[3] = [-18, -22, 22]
const @qw: i8[4, 3] = [1, -2, 3, 0, 5, -6, 7, 8, -9, 1, 0, 1]

def main(q: u8[2, 4]) -> (y: i32[2, 3]):
    y_matmulinteger: i32[2, 3] = MatMulInteger(q, @qw, node="product_matmulinteger", version=10)
    y: i32[2, 3] = Add(y_matmulinteger, @product_correction, node="product_add", version=14)
    return y
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
