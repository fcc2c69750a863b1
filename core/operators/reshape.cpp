// Operators that keep the elements and their order and change the shape: their loops are a copy.
#include "core/operators/families.h"
#include "core/operators/lower.h"
#include "core/operators/random.h"
#include "core/operators/shape_values.h"

#include <algorithm>
#include <numeric>

namespace strata {

namespace {
// Indices into `from` of the element that `at` names in `to`, both row-major with as many elements. Runs of dimensions
// with equal products are matched, so that what did not change keeps a plain index, and a merged or cut dimension an
// affine one where it can.
Indices reshapedIndex(const Integers& from, const Integers& to, const Indices& at)
{
    Indices result(from.size(), intConst(0));
    std::size_t i = 0, j = 0;
    while (i < from.size() && j < to.size()) {
        std::size_t i1 = i + 1, j1 = j + 1;
        std::int64_t a = from[i], b = to[j];
        while (a != b) {
            if (a < b && i1 < from.size())
                a *= from[i1++];
            else if (j1 < to.size())
                b *= to[j1++];
            else
                break;
        }
        ExprPtr flat = intConst(0);
        for (std::size_t k = j; k < j1; ++k)
            flat = flat * to[k] + at[k];
        std::int64_t stride = 1;
        for (std::size_t k = i1; k-- > i; stride *= std::max<std::int64_t>(from[k], 1))
            if (from[k] != 1)
                result[k] = stride * from[k] == a ? floorDiv(flat, stride) : floorMod(floorDiv(flat, stride), from[k]);
        // A single dimension that stays keeps its index, of extent 1 too.
        if (i1 == i + 1 && j1 == j + 1)
            result[i] = at[j];
        i = i1;
        j = j1;
    }
    return result;
}

Status computeReshape(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    ctx.compute("reshape", y, [&](const Indices& at) { return x(reshapedIndex(x.numbers(), y.numbers(), at)); });
    return {};
}

Dim product(const Shape& shape, std::size_t begin, std::size_t end)
{
    Dim result(1);
    for (std::size_t i = begin; i < end; ++i)
        result = result * shape[i];
    return result;
}

Result<Types> flattenRule(const InferContext& context)
{
    if (!ranked(context, 0))
        return Types{unrankedType(dtypeOf(context, 0))};
    const Shape& x = shapeOf(context, 0);
    const std::int64_t rank = std::int64_t(x.size()), given = integerAttribute(context.node, "axis", 1);
    const std::int64_t axis = given < 0 ? given + rank : given;
    if (axis < 0 || axis > rank)
        return nodeError(context.node, "cuts at axis " + std::to_string(given) + " of a tensor of rank "
                                           + std::to_string(rank) + ".");
    return Types{
        tensorType(dtypeOf(context, 0), {product(x, 0, std::size_t(axis)), product(x, std::size_t(axis), x.size())})};
}

bool isNumber(const Dim& dim, std::int64_t value) { return dim.isConstant() && dim.constant() == value; }

Result<Shape> reshapedShape(const InferContext& context, const Shape& wanted)
{
    const Shape& x = shapeOf(context, 0);
    const bool zeroCopies = integerAttribute(context.node, "allowzero", 0) == 0;
    Shape shape, others;
    std::optional<std::size_t> open;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const bool copies = isNumber(wanted[i], 0) && zeroCopies;
        if (copies && i >= x.size())
            return nodeError(context.node,
                             "copies dimension " + std::to_string(i) + " of " + toString(x) + ", which has none.");
        if (wanted[i].isConstant() && (wanted[i].constant() < -1 || (wanted[i].constant() == -1 && open)))
            return nodeError(context.node, "reshapes to a shape with a negative size or two open ones.");
        shape.push_back(copies ? x[i] : wanted[i]);
        if (isNumber(wanted[i], -1))
            open = i;
        else
            others.push_back(shape.back());
    }
    if (open) {
        const std::optional<Dim> rest = quotient(x, others);
        if (!rest && isConstant(x) && isConstant(others))
            return nodeError(context.node,
                             "cannot reshape " + toString(x) + ": its elements do not fill the open dimension.");
        shape[*open] = rest.value_or(unknownDim(context.node, 0, *open));
    }
    if (std::any_of(wanted.begin(), wanted.end(), [](const Dim& size) { return isNumber(size, 0); }) && !zeroCopies
        && open)
        return nodeError(context.node, "reshapes to a size of 0 and an open one.");
    const auto before = elementCount(x), after = elementCount(shape);
    if (before && after && *before != *after)
        return nodeError(context.node, "reshapes " + toString(x) + " to " + toString(shape)
                                           + ", which has another number of elements.");
    return shape;
}

Result<Types> reshapeRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    std::optional<Shape> wanted = dimensionsInput(context, 1);
    if (hasAttribute(context.node, "shape"))
        wanted = toShape(integersAttribute(context.node, "shape"));
    if (!wanted && !given(context, 1))
        return nodeError(context.node, "has no shape to reshape to.");
    STRATA_CHECK(needsRank(context, 1, "shape", 1));
    if (!wanted) {
        // The rank is known where the shape's length is.
        const bool lengthKnown = ranked(context, 1) && rankOf(context, 1) == 1 && shapeOf(context, 1)[0].isConstant();
        Shape shape;
        for (std::int64_t i = 0; lengthKnown && i < shapeOf(context, 1)[0].constant(); ++i)
            shape.push_back(unknownDim(context.node, 0, std::size_t(i)));
        return Types{lengthKnown ? tensorType(type, std::move(shape)) : unrankedType(type)};
    }
    if (!ranked(context, 0))
        return Types{unrankedType(type)};
    STRATA_TRY(Shape shape, reshapedShape(context, *wanted));
    return Types{tensorType(type, std::move(shape))};
}

