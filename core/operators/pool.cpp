// Pools: a reduction over the window that slides over the spatial dimensions. The border is filled with what the
// reduction takes no notice of, so that one block serves all places.
#include "core/operators/families.h"
#include "core/operators/window.h"

#include <algorithm>

namespace strata {

namespace {
Result<Window> poolWindow(const InferContext& context)
{
    const Integers kernel = integersAttribute(context.node, "kernel_shape");
    if (kernel.empty())
        return nodeError(context.node, "has no kernel_shape.");
    STRATA_TRY(Window window, windowOf(context.node, shapeOf(context, 0), kernel));
    for (std::size_t i = 0; i < window.rank(); ++i)
        if (std::max(window.padBegin[i], window.padEnd[i]) >= window.reach(i))
            return nodeError(context.node, "has a pad of "
                                               + std::to_string(std::max(window.padBegin[i], window.padEnd[i]))
                                               + " under a window that reaches over " + std::to_string(window.reach(i))
                                               + " elements: such a window would see nothing but the border.");
    return window;
}

Result<Types> poolRule(const InferContext& context)
{
    const ValueType indices = unrankedType(DType::I64);
    if (!ranked(context, 0))
        return Types{unrankedType(dtypeOf(context, 0)), indices};
    STRATA_TRY(const Window window, poolWindow(context));
    const Shape& x = shapeOf(context, 0);
    STRATA_TRY(const Shape sizes,
               windowedSizes(context.node, x, window, integerAttribute(context.node, "ceil_mode", 0) != 0));
    Shape shape{x[0], x[1]};
    shape.insert(shape.end(), sizes.begin(), sizes.end());
    Types types{tensorType(dtypeOf(context, 0), shape)};
    if (context.node.outputs.size() > 1)
        types.push_back(tensorType(DType::I64, shape));
    return types;
}

Axes poolAxes(const TensorRef& y)
{
    std::vector<std::string> names{"n", "c"};
    for (std::string& name : spatialNames(y.shape.size() - 2))
        names.push_back(std::move(name));
    return y.axes(names);
}

Indices windowAt(const Window& window, const Indices& at, const Indices& over)
{
    Indices index{at[0], at[1]};
    for (ExprPtr& i : windowIndices(window, at, 2, over, 0))
        index.push_back(std::move(i));
    return index;
}

// Where the maximum lies: the first place of the window that holds it, counted row by row over the whole input.
void computePlace(LowerContext& ctx, const TensorRef& source, const Window& window)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output(0), &place = ctx.output(1);
    const bool columnMajor = integerAttribute(ctx.node(), "storage_order", 0) != 0;
    const TensorRef first = columnMajor ? ctx.local(place.name + "_rows", place) : place;
    ctx.reduce("place", first, poolAxes(place), kernelAxes(window), highest(DType::I64),
               [&](const Indices& at, const Indices& k, const Value& best) {
                   const Indices index = windowAt(window, at, k);
                   ExprPtr flat = index[0] * x.number(1) + index[1];
                   Value inInput = Value(boolConst(true));
                   for (std::size_t i = 0; i < window.rank(); ++i) {
                       const ExprPtr here = index[2 + i] - window.padBegin[i];
                       inInput = inInput && inside(here, 0, x.number(2 + i));
                       flat = flat * x.number(2 + i) + here;
                   }
                   return minimum(best,
                                  select(inInput && isSame(source(index), y(at)), Value(flat), highest(DType::I64)));
               });
    if (!columnMajor)
        return;
    ctx.compute("column_major", place, poolAxes(place), [&](const Indices& at) {
        ExprPtr rest = first(at).expr, flat = intConst(0);
        std::int64_t stride = 1, below = 1;
        for (std::size_t i = 2; i < x.shape.size(); ++i)
            below *= x.number(i);
        const ExprPtr planes = floorDiv(rest, below) * below;
        rest = floorMod(rest, below);
        for (std::size_t i = 2; i < x.shape.size(); ++i) {
            below /= x.number(i);
            flat = flat + floorMod(floorDiv(rest, below), x.number(i)) * stride;
            stride *= x.number(i);
        }
        return Value(planes + flat);
    });
}

Status computeMaxPool(LowerContext& ctx)
{
    STRATA_TRY(const Window window, poolWindow(ctx.in));
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const TensorRef source = padded(ctx, x, window, spatialSizes(y), lowest(x.dtype));
    ctx.reduce("max_pool", y, poolAxes(y), kernelAxes(window), lowest(x.dtype),
               [&](const Indices& at, const Indices& k, const Value& best) {
                   return maximum(best, source(windowAt(window, at, k)));
               });
    if (ctx.wanted(1))
        computePlace(ctx, source, window);
    return {};
}

// How many elements of dimension i a window counts: those between `low` and `high` (pads included or not).
ExprPtr countedAlong(const Window& window, std::size_t i, const ExprPtr& position, std::int64_t low, std::int64_t high)
{
    const ExprPtr begin = position * window.strides[i] - window.padBegin[i];
    const ExprPtr skipped = floorDiv(binary(Op::Max, intConst(low) - begin, intConst(0)) + (window.dilations[i] - 1),
                                     window.dilations[i]);
    const ExprPtr reached = floorDiv(intConst(high - 1) - begin, window.dilations[i]) + std::int64_t(1);
    return binary(Op::Min, reached, intConst(window.kernel[i])) - skipped;
}

Status computeAveragePool(LowerContext& ctx)
{
    STRATA_TRY(const Window window, poolWindow(ctx.in));
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const bool includePads = integerAttribute(ctx.node(), "count_include_pad", 0) != 0;
    const DType wide = accumulatorType(y.dtype);
    const TensorRef source = padded(ctx, x, window, spatialSizes(y), constantOf(x.dtype, 0));
    const TensorRef sums = ctx.local(y.name + "_sum", wide, y.shape);
    ctx.reduce("sum_pool", sums, poolAxes(y), kernelAxes(window), constantOf(wide, 0),
               [&](const Indices& at, const Indices& k, const Value& sum) {
                   return sum + cast(wide, source(windowAt(window, at, k)));
               });
    ctx.compute("average", y, poolAxes(y), [&](const Indices& at) {
        ExprPtr count = intConst(1);
        for (std::size_t i = 0; i < window.rank(); ++i) {
            const std::int64_t size = x.number(2 + i),
                               last = (y.number(2 + i) - 1) * window.strides[i] + window.reach(i);
            const std::int64_t low = includePads ? -window.padBegin[i] : 0,
                               high = includePads ? size + window.padEnd[i] : size;
            const bool whole = low == -window.padBegin[i] && last - window.padBegin[i] <= high;
            count = count * (whole ? intConst(window.kernel[i]) : countedAlong(window, i, at[2 + i], low, high));
        }
        return cast(y.dtype,
                    sums(at) / (isConst(count) ? constantOf(wide, double(count->i)) : cast(wide, Value(count))));
    });
    return {};
}

// A real number in the first version of the operator, a whole one since.
double normOf(const GraphNode& node) { return realAttribute(node, "p", double(integerAttribute(node, "p", 2))); }

Result<Types> lpPoolRule(const InferContext& context)
{
    if (!(normOf(context.node) >= 1))
        return nodeError(context.node, "has the p " + std::to_string(normOf(context.node)) + "; it is at least 1.");
    return poolRule(context);
}

Status computeLpPool(LowerContext& ctx)
{
    STRATA_TRY(const Window window, poolWindow(ctx.in));
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const double p = normOf(ctx.node());
    const DType wide = accumulatorType(y.dtype);
    const TensorRef source = padded(ctx, x, window, spatialSizes(y), constantOf(x.dtype, 0));
    const TensorRef sums = ctx.local(y.name + "_sum", wide, y.shape);
    ctx.reduce("lp_pool", sums, poolAxes(y), kernelAxes(window), constantOf(wide, 0),
               [&](const Indices& at, const Indices& k, const Value& sum) {
                   const Value v = cast(wide, source(windowAt(window, at, k)));
                   return sum + (p == 1 ? absolute(v) : p == 2 ? v * v : power(absolute(v), p));
               });
    ctx.compute("root", y, poolAxes(y), [&](const Indices& at) {
        return cast(y.dtype, p == 1 ? sums(at) : p == 2 ? squareRoot(sums(at)) : power(sums(at), 1 / p));
    });
    return {};
}

// --- Global pools
// ------------------------------------------------------------------------------------------------------------------

Result<Types> globalPoolRule(const InferContext& context)
{
    if (!ranked(context, 0))
        return Types{unrankedType(dtypeOf(context, 0))};
    Shape shape = shapeOf(context, 0);
    if (shape.size() < 2)
        return nodeError(context.node, "pools " + toString(shape) + ", which has no channels.");
    for (std::size_t i = 2; i < shape.size(); ++i)
        shape[i] = Dim(1);
    return Types{tensorType(dtypeOf(context, 0), std::move(shape))};
}

struct GlobalPool {
    TensorRef y;  // addressed by [n, c] only
    Axes axes, over;
};

GlobalPool globalPool(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    Integers spatial;
    GlobalPool pool{y, {{"n", x.shape[0]}, {"c", x.shape[1]}}, {}};
    const std::vector<std::string> names = spatialNames(x.shape.size() - 2);
    for (std::size_t i = 2; i < x.shape.size(); ++i) {
        spatial.push_back(std::int64_t(i));
        pool.over.push_back({names[i - 2], x.shape[i]});
    }
    pool.y = y.without(spatial);
    return pool;
}

Indices joined(Indices at, const Indices& over)
{
    at.insert(at.end(), over.begin(), over.end());
    return at;
}

Status computeGlobalMax(LowerContext& ctx)
{
    const GlobalPool pool = globalPool(ctx);
    const TensorRef& x = ctx.input(0);
    ctx.reduce(
        "global_max", pool.y, pool.axes, pool.over, lowest(x.dtype),
        [&](const Indices& at, const Indices& over, const Value& best) { return maximum(best, x(joined(at, over))); });
    return {};
}

Status computeGlobalAverage(LowerContext& ctx)
{
    const GlobalPool pool = globalPool(ctx);
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const DType wide = accumulatorType(y.dtype);
    const TensorRef sums = ctx.local(y.name + "_sum", wide, {x.shape[0], x.shape[1]});
    ctx.reduce("global_sum", sums, pool.axes, pool.over, constantOf(wide, 0),
               [&](const Indices& at, const Indices& over, const Value& sum) {
                   return sum + cast(wide, x(joined(at, over)));
               });
    ctx.compute("average", pool.y, pool.axes,
                [&](const Indices& at) { return cast(y.dtype, sums(at) / countOf(pool.over, wide)); });
    return {};
}
}  // namespace

