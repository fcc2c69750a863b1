// Fourier transforms as sums of products with turning numbers, cos(2 pi j / n) + i sin(2 pi j / n), which are worked
// out once. A complex number is the last axis of a tensor: real part, imaginary part.
#include "core/operators/data_inputs.h"
#include "core/operators/lower.h"
#include "core/operators/special_families.h"

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

bool isInverse(const GraphNode& node) { return integerAttribute(node, "inverse", 0) != 0; }
bool isOneSided(const GraphNode& node) { return integerAttribute(node, "onesided", 0) != 0; }

// cos and sin of j turns over n, for j below n; n may be data, at most `most`.
struct Turns {
    TensorRef cosine, sine;
};

Turns turns(LowerContext& ctx, const Value& count, std::int64_t most, DType type)
{
    const std::string base = ctx.output().name;
    const Turns result{ctx.local(base + "_cos", type, {most}), ctx.local(base + "_sin", type, {most})};
    const auto table = [&](const char* function, const TensorRef& out) {
        ctx.compute(function, out, {{"j", most}}, [&](const Indices& at) {
            const Value angle = cast(DType::F64, Value(at[0])) * (2 * std::acos(-1.0)) / cast(DType::F64, count);
            return cast(type, elementary(function, angle));
        });
    };
    table("cos", result.cosine);
    table("sin", result.sine);
    return result;
}

// i * k modulo n.
ExprPtr turnOf(const ExprPtr& i, const ExprPtr& k, const Value& count, std::int64_t most)
{
    return checked(binary(Op::FloorMod, binary(Op::Mul, i, k), count.expr), intConst(most));
}

// --- DFT
// -----------------------------------------------------------------------------------------------------------------------------------

// Nullopt: the axis is data.
Result<std::optional<std::int64_t>> dftAxis(const InferContext& context)
{
    const bool isInput = context.node.version == 0 || context.node.version >= 20;
    const std::int64_t rank = rankOf(context, 0);
    std::int64_t axis = integerAttribute(context.node, "axis", isInput ? -2 : 1);
    if (given(context, 2)) {
        const std::optional<Integers> value = integersInput(context, 2);
        if (!value || value->size() != 1)
            return std::optional<std::int64_t>();
        axis = (*value)[0];
    }
    STRATA_TRY(axis, normalizedAxis(context.node, axis, rank));
    if (axis == rank - 1)
        return nodeError(context.node, "transforms along its last axis, which holds real and imaginary parts.");
    return std::optional(axis);
}

// The length of the transform; nullopt: data, or symbolic.
std::optional<std::int64_t> dftLength(const InferContext& context, const Dim& in)
{
    if (given(context, 1)) {
        const std::optional<Integers> value = integersInput(context, 1);
        return value && value->size() == 1 ? std::optional((*value)[0]) : std::nullopt;
    }
    if (!in.isConstant())
        return std::nullopt;
    return isInverse(context.node) && isOneSided(context.node) ? 2 * (in.constant() - 1) : in.constant();
}

Result<Types> dftRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    STRATA_CHECK(needsOneElement(context, 1, "dft_length"));
    STRATA_CHECK(needsOneElement(context, 2, "axis"));
    if (!ranked(context, 0))
        return Types{unrankedType(type)};
    Shape shape = shapeOf(context, 0);
    if (shape.size() < 2 || (shape.back().isConstant() && shape.back() != Dim(1) && shape.back() != Dim(2)))
        return nodeError(context.node, "transforms " + toString(shape)
                                           + "; its last axis holds a real part, or a real and an imaginary one.");
    STRATA_TRY(const std::optional<std::int64_t> axis, dftAxis(context));
    const bool real = isInverse(context.node) && isOneSided(context.node);
    if (!axis)
        return Types{unrankedType(type)};
    Dim& size = shape[std::size_t(*axis)];
    const std::optional<std::int64_t> length = dftLength(context, size);
    if (length && *length < 1)
        return nodeError(context.node, "has a transform of length " + std::to_string(*length) + ".");
    size = !length                                                ? unknownDim(context.node, 0, std::size_t(*axis))
           : isOneSided(context.node) && !isInverse(context.node) ? Dim(*length / 2 + 1)
                                                                  : Dim(*length);
    shape.back() = Dim(real ? 1 : 2);
    return Types{tensorType(type, std::move(shape))};
}

