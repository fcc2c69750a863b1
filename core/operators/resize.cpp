// Resize and Upsample: where an index of the result lies in the input, then the nearest element or a mix of those
// around.
#include "core/operators/data_inputs.h"
#include "core/operators/families.h"
#include "core/operators/lower.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace strata {

namespace {
// One axis that changes, or that is read through a region of interest.
struct ResizedAxis {
    std::size_t axis = 0;
    std::int64_t in = 1, out = 1;
    double scale = 1, roiBegin = 0, roiEnd = 1;
    // align_corners divides by the length of the result, in whole elements from opset 18 on (ends map on ends), before
    // by what the scale asks for. ONNX's own test data, whose scales are inputs, have the latter in all versions, so
    // that is what scales mean that are only known when the model runs.
    bool wholeLength = true;
    // Where these are data.
    std::optional<Value> dataScale = std::nullopt, dataBegin = std::nullopt, dataEnd = std::nullopt;

    bool isData() const { return dataScale || dataBegin; }
};

bool countsWhole(const GraphNode& node) { return node.version == 0 || node.version >= 18; }

bool isUpsample(const GraphNode& node) { return node.op == "Upsample"; }
std::size_t scalesInput(const GraphNode& node)
{
    return isUpsample(node) || (node.version != 0 && node.version < 11) ? 1 : 2;
}

// Before opset 11 coordinates scale from the corner and nearest rounds down.
std::string coordinateMode(const GraphNode& node)
{
    return scalesInput(node) == 1 ? "asymmetric" : textAttribute(node, "coordinate_transformation_mode", "half_pixel");
}
std::string nearestMode(const GraphNode& node)
{
    return scalesInput(node) == 1 ? "floor" : textAttribute(node, "nearest_mode", "round_prefer_floor");
}

std::optional<std::vector<double>> scalesOf(const InferContext& context)
{
    if (hasAttribute(context.node, "scales"))
        return realsAttribute(context.node, "scales");
    if (hasAttribute(context.node, "height_scale"))  // the first version, of pictures only
        return std::vector<double>{1, 1, realAttribute(context.node, "height_scale", 1),
                                   realAttribute(context.node, "width_scale", 1)};
    std::optional<std::vector<double>> scales = realsInput(context, scalesInput(context.node));
    return scales && !scales->empty() ? scales : std::nullopt;
}

Result<Integers> resizedAxes(const InferContext& context)
{
    Integers axes = integersAttribute(context.node, "axes");
    if (axes.empty())
        for (std::int64_t i = 0; i < rankOf(context, 0); ++i)
            axes.push_back(i);
    return normalizedAxes(context.node, axes, rankOf(context, 0));
}

// Sizes stay in proportion to the input where the node asks for it.
void keepAspect(const GraphNode& node, const Shape& shape, const Integers& axes, Integers& sizes,
                std::vector<double>& scales)
{
    const std::string policy = textAttribute(node, "keep_aspect_ratio_policy", "stretch");
    if (policy == "stretch")
        return;
    const double scale = policy == "not_larger" ? *std::min_element(scales.begin(), scales.end())
                                                : *std::max_element(scales.begin(), scales.end());
    for (std::size_t i = 0; i < axes.size(); ++i) {
        sizes[i] = std::int64_t(std::floor(scale * double(shape[std::size_t(axes[i])].constant()) + 0.5));
        scales[i] = scale;
    }
}

// The words that ONNX defines.
Status checkModes(const GraphNode& node)
{
    STRATA_CHECK(needsWord(node, "coordinate_transformation_mode",
                           {"half_pixel", "asymmetric", "align_corners", "tf_half_pixel_for_nn", "pytorch_half_pixel",
                            "tf_crop_and_resize", "half_pixel_symmetric"}));
    STRATA_CHECK(needsWord(node, "nearest_mode", {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}));
    STRATA_CHECK(needsWord(node, "keep_aspect_ratio_policy", {"stretch", "not_larger", "not_smaller"}));
    return needsWord(node, "mode", {"nearest", "linear", "cubic", "bilinear"});
}

// One scale or size an axis, two bounds an axis of the region of interest; scales above 0, sizes not below.
Status checkSideInputs(const InferContext& context, const Integers& axes)
{
    const GraphNode& node = context.node;
    const auto checkCount = [&](std::optional<std::size_t> has, std::size_t needed, const std::string& what) -> Status {
        if (!has || *has == 0 || *has == needed)
            return {};
        return nodeError(node, "has " + std::to_string(*has) + " " + what + "; it needs " + std::to_string(needed)
                                   + " for " + std::to_string(axes.size()) + " axes.");
    };
    const auto lengthOf = [&](std::size_t input) -> std::optional<std::size_t> {
        if (!given(context, input) || !ranked(context, input) || rankOf(context, input) != 1
            || !shapeOf(context, input)[0].isConstant())
            return std::nullopt;
        return std::size_t(shapeOf(context, input)[0].constant());
    };
    const std::size_t scalesAt = scalesInput(node);
    if (hasAttribute(node, "height_scale"))
        STRATA_CHECK(needsRank(context, 0, "X", 4));
    STRATA_CHECK(needsLength(node, "scales", axes.size(), "for the axes of " + toString(shapeOf(context, 0))));
    STRATA_CHECK(needsRank(context, scalesAt, "scales", 1));
    STRATA_CHECK(checkCount(lengthOf(scalesAt), axes.size(), "scales"));
    const std::optional<std::vector<double>> scales = scalesOf(context);
    for (const double scale : scales.value_or(std::vector<double>{}))
        if (!(scale > 0))
            return nodeError(node, "has the scale " + std::to_string(scale) + "; a scale is above 0.");
    if (scalesAt == 1)
        return {};
    STRATA_CHECK(needsRank(context, 1, "roi", 1));
    STRATA_CHECK(needsRank(context, 3, "sizes", 1));
    STRATA_CHECK(checkCount(lengthOf(1), 2 * axes.size(), "bounds in its region of interest"));
    STRATA_CHECK(checkCount(lengthOf(3), axes.size(), "sizes"));
    if (lengthOf(3).value_or(0) > 0 && lengthOf(2).value_or(0) > 0)
        return nodeError(node, "has both scales and sizes; it takes one of them.");
    for (const std::int64_t size : integersInput(context, 3).value_or(Integers{}))
        if (size < 0)
            return nodeError(node, "has the size " + std::to_string(size) + ".");
    return {};
}

// Nullopt: scales and sizes are only known when the model runs.
Result<std::optional<std::vector<ResizedAxis>>> resizeOf(const InferContext& context)
{
    const GraphNode& node = context.node;
    const Shape& shape = shapeOf(context, 0);
    STRATA_TRY(const Integers axes, resizedAxes(context));
    STRATA_CHECK(checkSideInputs(context, axes));
    std::optional<Integers> sizes = integersInput(context, 3);
    std::optional<std::vector<double>> scales = scalesOf(context);
    const bool bySize = given(context, 3) && sizes && !sizes->empty();
    if (!bySize && !scales)
        return std::optional<std::vector<ResizedAxis>>();
    for (std::int64_t axis : axes)
        if (!shape[std::size_t(axis)].isConstant())
            return std::optional<std::vector<ResizedAxis>>();
    if (bySize) {
        scales.emplace();
        for (std::size_t i = 0; i < axes.size(); ++i)
            scales->push_back(double(float((*sizes)[i]) / float(shape[std::size_t(axes[i])].constant())));
        keepAspect(node, shape, axes, *sizes, *scales);
    }
    const std::optional<std::vector<double>> roi = scalesInput(node) == 2 ? realsInput(context, 1) : std::nullopt;
    const bool crops = coordinateMode(node) == "tf_crop_and_resize";
    if (crops && !given(context, 1))
        return nodeError(node, "crops to a region of interest that is not given.");
    if (crops && !roi)
        return std::optional<std::vector<ResizedAxis>>();
    std::vector<ResizedAxis> result;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        ResizedAxis r{std::size_t(axes[i]),       shape[std::size_t(axes[i])].constant(), 0, (*scales)[i], 0, 1,
                      bySize || countsWhole(node)};
        if (!bySize && double(r.in) * r.scale > 1e15)
            return nodeError(node, "enlarges " + toString(shape) + " beyond what any memory holds.");
        r.out = bySize ? (*sizes)[i] : std::int64_t(std::floor(double(r.in) * r.scale));
        if (r.in == 0 && r.out != 0)
            return nodeError(node, "enlarges " + toString(shape) + ", which has no elements.");
        if (crops) {
            r.roiBegin = (*roi)[i];
            r.roiEnd = (*roi)[axes.size() + i];
        }
        if (r.in != r.out || r.scale != 1 || r.roiBegin != 0 || r.roiEnd != 1)
            result.push_back(r);
    }
    return std::optional(result);
}

