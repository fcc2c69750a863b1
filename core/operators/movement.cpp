// Operators that move elements: each element of the result is one of the input's.
#include "core/operators/families.h"
#include "core/operators/lower.h"

#include <algorithm>

namespace strata {

namespace {
// --- Transpose -----------------------------------------------------------------------------------------------------------------------

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
            return nodeError(context.node, "has a perm that is no permutation of its " + std::to_string(rank) + " axes.");
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

// --- Concat, Split ----------------------------------------------------------------------------------------------------------------------

Result<Types> concatRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    for (std::size_t i = 0; i < context.inputs.size(); ++i)
        if (!ranked(context, i))
            return Types{unrankedType(type)};
    Shape shape = shapeOf(context, 0);
    STRATA_TRY(const std::int64_t axis, normalizedAxis(context.node, integerAttribute(context.node, "axis", 1), std::int64_t(shape.size())));
    for (std::size_t i = 1; i < context.inputs.size(); ++i) {
        const Shape& other = shapeOf(context, i);
        if (other.size() != shape.size())
            return nodeError(context.node, "joins " + toString(shape) + " and " + toString(other) + ", which differ in rank.");
        for (std::size_t d = 0; d < shape.size(); ++d) {
            if (std::int64_t(d) == axis)
                shape[d] = shape[d] + other[d];
            else if (shape[d].isConstant() && other[d].isConstant() && !(shape[d] == other[d]))
                return nodeError(context.node, "joins " + toString(shape) + " and " + toString(other) + " along axis " + std::to_string(axis) + ".");
            else if (other[d].isConstant())
                shape[d] = other[d];
        }
    }
    return Types{tensorType(type, std::move(shape))};
}

Status computeConcat(LowerContext& ctx)
{
    const TensorRef& y = ctx.output();
    STRATA_TRY(const std::int64_t axis, normalizedAxis(ctx.node(), integerAttribute(ctx.node(), "axis", 1), y.rank()));
    Integers offset(y.shape.size(), 0);
    for (std::size_t i = 0; i < ctx.inputCount(); ++i) {
        const TensorRef& x = ctx.input(i);
        if (x.count() > 0)
            ctx.computeRegion("concat", y, x.axes(), offset, [&](const Indices& at) { return x(at); });
        offset[std::size_t(axis)] += x.shape[std::size_t(axis)];
    }
    return {};
}

struct Split {
    std::int64_t axis = 0;
    std::vector<Dim> sizes;      // one an output
};

// Nullopt: the sizes are only known when the model runs.
Result<std::optional<Split>> splitOf(const InferContext& context)
{
    const GraphNode& node = context.node;
    Split split;
    STRATA_TRY(split.axis, normalizedAxis(node, integerAttribute(node, "axis", 0), rankOf(context, 0)));
    const Dim& size = shapeOf(context, 0)[std::size_t(split.axis)];
    const Result<std::optional<Integers>> given = integersOf(context, "split", 1);
    if (!given)
        return std::optional<Split>();
    if (*given) {
        split.sizes.assign((*given)->begin(), (*given)->end());
        if (split.sizes.size() != node.outputs.size())
            return nodeError(node, "has " + std::to_string(split.sizes.size()) + " sizes for " + std::to_string(node.outputs.size()) + " outputs.");
        return std::optional(split);
    }
    if (!size.isConstant())
        return std::optional<Split>();
    const std::int64_t parts = std::int64_t(node.outputs.size()), each = (size.constant() + parts - 1) / parts;
    for (std::int64_t i = 0; i < parts; ++i)
        split.sizes.push_back(Dim(std::clamp<std::int64_t>(size.constant() - i * each, 0, each)));
    return std::optional(split);
}

Result<Types> splitRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    if (!ranked(context, 0))
        return Types(context.node.outputs.size(), unrankedType(type));
    STRATA_TRY(const std::optional<Split> split, splitOf(context));
    Types types;
    for (std::size_t i = 0; i < context.node.outputs.size(); ++i) {
        Shape shape = shapeOf(context, 0);
        STRATA_TRY(const std::int64_t axis, normalizedAxis(context.node, integerAttribute(context.node, "axis", 0), std::int64_t(shape.size())));
        shape[std::size_t(axis)] = split ? split->sizes[i] : unknownDim(context.node, i, std::size_t(axis));
        types.push_back(tensorType(type, std::move(shape)));
    }
    return types;
}

