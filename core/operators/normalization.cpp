// Normalizations: moments over some axes in two passes (the variance from differences to the mean, which loses nothing
// where the mean is large), then scale and bias. The rules hold every statistic and parameter against the axes they
// belong to.
#include "core/operators/families.h"
#include "core/operators/reduction.h"

#include <algorithm>

namespace strata {

namespace {
Value wide(const Value& x) { return cast(accumulatorType(x.type()), x); }

// Mean and 1 / sqrt(variance + epsilon) over some axes, in two passes: the variance is summed from differences to the
// mean.
struct Moments {
    TensorRef mean, inverse;
};

using Read = std::function<Value(const Indices& at, const Indices& over)>;
using Inverse = std::function<Value(const Value& variance)>;

Inverse inverseRoot(double epsilon)
{
    return [epsilon](const Value& variance) { return 1.0 / squareRoot(variance + epsilon); };
}

Moments moments(LowerContext& ctx, const std::string& base, DType type, const Axes& at, const Axes& over, const Read& x,
                const Inverse& inverse)
{
    Shape shape;
    for (const Axis& axis : at)
        shape.push_back(axis.extent);
    const Value count = countOf(over, type);
    const TensorRef sum = ctx.local(base + "_sum", type, shape);
    ctx.reduce("sum", sum, at, over, constantOf(type, 0),
               [&](const Indices& i, const Indices& j, const Value& s) { return s + x(i, j); });
    const TensorRef mean = ctx.local(base + "_mean", type, shape);
    ctx.compute("mean", mean, at, [&](const Indices& i) { return sum(i) / count; });
    const TensorRef squares = ctx.local(base + "_squares", type, shape);
    ctx.reduce("square_sum", squares, at, over, constantOf(type, 0),
               [&](const Indices& i, const Indices& j, const Value& s) {
                   const Value difference = x(i, j) - mean(i);
                   return fma(difference, difference, s);
               });
    const TensorRef inverses = ctx.local(base + "_inverse", type, shape);
    ctx.compute("inverse", inverses, at, [&](const Indices& i) { return inverse(squares(i) / count); });
    return {mean, inverses};
}

Moments momentsOver(LowerContext& ctx, const ReducedAxes& axes, const Inverse& inverse)
{
    const TensorRef& x = ctx.input(0);
    return moments(
        ctx, ctx.output().name, accumulatorType(x.dtype), axes.at, axes.over,
        [&](const Indices& at, const Indices& over) { return wide(x(axes.join(at, over))); }, inverse);
}

// --- LayerNormalization, RMSNormalization
// --------------------------------------------------------------------------------------------

Result<Integers> layerAxes(const InferContext& context)
{
    STRATA_TRY(const std::int64_t axis,
               normalizedAxis(context.node, integerAttribute(context.node, "axis", -1), rankOf(context, 0)));
    return axesFrom(axis, rankOf(context, 0));
}

Result<Types> layerRule(const InferContext& context)
{
    Types types{context.inputs[0]};
    const DType type = accumulatorType(dtypeOf(context, 0));
    if (!ranked(context, 0))
        return Types{types[0], unrankedType(type), unrankedType(type)};
    STRATA_TRY(const Integers axes, layerAxes(context));
    for (const auto& [input, role] : {std::pair(1, "Scale"), std::pair(2, "B")})
        STRATA_CHECK(needsToFit(
            context, std::size_t(input), role,
            Shape(shapeOf(context, 0).begin() + (axes.empty() ? 0 : axes.front()), shapeOf(context, 0).end()),
            "over which it normalizes"));
    Shape statistics = shapeOf(context, 0);
    for (std::int64_t axis : axes)
        statistics[std::size_t(axis)] = Dim(1);
    for (std::size_t i = 1; i < std::min<std::size_t>(3, context.node.outputs.size()); ++i)
        types.push_back(tensorType(type, statistics));
    return types;
}

Status computeLayer(LowerContext& ctx)
{
    STRATA_TRY(const Integers which, layerAxes(ctx.in));
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const ReducedAxes axes = reducedAxes(x, which);
    const Moments m = momentsOver(ctx, axes, inverseRoot(realAttribute(ctx.node(), "epsilon", 1e-5f)));
    ctx.compute("layer_norm", y, [&](const Indices& at) {
        const Value normal = (wide(x(at)) - m.mean(axes.keep(at))) * m.inverse(axes.keep(at));
        const Value scaled = normal * wide(ctx.input(1).broadcast(at, x.shape));
        return cast(y.dtype, ctx.given(2) ? scaled + wide(ctx.input(2).broadcast(at, x.shape)) : scaled);
    });
    for (std::size_t i = 1; i <= 2; ++i)
        if (ctx.wanted(i))
            ctx.compute(i == 1 ? "mean_out" : "inverse_out", ctx.output(i).without(axes.reduced), axes.at,
                        [&](const Indices& at) { return i == 1 ? m.mean(at) : m.inverse(at); });
    return {};
}

Status computeRms(LowerContext& ctx)
{
    STRATA_TRY(const Integers which, layerAxes(ctx.in));
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const ReducedAxes axes = reducedAxes(x, which);
    const double epsilon = realAttribute(ctx.node(), "epsilon", 1e-5f);
    const TensorRef squares = reduceToLocal(
        ctx, "square_sum", y.name + "_squares", x, axes, constantOf(accumulatorType(x.dtype), 0),
        [&](const Indices& at, const Value& s) { return fma(wide(x(at)), wide(x(at)), s); });
    const TensorRef inverse = ctx.local(y.name + "_inverse", squares);
    ctx.compute("inverse", inverse, axes.at, [&](const Indices& at) {
        return 1.0 / squareRoot(squares(at) / countOf(axes.over, squares.dtype) + epsilon);
    });
    ctx.compute("rms_norm", y, [&](const Indices& at) {
        return cast(y.dtype, wide(x(at)) * inverse(axes.keep(at)) * wide(ctx.input(1).broadcast(at, x.shape)));
    });
    return {};
}

// --- Normalizations by channel
// ---------------------------------------------------------------------------------------------------------

Status checkChannels(const InferContext& context)
{
    if (ranked(context, 0) && rankOf(context, 0) < 2)
        return nodeError(context.node, "normalizes " + toString(shapeOf(context, 0)) + ", which has no channels.");
    return {};
}

// Each of these inputs has one number a channel.
Status checkPerChannel(const InferContext& context, std::initializer_list<std::pair<std::size_t, const char*>> inputs)
{
    STRATA_CHECK(checkChannels(context));
    if (!ranked(context, 0))
        return {};
    const Shape& x = shapeOf(context, 0);
    for (const auto& [input, role] : inputs)
        STRATA_CHECK(needsShape(context, input, role, {x[1]}, "for the channels of " + toString(x)));
    return {};
}

Result<Types> instanceRule(const InferContext& context)
{
    STRATA_CHECK(checkPerChannel(context, {{1, "scale"}, {2, "B"}}));
    return sameAsFirst(context);
}

// Before opset 14 training is what has further results, and before opset 7 what does not say is_test.
bool trains(const GraphNode& node) { return integerAttribute(node, "training_mode", 0) != 0; }
bool isOldTraining(const GraphNode& node)
{
    const bool outputs = std::any_of(node.outputs.begin() + (node.outputs.empty() ? 0 : 1), node.outputs.end(),
                                     [](const TypedName& output) { return !output.name.empty(); });
    return !trains(node)
           && (outputs || (node.version != 0 && node.version < 7 && integerAttribute(node, "is_test", 0) == 0));
}
// spatial = 0 (before opset 9): statistics an activation, of the shape of the input without its batch.
bool isPerActivation(const GraphNode& node) { return integerAttribute(node, "spatial", 1) == 0; }

constexpr std::pair<std::size_t, const char*> batchInputs[]{{1, "scale"}, {2, "B"}, {3, "mean"}, {4, "var"}};

Result<Types> batchRule(const InferContext& context)
{
    if (!isPerActivation(context.node)) {
        STRATA_CHECK(checkPerChannel(context, {batchInputs[0], batchInputs[1], batchInputs[2], batchInputs[3]}));
    } else if (ranked(context, 0)) {
        STRATA_CHECK(checkChannels(context));
        for (const auto& [input, role] : batchInputs)
            STRATA_CHECK(needsShape(context, input, role,
                                    Shape(shapeOf(context, 0).begin() + 1, shapeOf(context, 0).end()),
                                    "for each activation of " + toString(shapeOf(context, 0))));
    }
    Types types{context.inputs[0]};
    for (std::size_t i = 1; i < context.node.outputs.size(); ++i)
        types.push_back(context.inputs[i % 2 == 1 ? 3 : 4]);
    return types;
}

// From mean and 1 / sqrt(variance + epsilon) a channel: y = (x - mean) * (scale * inverse) + bias.
Status applyChannels(LowerContext& ctx, const std::string& block, const std::function<Value(const ExprPtr&)>& mean,
                     const std::function<Value(const ExprPtr&)>& inverse)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output(), &scale = ctx.input(1), &bias = ctx.input(2);
    const DType type = accumulatorType(x.dtype);
    const TensorRef factor = ctx.local(y.name + "_factor", type, {x.shape[1]});
    ctx.compute("factor", factor, {{"c", x.shape[1]}},
                [&](const Indices& at) { return wide(scale({at[0]})) * inverse(at[0]); });
    ctx.compute(block, y, [&](const Indices& at) {
        return cast(y.dtype, (wide(x(at)) - cast(type, mean(at[1]))) * factor({at[1]}) + cast(type, bias({at[1]})));
    });
    return {};
}

Status computeBatchTraining(LowerContext& ctx)
{
    const TensorRef& x = ctx.input(0);
    Integers all = axesFrom(0, x.rank());
    all.erase(all.begin() + 1);
    const double epsilon = realAttribute(ctx.node(), "epsilon", 1e-5f),
                 momentum = realAttribute(ctx.node(), "momentum", 0.9f);
    const Moments m = momentsOver(ctx, reducedAxes(x, all), [](const Value& variance) { return variance; });
    STRATA_CHECK(applyChannels(
        ctx, "batch_norm", [&](const ExprPtr& c) { return m.mean({c}); },
        [&](const ExprPtr& c) { return 1.0 / squareRoot(m.inverse({c}) + epsilon); }));
    for (std::size_t i = 1; i <= 2; ++i)
        if (ctx.wanted(i))
            ctx.compute(i == 1 ? "running_mean" : "running_variance", ctx.output(i), [&](const Indices& at) {
                const Value now = i == 1 ? m.mean(at) : m.inverse(at), before = ctx.input(2 + i)(at);
                return cast(before.type(),
                            wide(before) * momentum + cast(accumulatorType(before.type()), now) * (1 - momentum));
            });
    return {};
}

Status computePerActivation(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const double epsilon = realAttribute(ctx.node(), "epsilon", 1e-5f);
    ctx.compute("batch_norm", y, [&](const Indices& at) {
        const Indices activation(at.begin() + 1, at.end());
        const auto of = [&](std::size_t input) { return wide(ctx.input(input)(activation)); };
        const Value factor = of(1) * (1.0 / squareRoot(of(4) + epsilon));
        return cast(y.dtype, (wide(x(at)) - of(3)) * factor + of(2));
    });
    return {};
}

Status computeBatch(LowerContext& ctx)
{
    if (isOldTraining(ctx.node()))
        return nodeError(ctx.node(), "gathers statistics of training; Strata runs inference.");
    if (isPerActivation(ctx.node()))
        return computePerActivation(ctx);
    if (trains(ctx.node()))
        return computeBatchTraining(ctx);
    const TensorRef &mean = ctx.input(3), &variance = ctx.input(4);
    const double epsilon = realAttribute(ctx.node(), "epsilon", 1e-5f);
    const DType type = accumulatorType(ctx.input(0).dtype);
    return applyChannels(
        ctx, "batch_norm", [&](const ExprPtr& c) { return mean({c}); },
        [&](const ExprPtr& c) { return 1.0 / squareRoot(cast(type, variance({c})) + epsilon); });
}

// Moments over the channels of a group and the spatial dimensions, then scale and bias.
Status normalizeGroups(LowerContext& ctx, const std::string& block, std::int64_t groups, bool scalePerChannel)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output(), &scale = ctx.input(1), &bias = ctx.input(2);
    const std::int64_t channels = x.number(1) / groups;
    Axes at{{"n", x.shape[0]}, {groups == x.number(1) ? "c" : "g", groups}}, over;
    if (channels > 1)
        over.push_back({"c", channels});
    const Axes all = x.axes();
    over.insert(over.end(), all.begin() + 2, all.end());
    const Moments m = moments(
        ctx, y.name, accumulatorType(x.dtype), at, over,
        [&](const Indices& i, const Indices& j) {
            Indices index{i[0], channels > 1 ? i[1] * channels + j[0] : i[1]};
            index.insert(index.end(), j.begin() + (channels > 1 ? 1 : 0), j.end());
            return wide(x(index));
        },
        inverseRoot(realAttribute(ctx.node(), "epsilon", 1e-5f)));
    ctx.compute(block, y, [&](const Indices& i) {
        const ExprPtr group = floorDiv(i[1], channels), which = scalePerChannel ? i[1] : group;
        const Value normal = (wide(x(i)) - m.mean({i[0], group})) * m.inverse({i[0], group});
        return cast(y.dtype, normal * wide(scale({which})) + wide(bias({which})));
    });
    return {};
}