// One sum a result. What the input does not hold counts as 0.
struct Transform {
    std::size_t axis = 0;
    std::int64_t length = 1, terms = 1;
    bool inverse = false, complexIn = false, real = false;
};

Status emitTransform(LowerContext& ctx, const Transform& t, const TensorRef& y)
{
    const TensorRef& x = ctx.input(0);
    const DType wide = accumulatorType(x.dtype);
    const Value length = intConst(t.length);
    const Turns table = turns(ctx, length, t.length, wide);
    ctx.reduce("transform", y, {{"t", t.terms}}, constantOf(wide, 0),
               [&](const Indices& at, const Indices& over, const Value& sum) {
                   Indices from = at;
                   from[t.axis] = over[0];
                   from.back() = intConst(0);
                   const Value re = cast(wide, x(from));
                   from.back() = intConst(t.complexIn ? 1 : 0);
                   const Value im = t.complexIn ? cast(wide, x(from)) : constantOf(wide, 0);
                   const Indices turn{turnOf(over[0], at[t.axis], length, t.length)};
                   const Value c = table.cosine(turn), s = table.sine(turn);
                   // Backwards the numbers turn the other way.
                   const Value realPart = t.inverse ? re * c - im * s : re * c + im * s,
                               imaginaryPart = t.inverse ? im * c + re * s : im * c - re * s;
                   if (!t.real)
                       return sum + select(Value(at.back()) == 0, realPart, imaginaryPart);
                   // The other half of a one-sided spectrum is its mirror image.
                   const Value whole = over[0];
                   const Value isAlone = whole == 0 || whole * 2 == t.length;
                   return sum + select(isAlone, re * c, 2.0 * realPart);
               });
    return {};
}

Status computeDft(LowerContext& ctx)
{
    const TensorRef& x = ctx.input(0);
    STRATA_TRY(const std::optional<std::int64_t> named, dftAxis(ctx.in));
    const bool inverse = isInverse(ctx.node()), oneSided = isOneSided(ctx.node());
    const auto emit = [&](const Integers& axes, const TensorRef& out) -> Status {
        Transform t{std::size_t(axes[0])};
        t.inverse = inverse;
        t.complexIn = x.number(-1) == 2;
        t.real = inverse && oneSided;
        const std::int64_t in = x.number(t.axis), results = out.number(t.axis);
        const std::optional<std::int64_t> length = dftLength(ctx.in, Dim(in));
        if (!length && oneSided && !inverse)
            return needsConstant(ctx.in, 1, "length");
        t.length = length.value_or(results);
        t.terms = std::min(in, t.real ? t.length / 2 + 1 : t.length);
        const DType wide = accumulatorType(x.dtype);
        if (!inverse)
            return emitTransform(ctx, t, out);
        const TensorRef sums = ctx.local(out.name + "_sum", wide, out.shape);
        STRATA_CHECK(emitTransform(ctx, t, sums));
        ctx.compute("scale", out, [&](const Indices& at) { return cast(out.dtype, sums(at) / double(t.length)); });
        return {};
    };
    if (named)
        return emit({*named}, ctx.output());
    std::vector<Integers> choices;
    for (std::int64_t axis = 0; axis + 1 < x.rank(); ++axis) {
        Integers wanted = x.numbers();
        const std::int64_t in = wanted[std::size_t(axis)];
        const std::int64_t length = dftLength(ctx.in, Dim(in)).value_or(ctx.output().number(axis));
        wanted[std::size_t(axis)] = oneSided && !inverse ? length / 2 + 1 : length;
        wanted.back() = inverse && oneSided ? 1 : 2;
        if (wanted == ctx.output().numbers())
            choices.push_back({axis});
    }
    return chooseAxes(ctx, 2, x.rank(), choices, emit);
}

