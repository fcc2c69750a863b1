// Losses of training, which models keep when they are exported for it.
#include "core/operators/families.h"
#include "core/operators/reduction.h"

namespace strata {

namespace {
// scores [n, c, d...] and labels [n, d...]; one loss a label, or their sum or mean.
Result<Types> lossRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    STRATA_CHECK(needsWord(context.node, "reduction", {"mean", "sum", "none"}));
    if (ranked(context, 0)) {
        Shape labels = shapeOf(context, 0);
        if (labels.size() < 2)
            return nodeError(context.node, "has scores of " + toString(labels) + ", which have no classes.");
        const Dim classes = labels[1];
        labels.erase(labels.begin() + 1);
        STRATA_CHECK(needsShape(context, 1, "target", labels, "for scores of " + toString(shapeOf(context, 0))));
        STRATA_CHECK(needsShape(context, 2, "weight", {classes}, "for " + classes.text() + " classes"));
    }
    Types types;
    if (textAttribute(context.node, "reduction", "mean") != "none")
        types.push_back(tensorType(type, {}));
    else
        types.push_back(ranked(context, 1) ? tensorType(type, shapeOf(context, 1)) : unrankedType(type));
    if (context.node.outputs.size() > 1)
        types.push_back(context.inputs[0]);
    return types;
}

// The index of the score that a label speaks of; a label that is to be ignored reads class 0. Any other label that is
// no class is an error of the run.
struct Labels {
    const TensorRef& labels;
    std::int64_t classes;
    std::optional<std::int64_t> ignored;

    Value label(const Indices& at) const { return cast(DType::I64, labels(at)); }
    std::optional<Value> isIgnored(const Indices& at) const
    {
        return ignored ? std::optional(label(at) == *ignored) : std::nullopt;
    }
    ExprPtr safe(const Indices& at) const
    {
        const Value known = ignored ? select(label(at) == *ignored, 0, label(at)) : label(at);
        return checked(known.expr, intConst(classes));
    }
    Indices score(const Indices& at) const
    {
        Indices index = at;
        index.insert(index.begin() + 1, safe(at));
        return index;
    }
};

// From log probabilities: -weight[label] * scores[n, label, ...], then the reduction.
void computeLoss(LowerContext& ctx, const TensorRef& scores)
{
    const TensorRef& y = ctx.output();
    const std::string reduction = textAttribute(ctx.node(), "reduction", "mean");
    const Labels labels{ctx.input(1), scores.number(1),
                        hasAttribute(ctx.node(), "ignore_index")
                            ? std::optional(integerAttribute(ctx.node(), "ignore_index", 0))
                            : std::nullopt};
    const DType wide = accumulatorType(y.dtype);
    const Axes axes = labels.labels.axes();
    auto weight = [&](const Indices& at) {
        const Value own = ctx.given(2) ? cast(wide, ctx.input(2)({labels.safe(at)})) : constantOf(wide, 1);
        const std::optional<Value> ignored = labels.isIgnored(at);
        return ignored ? select(*ignored, 0, own) : own;
    };
    const TensorRef losses = reduction == "none" ? y : ctx.local(y.name + "_each", wide, labels.labels.shape);
    ctx.compute("loss", losses, axes, [&](const Indices& at) {
        return cast(losses.dtype, -cast(wide, scores(labels.score(at))) * weight(at));
    });
    if (reduction == "none")
        return;
    const TensorRef sum = ctx.local(y.name + "_sum", wide, {});
    ctx.reduce("loss_sum", sum, {}, axes, constantOf(wide, 0),
               [&](const Indices&, const Indices& at, const Value& s) { return s + losses(at); });
    if (reduction == "sum") {
        ctx.compute("total", y, [&](const Indices&) { return cast(y.dtype, sum({})); });
        return;
    }
    const TensorRef weights = ctx.local(y.name + "_weights", wide, {});
    ctx.reduce("weight_sum", weights, {}, axes, constantOf(wide, 0),
               [&](const Indices&, const Indices& at, const Value& s) { return s + weight(at); });
    ctx.compute("mean", y, [&](const Indices&) { return cast(y.dtype, sum({}) / weights({})); });
}

Status computeNegativeLogLikelihood(LowerContext& ctx)
{
    computeLoss(ctx, ctx.input(0));
    return {};
}

Status computeCrossEntropy(LowerContext& ctx)
{
    const TensorRef& x = ctx.input(0);
    const DType wide = accumulatorType(x.dtype);
    const ReducedAxes axes = reducedAxes(x, {1});
    const std::string base = ctx.output().name;
    auto read = [&](const Indices& at) { return cast(wide, x(at)); };
    const TensorRef greatest = reduceToLocal(
        ctx, "row_max", base + "_max", x, axes, lowest(wide),
        [&](const Indices& at, const Value& best) { return maximum(best, read(at)); });
    const TensorRef sums = reduceToLocal(
        ctx, "row_sum", base + "_exp", x, axes, constantOf(wide, 0),
        [&](const Indices& at, const Value& sum) { return sum + exp(read(at) - greatest(axes.keep(at))); });
    const TensorRef scores = ctx.wanted(1) ? ctx.output(1) : ctx.local(base + "_log", wide, x.shape);
    ctx.compute("log_softmax", scores, [&](const Indices& at) {
        return cast(scores.dtype, read(at) - greatest(axes.keep(at)) - log(sums(axes.keep(at))));
    });
    computeLoss(ctx, scores);
    return {};
}
}  // namespace

std::vector<Operator> lossOperators()
{
    return {
        {.name = "NegativeLogLikelihoodLoss",
         .sinceVersion = 12,
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "Minus the log probability that a classifier gave to the right class.",
         .formula = "y[n] = -weight[label[n]] * x[n, label[n]]",
         .infer = lossRule,
         .compute = computeNegativeLogLikelihood},
        {.name = "SoftmaxCrossEntropyLoss",
         .sinceVersion = 12,
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "Softmax, then minus the log probability of the right class.",
         .formula = "y[n] = -weight[label[n]] * log(softmax(x)[n, label[n]])",
         .infer = lossRule,
         .compute = computeCrossEntropy},
    };
}

}  // namespace strata