// Scale and bias are one a group until opset 20, one a channel from 21 on.
bool scalesPerGroup(const GraphNode& node) { return node.version != 0 && node.version < 21; }

Result<Types> groupRule(const InferContext& context)
{
    STRATA_CHECK(checkChannels(context));
    STRATA_CHECK(needsAtLeast(context.node, "num_groups", 1));
    const std::int64_t groups = integerAttribute(context.node, "num_groups", 1);
    if (!ranked(context, 0))
        return sameAsFirst(context);
    const Dim& channels = shapeOf(context, 0)[1];
    if (channels.isConstant() && channels.constant() % groups != 0)
        return nodeError(context.node,
                         "cuts " + channels.text() + " channels into " + std::to_string(groups) + " groups.");
    if (!scalesPerGroup(context.node)) {
        STRATA_CHECK(checkPerChannel(context, {{1, "scale"}, {2, "bias"}}));
        return sameAsFirst(context);
    }
    for (const auto& [input, role] : {std::pair(1, "scale"), std::pair(2, "bias")})
        STRATA_CHECK(
            needsShape(context, std::size_t(input), role, {Dim(groups)}, "for " + std::to_string(groups) + " groups"));
    return sameAsFirst(context);
}

Status computeGroup(LowerContext& ctx)
{
    const std::int64_t groups = integerAttribute(ctx.node(), "num_groups", 1);
    return normalizeGroups(ctx, "group_norm", groups, !scalesPerGroup(ctx.node()));
}

