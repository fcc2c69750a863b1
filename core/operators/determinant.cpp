// The determinant, by Gaussian elimination with pivots: each step brings the largest element of a column up, multiplies
// the result by it, and clears the column below.
#include "core/operators/lower.h"
#include "core/operators/special_families.h"

namespace strata {

namespace {

Result<Types> determinantRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    if (!ranked(context, 0))
        return Types{unrankedType(type)};
    const Shape& x = shapeOf(context, 0);
    if (x.size() < 2 || !mayBeEqual(x[x.size() - 1], x[x.size() - 2]))
        return nodeError(context.node, "takes square matrices and has " + toString(x) + ".");
    return Types{tensorType(type, Shape(x.begin(), x.end() - 2))};
}

Status computeDeterminant(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const std::int64_t n = x.number(-1), batch = y.count();
    const DType wide = accumulatorType(x.dtype);
    const Axes matrices{{"b", batch}}, columns{{"b", batch}, {"j", n}}, all{{"b", batch}, {"i", n}, {"j", n}};
    const auto local = [&](const char* name, DType type, Integers shape) {
        shape.insert(shape.begin(), batch);
        return ctx.local(y.name + "_" + name, type, std::move(shape));
    };
    const TensorRef a = local("rows", wide, {n, n}), best = local("best", wide, {}),
                    place = local("place", DType::I64, {}), top = local("top", wide, {n}),
                    pivots = local("pivots", wide, {n}), factor = local("factor", wide, {n}),
                    product = local("product", wide, {});
    const auto outer = [&](const ExprPtr& b) {
        Indices index(y.shape.size());
        std::int64_t stride = 1;
        for (std::size_t d = y.shape.size(); d-- > 0; stride *= y.number(d))
            index[d] = floorMod(floorDiv(b, stride), y.number(d));
        return index;
    };
    ctx.compute("rows", a, all, [&](const Indices& at) {
        Indices index = outer(at[0]);
        index.insert(index.end(), {at[1], at[2]});
        return cast(wide, x(index));
    });
    ctx.compute("one", product, matrices, [&](const Indices&) { return constantOf(wide, 1); });
    if (n > 0)
        ctx.sequence({"k", n}, [&] {
            const ExprPtr k = ctx.step();
            ctx.reduce("best", best, matrices, {{"i", n}}, constantOf(wide, 0),
                       [&](const Indices& at, const Indices& i, const Value& most) {
                           return maximum(most, select(Value(i[0]) >= Value(k), absolute(a({at[0], i[0], k})), 0));
                       });
            ctx.reduce("place", place, matrices, {{"i", n}}, intConst(n - 1),
                       [&](const Indices& at, const Indices& i, const Value& first) {
                           const Value is = Value(i[0]) >= Value(k) && absolute(a({at[0], i[0], k})) == best({at[0]});
                           return minimum(first, select(is, Value(i[0]), intConst(n - 1)));
                       });
            const auto pivotRow = [&](const ExprPtr& b) { return checked(place({b}).expr, intConst(n)); };
            ctx.compute("pivots", pivots, columns, [&](const Indices& at) {
                return a({at[0], pivotRow(at[0]), at[1]});
            });
            ctx.compute("top", top, columns, [&](const Indices& at) { return a({at[0], k, at[1]}); });
            // The row that was at the top goes to where the pivot's came from.
            ctx.compute("swap", a, all, [&](const Indices& at) {
                return select(Value(at[1]) == Value(k), pivots({at[0], at[2]}),
                              select(Value(at[1]) == place({at[0]}), top({at[0], at[2]}), a(at)));
            });
            ctx.compute("product", product, matrices, [&](const Indices& at) {
                const Value pivot = pivots({at[0], k});
                return product(at) * select(place(at) == Value(k), pivot, -pivot);
            });
            ctx.compute("factor", factor, columns, [&](const Indices& at) {
                const Value pivot = pivots({at[0], k});
                return select(Value(at[1]) > Value(k) && pivot != 0.0, a({at[0], at[1], k}) / pivot, 0);
            });
            ctx.compute("clear", a, all, [&](const Indices& at) {
                return a(at) - factor({at[0], at[1]}) * pivots({at[0], at[2]});
            });
        });
    ctx.compute("determinant", y, [&](const Indices& at) {
        ExprPtr flat = intConst(0);
        for (std::size_t d = 0; d < at.size(); ++d)
            flat = flat * y.number(d) + at[d];
        return cast(y.dtype, product({flat}));
    });
    return {};
}

}  // namespace

std::vector<Operator> determinantOperators()
{
    return {{.name = "Det",
             .sinceVersion = 11,
             .pattern = Pattern::Opaque,
             .summary = "The determinants of square matrices.",
             .formula = "y = det(x)",
             .infer = determinantRule,
             .compute = computeDeterminant}};
}

}  // namespace strata