Result<Types> resizeRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    STRATA_CHECK(checkModes(context.node));
    if (!ranked(context, 0))
        return Types{unrankedType(type)};
    STRATA_TRY(const auto resized, resizeOf(context));
    Shape shape = shapeOf(context, 0);
    if (resized) {
        for (const ResizedAxis& r : *resized)
            shape[r.axis] = Dim(r.out);
        return Types{tensorType(type, std::move(shape))};
    }
    // A scale that is a whole number keeps a symbolic size a polynomial.
    STRATA_TRY(const Integers axes, resizedAxes(context));
    const std::optional<std::vector<double>> scales = scalesOf(context);
    for (std::size_t i = 0; i < axes.size(); ++i) {
        Dim& size = shape[std::size_t(axes[i])];
        const bool whole = scales && scales->size() == axes.size() && (*scales)[i] == std::floor((*scales)[i]);
        size = whole ? size * Dim(std::int64_t((*scales)[i])) : unknownDim(context.node, 0, std::size_t(axes[i]));
    }
    return Types{tensorType(type, std::move(shape))};
}

// --- Coordinates: where an index of the result lies in the input
// ----------------------------------------------------------------------

// What the coordinates of an axis are made of; numbers, or values where they are data.
template<class S>
struct Mapping {
    S scale, begin, end;
    bool wholeLength;
};

