// Unique: elements, or slices along an axis, that differ from all before them. Where the node declares how many, code
// is made for that, and data that have another number of them are an error of the run; else they are counted first.
#include "core/ir/text_functions.h"
#include "core/operators/lower.h"
#include "core/operators/special_families.h"

#include <algorithm>
#include <set>

namespace strata {

namespace {

// What is compared: slices along an axis, or all elements in a row.
struct Slices {
    std::optional<std::size_t> axis;
    std::int64_t count = 0, size = 1;
    Integers shape;

    Indices place(const ExprPtr& slice, const ExprPtr& element) const
    {
        Indices at(shape.size());
        ExprPtr rest = axis ? element : slice;
        for (std::size_t d = shape.size(); d-- > 0;) {
            if (axis && d == *axis) {
                at[d] = slice;
                continue;
            }
            at[d] = floorMod(rest, shape[d]);
            rest = floorDiv(rest, shape[d]);
        }
        return at;
    }
};

Result<Slices> slicesOf(const InferContext& context, const Integers& shape)
{
    Slices slices{{}, 1, 1, shape};
    if (hasAttribute(context.node, "axis")) {
        STRATA_TRY(const std::int64_t axis,
                   normalizedAxis(context.node, integerAttribute(context.node, "axis", 0), std::int64_t(shape.size())));
        slices.axis = std::size_t(axis);
    }
    for (std::size_t d = 0; d < shape.size(); ++d)
        (!slices.axis || d == *slices.axis ? slices.count : slices.size) *= shape[d];
    return slices;
}

// How many slices differ, where the input is known.
std::int64_t distinct(const Tensor& x, const Slices& slices)
{
    std::int64_t inner = 1;
    for (std::size_t d = slices.axis.value_or(0) + 1; slices.axis && d < slices.shape.size(); ++d)
        inner *= slices.shape[d];
    std::set<std::vector<double>> seen;
    for (std::int64_t slice = 0; slice < slices.count; ++slice) {
        std::vector<double> key;
        for (std::int64_t e = 0; e < slices.size; ++e) {
            const std::int64_t at = slices.axis ? (e / inner * slices.count + slice) * inner + e % inner : slice;
            const double value = x.at(at);
            key.push_back(value == value ? value : std::numeric_limits<double>::infinity());
            key.push_back(value == value ? 0 : 1);  // NaN is one value, behind all others
        }
        seen.insert(std::move(key));
    }
    return std::int64_t(seen.size());
}

Result<Types> uniqueRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    if (!ranked(context, 0)) {
        const ValueType list = tensorType(DType::I64, {unknownDim(context.node, 1, 0)});
        return Types{unrankedType(type), list, list, list};
    }
    const Shape& x = shapeOf(context, 0);
    std::int64_t axis = 0;
    const bool hasAxis = hasAttribute(context.node, "axis");
    if (hasAxis) {
        STRATA_TRY(axis,
                   normalizedAxis(context.node, integerAttribute(context.node, "axis", 0), std::int64_t(x.size())));
    }
    Dim count = unknownDim(context.node, 0, std::size_t(axis)), candidates = hasAxis ? x[std::size_t(axis)] : Dim(1);
    for (std::size_t d = 0; !hasAxis && d < x.size(); ++d)
        candidates = candidates * x[d];
    if (const std::optional<Tensor> known = context.constant ? context.constant(0) : std::nullopt;
        known && type != DType::String) {
        STRATA_TRY(const Slices slices, slicesOf(context, constants(x)));
        count = Dim(distinct(*known, slices));
    }
    Shape shape = hasAxis ? x : Shape{count};
    shape[std::size_t(axis)] = count;
    return Types{tensorType(type, shape), tensorType(DType::I64, {count}), tensorType(DType::I64, {candidates}),
                 tensorType(DType::I64, {count})};
}

// -1, 0 or 1 for a before, equal to or behind b; NaN is behind all else, and equal to itself.
Value order(const Value& a, const Value& b)
{
    const Value less = constantOf(DType::I32, -1), equal = constantOf(DType::I32, 0), more = constantOf(DType::I32, 1);
    if (a.type() == DType::Bool)
        return cast(DType::I32, a) - cast(DType::I32, b);
    if (a.type() == DType::String)
        return select(a == b, equal, select(Value(textCall("text_before", {a.expr, b.expr})), less, more));
    if (!isFloat(a.type()))
        return select(a < b, less, select(b < a, more, equal));
    return select(isSame(a, b), equal, select(a < b || b != b, less, more));
}

// Which slices are first of their value, and how each stands in the result.
struct Ranked {
    Slices slices;
    TensorRef first, rank, found;  // found: how many are first
    Value isFirst(const ExprPtr& i) const { return first({i}) == Value(i); }
};

Result<Ranked> rankSlices(LowerContext& ctx, const std::string& base)
{
    const TensorRef& x = ctx.input(0);
    STRATA_TRY(const Slices slices, slicesOf(ctx.in, x.numbers()));
    const bool sorted = integerAttribute(ctx.node(), "sorted", 1) != 0;
    const std::int64_t n = slices.count;
    const Value none = intConst(0), one = intConst(1);
    const TensorRef compared = ctx.local(base + "_order", DType::I32, {n, n}),
                    first = ctx.local(base + "_first", DType::I64, {n}),
                    rank = ctx.local(base + "_rank", DType::I64, {n}),
                    found = ctx.local(base + "_found", DType::I64, std::initializer_list<Dim>{});
    Ranked ranked{slices, first, rank, found};
    const Axes all{{"i", n}}, pairs{{"i", n}, {"j", n}};
    ctx.compute("begin", compared, pairs, [&](const Indices&) { return constantOf(DType::I32, 0); });
    ctx.ordered("order", pairs, {{"e", slices.size}}, [&](const Indices& at, const Indices& e) {
        const Value before = compared(at);
        return std::vector<LowerContext::Write>{
            {&compared, at,
             select(before != 0, before, order(x(slices.place(at[0], e[0])), x(slices.place(at[1], e[0]))))}};
    });
    ctx.reduce("first", first, all, {{"j", n}}, intConst(n),
               [&](const Indices& at, const Indices& j, const Value& least) {
                   return minimum(least, select(compared({at[0], j[0]}) == 0, Value(j[0]), intConst(n)));
               });
    ctx.reduce("found", found, Axes{}, {{"j", n}}, none, [&](const Indices&, const Indices& j, const Value& sum) {
        return sum + select(ranked.isFirst(j[0]), one, none);
    });
    ctx.reduce("rank", rank, all, {{"j", n}}, none, [&](const Indices& at, const Indices& j, const Value& sum) {
        const Value before = sorted ? compared({j[0], at[0]}) < 0 : Value(j[0]) < first(at);
        return sum + select(ranked.isFirst(j[0]) && before, one, none);
    });
    return ranked;
}

// source[r]: the first slice of the r-th value, 0 behind the last.
void emitSource(LowerContext& ctx, const Ranked& ranked, const TensorRef& source)
{
    const Value none = intConst(0);
    ctx.reduce("source", source, {{"r", source.shape[0]}}, {{"j", ranked.slices.count}}, none,
               [&](const Indices& at, const Indices& j, const Value& sum) {
                   return sum + select(ranked.isFirst(j[0]) && ranked.rank(j) == Value(at[0]), Value(j[0]), none);
               });
}

void emitUnique(LowerContext& ctx, const Slices& slices, const TensorRef& source, const TensorRef& rank)
{
    const TensorRef& x = ctx.input(0);
    const Value none = intConst(0), one = intConst(1);
    const std::int64_t n = slices.count;
    const auto sourceOf = [&](const ExprPtr& r) { return checked(source({r}).expr, intConst(n)); };
    if (ctx.wanted(0))
        ctx.compute("unique", ctx.output(), [&](const Indices& at) {
            Indices from = at;
            if (!slices.axis)
                return x(slices.place(sourceOf(at[0]), intConst(0)));
            from[*slices.axis] = sourceOf(at[*slices.axis]);
            return x(from);
        });
    if (ctx.wanted(1))
        ctx.compute("indices", ctx.output(1), [&](const Indices& at) { return source(at); });
    if (ctx.wanted(2))
        ctx.compute("inverse", ctx.output(2), [&](const Indices& at) { return rank(at); });
    if (ctx.wanted(3))
        ctx.reduce("counts", ctx.output(3), {{"j", n}}, none,
                   [&](const Indices& at, const Indices& j, const Value& sum) {
                       return sum + select(rank(j) == Value(at[0]), one, none);
                   });
}

Status computeUnique(LowerContext& ctx)
{
    STRATA_TRY(const Slices slices, slicesOf(ctx.in, ctx.input(0).numbers()));
    const std::int64_t n = slices.count, count = ctx.output().number(std::int64_t(slices.axis.value_or(0)));
    const std::string base = ctx.output().name;
    const TensorRef total = ctx.local(base + "_total", DType::I64, std::initializer_list<Dim>{});
    if (n == 0 || count == 0) {
        ctx.compute("agree", total,
                    [&](const Indices&) { return Value(checked(intConst(n == 0 ? count : 1), intConst(1))); });
        return {};
    }
    const TensorRef source = ctx.local(base + "_source", DType::I64, {count});
    STRATA_TRY(const Ranked ranked, rankSlices(ctx, base));
    ctx.compute("agree", total,
                [&](const Indices&) { return Value(checked((ranked.found(Indices{}) - count).expr, intConst(1))); });
    emitSource(ctx, ranked, source);
    emitUnique(ctx, slices, source, ranked.rank);
    return {};
}

// How many differ, the first of each, and which one each slice is.
Result<Types> countUniqueRule(const InferContext& context)
{
    if (!ranked(context, 0) || !isConstant(shapeOf(context, 0)))
        return nodeError(context.node, "counts slices of a shape of numbers.");
    STRATA_TRY(const Slices slices, slicesOf(context, constants(shapeOf(context, 0))));
    const ValueType list = tensorType(DType::I64, {Dim(slices.count)});
    return Types{tensorType(DType::I64, {Dim(1)}), list, list};
}

Status countUnique(LowerContext& ctx)
{
    STRATA_TRY(const Ranked ranked, rankSlices(ctx, ctx.output().name));
    ctx.compute("counts", ctx.output(), [&](const Indices&) { return ranked.found(Indices{}); });
    emitSource(ctx, ranked, ctx.output(1));
    ctx.compute("ranks", ctx.output(2), [&](const Indices& at) { return ranked.rank(at); });
    return {};
}

Status selectUnique(LowerContext& ctx)
{
    STRATA_TRY(const Slices slices, slicesOf(ctx.in, ctx.input(0).numbers()));
    emitUnique(ctx, slices, ctx.input(2), ctx.input(3));
    return {};
}

}  // namespace

std::vector<Operator> uniqueOperators()
{
    return {
        {.name = "Unique",
         .sinceVersion = 11,
         .pattern = Pattern::Opaque,
         .summary = "Each value once, where it first stands, which one each element is, and how often it occurs.",
         .formula = "y = the values of x, each once",
         .infer = uniqueRule,
         .compute = computeUnique,
         .counted = Counted{"UniqueCount", "UniqueSelect", 1}},
        {.name = "UniqueCount",
         .domain = "strata",
         .pattern = Pattern::Opaque,
         .summary = "How many values there are, where each first stands, and which one each element is.",
         .formula = "count = #{values of x}",
         .infer = countUniqueRule,
         .compute = countUnique},
        {.name = "UniqueSelect",
         .domain = "strata",
         .pattern = Pattern::Opaque,
         .requiredInputs = 4,
         .summary = "The values that were found.",
         .formula = "y[r] = x[source[r]]",
         .infer = uniqueRule,
         .compute = selectUnique,
         .told = Told{1, [](const InferContext& context, std::size_t) { return shapeOf(context, 2)[0]; }}},
    };
}

}  // namespace strata
