#include "core/operators/sorting.h"

#include "core/index/sizes.h"

namespace strata {

namespace {

constexpr std::int64_t fewElements = 256;  // counted: one plain reduction

Axes without(Axes axes, std::size_t axis)
{
    axes.erase(axes.begin() + std::ptrdiff_t(axis));
    return axes;
}

Indices replaced(Indices at, std::size_t axis, const ExprPtr& index)
{
    at[axis] = index;
    return at;
}

Indices inserted(Indices at, std::size_t axis, const ExprPtr& index)
{
    at.insert(at.begin() + std::ptrdiff_t(axis), index);
    return at;
}

void count(LowerContext& ctx, const std::string& base, const TensorRef& x, std::size_t axis, const IsBefore& isBefore,
           const TensorRef& order)
{
    const Value none = intConst(0), one = intConst(1);
    const TensorRef rank = ctx.local(base + "_rank", DType::I64, x.shape);
    ctx.reduce("rank", rank, {{"e", x.shape[axis]}}, none,
               [&](const Indices& at, const Indices& e, const Value& before) {
                   const Value other = x(replaced(at, axis, e[0])), own = x(at);
                   const Value isEqual = !isBefore(own, other) && Value(e[0]) < Value(at[axis]);
                   return before + select(isBefore(other, own) || isEqual, one, none);
               });
    ctx.compute("unordered", order, [&](const Indices&) { return none; });
    ctx.ordered("order", without(order.axes(), axis), {{"e", x.shape[axis]}}, [&](const Indices& at, const Indices& e) {
        const ExprPtr place = rank(inserted(at, axis, e[0])).expr;  // never outside; says the range
        return std::vector<LowerContext::Write>{
            {&order, inserted(at, axis, checked(place, toExpr(x.shape[axis]))), Value(e[0])}};
    });
}

// After how many rounds of runs that double one run is left. Of a size that is not known, what it may be at most
// decides: rounds after the last one that merges something copy.
std::int64_t roundsFor(const LowerContext& ctx, const Dim& size)
{
    const std::optional<SizeFact> fact = size.isConstant() ? std::nullopt : factOf(size, ctx.in.facts);
    const std::int64_t elements = size.isConstant() ? size.constant() : fact ? fact->most : mostSize;
    std::int64_t rounds = 0;
    while ((std::int64_t(1) << rounds) < elements)
        ++rounds;
    return rounds;
}

// In each round two neighbouring runs of `order`, from `begin` and from `middle` to `end`, become one, element by
// element: of the first ones left in both, which `left` tells, the one that comes first. The elements move with their
// numbers, so that those that are compared lie side by side. Which of two is next is chosen as a place, not by a branch
// that nobody can predict.
void merge(LowerContext& ctx, const std::string& base, const TensorRef& x, std::size_t axis, const IsBefore& isBefore,
           const TensorRef& order)
{
    const Value none = intConst(0), one = intConst(1), size = toExpr(x.shape[axis]);
    const auto shifted = [](Op op, const Value& value, const Value& bits) {
        return Value(binary(op, value.expr, bits.expr));
    };
    Shape rows = x.shape;
    rows.erase(rows.begin() + std::ptrdiff_t(axis));
    const TensorRef left = ctx.local(base + "_left", DType::I64, rows),
                    next = ctx.local(base + "_next", DType::I64, rows), keys = ctx.local(base + "_keys", x),
                    merged = ctx.local(base + "_merged", order), mergedKeys = ctx.local(base + "_merged_keys", x);
    ctx.compute("unordered", order, [&](const Indices& at) { return Value(at[axis]); });
    ctx.compute("keys", keys, [&](const Indices& at) { return x(at); });
    ctx.compute("none_left", left, [&](const Indices&) { return none; });
    ctx.sequence({"round", roundsFor(ctx, x.shape[axis])}, [&] {
        const Value width = shifted(Op::Shl, one, Value(ctx.step())), bits = Value(ctx.step()) + one;
        ctx.ordered(
            "merge", without(order.axes(), axis), {{"t", x.shape[axis]}}, [&](const Indices& at, const Indices& t) {
                const Value place = t[0], begin = shifted(Op::Shl, shifted(Op::Shr, place, bits), bits),
                            middle = minimum(begin + width, size), end = minimum(middle + width, size),
                            first = select(place == begin, begin, left(at)), second = middle + place - first;
                // Indices are kept within the buffer where what is read there does not count.
                const auto within = [&](const Value& index) {
                    return inserted(at, axis, checked(minimum(index, size - one).expr, size.expr));
                };
                const Value firstIsNext = let("other", keys(within(second)), [&](const Value& other) {
                    return let("own", keys(within(first)), [&](const Value& own) {
                        return first < middle && (end <= second || !isBefore(other, own));
                    });
                });
                return std::vector<LowerContext::Write>{{&next, at, select(firstIsNext, first, second)},
                                                        {&merged, inserted(at, axis, t[0]), order(within(next(at)))},
                                                        {&mergedKeys, inserted(at, axis, t[0]), keys(within(next(at)))},
                                                        {&left, at, first + select(next(at) < middle, one, none)}};
            });
        ctx.compute("merged", order, [&](const Indices& at) { return merged(at); });
        ctx.compute("merged_keys", keys, [&](const Indices& at) { return mergedKeys(at); });
    });
}

}  // namespace

TensorRef sortedOrder(LowerContext& ctx, const std::string& base, const TensorRef& x, std::size_t axis,
                      const IsBefore& isBefore)
{
    const TensorRef order = ctx.local(base + "_order", DType::I64, x.shape);
    const Dim& size = x.shape[axis];
    if (size.isConstant() && size.constant() <= fewElements)
        count(ctx, base, x, axis, isBefore, order);
    else
        merge(ctx, base, x, axis, isBefore, order);
    return order;
}

}  // namespace strata
