// GridSample: coordinates are worked out once a place, then each result mixes the elements around. An index is clamped
// to the picture whatever the grid says, so that no value of the grid reads outside.
#include "core/operators/families.h"
#include "core/operators/lower.h"

namespace strata {

namespace {
enum class Interpolation { Nearest, Linear, Cubic };

Result<Interpolation> interpolationOf(const GraphNode& node)
{
    const std::string mode = textAttribute(node, "mode", "linear");
    if (mode == "nearest")
        return Interpolation::Nearest;
    if (mode == "linear" || mode == "bilinear")
        return Interpolation::Linear;
    if (mode == "cubic" || mode == "bicubic")
        return Interpolation::Cubic;
    return nodeError(node, "samples by \"" + mode + "\", which ONNX does not define.");
}

Result<Types> gridSampleRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    if (!ranked(context, 0) || !ranked(context, 1))
        return Types{unrankedType(type)};
    STRATA_CHECK(interpolationOf(context.node));
    STRATA_CHECK(needsWord(context.node, "padding_mode", {"zeros", "border", "reflection"}));
    const Shape &x = shapeOf(context, 0), &grid = shapeOf(context, 1);
    if (x.size() < 3 || grid.size() != x.size())
        return nodeError(context.node, "samples " + toString(x) + " at a grid " + toString(grid) + ".");
    Shape wanted = grid;
    wanted.front() = x[0];
    wanted.back() = Dim(std::int64_t(x.size()) - 2);
    STRATA_CHECK(needsShape(context, 1, "grid", wanted, "for " + toString(x)));
    for (std::size_t d = 2; d < x.size(); ++d)
        if (x[d] == Dim(0))
            return nodeError(context.node, "samples " + toString(x) + ", which has no elements.");
    Shape shape{x[0], x[1]};
    shape.insert(shape.end(), grid.begin() + 1, grid.end() - 1);
    return Types{tensorType(type, std::move(shape))};
}

// How one spatial dimension of the input is read.
struct Line {
    std::int64_t size = 1;
    bool alignCorners = false;
    std::string padding;

    double low() const { return alignCorners ? 0 : -0.5; }
    double high() const { return alignCorners ? double(size - 1) : double(size) - 0.5; }

