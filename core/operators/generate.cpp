// Operators that make tensors out of shapes and a few numbers.
#include "core/index/sizes.h"
#include "core/operators/families.h"
#include "core/operators/lower.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace strata {

namespace {
struct Slice {
    std::int64_t begin = 0, end = 0;
};

// Shape's attributes start and end, clamped to the rank.
Slice shapeSlice(const GraphNode& node, std::int64_t rank)
{
    auto place = [rank](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? i + rank : i, 0, rank); };
    Slice slice{place(integerAttribute(node, "start", 0)), place(integerAttribute(node, "end", rank))};
    slice.end = std::max(slice.begin, slice.end);
    return slice;
}

Result<Types> shapeRule(const InferContext& context)
{
    if (!ranked(context, 0))
        return Types{tensorType(DType::I64, {unknownDim(context.node, 0, 0)})};
    const Slice slice = shapeSlice(context.node, rankOf(context, 0));
    return Types{tensorType(DType::I64, {Dim(slice.end - slice.begin)})};
}

Status computeShape(LowerContext& ctx)
{
    const Shape& shape = ctx.input(0).shape;
    const Slice slice = shapeSlice(ctx.node(), std::int64_t(shape.size()));
    ctx.compute("shape", ctx.output(), [&](const Indices& at) {
        Value size = slice.end > slice.begin ? toExpr(shape[std::size_t(slice.end - 1)]) : intConst(0);
        for (std::int64_t i = slice.end - 2; i >= slice.begin; --i)
            size = select(Value(at[0]) == i - slice.begin, toExpr(shape[std::size_t(i)]), size);
        return size;
    });
    return {};
}

Result<Types> sizeRule(const InferContext&) { return Types{tensorType(DType::I64, {})}; }

Status computeSize(LowerContext& ctx)
{
    ctx.compute("size", ctx.output(), [&](const Indices&) { return countOf(ctx.input(0).axes(), DType::I64); });
    return {};
}

Tensor integersTensor(const Integers& values, const Integers& shape)
{
    Tensor tensor = makeTensor(DType::I64, shape);
    for (std::size_t i = 0; i < values.size(); ++i)
        tensor.setInteger(std::int64_t(i), values[i]);
    return tensor;
}

Tensor realsTensor(const std::vector<float>& values, const Integers& shape)
{
    Tensor tensor = makeTensor(DType::F32, shape);
    for (std::size_t i = 0; i < values.size(); ++i)
        tensor.set(std::int64_t(i), double(values[i]));
    return tensor;
}

// The tensor that is the attribute `value` or one of its short forms.
std::optional<Tensor> attributeTensor(const GraphNode& node)
{
    for (const auto& [name, attribute] : node.attributes) {
        if (const auto* constant = std::get_if<ConstantPtr>(&attribute); constant && *constant) {
            Result<Tensor> tensor = toTensor(**constant);
            return tensor ? std::optional(std::move(tensor).value()) : std::nullopt;
        }
        if (const auto* integer = std::get_if<std::int64_t>(&attribute))
            return integersTensor({*integer}, {});
        if (const auto* integers = std::get_if<Integers>(&attribute))
            return integersTensor(*integers, {std::int64_t(integers->size())});
        if (const auto* real = std::get_if<float>(&attribute))
            return realsTensor({*real}, {});
        if (const auto* reals = std::get_if<std::vector<float>>(&attribute))
            return realsTensor(*reals, {std::int64_t(reals->size())});
    }
    return std::nullopt;
}

Result<Types> constantRule(const InferContext& context)
{
    for (const auto& [name, attribute] : context.node.attributes)
        if (const auto* constant = std::get_if<ConstantPtr>(&attribute); constant && *constant)
            return Types{{ValueType::Kind::Tensor, (*constant)->type()}};
    if (context.node.attributes.size() != 1)
        return nodeError(context.node, "has " + std::to_string(context.node.attributes.size())
                                           + " attributes; exactly one of them is its value.");
    const std::optional<Tensor> tensor = attributeTensor(context.node);
    return Types{tensor ? ValueType{ValueType::Kind::Tensor, tensor->type} : unknownType()};
}

