// Operators on pictures that are no plain windows: grids of coordinates, windows put back, windows whose elements lie
// where data say.
#include "core/operators/data_inputs.h"
#include "core/operators/special_families.h"
#include "core/operators/window.h"

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

// --- AffineGrid
// ------------------------------------------------------------------------------------------------------------------------------

Result<Types> affineGridRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    const std::optional<Shape> size = dimensionsInput(context, 1);
    STRATA_CHECK(needsRank(context, 0, "theta", 3));
    STRATA_CHECK(needsRank(context, 1, "size", 1));
    if (!size)
        return Types{unrankedType(type)};
    if (size->size() != 4 && size->size() != 5)
        return nodeError(context.node, "makes a grid of " + std::to_string(size->size())
                                           + " sizes; it has a batch, channels and two or three axes.");
    const std::int64_t axes = std::int64_t(size->size()) - 2;
    STRATA_CHECK(needsShape(context, 0, "theta", {(*size)[0], Dim(axes), Dim(axes + 1)},
                            "for " + std::to_string(axes) + " axes"));
    Shape shape = *size;
    shape.erase(shape.begin() + 1);
    shape.push_back(Dim(axes));
    return Types{tensorType(type, std::move(shape))};
}

// Coordinates from -1 to 1, of the centres (align_corners) or of the borders of the outer elements, turned by theta.
Status computeAffineGrid(LowerContext& ctx)
{
    const TensorRef &theta = ctx.input(0), &y = ctx.output();
    const std::int64_t axes = y.number(-1);
    const DType wide = accumulatorType(y.dtype);
    const bool corners = integerAttribute(ctx.node(), "align_corners", 0) != 0;
    ctx.compute("grid", y, [&](const Indices& at) {
        Value sum = cast(wide, theta({at[0], at.back(), intConst(axes)}));
        for (std::int64_t j = axes; j-- > 0;) {
            const std::size_t axis = std::size_t(axes - j);  // the first coordinate is of the last axis
            const std::int64_t size = y.number(axis);
            const Value i = cast(wide, Value(at[axis]));
            const Value place = corners ? i * (size > 1 ? 2.0 / double(size - 1) : 0.0) - 1.0
                                        : (2.0 * i + 1.0) / double(size) - 1.0;
            sum = fma(cast(wide, theta({at[0], at.back(), intConst(j)})), place, sum);
        }
        return cast(y.dtype, sum);
    });
    return {};
}

// --- Col2Im
// --------------------------------------------------------------------------------------------------------------------------------

// The windows whose elements stand in the columns, over a picture of these sizes.
Window columnsWindow(const GraphNode& node, const Integers& block)
{
    const std::size_t rank = block.size();
    const Integers pads = integersAttribute(node, "pads", Integers(2 * rank, 0));
    Window window{block, integersAttribute(node, "strides", Integers(rank, 1)),
                  integersAttribute(node, "dilations", Integers(rank, 1)), Integers(rank, 0), Integers(rank, 0)};
    for (std::size_t i = 0; i < rank; ++i) {
        window.padBegin[i] = pads[i];
        window.padEnd[i] = pads[rank + i];
    }
    return window;
}

std::int64_t product(const Integers& values)
{
    std::int64_t result = 1;
    for (const std::int64_t value : values)
        result *= value;
    return result;
}

Integers windowCounts(const Window& window, const Integers& image)
{
    Integers counts;
    for (std::size_t i = 0; i < window.rank(); ++i) {
        const std::int64_t room = image[i] + window.padBegin[i] + window.padEnd[i] - window.reach(i);
        counts.push_back(room < 0 ? 0 : room / window.strides[i] + 1);
    }
    return counts;
}