// --- STFT
// ----------------------------------------------------------------------------------------------------------------------------------

// The length of a frame, where it is known.
std::optional<std::int64_t> frameLength(const InferContext& context)
{
    if (given(context, 3)) {
        const std::optional<Integers> value = integersInput(context, 3);
        return value && value->size() == 1 ? std::optional((*value)[0]) : std::nullopt;
    }
    const bool known = given(context, 2) && ranked(context, 2) && rankOf(context, 2) == 1
                       && shapeOf(context, 2)[0].isConstant();
    return known ? std::optional(shapeOf(context, 2)[0].constant()) : std::nullopt;
}

Result<Types> stftRule(const InferContext& context)
{
    const GraphNode& node = context.node;
    const DType type = dtypeOf(context, 0);
    STRATA_CHECK(needsOneElement(context, 1, "frame_step"));
    STRATA_CHECK(needsOneElement(context, 3, "frame_length"));
    STRATA_CHECK(needsRank(context, 2, "window", 1));
    if (!given(context, 2) && !given(context, 3))
        return nodeError(node, "has neither a window nor a frame_length.");
    if (!ranked(context, 0))
        return Types{unrankedType(type)};
    STRATA_CHECK(needsRank(context, 0, "signal", 3));
    const Shape& x = shapeOf(context, 0);
    const std::optional<std::int64_t> length = frameLength(context);
    const std::optional<Integers> step = integersInput(context, 1);
    if (length && given(context, 2))
        STRATA_CHECK(needsShape(context, 2, "window", {Dim(*length)}, "for frames of " + std::to_string(*length)));
    if ((length && *length < 1) || (step && (step->size() != 1 || (*step)[0] < 1)))
        return nodeError(node, "has a frame_length or frame_step below 1.");
    const bool known = length && step && x[1].isConstant();
    if (known && x[1].constant() < *length)
        return nodeError(node, "cuts frames of " + std::to_string(*length) + " from a signal of " + x[1].text() + ".");
    const Dim frames = known ? Dim((x[1].constant() - *length) / (*step)[0] + 1) : unknownDim(node, 0, 1),
              bins = length ? Dim(integerAttribute(node, "onesided", 1) != 0 ? *length / 2 + 1 : *length)
                            : unknownDim(node, 0, 2);
    return Types{tensorType(type, {x[0], frames, bins, Dim(2)})};
}

Status computeStft(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const DType wide = accumulatorType(x.dtype);
    const std::optional<std::int64_t> known = frameLength(ctx.in);
    const bool oneSided = integerAttribute(ctx.node(), "onesided", 1) != 0, isComplex = x.number(2) == 2;
    // So many bins may come of two lengths, an even and an odd one.
    const std::int64_t bins = y.number(2), most = known.value_or(oneSided ? 2 * bins - 1 : bins);
    const Value length = known ? Value(intConst(*known)) : dataCount(ctx.scalar(3), most),
                step = cast(DType::I64, ctx.scalar(1));
    const Turns table = turns(ctx, length, most, wide);
    ctx.reduce(
        "transform", y, {{"t", most}}, constantOf(wide, 0), [&](const Indices& at, const Indices& t, const Value& sum) {
            const ExprPtr place = checked((Value(at[1]) * step + Value(t[0])).expr, intConst(x.number(1)));
            const Value weight = ctx.given(2) ? cast(wide, ctx.input(2)({t[0]})) : constantOf(wide, 1);
            const Value re = weight * cast(wide, x({at[0], place, intConst(0)}));
            const Value im = isComplex ? weight * cast(wide, x({at[0], place, intConst(1)})) : constantOf(wide, 0);
            const Indices turn{turnOf(t[0], at[2], length, most)};
            const Value c = table.cosine(turn), s = table.sine(turn);
            const Value term = select(Value(at[3]) == 0, re * c + im * s, im * c - re * s);
            return sum + (known ? term : select(Value(t[0]) < length, term, 0));
        });
    return {};
}