Result<Types> squeezeRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    const Result<std::optional<Integers>> given = integersOf(context, "axes", 1);
    if (!ranked(context, 0) || !given)
        return Types{unrankedType(type)};
    const Shape& x = shapeOf(context, 0);
    Integers axes;
    if (*given) {
        STRATA_TRY(axes, normalizedAxes(context.node, **given, std::int64_t(x.size())));
    }
    if (!*given && !isConstant(x))
        return Types{unrankedType(type)};  // a size may be 1
    Shape shape;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const bool named = std::find(axes.begin(), axes.end(), std::int64_t(i)) != axes.end();
        if (named && x[i].isConstant() && !(x[i] == Dim(1)))
            return nodeError(context.node,
                             "squeezes dimension " + std::to_string(i) + " of " + toString(x) + ", which is not 1.");
        if (*given ? !named : !(x[i] == Dim(1)))
            shape.push_back(x[i]);
    }
    return Types{tensorType(type, std::move(shape))};
}

Result<Types> unsqueezeRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    const Result<std::optional<Integers>> given = integersOf(context, "axes", 1);
    if (given && !*given)
        return nodeError(context.node, "has no axes.");
    if (!ranked(context, 0) || !given)
        return Types{unrankedType(type)};
    const Shape& x = shapeOf(context, 0);
    STRATA_TRY(Integers axes, normalizedAxes(context.node, **given, std::int64_t(x.size() + (*given)->size())));
    std::sort(axes.begin(), axes.end());
    if (std::adjacent_find(axes.begin(), axes.end()) != axes.end())
        return nodeError(context.node, "names an axis twice.");
    Shape shape = x;
    for (std::int64_t axis : axes)
        shape.insert(shape.begin() + axis, Dim(1));
    return Types{tensorType(type, std::move(shape))};
}

// Inference only: what the mask of a Dropout that drops nothing looks like.
Result<Types> dropoutRule(const InferContext& context)
{
    STRATA_CHECK(needsOneElement(context, 1, "ratio"));
    STRATA_CHECK(needsOneElement(context, 2, "training_mode"));
    Types types{context.inputs[0]};
    if (context.node.outputs.size() > 1) {
        types.push_back(context.inputs[0]);
        types[1].tensor.dtype = context.node.version >= 10 || context.node.version == 0 ? DType::Bool
                                                                                        : types[1].tensor.dtype;
    }
    return types;
}

Status computeCopy(LowerContext& ctx)
{
    ctx.compute("copy", ctx.output(), [&](const Indices& at) { return ctx.input(0)(at); });
    return {};
}

// In training an element is dropped with the probability `ratio`, and what stays grows by as much; where the input says
// so only when it runs, both ways are there.
Status computeDropout(LowerContext& ctx)
{
    const std::optional<Integers> said = integersInput(ctx.in, 2);
    const bool never = !ctx.given(2) || (said && *said == Integers{0});
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    if (never) {
        STRATA_CHECK(computeCopy(ctx));
        if (ctx.wanted(1))
            ctx.compute("mask", ctx.output(1), [&](const Indices&) { return constantOf(ctx.output(1).dtype, 1); });
        return {};
    }
    const Value ratio = ctx.given(1) ? cast(DType::F32, ctx.scalar(1)) : constantOf(DType::F32, 0.5);
    const auto stays = [&](const Indices& at) {
        return !(said ? constantOf(DType::Bool, 1) : ctx.scalar(2)) || randomShare(ctx.node(), at) >= ratio;
    };
    ctx.compute("drop", y, [&](const Indices& at) {
        const Value factor = 1.0 / (1.0 - ratio);
        const Value kept = x(at) * cast(x.dtype, said ? factor : select(ctx.scalar(2), factor, constantOf(DType::F32, 1)));
        return select(stays(at), kept, constantOf(x.dtype, 0));
    });
    if (ctx.wanted(1))
        ctx.compute("mask", ctx.output(1), [&](const Indices& at) { return cast(ctx.output(1).dtype, stays(at)); });
    return {};
}

Operator reshaping(std::string name, std::string summary, std::string formula, ShapeRule rule)
{
    return {.name = std::move(name),
            .pattern = Pattern::Injective,
            .summary = std::move(summary),
            .formula = std::move(formula),
            .infer = std::move(rule),
            .compute = computeReshape};
}
}  // namespace

std::vector<Operator> reshapeOperators()
{
    return {
        reshaping("Flatten", "Joins the dimensions before an axis into one, and those from it on into another.",
                  "y[i, j] = x[i // ..., j // ..., j % ...]", flattenRule),
        reshaping("Reshape", "The same elements in the same order, in another shape.", "y.flat[i] = x.flat[i]",
                  reshapeRule),
        reshaping("Squeeze", "Drops dimensions of size 1.", "y[i, j] = x[i, 0, j]", squeezeRule),
        reshaping("Unsqueeze", "Inserts dimensions of size 1.", "y[i, 0, j] = x[i, j]", unsqueezeRule),
        {.name = "Identity",
         .pattern = Pattern::ElementWise,
         .summary = "Hands its input on.",
         .formula = "y = x",
         .infer = sameAsFirst,
         .compute = computeCopy},
        {.name = "Dropout",
         .pattern = Pattern::ElementWise,
         .summary = "Drops elements at random in training; hands its input on in inference.",
         .formula = "y = x",
         .infer = dropoutRule,
         .compute = computeDropout},
    };
}

}  // namespace strata