Result<Types> columnsRule(const InferContext& context)
{
    const GraphNode& node = context.node;
    const DType type = dtypeOf(context, 0);
    STRATA_CHECK(needsRank(context, 0, "input", 3));
    STRATA_CHECK(needsRank(context, 1, "image_shape", 1));
    STRATA_CHECK(needsRank(context, 2, "block_shape", 1));
    const std::optional<Integers> image = integersInput(context, 1), block = integersInput(context, 2);
    for (const auto& values : {image, block})
        for (const std::int64_t size : values.value_or(Integers{}))
            if (size < 1)
                return nodeError(node, "has the size " + std::to_string(size) + ".");
    if (!ranked(context, 1) || !shapeOf(context, 1)[0].isConstant())
        return Types{unrankedType(type)};
    STRATA_CHECK(needsShape(context, 2, "block_shape", shapeOf(context, 1), "as the picture has axes"));
    const auto rank = std::size_t(shapeOf(context, 1)[0].constant());
    STRATA_CHECK(needsLength(node, "pads", 2 * rank, "for the axes of the picture"));
    for (const char* attribute : {"strides", "dilations"}) {
        STRATA_CHECK(needsLength(node, attribute, rank, "for the axes of the picture"));
        STRATA_CHECK(needsEachAtLeast(node, attribute, 1));
    }
    if (!image || !ranked(context, 0))
        return Types{unrankedType(type)};
    const Shape& x = shapeOf(context, 0);
    Dim channels = unknownDim(node, 0, 1);
    if (block && x[1].isConstant()) {
        if (x[1].constant() % product(*block) != 0)
            return nodeError(node, "has " + x[1].text() + " rows of columns for windows of "
                                       + std::to_string(product(*block)) + " elements.");
        channels = Dim(x[1].constant() / product(*block));
        const std::int64_t windows = product(windowCounts(columnsWindow(node, *block), *image));
        if (x[2].isConstant() && x[2].constant() != windows)
            return nodeError(node, "has " + x[2].text() + " columns for " + std::to_string(windows) + " windows.");
    }
    Shape shape{x[0], channels};
    for (const std::int64_t size : *image)
        shape.emplace_back(size);
    return Types{tensorType(type, std::move(shape))};
}

// Each element of the picture gathers itself from all windows that see it.
void gatherColumns(LowerContext& ctx, const Integers& block, const TensorRef& y)
{
    const TensorRef& x = ctx.input(0);
    const Window window = columnsWindow(ctx.node(), block);
    const Integers image = spatialSizes(y), counts = windowCounts(window, image);
    const DType wide = accumulatorType(y.dtype);
    ctx.reduce("gather", y, y.axes(), kernelAxes(window), constantOf(wide, 0),
               [&](const Indices& at, const Indices& over, const Value& sum) {
                   ExprPtr row = at[1], column = intConst(0);
                   Value seen = constantOf(DType::Bool, 1);
                   for (std::size_t i = 0; i < window.rank(); ++i) {
                       const ExprPtr place = at[2 + i] + window.padBegin[i] - over[i] * window.dilations[i];
                       const ExprPtr number = floorDiv(place, window.strides[i]);
                       if (window.strides[i] > 1)
                           seen = seen && Value(floorMod(place, window.strides[i])) == 0;
                       seen = seen && inside(number, 0, counts[i]);
                       row = row * window.kernel[i] + over[i];
                       column = column * counts[i] + number;
                   }
                   const Indices from{at[0], row, checked(column, intConst(x.number(2)))};
                   return sum + select(seen, cast(wide, x(from)), 0);
               });
}

// All windows of so many elements that make so many columns, where the window is data.
std::vector<Integers> fittingBlocks(const GraphNode& node, std::int64_t elements, const Integers& image,
                                    std::int64_t columns)
{
    std::vector<Integers> blocks{{}};
    for (std::size_t i = 0; i < image.size(); ++i) {
        std::vector<Integers> longer;
        for (const Integers& block : blocks)
            for (std::int64_t size = 1; size <= elements; ++size)
                if (elements % (product(block) * size) == 0) {
                    longer.push_back(block);
                    longer.back().push_back(size);
                }
        blocks = std::move(longer);
    }
    std::erase_if(blocks, [&](const Integers& block) {
        return product(block) != elements || product(windowCounts(columnsWindow(node, block), image)) != columns;
    });
    return blocks;
}

Status computeColumns(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const std::optional<Integers> block = integersInput(ctx.in, 2);
    if (block) {
        gatherColumns(ctx, *block, y);
        return {};
    }
    const Integers image = spatialSizes(y);
    constexpr std::int64_t largestWindow = 4096;  // whose shapes are looked through
    if (y.number(1) < 1 || x.number(1) % y.number(1) != 0 || x.number(1) / y.number(1) > largestWindow)
        return needsConstant(ctx.in, 2, "window");
    return chooseValues(ctx, 2, fittingBlocks(ctx.node(), x.number(1) / y.number(1), image, x.number(2)),
                        [&](const Integers& chosen, const TensorRef& target) -> Status {
                            gatherColumns(ctx, chosen, target);
                            return {};
                        });
}

