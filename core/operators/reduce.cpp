#include "core/operators/data_inputs.h"
#include "core/operators/families.h"
#include "core/operators/reduction.h"

#include <algorithm>

namespace strata {

namespace {
// Nullopt: the axes are only known when the model runs. No axes: all of them, or none if the node says so.
Result<std::optional<Integers>> reduceAxes(const InferContext& context)
{
    const std::int64_t rank = rankOf(context, 0);
    const Result<std::optional<Integers>> given = integersOf(context, "axes", 1);
    if (!given)
        return std::optional<Integers>();
    if (*given && !(*given)->empty()) {
        STRATA_TRY(Integers axes, normalizedAxes(context.node, **given, rank));
        return std::optional(axes);
    }
    const bool noAxes = integerAttribute(context.node, "noop_with_empty_axes", 0) != 0;
    return std::optional(noAxes ? Integers{} : axesFrom(0, rank));
}

bool keepsDimensions(const GraphNode& node) { return integerAttribute(node, "keepdims", 1) != 0; }

Shape reducedShape(const Shape& shape, const Integers& axes, bool keep)
{
    Shape result;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool reduced = std::find(axes.begin(), axes.end(), std::int64_t(i)) != axes.end();
        if (!reduced || keep)
            result.push_back(reduced ? Dim(1) : shape[i]);
    }
    return result;
}

Result<Types> reduceRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    if (!ranked(context, 0))
        return Types{unrankedType(type)};
    STRATA_CHECK(needsRank(context, 1, "axes", 1));
    STRATA_TRY(const std::optional<Integers> axes, reduceAxes(context));
    if (!axes)
        return Types{unrankedType(type)};
    return Types{tensorType(type, reducedShape(shapeOf(context, 0), *axes, keepsDimensions(context.node)))};
}

// A reduction's parts: what is done to each element, how two are combined, what is done to the result.
struct Reducer {
    std::function<Value(const Value& x)> element;
    std::function<Value(const Value& accumulated, const Value& x)> combine;
    std::function<Value(const Value& sum, const Value& count)> finish;  // null: nothing
    std::function<Value(DType)> init;
};

TensorRef reducedOutput(const TensorRef& y, const ReducedAxes& axes, bool keep)
{
    return keep ? y.without(axes.reduced) : y;
}

// Over the axes that the node names, or over those among which its data choose.
Status overAxes(LowerContext& ctx, const EmitChoice& emit)
{
    STRATA_TRY(const std::optional<Integers> which, reduceAxes(ctx.in));
    if (which)
        return emit(*which, ctx.output());
    const TensorRef& x = ctx.input(0);
    const Shape wanted = ctx.output().shape;
    std::vector<Integers> choices = setsOfAxes(x.rank(), ctx.input(1).count());
    std::erase_if(choices, [&](const Integers& axes) {
        return reducedShape(x.shape, axes, keepsDimensions(ctx.node())) != wanted;
    });
    return chooseAxes(ctx, 1, x.rank(), choices, emit);
}

Status computeReduce(LowerContext& ctx, const std::string& block, const Reducer& reducer, const Integers& over,
                     const TensorRef& out)
{
    const TensorRef& x = ctx.input(0);
    const DType wide = accumulatorType(x.dtype);
    const ReducedAxes axes = reducedAxes(x, over);
    const TensorRef y = reducedOutput(out, axes, keepsDimensions(ctx.node()));
    const TensorRef target = reducer.finish ? ctx.local(y.name + "_" + block, wide, axes.keptShape(x)) : y;
    ctx.reduce(block, target, axes.at, axes.over, reducer.init(wide),
               [&](const Indices& at, const Indices& over, const Value& accumulated) {
                   return reducer.combine(accumulated, reducer.element(cast(wide, x(axes.join(at, over)))));
               });
    if (reducer.finish)
        ctx.compute("finish", y, axes.at, [&](const Indices& at) {
            return cast(y.dtype, reducer.finish(target(at), countOf(axes.over, wide)));
        });
    return {};
}