// The same operations on f32 whether x and the mapping are numbers or values.
template<class S, class T>
T mapped(const std::string& mode, std::int64_t inSize, std::int64_t outSize, const Mapping<S>& m, const T& x)
{
    const float in = float(inSize);
    const S out = in * m.scale;  // the length that the scale asks for, before it is cut to whole elements
    if (mode == "asymmetric")
        return x / m.scale;
    if (mode == "align_corners" && outSize == 1)
        return x * 0.0f;
    if (mode == "align_corners")
        return m.wholeLength ? T(x * (in - 1) / float(outSize - 1)) : T(x * (in - 1) / (out - 1.0f));
    if (mode == "tf_half_pixel_for_nn")
        return (x + 0.5f) / m.scale;
    if (mode == "pytorch_half_pixel" && outSize == 1)
        return x * 0.0f;
    if (mode == "tf_crop_and_resize")
        return outSize == 1 ? T(x * 0.0f + 0.5f * (m.begin + m.end) * (in - 1))
                            : T(x * ((m.end - m.begin) * (in - 1) / float(outSize - 1)) + m.begin * (in - 1));
    if (mode == "half_pixel_symmetric") {
        const S adjustment = float(outSize) / out;
        return (x + 0.5f) / m.scale - 0.5f + in / 2 * (1.0f - adjustment);
    }
    return (x + 0.5f) / m.scale - 0.5f;
}

template<class T>
T coordinate(const std::string& mode, const ResizedAxis& r, const T& x)
{
    const Mapping<float> known{float(r.scale), float(r.roiBegin), float(r.roiEnd), r.wholeLength};
    return mapped(mode, r.in, r.out, known, x);
}

