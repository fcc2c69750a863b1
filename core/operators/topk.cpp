// TopK: elements in one order whatever the data: NaN is the greatest, and equal elements stay in the order of their
// places.
#include "core/index/sizes.h"
#include "core/operators/families.h"
#include "core/operators/reduction.h"
#include "core/operators/sorting.h"

namespace strata {

namespace {
std::optional<std::int64_t> topCount(const InferContext& context)
{
    if (hasAttribute(context.node, "k"))
        return integerAttribute(context.node, "k", 0);
    const std::optional<Integers> k = integersInput(context, 1);
    return k && k->size() == 1 ? std::optional((*k)[0]) : std::nullopt;
}

Result<std::int64_t> topAxis(const InferContext& context)
{
    return normalizedAxis(context.node, integerAttribute(context.node, "axis", -1), rankOf(context, 0));
}

Result<Types> topkRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    if (!ranked(context, 0))
        return Types{unrankedType(type), unrankedType(DType::I64)};
    STRATA_TRY(const std::int64_t axis, topAxis(context));
    STRATA_CHECK(needsOneElement(context, 1, "K"));
    Shape shape = shapeOf(context, 0);
    Dim& size = shape[std::size_t(axis)];
    const std::optional<std::int64_t> k = topCount(context);
    if (k && *k < 0)
        return nodeError(context.node, "takes " + std::to_string(*k) + " elements.");
    if (k && size.isConstant() && (*k < 0 || *k > size.constant()))
        return nodeError(context.node, "takes the first " + std::to_string(*k) + " of " + size.text() + " elements.");
    size = k ? Dim(*k) : unknownDim(context.node, 0, std::size_t(axis));
    return Types{tensorType(type, shape), tensorType(DType::I64, shape)};
}

Dim mostOfTopk(const InferContext& context, std::size_t)
{
    const Result<std::int64_t> axis = topAxis(context);
    return shapeOf(context, 0)[axis ? std::size_t(*axis) : 0];
}

// NaN counts as greater than every number.
Value isBefore(const Value& a, const Value& b, bool largest)
{
    if (!isFloat(a.type()))
        return largest ? a > b : a < b;
    return largest ? a > b || (a != a && b == b) : a < b || (a == a && b != b);
}

Status computeTopk(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output(0);
    STRATA_TRY(const std::int64_t axis, topAxis(ctx.in));
    const bool largest = integerAttribute(ctx.node(), "largest", 1) != 0;
    const std::size_t a = std::size_t(axis);
    const TensorRef order = sortedOrder(
        ctx, y.name, x, a, [largest](const Value& one, const Value& other) { return isBefore(one, other, largest); });
    if (ctx.wanted(1))
        ctx.compute("place", ctx.output(1), [&](const Indices& at) { return order(at); });
    if (ctx.wanted(0))
        ctx.compute("top", y, [&](const Indices& at) {
            Indices index = at;
            index[a] = checked(order(at).expr, toExpr(x.shape[a]));  // never fails; says the range
            return x(index);
        });
    return {};
}
}  // namespace

std::vector<Operator> topkOperators()
{
    return {{.name = "TopK",
             .pattern = Pattern::Opaque,
             .summary = "The k greatest (or least) elements along an axis, in order, and where they lie.",
             .formula = "y[r] = the element with r better ones",
             .infer = topkRule,
             .compute = computeTopk,
             .told = Told{1, mostOfTopk}}};
}

}  // namespace strata