// --- MelWeightMatrix
// -----------------------------------------------------------------------------------------------------------------------

Result<Types> melRule(const InferContext& context)
{
    STRATA_TRY(const std::optional<DType> type, dtypeAttribute(context.node, "output_datatype", DType::F32));
    for (std::size_t i = 0; i < 5; ++i)
        STRATA_CHECK(needsOneElement(context, i, "number"));
    const std::optional<Integers> bins = integersInput(context, 0), length = integersInput(context, 1);
    if ((bins && (*bins)[0] < 0) || (length && (*length)[0] < 0))
        return nodeError(context.node, "has a number of bins below 0.");
    return Types{
        withElements(tensorType(DType::F32, {length ? Dim((*length)[0] / 2 + 1) : unknownDim(context.node, 0, 0),
                                             bins ? Dim((*bins)[0]) : unknownDim(context.node, 0, 1)}),
                     type)};
}

// Triangles over the bins of a spectrum whose corners lie at equal distances on the mel scale.
Status computeMel(LowerContext& ctx)
{
    const TensorRef& y = ctx.output();
    const std::int64_t spectrum = y.number(0), bins = y.number(1);
    const auto number = [&](std::size_t input) { return cast(DType::F64, ctx.scalar(input)); };
    const auto mel = [](const Value& hertz) { return 2595.0 * log(1.0 + hertz / 700.0) / std::log(10.0); };
    checkSizes(ctx, [&](std::int64_t axis) {
        return axis == 1 ? cast(DType::I64, ctx.scalar(0))
                         : Value(floorDiv(cast(DType::I64, ctx.scalar(1)).expr, 2)) + 1;
    });
    const TensorRef corners = ctx.local(y.name + "_corner", DType::F64, {bins + 2});
    ctx.compute("corner", corners, [&](const Indices& at) {
        const Value low = mel(number(3)), step = (mel(number(4)) - low) / double(bins + 2);
        const Value hertz = 700.0
                            * (exp((cast(DType::F64, Value(at[0])) * step + low) / 2595.0 * std::log(10.0)) - 1.0);
        return floor((number(1) + 1.0) * hertz / number(2));
    });
    ctx.compute("triangle", y, {{"j", spectrum}, {"i", bins}}, [&](const Indices& at) {
        const Value j = cast(DType::F64, Value(at[0])), left = corners({at[1]}),
                    middle = corners({at[1] + intConst(1)}), right = corners({at[1] + intConst(2)});
        const Value falls = right > middle && j >= middle && j < right;
        const Value rises = select(left == middle, select(j == middle, constantOf(DType::F64, 1), 0),
                                   select(j >= left && j <= middle, (j - left) / (middle - left), 0));
        return cast(y.dtype, select(falls, (right - j) / (right - middle), rises));
    });
    return {};
}

}  // namespace

std::vector<Operator> signalOperators()
{
    return {
        {.name = "DFT",
         .sinceVersion = 17,
         .pattern = Pattern::Opaque,
         .summary = "The Fourier transform along an axis, or back.",
         .formula = "y[k] = sum over t of x[t] * exp(-2 pi i k t / n)",
         .infer = dftRule,
         .compute = computeDft},
        {.name = "STFT",
         .sinceVersion = 17,
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "Fourier transforms of the frames that a window cuts from a signal.",
         .formula = "y[f, k] = sum over t of w[t] * x[f * step + t] * exp(-2 pi i k t / n)",
         .infer = stftRule,
         .compute = computeStft},
        {.name = "MelWeightMatrix",
         .sinceVersion = 17,
         .pattern = Pattern::Opaque,
         .requiredInputs = 5,
         .summary = "The matrix that makes a spectrum one of bands that are equally wide to the ear.",
         .formula = "y[j, i] = the triangle over bins c[i], c[i + 1], c[i + 2] at j",
         .infer = melRule,
         .compute = computeMel},
    };
}

}  // namespace strata