Status computeSplit(LowerContext& ctx)
{
    STRATA_TRY(const std::optional<Split> split, splitOf(ctx.in));
    if (!split)
        return needsConstant(ctx.in, 1, "sizes");
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < split->sizes.size(); ++i) {
        if (ctx.wanted(i))
            ctx.compute("split", ctx.output(i), [&](const Indices& at) {
                Indices source = at;
                source[std::size_t(split->axis)] = source[std::size_t(split->axis)] + offset;
                return ctx.input(0)(source);
            });
        offset += split->sizes[i].constant();
    }
    return {};
}

// --- Slice -------------------------------------------------------------------------------------------------------------------------------

struct SliceAxis {
    std::int64_t axis = 0, start = 0, step = 1, size = 0;
};

std::int64_t ceilDiv(std::int64_t a, std::int64_t b) { return a / b + (a % b != 0 && (a % b > 0) == (b > 0)); }

// The part of one axis of `size` elements, bounds clamped as Python does.
SliceAxis sliceAxis(std::int64_t axis, std::int64_t size, std::int64_t start, std::int64_t end, std::int64_t step)
{
    auto place = [&](std::int64_t i) {
        const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
        return std::clamp<std::int64_t>(i < 0 ? std::max<std::int64_t>(i, -size - 1) + size : i, low, high);
    };
    SliceAxis result{axis, place(start), step, 0};
    result.size = std::max<std::int64_t>(ceilDiv(place(end) - result.start, step), 0);
    return result;
}

struct SliceInputs {
    Integers starts, ends, axes, steps;
};

// Nullopt: only known when the model runs.
Result<std::optional<SliceInputs>> sliceInputs(const InferContext& context)
{
    const auto starts = integersOf(context, "starts", 1), ends = integersOf(context, "ends", 2), axes = integersOf(context, "axes", 3),
               steps = integersOf(context, "steps", 4);
    if (!starts || !ends || !axes || !steps)
        return std::optional<SliceInputs>();
    if (!*starts || !*ends || (*starts)->size() != (*ends)->size())
        return nodeError(context.node, "has no starts, or not as many ends.");
    SliceInputs result{**starts, **ends, {}, (*steps).value_or(Integers((*starts)->size(), 1))};
    Integers all((*starts)->size());
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i] = std::int64_t(i);
    STRATA_TRY(result.axes, normalizedAxes(context.node, (*axes).value_or(all), rankOf(context, 0)));
    if (result.axes.size() != result.starts.size() || result.steps.size() != result.starts.size())
        return nodeError(context.node, "has not as many axes or steps as starts.");
    if (std::count(result.steps.begin(), result.steps.end(), 0) > 0)
        return nodeError(context.node, "has a step of 0.");
    return std::optional(result);
}

// A symbolic axis keeps a polynomial size where the slice cuts a constant number off its ends.
Dim symbolicSlice(const GraphNode& node, const Dim& size, std::int64_t axis, std::int64_t start, std::int64_t end, std::int64_t step)
{
    constexpr std::int64_t far = std::int64_t(1) << 30;
    if (step == 1 && start >= 0 && end >= far)
        return start == 0 ? size : size - Dim(start);
    if (step == 1 && start >= 0 && end < 0)
        return size + Dim(end - start);
    if (step == 1 && start < 0 && end < 0 && end >= start)
        return Dim(end - start);
    if (step == 1 && start < 0 && end >= far)
        return Dim(-start);
    return unknownDim(node, 0, std::size_t(axis));
}