// --- MaxUnpool
// -----------------------------------------------------------------------------------------------------------------------------

Result<Types> unpoolRule(const InferContext& context)
{
    const GraphNode& node = context.node;
    const DType type = dtypeOf(context, 0);
    if (!ranked(context, 0))
        return Types{unrankedType(type)};
    const Shape& x = shapeOf(context, 0);
    if (x.size() < 3)
        return nodeError(node, "takes [n, c, ...] and has " + toString(x) + ".");
    const std::size_t rank = x.size() - 2;
    STRATA_CHECK(needsShape(context, 1, "I", x, "as X"));
    STRATA_CHECK(needsLength(node, "kernel_shape", rank, "for X of " + toString(x)));
    STRATA_CHECK(needsLength(node, "strides", rank, "for X of " + toString(x)));
    STRATA_CHECK(needsLength(node, "pads", 2 * rank, "for X of " + toString(x)));
    STRATA_CHECK(needsShape(context, 2, "output_shape", {Dim(std::int64_t(x.size()))}, "for X of " + toString(x)));
    if (given(context, 2)) {
        const std::optional<Shape> shape = dimensionsInput(context, 2);
        return Types{shape ? tensorType(type, *shape) : unrankedType(type)};
    }
    const Integers kernel = integersAttribute(node, "kernel_shape"),
                   strides = integersAttribute(node, "strides", Integers(rank, 1)),
                   pads = integersAttribute(node, "pads", Integers(2 * rank, 0));
    Shape shape{x[0], x[1]};
    for (std::size_t i = 0; i < rank; ++i)
        shape.push_back((x[2 + i] - Dim(1)) * Dim(strides[i]) + Dim(kernel[i] - pads[i] - pads[rank + i]));
    return Types{tensorType(type, std::move(shape))};
}

// Indices count the elements of the picture that the pool came from; a larger result has it in its first corner.
Status computeUnpool(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &indices = ctx.input(1), &y = ctx.output();
    const std::size_t rank = x.shape.size() - 2;
    const Integers kernel = integersAttribute(ctx.node(), "kernel_shape"),
                   strides = integersAttribute(ctx.node(), "strides", Integers(rank, 1)),
                   pads = integersAttribute(ctx.node(), "pads", Integers(2 * rank, 0));
    Integers source{x.number(0), x.number(1)};
    for (std::size_t i = 0; i < rank; ++i)
        source.push_back((x.number(2 + i) - 1) * strides[i] + kernel[i] - pads[i] - pads[rank + i]);
    for (std::size_t i = 0; i < source.size(); ++i)
        if (source[i] > y.number(i) || source[i] < 1)
            return nodeError(ctx.node(), "puts a picture of " + toString(toShape(source)) + " into one of "
                                             + toString(y.shape) + ".");
    ctx.compute("empty", y, [&](const Indices&) { return constantOf(y.dtype, 0); });
    ctx.ordered("unpool", {}, x.axes(), [&](const Indices&, const Indices& step) {
        const ExprPtr flat = checked(cast(DType::I64, indices(step)).expr, intConst(product(source)));
        Indices at(source.size());
        std::int64_t stride = 1;
        for (std::size_t i = source.size(); i-- > 0; stride *= source[i])
            at[i] = i == 0 ? floorDiv(flat, stride) : floorMod(floorDiv(flat, stride), source[i]);
        return std::vector<LowerContext::Write>{{&y, at, x(step)}};
    });
    return {};
}

// --- Between four elements
// ---------------------------------------------------------------------------------------------------------------

// The element at a row and column; 0 outside.
Value elementOrZero(const TensorRef& x, const ExprPtr& n, const ExprPtr& c, const Value& row, const Value& column)
{
    const std::int64_t height = x.number(2), width = x.number(3);
    const Value within = inside(row.expr, 0, height) && inside(column.expr, 0, width);
    const Value element = x({n, c, checked(row.expr, intConst(height)), checked(column.expr, intConst(width))});
    return select(within, element, 0);
}

// --- DeformConv
// ----------------------------------------------------------------------------------------------------------------------------

