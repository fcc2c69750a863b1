// Operators that move elements: each element of the result is one of the input's.
#include "core/operators/movement.h"

#include "core/operators/families.h"

#include <algorithm>

namespace strata {

Operator moving(std::string name, std::string summary, std::string formula, ShapeRule rule,
                Status (*compute)(LowerContext&), std::size_t required)
{
    return {.name = std::move(name),
            .pattern = Pattern::Injective,
            .requiredInputs = required,
            .summary = std::move(summary),
            .formula = std::move(formula),
            .infer = std::move(rule),
            .compute = compute};
}

namespace {
// --- Transpose
// -----------------------------------------------------------------------------------------------------------------------

Result<Integers> permutation(const InferContext& context)
{
    const std::int64_t rank = rankOf(context, 0);
    Integers perm = integersAttribute(context.node, "perm");
    if (perm.empty())
        for (std::int64_t i = rank; i-- > 0;)
            perm.push_back(i);
    STRATA_TRY(perm, normalizedAxes(context.node, perm, rank));
    Integers sorted = perm;
    std::sort(sorted.begin(), sorted.end());
    for (std::int64_t i = 0; i < std::int64_t(sorted.size()); ++i)
        if (std::int64_t(sorted.size()) != rank || sorted[std::size_t(i)] != i)
            return nodeError(context.node,
                             "has a perm that is no permutation of its " + std::to_string(rank) + " axes.");
    return perm;
}

Result<Types> transposeRule(const InferContext& context)
{
    if (!ranked(context, 0))
        return Types{unrankedType(dtypeOf(context, 0))};
    STRATA_TRY(const Integers perm, permutation(context));
    Shape shape;
    for (std::int64_t axis : perm)
        shape.push_back(shapeOf(context, 0)[std::size_t(axis)]);
    return Types{tensorType(dtypeOf(context, 0), std::move(shape))};
}

Status computeTranspose(LowerContext& ctx)
{
    STRATA_TRY(const Integers perm, permutation(ctx.in));
    ctx.compute("transpose", ctx.output(), [&](const Indices& at) {
        Indices source(at.size());
        for (std::size_t i = 0; i < at.size(); ++i)
            source[std::size_t(perm[i])] = at[i];
        return ctx.input(0)(source);
    });
    return {};
}

// --- Expand, Tile
// ---------------------------------------------------------------------------------------------------------------------------

Result<Types> expandRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    const std::optional<Shape> wanted = dimensionsInput(context, 1);
    STRATA_CHECK(needsRank(context, 1, "shape", 1));
    if (!ranked(context, 0))
        return Types{unrankedType(type)};
    if (wanted) {
        for (const Dim& size : *wanted)
            if (size.isConstant() && size.constant() < 0)
                return nodeError(context.node, "expands to " + toString(*wanted) + ", which has a negative size.");
        STRATA_TRY(Shape shape, broadcastShapes(context.node, {shapeOf(context, 0), *wanted}));
        return Types{tensorType(type, std::move(shape))};
    }
    if (!ranked(context, 1) || rankOf(context, 1) != 1 || !shapeOf(context, 1)[0].isConstant())
        return Types{unrankedType(type)};
    Shape shape;
    for (std::int64_t i = 0; i < std::max(shapeOf(context, 1)[0].constant(), rankOf(context, 0)); ++i)
        shape.push_back(unknownDim(context.node, 0, std::size_t(i)));
    return Types{tensorType(type, std::move(shape))};
}

Status computeExpand(LowerContext& ctx)
{
    ctx.compute("expand", ctx.output(),
                [&](const Indices& at) { return ctx.input(0).broadcast(at, ctx.output().shape); });
    return {};
}

// Before opset 6: how often, along one axis. Nullopt: only known when the model runs.
Result<std::optional<Integers>> repeatsOf(const InferContext& context)
{
    if (context.node.version == 0 || context.node.version >= 6) {
        STRATA_CHECK(needsRank(context, 1, "repeats", 1));
        return integersInput(context, 1);
    }
    STRATA_CHECK(needsOneElement(context, 1, "tiles"));
    STRATA_CHECK(needsOneElement(context, 2, "axis"));
    const std::optional<Integers> tiles = integersInput(context, 1), axis = integersInput(context, 2);
    if (!tiles || !axis)
        return std::optional<Integers>();
    Integers repeats(std::size_t(rankOf(context, 0)), 1);
    STRATA_TRY(const std::int64_t along, normalizedAxis(context.node, axis->at(0), rankOf(context, 0)));
    repeats[std::size_t(along)] = tiles->at(0);
    return std::optional(repeats);
}

Result<Types> tileRule(const InferContext& context)
{
    if (!ranked(context, 0))
        return Types{unrankedType(dtypeOf(context, 0))};
    Shape shape = shapeOf(context, 0);
    STRATA_TRY(const std::optional<Integers> repeats, repeatsOf(context));
    if (repeats && std::any_of(repeats->begin(), repeats->end(), [](std::int64_t times) { return times < 0; }))
        return nodeError(context.node, "has a negative number of repeats.");
    if (repeats && repeats->size() != shape.size())
        return nodeError(context.node,
                         "has " + std::to_string(repeats->size()) + " repeats for " + toString(shape) + ".");
    for (std::size_t i = 0; i < shape.size(); ++i)
        shape[i] = repeats ? shape[i] * Dim((*repeats)[i]) : unknownDim(context.node, 0, i);
    return Types{tensorType(dtypeOf(context, 0), std::move(shape))};
}

Status computeTile(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    ctx.compute("tile", y, [&](const Indices& at) {
        Indices source = at;
        for (std::size_t i = 0; i < at.size(); ++i)
            source[i] = x.shape[i] == y.shape[i] ? at[i]
                        : x.shape[i] == Dim(1)   ? intConst(0)
                                                 : floorMod(at[i], std::max<std::int64_t>(x.number(i), 1));
        return x(source);
    });
    return {};
}

// --- DepthToSpace, SpaceToDepth
// -----------------------------------------------------------------------------------------------------------------

Result<Types> depthRule(const InferContext& context, bool toSpace)
{
    if (!ranked(context, 0))
        return Types{unrankedType(dtypeOf(context, 0))};
    Shape shape = shapeOf(context, 0);
    const std::int64_t block = integerAttribute(context.node, "blocksize", 1);
    STRATA_CHECK(needsWord(context.node, "mode", {"DCR", "CRD"}));
    if (shape.size() != 4 || block < 1)
        return nodeError(context.node, "needs a tensor of rank 4 and a blocksize.");
    auto divided = [&](std::size_t axis, std::int64_t by) -> Result<Dim> {
        if (!shape[axis].isConstant())
            return unknownDim(context.node, 0, axis);
        if (shape[axis].constant() % by != 0)
            return nodeError(context.node, "cuts a dimension of " + shape[axis].text() + " into blocks of "
                                               + std::to_string(by) + ".");
        return Dim(shape[axis].constant() / by);
    };
    STRATA_TRY(Dim channels, divided(1, toSpace ? block * block : 1));
    STRATA_TRY(Dim height, divided(2, toSpace ? 1 : block));
    STRATA_TRY(Dim width, divided(3, toSpace ? 1 : block));
    const Dim b(block);
    return Types{tensorType(dtypeOf(context, 0), toSpace ? Shape{shape[0], channels, height * b, width * b}
                                                         : Shape{shape[0], channels * b * b, height, width})};
}

Status computeDepthToSpace(LowerContext& ctx)
{
    const std::int64_t block = integerAttribute(ctx.node(), "blocksize", 1), channels = ctx.output().number(1);
    const bool depthFirst = textAttribute(ctx.node(), "mode", "DCR") == "DCR";
    ctx.compute("depth_to_space", ctx.output(), [&](const Indices& at) {
        const ExprPtr dy = floorMod(at[2], block), dx = floorMod(at[3], block);
        const ExprPtr channel = depthFirst ? (dy * block + dx) * channels + at[1] : (at[1] * block + dy) * block + dx;
        return ctx.input(0)({at[0], channel, floorDiv(at[2], block), floorDiv(at[3], block)});
    });
    return {};
}

Status computeSpaceToDepth(LowerContext& ctx)
{
    const std::int64_t block = integerAttribute(ctx.node(), "blocksize", 1), channels = ctx.input(0).number(1);
    const bool depthFirst = textAttribute(ctx.node(), "mode", "DCR") == "DCR";
    ctx.compute("space_to_depth", ctx.output(), [&](const Indices& at) {
        const ExprPtr place = depthFirst ? floorDiv(at[1], channels) : floorMod(at[1], block * block);
        const ExprPtr channel = depthFirst ? floorMod(at[1], channels) : floorDiv(at[1], block * block);
        return ctx.input(0)(
            {at[0], channel, at[2] * block + floorDiv(place, block), at[3] * block + floorMod(place, block)});
    });
    return {};
}

// --- Trilu, ReverseSequence
// ----------------------------------------------------------------------------------------------------------------------

Result<Types> triluRule(const InferContext& context)
{
    if (ranked(context, 0) && rankOf(context, 0) < 2)
        return nodeError(context.node, "takes a triangle of " + toString(shapeOf(context, 0)) + ".");
    STRATA_CHECK(needsOneElement(context, 1, "k"));
    return sameAsFirst(context);
}

Status computeTrilu(LowerContext& ctx)
{
    const TensorRef& x = ctx.input(0);
    const bool upper = integerAttribute(ctx.node(), "upper", 1) != 0;
    const Value k = ctx.given(1) ? ctx.scalar(1) : Value(intConst(0));
    ctx.compute("trilu", ctx.output(), [&](const Indices& at) {
        const Value row = at[at.size() - 2], column = at.back();
        return select(upper ? row + k <= column : column <= row + k, x(at), 0);
    });
    return {};
}

Result<Types> reverseRule(const InferContext& context)
{
    const std::int64_t batch = integerAttribute(context.node, "batch_axis", 1),
                       time = integerAttribute(context.node, "time_axis", 0);
    if (std::min(batch, time) != 0 || std::max(batch, time) != 1)
        return nodeError(context.node, "has batch_axis " + std::to_string(batch) + " and time_axis "
                                           + std::to_string(time) + "; one is 0 and the other 1.");
    if (!ranked(context, 0))
        return sameAsFirst(context);
    const Shape& x = shapeOf(context, 0);
    if (x.size() < 2)
        return nodeError(context.node, "turns round sequences of " + toString(x) + "; it is of rank 2 at least.");
    STRATA_CHECK(needsShape(context, 1, "sequence_lens", {x[std::size_t(batch)]},
                            "for axis " + std::to_string(batch) + " of " + toString(x)));
    return sameAsFirst(context);
}

Status computeReverseSequence(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &lengths = ctx.input(1);
    const std::size_t batch = std::size_t(integerAttribute(ctx.node(), "batch_axis", 1)),
                      time = std::size_t(integerAttribute(ctx.node(), "time_axis", 0));
    ctx.compute("reverse_sequence", ctx.output(), [&](const Indices& at) {
        Indices source = at;
        const Value length = dataCount(lengths({at[batch]}), x.number(time)), step = at[time];
        source[time] = select(step < length, length - 1 - step, step).expr;
        return x(source);
    });
    return {};
}
}  // namespace