Value dataCoordinate(const std::string& mode, const ResizedAxis& r, const Value& x)
{
    const auto valueOf = [](const std::optional<Value>& value, double number) {
        return value ? *value : constantOf(DType::F32, number);
    };
    const Mapping<Value> data{valueOf(r.dataScale, r.scale), valueOf(r.dataBegin, r.roiBegin),
                              valueOf(r.dataEnd, r.roiEnd), r.wholeLength};
    return mapped(mode, r.in, r.out, data, x);
}

template<>
Value coordinate(const std::string& mode, const ResizedAxis& r, const Value& x)
{
    if (r.isData())
        return dataCoordinate(mode, r, x);
    const Mapping<float> known{float(r.scale), float(r.roiBegin), float(r.roiEnd), r.wholeLength};
    return mapped(mode, r.in, r.out, known, x);
}

std::int64_t nearest(const std::string& mode, float c)
{
    if (mode == "floor")
        return std::int64_t(std::floor(c));
    if (mode == "ceil")
        return std::int64_t(std::ceil(c));
    return std::int64_t(mode == "round_prefer_ceil" ? std::floor(c + 0.5f) : std::ceil(c - 0.5f));
}

Integers nearestTable(const GraphNode& node, const ResizedAxis& r)
{
    Integers table;
    for (std::int64_t i = 0; i < r.out; ++i)
        table.push_back(std::clamp<std::int64_t>(
            nearest(nearestMode(node), coordinate(coordinateMode(node), r, float(i))), 0, r.in - 1));
    return table;
}

// The table as index arithmetic, if it is that simple: x // n for enlarging by n, x * n + c for shrinking, (x * in) //
// out.
std::optional<ExprPtr> asArithmetic(const Integers& table, const ResizedAxis& r, const ExprPtr& x)
{
    if (r.isData())
        return std::nullopt;
    if (table.empty())
        return x;  // a result without elements reads nothing
    auto matches = [&](auto&& f) {
        for (std::int64_t i = 0; i < r.out; ++i)
            if (table[std::size_t(i)] != f(i))
                return false;
        return true;
    };
    const std::int64_t enlarge = r.out % r.in == 0 ? r.out / r.in : 0,
                       step = table.size() > 1 ? table[1] - table[0] : 0;
    if (enlarge > 0 && matches([&](std::int64_t i) { return i / enlarge; }))
        return floorDiv(x, enlarge);
    if (matches([&](std::int64_t i) { return i * step + table[0]; }))
        return x * step + table[0];
    if (matches([&](std::int64_t i) { return i * r.in / r.out; }))
        return floorDiv(x * r.in, r.out);
    return std::nullopt;
}

ExprPtr clampedIndex(const Value& index, std::int64_t size) { return minimum(maximum(index, 0), size - 1).expr; }

Value asFloat(const ExprPtr& index) { return cast(DType::F32, Value(index)); }

TensorRef indexBuffer(LowerContext& ctx, const ResizedAxis& r)
{
    const std::string mode = nearestMode(ctx.node());
    const TensorRef result = ctx.local(ctx.output().name + "_index", DType::I64, {r.out});
    ctx.compute("index", result, [&](const Indices& at) {
        const Value c = coordinate(coordinateMode(ctx.node()), r, asFloat(at[0]));
        const Value whole = mode == "floor"               ? floor(c)
                            : mode == "ceil"              ? ceil(c)
                            : mode == "round_prefer_ceil" ? floor(c + 0.5)
                                                          : ceil(c - 0.5);
        return cast(DType::I64, whole);
    });
    return result;
}

