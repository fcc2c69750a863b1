// Operators whose results have as many elements as the data say. Where the node declares a number (or a constant gives
// it), code is made for that, and data that give another one are an error of the run; else they are counted first
// (core/operators/data_sizes.h).
//
// What is selected is counted as it goes, and each writes its place behind those before it.
#include "core/index/sizes.h"
#include "core/operators/lower.h"
#include "core/operators/sorting.h"
#include "core/operators/special_families.h"

#include <algorithm>

namespace strata {

namespace {

// Element `flat` of a tensor, in row-major order. Dimensions behind the first that is not 1 are numbers.
Indices unflattened(const TensorRef& x, const ExprPtr& flat)
{
    Indices indices(x.shape.size());
    std::int64_t stride = 1;
    for (std::size_t i = x.shape.size(); i-- > 0;) {
        const bool isFirst = std::all_of(x.shape.begin(), x.shape.begin() + std::ptrdiff_t(i),
                                         [](const Dim& dim) { return dim == Dim(1); });
        const ExprPtr quotient = stride == 1 ? flat : floorDiv(flat, stride);
        if (x.shape[i] == Dim(1)) {
            indices[i] = intConst(0);
            continue;
        }
        indices[i] = isFirst ? quotient : floorMod(quotient, x.number(std::int64_t(i)));
        if (!isFirst)
            stride *= x.number(std::int64_t(i));
    }
    return indices;
}

Dim elementsOf(const TensorRef& x)
{
    Dim count = 1;
    for (const Dim& dim : x.shape)
        count = count * dim;
    return count;
}

Shape shapeOfCounts() { return {Dim(1)}; }

using Selects = std::function<Value(const ExprPtr&)>;

// before[e]: how many of the candidates before e are selected.
TensorRef selectedBefore(LowerContext& ctx, const Dim& candidates, const Selects& isSelected)
{
    const TensorRef before = ctx.local(ctx.output().name + "_before", DType::I64, {candidates + Dim(1)});
    ctx.ordered("count", {}, {{"e", candidates + Dim(1)}}, [&](const Indices&, const Indices& e) {
        const ExprPtr last = e[0] - intConst(1);
        const Value one = select(isSelected(last), intConst(1), intConst(0));
        return std::vector<LowerContext::Write>{
            {&before, {e[0]}, select(Value(e[0]) == 0, intConst(0), before({last}) + one)}};
    });
    return before;
}

// source[r]: which of `candidates` is the r-th that is selected; 0 behind the last. It has room for `room` of them.
void fillSource(LowerContext& ctx, const TensorRef& source, const TensorRef& before, const Dim& candidates,
                const Dim& room, const Selects& isSelected)
{
    ctx.ordered("source", {}, {{"e", candidates}}, [&](const Indices&, const Indices& e) {
        const Indices at{checked(minimum(before({e[0]}), toExpr(room - Dim(1))).expr, toExpr(room))};
        const Value here = isSelected(e[0]) && before({e[0]}) < Value(toExpr(room));
        return std::vector<LowerContext::Write>{{&source, at, select(here, Value(e[0]), source(at))}};
    });
}

// For a number of results that is known: data that select another one are an error of the run.
TensorRef selectedPlaces(LowerContext& ctx, std::int64_t candidates, std::int64_t count, const Selects& isSelected)
{
    const std::string base = ctx.output().name;
    const TensorRef before = selectedBefore(ctx, candidates, isSelected),
                    total = ctx.local(base + "_count", DType::I64, {}),
                    source = ctx.local(base + "_source", DType::I64, {std::max<std::int64_t>(count, 1)});
    ctx.compute("agree", total, [&](const Indices&) {
        return Value(checked((before({intConst(candidates)}) - count).expr, intConst(1)));
    });
    ctx.compute("none", source, [&](const Indices&) { return Value(intConst(0)); });
    if (count > 0 && candidates > 0)
        fillSource(ctx, source, before, candidates, count, isSelected);
    return source;
}

// How many are selected, as output 0, and which, as output 1.
void countSelected(LowerContext& ctx, const Dim& candidates, const Selects& isSelected)
{
    const TensorRef before = selectedBefore(ctx, candidates, isSelected);
    ctx.compute("counts", ctx.output(0), [&](const Indices&) { return before({toExpr(candidates)}); });
    ctx.compute("none", ctx.output(1), [&](const Indices&) { return Value(intConst(0)); });
    if (!(candidates == Dim(0)))
        fillSource(ctx, ctx.output(1), before, candidates, candidates, isSelected);
}

ExprPtr sourceOf(const TensorRef& source, const ExprPtr& place, const Dim& candidates)
{
    return checked(source({place}).expr, toExpr(candidates == Dim(0) ? Dim(1) : candidates));
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

Value isNotZero(const TensorRef& x, const ExprPtr& e)
{
    const Value element = x(unflattened(x, e));
    return x.dtype == DType::Bool ? element : element != constantOf(x.dtype, 0);
}

// The r-th place that was found, a coordinate a row.
void emitPlaces(LowerContext& ctx, const TensorRef& source)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    ctx.compute("place", y, {{"d", y.number(0)}, {"r", y.shape[1]}}, [&](const Indices& at) {
        const Indices place = unflattened(x, sourceOf(source, at[1], elementsOf(x)));
        Value chosen = place.empty() ? Value(intConst(0)) : Value(place.back());
        for (std::size_t d = place.size(); d-- > 1;)
            chosen = select(Value(at[0]) == std::int64_t(d - 1), Value(place[d - 1]), chosen);
        return chosen;
    });
}

Status computeNonZero(LowerContext& ctx)
{
    const TensorRef& x = ctx.input(0);
    emitPlaces(
        ctx, selectedPlaces(ctx, x.count(), ctx.output().number(1), [&](const ExprPtr& e) { return isNotZero(x, e); }));
    return {};
}

Shape elementsOf(const InferContext& context, std::size_t input)
{
    Dim count = 1;
    for (const Dim& dim : shapeOf(context, input))
        count = count * dim;
    return {count};
}

Result<Types> countNonZeroRule(const InferContext& context)
{
    return Types{tensorType(DType::I64, shapeOfCounts()), tensorType(DType::I64, elementsOf(context, 0))};
}

Status countNonZero(LowerContext& ctx)
{
    const TensorRef& x = ctx.input(0);
    countSelected(ctx, elementsOf(x), [&](const ExprPtr& e) { return isNotZero(x, e); });
    return {};
}

Status selectNonZero(LowerContext& ctx)
{
    emitPlaces(ctx, ctx.input(2));
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

Status emitCompressed(LowerContext& ctx, const TensorRef& source)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    STRATA_TRY(const std::optional<std::size_t> axis, compressAxis(ctx.in));
    if (elementCount(x.shape) == 0)
        return {};
    ctx.compute("compress", y, [&](const Indices& at) {
        const Dim candidates = axis ? x.shape[*axis] : elementsOf(x);
        const ExprPtr place = sourceOf(source, at[axis.value_or(0)], candidates);
        if (!axis)
            return x(unflattened(x, place));
        Indices from = at;
        from[*axis] = place;
        return x(from);
    });
    return {};
}

Status computeCompress(LowerContext& ctx)
{
    const TensorRef& condition = ctx.input(1);
    STRATA_TRY(const std::optional<std::size_t> axis, compressAxis(ctx.in));
    return emitCompressed(ctx,
                          selectedPlaces(ctx, condition.count(), ctx.output().number(std::int64_t(axis.value_or(0))),
                                         [&](const ExprPtr& e) { return condition({e}); }));
}

Result<Types> countCompressRule(const InferContext& context)
{
    return Types{tensorType(DType::I64, shapeOfCounts()), tensorType(DType::I64, elementsOf(context, 1))};
}

Status countCompress(LowerContext& ctx)
{
    const TensorRef& condition = ctx.input(1);
    countSelected(ctx, condition.shape[0], [&](const ExprPtr& e) { return condition({e}); });
    return {};
}

Status selectCompress(LowerContext& ctx) { return emitCompressed(ctx, ctx.input(3)); }

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
    Value area = (high - low) * (right - left);
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

// ONNX's rule asks for more: that both areas and what is common are more than 0, too. Where width and common are, so is
// the height; neither side is larger than those of a and b, and rounding keeps that order, so common is no larger than
// either area and together is no less. A side that is NaN makes the area NaN and the last comparison false.
Value overlaps(const Box& a, const Box& b, const Value& threshold)
{
    const Value width = orderedMinimum(a.right, b.right) - orderedMaximum(a.left, b.left),
                height = orderedMinimum(a.high, b.high) - orderedMaximum(a.low, b.low);
    return let("width", width, [&](const Value& width) {
        return let("common", width * height, [&](const Value& common) {
            const Value together = a.area + b.area - common;
            return width > 0.0 && common > 0.0 && common / together > threshold;
        });
    });
}

// Boxes as a buffer a part, so that neighbours lie side by side.
struct Boxes {
    TensorRef low, left, high, right, area;

