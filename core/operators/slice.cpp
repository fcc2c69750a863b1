// Operators that cut tensors and join them.
#include "core/index/sizes.h"
#include "core/operators/data_inputs.h"
#include "core/operators/families.h"
#include "core/operators/movement.h"

#include <algorithm>

namespace strata {

namespace {
// --- Concat, Split
// ----------------------------------------------------------------------------------------------------------------------

Result<Types> concatRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    for (std::size_t i = 0; i < context.inputs.size(); ++i)
        if (!ranked(context, i))
            return Types{unrankedType(type)};
    Shape shape = shapeOf(context, 0);
    STRATA_TRY(const std::int64_t axis,
               normalizedAxis(context.node, integerAttribute(context.node, "axis", 1), std::int64_t(shape.size())));
    for (std::size_t i = 1; i < context.inputs.size(); ++i) {
        const Shape& other = shapeOf(context, i);
        if (other.size() != shape.size())
            return nodeError(context.node,
                             "joins " + toString(shape) + " and " + toString(other) + ", which differ in rank.");
        for (std::size_t d = 0; d < shape.size(); ++d) {
            if (std::int64_t(d) == axis)
                shape[d] = shape[d] + other[d];
            else if (shape[d].isConstant() && other[d].isConstant() && !(shape[d] == other[d]))
                return nodeError(context.node, "joins " + toString(shape) + " and " + toString(other) + " along axis "
                                                   + std::to_string(axis) + ".");
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
    Shape offset(y.shape.size());
    for (std::size_t i = 0; i < ctx.inputCount(); ++i) {
        const TensorRef& x = ctx.input(i);
        if (elementCount(x.shape) != 0)
            ctx.computeRegion("concat", y, x.axes(), offset, [&](const Indices& at) { return x(at); });
        offset[std::size_t(axis)] = offset[std::size_t(axis)] + x.shape[std::size_t(axis)];
    }
    return {};
}

struct Split {
    std::vector<Dim> sizes;  // one an output
};

Status checkSplitSizes(const GraphNode& node, const Dim& whole, const std::vector<Dim>& sizes)
{
    Dim sum(0);
    for (const Dim& size : sizes) {
        if (size.constant() < 0)
            return nodeError(node, "has a part of negative size.");
        sum = sum + size;
    }
    if (!mayBeEqual(sum, whole))
        return nodeError(node, "has parts of together " + sum.text() + " for a dimension of " + whole.text() + ".");
    return {};
}

Result<std::size_t> splitAxis(const InferContext& context)
{
    STRATA_TRY(const std::int64_t axis,
               normalizedAxis(context.node, integerAttribute(context.node, "axis", 0), rankOf(context, 0)));
    return std::size_t(axis);
}

// Nullopt: the sizes are only known when the model runs.
Result<std::optional<Split>> splitOf(const InferContext& context)
{
    const GraphNode& node = context.node;
    Split split;
    STRATA_TRY(const std::size_t axis, splitAxis(context));
    const Dim& size = shapeOf(context, 0)[axis];
    const Result<std::optional<Integers>> given = integersOf(context, "split", 1);
    if (!given)
        return std::optional<Split>();
    if (*given) {
        split.sizes.assign((*given)->begin(), (*given)->end());
        STRATA_CHECK(checkSplitSizes(node, size, split.sizes));
        if (split.sizes.size() != node.outputs.size())
            return nodeError(node, "has " + std::to_string(split.sizes.size()) + " sizes for "
                                       + std::to_string(node.outputs.size()) + " outputs.");
        return std::optional(split);
    }
    if (!size.isConstant())
        return std::optional<Split>();
    const std::int64_t parts = std::int64_t(node.outputs.size());
    if (parts < 1)
        return nodeError(node, "has no outputs.");
    if (hasAttribute(node, "num_outputs") && integerAttribute(node, "num_outputs", 0) != parts)
        return nodeError(node, "has num_outputs " + std::to_string(integerAttribute(node, "num_outputs", 0)) + " and "
                                   + std::to_string(parts) + " outputs.");
    // From opset 18 on the last part may be smaller.
    if (node.version != 0 && node.version < 18 && size.constant() % parts != 0)
        return nodeError(node,
                         "cuts a dimension of " + size.text() + " into " + std::to_string(parts) + " equal parts.");
    const std::int64_t each = (size.constant() + parts - 1) / parts;
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
        STRATA_TRY(const std::size_t axis, splitAxis(context));
        shape[axis] = split ? split->sizes[i] : unknownDim(context.node, i, axis);
        types.push_back(tensorType(type, std::move(shape)));
    }
    return types;
}

Status computeSplit(LowerContext& ctx)
{
    STRATA_TRY(const std::optional<Split> split, splitOf(ctx.in));
    STRATA_TRY(const std::size_t axis, splitAxis(ctx.in));
    std::vector<Dim> sizes;
    if (split)
        sizes = split->sizes;
    for (std::size_t i = 0; !split && i < ctx.node().outputs.size(); ++i) {  // as the outputs are declared
        if (!ctx.wanted(i))
            return needsConstant(ctx.in, 1, "sizes");
        sizes.emplace_back(ctx.output(i).number(axis));
    }
    STRATA_CHECK(checkSplitSizes(ctx.node(), Dim(ctx.input(0).number(axis)), sizes));
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (ctx.wanted(i))
            ctx.compute("split", ctx.output(i), [&](const Indices& at) {
                Indices source = at;
                source[axis] = source[axis] + offset;
                return ctx.input(0)(source);
            });
        offset += sizes[i].constant();
    }
    return {};
}

// --- Slice
// -------------------------------------------------------------------------------------------------------------------------------

struct SliceAxis {
    std::int64_t axis = 0, start = 0, step = 1, size = 0;
};

std::int64_t ceilDiv(std::int64_t a, std::int64_t b) { return a / b + (a % b != 0 && (a % b > 0) == (b > 0)); }

// The part of one axis of `size` elements. Bounds are clamped as ONNX says: backwards, a start before the first element
// is the first one (Python takes none then), and only an end lies before it.
SliceAxis sliceAxis(std::int64_t axis, std::int64_t size, std::int64_t start, std::int64_t end, std::int64_t step)
{
    const std::int64_t high = step > 0 ? size : size - 1, first = std::min<std::int64_t>(0, high);
    auto place = [&](std::int64_t i, std::int64_t low) {
        return std::clamp<std::int64_t>(i < 0 ? std::max<std::int64_t>(i, -size - 1) + size : i, low, high);
    };
    SliceAxis result{axis, place(start, first), step, 0};
    result.size = std::max<std::int64_t>(ceilDiv(place(end, step > 0 ? 0 : -1) - result.start, step), 0);
    return result;
}

struct SliceInputs {
    Integers starts, ends, axes, steps;
};

// Nullopt: only known when the model runs.
Result<std::optional<SliceInputs>> sliceInputs(const InferContext& context)
{
    const auto starts = integersOf(context, "starts", 1), ends = integersOf(context, "ends", 2),
               axes = integersOf(context, "axes", 3), steps = integersOf(context, "steps", 4);
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
Dim symbolicSlice(const GraphNode& node, const Dim& size, std::int64_t axis, std::int64_t start, std::int64_t end,
                  std::int64_t step)
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

// x[:n] has n elements where it is assumed that x has as many, as in the table of positions of a language model.
std::optional<Dim> sizeOfFirst(const InferContext& context, const std::optional<Integers>& axes)
{
    const std::optional<Integers> starts = integersInput(context, 1), steps = integersInput(context, 4);
    const auto ends = context.dimensions && context.inputs.size() > 2 ? context.dimensions(2) : std::nullopt;
    const bool plain = axes && axes->size() == 1 && starts == Integers{0} && (!steps || *steps == Integers{1});
    if (!plain || !ends || ends->size() != 1)
        return std::nullopt;
    const std::int64_t axis = axes->front() < 0 ? axes->front() + rankOf(context, 0) : axes->front();
    if (axis < 0 || axis >= rankOf(context, 0))
        return std::nullopt;
    const Dim size = shapeOf(context, 0)[std::size_t(axis)], end = ends->front();
    const bool fits = factOf(size - end + Dim(1), context.facts) && factOf(end, context.facts);
    return fits ? std::optional(end) : std::nullopt;
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
        if (const std::optional<Dim> size = sizeOfFirst(context, axes)) {
            shape[std::size_t(axes->front() < 0 ? axes->front() + rankOf(context, 0) : axes->front())] = *size;
            return Types{tensorType(type, std::move(shape))};
        }
        for (std::size_t d = 0; d < shape.size(); ++d)
            if (!axes || std::find_if(axes->begin(), axes->end(), [&](std::int64_t a) {
                             return (a < 0 ? a + rankOf(context, 0) : a) == std::int64_t(d);
                         }) != axes->end())
                shape[d] = unknownDim(context.node, 0, d);
        return Types{tensorType(type, std::move(shape))};
    }
    for (std::size_t i = 0; i < inputs->axes.size(); ++i) {
        Dim& size = shape[std::size_t(inputs->axes[i])];
        const std::int64_t axis = inputs->axes[i], start = inputs->starts[i], end = inputs->ends[i],
                           step = inputs->steps[i];
        size = size.isConstant() ? Dim(sliceAxis(axis, size.constant(), start, end, step).size)
                                 : symbolicSlice(context.node, size, axis, start, end, step);
    }
    return Types{tensorType(type, std::move(shape))};
}

// --- Bounds that are data: the loops read them, for a result of the shape that the node declares

// floor(a / b), for a divisor that is data.
Value floorQuotient(const Value& a, const Value& b) { return Value(binary(Op::FloorDiv, a.expr, b.expr)); }

// Where a bound lies in an axis of `size` elements, clamped as in sliceAxis.
Value boundPlace(const Value& bound, const Value& step, const Dim& size, bool isStart)
{
    const Value high = select(step > 0, toExpr(size), toExpr(size - Dim(1))),
                low = isStart ? minimum(intConst(0), high) : select(step > 0, intConst(0), intConst(-1));
    const Value least = toExpr(Dim(-1) - size),
                fromStart = select(bound < 0, maximum(bound, least) + Value(toExpr(size)), bound);
    return minimum(maximum(fromStart, low), high);
}

// One entry of the bounds: which part of an axis it means.
struct DataBounds {
    Value start, step, count;
};

DataBounds dataBounds(LowerContext& ctx, std::int64_t entry, const Dim& size)
{
    const Value step = ctx.given(4) ? entryOf(ctx, 4, entry) : Value(intConst(1)),
                start = boundPlace(entryOf(ctx, 1, entry), step, size, true),
                end = boundPlace(entryOf(ctx, 2, entry), step, size, false);
    return {start, step, maximum(-floorQuotient(start - end, step), 0)};
}

// Of an axis; one that no entry names is taken whole.
Value boundsOf(LowerContext& ctx, std::int64_t axis, Value DataBounds::*part, const Dim& otherwise)
{
    const TensorRef& x = ctx.input(0);
    Value chosen = toExpr(otherwise);
    for (std::int64_t entry = 0; entry < ctx.input(1).count(); ++entry)
        chosen = select(isOfAxis(ctx, 3, entry, axis, x.rank()),
                        dataBounds(ctx, entry, x.shape[std::size_t(axis)]).*part, chosen);
    return chosen;
}

Value countAlong(LowerContext& ctx, std::int64_t axis)
{
    return boundsOf(ctx, axis, &DataBounds::count, ctx.input(0).shape[std::size_t(axis)]);
}

void emitDataSlice(LowerContext& ctx)
{
    const TensorRef& x = ctx.input(0);
    const auto sizeOf = [&](std::int64_t axis) { return x.shape[std::size_t(axis)]; };
    const TensorRef starts = perAxis(ctx, "start", x.rank(),
                                     [&](std::int64_t axis) { return boundsOf(ctx, axis, &DataBounds::start, 0); }),
                    steps = perAxis(ctx, "step", x.rank(),
                                    [&](std::int64_t axis) { return boundsOf(ctx, axis, &DataBounds::step, 1); });
    ctx.compute("slice", ctx.output(), [&](const Indices& at) {
        Indices source;
        for (std::int64_t axis = 0; axis < x.rank(); ++axis) {
            const Indices here{intConst(axis)};
            const Value place = starts(here) + Value(at[std::size_t(axis)]) * steps(here);
            source.push_back(checked(place.expr, toExpr(sizeOf(axis))));
        }
        return x(source);
    });
}

Status computeDataSlice(LowerContext& ctx)
{
    checkSizes(ctx, [&](std::int64_t axis) { return countAlong(ctx, axis); });
    emitDataSlice(ctx);
    return {};
}

// How much is left of the axes that are open.
Result<Types> countSliceRule(const InferContext& context)
{
    return Types{tensorType(DType::I64, {Dim(std::int64_t(integersAttribute(context.node, "open").size()))})};
}

Status countSlice(LowerContext& ctx)
{
    const Integers open = integersAttribute(ctx.node(), "open");
    if (!ctx.given(1) || !ctx.given(2))
        return nodeError(ctx.node(), "has its bounds in attributes, which count nothing.");
    ctx.compute("counts", ctx.output(), [&](const Indices& at) {
        Value count = countAlong(ctx, open.back());
        for (std::size_t i = open.size() - 1; i-- > 0;)
            count = select(Value(at[0]) == std::int64_t(i), countAlong(ctx, open[i]), count);
        return count;
    });
    return {};
}

Status selectSlice(LowerContext& ctx)
{
    emitDataSlice(ctx);
    return {};
}

Dim mostOfSlice(const InferContext& context, std::size_t element)
{
    const Shape &x = shapeOf(context, 0), &y = context.node.outputs[0].type.tensor.shape;
    for (std::size_t d = 0; d < std::min(x.size(), y.size()); ++d)
        if (!y[d].isConstant() && !(x[d] == y[d]) && element-- == 0)
            return x[d];
    return Dim(0);
}

// The index in the input, of entry `i` of the bounds. Of a size, a bound stands as it is said: where it would be
// clamped for some size, loops do not verify.
ExprPtr slicedIndex(const SliceInputs& inputs, std::size_t i, const TensorRef& x, const ExprPtr& at)
{
    const std::int64_t axis = inputs.axes[i], start = inputs.starts[i];
    const Dim& size = x.shape[std::size_t(axis)];
    if (!size.isConstant() && inputs.steps[i] == 1)
        return at + (start < 0 ? toExpr(size + Dim(start)) : intConst(start));
    const SliceAxis part = sliceAxis(axis, x.number(axis), start, inputs.ends[i], inputs.steps[i]);
    return at * part.step + part.start;
}

Status computeSlice(LowerContext& ctx)
{
    STRATA_TRY(const std::optional<SliceInputs> inputs, sliceInputs(ctx.in));
    if (!inputs)
        return ctx.given(1) && ctx.given(2) ? computeDataSlice(ctx) : needsConstant(ctx.in, 1, "bounds");
    const TensorRef& x = ctx.input(0);
    ctx.compute("slice", ctx.output(), [&](const Indices& at) {
        Indices source = at;
        for (std::size_t i = 0; i < inputs->axes.size(); ++i) {
            ExprPtr& index = source[std::size_t(inputs->axes[i])];
            index = slicedIndex(*inputs, i, x, index);
        }
        return x(source);
    });
    return {};
}
}  // namespace

