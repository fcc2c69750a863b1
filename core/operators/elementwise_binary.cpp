// Operators of several inputs, element by element: arithmetic, comparisons, logic, and what takes any number of inputs.
// The inputs broadcast as numpy's do from opset 7 on.
#include "core/operators/elementwise.h"
#include "core/operators/families.h"

#include <algorithm>

namespace strata {

namespace {
using BinaryElement = std::function<Value(const GraphNode& node, const Value& a, const Value& b)>;
using PlainElement = Value (*)(const Value& a, const Value& b);

// --- Before opset 7
//
// The shapes are equal, or the attribute `broadcast` says that the second is a part of the first: its dimensions stand
// at `axis` and after it, by default at the end.

bool isOld(const GraphNode& node) { return node.version != 0 && node.version < 7; }

Result<std::int64_t> oldAxis(const InferContext& context)
{
    const std::int64_t a = rankOf(context, 0), b = rankOf(context, 1);
    const std::int64_t axis = integerAttribute(context.node, "axis", a - b), first = axis < 0 ? axis + a : axis;
    if (first < 0 || first + b > a)
        return nodeError(context.node, "places " + toString(shapeOf(context, 1)) + " at axis " + std::to_string(axis)
                                           + " of " + toString(shapeOf(context, 0)) + ".");
    return first;
}

Result<Types> oldRule(const InferContext& context, DType type)
{
    if (!ranked(context, 0) || !ranked(context, 1))
        return Types{unrankedType(type)};
    const Shape &a = shapeOf(context, 0), &b = shapeOf(context, 1);
    if (integerAttribute(context.node, "broadcast", 0) == 0) {
        STRATA_CHECK(needsShape(context, 1, "B", a, "as A, without the attribute broadcast"));
        return Types{tensorType(type, a)};
    }
    STRATA_TRY(const std::int64_t axis, oldAxis(context));
    for (std::size_t i = 0; i < b.size(); ++i)
        if (!(b[i] == Dim(1)) && !mayBeEqual(b[i], a[std::size_t(axis) + i]))
            return nodeError(context.node, "places " + toString(b) + " at axis " + std::to_string(axis) + " of "
                                               + toString(a) + ", which does not fit.");
    return Types{tensorType(type, a)};
}

// The part of the first input's index that the second one has.
Indices oldIndex(const TensorRef& b, std::int64_t axis, const Indices& at)
{
    Indices index(at.begin() + axis, at.begin() + axis + b.rank());
    for (std::size_t i = 0; i < index.size(); ++i)
        if (b.shape[i] == Dim(1))
            index[i] = intConst(0);
    return index;
}

Result<Types> broadcastTo(const InferContext& context, DType type)
{
    return isOld(context.node) ? oldRule(context, type) : broadcastRule(context, type);
}
Result<Types> broadcastToBool(const InferContext& context) { return broadcastTo(context, DType::Bool); }
Result<Types> broadcast(const InferContext& context) { return broadcastTo(context, dtypeOf(context, 0)); }

Status computeOld(LowerContext& ctx, const BinaryElement& element)
{
    STRATA_TRY(const std::int64_t axis, oldAxis(ctx.in));
    const TensorRef &a = ctx.input(0), &b = ctx.input(1), &y = ctx.output();
    const auto widened = [](const Value& x) { return cast(accumulatorType(x.type()), x); };
    ctx.compute(snakeCase(ctx.node().op), y, [&](const Indices& at) {
        return cast(y.dtype, element(ctx.node(), widened(a(at)), widened(b(oldIndex(b, axis, at)))));
    });
    return {};
}

Operator binaryOperator(std::string name, std::string summary, std::string formula, BinaryElement element,
                        ShapeRule rule = broadcast)
{
    return {.name = std::move(name),
            .pattern = Pattern::Broadcast,
            .requiredInputs = 2,
            .summary = std::move(summary),
            .formula = std::move(formula),
            .infer = std::move(rule),
            .compute = [element](LowerContext& ctx) {
                if (isOld(ctx.node()) && ctx.input(1).shape != ctx.input(0).shape)
                    return computeOld(ctx, element);
                return computeElementwise(
                    ctx, [&](const GraphNode& node, const std::vector<Value>& x) { return element(node, x[0], x[1]); });
            }};
}

Operator plain(std::string name, std::string summary, std::string formula, PlainElement element,
               ShapeRule rule = broadcast)
{
    return binaryOperator(
        std::move(name), std::move(summary), std::move(formula),
        [element](const GraphNode&, const Value& a, const Value& b) { return element(a, b); }, std::move(rule));
}

Value bits(Op op, const Value& a, const Value& b) { return binary(op, a.expr, b.expr); }

// result * base ** (e's bits from `bit` up), by squaring.
Value powerBySquaring(const Value& result, const Value& square, const Value& e, int bit)
{
    const Value set = bits(Op::And, bits(Op::Shr, e, intConst(bit)), intConst(1)) == 1;
    const Value next = result * select(set, square, 1);
    if (bit == 5)
        return next;
    return let("p" + std::to_string(bit), next, [&](const Value& p) {
        return let("s" + std::to_string(bit), square * square,
                   [&](const Value& s) { return powerBySquaring(p, s, e, bit + 1); });
    });
}

// The slope broadcasts to x; before opset 7 it is one number, or one a channel.
Result<Types> preluRule(const InferContext& context)
{
    if (!ranked(context, 0) || !ranked(context, 1))
        return sameAsFirst(context);
    const Shape& x = shapeOf(context, 0);
    if (!isOld(context.node) || elementCount(shapeOf(context, 1)) == 1)
        STRATA_CHECK(needsToFit(context, 1, "slope", x, "of X"));
    else
        STRATA_CHECK(needsShape(context, 1, "slope", {x.size() > 1 ? x[1] : Dim(1)}, "for the channels of X"));
    return sameAsFirst(context);
}

Status computePrelu(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &slope = ctx.input(1), &y = ctx.output();
    const bool perChannel = isOld(ctx.node()) && slope.count() != 1;
    ctx.compute("prelu", y, [&](const Indices& at) {
        const DType wide = accumulatorType(y.dtype);
        const Value v = cast(wide, x(at));
        return cast(y.dtype,
                    select(v < 0, cast(wide, perChannel ? slope({at[1]}) : slope.broadcast(at, y.shape)) * v, v));
    });
    return {};
}

Result<Types> shiftRule(const InferContext& context)
{
    STRATA_CHECK(needsWord(context.node, "direction", {"LEFT", "RIGHT"}));
    return broadcast(context);
}

// Exact for integers, which wrap. A negative exponent gives 0, or +-1 for a base of +-1.
Value integerPower(const Value& base, const Value& exponent)
{
    const Value e = cast(DType::I64, exponent), one = constantOf(base.type(), 1);
    const Value positive = powerBySquaring(one, base, e, 0);
    if (!isSigned(exponent.type()))
        return positive;
    const Value odd = bits(Op::And, e, intConst(1)) == 1;
    const Value inverse = isSigned(base.type()) ? select(base == -1, select(odd, -1, one), 0)
                                                : constantOf(base.type(), 0);
    return select(e < 0, select(base == 1, 1, inverse), positive);
}

Value powerOf(const Value& base, const Value& exponent)
{
    if (isFloat(base.type())) {
        if (isConst(exponent.expr) && isFloat(exponent.type()) && exponent.expr->f == 2)
            return base * base;
        return power(base, cast(base.type(), exponent));
    }
    if (!isFloat(exponent.type()))
        return integerPower(base, exponent);
    return cast(base.type(), power(cast(DType::F64, base), cast(DType::F64, exponent)));
}

// The rest of a / b with the sign of a, as C's fmod: exact while the quotient is (one step is put right), a itself for
// an infinite b.
Value remainder(const Value& a, const Value& b)
{
    const Value quotient = apply(Op::Trunc, a / b),
                infinite = absolute(b) == highest(b.type()) && absolute(a) < highest(a.type());
    const Value exact = let("r", fma(-quotient, b, a), [&](const Value& r) {
        return select(r != 0 && (r < 0) != (a < 0), r + select(a < 0, -absolute(b), absolute(b)), r);
    });
    return select(infinite, a, exact);
}

// fmod=0: the sign of the divisor (Python's %); fmod=1: of the dividend (C's).
Value modulo(const GraphNode& node, const Value& a, const Value& b)
{
    const bool likeC = integerAttribute(node, "fmod", 0) != 0;
    if (!isFloat(a.type()))
        return likeC ? a - a / b * b : Value(binary(Op::FloorMod, a.expr, b.expr));
    if (likeC)
        return remainder(a, b);
    return let("m", remainder(a, b), [&](const Value& m) {
        const Value signedZero = select(b < 0, -0.0, constantOf(b.type(), 0));
        return select(m == 0, signedZero, select((b < 0) != (m < 0), m + b, m));
    });
}

// A shift by the width or more (or by a negative number, which counts as huge) leaves 0, or the sign.
Value shift(const GraphNode& node, const Value& a, const Value& b)
{
    const bool left = textAttribute(node, "direction", "LEFT") == "LEFT";
    const Value fits = isSigned(b.type()) ? b >= 0 && b < 8 * byteSize(a.type()) : b < 8 * byteSize(a.type());
    const Value rest = !left && isSigned(a.type()) ? select(a < 0, -1, constantOf(a.type(), 0))
                                                   : constantOf(a.type(), 0);
    return select(fits, bits(left ? Op::Shl : Op::Shr, a, b), rest);
}

std::vector<Operator> binaryArithmetic()
{
    return {
        plain("Add", "Adds element by element.", "y = a + b", [](const Value& a, const Value& b) { return a + b; }),
        plain("Sub", "Subtracts element by element.", "y = a - b",
              [](const Value& a, const Value& b) { return a - b; }),
        plain("Mul", "Multiplies element by element.", "y = a * b",
              [](const Value& a, const Value& b) { return a * b; }),
        plain("Div", "Divides element by element; integers truncate.", "y = a / b",
              [](const Value& a, const Value& b) { return a / b; }),
        plain("Pow", "Raises a to the power b.", "y = a ** b", powerOf),
        {.name = "PRelu",
         .pattern = Pattern::Broadcast,
         .requiredInputs = 2,
         .summary = "Relu with a learned slope below 0.",
         .formula = "y = x < 0 ? slope * x : x",
         .infer = preluRule,
         .compute = computePrelu},
        binaryOperator("SwiGLU", "A gate of Swish times a linear part.", "y = a / (1 + exp(-alpha a)) * b",
                       [](const GraphNode& node, const Value& a, const Value& b) {
                           return a * sigmoid(realAttribute(node, "alpha", 1) * a) * b;
                       }),
        binaryOperator("Mod", "The rest of a division.", "y = a - floor(a / b) * b", modulo),
        binaryOperator("BitShift", "Moves the bits of a by b places.", "y = a << b", shift, shiftRule),
    };
}

std::vector<Operator> comparisons()
{
    return {
        plain(
            "Equal", "Whether elements are equal.", "y = a == b", [](const Value& a, const Value& b) { return a == b; },
            broadcastToBool),
        plain(
            "Less", "Whether a is below b.", "y = a < b", [](const Value& a, const Value& b) { return a < b; },
            broadcastToBool),
        plain(
            "LessOrEqual", "Whether a is at most b.", "y = a <= b",
            [](const Value& a, const Value& b) { return a <= b; }, broadcastToBool),
        plain(
            "Greater", "Whether a is above b.", "y = a > b", [](const Value& a, const Value& b) { return a > b; },
            broadcastToBool),
        plain(
            "GreaterOrEqual", "Whether a is at least b.", "y = a >= b",
            [](const Value& a, const Value& b) { return a >= b; }, broadcastToBool),
        plain("And", "Logical and.", "y = a and b", [](const Value& a, const Value& b) { return a && b; }),
        plain("Or", "Logical or.", "y = a or b", [](const Value& a, const Value& b) { return a || b; }),
        plain("Xor", "Logical exclusive or.", "y = a != b",
              [](const Value& a, const Value& b) { return bits(Op::Xor, a, b); }),
        plain("BitwiseAnd", "Bits that both have.", "y = a & b",
              [](const Value& a, const Value& b) { return bits(Op::And, a, b); }),
        plain("BitwiseOr", "Bits that one of them has.", "y = a | b",
              [](const Value& a, const Value& b) { return bits(Op::Or, a, b); }),
        plain("BitwiseXor", "Bits that differ.", "y = a ^ b",
              [](const Value& a, const Value& b) { return bits(Op::Xor, a, b); }),
    };
}

// Before opset 8 all inputs have one shape.
Result<Types> variadicRule(const InferContext& context)
{
    if (context.node.version != 0 && context.node.version < 8 && ranked(context, 0))
        for (std::size_t i = 1; i < context.inputs.size(); ++i)
            STRATA_CHECK(needsShape(context, i, "data_" + std::to_string(i), shapeOf(context, 0), "as the first"));
    return broadcastRule(context);
}

// More inputs than this are combined in several blocks: an expression that takes in hundreds of inputs is nested as
// deeply, and everything that walks it would be.
constexpr std::size_t inputsOfABlock = 32;

// The inputs one after the other, from the first to the last; each block goes on from what the one before it left.
Status computeVariadic(LowerContext& ctx, PlainElement element, const Elementwise& finish)
{
    const TensorRef& y = ctx.output();
    const DType wide = accumulatorType(y.dtype);
    const std::string block = snakeCase(ctx.node().op);
    const std::size_t count = ctx.inputCount();
    TensorRef before;
    for (std::size_t first = 0; first < count; first += inputsOfABlock) {
        const std::size_t end = std::min(first + inputsOfABlock, count);
        const TensorRef target = end == count ? y : ctx.local(y.name + "_part", wide, y.shape);
        ctx.compute(block, target, [&](const Indices& at) {
            std::optional<Value> result;
            if (first > 0)
                result = before(at);
            for (std::size_t i = first; i < end; ++i) {
                const Value value = cast(wide, ctx.input(i).broadcast(at, y.shape));
                result = result ? element(*result, value) : value;
            }
            return cast(target.dtype, end == count ? finish(ctx.node(), {*result}) : *result);
        });
        before = target;
    }
    return {};
}

// Sum, Mean, Max, Min of any number of inputs, from the first to the last.
Operator variadic(std::string name, std::string summary, std::string formula, PlainElement element)
{
    const bool mean = name == "Mean";
    return {.name = std::move(name),
            .pattern = Pattern::Broadcast,
            .summary = std::move(summary),
            .formula = std::move(formula),
            .infer = variadicRule,
            .compute = [element, mean](LowerContext& ctx) {
                return computeVariadic(ctx, element, [&](const GraphNode& node, const std::vector<Value>& x) {
                    return mean ? x[0] / double(node.inputs.size()) : x[0];
                });
            }};
}

std::vector<Operator> variadics()
{
    return {
        variadic("Sum", "Adds all inputs.", "y = a + b + ...", [](const Value& a, const Value& b) { return a + b; }),
        variadic("Mean", "The average of all inputs.", "y = (a + b + ...) / n",
                 [](const Value& a, const Value& b) { return a + b; }),
        variadic("Max", "The greatest of all inputs.", "y = max(a, b, ...)",
                 [](const Value& a, const Value& b) { return maximum(a, b); }),
        variadic("Min", "The least of all inputs.", "y = min(a, b, ...)",
                 [](const Value& a, const Value& b) { return minimum(a, b); }),
    };
}

Result<Types> whereRule(const InferContext& context) { return broadcastRule(context, dtypeOf(context, 1)); }

Result<Types> clipRule(const InferContext& context)
{
    STRATA_CHECK(needsOneElement(context, 1, "min"));
    STRATA_CHECK(needsOneElement(context, 2, "max"));
    return sameAsFirst(context);
}

// Bounds are attributes before opset 11, inputs after.
Status computeClip(LowerContext& ctx)
{
    const TensorRef& out = ctx.output();
    const bool attributes = ctx.node().version != 0 && ctx.node().version < 11;
    auto bound = [&](std::size_t input, const char* attribute) -> std::optional<Value> {
        if (attributes && hasAttribute(ctx.node(), attribute))
            return constantOf(out.dtype, realAttribute(ctx.node(), attribute, 0));
        return !attributes && ctx.given(input) ? std::optional(ctx.scalar(input)) : std::nullopt;
    };
    const std::optional<Value> low = bound(1, "min"), high = bound(2, "max");
    ctx.compute("clip", out, [&](const Indices& at) {
        Value x = ctx.input(0)(at);
        if (low)
            x = maximum(x, *low);
        return high ? minimum(x, *high) : x;
    });
    return {};
}

std::vector<Operator> ternary()
{
    return {
        {.name = "Where",
         .sinceVersion = 9,
         .pattern = Pattern::Broadcast,
         .requiredInputs = 3,
         .summary = "Chooses between two inputs, element by element.",
         .formula = "y = condition ? a : b",
         .infer = whereRule,
         .compute =
             [](LowerContext& ctx) {
                 return computeElementwise(
                     ctx, [](const GraphNode&, const std::vector<Value>& x) { return select(x[0], x[1], x[2]); });
             }},
        {.name = "Clip",
         .pattern = Pattern::ElementWise,
         .summary = "Keeps elements between a least and a greatest value.",
         .formula = "y = min(max(x, low), high)",
         .infer = clipRule,
         .compute = computeClip},
    };
}
}  // namespace

std::vector<Operator> elementwiseBinaryOperators()
{
    std::vector<Operator> all;
    for (auto part : {binaryArithmetic, comparisons, variadics, ternary})
        for (Operator& definition : part())
            all.push_back(std::move(definition));
    return all;
}

}  // namespace strata
