// Quantized tensors: integers that stand for (x - zero point) * scale.
#include "core/base/tiny_float.h"
#include "core/operators/cast.h"
#include "core/operators/conv.h"
#include "core/operators/families.h"
#include "core/operators/matmul.h"

namespace strata {

namespace {
// A scale or zero point of an element: one for the whole tensor, one a place along an axis, or one a block of places.
Value parameterAt(LowerContext& ctx, std::size_t input, const Indices& at, std::int64_t axis, std::int64_t blockSize)
{
    const TensorRef& p = ctx.input(input);
    if (p.count() == 1)
        return ctx.scalar(input);
    if (p.rank() == 1 && blockSize == 0)
        return p({at[std::size_t(axis)]});
    Indices index = at;
    if (blockSize > 0)
        index[std::size_t(axis)] = floorDiv(index[std::size_t(axis)], blockSize);
    return p(index);
}

Result<std::int64_t> quantizedAxis(const InferContext& context)
{
    const std::int64_t axis = integerAttribute(context.node, "axis", 1), rank = rankOf(context, 0);
    return rank <= 1 ? std::int64_t(0) : normalizedAxis(context.node, axis, rank);
}

// Whole numbers rounded to even, moved by the zero point, clamped to the type. To floats, rounded as a Cast does: the
// zero point of those of 8 bits is 0.
Value quantized(DType type, const Value& scaled, const std::optional<Value>& zeroPoint, bool saturate = true)
{
    if (isFloat(type)) {
        Value moved = scaled;
        if (zeroPoint)
            moved = let("zero", cast(scaled.type(), *zeroPoint),
                        [&](const Value& zero) { return select(zero == 0, scaled, scaled + zero); });
        return castAs(type, moved, {.saturate = saturate});
    }
    const Value whole = round(scaled);
    return cast(type, zeroPoint ? whole + cast(whole.type(), *zeroPoint) : whole);
}

// A scale is one number, one a place along the axis, or (block_size) one a block of places; the zero point is like it.
Status checkParameters(const InferContext& context)
{
    const GraphNode& node = context.node;
    STRATA_CHECK(needsAtLeast(node, "block_size", 0));
    const std::int64_t block = integerAttribute(node, "block_size", 0);
    const auto isOne = [&](std::size_t input) { return elementCount(shapeOf(context, input)) == 1; };
    const bool bothOne = ranked(context, 1) && given(context, 2) && ranked(context, 2) && isOne(1) && isOne(2);
    if (ranked(context, 1) && !bothOne)
        STRATA_CHECK(needsShape(context, 2, "zero point", shapeOf(context, 1), "as the scale"));
    if (!ranked(context, 0) || !ranked(context, 1))
        return {};
    const Shape &x = shapeOf(context, 0), &scale = shapeOf(context, 1);
    if (block == 0 && (scale.empty() || elementCount(scale) == 1))
        return {};
    if (x.empty())
        return needsOneElement(context, 1, "scale");
    STRATA_TRY(const std::int64_t axis, quantizedAxis(context));
    const Dim& size = x[std::size_t(axis)];
    if (block == 0)
        return needsShape(context, 1, "scale", {size}, "along axis " + std::to_string(axis) + " of " + toString(x));
    Shape blocks = x;
    blocks[std::size_t(axis)] = size.isConstant() ? Dim((size.constant() + block - 1) / block) : anyDim();
    return needsShape(context, 1, "scale", blocks,
                      "for blocks of " + std::to_string(block) + " along axis " + std::to_string(axis));
}

// The attribute 0 stands for "not said".
Result<std::optional<DType>> outputType(const InferContext& context, DType otherwise)
{
    if (integerAttribute(context.node, "output_dtype", 0) == 0)
        return std::optional(otherwise);
    return dtypeAttribute(context.node, "output_dtype", otherwise);
}

Result<Types> quantizeRule(const InferContext& context)
{
    STRATA_CHECK(checkParameters(context));
    STRATA_TRY(std::optional<DType> type, outputType(context, DType::U8));
    if (given(context, 2)) {
        if (integerAttribute(context.node, "output_dtype", 0) != 0 && type != dtypeOf(context, 2))
            return nodeError(context.node, "has another output_dtype than its zero point.");
        type = dtypeOf(context, 2);
    }
    return Types{withElements(context.inputs[0], type)};
}

Status computeQuantize(LowerContext& ctx)
{
    STRATA_TRY(const std::int64_t axis, quantizedAxis(ctx.in));
    const std::int64_t block = integerAttribute(ctx.node(), "block_size", 0);
    const bool saturate = integerAttribute(ctx.node(), "saturate", 1) != 0;
    std::optional<DType> precision;
    if (integerAttribute(ctx.node(), "precision", 0) != 0) {
        STRATA_TRY(precision, dtypeAttribute(ctx.node(), "precision", DType::F32));
        if (!precision || !isFloat(*precision))
            return nodeError(ctx.node(), "divides in a precision that is no float type Strata has.");
    }
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    ctx.compute("quantize", y, [&](const Indices& at) {
        const Value scale = parameterAt(ctx, 1, at, axis, block);
        const DType type = precision ? *precision : accumulatorType(isFloat(scale.type()) ? scale.type() : DType::F32);
        const std::optional<Value> zero = ctx.given(2) ? std::optional(parameterAt(ctx, 2, at, axis, block))
                                                       : std::nullopt;
        return quantized(y.dtype, cast(type, x(at)) / cast(type, scale), zero, saturate);
    });
    return {};
}

Result<Types> dequantizeRule(const InferContext& context)
{
    STRATA_CHECK(checkParameters(context));
    STRATA_TRY(const std::optional<DType> type, outputType(context, dtypeOf(context, 1)));
    return Types{withElements(context.inputs[0], type)};
}

Status computeDequantize(LowerContext& ctx)
{
    STRATA_TRY(const std::int64_t axis, quantizedAxis(ctx.in));
    const std::int64_t block = integerAttribute(ctx.node(), "block_size", 0);
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    ctx.compute("dequantize", y, [&](const Indices& at) {
        const Value scale = parameterAt(ctx, 1, at, axis, block);
        const DType type = accumulatorType(scale.type());
        const DType exact = isFloat(x.dtype) ? type : DType::I32;
        Value whole = cast(exact, x(at));
        if (ctx.given(2))
            whole = whole - cast(exact, parameterAt(ctx, 2, at, axis, block));
        return cast(y.dtype, cast(type, whole) * cast(type, scale));
    });
    return {};
}

Result<Types> dynamicQuantizeRule(const InferContext& context)
{
    ValueType type = context.inputs[0];
    type.tensor.dtype = DType::U8;
    return Types{type, tensorType(DType::F32, {}), tensorType(DType::U8, {})};
}

Status computeDynamicQuantize(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output(0), &scale = ctx.output(1), &zero = ctx.output(2);
    const TensorRef least = ctx.local(y.name + "_min", DType::F32, {}),
                    greatest = ctx.local(y.name + "_max", DType::F32, {});
    const Value nothing = constantOf(DType::F32, 0);
    ctx.reduce("least", least, {}, x.axes(), nothing,
               [&](const Indices&, const Indices& at, const Value& v) { return minimum(v, x(at)); });
    ctx.reduce("greatest", greatest, {}, x.axes(), nothing,
               [&](const Indices&, const Indices& at, const Value& v) { return maximum(v, x(at)); });
    ctx.compute("scale", scale, [&](const Indices&) { return (greatest({}) - least({})) / 255.0; });
    ctx.compute("zero_point", zero, [&](const Indices&) { return cast(DType::U8, round(-least({}) / scale({}))); });
    ctx.compute("quantize", y, [&](const Indices& at) { return quantized(DType::U8, x(at) / scale({}), zero({})); });
    return {};
}

// --- Products of integers
// ------------------------------------------------------------------------------------------------------------

// x - zero point, in i32; the zero point of a matrix may be one a row or column (`place`: that index).
Value centred(LowerContext& ctx, const Value& x, std::size_t zeroInput, const ExprPtr& place)
{
    const Value wide = cast(DType::I32, x);
    if (!ctx.given(zeroInput))
        return wide;
    const TensorRef& zero = ctx.input(zeroInput);
    if (zero.count() == 1)
        return wide - cast(DType::I32, ctx.scalar(zeroInput));
    return wide - cast(DType::I32, zero(Indices{place}));
}

Status checkZeroPoints(LowerContext& ctx, std::initializer_list<std::size_t> inputs)
{
    for (std::size_t input : inputs)
        if (ctx.given(input) && tinyFloat(ctx.input(input).dtype))
            return nodeError(ctx.node(), std::string("multiplies ") + name(ctx.input(input).dtype)
                                             + ", which is defined for integers only.");
    for (std::size_t input : inputs)
        if (ctx.given(input) && ctx.input(input).count() != 1 && ctx.input(input).rank() != 1)
            return nodeError(ctx.node(), "has a scale or zero point of rank " + std::to_string(ctx.input(input).rank())
                                             + "; one a row or column is defined.");
    return {};
}

// One number, or one a row of a (its last but one dimension) or a column of b (its last). Rows and columns of batches
// of their own, which ONNX allows too, have another rank and are refused where they become loops.
Status checkRowParameters(const InferContext& context, std::size_t matrix, bool rows,
                          std::initializer_list<std::pair<std::size_t, const char*>> parameters)
{
    if (!ranked(context, matrix) || shapeOf(context, matrix).empty())
        return {};
    const Shape& shape = shapeOf(context, matrix);
    const Dim size = !rows ? shape.back() : shape.size() > 1 ? shape[shape.size() - 2] : Dim(1);
    for (const auto& [input, role] : parameters)
        if (given(context, input) && ranked(context, input) && rankOf(context, input) == 1
            && elementCount(shapeOf(context, input)) != 1)
            STRATA_CHECK(needsShape(context, input, role, {size},
                                    std::string("for the ") + (rows ? "rows" : "columns") + " of " + toString(shape)));
    return {};
}

Result<Types> matmulIntegerRule(const InferContext& context)
{
    STRATA_CHECK(checkRowParameters(context, 0, true, {{2, "a_zero_point"}}));
    STRATA_CHECK(checkRowParameters(context, 1, false, {{3, "b_zero_point"}}));
    return productRule(context, 0, 1, DType::I32);
}

Status computeMatmulInteger(LowerContext& ctx)
{
    STRATA_CHECK(checkZeroPoints(ctx, {2, 3}));
    const TensorRef &a = ctx.input(0), &b = ctx.input(1);
    multiply(
        ctx, a, b, ctx.output(), DType::I32,
        [&](const Indices& at) { return centred(ctx, a(at), 2, at.size() > 1 ? at[at.size() - 2] : at.back()); },
        [&](const Indices& at) { return centred(ctx, b(at), 3, at.back()); });
    return {};
}

Result<Types> qlinearMatmulRule(const InferContext& context)
{
    STRATA_CHECK(checkRowParameters(context, 0, true,
                                    {{1, "a_scale"}, {2, "a_zero_point"}, {6, "y_scale"}, {7, "y_zero_point"}}));
    STRATA_CHECK(checkRowParameters(context, 3, false, {{4, "b_scale"}, {5, "b_zero_point"}}));
    return productRule(context, 0, 3, dtypeOf(context, 7));
}

// The one value of a parameter, or that of a row or column.
Value perPlace(LowerContext& ctx, std::size_t input, const ExprPtr& place)
{
    return ctx.input(input).count() == 1 ? ctx.scalar(input) : ctx.input(input)(Indices{place});
}

Status computeQlinearMatmul(LowerContext& ctx)
{
    STRATA_CHECK(checkZeroPoints(ctx, {1, 2, 4, 5, 6, 7}));
    const TensorRef &a = ctx.input(0), &b = ctx.input(3), &y = ctx.output();
    const TensorRef sums = ctx.local(y.name + "_sum", DType::I32, y.shape);
    multiply(
        ctx, a, b, sums, DType::I32,
        [&](const Indices& at) { return centred(ctx, a(at), 2, at.size() > 1 ? at[at.size() - 2] : at.back()); },
        [&](const Indices& at) { return centred(ctx, b(at), 5, at.back()); });
    ctx.compute("requantize", y, [&](const Indices& at) {
        const ExprPtr row = at.size() > 1 ? at[at.size() - 2]
                            : at.empty()  ? intConst(0)
                                          : at.back(),
                      column = at.empty() ? intConst(0) : at.back();
        const Value scale = cast(DType::F32, perPlace(ctx, 1, row)) * cast(DType::F32, perPlace(ctx, 4, column))
                            / cast(DType::F32, perPlace(ctx, 6, row));
        return quantized(y.dtype, cast(DType::F32, sums(at)) * scale, perPlace(ctx, 7, row));
    });
    return {};
}

// One number, or one an output channel of the weights.
Status checkChannelParameter(const InferContext& context, std::size_t input, const std::string& role,
                             std::size_t weights)
{
    if (!given(context, input) || !ranked(context, input) || !ranked(context, weights)
        || elementCount(shapeOf(context, input)) == 1)
        return {};
    const Shape& w = shapeOf(context, weights);
    return needsShape(context, input, role, {w.empty() ? Dim(1) : w[0]}, "for weights of " + toString(w));
}

Result<Types> convIntegerRule(const InferContext& context)
{
    STRATA_CHECK(needsOneElement(context, 2, "x_zero_point"));
    STRATA_CHECK(checkChannelParameter(context, 3, "w_zero_point", 1));
    return convolutionRule(context, 0, 1, DType::I32);
}

// The integer sums of a convolution; the border is the input's zero point, so that it counts as 0.
Status convolveIntegers(LowerContext& ctx, const TensorRef& out, std::size_t weights, std::size_t inputZero,
                        std::size_t weightZero)
{
    STRATA_CHECK(checkZeroPoints(ctx, {inputZero, weightZero}));
    STRATA_TRY(const Window window, convWindow(ctx.in, 0, weights));
    const TensorRef &x = ctx.input(0), &w = ctx.input(weights);
    const TensorRef source = padded(ctx, x, window, spatialSizes(out),
                                    ctx.given(inputZero) ? ctx.scalar(inputZero) : constantOf(x.dtype, 0));
    convolve(
        ctx, w, out, DType::I32, window, integerAttribute(ctx.node(), "group", 1),
        [&](const Indices& at) { return centred(ctx, source(at), inputZero, intConst(0)); },
        [&](const Indices& at) { return centred(ctx, w(at), weightZero, at[0]); });
    return {};
}

Status computeConvInteger(LowerContext& ctx) { return convolveIntegers(ctx, ctx.output(), 1, 2, 3); }

Result<Types> qlinearConvRule(const InferContext& context)
{
    for (const auto& [input, role] :
         {std::pair(1, "x_scale"), std::pair(2, "x_zero_point"), std::pair(6, "y_scale"), std::pair(7, "y_zero_point")})
        STRATA_CHECK(needsOneElement(context, std::size_t(input), role));
    STRATA_CHECK(checkChannelParameter(context, 4, "w_scale", 3));
    STRATA_CHECK(checkChannelParameter(context, 5, "w_zero_point", 3));
    if (ranked(context, 3) && rankOf(context, 3) > 0)
        STRATA_CHECK(
            needsShape(context, 8, "B", {shapeOf(context, 3)[0]}, "for weights of " + toString(shapeOf(context, 3))));
    return convolutionRule(context, 0, 3, dtypeOf(context, 7));
}

Status computeQlinearConv(LowerContext& ctx)
{
    STRATA_CHECK(checkZeroPoints(ctx, {1, 4, 6, 7}));
    const TensorRef& y = ctx.output();
    const TensorRef sums = ctx.local(y.name + "_sum", DType::I32, y.shape);
    STRATA_CHECK(convolveIntegers(ctx, sums, 3, 2, 5));
    ctx.compute("requantize", y, convAxes(y), [&](const Indices& at) {
        const Value biased = ctx.given(8) ? sums(at) + ctx.input(8)({at[1]}) : sums(at);
        const Value scale = ctx.scalar(1) * perPlace(ctx, 4, at[1]) / ctx.scalar(6);
        return quantized(y.dtype, cast(DType::F32, biased) * scale, ctx.scalar(7));
    });
    return {};
}
}  // namespace

std::vector<Operator> quantizeOperators()
{
    return {
        {.name = "QuantizeLinear",
         .sinceVersion = 10,
         .pattern = Pattern::Broadcast,
         .requiredInputs = 2,
         .summary = "Rounds numbers to small integers.",
         .formula = "y = saturate(round(x / scale) + zero_point)",
         .infer = quantizeRule,
         .compute = computeQuantize},
        {.name = "DequantizeLinear",
         .sinceVersion = 10,
         .pattern = Pattern::Broadcast,
         .requiredInputs = 2,
         .summary = "Turns small integers back into the numbers they stand for.",
         .formula = "y = (x - zero_point) * scale",
         .infer = dequantizeRule,
         .compute = computeDequantize},
        {.name = "DynamicQuantizeLinear",
         .sinceVersion = 11,
         .pattern = Pattern::Opaque,
         .summary = "Quantizes to 8 bits with a scale that fits the data.",
         .formula = "scale = (max(x) - min(x)) / 255; y = saturate(round(x / scale) + zero_point)",
         .infer = dynamicQuantizeRule,
         .compute = computeDynamicQuantize},
        {.name = "MatMulInteger",
         .sinceVersion = 10,
         .pattern = Pattern::OutFusable,
         .requiredInputs = 2,
         .summary = "The matrix product of 8-bit integers, in 32 bits.",
         .formula = "y[i, j] = sum over k of (a[i, k] - a_zero) * (b[k, j] - b_zero)",
         .infer = matmulIntegerRule,
         .compute = computeMatmulInteger},
        {.name = "QLinearMatMul",
         .sinceVersion = 10,
         .pattern = Pattern::OutFusable,
         .requiredInputs = 8,
         .summary = "The matrix product of quantized tensors, quantized again.",
         .formula = "y = quantize(dequantize(a) @ dequantize(b))",
         .infer = qlinearMatmulRule,
         .compute = computeQlinearMatmul},
        {.name = "ConvInteger",
         .sinceVersion = 10,
         .pattern = Pattern::OutFusable,
         .requiredInputs = 2,
         .summary = "The convolution of 8-bit integers, in 32 bits.",
         .formula = "y[n, o, y, x] = sum of (x - x_zero) * (w - w_zero)",
         .infer = convIntegerRule,
         .compute = computeConvInteger},
        {.name = "QLinearConv",
         .sinceVersion = 10,
         .pattern = Pattern::OutFusable,
         .requiredInputs = 8,
         .summary = "The convolution of quantized tensors, quantized again.",
         .formula = "y = quantize(conv(dequantize(x), dequantize(w)) + b)",
         .infer = qlinearConvRule,
         .compute = computeQlinearConv},
    };
}

}  // namespace strata