Result<Types> sliceRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    if (!ranked(context, 0))
        return Types{unrankedType(type)};
    STRATA_TRY(const std::optional<SliceInputs> inputs, sliceInputs(context));
    Shape shape = shapeOf(context, 0);
    if (!inputs) {
        const std::optional<Integers> axes = integersInput(context, 3);
        for (std::size_t d = 0; d < shape.size(); ++d)
            if (!axes || std::find_if(axes->begin(), axes->end(), [&](std::int64_t a) { return (a < 0 ? a + rankOf(context, 0) : a) == std::int64_t(d); }) != axes->end())
                shape[d] = unknownDim(context.node, 0, d);
        return Types{tensorType(type, std::move(shape))};
    }
    for (std::size_t i = 0; i < inputs->axes.size(); ++i) {
        Dim& size = shape[std::size_t(inputs->axes[i])];
        const std::int64_t axis = inputs->axes[i], start = inputs->starts[i], end = inputs->ends[i], step = inputs->steps[i];
        size = size.isConstant() ? Dim(sliceAxis(axis, size.constant(), start, end, step).size)
                                 : symbolicSlice(context.node, size, axis, start, end, step);
    }
    return Types{tensorType(type, std::move(shape))};
}

Status computeSlice(LowerContext& ctx)
{
    STRATA_TRY(const std::optional<SliceInputs> inputs, sliceInputs(ctx.in));
    if (!inputs)
        return needsConstant(ctx.in, 1, "bounds");
    const TensorRef& x = ctx.input(0);
    ctx.compute("slice", ctx.output(), [&](const Indices& at) {
        Indices source = at;
        for (std::size_t i = 0; i < inputs->axes.size(); ++i) {
            const std::size_t axis = std::size_t(inputs->axes[i]);
            const SliceAxis part = sliceAxis(inputs->axes[i], x.shape[axis], inputs->starts[i], inputs->ends[i], inputs->steps[i]);
            source[axis] = source[axis] * part.step + part.start;
        }
        return x(source);
    });
    return {};
}

// --- Expand, Tile ---------------------------------------------------------------------------------------------------------------------------

Result<Types> expandRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    const std::optional<Shape> wanted = dimensionsInput(context, 1);
    if (!ranked(context, 0))
        return Types{unrankedType(type)};
    if (wanted) {
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
    ctx.compute("expand", ctx.output(), [&](const Indices& at) { return ctx.input(0).broadcast(at, ctx.output().shape); });
    return {};
}

Result<Types> tileRule(const InferContext& context)
{
    if (!ranked(context, 0))
        return Types{unrankedType(dtypeOf(context, 0))};
    Shape shape = shapeOf(context, 0);
    const std::optional<Integers> repeats = integersInput(context, 1);
    if (repeats && repeats->size() != shape.size())
        return nodeError(context.node, "has " + std::to_string(repeats->size()) + " repeats for " + toString(shape) + ".");
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
            source[i] = x.shape[i] == y.shape[i] ? at[i] : x.shape[i] == 1 ? intConst(0) : floorMod(at[i], std::max<std::int64_t>(x.shape[i], 1));
        return x(source);
    });
    return {};
}

// --- Pad --------------------------------------------------------------------------------------------------------------------------------------

struct Pads {
    Integers begin, end;
};

// Nullopt: only known when the model runs.
Result<std::optional<Pads>> padsOf(const InferContext& context)
{
    const std::size_t rank = std::size_t(rankOf(context, 0));
    const auto given = integersOf(context, "pads", 1), which = integersOf(context, "axes", 3);
    if (!given || !which)
        return std::optional<Pads>();
    if (!*given)
        return nodeError(context.node, "has no pads.");
    Integers axes(rank);
    for (std::size_t i = 0; i < rank; ++i)
        axes[i] = std::int64_t(i);
    if (*which) {
        STRATA_TRY(axes, normalizedAxes(context.node, **which, std::int64_t(rank)));
    }
    if ((*given)->size() != 2 * axes.size())
        return nodeError(context.node, "has " + std::to_string((*given)->size()) + " pads for " + std::to_string(axes.size()) + " axes.");
    Pads pads{Integers(rank, 0), Integers(rank, 0)};
    for (std::size_t i = 0; i < axes.size(); ++i) {
        pads.begin[std::size_t(axes[i])] = (**given)[i];
        pads.end[std::size_t(axes[i])] = (**given)[axes.size() + i];
    }
    return std::optional(pads);
}