// --- The others
// -------------------------------------------------------------------------------------------------------------------------

Result<Types> lrnRule(const InferContext& context)
{
    STRATA_CHECK(checkChannels(context));
    STRATA_CHECK(needsAtLeast(context.node, "size", 1));
    return sameAsFirst(context);
}

Result<Types> meanVarianceRule(const InferContext& context)
{
    if (ranked(context, 0))
        STRATA_CHECK(
            normalizedAxes(context.node, integersAttribute(context.node, "axes", {0, 2, 3}), rankOf(context, 0)));
    return sameAsFirst(context);
}

Result<Types> lpRule(const InferContext& context)
{
    if (const std::int64_t p = integerAttribute(context.node, "p", 2); p != 1 && p != 2)
        return nodeError(context.node, "has the p " + std::to_string(p) + "; it is 1 or 2.");
    if (ranked(context, 0))
        STRATA_CHECK(normalizedAxis(context.node, integerAttribute(context.node, "axis", -1), rankOf(context, 0)));
    return sameAsFirst(context);
}

Status computeLrn(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const std::int64_t size = integerAttribute(ctx.node(), "size", 1);
    const double alpha = realAttribute(ctx.node(), "alpha", 1e-4f), beta = realAttribute(ctx.node(), "beta", 0.75),
                 bias = realAttribute(ctx.node(), "bias", 1);
    const DType type = accumulatorType(x.dtype);
    const TensorRef squares = ctx.local(y.name + "_squares", type, x.shape);
    ctx.reduce("square_sum", squares, {{"k", size}}, constantOf(type, 0),
               [&](const Indices& at, const Indices& k, const Value& sum) {
                   Indices index = at;
                   index[1] = at[1] + k[0] - (size - 1) / 2;
                   return sum + select(inside(index[1], 0, x.number(1)), wide(x(index)) * wide(x(index)), 0);
               });
    ctx.compute("lrn", y, [&](const Indices& at) {
        return cast(y.dtype, wide(x(at)) / power(bias + alpha / double(size) * squares(at), beta));
    });
    return {};
}