// log(sum of exp), shifted by the greatest element so that nothing overflows.
Status computeLogSumExp(LowerContext& ctx, const Integers& over, const TensorRef& out)
{
    const TensorRef& x = ctx.input(0);
    const DType wide = isFloat(x.dtype) ? accumulatorType(x.dtype) : DType::F64;
    const ReducedAxes axes = reducedAxes(x, over);
    const TensorRef y = reducedOutput(out, axes, keepsDimensions(ctx.node()));
    const TensorRef greatest = reduceToLocal(
        ctx, "greatest", y.name + "_max", x, axes, lowest(wide),
        [&](const Indices& at, const Value& best) { return maximum(best, cast(wide, x(at))); });
    auto shift = [&](const Indices& kept) {
        return select(absolute(greatest(kept)) == highest(wide), 0, greatest(kept));
    };
    const TensorRef sums = reduceToLocal(
        ctx, "exp_sum", y.name + "_sum", x, axes, constantOf(wide, 0),
        [&](const Indices& at, const Value& sum) { return sum + exp(cast(wide, x(at)) - shift(axes.keep(at))); });
    ctx.compute("log", y, axes.at, [&](const Indices& at) { return cast(y.dtype, shift(at) + log(sums(at))); });
    return {};
}

Value self(const Value& x) { return x; }
Value square(const Value& x) { return x * x; }
Value magnitude(const Value& x) { return isSigned(x.type()) ? absolute(x) : x; }
Value add(const Value& a, const Value& b) { return a + b; }
Value zeroOf(DType type) { return constantOf(type, 0); }

Operator reduceOperator(std::string name, std::string block, std::string summary, std::string formula, Reducer reducer)
{
    return {.name = std::move(name),
            .pattern = Pattern::Reduction,
            .summary = std::move(summary),
            .formula = std::move(formula),
            .infer = reduceRule,
            .compute = [block, reducer](LowerContext& ctx) {
                return overAxes(ctx, [&](const Integers& axes, const TensorRef& target) {
                    return computeReduce(ctx, block, reducer, axes, target);
                });
            }};
}

// --- ArgMax, ArgMin
// ----------------------------------------------------------------------------------------------------------------

Result<Types> argRule(const InferContext& context)
{
    if (!ranked(context, 0))
        return Types{unrankedType(DType::I64)};
    STRATA_TRY(const std::int64_t axis,
               normalizedAxis(context.node, integerAttribute(context.node, "axis", 0), rankOf(context, 0)));
    if (shapeOf(context, 0)[std::size_t(axis)] == Dim(0))
        return nodeError(context.node, "looks for a place among no elements.");
    return Types{tensorType(DType::I64, reducedShape(shapeOf(context, 0), {axis}, keepsDimensions(context.node)))};
}

// The best value, then the first (or last) place that holds it.
Status computeArg(LowerContext& ctx, bool greatest)
{
    const TensorRef& x = ctx.input(0);
    STRATA_TRY(const std::int64_t axis, normalizedAxis(ctx.node(), integerAttribute(ctx.node(), "axis", 0), x.rank()));
    const bool last = integerAttribute(ctx.node(), "select_last_index", 0) != 0;
    const ReducedAxes axes = reducedAxes(x, {axis});
    const TensorRef y = reducedOutput(ctx.output(), axes, keepsDimensions(ctx.node()));
    const TensorRef best = reduceToLocal(
        ctx, "best", y.name + "_best", x, axes, greatest ? lowest(x.dtype) : highest(x.dtype),
        [&](const Indices& at, const Value& b) { return greatest ? maximum(b, x(at)) : minimum(b, x(at)); });
    const std::int64_t none = last ? 0 : x.number(axis) - 1;
    ctx.reduce("place", y, axes.at, axes.over, intConst(none),
               [&](const Indices& at, const Indices& over, const Value& place) {
                   const Value here = over[0];
                   const Value candidate = select(isSame(x(axes.join(at, over)), best(at)), here, intConst(none));
                   return last ? maximum(place, candidate) : minimum(place, candidate);
               });
    return {};
}