Result<Window> deformWindow(const InferContext& context)
{
    const Shape& w = shapeOf(context, 1);
    Integers kernel = integersAttribute(context.node, "kernel_shape");
    if (kernel.empty() && isConstant(w))
        kernel = {w[2].constant(), w[3].constant()};
    if (kernel.size() != 2)
        return nodeError(context.node, "has windows of " + std::to_string(kernel.size()) + " axes; Strata has two.");
    return windowOf(context.node, shapeOf(context, 0), kernel);
}

Result<Types> deformRule(const InferContext& context)
{
    const GraphNode& node = context.node;
    const DType type = dtypeOf(context, 0);
    if (!ranked(context, 0) || !ranked(context, 1))
        return Types{unrankedType(type)};
    const Shape &x = shapeOf(context, 0), &w = shapeOf(context, 1);
    if (x.size() != 4 || w.size() != 4)
        return Types{unrankedType(type)};
    STRATA_TRY(const Window window, deformWindow(context));
    STRATA_TRY(const Shape sizes, windowedSizes(node, x, window, false));
    const std::int64_t groups = integerAttribute(node, "group", 1), offsets = integerAttribute(node, "offset_group", 1),
                       taps = window.kernel[0] * window.kernel[1];
    if (groups < 1 || offsets < 1)
        return nodeError(node, "has a group below 1.");
    if (!mayBeEqual(x[1], w[1] * Dim(groups)) || (x[1].isConstant() && x[1].constant() % offsets != 0)
        || (w[0].isConstant() && w[0].constant() % groups != 0))
        return nodeError(node,
                         "cannot cut " + x[1].text() + " channels into its groups, for W of " + toString(w) + ".");
    STRATA_CHECK(
        needsShape(context, 1, "W", {w[0], w[1], Dim(window.kernel[0]), Dim(window.kernel[1])}, "for the kernel"));
    const std::string why = "for X of " + toString(x) + " and W of " + toString(w);
    STRATA_CHECK(needsShape(context, 2, "offset", {x[0], Dim(2 * offsets * taps), sizes[0], sizes[1]}, why));
    STRATA_CHECK(needsShape(context, 3, "B", {w[0]}, why));
    STRATA_CHECK(needsShape(context, 4, "mask", {x[0], Dim(offsets * taps), sizes[0], sizes[1]}, why));
    return Types{tensorType(type, {x[0], w[0], sizes[0], sizes[1]})};
}

Status computeDeform(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &w = ctx.input(1), &offset = ctx.input(2), &y = ctx.output();
    STRATA_TRY(const Window window, deformWindow(ctx.in));
    const std::int64_t groups = integerAttribute(ctx.node(), "group", 1),
                       offsets = integerAttribute(ctx.node(), "offset_group", 1), rows = window.kernel[0],
                       columns = window.kernel[1], channels = w.number(1), perOffset = x.number(1) / offsets,
                       results = y.number(1) / groups;
    const DType wide = accumulatorType(y.dtype);
    const Axes over{{"ic", channels}, {"ky", rows}, {"kx", columns}};
    const TensorRef sums = ctx.local(y.name + "_sum", wide, y.shape);
    ctx.reduce(
        "conv", sums, y.axes(), over, constantOf(wide, 0), [&](const Indices& at, const Indices& k, const Value& sum) {
            const ExprPtr channel = groups == 1 ? k[0] : floorDiv(at[1], results) * channels + k[0],
                          tap = (offsets == 1 ? intConst(0) : floorDiv(channel, perOffset) * (rows * columns))
                                + k[1] * columns + k[2];
            const auto moved = [&](std::size_t axis, std::int64_t part) {
                const ExprPtr plain = at[2 + axis] * window.strides[axis] + k[1 + axis] * window.dilations[axis]
                                      - window.padBegin[axis];
                return cast(wide, Value(plain))
                       + cast(wide, offset({at[0], tap * std::int64_t(2) + part, at[2], at[3]}));
            };
            const Value row = moved(0, 0), column = moved(1, 1), top = floor(row), left = floor(column);
            const Value down = row - top, right = column - left;
            const auto corner = [&](std::int64_t dy, std::int64_t dx) {
                return cast(wide,
                            elementOrZero(x, at[0], channel, cast(DType::I64, top) + dy, cast(DType::I64, left) + dx));
            };
            Value sample = (1.0 - down) * ((1.0 - right) * corner(0, 0) + right * corner(0, 1))
                           + down * ((1.0 - right) * corner(1, 0) + right * corner(1, 1));
            if (ctx.given(4))
                sample = sample * cast(wide, ctx.input(4)({at[0], tap, at[2], at[3]}));
            return fma(sample, cast(wide, w({at[1], k[0], k[1], k[2]})), sum);
        });
    ctx.compute("bias", y, [&](const Indices& at) {
        return cast(y.dtype, ctx.given(3) ? sums(at) + cast(wide, ctx.input(3)({at[1]})) : sums(at));
    });
    return {};
}

