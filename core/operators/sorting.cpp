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

// In each round two neighbouring runs of `order`, from `begin` and from `middle` to `end`, become one. `next` says for
// each place of it where the left run goes on: as many elements came from the right one as are missing.
void merge(LowerContext& ctx, const std::string& base, const TensorRef& x, std::size_t axis, const IsBefore& isBefore,
           const TensorRef& order)
{
    const std::int64_t size = x.number(std::int64_t(axis));
    std::int64_t rounds = 0;
    while ((std::int64_t(1) << rounds) < size)
        ++rounds;
    const Value none = intConst(0), one = intConst(1), all = intConst(size), last = intConst(size - 1);
    const auto shifted = [](Op op, const Value& value, const Value& bits) {
        return Value(binary(op, value.expr, bits.expr));
    };
    const TensorRef begin = ctx.local(base + "_begin", DType::I64, {size}),
                    middle = ctx.local(base + "_middle", DType::I64, {size}),
                    end = ctx.local(base + "_end", DType::I64, {size}),
                    next = ctx.local(base + "_next", DType::I64, x.shape),
                    merged = ctx.local(base + "_merged", DType::I64, x.shape);
    ctx.compute("unordered", order, [&](const Indices& at) { return Value(at[axis]); });
    ctx.sequence({"round", rounds}, [&] {
        const Value width = shifted(Op::Shl, one, Value(ctx.step())), bits = Value(ctx.step()) + one;
        ctx.compute("begin", begin,
                    [&](const Indices& at) { return shifted(Op::Shl, shifted(Op::Shr, Value(at[0]), bits), bits); });
        ctx.compute("middle", middle, [&](const Indices& at) { return minimum(begin(at) + width, all); });
        ctx.compute("end", end, [&](const Indices& at) { return minimum(middle(at) + width, all); });
        // Indices are kept within the buffer where what is read there does not count.
        const auto entry = [&](const Indices& at, const Value& index) {
            return order(replaced(at, axis, checked(minimum(index, last).expr, intConst(size))));
        };
        const auto element = [&](const Indices& at, const Value& index) {
            return x(replaced(at, axis, checked(entry(at, index).expr, intConst(size))));
        };
        // Whether the element at `left` comes before the one at `right`, or the right run has none there.
        const auto isFirst = [&](const Indices& at, const Value& left, const Value& right) {
            return end({at[axis]}) <= right || !isBefore(element(at, right), element(at, left));
        };
        ctx.compute("least", next, [&](const Indices& at) {
            const Indices place{at[axis]};
            return maximum(begin(place), Value(at[axis]) - (end(place) - middle(place)));
        });
        // Larger steps first; one that goes too far is not taken.
        ctx.ordered("search", order.axes(), {{"s", rounds}}, [&](const Indices& at, const Indices& s) {
            const Value place = at[axis],
                        further = next(at) + shifted(Op::Shl, one, intConst(rounds - 1) - Value(s[0])),
                        right = middle({at[axis]}) + place - further;
            const Value fits = further <= minimum(place, middle({at[axis]}))
                               && isFirst(at, further - one, maximum(right, none));
            return std::vector<LowerContext::Write>{{&next, at, select(fits, further, next(at))}};
        });
        ctx.compute("merge", merged, [&](const Indices& at) {
            const Value left = next(at), right = middle({at[axis]}) + Value(at[axis]) - left;
            return select(left < middle({at[axis]}) && isFirst(at, left, right), entry(at, left), entry(at, right));
        });
        ctx.compute("merged", order, [&](const Indices& at) { return merged(at); });
    });
}

}  // namespace

TensorRef sortedOrder(LowerContext& ctx, const std::string& base, const TensorRef& x, std::size_t axis,
                      const IsBefore& isBefore)
{
    const TensorRef order = ctx.local(base + "_order", DType::I64, x.shape);
    const Dim& size = x.shape[axis];
    if (size.isConstant() && size.constant() > fewElements)
        merge(ctx, base, x, axis, isBefore, order);
    else
        count(ctx, base, x, axis, isBefore, order);
    return order;
}

}  // namespace strata
