#include "core/operators/elementwise.h"
#include "core/operators/families.h"

#include <cmath>
#include <numbers>

namespace strata {

namespace {
using std::numbers::pi;

Result<Types> boolLikeFirst(const InferContext& context)
{
    ValueType type = context.inputs[0];
    type.tensor.dtype = DType::Bool;
    return Types{type};
}

// log(1 + u), accurate for small u: the rounding of 1 + u is divided out again (Kahan).
Value log1p(const Value& u)
{
    return let("u", u, [](const Value& v) {
        return let("w", 1.0 + v, [&](const Value& w) { return select(w == 1.0, v, log(w) * (v / (w - 1.0))); });
    });
}

Value arctangent(const Value& x) { return elementary("atan", x); }
Value sine(const Value& x) { return elementary("sin", x); }
Value cosine(const Value& x) { return elementary("cos", x); }
Value hyperbolicCosine(const Value& x) { return 0.5 * (exp(x) + exp(-x)); }

Value signOf(const Value& x)
{
    if (!isSigned(x.type()))
        return select(x == 0, 0, constantOf(x.type(), 1));
    return select(x > 0, 1, select(x < 0, -1, x));
}

Value arcsinh(const Value& x)
{
    const Value a = absolute(x);
    return signOf(x) * log1p(a + a * a / (1.0 + squareRoot(a * a + 1.0)));
}

Value softplus(const Value& x) { return orderedMaximum(0.0, x) + log1p(exp(-absolute(x))); }

Value gelu(const GraphNode& node, const Value& x)
{
    if (textAttribute(node, "approximate", "none") == "tanh")
        return 0.5 * x * (1.0 + tanh(std::sqrt(2 / pi) * (x + 0.044715 * x * x * x)));
    return 0.5 * x * (1.0 + erf(x * std::sqrt(0.5)));
}

Result<Types> geluRule(const InferContext& context)
{
    STRATA_CHECK(needsWord(context.node, "approximate", {"none", "tanh"}));
    return sameAsFirst(context);
}

Value isInfinite(const GraphNode& node, const Value& x)
{
    const bool negative = integerAttribute(node, "detect_negative", 1),
               positive = integerAttribute(node, "detect_positive", 1);
    const Value up = x == highest(x.type()), down = x == lowest(x.type());
    if (negative && positive)
        return up || down;
    return negative ? down : positive ? up : Value(boolConst(false));
}

Value selu(const GraphNode& node, const Value& x)
{
    const double alpha = realAttribute(node, "alpha", 1.67326319217681884765625),
                 gamma = realAttribute(node, "gamma", 1.05070102214813232421875);
    return gamma * select(x > 0.0, x, alpha * exp(x) - alpha);
}

Value shrink(const GraphNode& node, const Value& x)
{
    const double bias = realAttribute(node, "bias", 0), lambda = realAttribute(node, "lambd", 0.5);
    return select(x < -lambda, x + bias, select(x > lambda, x - bias, constantOf(x.type(), 0)));
}

// alpha * x + beta, clipped to 0 .. 1.
Value hardSigmoid(double alpha, double beta, const Value& x)
{
    return orderedMaximum(0.0, orderedMinimum(1.0, alpha * x + beta));
}

// A function without attributes.
Operator plain(std::string name, std::string summary, std::string formula, Value (*element)(const Value&),
               ShapeRule rule = sameAsFirst)
{
    return unaryOperator(
        std::move(name), std::move(summary), std::move(formula),
        [element](const GraphNode&, const Value& x) { return element(x); }, std::move(rule));
}

std::vector<Operator> unaryArithmetic()
{
    return {
        plain("Abs", "The absolute value.", "y = |x|",
              [](const Value& x) { return isSigned(x.type()) ? absolute(x) : x; }),
        plain("Neg", "Changes the sign.", "y = -x", [](const Value& x) { return -x; }),
        plain("Sign", "-1, 0 or 1, the sign of each element.", "y = x > 0 ? 1 : x < 0 ? -1 : x", signOf),
        plain("Reciprocal", "One divided by each element.", "y = 1 / x", [](const Value& x) { return 1.0 / x; }),
        plain("Sqrt", "The square root, correctly rounded.", "y = sqrt(x)", squareRoot),
        plain("Floor", "Rounds down to a whole number.", "y = floor(x)", floor),
        plain("Ceil", "Rounds up to a whole number.", "y = ceil(x)", ceil),
        plain("Round", "Rounds to the nearest whole number, halves to the even one.", "y = round(x)", round),
        plain("Not", "Logical negation.", "y = not x", [](const Value& x) { return !x; }),
        plain("BitwiseNot", "Turns every bit round.", "y = ~x", [](const Value& x) { return !x; }),
        plain(
            "IsNaN", "Whether an element is not a number.", "y = x != x", [](const Value& x) { return x != x; },
            boolLikeFirst),
        unaryOperator("IsInf", "Whether an element is infinite; attributes choose the sign.",
                      "y = x == inf or x == -inf", isInfinite, boolLikeFirst),
    };
}

std::vector<Operator> transcendental()
{
    return {
        plain("Exp", "e to the power of each element.", "y = exp(x)", exp),
        plain("Log", "The natural logarithm.", "y = log(x)", log),
        plain("Erf", "The Gauss error function.", "y = erf(x)",
              [](const Value& x) { return isFloat(x.type()) ? erf(x) : cast(x.type(), erf(cast(DType::F64, x))); }),
        plain("Sin", "The sine, of radians.", "y = sin(x)", sine),
        plain("Cos", "The cosine, of radians.", "y = cos(x)", cosine),
        plain("Tan", "The tangent, of radians.", "y = sin(x) / cos(x)",
              [](const Value& x) { return sine(x) / cosine(x); }),
        plain("Asin", "The angle whose sine is x.", "y = 2 atan(x / (1 + sqrt(1 - x*x)))",
              [](const Value& x) { return 2.0 * arctangent(x / (1.0 + squareRoot((1.0 - x) * (1.0 + x)))); }),
        plain("Acos", "The angle whose cosine is x.", "y = 2 atan(sqrt((1 - x) / (1 + x)))",
              [](const Value& x) { return 2.0 * arctangent(squareRoot((1.0 - x) / (1.0 + x))); }),
        plain("Atan", "The angle whose tangent is x.", "y = atan(x)", arctangent),
        plain("Sinh", "The hyperbolic sine.", "y = tanh(x) * cosh(x)",
              [](const Value& x) { return tanh(x) * hyperbolicCosine(x); }),
        plain("Cosh", "The hyperbolic cosine.", "y = (exp(x) + exp(-x)) / 2", hyperbolicCosine),
        plain("Tanh", "The hyperbolic tangent: squeezes the line into -1 .. 1.", "y = tanh(x)", tanh),
        plain("Asinh", "The inverse of the hyperbolic sine.", "y = sign(x) log(|x| + sqrt(x*x + 1))", arcsinh),
        plain("Acosh", "The inverse of the hyperbolic cosine.", "y = log(x + sqrt(x*x - 1))",
              [](const Value& x) { return log1p((x - 1.0) + squareRoot((x - 1.0) * (x + 1.0))); }),
        plain("Atanh", "The inverse of the hyperbolic tangent.", "y = log((1 + x) / (1 - x)) / 2",
              [](const Value& x) { return 0.5 * log1p(2.0 * x / (1.0 - x)); }),
    };
}

std::vector<Operator> activations()
{
    return {
        plain("Relu", "Keeps what is positive and replaces the rest by 0.", "y = max(0, x)",
              [](const Value& x) { return orderedMaximum(0, x); }),
        plain("Sigmoid", "Squeezes the line into 0 .. 1.", "y = 1 / (1 + exp(-x))", sigmoid),
        plain("Softplus", "A smooth Relu.", "y = log(1 + exp(x))", softplus),
        plain("Softsign", "Squeezes the line into -1 .. 1, slowly.", "y = x / (1 + |x|)",
              [](const Value& x) { return x / (1.0 + absolute(x)); }),
        plain("Mish", "A smooth activation that dips below 0.", "y = x tanh(log(1 + exp(x)))",
              [](const Value& x) { return x * tanh(softplus(x)); }),
        plain("HardSwish", "x times a piecewise linear sigmoid, as MobileNetV3 has it.",
              "y = x max(0, min(1, x/6 + 1/2))", [](const Value& x) { return x * hardSigmoid(1.0 / 6, 0.5, x); }),
        unaryOperator("HardSigmoid", "A piecewise linear sigmoid.", "y = max(0, min(1, alpha x + beta))",
                      [](const GraphNode& node, const Value& x) {
                          return hardSigmoid(realAttribute(node, "alpha", 0.2f), realAttribute(node, "beta", 0.5), x);
                      }),
        unaryOperator("LeakyRelu", "Relu with a small slope below 0.", "y = x < 0 ? alpha x : x",
                      [](const GraphNode& node, const Value& x) {
                          return select(x < 0.0, realAttribute(node, "alpha", 0.01f) * x, x);
                      }),
        unaryOperator("Elu", "x above 0, an exponential that levels off at -alpha below.",
                      "y = x < 0 ? alpha (exp(x) - 1) : x",
                      [](const GraphNode& node, const Value& x) {
                          return select(x < 0.0, realAttribute(node, "alpha", 1) * (exp(x) - 1.0), x);
                      }),
        unaryOperator("Celu", "Elu whose slope is continuous for every alpha.",
                      "y = max(0, x) + min(0, alpha (exp(x / alpha) - 1))",
                      [](const GraphNode& node, const Value& x) {
                          const double alpha = realAttribute(node, "alpha", 1);
                          return orderedMaximum(0.0, x) + orderedMinimum(0.0, alpha * (exp(x / alpha) - 1.0));
                      }),
        unaryOperator("Selu", "Elu with the two constants that keep mean and variance.",
                      "y = gamma (x > 0 ? x : alpha exp(x) - alpha)", selu),
        unaryOperator("Gelu", "x times the probability that a normal variable is below x.",
                      "y = x/2 (1 + erf(x / sqrt(2)))", gelu, geluRule),
        unaryOperator(
            "Swish", "x times a sigmoid of it, also called SiLU.", "y = x / (1 + exp(-alpha x))",
            [](const GraphNode& node, const Value& x) { return x * sigmoid(realAttribute(node, "alpha", 1) * x); }),
        unaryOperator(
            "ThresholdedRelu", "Keeps what is above alpha.", "y = x > alpha ? x : 0",
            [](const GraphNode& node, const Value& x) { return select(x <= realAttribute(node, "alpha", 1), 0.0, x); }),
        unaryOperator("Shrink", "Moves what is far from 0 towards it and the rest to 0.",
                      "y = x < -lambd ? x + bias : x > lambd ? x - bias : 0", shrink),
    };
}
}  // namespace

std::vector<Operator> elementwiseUnaryOperators()
{
    std::vector<Operator> all;
    for (auto part : {unaryArithmetic, transcendental, activations})
        for (Operator& definition : part())
            all.push_back(std::move(definition));
    return all;
}

}  // namespace strata