std::vector<Operator> sliceOperators()
{
    return {
        moving("Concat", "Joins tensors along an axis.", "y[i] = i < n ? a[i] : b[i - n]", concatRule, computeConcat),
        moving("Split", "Cuts a tensor into pieces along an axis.", "y1[i] = x[offset + i]", splitRule, computeSplit),
        {.name = "Slice",
         .pattern = Pattern::Injective,
         .summary = "A part of a tensor, by start, end and step along some axes.",
         .formula = "y[i] = x[start + i * step]",
         .infer = sliceRule,
         .compute = computeSlice,
         .counted = Counted{"SliceCount", "SliceSelect", 5}},
        {.name = "SliceCount",
         .domain = "strata",
         .pattern = Pattern::Opaque,
         .requiredInputs = 3,
         .summary = "How much a Slice leaves of the axes that its bounds cut.",
         .formula = "count = (end - start) / step",
         .infer = countSliceRule,
         .compute = countSlice},
        {.name = "SliceSelect",
         .domain = "strata",
         .pattern = Pattern::Opaque,
         .requiredInputs = 3,
         .summary = "The part between bounds that are data.",
         .formula = "y[i] = x[start + i * step]",
         .infer = sliceRule,
         .compute = selectSlice,
         .told = Told{5, mostOfSlice}},
    };
}

}  // namespace strata