void computeNearest(LowerContext& ctx, const std::vector<ResizedAxis>& resized, const TensorRef& out)
{
    std::map<std::size_t, TensorRef> buffers;
    for (const ResizedAxis& r : resized)
        if (!asArithmetic(nearestTable(ctx.node(), r), r, var("x")))
            buffers.emplace(r.axis, indexBuffer(ctx, r));
    ctx.compute("resize", out, [&](const Indices& at) {
        Indices source = at;
        for (const ResizedAxis& r : resized)
            source[r.axis] = buffers.count(r.axis) ? clampedIndex(buffers.at(r.axis)({at[r.axis]}), r.in)
                                                   : *asArithmetic(nearestTable(ctx.node(), r), r, at[r.axis]);
        return ctx.input(0)(source);
    });
}

// Weights of the taps around a coordinate that lies `t` behind the second of four (or the first of two).
std::vector<Value> tapWeights(bool cubic, double a, const Value& t)
{
    if (!cubic)
        return {1.0 - t, t};
    auto near = [&](const Value& d) { return ((a + 2) * d - (a + 3)) * d * d + 1.0; };
    auto far = [&](const Value& d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
    return {far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)};
}

// First tap and the weights of one axis, in small buffers that are computed once.
struct Taps {
    TensorRef first, weights;
    std::int64_t count = 2;
};

// The weight of what lies `distance` from the coordinate, in elements of the result where these are larger.
Value filterWeight(bool cubic, double a, const Value& distance)
{
    const Value d = absolute(distance);
    if (!cubic)
        return maximum(1.0 - d, 0);
    const Value near = ((a + 2) * d - (a + 3)) * d * d + 1.0, far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
    return select(d <= 1.0, near, select(d < 2.0, far, 0));
}

// Shrinking with a filter that is as wide as an element of the result: all elements that it covers, by weights that
// sum to 1.
Taps filterTaps(LowerContext& ctx, const ResizedAxis& r, bool cubic)
{
    const std::string base = ctx.output().name, mode = coordinateMode(ctx.node());
    const double a = realAttribute(ctx.node(), "cubic_coeff_a", -0.75), reach = cubic ? 2 : 1;
    const bool exclude = integerAttribute(ctx.node(), "exclude_outside", 0) != 0;
    // Data give at least this scale; taps beyond the filter's reach have weight 0.
    const double least = r.dataScale ? (double(r.out) - 0.5) / double(r.in) : r.scale;
    const auto before = std::int64_t(std::floor(-reach / std::min(least, 1.0))) + 1;
    Taps result{ctx.local(base + "_first", DType::I64, {r.out}), {}, 2 - 2 * before};
    const Value whole = constantOf(DType::F32, 1),
                scale = r.dataScale ? minimum(*r.dataScale, whole) : constantOf(DType::F32, std::min(r.scale, 1.0));
    const auto at = [&](const ExprPtr& i) { return coordinate(mode, r, asFloat(i)); };
    ctx.compute("first_tap", result.first,
                [&](const Indices& i) { return cast(DType::I64, ceil(at(i[0]))) - 1 + before; });
    const Axes axes{{"i", r.out}, {"t", result.count}};
    const TensorRef plain = ctx.local(base + "_filter", DType::F32, {r.out, result.count}),
                    sums = ctx.local(base + "_filter_sum", DType::F32, {r.out});
    ctx.compute("filter", plain, axes, [&](const Indices& i) {
        const Value c = at(i[0]), ratio = c - (ceil(c) - 1.0), tap = asFloat(i[1]) + double(before);
        const Value weight = filterWeight(cubic, a, (tap - ratio) * scale);
        const ExprPtr place = (result.first({i[0]}) + Value(i[1])).expr;
        return exclude ? select(inside(place, 0, r.in), weight, 0) : weight;
    });
    ctx.reduce("filter_sum", sums, {{"t", result.count}}, constantOf(DType::F32, 0),
               [&](const Indices& i, const Indices& t, const Value& sum) {
                   return sum + plain({i[0], t[0]});
               });
    result.weights = ctx.local(base + "_weight", DType::F32, {r.out, result.count});
    ctx.compute("weights", result.weights, axes, [&](const Indices& i) { return plain(i) / sums({i[0]}); });
    return result;
}

