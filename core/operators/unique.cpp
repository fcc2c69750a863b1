// Unique: elements, or slices along an axis, that differ from all before them. Code is made for as many as the node
// declares; data that have another number of them are an error of the run.
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
    if (!isFloat(a.type()))
        return select(a < b, less, select(b < a, more, equal));
    return select(isSame(a, b), equal, select(a < b || b != b, less, more));
}

Status computeUnique(LowerContext& ctx)
{
    const TensorRef& x = ctx.input(0);
    STRATA_TRY(const Slices slices, slicesOf(ctx.in, x.numbers()));
    const bool sorted = integerAttribute(ctx.node(), "sorted", 1) != 0;
    const std::int64_t n = slices.count, count = ctx.output().number(std::int64_t(slices.axis.value_or(0)));
    const std::string base = ctx.output().name;
    const Value none = intConst(0), one = intConst(1);
    const TensorRef total = ctx.local(base + "_total", DType::I64, std::initializer_list<Dim>{});
    if (n == 0 || count == 0) {
        ctx.compute("agree", total,
                    [&](const Indices&) { return Value(checked(intConst(n == 0 ? count : 1), intConst(1))); });
        return {};
    }
    const TensorRef compared = ctx.local(base + "_order", DType::I32, {n, n}),
                    first = ctx.local(base + "_first", DType::I64, {n}),
                    rank = ctx.local(base + "_rank", DType::I64, {n}),
                    source = ctx.local(base + "_source", DType::I64, {count}),
                    found = ctx.local(base + "_found", DType::I64, std::initializer_list<Dim>{});
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
    const auto isFirst = [&](const ExprPtr& i) { return first({i}) == Value(i); };
    ctx.reduce("found", found, Axes{}, {{"j", n}}, none, [&](const Indices&, const Indices& j, const Value& sum) {
        return sum + select(isFirst(j[0]), one, none);
    });
    ctx.compute("agree", total,
                [&](const Indices&) { return Value(checked((found(Indices{}) - count).expr, intConst(1))); });
    ctx.reduce("rank", rank, all, {{"j", n}}, none, [&](const Indices& at, const Indices& j, const Value& sum) {
        const Value before = sorted ? compared({j[0], at[0]}) < 0 : Value(j[0]) < first(at);
        return sum + select(isFirst(j[0]) && before, one, none);
    });
    ctx.reduce("source", source, {{"r", count}}, {{"j", n}}, none,
               [&](const Indices& at, const Indices& j, const Value& sum) {
                   return sum + select(isFirst(j[0]) && rank(j) == Value(at[0]), Value(j[0]), none);
               });
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
         .compute = computeUnique},
    };
}

}  // namespace strata