// --- RoiAlign
// ------------------------------------------------------------------------------------------------------------------------------

Result<Types> roiRule(const InferContext& context)
{
    const GraphNode& node = context.node;
    const DType type = dtypeOf(context, 0);
    STRATA_CHECK(needsWord(node, "mode", {"avg", "max"}));
    STRATA_CHECK(needsWord(node, "coordinate_transformation_mode", {"half_pixel", "output_half_pixel"}));
    for (const char* attribute : {"output_height", "output_width"})
        STRATA_CHECK(needsAtLeast(node, attribute, 1));
    STRATA_CHECK(needsAtLeast(node, "sampling_ratio", 0));
    STRATA_CHECK(needsRank(context, 0, "X", 4));
    STRATA_CHECK(needsRank(context, 1, "rois", 2));
    if (!ranked(context, 0) || !ranked(context, 1))
        return Types{unrankedType(type)};
    const Shape& rois = shapeOf(context, 1);
    STRATA_CHECK(needsShape(context, 1, "rois", {rois[0], Dim(4)}, "corners of a region"));
    STRATA_CHECK(needsShape(context, 2, "batch_indices", {rois[0]}, "for rois of " + toString(rois)));
    return Types{tensorType(type, {rois[0], shapeOf(context, 0)[1], Dim(integerAttribute(node, "output_height", 1)),
                                   Dim(integerAttribute(node, "output_width", 1))})};
}

// One axis of a region of interest: where it begins, how long a bin is, how many samples lie in one.
struct RoiAxis {
    Value begin, bin, samples;
    std::int64_t most = 1;
};

RoiAxis roiAxis(LowerContext& ctx, const ExprPtr& roi, std::int64_t first, std::int64_t bins, std::int64_t size)
{
    const GraphNode& node = ctx.node();
    const bool halfPixel = (node.version == 0 || node.version >= 16)
                           && textAttribute(node, "coordinate_transformation_mode", "half_pixel") == "half_pixel";
    const double scale = realAttribute(node, "spatial_scale", 1), shift = halfPixel ? 0.5 : 0;
    const TensorRef& rois = ctx.input(1);
    const Value begin = rois({roi, intConst(first)}) * scale - shift,
                end = rois({roi, intConst(first + 2)}) * scale - shift,
                length = halfPixel ? end - begin : maximum(end - begin, 1), bin = length / double(bins);
    const std::int64_t fixed = integerAttribute(node, "sampling_ratio", 0),
                       most = fixed > 0 ? fixed : 2 * ((size + bins - 1) / bins) + 1;
    return {begin, bin, fixed > 0 ? Value(intConst(fixed)) : dataCount(maximum(ceil(bin), 0), most), most};
}