Result<Types> padRule(const InferContext& context)
{
    if (!ranked(context, 0))
        return Types{unrankedType(dtypeOf(context, 0))};
    STRATA_TRY(const std::optional<Pads> pads, padsOf(context));
    Shape shape = shapeOf(context, 0);
    for (std::size_t i = 0; i < shape.size(); ++i)
        shape[i] = pads ? shape[i] + Dim(pads->begin[i] + pads->end[i]) : unknownDim(context.node, 0, i);
    return Types{tensorType(dtypeOf(context, 0), std::move(shape))};
}

// Where an index outside 0 .. size-1 reads instead.
ExprPtr foldedIndex(const ExprPtr& index, std::int64_t size, const std::string& mode, bool once)
{
    if (mode == "edge")
        return binary(Op::Min, binary(Op::Max, index, intConst(0)), intConst(size - 1));
    if (mode == "wrap")
        return floorMod(index, size);
    if (once)
        return intConst(size - 1) - unary(Op::Abs, intConst(size - 1) - unary(Op::Abs, index));
    const ExprPtr inPeriod = size == 1 ? intConst(0) : floorMod(index, 2 * size - 2);
    return intConst(size - 1) - unary(Op::Abs, intConst(size - 1) - inPeriod);
}

Status computePad(LowerContext& ctx)
{
    STRATA_TRY(const std::optional<Pads> pads, padsOf(ctx.in));
    if (!pads)
        return needsConstant(ctx.in, 1, "pads");
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const std::string mode = textAttribute(ctx.node(), "mode", "constant");
    const Value fill = ctx.given(2) ? ctx.scalar(2) : constantOf(x.dtype, realAttribute(ctx.node(), "value", 0));
    ctx.compute("pad", y, [&](const Indices& at) {
        Indices source = at;
        std::optional<Value> inSource;
        for (std::size_t i = 0; i < at.size(); ++i) {
            if (pads->begin[i] == 0 && pads->end[i] == 0)
                continue;
            source[i] = at[i] - pads->begin[i];
            const bool leaves = pads->begin[i] > 0 || pads->end[i] > 0;
            if (mode == "constant" && leaves) {
                const Value here = inside(source[i], 0, x.shape[i]);
                inSource = inSource ? *inSource && here : here;
            } else if (leaves) {
                source[i] = foldedIndex(source[i], x.shape[i], mode, std::max(pads->begin[i], pads->end[i]) < x.shape[i]);
            }
        }
        return inSource ? select(*inSource, x(source), fill) : x(source);
    });
    return {};
}

// --- DepthToSpace, SpaceToDepth -----------------------------------------------------------------------------------------------------------------

Result<Types> depthRule(const InferContext& context, bool toSpace)
{
    if (!ranked(context, 0))
        return Types{unrankedType(dtypeOf(context, 0))};
    Shape shape = shapeOf(context, 0);
    const std::int64_t block = integerAttribute(context.node, "blocksize", 1);
    if (shape.size() != 4 || block < 1)
        return nodeError(context.node, "needs a tensor of rank 4 and a blocksize.");
    auto divided = [&](std::size_t axis, std::int64_t by) -> Result<Dim> {
        if (!shape[axis].isConstant())
            return unknownDim(context.node, 0, axis);
        if (shape[axis].constant() % by != 0)
            return nodeError(context.node, "cuts a dimension of " + shape[axis].text() + " into blocks of " + std::to_string(by) + ".");
        return Dim(shape[axis].constant() / by);
    };
    STRATA_TRY(Dim channels, divided(1, toSpace ? block * block : 1));
    STRATA_TRY(Dim height, divided(2, toSpace ? 1 : block));
    STRATA_TRY(Dim width, divided(3, toSpace ? 1 : block));
    const Dim b(block);
    return Types{tensorType(dtypeOf(context, 0), toSpace ? Shape{shape[0], channels, height * b, width * b} : Shape{shape[0], channels * b * b, height, width})};
}

Status computeDepthToSpace(LowerContext& ctx)
{
    const std::int64_t block = integerAttribute(ctx.node(), "blocksize", 1), channels = ctx.output().shape[1];
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
    const std::int64_t block = integerAttribute(ctx.node(), "blocksize", 1), channels = ctx.input(0).shape[1];
    const bool depthFirst = textAttribute(ctx.node(), "mode", "DCR") == "DCR";
    ctx.compute("space_to_depth", ctx.output(), [&](const Indices& at) {
        const ExprPtr place = depthFirst ? floorDiv(at[1], channels) : floorMod(at[1], block * block);
        const ExprPtr channel = depthFirst ? floorMod(at[1], channels) : floorDiv(at[1], block * block);
        return ctx.input(0)({at[0], channel, at[2] * block + floorDiv(place, block), at[3] * block + floorMod(place, block)});
    });
    return {};
}

