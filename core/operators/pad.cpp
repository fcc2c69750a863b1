// Operators that put a border around a tensor.
#include "core/operators/data_inputs.h"
#include "core/operators/families.h"
#include "core/operators/movement.h"
#include "core/operators/reduction.h"

#include <algorithm>

namespace strata {

namespace {
struct Pads {
    Integers begin, end;
};

// Nullopt: only known when the model runs.
Result<std::optional<Pads>> padsOf(const InferContext& context)
{
    const std::size_t rank = std::size_t(rankOf(context, 0));
    // The first version of the operator calls them otherwise.
    const auto given = integersOf(context, hasAttribute(context.node, "paddings") ? "paddings" : "pads", 1),
               which = integersOf(context, "axes", 3);
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
        return nodeError(context.node, "has " + std::to_string((*given)->size()) + " pads for "
                                           + std::to_string(axes.size()) + " axes.");
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
    STRATA_CHECK(needsWord(context.node, "mode", {"constant", "reflect", "edge", "wrap"}));
    STRATA_CHECK(needsRank(context, 1, "pads", 1));
    STRATA_CHECK(needsRank(context, 3, "axes", 1));
    STRATA_CHECK(needsOneElement(context, 2, "constant_value"));
    STRATA_TRY(const std::optional<Pads> pads, padsOf(context));
    Shape shape = shapeOf(context, 0);
    for (std::size_t i = 0; pads && i < shape.size(); ++i)
        if (shape[i] == Dim(0) && std::max(pads->begin[i], pads->end[i]) > 0
            && textAttribute(context.node, "mode", "constant") != "constant")
            return nodeError(context.node, "pads " + toString(shape) + " with elements that it does not have.");
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

Status computeDataPad(LowerContext& ctx)
{
    const TensorRef& x = ctx.input(0);
    const std::int64_t entries = ctx.input(1).count() / 2;
    // Before (`from` is 0) or behind an axis; none where no entry names it.
    const auto pads = [&](std::int64_t axis, std::int64_t from) {
        Value chosen = intConst(0);
        for (std::int64_t entry = 0; entry < entries; ++entry)
            chosen = select(isOfAxis(ctx, 3, entry, axis, x.rank()), entryOf(ctx, 1, from + entry), chosen);
        return chosen;
    };
    checkSizes(ctx, [&](std::int64_t axis) { return pads(axis, 0) + x.number(axis) + pads(axis, entries); });
    const TensorRef begin = perAxis(ctx, "begin", x.rank(), [&](std::int64_t axis) { return pads(axis, 0); });
    const std::string mode = textAttribute(ctx.node(), "mode", "constant");
    const Value fill = ctx.given(2) ? ctx.scalar(2) : constantOf(x.dtype, 0);
    ctx.compute("pad", ctx.output(), [&](const Indices& at) {
        Indices source;
        Value inSource = constantOf(DType::Bool, 1);
        for (std::size_t i = 0; i < at.size(); ++i) {
            const ExprPtr place = (Value(at[i]) - begin({intConst(std::int64_t(i))})).expr;
            inSource = inSource && inside(place, 0, x.number(i));
            source.push_back(checked(mode == "constant" ? place : foldedIndex(place, x.number(i), mode, false),
                                     intConst(x.number(i))));
        }
        return mode == "constant" ? select(inSource, x(source), fill) : x(source);
    });
    return {};
}

Status computePad(LowerContext& ctx)
{
    STRATA_TRY(const std::optional<Pads> pads, padsOf(ctx.in));
    if (!pads)
        return ctx.given(1) && ctx.input(1).rank() == 1 ? computeDataPad(ctx) : needsConstant(ctx.in, 1, "pads");
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
                const Value here = inside(source[i], 0, x.number(i));
                inSource = inSource ? *inSource && here : here;
            } else if (leaves) {
                source[i] = foldedIndex(source[i], x.number(i), mode,
                                        std::max(pads->begin[i], pads->end[i]) < x.number(i));
            }
        }
        return inSource ? select(*inSource, x(source), fill) : x(source);
    });
    return {};
}

// --- CenterCropPad
// -----------------------------------------------------------------------------------------------------------------------

Result<Integers> cropAxes(const InferContext& context)
{
    const std::int64_t rank = rankOf(context, 0);
    const Integers axes = integersAttribute(context.node, "axes");
    return normalizedAxes(context.node, axes.empty() ? axesFrom(0, rank) : axes, rank);
}

Result<Types> cropRule(const InferContext& context)
{
    if (!ranked(context, 0))
        return Types{unrankedType(dtypeOf(context, 0))};
    STRATA_TRY(const Integers axes, cropAxes(context));
    const std::optional<Shape> wanted = dimensionsInput(context, 1);
    if (wanted && wanted->size() != axes.size())
        return nodeError(context.node, "has " + std::to_string(wanted->size()) + " sizes for "
                                           + std::to_string(axes.size()) + " axes.");
    STRATA_CHECK(needsRank(context, 1, "shape", 1));
    Shape shape = shapeOf(context, 0);
    for (std::size_t i = 0; i < axes.size(); ++i)
        shape[std::size_t(axes[i])] = wanted ? (*wanted)[i] : unknownDim(context.node, 0, std::size_t(axes[i]));
    return Types{tensorType(dtypeOf(context, 0), std::move(shape))};
}

// Where the input is larger its middle is kept, where it is smaller zeros surround it.
Status computeCrop(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    ctx.compute("center_crop_pad", y, [&](const Indices& at) {
        Indices source = at;
        std::optional<Value> inSource;
        for (std::size_t i = 0; i < at.size(); ++i) {
            const std::int64_t extra = y.number(i) - x.number(i);
            source[i] = extra <= 0 ? at[i] + -extra / 2 : at[i] - extra / 2;
            if (extra <= 0)
                continue;
            const Value here = inside(source[i], 0, x.number(i));
            inSource = inSource ? *inSource && here : here;
        }
        return inSource ? select(*inSource, x(source), 0) : x(source);
    });
    return {};
}
}  // namespace

std::vector<Operator> padOperators()
{
    return {
        moving("Pad", "Adds a border: of one value, of mirrored or of repeated elements.",
               "y[i] = 0 <= i - p < n ? x[i - p] : value", padRule, computePad),
        moving("CenterCropPad", "Cuts or pads around the middle to given sizes.",
               "y[i] = 0 <= i + d < n ? x[i + d] : 0", cropRule, computeCrop, 2),
    };
}

}  // namespace strata