Status computeMeanVariance(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    STRATA_TRY(const Integers which,
               normalizedAxes(ctx.node(), integersAttribute(ctx.node(), "axes", {0, 2, 3}), x.rank()));
    const ReducedAxes axes = reducedAxes(x, which);
    const Moments m = momentsOver(ctx, axes, [](const Value& variance) { return 1.0 / (squareRoot(variance) + 1e-9); });
    ctx.compute("normalize", y, [&](const Indices& at) {
        return cast(y.dtype, (wide(x(at)) - m.mean(axes.keep(at))) * m.inverse(axes.keep(at)));
    });
    return {};
}

Status computeLpNormalization(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    STRATA_TRY(const std::int64_t axis, normalizedAxis(ctx.node(), integerAttribute(ctx.node(), "axis", -1), x.rank()));
    const ReducedAxes axes = reducedAxes(x, {axis});
    const bool absolutes = integerAttribute(ctx.node(), "p", 2) == 1;
    const TensorRef sums = reduceToLocal(ctx, "norm", y.name + "_norm", x, axes,
                                         constantOf(accumulatorType(x.dtype), 0),
                                         [&](const Indices& at, const Value& s) {
                                             return s + (absolutes ? absolute(wide(x(at))) : wide(x(at)) * wide(x(at)));
                                         });
    ctx.compute("normalize", y, [&](const Indices& at) {
        const Value norm = absolutes ? sums(axes.keep(at)) : squareRoot(sums(axes.keep(at)));
        return cast(y.dtype, select(norm == 0.0, 0, wide(x(at)) / norm));
    });
    return {};
}
}  // namespace

