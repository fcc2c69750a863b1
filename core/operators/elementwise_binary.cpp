#include "core/operators/elementwise.h"
#include "core/operators/families.h"

namespace strata {

namespace {
using BinaryElement = std::function<Value(const GraphNode& node, const Value& a, const Value& b)>;
using PlainElement = Value (*)(const Value& a, const Value& b);

Result<Types> broadcastToBool(const InferContext& context) { return broadcastRule(context, DType::Bool); }
Result<Types> broadcast(const InferContext& context) { return broadcastRule(context); }

Operator binaryOperator(std::string name, std::string summary, std::string formula, BinaryElement element,
                        ShapeRule rule = broadcast)
{
    return {.name = std::move(name),
            .sinceVersion = 7,
            .pattern = Pattern::Broadcast,
            .requiredInputs = 2,
            .summary = std::move(summary),
            .formula = std::move(formula),
            .infer = std::move(rule),
            .compute = [element](LowerContext& ctx) {
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

std::vector<Operator> arithmetic()
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
        plain("PRelu", "Relu with a learned slope below 0.", "y = x < 0 ? slope * x : x",
              [](const Value& x, const Value& slope) { return select(x < 0, slope * x, x); }),
        binaryOperator("SwiGLU", "A gate of Swish times a linear part.", "y = a / (1 + exp(-alpha a)) * b",
                       [](const GraphNode& node, const Value& a, const Value& b) {
                           return a * sigmoid(realAttribute(node, "alpha", 1) * a) * b;
                       }),
        binaryOperator("Mod", "The rest of a division.", "y = a - floor(a / b) * b", modulo),
        binaryOperator("BitShift", "Moves the bits of a by b places.", "y = a << b", shift),
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

// Sum, Mean, Max, Min of any number of inputs, from the first to the last.
Operator variadic(std::string name, std::string summary, std::string formula, PlainElement element)
{
    const bool mean = name == "Mean";
    return {.name = std::move(name),
            .pattern = Pattern::Broadcast,
            .summary = std::move(summary),
            .formula = std::move(formula),
            .infer = broadcast,
            .compute = [element, mean](LowerContext& ctx) {
                return computeElementwise(ctx, [&](const GraphNode&, const std::vector<Value>& x) {
                    Value result = x[0];
                    for (std::size_t i = 1; i < x.size(); ++i)
                        result = element(result, x[i]);
                    return mean ? result / double(x.size()) : result;
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
         .infer = sameAsFirst,
         .compute = computeClip},
    };
}
}  // namespace

std::vector<Operator> elementwiseBinaryOperators()
{
    std::vector<Operator> all;
    for (auto part : {arithmetic, comparisons, variadics, ternary})
        for (Operator& definition : part())
            all.push_back(std::move(definition));
    return all;
}

}  // namespace strata