// Literals chosen by index; large constants are constants of the module, not code.
Status computeConstant(LowerContext& ctx)
{
    const std::optional<Tensor> tensor = attributeTensor(ctx.node());
    if (!tensor)
        return nodeError(ctx.node(), "has no value that Strata can hold.");
    if (tensor->count() > 64)
        return nodeError(ctx.node(),
                         "is a constant of " + std::to_string(tensor->count()) + " elements, which is no code.",
                         "Make it a constant of the module.");
    const TensorRef& y = ctx.output();
    auto element = [&](std::int64_t i) {
        return isFloat(y.dtype)         ? Value(floatConst(tensor->at(i), y.dtype))
               : y.dtype == DType::Bool ? Value(boolConst(tensor->integerAt(i) != 0))
                                        : Value(intConst(tensor->integerAt(i), y.dtype));
    };
    ctx.compute("constant", y, [&](const Indices& at) {
        ExprPtr flat = intConst(0);
        for (std::size_t i = 0; i < at.size(); ++i)
            flat = flat * y.number(i) + at[i];
        Value value = tensor->count() > 0 ? element(tensor->count() - 1) : constantOf(y.dtype, 0);
        for (std::int64_t i = tensor->count() - 2; i >= 0; --i)
            value = select(Value(flat) == i, element(i), value);
        return value;
    });
    return {};
}

Shape unknownShape(const InferContext& context, std::size_t lengthOf)
{
    Shape shape;
    for (std::int64_t i = 0; i < shapeOf(context, lengthOf)[0].constant(); ++i)
        shape.push_back(unknownDim(context.node, 0, std::size_t(i)));
    return shape;
}

bool lengthKnown(const InferContext& context, std::size_t input)
{
    return ranked(context, input) && rankOf(context, input) == 1 && shapeOf(context, input)[0].isConstant();
}

Result<Types> constantOfShapeRule(const InferContext& context)
{
    const std::optional<Tensor> value = attributeTensor(context.node);
    if (value && value->count() != 1)
        return nodeError(context.node,
                         "fills with a value of the type " + toString(value->type) + "; it is one element.");
    STRATA_CHECK(needsRank(context, 0, "input", 1));
    const DType type = value ? value->type.dtype : DType::F32;
    if (const std::optional<Shape> shape = dimensionsInput(context, 0)) {
        if (std::any_of(shape->begin(), shape->end(),
                        [](const Dim& size) { return size.isConstant() && size.constant() < 0; }))
            return nodeError(context.node, "makes a tensor with a negative size.");
        return Types{tensorType(type, *shape)};
    }
    return Types{lengthKnown(context, 0) ? tensorType(type, unknownShape(context, 0)) : unrankedType(type)};
}

Status computeConstantOfShape(LowerContext& ctx)
{
    const std::optional<Tensor> value = attributeTensor(ctx.node());
    const DType type = ctx.output().dtype;
    const Value fill = !value            ? constantOf(type, 0)
                       : isInteger(type) ? Value(intConst(value->integerAt(0), type))
                                         : constantOf(type, value->at(0));
    ctx.compute("fill", ctx.output(), [&](const Indices&) { return fill; });
    return {};
}

// ceil((limit - start) / delta) in whole numbers, where the differences of two i64 may take 65 bits.
std::int64_t rangeCount(std::int64_t start, std::int64_t limit, std::int64_t delta)
{
    using Wide = __int128;
    const Wide span = delta > 0 ? Wide(limit) - start : Wide(start) - limit,
               step = delta > 0 ? Wide(delta) : -Wide(delta);
    const Wide count = span <= 0 ? 0 : (span + step - 1) / step;
    return std::int64_t(std::min<Wide>(count, std::numeric_limits<std::int64_t>::max()));
}

Result<std::optional<std::int64_t>> integerRange(const InferContext& context)
{
    const auto start = integersInput(context, 0), limit = integersInput(context, 1), delta = integersInput(context, 2);
    if (!isInteger(dtypeOf(context, 0)) || !start || !limit || !delta)
        return std::optional<std::int64_t>();
    if (start->size() != 1 || limit->size() != 1 || delta->size() != 1 || (*delta)[0] == 0)
        return nodeError(context.node, "needs three numbers, and a step that is not 0.");
    return std::optional(rangeCount((*start)[0], (*limit)[0], (*delta)[0]));
}