std::vector<Operator> normalizationOperators()
{
    return {
        {.name = "BatchNormalization",
         .pattern = Pattern::Broadcast,
         .requiredInputs = 5,
         .summary = "Normalizes each channel by statistics that training gathered.",
         .formula = "y = (x - mean[c]) / sqrt(var[c] + epsilon) * scale[c] + b[c]",
         .infer = batchRule,
         .compute = computeBatch},
        {.name = "InstanceNormalization",
         .pattern = Pattern::Opaque,
         .requiredInputs = 3,
         .summary = "Normalizes each channel of each picture by itself.",
         .formula = "y = (x - mean[n, c]) / sqrt(var[n, c] + epsilon) * scale[c] + b[c]",
         .infer = instanceRule,
         .compute =
             [](LowerContext& ctx) { return normalizeGroups(ctx, "instance_norm", ctx.input(0).number(1), true); }},
        {.name = "GroupNormalization",
         .sinceVersion = 18,
         .pattern = Pattern::Opaque,
         .requiredInputs = 3,
         .summary = "Normalizes groups of channels of each picture.",
         .formula = "y = (x - mean[n, g]) / sqrt(var[n, g] + epsilon) * scale[c] + b[c]",
         .infer = groupRule,
         .compute = computeGroup},
        {.name = "LayerNormalization",
         .sinceVersion = 17,
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "Normalizes over the last axes: each token of a transformer by itself.",
         .formula = "y = (x - mean) / sqrt(var + epsilon) * scale + b",
         .infer = layerRule,
         .compute = computeLayer},
        {.name = "RMSNormalization",
         .sinceVersion = 23,
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "Divides by the root of the mean square over the last axes.",
         .formula = "y = x / sqrt(mean(x ** 2) + epsilon) * scale",
         .infer = layerRule,
         .compute = computeRms},
        {.name = "LRN",
         .pattern = Pattern::Opaque,
         .summary = "Divides by the activity of neighbouring channels, as AlexNet did.",
         .formula = "y = x / (bias + alpha / size * sum over near channels of x ** 2) ** beta",
         .infer = lrnRule,
         .compute = computeLrn},
        {.name = "MeanVarianceNormalization",
         .sinceVersion = 9,
         .pattern = Pattern::Opaque,
         .summary = "Subtracts the mean and divides by the deviation over some axes.",
         .formula = "y = (x - mean) / (sqrt(var) + 1e-9)",
         .infer = meanVarianceRule,
         .compute = computeMeanVariance},
        {.name = "LpNormalization",
         .pattern = Pattern::Opaque,
         .summary = "Divides by the p-norm along an axis.",
         .formula = "y = x / (sum |x| ** p) ** (1 / p)",
         .infer = lpRule,
         .compute = computeLpNormalization},
    };
}

}  // namespace strata