std::vector<Operator> poolOperators()
{
    return {
        {.name = "MaxPool",
         .pattern = Pattern::Reduction,
         .summary = "The greatest element of a window that slides over a picture.",
         .formula = "y[n, c, y, x] = max over ky, kx of x[n, c, y*stride + ky - pad, ...]",
         .infer = poolRule,
         .compute = computeMaxPool},
        {.name = "AveragePool",
         .pattern = Pattern::Reduction,
         .summary = "The average of a window that slides over a picture.",
         .formula = "y[n, c, y, x] = (sum over ky, kx of x[n, c, y*stride + ky - pad, ...]) / count",
         .infer = poolRule,
         .compute = computeAveragePool},
        {.name = "LpPool",
         .pattern = Pattern::Reduction,
         .summary = "The p-norm of a window that slides over a picture.",
         .formula = "y[n, c, y, x] = (sum over ky, kx of |x[n, c, y*stride + ky - pad, ...]| ** p) ** (1 / p)",
         .infer = lpPoolRule,
         .compute = computeLpPool},
        {.name = "GlobalMaxPool",
         .pattern = Pattern::Reduction,
         .summary = "The greatest element of each channel.",
         .formula = "y[n, c] = max over y, x of x[n, c, y, x]",
         .infer = globalPoolRule,
         .compute = computeGlobalMax},
        {.name = "GlobalAveragePool",
         .pattern = Pattern::Reduction,
         .summary = "The average of each channel.",
         .formula = "y[n, c] = (sum over y, x of x[n, c, y, x]) / count",
         .infer = globalPoolRule,
         .compute = computeGlobalAverage},
    };
}

}  // namespace strata
