// Operators that give random numbers.
#include "core/operators/random.h"

#include "core/operators/special_families.h"

#include <bit>
#include <set>

namespace strata {

namespace {

constexpr double circle = 6.283185307179586;

Value bits(Op op, const Value& a, const Value& b) { return binary(op, a.expr, b.expr); }
Value word(std::uint32_t value) { return intConst(std::int64_t(value), DType::U32); }

// A permutation of the 32-bit words in which each bit of the argument changes half of the result's (constants by Chris
// Wellons, "lowbias32").
Value mixed(const std::string& name, const Value& x)
{
    const auto folded = [](const Value& v, int places) {
        return bits(Op::Xor, v, bits(Op::Shr, v, intConst(places, DType::U32)));
    };
    return let(name + "_a", x, [&](const Value& a) {
        return let(name + "_b", folded(a, 16) * word(0x7feb352dU), [&](const Value& b) {
            return let(name + "_c", folded(b, 15) * word(0x846ca68bU), [&](const Value& c) { return folded(c, 16); });
        });
    });
}

std::uint32_t hashOf(const std::string& text)
{
    std::uint32_t hash = 2166136261U;
    for (const unsigned char c : text)
        hash = (hash ^ c) * 16777619U;
    return hash;
}

std::uint32_t seedOf(const GraphNode& node)
{
    const auto found = node.attributes.find("seed");
    if (found == node.attributes.end())
        return hashOf(node.name);
    if (const auto* real = std::get_if<float>(&found->second))
        return std::bit_cast<std::uint32_t>(*real);
    const auto* whole = std::get_if<std::int64_t>(&found->second);
    return whole ? std::uint32_t(*whole) : hashOf(node.name);
}

}  // namespace

Value randomShare(const GraphNode& node, const Indices& at, std::uint32_t stream)
{
    Value state = word(seedOf(node) * 0x9e3779b9U + stream);
    for (std::size_t d = 0; d < at.size(); ++d)
        state = mixed("r" + std::to_string(stream) + "_" + std::to_string(d),
                      state * word(0x85ebca6bU) + cast(DType::U32, Value(at[d])) + word(std::uint32_t(d) + 1));
    state = mixed("r" + std::to_string(stream), state);
    return cast(DType::F32, bits(Op::Shr, state, intConst(8, DType::U32))) * (1.0 / 16777216);
}

bool isRandom(const GraphNode& node)
{
    static const std::set<std::string> names{"Bernoulli", "RandomNormal", "RandomNormalLike", "RandomUniform",
                                             "RandomUniformLike"};
    const bool isTraining = node.op == "Dropout" && node.inputs.size() > 2
                            && node.inputs[2].kind != Operand::Kind::None;
    return node.domain.empty() && (names.count(node.op) != 0 || isTraining);
}

namespace {

// Of the type that the attribute names, else of the first input's, else f32.
Result<Types> randomRule(const InferContext& context)
{
    const bool isLike = !context.inputs.empty();
    const DType own = isLike && context.inputs[0].kind == ValueType::Kind::Tensor ? dtypeOf(context, 0) : DType::F32;
    STRATA_TRY(const std::optional<DType> type, dtypeAttribute(context.node, "dtype", own));
    if (!type)
        return Types{unknownType()};
    if (isLike)
        return Types{ranked(context, 0) ? tensorType(*type, shapeOf(context, 0)) : unrankedType(*type)};
    const Integers shape = integersAttribute(context.node, "shape");
    if (std::any_of(shape.begin(), shape.end(), [](std::int64_t size) { return size < 0; }))
        return nodeError(context.node, "makes a tensor with a negative size.");
    return Types{tensorType(*type, toShape(shape))};
}

Status computeUniform(LowerContext& ctx)
{
    const double low = realAttribute(ctx.node(), "low", 0), high = realAttribute(ctx.node(), "high", 1);
    const TensorRef& y = ctx.output();
    ctx.compute("uniform", y, [&](const Indices& at) {
        return cast(y.dtype,
                    fma(randomShare(ctx.node(), at), constantOf(DType::F32, high - low), constantOf(DType::F32, low)));
    });
    return {};
}

// By Box and Muller, of two numbers each.
Status computeNormal(LowerContext& ctx)
{
    const double mean = realAttribute(ctx.node(), "mean", 0), scale = realAttribute(ctx.node(), "scale", 1);
    const TensorRef& y = ctx.output();
    ctx.compute("normal", y, [&](const Indices& at) {
        const Value radius = squareRoot(-2.0 * log(1.0 - randomShare(ctx.node(), at, 0))),
                    angle = circle * randomShare(ctx.node(), at, 1);
        return cast(y.dtype, fma(radius * elementary("cos", angle), constantOf(DType::F32, scale),
                                 constantOf(DType::F32, mean)));
    });
    return {};
}

Status computeBernoulli(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    ctx.compute("bernoulli", y,
                [&](const Indices& at) { return cast(y.dtype, cast(x.dtype, randomShare(ctx.node(), at)) < x(at)); });
    return {};
}

Operator random(std::string name, int since, std::size_t inputs, std::string summary, std::string formula,
                std::function<Status(LowerContext&)> compute)
{
    return {.name = std::move(name),
            .sinceVersion = since,
            .pattern = Pattern::Opaque,
            .requiredInputs = inputs,
            .summary = std::move(summary),
            .formula = std::move(formula),
            .infer = randomRule,
            .compute = std::move(compute)};
}

}  // namespace

std::vector<Operator> randomOperators()
{
    const std::string uniform = "Random numbers, evenly distributed; the same in every run.",
                      normal = "Random numbers, normally distributed; the same in every run.";
    return {
        random("RandomUniform", 1, 0, uniform, "y[i] = low + (high - low) * random(seed, i)", computeUniform),
        random("RandomUniformLike", 1, 1, uniform, "y[i] = low + (high - low) * random(seed, i)", computeUniform),
        random("RandomNormal", 1, 0, normal, "y[i] = mean + scale * normal(seed, i)", computeNormal),
        random("RandomNormalLike", 1, 1, normal, "y[i] = mean + scale * normal(seed, i)", computeNormal),
        random("Bernoulli", 15, 1, "One with the probability that the input says, else zero; the same in every run.",
               "y[i] = random(seed, i) < x[i] ? 1 : 0", computeBernoulli),
    };
}

}  // namespace strata
