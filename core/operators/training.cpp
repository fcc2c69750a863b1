// Optimizers: one step that moves weights against their gradients. Inputs are the learning rate R, the number T of
// steps before, then each kind of tensor for all weights: the weights, their gradients, and what the optimizer
// remembers of them; outputs are the new weights and the new memories.
#include "core/operators/lower.h"
#include "core/operators/special_families.h"

namespace strata {

namespace {

constexpr const char* domain = "ai.onnx.preview.training";

// What an optimizer does with an element: of the weight, the gradient and the memories, the new memories; and with
// these the new weight.
struct Step {
    std::function<std::vector<Value>(LowerContext& ctx, const std::vector<Value>& tensors)> remember;
    std::function<Value(LowerContext& ctx, const std::vector<Value>& tensors, const std::vector<Value>& memories)> move;
};

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

// Memories first, then the weights from them: so each can be written in place.
Status computeOptimizer(LowerContext& ctx, std::size_t memories, const Step& step)
{
    STRATA_TRY(const std::size_t weights, weightCount(ctx.in, memories));
    for (std::size_t i = 0; i < weights; ++i) {
        const auto tensors = [&](const Indices& at) {
            std::vector<Value> values;
            for (std::size_t kind = 0; kind < 2 + memories; ++kind)
                values.push_back(ctx.input(2 + kind * weights + i)(at));
            return values;
        };
        const auto output = [&](std::size_t result) { return result * weights + i; };
        for (std::size_t memory = 0; memory < memories; ++memory)
            if (ctx.wanted(output(1 + memory)))
                ctx.compute("remember", ctx.output(output(1 + memory)),
                            [&](const Indices& at) { return step.remember(ctx, tensors(at))[memory]; });
        if (ctx.wanted(output(0)))
            ctx.compute("update", ctx.output(output(0)), [&](const Indices& at) {
                std::vector<Value> remembered;
                for (std::size_t memory = 0; memory < memories; ++memory)
                    remembered.push_back(ctx.wanted(output(1 + memory)) ? ctx.output(output(1 + memory))(at)
                                                                        : step.remember(ctx, tensors(at))[memory]);
                return step.move(ctx, tensors(at), remembered);
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

using Values = std::vector<Value>;

const Step adagrad{
    [](LowerContext& ctx, const Values& t) {
        const Value g = regularized(ctx, t);
        return Values{t[2] + g * g};
    },
    [](LowerContext& ctx, const Values& t, const Values& memories) {
        const DType type = t[0].type();
        const Value rate = learningRate(ctx, type)
                           / (1.0 + cast(type, ctx.scalar(1)) * realAttribute(ctx.node(), "decay_factor", 0));
        return t[0]
               - rate * regularized(ctx, t) / (squareRoot(memories[0]) + realAttribute(ctx.node(), "epsilon", 1e-6));
    },
};

const Step momentum{
    [](LowerContext& ctx, const Values& t) {
        const DType type = t[0].type();
        const double alpha = realAttribute(ctx.node(), "alpha", 0), beta = realAttribute(ctx.node(), "beta", 0);
        const Value dampened = select(ctx.scalar(1) > 0, constantOf(type, beta), constantOf(type, 1));
        return Values{alpha * t[2] + dampened * regularized(ctx, t)};
    },
    [](LowerContext& ctx, const Values& t, const Values& memories) {
        const Value& velocity = memories[0];
        const bool nesterov = textAttribute(ctx.node(), "mode", "standard") == "nesterov";
        const Value ahead = nesterov ? regularized(ctx, t) + realAttribute(ctx.node(), "alpha", 0) * velocity
                                     : velocity;
        return t[0] - learningRate(ctx, t[0].type()) * ahead;
    },
};

const Step adam{
    [](LowerContext& ctx, const Values& t) {
        const double alpha = realAttribute(ctx.node(), "alpha", 0.9f), beta = realAttribute(ctx.node(), "beta", 0.999f);
        const Value g = regularized(ctx, t);
        return Values{alpha * t[2] + (1 - alpha) * g, beta * t[3] + (1 - beta) * (g * g)};
    },
    [](LowerContext& ctx, const Values& t, const Values& memories) {
        const DType type = t[0].type();
        const double alpha = realAttribute(ctx.node(), "alpha", 0.9f), beta = realAttribute(ctx.node(), "beta", 0.999f);
        const Value steps = cast(type, ctx.scalar(1)), rate = learningRate(ctx, type);
        const Value unbiased = rate * squareRoot(1.0 - power(constantOf(type, beta), steps))
                               / (1.0 - power(constantOf(type, alpha), steps));
        const Value moved = t[0]
                            - select(ctx.scalar(1) > 0, unbiased, rate) * memories[0]
                                  / (squareRoot(memories[1]) + realAttribute(ctx.node(), "epsilon", 1e-6));
        return (1 - realAttribute(ctx.node(), "norm_coefficient_post", 0)) * moved;
    },
};

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