    Boxes(LowerContext& ctx, const std::string& base, const TensorRef& boxes, const Shape& shape)
        : low(ctx.local(base + "_low", boxes.dtype, shape))
        , left(ctx.local(base + "_left", boxes.dtype, shape))
        , high(ctx.local(base + "_high", boxes.dtype, shape))
        , right(ctx.local(base + "_right", boxes.dtype, shape))
        , area(ctx.local(base + "_area", boxes.dtype, shape))
    {
    }
    Box operator()(const Indices& at) const { return {low(at), left(at), high(at), right(at), area(at)}; }

    // Each part in a block of its own: write(its name, its buffer, which part of a box it is).
    void eachPart(const std::function<void(const std::string&, const TensorRef&, Value Box::*)>& write) const
    {
        write("low", low, &Box::low);
        write("left", left, &Box::left);
        write("high", high, &Box::high);
        write("right", right, &Box::right);
        write("area", area, &Box::area);
    }
};

// Boxes in the order of their scores; one is kept unless it overlaps one that was kept before it.
struct Suppression {
    TensorRef scores, order, kept;  // batch, class, rank

    Dim candidates() const { return elementsOf(kept); }
    Value isKept(const ExprPtr& e) const { return kept(unflattened(kept, e)) == 1; }
    // The batch, class or box of a candidate.
    Value part(const ExprPtr& part, const ExprPtr& candidate) const
    {
        const Indices place = unflattened(kept, candidate);
        return select(Value(part) == 0, Value(place[0]), select(Value(part) == 1, Value(place[1]), order(place)));
    }
};

// How many boxes of a class there is room for: as many as may be kept, where that is known. Where the number of boxes
// is not known, it may be less than that, and what is beyond it costs for nothing: a little of it is taken, no more.
Dim roomOf(const LowerContext& ctx, const Dim& count)
{
    const std::optional<Integers> most = integersInput(ctx.in, 2);
    if (!most || most->size() != 1)
        return count;
    constexpr std::int64_t little = 4096;
    const std::int64_t room = std::max<std::int64_t>((*most)[0], 1);
    if (count.isConstant())
        return std::min(room, count.constant());
    return room <= little ? Dim(room) : count;
}

Value isGreater(const Value& a, const Value& b) { return a > b; }

// Box after box, each against those that were kept before it, which stand in a list.
Suppression suppress(LowerContext& ctx)
{
    const TensorRef &boxes = ctx.input(0), &scores = ctx.input(1);
    const std::string base = ctx.output().name;
    const Shape& shape = scores.shape;  // batch, class, box
    const Dim count = shape[2], room = roomOf(ctx, count);
    const bool byCentre = integerAttribute(ctx.node(), "center_point_box", 0) != 0;
    const Axes classes{{"b", shape[0]}, {"c", shape[1]}}, all{{"b", shape[0]}, {"c", shape[1]}, {"r", count}},
        list{{"b", shape[0]}, {"c", shape[1]}, {"k", room}};
    const Value none = intConst(0), one = intConst(1);
    const TensorRef order = sortedOrder(ctx, base, scores, 2, isGreater),
                    kept = ctx.local(base + "_kept", DType::I64, shape),
                    hidden = ctx.local(base + "_hidden", DType::I32, {shape[0], shape[1]}),
                    taken = ctx.local(base + "_taken", DType::I64, {shape[0], shape[1]});
    const Boxes sorted(ctx, base + "_sorted", boxes, shape),
        better(ctx, base + "_better", boxes, {shape[0], shape[1], room});
    ctx.compute("nothing", kept, all, [&](const Indices&) { return none; });
    ctx.compute("none_taken", taken, classes, [&](const Indices&) { return none; });
    if (count == Dim(0))
        return {scores, order, kept};
    sorted.eachPart([&](const std::string& name, const TensorRef& out, Value Box::*part) {
        ctx.compute("sort_" + name, out, all, [&](const Indices& at) {
            return boxOf(boxes, at[0], checked(order(at).expr, toExpr(count)), byCentre).*part;
        });
    });
    // A place of the list that none has taken holds a box without area, which overlaps nothing.
    better.eachPart([&](const std::string& name, const TensorRef& out, Value Box::*) {
        ctx.compute("empty_" + name, out, list, [&](const Indices&) { return constantOf(boxes.dtype, 0); });
    });
    const Value most = ctx.given(2) ? cast(DType::I64, ctx.scalar(2)) : none,
                threshold = ctx.given(3) ? ctx.scalar(3) : constantOf(boxes.dtype, 0);
    ctx.sequence({"r", count}, [&] {
        const auto rank = [&](const Indices& at) { return Indices{at[0], at[1], ctx.step()}; };
        const Value no = constantOf(DType::I32, 0), yes = constantOf(DType::I32, 1);  // as wide as a side of a box
        ctx.reduce("hidden", hidden, classes, {{"k", room}}, no,
                   [&](const Indices& at, const Indices& k, const Value& found) {
                       // A loop ends where its condition fails for good (core/analysis/idle.h).
                       const Value hides = overlaps(sorted(rank(at)), better({at[0], at[1], k[0]}), threshold);
                       return select(Value(k[0]) < taken(at) && hides, maximum(found, yes), found);
                   });
        ctx.computeAt("keep", kept, classes, rank, [&](const Indices& at) {
            const ExprPtr number = checked(order(rank(at)).expr, toExpr(count));
            const Value score = scores({at[0], at[1], number});
            const Value counts = ctx.given(4) ? score > ctx.scalar(4) : constantOf(DType::Bool, 1);
            return select(counts && hidden(at) == 0 && taken(at) < most, one, none);
        });
        better.eachPart([&](const std::string& name, const TensorRef& out, Value Box::*part) {
            const auto place = [&](const Indices& at) {
                const Value last = Value(toExpr(room)) - one;
                return Indices{at[0], at[1], checked(minimum(taken(at), last).expr, toExpr(room))};
            };
            ctx.computeAt("list_" + name, out, classes, place, [&](const Indices& at) {
                return select(kept(rank(at)) == 1, sorted(rank(at)).*part, out(place(at)));
            });
        });
        ctx.compute("take", taken, classes, [&](const Indices& at) { return taken(at) + kept(rank(at)); });
    });
    return {scores, order, kept};
}

Status computeSuppression(LowerContext& ctx)
{
    const TensorRef& y = ctx.output();
    const std::int64_t candidates = ctx.input(1).count();
    const Suppression suppression = suppress(ctx);
    const TensorRef source = selectedPlaces(ctx, candidates, y.number(0),
                                            [&](const ExprPtr& e) { return suppression.isKept(e); });
    if (candidates > 0)
        ctx.compute("selected", y, {{"r", y.number(0)}, {"k", 3}},
                    [&](const Indices& at) { return suppression.part(at[1], sourceOf(source, at[0], candidates)); });
    return {};
}

// The rows that may be selected, those that are first.
Result<Types> countSuppressionRule(const InferContext& context)
{
    STRATA_CHECK(suppressionRule(context));
    if (!ranked(context, 1))
        return Types{};
    const Dim candidates = elementsOf(context, 1)[0];
    return Types{tensorType(DType::I64, shapeOfCounts()), tensorType(DType::I64, {candidates, Dim(3)})};
}

Status countSuppression(LowerContext& ctx)
{
    const Suppression suppression = suppress(ctx);
    const Dim candidates = suppression.candidates();
    const Selects isKept = [&](const ExprPtr& e) { return suppression.isKept(e); };
    const TensorRef before = selectedBefore(ctx, candidates, isKept),
                    source = ctx.local(ctx.output(1).name + "_source", DType::I64, {candidates});
    ctx.compute("counts", ctx.output(0), [&](const Indices&) { return before({toExpr(candidates)}); });
    ctx.compute("none", source, [&](const Indices&) { return Value(intConst(0)); });
    if (candidates == Dim(0))
        return {};
    fillSource(ctx, source, before, candidates, candidates, isKept);
    ctx.compute("rows", ctx.output(1), {{"r", candidates}, {"k", 3}},
                [&](const Indices& at) { return suppression.part(at[1], sourceOf(source, at[0], candidates)); });
    return {};
}

Status selectSuppression(LowerContext& ctx)
{
    const TensorRef& rows = ctx.input(6);
    ctx.compute("selected", ctx.output(), [&](const Indices& at) { return rows(at); });
    return {};
}

// --- Expect
// ------------------------------------------------------------------------------------------------------------------------------

// What the importer made of a model holds for one value of an input (core/onnx/import.h): any other is an error of the
// run.
Status computeExpect(LowerContext& ctx)
{
    const Integers wanted = integersAttribute(ctx.node(), "value");
    const TensorRef &x = ctx.input(0), &value = ctx.input(1), &y = ctx.output();
    if (value.count() != std::int64_t(wanted.size()))
        return nodeError(ctx.node(), "expects " + std::to_string(wanted.size()) + " elements.");
    const TensorRef others = ctx.local(y.name + "_others", DType::I64, {});
    ctx.compute("expected", others, [&](const Indices&) {
        Value count = intConst(0);
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const Value element = value(unflattened(value, intConst(std::int64_t(i))));
            const Value is = element.type() == DType::Bool ? (wanted[i] != 0 ? element : !element)
                                                           : element == Value(intConst(wanted[i], element.type()));
            count = count + select(is, intConst(0), intConst(1));
        }
        return Value(checked(count.expr, intConst(1)));
    });
    ctx.compute("passed_on", y, [&](const Indices& at) { return x(at); });
    return {};
}

// As many as the list that the counting operator made has room for.
Told toldBy(std::size_t input)
{
    return {input, [input](const InferContext& context, std::size_t) { return shapeOf(context, input + 1)[0]; }};
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
         .compute = computeNonZero,
         .counted = Counted{"NonZeroCount", "NonZeroSelect", 1}},
        {.name = "NonZeroCount",
         .domain = "strata",
         .pattern = Pattern::Opaque,
         .summary = "How many elements are not 0, and which, in a row.",
         .formula = "count = #{x != 0}",
         .infer = countNonZeroRule,
         .compute = countNonZero},
        {.name = "NonZeroSelect",
         .domain = "strata",
         .pattern = Pattern::Opaque,
         .requiredInputs = 3,
         .summary = "Where the elements lie that were found.",
         .formula = "y[:, r] = the place of element source[r]",
         .infer = nonZeroRule,
         .compute = selectNonZero,
         .told = toldBy(1)},
        {.name = "Expect",
         .domain = "strata",
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "Hands on its input where another one has the value that the model was opened for.",
         .formula = "y = x, if v == value",
         .infer = sameAsFirst,
         .compute = computeExpect},
        {.name = "Compress",
         .sinceVersion = 9,
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "The slices along an axis for which a condition holds.",
         .formula = "y[r] = x[the r-th i with condition[i]]",
         .infer = compressRule,
         .compute = computeCompress,
         .counted = Counted{"CompressCount", "CompressSelect", 2}},
        {.name = "CompressCount",
         .domain = "strata",
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "For how many slices a condition holds, and for which.",
         .formula = "count = #{condition}",
         .infer = countCompressRule,
         .compute = countCompress},
        {.name = "CompressSelect",
         .domain = "strata",
         .pattern = Pattern::Opaque,
         .requiredInputs = 4,
         .summary = "The slices that were found.",
         .formula = "y[r] = x[source[r]]",
         .infer = compressRule,
         .compute = selectCompress,
         .told = toldBy(2)},
        {.name = "NonMaxSuppression",
         .sinceVersion = 10,
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "Keeps the boxes of the greatest scores that overlap no better one too much.",
         .formula = "y[r] = (batch, class, box) of the r-th box that is kept",
         .infer = suppressionRule,
         .compute = computeSuppression,
         .counted = Counted{"NonMaxSuppressionCount", "NonMaxSuppressionSelect", 5}},
        {.name = "NonMaxSuppressionCount",
         .domain = "strata",
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "How many boxes are kept, and which.",
         .formula = "count = #{boxes that overlap no better one too much}",
         .infer = countSuppressionRule,
         .compute = countSuppression},
        {.name = "NonMaxSuppressionSelect",
         .domain = "strata",
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "The boxes that are kept.",
         .formula = "y[r] = rows[r]",
         .infer = suppressionRule,
         .compute = selectSuppression,
         .told = toldBy(5)},
    };
}

}  // namespace strata