    // From -1 .. 1 to indices: the centres (align_corners) or the borders of the outer elements are at -1 and 1.
    Value denormalized(const Value& g) const
    {
        return alignCorners ? (g + 1.0) / 2.0 * double(size - 1) : ((g + 1.0) * double(size) - 1.0) / 2.0;
    }
    // Mirrored at the borders until it lies inside.
    Value reflected(const Value& x) const
    {
        const double range = high() - low();
        if (range == 0)
            return constantOf(x.type(), low());
        const Value distance = x - low();
        const Value inPeriod = distance - floor(distance / (2 * range)) * (2 * range);
        return low() + select(inPeriod <= range, inPeriod, 2 * range - inPeriod);
    }
    // A coordinate outside, brought inside as the padding says.
    Value bounded(const Value& x) const
    {
        const Value outside = x < low() || x > high();
        if (padding == "border")
            return select(outside, minimum(maximum(x, 0.0), double(size - 1)), x);
        return padding == "reflection" ? select(outside, reflected(x), x) : x;
    }
    // The element that a whole index reads; with zeros as padding it may lie outside, see isInside.
    ExprPtr element(const Value& index) const
    {
        if (padding == "reflection")
            return minimum(maximum(cast(DType::I64, reflected(index)), 0), size - 1).expr;
        return minimum(maximum(cast(DType::I64, index), 0), size - 1).expr;
    }
    std::optional<Value> isInside(const Value& index) const
    {
        return padding == "zeros" ? std::optional(index >= 0.0 && index <= double(size - 1)) : std::nullopt;
    }
};

std::vector<Value> weightsOf(Interpolation how, const Value& t)
{
    if (how == Interpolation::Nearest)
        return {constantOf(t.type(), 1)};
    if (how == Interpolation::Linear)
        return {1.0 - t, t};
    const double a = -0.75;
    auto near = [&](const Value& d) { return ((a + 2) * d - (a + 3)) * d * d + 1.0; };
    auto far = [&](const Value& d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
    return {far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)};
}

// Interpolates along dimension `d` and those behind it; `index` holds the batch, the channel and the elements chosen so
// far.
Value sampled(const TensorRef& x, const std::vector<Line>& lines, Interpolation how, const TensorRef& coordinates,
              const Indices& place, std::size_t d, const Indices& index, const std::optional<Value>& isInside)
{
    if (d == lines.size()) {
        const Value value = cast(coordinates.dtype, x(index));
        return isInside ? select(*isInside, value, 0) : value;
    }
    Indices which = place;
    which.push_back(intConst(std::int64_t(d)));
    const Value c = coordinates(which), first = how == Interpolation::Nearest ? c : floor(c);
    const std::vector<Value> weights = weightsOf(how, c - first);
    std::optional<Value> sum;
    for (std::size_t k = 0; k < weights.size(); ++k) {
        const Value tap = first + (double(k) - (how == Interpolation::Cubic ? 1 : 0));
        const std::optional<Value> here = lines[d].isInside(tap);
        Indices next = index;
        next.push_back(lines[d].element(tap));
        const std::optional<Value> both = here && isInside ? std::optional(*isInside && *here) : here ? here : isInside;
        const Value value = sampled(x, lines, how, coordinates, place, d + 1, next, both);
        const Value term = how == Interpolation::Nearest ? value : weights[k] * value;
        sum = sum ? *sum + term : term;
    }
    return *sum;
}

Status computeGridSample(LowerContext& ctx)
{
    STRATA_TRY(const Interpolation how, interpolationOf(ctx.node()));
    const TensorRef &x = ctx.input(0), &grid = ctx.input(1), &y = ctx.output();
    const std::size_t rank = x.shape.size() - 2;
    if (how == Interpolation::Cubic && rank > 2)
        return nodeError(ctx.node(), "interpolates by cubes in more than two dimensions, which Strata does not have.");
    const std::string padding = textAttribute(ctx.node(), "padding_mode", "zeros");
    std::vector<Line> lines;
    for (std::size_t d = 0; d < rank; ++d)
        lines.push_back({x.number(2 + d), integerAttribute(ctx.node(), "align_corners", 0) != 0, padding});
    const DType wide = accumulatorType(isFloat(y.dtype) ? y.dtype : DType::F32);
    Shape shape = grid.shape;
    const TensorRef coordinates = ctx.local(y.name + "_coordinates", wide, shape);
    // The grid names the last dimension first.
    ctx.prepare("coordinates", coordinates, [&](const Indices& at) {
        Indices from = at;
        from.back() = intConst(std::int64_t(rank) - 1) - at.back();
        const Value g = cast(wide, grid(from));
        auto along = [&](const Line& line) {
            const Value c = line.denormalized(g);
            return line.bounded(how == Interpolation::Nearest ? round(c) : c);
        };
        Value result = along(lines.back());
        for (std::size_t d = rank - 1; d-- > 0;)
            result = select(Value(at.back()) == std::int64_t(d), along(lines[d]), result);
        return result;
    });
    ctx.compute("grid_sample", y, [&](const Indices& at) {
        Indices place{at[0]};
        place.insert(place.end(), at.begin() + 2, at.end());
        return cast(y.dtype, sampled(x, lines, how, coordinates, place, 0, {at[0], at[1]}, std::nullopt));
    });
    return {};
}
}  // namespace

std::vector<Operator> gridSampleOperators()
{
    return {{.name = "GridSample",
             .sinceVersion = 16,
             .pattern = Pattern::Opaque,
             .requiredInputs = 2,
             .summary = "Reads a picture at the places that a grid names, between pixels.",
             .formula = "y[n, c, i, j] = x[n, c, at grid[n, i, j]]",
             .infer = gridSampleRule,
             .compute = computeGridSample}};
}

}  // namespace strata