Result<Types> rangeRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    for (std::size_t i = 0; i < 3; ++i)
        STRATA_CHECK(needsOneElement(context, i, i == 0 ? "start" : i == 1 ? "limit" : "delta"));
    STRATA_TRY(const std::optional<std::int64_t> exact, integerRange(context));
    if (exact)
        return Types{tensorType(type, {Dim(*exact)})};
    const auto start = realsInput(context, 0), limit = realsInput(context, 1), delta = realsInput(context, 2);
    if (!start || !limit || !delta) {
        // From a number to a symbolic size, one by one.
        const std::optional<Shape> first = dimensionsInput(context, 0), last = dimensionsInput(context, 1),
                                   step = dimensionsInput(context, 2);
        const bool steps = first && last && step && first->size() == 1 && last->size() == 1 && *step == Shape{Dim(1)};
        return Types{tensorType(type, {steps ? (*last)[0] - (*first)[0] : unknownDim(context.node, 0, 0)})};
    }
    if (start->size() != 1 || limit->size() != 1 || delta->size() != 1 || (*delta)[0] == 0)
        return nodeError(context.node, "needs three numbers, and a step that is not 0.");
    const double count = std::ceil(((*limit)[0] - (*start)[0]) / (*delta)[0]);
    if (!(count <= 1e15))
        return nodeError(context.node, "counts " + std::to_string(count) + " numbers.");
    return Types{tensorType(type, {Dim(std::int64_t(std::max(count, 0.0)))})};
}

Status computeRange(LowerContext& ctx)
{
    const DType type = ctx.output().dtype;
    ctx.compute("range", ctx.output(),
                [&](const Indices& at) { return ctx.scalar(0) + cast(type, Value(at[0])) * ctx.scalar(2); });
    return {};
}

Result<Types> eyeRule(const InferContext& context)
{
    STRATA_CHECK(needsRank(context, 0, "input", 2));
    STRATA_TRY(const std::optional<DType> dtype, dtypeAttribute(context.node, "dtype", dtypeOf(context, 0)));
    return Types{withElements(context.inputs[0], dtype)};
}

Status computeEye(LowerContext& ctx)
{
    const std::int64_t k = integerAttribute(ctx.node(), "k", 0);
    ctx.compute("eye", ctx.output(), [&](const Indices& at) {
        return select(Value(at[1]) == Value(at[0] + k), constantOf(ctx.output().dtype, 1), 0);
    });
    return {};
}

Result<Types> oneHotRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 2);
    if (!ranked(context, 0))
        return Types{unrankedType(type)};
    Shape shape = shapeOf(context, 0);
    const std::int64_t rank = std::int64_t(shape.size()) + 1;
    STRATA_CHECK(needsOneElement(context, 1, "depth"));
    STRATA_CHECK(needsShape(context, 2, "values", {Dim(2)}, "of off and on"));
    STRATA_TRY(const std::int64_t axis, normalizedAxis(context.node, integerAttribute(context.node, "axis", -1), rank));
    const auto depth = realsInput(context, 1);
    if (depth && !depth->empty() && !((*depth)[0] >= 0))
        return nodeError(context.node, "has a depth below 0.");
    shape.insert(shape.begin() + axis, depth && !depth->empty() ? Dim(std::int64_t((*depth)[0]))
                                                                : unknownDim(context.node, 0, std::size_t(axis)));
    return Types{tensorType(type, std::move(shape))};
}

Status computeOneHot(LowerContext& ctx)
{
    const TensorRef &indices = ctx.input(0), &values = ctx.input(2), &y = ctx.output();
    STRATA_TRY(const std::int64_t axis, normalizedAxis(ctx.node(), integerAttribute(ctx.node(), "axis", -1), y.rank()));
    const std::int64_t depth = y.number(axis);
    ctx.compute("one_hot", y, [&](const Indices& at) {
        Indices source = at;
        source.erase(source.begin() + axis);
        const Value which = cast(DType::I64, indices(source));
        return select(select(which < 0, which + depth, which) == Value(at[std::size_t(axis)]), values({intConst(1)}),
                      values({intConst(0)}));
    });
    return {};
}