std::vector<Operator> movementOperators()
{
    const auto toSpace = [](const InferContext& context) { return depthRule(context, true); };
    const auto toDepth = [](const InferContext& context) { return depthRule(context, false); };
    return {
        moving("Transpose", "Permutes the axes.", "y[j, i] = x[i, j]", transposeRule, computeTranspose),
        moving("Expand", "Repeats dimensions of size 1 to fit a shape.", "y[i, j] = x[0, j]", expandRule, computeExpand,
               2),
        moving("Tile", "Repeats a tensor along its axes.", "y[i] = x[i % n]", tileRule, computeTile, 2),
        moving("DepthToSpace", "Moves channels into squares of pixels.", "y[n, c, y, x] = x[n, c', y // b, x // b]",
               toSpace, computeDepthToSpace),
        moving("SpaceToDepth", "Moves squares of pixels into channels.",
               "y[n, c', y, x] = x[n, c, y * b + dy, x * b + dx]", toDepth, computeSpaceToDepth),
        moving("Trilu", "Keeps the upper or lower triangle of matrices.", "y[i, j] = j >= i + k ? x[i, j] : 0",
               triluRule, computeTrilu),
        moving("ReverseSequence", "Turns round the first elements of each sequence of a batch.",
               "y[t, b] = x[t < n[b] ? n[b] - 1 - t : t, b]", reverseRule, computeReverseSequence, 2),
    };
}

}  // namespace strata