// Samples in each bin, each between four elements; their average, or the greatest of all weighted elements.
Status computeRoi(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &y = ctx.output();
    const bool greatest = textAttribute(ctx.node(), "mode", "avg") == "max";
    const std::int64_t height = x.number(2), width = x.number(3);
    if (x.count() == 0)
        return nodeError(ctx.node(), "looks at regions of a picture without elements.");
    const DType wide = accumulatorType(x.dtype);
    const auto axisOf = [&](const ExprPtr& roi, bool ofRows) {
        return ofRows ? roiAxis(ctx, roi, 1, y.number(2), height) : roiAxis(ctx, roi, 0, y.number(3), width);
    };
    const Axes over{{"sy", axisOf(intConst(0), true).most}, {"sx", axisOf(intConst(0), false).most}};
    const TensorRef sums = ctx.local(y.name + "_sum", wide, y.shape);
    ctx.reduce("sample", sums, y.axes(), over, greatest ? lowest(wide) : constantOf(wide, 0),
               [&](const Indices& at, const Indices& s, const Value& sum) {
                   const auto place = [&](std::size_t axis) {
                       const RoiAxis a = axisOf(at[0], axis == 0);
                       const Value bin = cast(wide, a.bin), sample = cast(wide, Value(s[axis]));
                       return cast(wide, a.begin) + cast(wide, Value(at[2 + axis])) * bin
                              + (sample + 0.5) * bin / cast(wide, a.samples);
                   };
                   const Value row = place(0), column = place(1);
                   const Value isIn = row >= -1.0 && row <= double(height) && column >= -1.0 && column <= double(width);
                   const Value r = minimum(maximum(row, 0), double(height - 1)),
                               c = minimum(maximum(column, 0), double(width - 1)), top = floor(r), left = floor(c),
                               down = r - top, right = c - left;
                   const ExprPtr batch = dataIndex(ctx.input(2)({at[0]}), x.number(0));
                   const auto corner = [&](const Value& dy, const Value& dx, std::int64_t y1, std::int64_t x1) {
                       const Value i = minimum(cast(DType::I64, top) + y1, height - 1),
                                   j = minimum(cast(DType::I64, left) + x1, width - 1);
                       return dy * dx
                              * cast(wide, x({batch, at[1], checked(i.expr, intConst(height)),
                                              checked(j.expr, intConst(width))}));
                   };
                   const Value a = corner(1.0 - down, 1.0 - right, 0, 0), b = corner(1.0 - down, right, 0, 1),
                               d = corner(down, 1.0 - right, 1, 0), e = corner(down, right, 1, 1);
                   const Value counts = Value(s[0]) < axisOf(at[0], true).samples
                                        && Value(s[1]) < axisOf(at[0], false).samples;
                   if (!greatest)
                       return sum + select(counts && isIn, a + b + d + e, 0);
                   const Value most = select(isIn, maximum(maximum(a, b), maximum(d, e)), 0);
                   return maximum(sum, select(counts, most, lowest(wide)));
               });
    ctx.compute("pool", y, [&](const Indices& at) {
        if (greatest)
            return cast(y.dtype, select(sums(at) == lowest(wide), 0, sums(at)));
        const Value count = maximum(axisOf(at[0], true).samples * axisOf(at[0], false).samples, 1);
        return cast(y.dtype, sums(at) / cast(wide, count));
    });
    return {};
}

}  // namespace

std::vector<Operator> spatialOperators()
{
    return {
        {.name = "AffineGrid",
         .sinceVersion = 20,
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "The places in a picture that an affine map sends those of another to.",
         .formula = "y[n, i, j] = theta[n] * (x(j), y(i), 1)",
         .infer = affineGridRule,
         .compute = computeAffineGrid},
        {.name = "Col2Im",
         .sinceVersion = 18,
         .pattern = Pattern::Opaque,
         .requiredInputs = 3,
         .summary = "Puts the windows that stand in columns back into a picture; what overlaps adds up.",
         .formula = "y[i] = sum over the windows w that see i of x[i - w, w]",
         .infer = columnsRule,
         .compute = computeColumns},
        {.name = "MaxUnpool",
         .sinceVersion = 9,
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "Puts the elements that a pool kept back to where they came from, among zeros.",
         .formula = "y = 0; y[indices[i]] = x[i]",
         .infer = unpoolRule,
         .compute = computeUnpool},
        {.name = "DeformConv",
         .sinceVersion = 19,
         .pattern = Pattern::Opaque,
         .requiredInputs = 3,
         .summary = "A convolution whose windows look at places that are data.",
         .formula = "y[o, i] = sum over c, k of w[o, c, k] * mask[k, i] * x[c, i + k + offset[k, i]]",
         .infer = deformRule,
         .compute = computeDeform},
        {.name = "RoiAlign",
         .sinceVersion = 10,
         .pattern = Pattern::Opaque,
         .requiredInputs = 3,
         .summary = "Regions of a picture, each pooled to one size from samples between its elements.",
         .formula = "y[r, c, i, j] = the average of x[b[r], c] over the samples of bin (i, j)",
         .infer = roiRule,
         .compute = computeRoi},
    };
}

}  // namespace strata