// --- Trilu, ReverseSequence ----------------------------------------------------------------------------------------------------------------------

Status computeTrilu(LowerContext& ctx)
{
    const TensorRef& x = ctx.input(0);
    if (x.rank() < 2)
        return nodeError(ctx.node(), "takes a triangle of a tensor of rank " + std::to_string(x.rank()) + ".");
    const bool upper = integerAttribute(ctx.node(), "upper", 1) != 0;
    const Value k = ctx.given(1) ? ctx.scalar(1) : Value(intConst(0));
    ctx.compute("trilu", ctx.output(), [&](const Indices& at) {
        const Value row = at[at.size() - 2], column = at.back();
        return select(upper ? row + k <= column : column <= row + k, x(at), 0);
    });
    return {};
}

Status computeReverseSequence(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &lengths = ctx.input(1);
    const std::size_t batch = std::size_t(integerAttribute(ctx.node(), "batch_axis", 1)), time = std::size_t(integerAttribute(ctx.node(), "time_axis", 0));
    if (batch >= x.shape.size() || time >= x.shape.size())
        return nodeError(ctx.node(), "names an axis that its input does not have.");
    ctx.compute("reverse_sequence", ctx.output(), [&](const Indices& at) {
        Indices source = at;
        const Value length = cast(DType::I64, lengths({at[batch]})), step = at[time];
        source[time] = select(step < length, length - 1 - step, step).expr;
        return x(source);
    });
    return {};
}

Operator moving(std::string name, std::string summary, std::string formula, ShapeRule rule, Status (*compute)(LowerContext&), std::size_t required = 1)
{
    return {.name = std::move(name), .pattern = Pattern::Injective, .requiredInputs = required, .summary = std::move(summary),
            .formula = std::move(formula), .infer = std::move(rule), .compute = compute};
}
}  // namespace

std::vector<Operator> movementOperators()
{
    const auto toSpace = [](const InferContext& context) { return depthRule(context, true); };
    const auto toDepth = [](const InferContext& context) { return depthRule(context, false); };
    return {
        moving("Transpose", "Permutes the axes.", "y[j, i] = x[i, j]", transposeRule, computeTranspose),
        moving("Concat", "Joins tensors along an axis.", "y[i] = i < n ? a[i] : b[i - n]", concatRule, computeConcat),
        moving("Split", "Cuts a tensor into pieces along an axis.", "y1[i] = x[offset + i]", splitRule, computeSplit),
        moving("Slice", "A part of a tensor, by start, end and step along some axes.", "y[i] = x[start + i * step]", sliceRule, computeSlice),
        moving("Expand", "Repeats dimensions of size 1 to fit a shape.", "y[i, j] = x[0, j]", expandRule, computeExpand, 2),
        moving("Tile", "Repeats a tensor along its axes.", "y[i] = x[i % n]", tileRule, computeTile, 2),
        moving("Pad", "Adds a border: of one value, of mirrored or of repeated elements.", "y[i] = 0 <= i - p < n ? x[i - p] : value", padRule, computePad),
        moving("DepthToSpace", "Moves channels into squares of pixels.", "y[n, c, y, x] = x[n, c', y // b, x // b]", toSpace, computeDepthToSpace),
        moving("SpaceToDepth", "Moves squares of pixels into channels.", "y[n, c', y, x] = x[n, c, y * b + dy, x * b + dx]", toDepth, computeSpaceToDepth),
        moving("Trilu", "Keeps the upper or lower triangle of matrices.", "y[i, j] = j >= i + k ? x[i, j] : 0", sameAsFirst, computeTrilu),
        moving("ReverseSequence", "Turns round the first elements of each sequence of a batch.", "y[t, b] = x[t < n[b] ? n[b] - 1 - t : t, b]", sameAsFirst,
               computeReverseSequence, 2),
    };
}

}  // namespace strata