Taps taps(LowerContext& ctx, const ResizedAxis& r, bool cubic)
{
    if (integerAttribute(ctx.node(), "antialias", 0) != 0)
        return filterTaps(ctx, r, cubic);
    const std::string base = ctx.output().name, mode = coordinateMode(ctx.node());
    const bool exclude = cubic && integerAttribute(ctx.node(), "exclude_outside", 0) != 0;
    const double a = realAttribute(ctx.node(), "cubic_coeff_a", -0.75);
    Taps result{ctx.local(base + "_first", DType::I64, {r.out}), {}, cubic ? 4 : 2};
    result.weights = ctx.local(base + "_weight", DType::F32, {r.out, result.count});
    ctx.compute("first_tap", result.first, [&](const Indices& at) {
        return cast(DType::I64, floor(coordinate(mode, r, asFloat(at[0])))) - (cubic ? 1 : 0);
    });
    ctx.compute("weights", result.weights, {{"i", r.out}, {"t", result.count}}, [&](const Indices& at) {
        const Value c = coordinate(mode, r, asFloat(at[0]));
        std::vector<Value> weights = tapWeights(cubic, a, c - floor(c));
        if (exclude) {
            Value sum = constantOf(DType::F32, 0);
            for (std::size_t k = 0; k < weights.size(); ++k) {
                weights[k] = select(inside((result.first({at[0]}) + std::int64_t(k)).expr, 0, r.in), weights[k], 0);
                sum = sum + weights[k];
            }
            for (Value& weight : weights)
                weight = weight / sum;
        }
        Value chosen = weights.back();
        for (std::size_t k = weights.size() - 1; k-- > 0;)
            chosen = select(Value(at[1]) == std::int64_t(k), weights[k], chosen);
        return chosen;
    });
    return result;
}

// One pass an axis; what lies outside reads the nearest element.
void computeInterpolated(LowerContext& ctx, const std::vector<ResizedAxis>& resized, const TensorRef& out, bool cubic)
{
    TensorRef source = ctx.input(0);
    const DType wide = isFloat(out.dtype) ? accumulatorType(out.dtype) : DType::F32;
    for (std::size_t pass = 0; pass < resized.size(); ++pass) {
        const ResizedAxis& r = resized[pass];
        const Taps t = taps(ctx, r, cubic);
        Shape shape = source.shape;
        shape[r.axis] = r.out;
        const TensorRef target = pass + 1 == resized.size() ? out : ctx.local(out.name + "_pass", wide, shape);
        ctx.compute("interpolate", target, [&](const Indices& at) {
            std::optional<Value> sum;
            for (std::int64_t k = 0; k < t.count; ++k) {
                Indices index = at;
                index[r.axis] = clampedIndex(t.first({at[r.axis]}) + k, r.in);
                const Value term = cast(wide, source(index)) * cast(wide, t.weights({at[r.axis], intConst(k)}));
                sum = sum ? *sum + term : term;
            }
            return cast(target.dtype, *sum);
        });
        source = target;
    }
}

// The scale of all axes that keeps their proportion, of sizes that are data.
Value commonScale(LowerContext& ctx, const Integers& axes)
{
    const bool smallest = textAttribute(ctx.node(), "keep_aspect_ratio_policy", "stretch") == "not_larger";
    std::optional<Value> scale;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const Value one = cast(DType::F32, entryOf(ctx, 3, std::int64_t(i))) / double(ctx.input(0).number(axes[i]));
        scale = !scale ? one : smallest ? minimum(*scale, one) : maximum(*scale, one);
    }
    return *scale;
}

