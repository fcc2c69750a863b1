// Operators whose indices are data.
#include "core/index/sizes.h"
#include "core/operators/data_inputs.h"
#include "core/operators/families.h"
#include "core/operators/lower.h"

namespace strata {

namespace {
// Indices of the data's rank, along other axes no larger than the data.
Status checkElementIndices(const InferContext& context, std::int64_t axis)
{
    const Shape &x = shapeOf(context, 0), &indices = shapeOf(context, 1);
    STRATA_CHECK(needsRank(context, 1, "indices", std::int64_t(x.size())));
    for (std::size_t d = 0; d < x.size(); ++d)
        if (std::int64_t(d) != axis && x[d].isConstant() && indices[d].isConstant()
            && indices[d].constant() > x[d].constant())
            return nodeError(context.node, "has indices of " + toString(indices) + ", which reach over " + toString(x)
                                               + " along axis " + std::to_string(d) + ".");
    return {};
}

Result<std::int64_t> axisOf(const InferContext& context)
{
    return normalizedAxis(context.node, integerAttribute(context.node, "axis", 0), rankOf(context, 0));
}

// --- Gather
// ----------------------------------------------------------------------------------------------------------------------------

Result<Types> gatherRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    if (!ranked(context, 0) || !ranked(context, 1))
        return Types{unrankedType(type)};
    STRATA_TRY(const std::int64_t axis, axisOf(context));
    const Shape &x = shapeOf(context, 0), &indices = shapeOf(context, 1);
    Shape shape(x.begin(), x.begin() + axis);
    shape.insert(shape.end(), indices.begin(), indices.end());
    shape.insert(shape.end(), x.begin() + axis + 1, x.end());
    return Types{tensorType(type, std::move(shape))};
}

Status computeGather(LowerContext& ctx)
{
    STRATA_TRY(const std::int64_t axis, axisOf(ctx.in));
    const TensorRef &x = ctx.input(0), &indices = ctx.input(1);
    const std::optional<Value> literal = ctx.literal(1);
    ctx.compute("gather", ctx.output(), [&](const Indices& at) {
        const auto first = at.begin() + axis, last = first + indices.rank();
        const Value index = literal ? *literal : indices(Indices(first, last));
        Indices source(at.begin(), first);
        source.push_back(dataIndex(index, x.shape[std::size_t(axis)]));
        source.insert(source.end(), last, at.end());
        return x(source);
    });
    return {};
}

Result<Types> gatherElementsRule(const InferContext& context)
{
    if (ranked(context, 0) && ranked(context, 1)) {
        STRATA_TRY(const std::int64_t axis, axisOf(context));
        STRATA_CHECK(checkElementIndices(context, axis));
    }
    return Types{withElements(context.inputs[1], dtypeOf(context, 0))};
}

Status computeGatherElements(LowerContext& ctx)
{
    STRATA_TRY(const std::int64_t axis, axisOf(ctx.in));
    const TensorRef &x = ctx.input(0), &indices = ctx.input(1);
    ctx.compute("gather_elements", ctx.output(), [&](const Indices& at) {
        Indices source = at;
        source[std::size_t(axis)] = dataIndex(indices(at), x.shape[std::size_t(axis)]);
        return x(source);
    });
    return {};
}

Result<Types> gatherNdRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    if (!ranked(context, 0) || !ranked(context, 1))
        return Types{unrankedType(type)};
    const Shape &x = shapeOf(context, 0), &indices = shapeOf(context, 1);
    const std::int64_t batch = integerAttribute(context.node, "batch_dims", 0);
    if (indices.empty() || !indices.back().isConstant())
        return Types{unrankedType(type)};
    const std::int64_t named = batch + indices.back().constant();
    if (batch < 0 || named > std::int64_t(x.size()) || batch >= std::int64_t(indices.size()))
        return nodeError(context.node, "indexes " + std::to_string(named) + " dimensions of " + toString(x) + ".");
    for (std::int64_t d = 0; d < batch; ++d)
        if (!mayBeEqual(x[std::size_t(d)], indices[std::size_t(d)]))
            return nodeError(context.node, "has batches of " + toString(x) + " and of " + toString(indices) + ".");
    Shape shape(indices.begin(), indices.end() - 1);
    shape.insert(shape.end(), x.begin() + named, x.end());
    return Types{tensorType(type, std::move(shape))};
}

Status computeGatherNd(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &indices = ctx.input(1);
    const std::int64_t batch = integerAttribute(ctx.node(), "batch_dims", 0), depth = indices.number(-1);
    ctx.compute("gather_nd", ctx.output(), [&](const Indices& at) {
        const Indices where(at.begin(), at.begin() + indices.rank() - 1);
        Indices source(at.begin(), at.begin() + batch);
        for (std::int64_t i = 0; i < depth; ++i) {
            Indices component = where;
            component.push_back(intConst(i));
            source.push_back(dataIndex(indices(component), x.shape[std::size_t(batch + i)]));
        }
        source.insert(source.end(), at.begin() + indices.rank() - 1, at.end());
        return x(source);
    });
    return {};
}

