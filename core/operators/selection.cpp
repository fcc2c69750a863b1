// Operators whose results have as many elements as the data say. Code is made for the number that the node declares
// (or that a constant gives); data that give another one are an error of the run.
//
// What is selected is counted as it goes, and each writes its place behind those before it.
#include "core/operators/lower.h"
#include "core/operators/special_families.h"

#include <algorithm>

namespace strata {

namespace {

Indices unflattened(const Integers& shape, const ExprPtr& flat)
{
    Indices indices(shape.size());
    std::int64_t stride = 1;
    for (std::size_t i = shape.size(); i-- > 0; stride *= shape[i])
        indices[i] = i == 0 ? floorDiv(flat, stride) : floorMod(floorDiv(flat, stride), shape[i]);
    return indices;
}

// source[r]: which of `candidates` is the r-th that is selected, of `count` in all.
TensorRef selectedPlaces(LowerContext& ctx, std::int64_t candidates, std::int64_t count,
                         const std::function<Value(const ExprPtr&)>& isSelected)
{
    const std::string base = ctx.output().name;
    const TensorRef before = ctx.local(base + "_before", DType::I64, {candidates + 1}),
                    total = ctx.local(base + "_count", DType::I64, {}),
                    source = ctx.local(base + "_source", DType::I64, {std::max<std::int64_t>(count, 1)});
    ctx.ordered("count", {}, {{"e", candidates + 1}}, [&](const Indices&, const Indices& e) {
        const ExprPtr last = e[0] - intConst(1);
        const Value one = select(isSelected(last), intConst(1), intConst(0));
        return std::vector<LowerContext::Write>{
            {&before, {e[0]}, select(Value(e[0]) == 0, intConst(0), before({last}) + one)}};
    });
    ctx.compute("agree", total, [&](const Indices&) {
        return Value(checked((before({intConst(candidates)}) - count).expr, intConst(1)));
    });
    ctx.compute("none", source, [&](const Indices&) { return Value(intConst(0)); });
    if (count == 0 || candidates == 0)
        return source;
    ctx.ordered("source", {}, {{"e", candidates}}, [&](const Indices&, const Indices& e) {
        const Value place = minimum(before({e[0]}), count - 1);
        const Indices at{checked(place.expr, intConst(count))};
        const Value here = isSelected(e[0]) && before({e[0]}) < count;
        return std::vector<LowerContext::Write>{{&source, at, select(here, Value(e[0]), source(at))}};
    });
    return source;
}

ExprPtr sourceOf(const TensorRef& source, const ExprPtr& place, std::int64_t candidates)
{
    return checked(source({place}).expr, intConst(std::max<std::int64_t>(candidates, 1)));
}

bool isZero(const Tensor& tensor, std::int64_t i)
{
    return isFloat(tensor.type.dtype) ? tensor.at(i) == 0 : tensor.integerAt(i) == 0;
}

// --- NonZero
// -------------------------------------------------------------------------------------------------------------------------------

Result<Types> nonZeroRule(const InferContext& context)
{
    if (!ranked(context, 0))
        return Types{unrankedType(DType::I64)};
    Dim count = unknownDim(context.node, 0, 1);
    if (const std::optional<Tensor> x = context.constant ? context.constant(0) : std::nullopt;
        x && x->type.dtype != DType::String) {
        std::int64_t found = 0;
        for (std::int64_t i = 0; i < x->count(); ++i)
            found += isZero(*x, i) ? 0 : 1;
        count = Dim(found);
    }
    // A scalar counts as a vector of one element.
    return Types{tensorType(DType::I64, {Dim(std::max<std::int64_t>(rankOf(context, 0), 1)), count})};
}

Status computeNonZero(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const Value none = constantOf(x.dtype, 0);
    const TensorRef source = selectedPlaces(ctx, x.count(), y.number(1), [&](const ExprPtr& e) {
        const Value element = x(unflattened(x.numbers(), e));
        return x.dtype == DType::Bool ? element : element != none;
    });
    ctx.compute("place", y, {{"d", y.number(0)}, {"r", y.number(1)}}, [&](const Indices& at) {
        const Indices place = unflattened(x.numbers(), sourceOf(source, at[1], x.count()));
        Value chosen = place.empty() ? Value(intConst(0)) : Value(place.back());
        for (std::size_t d = place.size(); d-- > 1;)
            chosen = select(Value(at[0]) == std::int64_t(d - 1), Value(place[d - 1]), chosen);
        return chosen;
    });
    return {};
}

// --- Compress
// ------------------------------------------------------------------------------------------------------------------------------

// Nullopt: of all elements in a row.
Result<std::optional<std::size_t>> compressAxis(const InferContext& context)
{
    if (!hasAttribute(context.node, "axis"))
        return std::optional<std::size_t>();
    STRATA_TRY(const std::int64_t axis,
               normalizedAxis(context.node, integerAttribute(context.node, "axis", 0), rankOf(context, 0)));
    return std::optional(std::size_t(axis));
}

Result<Types> compressRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    STRATA_CHECK(needsRank(context, 1, "condition", 1));
    if (!ranked(context, 0))
        return Types{unrankedType(type)};
    STRATA_TRY(const std::optional<std::size_t> axis, compressAxis(context));
    Shape shape = axis ? shapeOf(context, 0) : Shape{Dim(1)};
    Dim& size = shape[axis.value_or(0)];
    const std::optional<Dim> elements = axis ? std::optional(size)
                                        : isConstant(shapeOf(context, 0))
                                            ? std::optional(Dim(elementCount(shapeOf(context, 0)).value_or(0)))
                                            : std::nullopt;
    if (ranked(context, 1) && elements && elements->isConstant() && shapeOf(context, 1)[0].isConstant()
        && shapeOf(context, 1)[0].constant() > elements->constant())
        return nodeError(context.node, "has a condition of " + shapeOf(context, 1)[0].text() + " elements for "
                                           + elements->text() + ".");
    const std::optional<Integers> condition = integersInput(context, 1);
    size = condition
               ? Dim(std::int64_t(condition->size() - std::size_t(std::count(condition->begin(), condition->end(), 0))))
               : unknownDim(context.node, 0, axis.value_or(0));
    return Types{tensorType(type, std::move(shape))};
}

Status computeCompress(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &condition = ctx.input(1), &y = ctx.output();
    STRATA_TRY(const std::optional<std::size_t> axis, compressAxis(ctx.in));
    const std::int64_t candidates = condition.count();
    const TensorRef source = selectedPlaces(ctx, candidates, y.number(axis.value_or(0)),
                                            [&](const ExprPtr& e) { return condition({e}); });
    if (x.count() == 0)
        return {};
    ctx.compute("compress", y, [&](const Indices& at) {
        const ExprPtr place = sourceOf(source, at[axis.value_or(0)], candidates);
        if (!axis)
            return x(unflattened(x.numbers(), place));
        Indices from = at;
        from[*axis] = place;
        return x(from);
    });
    return {};
}

// --- NonMaxSuppression
// ---------------------------------------------------------------------------------------------------------------------

Result<Types> suppressionRule(const InferContext& context)
{
    STRATA_CHECK(needsRank(context, 0, "boxes", 3));
    STRATA_CHECK(needsRank(context, 1, "scores", 3));
    if (ranked(context, 0) && ranked(context, 1)) {
        const Shape &boxes = shapeOf(context, 0), &scores = shapeOf(context, 1);
        STRATA_CHECK(needsShape(context, 0, "boxes", {boxes[0], boxes[1], Dim(4)}, "corners or sizes"));
        STRATA_CHECK(
            needsShape(context, 1, "scores", {boxes[0], scores[1], boxes[1]}, "for boxes of " + toString(boxes)));
    }
    for (const std::size_t input : {std::size_t(2), std::size_t(3), std::size_t(4)})
        STRATA_CHECK(needsOneElement(context, input, "number"));
    return Types{tensorType(DType::I64, {unknownDim(context.node, 0, 0), Dim(3)})};
}

struct Box {
    Value low, left, high, right;
    Value area() const { return (high - low) * (right - left); }
};

Box boxOf(const TensorRef& boxes, const ExprPtr& batch, const ExprPtr& number, bool byCentre)
{
    const auto part = [&](std::int64_t i) { return boxes({batch, number, intConst(i)}); };
    if (!byCentre)
        return {minimum(part(0), part(2)), minimum(part(1), part(3)), maximum(part(0), part(2)),
                maximum(part(1), part(3))};
    const Value x = part(0), y = part(1), halfWidth = part(2) / 2.0, halfHeight = part(3) / 2.0;
    return {y - halfHeight, x - halfWidth, y + halfHeight, x + halfWidth};
}

Value overlaps(const Box& a, const Box& b, const Value& threshold)
{
    const Value width = minimum(a.right, b.right) - maximum(a.left, b.left),
                height = minimum(a.high, b.high) - maximum(a.low, b.low), common = width * height,
                together = a.area() + b.area() - common;
    return width > 0.0 && height > 0.0 && common > 0.0 && a.area() > 0.0 && b.area() > 0.0 && together > 0.0
           && common / together > threshold;
}

// Boxes in the order of their scores; one is kept unless it overlaps one that was kept before it.
Status computeSuppression(LowerContext& ctx)
{
    const TensorRef &boxes = ctx.input(0), &scores = ctx.input(1), &y = ctx.output();
    const Integers shape = scores.numbers();  // batch, class, box
    const std::int64_t count = shape[2];
    const bool byCentre = integerAttribute(ctx.node(), "center_point_box", 0) != 0;
    const Axes classes{{"b", shape[0]}, {"c", shape[1]}}, all{{"b", shape[0]}, {"c", shape[1]}, {"r", count}};
    const Value none = intConst(0), one = intConst(1);
    const TensorRef rank = ctx.local(y.name + "_rank", DType::I64, shape),
                    order = ctx.local(y.name + "_order", DType::I64, shape),
                    kept = ctx.local(y.name + "_kept", DType::I64, shape),
                    hidden = ctx.local(y.name + "_hidden", DType::I64, {shape[0], shape[1]}),
                    taken = ctx.local(y.name + "_taken", DType::I64, {shape[0], shape[1]});
    ctx.reduce("rank", rank, all, {{"e", count}}, none, [&](const Indices& at, const Indices& e, const Value& before) {
        const Value other = scores({at[0], at[1], e[0]}), own = scores(at);
        const Value comes = other > own || (other == own && Value(e[0]) < Value(at[2]));
        return before + select(comes, one, none);
    });
    ctx.reduce("order", order, all, {{"e", count}}, none, [&](const Indices& at, const Indices& e, const Value& found) {
        return found + select(rank({at[0], at[1], e[0]}) == Value(at[2]), Value(e[0]), none);
    });
    ctx.compute("nothing", kept, all, [&](const Indices&) { return none; });
    ctx.compute("none_taken", taken, classes, [&](const Indices&) { return none; });
    const auto number = [&](const ExprPtr& b, const ExprPtr& c, const ExprPtr& r) {
        return checked(order({b, c, r}).expr, intConst(count));
    };
    const Value most = ctx.given(2) ? cast(DType::I64, ctx.scalar(2)) : none,
                threshold = ctx.given(3) ? ctx.scalar(3) : constantOf(boxes.dtype, 0);
    if (count > 0)
        ctx.sequence({"r", count}, [&] {
            const ExprPtr r = ctx.step();
            ctx.reduce("hidden", hidden, classes, {{"e", count}}, none,
                       [&](const Indices& at, const Indices& e, const Value& found) {
                           const Box own = boxOf(boxes, at[0], number(at[0], at[1], r), byCentre),
                                     other = boxOf(boxes, at[0], number(at[0], at[1], e[0]), byCentre);
                           const Value hides = Value(e[0]) < Value(r) && kept({at[0], at[1], e[0]}) == 1
                                               && overlaps(own, other, threshold);
                           return maximum(found, select(hides, one, none));
                       });
            ctx.computeAt(
                "keep", kept, classes,
                [&](const Indices& at) {
                    return Indices{at[0], at[1], ctx.step()};
                },
                [&](const Indices& at) {
                    const Value score = scores({at[0], at[1], number(at[0], at[1], r)});
                    const Value scores = ctx.given(4) ? score > ctx.scalar(4) : constantOf(DType::Bool, 1);
                    return select(scores && hidden(at) == 0 && taken(at) < most, one, none);
                });
            ctx.compute("take", taken, classes, [&](const Indices& at) { return taken(at) + kept({at[0], at[1], r}); });
        });
    const std::int64_t candidates = rank.count();
    const TensorRef source = selectedPlaces(ctx, candidates, y.number(0),
                                            [&](const ExprPtr& e) { return kept(unflattened(shape, e)) == 1; });
    if (candidates == 0)
        return {};
    ctx.compute("selected", y, {{"r", y.number(0)}, {"k", 3}}, [&](const Indices& at) {
        const Indices place = unflattened(shape, sourceOf(source, at[0], candidates));
        return select(Value(at[1]) == 0, Value(place[0]), select(Value(at[1]) == 1, Value(place[1]), order(place)));
    });
    return {};
}

}  // namespace

std::vector<Operator> selectionOperators()
{
    return {
        {.name = "NonZero",
         .sinceVersion = 9,
         .pattern = Pattern::Opaque,
         .summary = "Where the elements lie that are not 0, in order.",
         .formula = "y[:, r] = the place of the r-th element that is not 0",
         .infer = nonZeroRule,
         .compute = computeNonZero},
        {.name = "Compress",
         .sinceVersion = 9,
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "The slices along an axis for which a condition holds.",
         .formula = "y[r] = x[the r-th i with condition[i]]",
         .infer = compressRule,
         .compute = computeCompress},
        {.name = "NonMaxSuppression",
         .sinceVersion = 10,
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "Keeps the boxes of the greatest scores that overlap no better one too much.",
         .formula = "y[r] = (batch, class, box) of the r-th box that is kept",
         .infer = suppressionRule,
         .compute = computeSuppression},
    };
}

}  // namespace strata
