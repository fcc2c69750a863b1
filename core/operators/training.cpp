// Optimizers: one step that moves weights against their gradients. Inputs are the learning rate R, the number T of
// steps before, then each kind of tensor for all weights: the weights, their gradients, and what the optimizer
// remembers of them; outputs are the new weights and the new memories.
#include "core/operators/lower.h"
#include "core/operators/special_families.h"

namespace strata {

namespace {

constexpr const char* domain = "ai.onnx.preview.training";

// The weight, the gradient and the memories, one each.
using Step = std::function<std::vector<Value>(LowerContext& ctx, const std::vector<Value>& tensors)>;

// `memories`: tensors that are remembered for each weight.
Result<std::size_t> weightCount(const InferContext& context, std::size_t memories)
{
    const std::size_t kinds = 2 + memories, given = context.inputs.size() < 2 ? 0 : context.inputs.size() - 2;
    if (given == 0 || given % kinds != 0 || context.node.outputs.size() != given / kinds * (1 + memories))
        return nodeError(context.node, "has " + std::to_string(context.inputs.size()) + " inputs and "
                                           + std::to_string(context.node.outputs.size())
                                           + " outputs; it takes R, T and " + std::to_string(kinds)
                                           + " tensors a weight, and gives " + std::to_string(1 + memories) + ".");
    return given / kinds;
}

Result<Types> optimizerRule(const InferContext& context, std::size_t memories)
{
    STRATA_TRY(const std::size_t weights, weightCount(context, memories));
    STRATA_CHECK(needsOneElement(context, 0, "R"));
    STRATA_CHECK(needsOneElement(context, 1, "T"));
    for (std::size_t i = 0; i < weights; ++i)
        for (std::size_t kind = 1; kind < 2 + memories && ranked(context, 2 + i); ++kind)
            STRATA_CHECK(
                needsShape(context, 2 + kind * weights + i, "tensor", shapeOf(context, 2 + i), "as the weight"));
    Types types;
    for (std::size_t memory = 0; memory <= memories; ++memory)
        for (std::size_t i = 0; i < weights; ++i)
            types.push_back(context.inputs[2 + (memory == 0 ? 0 : 1 + memory) * weights + i]);
    return types;
}

Status computeOptimizer(LowerContext& ctx, std::size_t memories, const Step& step)
{
    STRATA_TRY(const std::size_t weights, weightCount(ctx.in, memories));
    for (std::size_t i = 0; i < weights; ++i)
        for (std::size_t result = 0; result <= memories; ++result) {
            if (!ctx.wanted(result * weights + i))
                continue;
            ctx.compute(result == 0 ? "update" : "remember", ctx.output(result * weights + i), [&](const Indices& at) {
                std::vector<Value> tensors;
                for (std::size_t kind = 0; kind < 2 + memories; ++kind)
                    tensors.push_back(ctx.input(2 + kind * weights + i)(at));
                return step(ctx, tensors)[result];
            });
        }
    return {};
}

Operator optimizer(std::string name, std::string summary, std::string formula, std::size_t memories, Step step)
{
    return {.name = std::move(name),
            .domain = domain,
            .pattern = Pattern::Opaque,
            .requiredInputs = 4 + memories,
            .summary = std::move(summary),
            .formula = std::move(formula),
            .infer = [memories](const InferContext& context) { return optimizerRule(context, memories); },
            .compute = [memories, step](LowerContext& ctx) { return computeOptimizer(ctx, memories, step); }};
}

// With the gradient of the weights' own norm.
Value regularized(LowerContext& ctx, const std::vector<Value>& tensors)
{
    return realAttribute(ctx.node(), "norm_coefficient", 0) * tensors[0] + tensors[1];
}

Value learningRate(LowerContext& ctx, DType type) { return cast(type, ctx.scalar(0)); }

std::vector<Value> adagrad(LowerContext& ctx, const std::vector<Value>& t)
{
    const DType type = t[0].type();
    const Value g = regularized(ctx, t), sum = t[2] + g * g,
                rate = learningRate(ctx, type)
                       / (1.0 + cast(type, ctx.scalar(1)) * realAttribute(ctx.node(), "decay_factor", 0));
    return {t[0] - rate * g / (squareRoot(sum) + realAttribute(ctx.node(), "epsilon", 1e-6)), sum};
}

std::vector<Value> momentum(LowerContext& ctx, const std::vector<Value>& t)
{
    const DType type = t[0].type();
    const double alpha = realAttribute(ctx.node(), "alpha", 0), beta = realAttribute(ctx.node(), "beta", 0);
    const Value g = regularized(ctx, t),
                dampened = select(ctx.scalar(1) > 0, constantOf(type, beta), constantOf(type, 1)),
                velocity = alpha * t[2] + dampened * g;
    const bool nesterov = textAttribute(ctx.node(), "mode", "standard") == "nesterov";
    return {t[0] - learningRate(ctx, type) * (nesterov ? g + alpha * velocity : velocity), velocity};
}

std::vector<Value> adam(LowerContext& ctx, const std::vector<Value>& t)
{
    const DType type = t[0].type();
    const double alpha = realAttribute(ctx.node(), "alpha", 0.9f), beta = realAttribute(ctx.node(), "beta", 0.999f);
    const Value g = regularized(ctx, t), mean = alpha * t[2] + (1 - alpha) * g,
                square = beta * t[3] + (1 - beta) * (g * g), steps = cast(type, ctx.scalar(1)),
                rate = learningRate(ctx, type);
    const Value unbiased = rate * squareRoot(1.0 - power(constantOf(type, beta), steps))
                           / (1.0 - power(constantOf(type, alpha), steps));
    const Value moved = t[0]
                        - select(ctx.scalar(1) > 0, unbiased, rate) * mean
                              / (squareRoot(square) + realAttribute(ctx.node(), "epsilon", 1e-6));
    return {(1 - realAttribute(ctx.node(), "norm_coefficient_post", 0)) * moved, mean, square};
}

}  // namespace

std::vector<Operator> trainingOperators()
{
    return {
        optimizer("Adagrad", "Moves weights by gradients over the norm of all gradients so far.",
                  "h' = h + g ** 2; x' = x - r * g / (sqrt(h') + epsilon)", 1, adagrad),
        optimizer("Momentum", "Moves weights by a running average of their gradients.",
                  "v' = alpha * v + beta * g; x' = x - r * v'", 1, momentum),
        optimizer("Adam", "Moves weights by a running average of gradients over that of their squares.",
                  "v' = alpha * v + (1 - alpha) * g; h' = beta * h + (1 - beta) * g ** 2; x' = x - r * v' / sqrt(h')",
                  2, adam),
    };
}

}  // namespace strata