// --- Scatter
// ---------------------------------------------------------------------------------------------------------------------------

Result<Value> reduced(const GraphNode& node, const Value& old, const Value& update)
{
    const std::string how = textAttribute(node, "reduction", "none");
    if (how == "none")
        return update;
    if (how == "add")
        return old.type() == DType::Bool ? old || update : old + update;
    if (how == "mul")
        return old.type() == DType::Bool ? old && update : old * update;
    if (how == "max")
        return maximum(update, old);
    if (how == "min")
        return minimum(update, old);
    return nodeError(node, "reduces by \"" + how + "\", which ONNX does not define.");
}

// Copies the data, then applies the updates one after the other: several may hit one element.
Status scatter(LowerContext& ctx, const std::string& block, const TensorRef& updates,
               const std::function<Indices(const Indices&)>& target)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    STRATA_CHECK(reduced(ctx.node(), constantOf(x.dtype, 0), constantOf(x.dtype, 0)));
    ctx.compute("copy", y, [&](const Indices& at) { return x(at); });
    ctx.ordered(block, {}, updates.axes(), [&](const Indices&, const Indices& step) {
        const Indices at = target(step);
        return std::vector<LowerContext::Write>{{&y, at, reduced(ctx.node(), y(at), updates(step)).value()}};
    });
    return {};
}

Status computeScatterElements(LowerContext& ctx)
{
    STRATA_TRY(const std::int64_t axis, axisOf(ctx.in));
    const TensorRef &x = ctx.input(0), &indices = ctx.input(1);
    return scatter(ctx, "scatter", ctx.input(2), [&](const Indices& step) {
        Indices at = step;
        at[std::size_t(axis)] = dataIndex(indices(step), x.shape[std::size_t(axis)]);
        return at;
    });
}

Status checkReduction(const GraphNode& node)
{
    return needsWord(node, "reduction", {"none", "add", "mul", "max", "min"});
}

Result<Types> scatterRule(const InferContext& context)
{
    STRATA_CHECK(checkReduction(context.node));
    if (!ranked(context, 0))
        return sameAsFirst(context);
    STRATA_TRY(const std::int64_t axis, axisOf(context));
    if (ranked(context, 1)) {
        STRATA_CHECK(checkElementIndices(context, axis));
        STRATA_CHECK(needsShape(context, 2, "updates", shapeOf(context, 1), "as the indices"));
    }
    return sameAsFirst(context);
}

// An update a tuple of indices, of the shape of what the tuple leaves open.
Result<Types> scatterNdRule(const InferContext& context)
{
    STRATA_CHECK(checkReduction(context.node));
    if (!ranked(context, 0) || !ranked(context, 1))
        return sameAsFirst(context);
    const Shape &x = shapeOf(context, 0), &indices = shapeOf(context, 1);
    if (indices.empty())
        return nodeError(context.node, "has indices without dimensions.");
    if (!indices.back().isConstant())
        return sameAsFirst(context);
    const std::int64_t depth = indices.back().constant();
    if (depth > std::int64_t(x.size()))
        return nodeError(context.node, "indexes " + std::to_string(depth) + " dimensions of " + toString(x) + ".");
    Shape updates(indices.begin(), indices.end() - 1);
    updates.insert(updates.end(), x.begin() + depth, x.end());
    STRATA_CHECK(
        needsShape(context, 2, "updates", updates, "for indices of " + toString(indices) + " into " + toString(x)));
    return sameAsFirst(context);
}

Result<Types> runningRule(const InferContext& context)
{
    STRATA_CHECK(needsOneElement(context, 1, "axis"));
    if (const std::optional<Integers> axis = integersInput(context, 1); axis && ranked(context, 0))
        STRATA_CHECK(normalizedAxis(context.node, axis->at(0), rankOf(context, 0)));
    return sameAsFirst(context);
}

Status computeScatterNd(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &indices = ctx.input(1);
    const std::int64_t depth = indices.number(-1), batch = indices.rank() - 1;
    if (depth > x.rank())
        return nodeError(ctx.node(), "indexes " + std::to_string(depth) + " dimensions of a tensor of rank "
                                         + std::to_string(x.rank()) + ".");
    return scatter(ctx, "scatter_nd", ctx.input(2), [&](const Indices& step) {
        Indices at;
        for (std::int64_t i = 0; i < depth; ++i) {
            Indices component(step.begin(), step.begin() + batch);
            component.push_back(intConst(i));
            at.push_back(dataIndex(indices(component), x.shape[std::size_t(i)]));
        }
        at.insert(at.end(), step.begin() + batch, step.end());
        return at;
    });
}

// --- CumSum, CumProd
// ----------------------------------------------------------------------------------------------------------------------------

