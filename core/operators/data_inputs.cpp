#include "core/operators/data_inputs.h"

#include "core/index/sizes.h"

#include <algorithm>

namespace strata {

namespace {

constexpr std::size_t mostChoices = 8;  // each of them is computed

// Every entry of the tensor is one of the axes, counted from the end if negative.
Value areAxes(const TensorRef& entries, const Integers& axes, std::int64_t rank)
{
    Value all = constantOf(DType::Bool, 1);
    for (std::int64_t i = 0; i < entries.count(); ++i) {
        const Value entry = cast(DType::I64, entries(entries.rank() == 0 ? Indices{} : Indices{intConst(i)}));
        Value one = constantOf(DType::Bool, 0);
        for (const std::int64_t axis : axes)
            one = one || entry == axis || entry == axis - rank;
        all = all && one;
    }
    return all;
}

Value areValues(const TensorRef& entries, const Integers& values)
{
    Value all = constantOf(DType::Bool, 1);
    for (std::size_t i = 0; i < values.size(); ++i)
        all = all && cast(DType::I64, entries({intConst(std::int64_t(i))})) == values[i];
    return all;
}

using IsMeant = std::function<Value(const Integers& choice)>;

// The number of the choice that the data make; an error of the run if it is none.
TensorRef choiceMade(LowerContext& ctx, const std::vector<Integers>& choices, const IsMeant& isMeant)
{
    const TensorRef made = ctx.local(ctx.output().name + "_choice", DType::I64, {});
    ctx.compute("choice", made, [&](const Indices&) {
        Value number = intConst(-1);
        for (std::size_t i = choices.size(); i-- > 0;)
            number = select(isMeant(choices[i]), std::int64_t(i), number);
        return Value(checked(number.expr, intConst(std::int64_t(choices.size()))));
    });
    return made;
}

Status choose(LowerContext& ctx, std::size_t input, const std::vector<Integers>& choices, const IsMeant& isMeant,
              const EmitChoice& emit)
{
    if (choices.empty())
        return nodeError(ctx.node(), "declares a result that no value of "
                                         + inputText(input, ctx.node().inputs[input].name) + " gives.");
    if (choices.size() > mostChoices)
        return needsConstant(ctx.in, input, "axes or sizes");
    const TensorRef made = choiceMade(ctx, choices, isMeant), &y = ctx.output();
    if (choices.size() == 1)
        return emit(choices[0], y);
    std::vector<TensorRef> results;
    for (const Integers& axes : choices) {
        results.push_back(ctx.local(y.name + "_" + std::to_string(results.size()), y));
        STRATA_CHECK(emit(axes, results.back()));
    }
    ctx.compute("choose", y, [&](const Indices& at) {
        Value value = results.back()(at);
        for (std::size_t i = results.size() - 1; i-- > 0;)
            value = select(made({}) == std::int64_t(i), results[i](at), value);
        return value;
    });
    return {};
}

}  // namespace

Status chooseAxes(LowerContext& ctx, std::size_t input, std::int64_t rank, const std::vector<Integers>& choices,
                  const EmitChoice& emit)
{
    return choose(
        ctx, input, choices, [&](const Integers& axes) { return areAxes(ctx.input(input), axes, rank); }, emit);
}

Status chooseValues(LowerContext& ctx, std::size_t input, const std::vector<Integers>& choices, const EmitChoice& emit)
{
    return choose(
        ctx, input, choices, [&](const Integers& values) { return areValues(ctx.input(input), values); }, emit);
}

std::vector<Integers> setsOfAxes(std::int64_t rank, std::int64_t count)
{
    std::vector<Integers> sets;
    for (std::uint64_t bits = 0; bits < std::uint64_t(1) << std::min<std::int64_t>(rank, 16); ++bits) {
        Integers axes;
        for (std::int64_t axis = 0; axis < rank; ++axis)
            if (bits >> axis & 1)
                axes.push_back(axis);
        if (std::int64_t(axes.size()) == count)
            sets.push_back(std::move(axes));
    }
    return sets;
}

TensorRef perAxis(LowerContext& ctx, const std::string& what, std::int64_t rank,
                  const std::function<Value(std::int64_t axis)>& value)
{
    const TensorRef result = ctx.local(ctx.output().name + "_" + what, DType::I64, {rank});
    ctx.compute(what, result, {{"a", rank}}, [&](const Indices& at) {
        Value chosen = rank > 0 ? value(rank - 1) : Value(intConst(0));
        for (std::int64_t axis = rank - 1; axis-- > 0;)
            chosen = select(Value(at[0]) == axis, value(axis), chosen);
        return chosen;
    });
    return result;
}

Value entryOf(LowerContext& ctx, std::size_t input, std::int64_t entry)
{
    return cast(DType::I64, ctx.input(input)({intConst(entry)}));
}

Value isOfAxis(LowerContext& ctx, std::size_t input, std::int64_t entry, std::int64_t axis, std::int64_t rank)
{
    if (!ctx.given(input))
        return constantOf(DType::Bool, entry == axis ? 1 : 0);
    const Value named = entryOf(ctx, input, entry);
    return named == axis || named == axis - rank;
}

void checkSizes(LowerContext& ctx, const std::function<Value(std::int64_t axis)>& size)
{
    const TensorRef& y = ctx.output();
    perAxis(ctx, "size", y.rank(), [&](std::int64_t axis) {
        return Value(checked((size(axis) - Value(toExpr(y.shape[std::size_t(axis)]))).expr, intConst(1)));
    });
}

}  // namespace strata