Operator argOperator(std::string name, std::string summary, std::string formula, bool greatest)
{
    return {.name = std::move(name),
            .pattern = Pattern::Reduction,
            .summary = std::move(summary),
            .formula = std::move(formula),
            .infer = argRule,
            .compute = [greatest](LowerContext& ctx) { return computeArg(ctx, greatest); }};
}

std::vector<Operator> sums()
{
    const auto root = [](const Value& sum, const Value&) {
        return isFloat(sum.type()) ? squareRoot(sum) : cast(sum.type(), squareRoot(cast(DType::F64, sum)));
    };
    const auto logarithm = [](const Value& sum, const Value&) {
        return isFloat(sum.type()) ? log(sum) : cast(sum.type(), log(cast(DType::F64, sum)));
    };
    return {
        reduceOperator("ReduceSum", "sum", "The sum over some axes.", "y[i] = sum over j of x[i, j]",
                       {self, add, {}, zeroOf}),
        reduceOperator("ReduceMean", "sum", "The average over some axes.", "y[i] = (sum over j of x[i, j]) / n",
                       {self, add, [](const Value& sum, const Value& count) { return sum / count; }, zeroOf}),
        reduceOperator("ReduceSumSquare", "square_sum", "The sum of squares over some axes.",
                       "y[i] = sum over j of x[i, j] ** 2", {square, add, {}, zeroOf}),
        reduceOperator("ReduceL1", "absolute_sum", "The sum of absolute values over some axes.",
                       "y[i] = sum over j of |x[i, j]|", {magnitude, add, {}, zeroOf}),
        reduceOperator("ReduceL2", "square_sum", "The Euclidean norm over some axes.",
                       "y[i] = sqrt(sum over j of x[i, j] ** 2)", {square, add, root, zeroOf}),
        reduceOperator("ReduceLogSum", "sum", "The logarithm of the sum over some axes.",
                       "y[i] = log(sum over j of x[i, j])", {self, add, logarithm, zeroOf}),
    };
}
}  // namespace

std::vector<Operator> reduceOperators()
{
    std::vector<Operator> all = sums();
    all.push_back(reduceOperator("ReduceMax", "max", "The greatest element over some axes.",
                                 "y[i] = max over j of x[i, j]",
                                 {self, [](const Value& a, const Value& b) { return maximum(a, b); }, {}, lowest}));
    all.push_back(reduceOperator("ReduceMin", "min", "The least element over some axes.",
                                 "y[i] = min over j of x[i, j]",
                                 {self, [](const Value& a, const Value& b) { return minimum(a, b); }, {}, highest}));
    all.push_back(reduceOperator("ReduceProd", "product", "The product over some axes.",
                                 "y[i] = product over j of x[i, j]",
                                 {self,
                                  [](const Value& a, const Value& b) { return a * b; },
                                  {},
                                  [](DType type) { return constantOf(type, 1); }}));
    all.push_back({.name = "ReduceLogSumExp",
                   .pattern = Pattern::Reduction,
                   .summary = "The logarithm of the sum of exponentials over some axes.",
                   .formula = "y[i] = log(sum over j of exp(x[i, j]))",
                   .infer = reduceRule,
                   .compute = [](LowerContext& ctx) {
                       return overAxes(ctx, [&](const Integers& axes, const TensorRef& target) {
                           return computeLogSumExp(ctx, axes, target);
                       });
                   }});
    all.push_back(argOperator("ArgMax", "Where the greatest element along an axis lies.",
                              "y[i] = the first j with the greatest x[i, j]", true));
    all.push_back(argOperator("ArgMin", "Where the least element along an axis lies.",
                              "y[i] = the first j with the least x[i, j]", false));
    return all;
}

}  // namespace strata