// One ordered axis, from the end if reversed; each element is the one before it plus the next input (its own, or the
// one before if exclusive).
void computeRunning(LowerContext& ctx, const std::string& block, double neutral,
                    Value (*combine)(const Value&, const Value&), std::int64_t axis, const TensorRef& y)
{
    const TensorRef& x = ctx.input(0);
    const bool exclusive = integerAttribute(ctx.node(), "exclusive", 0) != 0,
               reverse = integerAttribute(ctx.node(), "reverse", 0) != 0;
    const Dim last = x.shape[std::size_t(axis)] - Dim(1);
    Axes axes = x.axes();
    const Axes steps{axes[std::size_t(axis)]};
    axes.erase(axes.begin() + axis);
    ctx.ordered(block, axes, steps, [&](const Indices& at, const Indices& step) {
        auto indexAt = [&](const ExprPtr& i) {
            Indices index = at;
            index.insert(index.begin() + axis, reverse ? toExpr(last) - i : i);
            return index;
        };
        const Indices here = indexAt(step[0]), before = indexAt(step[0] - intConst(1));
        const Value first = Value(step[0]) == 0, next = exclusive ? select(first, neutral, x(before)) : x(here);
        return std::vector<LowerContext::Write>{{&y, here, select(first, next, combine(y(before), next))}};
    });
}

// Along the axis that the node names, or along the one that its data choose.
Status alongAxis(LowerContext& ctx, const std::string& block, double neutral,
                 Value (*combine)(const Value&, const Value&))
{
    const std::int64_t rank = ctx.input(0).rank();
    const auto emit = [&](const Integers& axes, const TensorRef& target) -> Status {
        computeRunning(ctx, block, neutral, combine, axes[0], target);
        return {};
    };
    const std::optional<Integers> given = integersInput(ctx.in, 1);
    if (!given || given->size() != 1)
        return chooseAxes(ctx, 1, rank, setsOfAxes(rank, 1), emit);
    STRATA_TRY(const std::int64_t axis, normalizedAxis(ctx.node(), (*given)[0], rank));
    return emit({axis}, ctx.output());
}

Status computeCumSum(LowerContext& ctx)
{
    return alongAxis(ctx, "cum_sum", 0, [](const Value& a, const Value& b) { return a + b; });
}

Status computeCumProd(LowerContext& ctx)
{
    return alongAxis(ctx, "cum_prod", 1, [](const Value& a, const Value& b) { return a * b; });
}
}  // namespace

std::vector<Operator> gatherOperators()
{
    return {
        {.name = "Gather",
         .pattern = Pattern::Injective,
         .requiredInputs = 2,
         .summary = "Picks slices by number along an axis; how embeddings are looked up.",
         .formula = "y[i, j] = x[indices[i], j]",
         .infer = gatherRule,
         .compute = computeGather},
        {.name = "GatherElements",
         .sinceVersion = 11,
         .pattern = Pattern::Injective,
         .requiredInputs = 2,
         .summary = "Picks single elements by number along an axis.",
         .formula = "y[i, j] = x[indices[i, j], j]",
         .infer = gatherElementsRule,
         .compute = computeGatherElements},
        {.name = "GatherND",
         .sinceVersion = 11,
         .pattern = Pattern::Injective,
         .requiredInputs = 2,
         .summary = "Picks slices by tuples of indices.",
         .formula = "y[i, ...] = x[indices[i, 0], indices[i, 1], ...]",
         .infer = gatherNdRule,
         .compute = computeGatherNd},
        {.name = "ScatterElements",
         .sinceVersion = 11,
         .pattern = Pattern::Opaque,
         .requiredInputs = 3,
         .summary = "A copy in which single elements are replaced.",
         .formula = "y = x; y[indices[i, j], j] = updates[i, j]",
         .infer = scatterRule,
         .compute = computeScatterElements},
        {.name = "Scatter",
         .sinceVersion = 9,
         .pattern = Pattern::Opaque,
         .requiredInputs = 3,
         .summary = "The older name of ScatterElements.",
         .formula = "y = x; y[indices[i, j], j] = updates[i, j]",
         .infer = scatterRule,
         .compute = computeScatterElements},
        {.name = "ScatterND",
         .sinceVersion = 11,
         .pattern = Pattern::Opaque,
         .requiredInputs = 3,
         .summary = "A copy in which slices are replaced, by tuples of indices.",
         .formula = "y = x; y[indices[i, 0], ...] = updates[i, ...]",
         .infer = scatterNdRule,
         .compute = computeScatterNd},
        {.name = "CumSum",
         .sinceVersion = 11,
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "The running sum along an axis.",
         .formula = "y[i] = y[i - 1] + x[i]",
         .infer = runningRule,
         .compute = computeCumSum},
        {.name = "CumProd",
         .sinceVersion = 26,
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "The running product along an axis.",
         .formula = "y[i] = y[i - 1] * x[i]",
         .infer = runningRule,
         .compute = computeCumProd},
    };
}

}  // namespace strata