// Windows of signal processing, of a length that is an input.
Result<Types> windowRule(const InferContext& context)
{
    STRATA_TRY(const std::optional<DType> type, dtypeAttribute(context.node, "output_datatype", DType::F32));
    STRATA_CHECK(needsOneElement(context, 0, "size"));
    const auto size = integersInput(context, 0);
    const Shape shape{size && !size->empty() ? Dim((*size)[0]) : unknownDim(context.node, 0, 0)};
    return Types{withElements(tensorType(DType::F32, shape), type)};
}

Operator windowOperator(std::string name, std::string summary, double a0, double a1, double a2)
{
    return {.name = std::move(name),
            .sinceVersion = 17,
            .pattern = Pattern::Opaque,
            .summary = std::move(summary),
            .formula = "y[i] = a0 - a1 cos(2 pi i / n) + a2 cos(4 pi i / n)",
            .infer = windowRule,
            .compute = [=](LowerContext& ctx) -> Status {
                const TensorRef& y = ctx.output();
                const double turns = double(y.number(0)) - (integerAttribute(ctx.node(), "periodic", 1) ? 0 : 1),
                             pi = std::acos(-1.0);
                const DType type = y.dtype == DType::F64 ? DType::F64 : DType::F32;
                ctx.compute("window", y, [&](const Indices& at) {
                    const Value angle = cast(type, Value(at[0])) * (2 * pi / turns);
                    return cast(y.dtype, a0 - a1 * elementary("cos", angle) + a2 * elementary("cos", 2.0 * angle));
                });
                return {};
            }};
}

std::vector<Operator> windows()
{
    return {
        windowOperator("HannWindow", "A raised cosine, for cutting a signal into pieces.", 0.5, 0.5, 0),
        windowOperator("HammingWindow", "A raised cosine that does not reach 0.", 25.0 / 46, 21.0 / 46, 0),
        windowOperator("BlackmanWindow", "A sum of two cosines with low side lobes.", 0.42, 0.5, 0.08),
    };
}
}  // namespace

std::vector<Operator> generateOperators()
{
    std::vector<Operator> all{
        {.name = "Shape",
         .pattern = Pattern::Opaque,
         .summary = "The sizes of a tensor, as a tensor.",
         .formula = "y = [sizes of x]",
         .infer = shapeRule,
         .compute = computeShape},
        {.name = "Size",
         .pattern = Pattern::Opaque,
         .summary = "The number of elements of a tensor.",
         .formula = "y = product of the sizes of x",
         .infer = sizeRule,
         .compute = computeSize},
        {.name = "Constant",
         .pattern = Pattern::Opaque,
         .requiredInputs = 0,
         .summary = "A value that is part of the model.",
         .formula = "y = value",
         .infer = constantRule,
         .compute = computeConstant},
        {.name = "ConstantOfShape",
         .sinceVersion = 9,
         .pattern = Pattern::Opaque,
         .summary = "A tensor of a given shape, filled with one value.",
         .formula = "y[i] = value",
         .infer = constantOfShapeRule,
         .compute = computeConstantOfShape},
        {.name = "Range",
         .sinceVersion = 11,
         .pattern = Pattern::Opaque,
         .requiredInputs = 3,
         .summary = "Numbers at equal distances.",
         .formula = "y[i] = start + i * delta",
         .infer = rangeRule,
         .compute = computeRange},
        {.name = "EyeLike",
         .sinceVersion = 9,
         .pattern = Pattern::Opaque,
         .summary = "Ones on a diagonal, zeros elsewhere.",
         .formula = "y[i, j] = j == i + k ? 1 : 0",
         .infer = eyeRule,
         .compute = computeEye},
        {.name = "OneHot",
         .sinceVersion = 9,
         .pattern = Pattern::Injective,
         .requiredInputs = 3,
         .summary = "Writes each class number as a vector with a one at its place.",
         .formula = "y[i, j] = indices[i] == j ? on : off",
         .infer = oneHotRule,
         .compute = computeOneHot},
    };
    for (Operator& definition : windows())
        all.push_back(std::move(definition));
    return all;
}

}  // namespace strata