// Scales, sizes or the region of interest are data; the sizes of the result are those that the node declares.
Result<std::vector<ResizedAxis>> dataResize(LowerContext& ctx)
{
    const GraphNode& node = ctx.node();
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    STRATA_TRY(const Integers axes, resizedAxes(ctx.in));
    const std::size_t scalesAt = scalesInput(node);
    const bool bySize = scalesAt == 2 && ctx.given(3) && ctx.input(3).count() > 0,
               stretches = textAttribute(node, "keep_aspect_ratio_policy", "stretch") == "stretch",
               crops = coordinateMode(node) == "tf_crop_and_resize";
    const std::optional<std::vector<double>> scales = scalesOf(ctx.in);
    if ((!bySize && !scales && (!ctx.given(scalesAt) || ctx.input(scalesAt).count() == 0)) || x.count() == 0)
        return needsConstant(ctx.in, scalesAt, "scales");
    std::vector<ResizedAxis> result;
    std::vector<std::optional<Value>> asked(y.shape.size());  // sizes
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const std::size_t axis = std::size_t(axes[i]);
        const ExprPtr entry = intConst(std::int64_t(i));
        ResizedAxis r{axis, x.number(axis), y.number(axis)};
        r.wholeLength = bySize || (scales && countsWhole(ctx.node()));
        r.scale = scales && !bySize ? (*scales)[i] : double(float(r.out) / float(r.in));
        if (bySize && !stretches)
            r.dataScale = commonScale(ctx, axes);
        else if (!bySize && !scales)
            r.dataScale = cast(DType::F32, ctx.input(scalesAt)({entry}));
        if (bySize && stretches)
            asked[axis] = entryOf(ctx, 3, std::int64_t(i));
        else if (r.dataScale)
            asked[axis] = cast(DType::I64, floor(*r.dataScale * double(r.in) + (bySize ? 0.5 : 0.0)));
        if (crops) {
            r.dataBegin = cast(DType::F32, ctx.input(1)({entry}));
            r.dataEnd = cast(DType::F32, ctx.input(1)({intConst(std::int64_t(axes.size() + i))}));
        }
        result.push_back(std::move(r));
    }
    checkSizes(ctx,
               [&](std::int64_t axis) { return asked[std::size_t(axis)].value_or(Value(intConst(y.number(axis)))); });
    return result;
}

Status computeResize(LowerContext& ctx)
{
    STRATA_TRY(auto resized, resizeOf(ctx.in));
    if (!resized) {
        STRATA_TRY(resized, dataResize(ctx));
    }
    const std::string kind = textAttribute(ctx.node(), "mode", "nearest"), mode = coordinateMode(ctx.node());
    const TensorRef& y = ctx.output();
    const bool crops = mode == "tf_crop_and_resize" && !resized->empty();
    const TensorRef out = crops ? ctx.local(y.name + "_inside", y) : y;
    if (kind == "nearest" || resized->empty())
        computeNearest(ctx, *resized, out);
    else
        computeInterpolated(ctx, *resized, out, kind == "cubic");
    if (!crops)
        return {};
    const double outside = realAttribute(ctx.node(), "extrapolation_value", 0);
    ctx.compute("extrapolate", y, [&](const Indices& at) {
        std::optional<Value> isInside;
        for (const ResizedAxis& r : *resized) {
            const Value c = coordinate(mode, r, asFloat(at[r.axis]));
            const Value here = c >= 0.0 && c <= double(r.in - 1);
            isInside = isInside ? *isInside && here : here;
        }
        return select(*isInside, out(at), outside);
    });
    return {};
}
}  // namespace

std::vector<Operator> resizeOperators()
{
    return {
        {.name = "Resize",
         .sinceVersion = 10,
         .pattern = Pattern::Injective,
         .summary = "Enlarges or shrinks a picture, by the nearest pixel or between pixels.",
         .formula = "y[i] = x[(i + 0.5) / scale - 0.5]",
         .infer = resizeRule,
         .compute = computeResize},
        {.name = "Upsample",
         .untilVersion = 9,
         .pattern = Pattern::Injective,
         .summary = "The older form of Resize.",
         .formula = "y[i] = x[i / scale]",
         .infer = resizeRule,
         .compute = computeResize},
    };
}

}  // namespace strata
