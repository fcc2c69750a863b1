// Convolutions: one reduction over the input channels of a group and the window, whose strides, dilations and groups
// are index arithmetic. The rules hold channels, groups, kernel, pads and bias against each other, so that no index
// that the blocks make leaves its buffer.
#include "core/operators/conv.h"

#include "core/operators/families.h"

namespace strata {

Result<Window> convWindow(const InferContext& context, std::size_t input, std::size_t weights)
{
    const Shape &x = shapeOf(context, input), &w = shapeOf(context, weights);
    if (x.size() < 3 || w.size() != x.size())
        return nodeError(context.node, "convolves " + toString(x) + " with " + toString(w) + ".");
    STRATA_TRY(Integers kernel, kernelShape(context, w));
    return windowOf(context.node, x, std::move(kernel));
}

Result<Integers> kernelShape(const InferContext& context, const Shape& weights)
{
    const Integers kernel = integersAttribute(context.node, "kernel_shape");
    const Shape spatial(weights.begin() + 2, weights.end());
    if (kernel.empty() && !isConstant(spatial))
        return nodeError(context.node, "has a kernel of symbolic size.", "Bind the dimension first.");
    if (!kernel.empty() && !mayBeEqual(toShape(kernel), spatial))
        return nodeError(context.node, "has the kernel_shape " + toString(toShape(kernel)) + "; it is "
                                           + toString(spatial) + " for weights of " + toString(weights) + ".");
    return kernel.empty() ? constants(spatial) : kernel;
}

// As many groups as divide both sides of the weights: `in` channels of the input, `out` of the result.
Status checkGroups(const InferContext& context, const Dim& channels)
{
    STRATA_CHECK(needsAtLeast(context.node, "group", 1));
    const std::int64_t groups = integerAttribute(context.node, "group", 1);
    if (channels.isConstant() && channels.constant() % groups != 0)
        return nodeError(context.node,
                         "cuts " + channels.text() + " channels into " + std::to_string(groups) + " groups.");
    return {};
}

Status checkBias(const InferContext& context, std::size_t input, const Dim& channels)
{
    return needsShape(context, input, "B", {channels}, "for " + channels.text() + " output channels");
}

Result<Types> convolutionRule(const InferContext& context, std::size_t input, std::size_t weights, DType type)
{
    if (!ranked(context, input) || !ranked(context, weights))
        return Types{unrankedType(type)};
    const Shape &x = shapeOf(context, input), &w = shapeOf(context, weights);
    if (x.size() >= 3 && w.size() == x.size() && !hasAttribute(context.node, "kernel_shape")
        && !isConstant(Shape(w.begin() + 2, w.end()))) {
        Shape shape{x[0], w[0]};
        for (std::size_t i = 2; i < x.size(); ++i)
            shape.push_back(unknownDim(context.node, 0, i));
        return Types{tensorType(type, std::move(shape))};
    }
    STRATA_TRY(const Window window, convWindow(context, input, weights));
    STRATA_CHECK(checkGroups(context, w[0]));
    const Dim channels = w[1] * Dim(integerAttribute(context.node, "group", 1));
    if (x[1].isConstant() && channels.isConstant() && !(x[1] == channels))
        return nodeError(context.node,
                         "has " + x[1].text() + " input channels and weights for " + channels.text() + ".");
    STRATA_TRY(const Shape sizes, windowedSizes(context.node, x, window, false));
    Shape shape{x[0], w[0]};
    shape.insert(shape.end(), sizes.begin(), sizes.end());
    return Types{tensorType(type, std::move(shape))};
}

Axes convAxes(const TensorRef& y)
{
    std::vector<std::string> names{"n", "o"};
    for (std::string& name : spatialNames(y.shape.size() - 2))
        names.push_back(std::move(name));
    return y.axes(names);
}

void convolve(LowerContext& ctx, const TensorRef& w, const TensorRef& out, DType wide, const Window& window,
              std::int64_t groups, const ReadElement& input, const ReadElement& weight)
{
    const std::int64_t perGroup = w.number(1), outPerGroup = w.number(0) / groups;
    Axes over{{"ic", perGroup}};
    for (Axis& axis : kernelAxes(window))
        over.push_back(std::move(axis));
    ctx.reduce("conv", out, convAxes(out), over, constantOf(wide, 0),
               [&](const Indices& at, const Indices& r, const Value& sum) {
                   const ExprPtr channel = groups == 1 ? r[0]
                                                       : floorDiv(at[1], outPerGroup) * perGroup
                                                             + (perGroup == 1 ? intConst(0) : r[0]);
                   Indices ix{at[0], channel}, iw{at[1], r[0]};
                   for (ExprPtr& index : windowIndices(window, at, 2, r, 1))
                       ix.push_back(std::move(index));
                   iw.insert(iw.end(), r.begin() + 1, r.end());
                   return fma(input(ix), weight(iw), sum);
               });
}

namespace {
Result<Types> convRule(const InferContext& context)
{
    if (ranked(context, 1) && rankOf(context, 1) > 0)
        STRATA_CHECK(checkBias(context, 2, shapeOf(context, 1)[0]));
    return convolutionRule(context, 0, 1, dtypeOf(context, 0));
}

void addBias(LowerContext& ctx, const TensorRef& sums, const TensorRef& bias, const TensorRef& y)
{
    ctx.compute("bias", y, convAxes(y),
                [&](const Indices& at) { return cast(y.dtype, sums(at) + cast(sums.dtype, bias({at[1]}))); });
}

Status computeConv(LowerContext& ctx)
{
    STRATA_TRY(const Window window, convWindow(ctx.in, 0, 1));
    const TensorRef &x = ctx.input(0), &w = ctx.input(1), &y = ctx.output();
    const DType wide = accumulatorType(y.dtype);
    const TensorRef source = padded(ctx, x, window, spatialSizes(y), constantOf(x.dtype, 0));
    const TensorRef sums = ctx.given(2) ? ctx.local(y.name + "_conv", wide, y.shape) : y;
    convolve(
        ctx, w, sums, wide, window, integerAttribute(ctx.node(), "group", 1),
        [&](const Indices& at) { return cast(wide, source(at)); },
        [&](const Indices& at) { return cast(wide, w(at)); });
    if (ctx.given(2))
        addBias(ctx, sums, ctx.input(2), y);
    return {};
}

// --- ConvTranspose
// -----------------------------------------------------------------------------------------------------------------

// `window` is that of the convolution whose transpose this is; its pads are cut from the result.
struct Transposed {
    Window window;
    Shape sizes;
};

Status checkTransposed(const InferContext& context)
{
    const GraphNode& node = context.node;
    const Shape &x = shapeOf(context, 0), &w = shapeOf(context, 1);
    if (x.size() < 3 || w.size() != x.size())
        return nodeError(node, "convolves " + toString(x) + " with " + toString(w) + ".");
    const std::size_t rank = x.size() - 2;
    const std::string why = "for " + std::to_string(rank) + " spatial dimensions";
    for (const char* attribute : {"strides", "dilations", "output_padding"})
        STRATA_CHECK(needsLength(node, attribute, rank, why));
    STRATA_CHECK(needsLength(node, "pads", 2 * rank, why));
    STRATA_CHECK(needsWord(node, "auto_pad", {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"}));
    for (const char* attribute : {"strides", "dilations"})
        STRATA_CHECK(needsEachAtLeast(node, attribute, 1));
    for (const char* attribute : {"pads", "output_padding"})
        STRATA_CHECK(needsEachAtLeast(node, attribute, 0));
    const std::size_t wanted = integersAttribute(node, "output_shape").size();
    if (wanted != 0 && wanted != rank && wanted != rank + 2)
        return nodeError(node, "has an output_shape of " + std::to_string(wanted) + " sizes; it needs "
                                   + std::to_string(rank) + " " + why + ".");
    STRATA_CHECK(needsEachAtLeast(node, "output_shape", wanted == rank ? 1 : -1));
    STRATA_CHECK(checkGroups(context, w[0]));
    if (!mayBeEqual(x[1], w[0]))
        return nodeError(node, "has " + x[1].text() + " input channels and weights for " + w[0].text() + ".");
    return checkBias(context, 2, w[1] * Dim(integerAttribute(node, "group", 1)));
}

Result<Transposed> transposedWindow(const InferContext& context)
{
    const GraphNode& node = context.node;
    const Shape &x = shapeOf(context, 0), &w = shapeOf(context, 1);
    const std::size_t rank = x.size() - 2;
    STRATA_TRY(const Integers kernel, kernelShape(context, w));
    Transposed result{{kernel, integersAttribute(node, "strides", Integers(rank, 1)),
                       integersAttribute(node, "dilations", Integers(rank, 1)), Integers(rank, 0), Integers(rank, 0)},
                      {}};
    Window& window = result.window;
    const Integers extra = integersAttribute(node, "output_padding", Integers(rank, 0)),
                   wanted = integersAttribute(node, "output_shape");
    const Integers pads = integersAttribute(node, "pads", Integers(2 * rank, 0));
    const std::string autoPad = textAttribute(node, "auto_pad", "NOTSET");
    const bool same = autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER";
    for (std::size_t i = 0; i < rank; ++i) {
        const Dim full = Dim(window.strides[i]) * (x[2 + i] - Dim(1)) + Dim(extra[i] + window.reach(i));
        if (wanted.empty() && !same) {
            window.padBegin[i] = autoPad == "VALID" ? 0 : pads[i];
            window.padEnd[i] = autoPad == "VALID" ? 0 : pads[rank + i];
            result.sizes.push_back(full - Dim(window.padBegin[i] + window.padEnd[i]));
            continue;
        }
        const Dim size = wanted.empty() ? x[2 + i] * Dim(window.strides[i]) : Dim(wanted[wanted.size() - rank + i]);
        result.sizes.push_back(size);
        if (!full.isConstant() || !size.isConstant())
            continue;  // the pads follow once the size is bound
        const std::int64_t total = std::max<std::int64_t>(full.constant() - size.constant(), 0);
        window.padBegin[i] = autoPad == "SAME_UPPER" ? total / 2 : total - total / 2;
        window.padEnd[i] = total - window.padBegin[i];
    }
    return result;
}

Result<Types> convTransposeRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    if (!ranked(context, 0) || !ranked(context, 1))
        return Types{unrankedType(type)};
    STRATA_CHECK(checkTransposed(context));
    const Shape &x = shapeOf(context, 0), &w = shapeOf(context, 1);
    Shape shape{x[0], w[1] * Dim(integerAttribute(context.node, "group", 1))};
    if (!hasAttribute(context.node, "kernel_shape") && !isConstant(Shape(w.begin() + 2, w.end()))) {
        for (std::size_t i = 2; i < x.size(); ++i)
            shape.push_back(unknownDim(context.node, 0, i));
        return Types{tensorType(type, std::move(shape))};
    }
    STRATA_TRY(Transposed transposed, transposedWindow(context));
    shape.insert(shape.end(), transposed.sizes.begin(), transposed.sizes.end());
    return Types{tensorType(type, std::move(shape))};
}

// x spread out: strides - 1 zeros between its elements, and a border so that the transposed convolution becomes a plain
// one.
TensorRef spread(LowerContext& ctx, const TensorRef& x, const TensorRef& y, const Window& window)
{
    Shape shape = x.shape;
    for (std::size_t i = 0; i < window.rank(); ++i)
        shape[2 + i] = y.number(2 + i) + window.reach(i) - 1;
    const TensorRef result = ctx.local(x.name + "_spread", x.dtype, shape);
    ctx.prepare("spread", result, [&](const Indices& at) {
        Indices source{at[0], at[1]};
        std::optional<Value> inSource;
        for (std::size_t i = 0; i < window.rank(); ++i) {
            const std::int64_t stride = window.strides[i];
            const ExprPtr offset = at[2 + i] - (window.reach(i) - 1 - window.padBegin[i]);
            source.push_back(floorDiv(offset, stride));
            Value here = inside(offset, 0, (x.number(2 + i) - 1) * stride + 1);
            if (stride > 1)
                here = here && Value(floorMod(offset, stride)) == 0;
            inSource = inSource ? *inSource && here : here;
        }
        return select(*inSource, x(source), 0);
    });
    return result;
}

bool tiles(const Window& window, const Integers& sizes, const TensorRef& source)
{
    for (std::size_t i = 0; i < window.rank(); ++i)
        if (window.kernel[i] != window.strides[i] || window.dilations[i] != 1 || window.padBegin[i] != 0
            || sizes[i] != source.number(2 + std::int64_t(i)) * window.strides[i])
            return false;
    return true;
}

// One reduction block. Windows that tile the result read x directly, others a spread out x and the kernel backwards.
void convolveTransposed(LowerContext& ctx, const TensorRef& out, const Window& window, std::int64_t groups)
{
    const TensorRef &x = ctx.input(0), &w = ctx.input(1);
    const DType wide = accumulatorType(out.dtype);
    const std::int64_t perGroup = w.number(0) / groups, outPerGroup = w.number(1);
    const bool tiled = tiles(window, spatialSizes(out), x);
    const TensorRef source = tiled ? x : spread(ctx, x, out, window);
    Axes over{{"ic", perGroup}};
    if (!tiled)
        for (Axis& axis : kernelAxes(window))
            over.push_back(std::move(axis));
    ctx.reduce("conv_transpose", out, convAxes(out), over, constantOf(wide, 0),
               [&](const Indices& at, const Indices& r, const Value& sum) {
                   const ExprPtr channel = groups == 1 ? r[0] : floorDiv(at[1], outPerGroup) * perGroup + r[0];
                   Indices ix{at[0], channel}, iw{channel, groups == 1 ? at[1] : floorMod(at[1], outPerGroup)};
                   for (std::size_t i = 0; i < window.rank(); ++i) {
                       ix.push_back(tiled ? floorDiv(at[2 + i], window.strides[i])
                                          : at[2 + i] + r[1 + i] * window.dilations[i]);
                       iw.push_back(tiled ? floorMod(at[2 + i], window.strides[i])
                                          : intConst(window.kernel[i] - 1) - r[1 + i]);
                   }
                   return fma(cast(wide, source(ix)), cast(wide, w(iw)), sum);
               });
}

Status computeConvTranspose(LowerContext& ctx)
{
    STRATA_TRY(const Transposed transposed, transposedWindow(ctx.in));
    const TensorRef& y = ctx.output();
    const TensorRef sums = ctx.given(2) ? ctx.local(y.name + "_conv", accumulatorType(y.dtype), y.shape) : y;
    convolveTransposed(ctx, sums, transposed.window, integerAttribute(ctx.node(), "group", 1));
    if (ctx.given(2))
        addBias(ctx, sums, ctx.input(2), y);
    return {};
}
}  // namespace

std::vector<Operator> convOperators()
{
    return {
        {.name = "Conv",
         .pattern = Pattern::OutFusable,
         .requiredInputs = 2,
         .summary =
             "Slides a small kernel over a picture; each result is the weighted sum of the window below it, over all input channels.",
         .formula =
             "y[n, o, y, x] = b[o] + sum over ic, ky, kx of x[n, ic, y*stride + ky*dilation - pad, ...] * w[o, ic, ky, kx]",
         .infer = convRule,
         .compute = computeConv},
        {.name = "ConvTranspose",
         .pattern = Pattern::OutFusable,
         .requiredInputs = 2,
         .summary =
             "The transpose of a convolution: each input element paints a weighted kernel onto a larger picture.",
         .formula =
             "y[n, o, y, x] = b[o] + sum of x[n, ic, i, j] * w[ic, o, ky, kx] where y = i*stride + ky*dilation - pad, ...",
         .infer = convTransposeRule,
         .compute = computeConvTranspose},
    };
}

}  // namespace strata
