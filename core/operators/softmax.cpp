#include "core/operators/families.h"
#include "core/operators/reduction.h"

namespace strata {

namespace {
// Before opset 13 the input counts as a matrix, cut at the axis: everything from the axis on is one row.
Result<Integers> softmaxAxes(const InferContext& context)
{
    const bool flattens = context.node.version != 0 && context.node.version < 13;
    const std::int64_t rank = rankOf(context, 0);
    const std::int64_t given = integerAttribute(context.node, "axis", flattens ? 1 : -1);
    if (flattens && given == rank)
        return Integers{};
    STRATA_TRY(const std::int64_t axis, normalizedAxis(context.node, given, rank));
    return flattens ? axesFrom(axis, rank) : Integers{axis};
}

Result<Types> softmaxRule(const InferContext& context)
{
    if (ranked(context, 0))
        STRATA_CHECK(softmaxAxes(context));
    return sameAsFirst(context);
}

Value widened(const TensorRef& x, const Indices& at) { return cast(accumulatorType(x.dtype), x(at)); }

TensorRef rowMaximum(LowerContext& ctx, const ReducedAxes& axes)
{
    const TensorRef& x = ctx.input(0);
    return reduceToLocal(ctx, "row_max", ctx.output().name + "_max", x, axes, lowest(accumulatorType(x.dtype)),
                         [&](const Indices& index, const Value& best) { return maximum(best, widened(x, index)); });
}

TensorRef rowSum(LowerContext& ctx, const ReducedAxes& axes, const TensorRef& x, const LowerContext::Element& element)
{
    return reduceToLocal(ctx, "row_sum", ctx.output().name + "_sum", x, axes, constantOf(accumulatorType(x.dtype), 0),
                         [&](const Indices& index, const Value& sum) { return sum + element(index); });
}

Status computeSoftmax(LowerContext& ctx)
{
    STRATA_TRY(const Integers which, softmaxAxes(ctx.in));
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const ReducedAxes axes = reducedAxes(x, which);
    const TensorRef greatest = rowMaximum(ctx, axes);
    const TensorRef exps = ctx.local(y.name + "_exp", accumulatorType(x.dtype), x.shape);
    ctx.compute("exp", exps, [&](const Indices& at) { return exp(widened(x, at) - greatest(axes.keep(at))); });
    const TensorRef sums = rowSum(ctx, axes, exps, [&](const Indices& at) { return exps(at); });
    ctx.compute("softmax", y, [&](const Indices& at) { return cast(y.dtype, exps(at) / sums(axes.keep(at))); });
    return {};
}

Status computeLogSoftmax(LowerContext& ctx)
{
    STRATA_TRY(const Integers which, softmaxAxes(ctx.in));
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const ReducedAxes axes = reducedAxes(x, which);
    const TensorRef greatest = rowMaximum(ctx, axes);
    const TensorRef sums = rowSum(ctx, axes, x,
                                  [&](const Indices& at) { return exp(widened(x, at) - greatest(axes.keep(at))); });
    ctx.compute("log_softmax", y, [&](const Indices& at) {
        return cast(y.dtype, widened(x, at) - greatest(axes.keep(at)) - log(sums(axes.keep(at))));
    });
    return {};
}

// 1 at the first greatest element of each row.
Status computeHardmax(LowerContext& ctx)
{
    STRATA_TRY(const Integers which, softmaxAxes(ctx.in));
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const ReducedAxes axes = reducedAxes(x, which);
    auto flat = [&](const Indices& at) {
        ExprPtr result = intConst(0);
        for (std::int64_t axis : axes.reduced)
            result = result * x.number(axis) + at[std::size_t(axis)];
        return Value(result);
    };
    const TensorRef greatest = rowMaximum(ctx, axes);
    const TensorRef place = reduceToLocal(ctx, "place", y.name + "_place", x, axes, highest(DType::I64),
                                          [&](const Indices& at, const Value& best) {
                                              const Value isGreatest = isSame(widened(x, at), greatest(axes.keep(at)));
                                              return minimum(best, select(isGreatest, flat(at), highest(DType::I64)));
                                          });
    ctx.compute("hardmax", y,
                [&](const Indices& at) { return select(flat(at) == place(axes.keep(at)), constantOf(y.dtype, 1), 0); });
    return {};
}
}  // namespace

std::vector<Operator> softmaxOperators()
{
    return {
        {.name = "Softmax",
         .pattern = Pattern::Opaque,
         .summary = "Turns scores into probabilities that add up to 1 along an axis.",
         .formula = "y[i] = exp(x[i] - max(x)) / sum over j of exp(x[j] - max(x))",
         .infer = softmaxRule,
         .compute = computeSoftmax},
        {.name = "LogSoftmax",
         .pattern = Pattern::Opaque,
         .summary = "The logarithm of Softmax, computed without forming it.",
         .formula = "y[i] = x[i] - max(x) - log(sum over j of exp(x[j] - max(x)))",
         .infer = softmaxRule,
         .compute = computeLogSoftmax},
        {.name = "Hardmax",
         .pattern = Pattern::Opaque,
         .summary = "1 at the first greatest element along an axis, 0 elsewhere.",
         .formula = "y[i] = i == argmax(x) ? 1 : 0",
         .infer = softmaxRule,
         .compute = computeHardmax},
    };
}

}  // namespace strata
