#include "core/operators/window.h"

#include <algorithm>

namespace strata {

namespace {
Status checkWindowAttributes(const GraphNode& node, std::size_t rank)
{
    const std::string why = "for " + std::to_string(rank) + " spatial dimensions";
    STRATA_CHECK(needsLength(node, "strides", rank, why));
    STRATA_CHECK(needsLength(node, "dilations", rank, why));
    STRATA_CHECK(needsLength(node, "pads", 2 * rank, why));
    STRATA_CHECK(needsWord(node, "auto_pad", {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"}));
    for (const char* attribute : {"kernel_shape", "strides", "dilations"})
        STRATA_CHECK(needsEachAtLeast(node, attribute, 1));
    return needsEachAtLeast(node, "pads", 0);
}

// auto_pad SAME: the result has ceil(size / stride) positions; an odd pad goes to the end (UPPER) or the beginning
// (LOWER).
void padSame(const Shape& shape, Window& window, bool upper)
{
    for (std::size_t i = 0; i < window.rank(); ++i) {
        const Dim& size = shape[2 + i];
        if (!size.isConstant() && window.strides[i] != 1)
            continue;  // the pads follow once the size is bound
        const std::int64_t stride = window.strides[i], n = size.isConstant() ? size.constant() : 0;
        const std::int64_t needed = stride == 1 ? window.reach(i) - 1
                                                : ((n + stride - 1) / stride - 1) * stride + window.reach(i) - n;
        const std::int64_t total = std::max<std::int64_t>(needed, 0);
        window.padBegin[i] = upper ? total / 2 : total - total / 2;
        window.padEnd[i] = total - window.padBegin[i];
    }
}
}  // namespace

Result<Window> windowOf(const GraphNode& node, const Shape& shape, Integers kernel)
{
    const std::size_t rank = kernel.size();
    if (shape.size() != rank + 2)
        return nodeError(node, "slides a window of rank " + std::to_string(rank) + " over " + toString(shape) + ".");
    STRATA_CHECK(checkWindowAttributes(node, rank));
    Window window{std::move(kernel), integersAttribute(node, "strides", Integers(rank, 1)),
                  integersAttribute(node, "dilations", Integers(rank, 1)), Integers(rank, 0), Integers(rank, 0)};
    const Integers pads = integersAttribute(node, "pads", Integers(2 * rank, 0));
    for (std::size_t i = 0; i < rank; ++i)
        if (window.kernel[i] < 1)
            return nodeError(node, "has a kernel of size " + std::to_string(window.kernel[i]) + ".");
    const std::string autoPad = textAttribute(node, "auto_pad", "NOTSET");
    if (autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER") {
        padSame(shape, window, autoPad == "SAME_UPPER");
    } else if (autoPad != "VALID") {
        window.padBegin.assign(pads.begin(), pads.begin() + std::ptrdiff_t(rank));
        window.padEnd.assign(pads.begin() + std::ptrdiff_t(rank), pads.end());
    }
    return window;
}

Result<Shape> windowedSizes(const GraphNode& node, const Shape& shape, const Window& window, bool ceilMode)
{
    Shape sizes;
    for (std::size_t i = 0; i < window.rank(); ++i) {
        const Dim free = shape[2 + i] + Dim(window.padBegin[i] + window.padEnd[i] - window.reach(i));
        const std::int64_t stride = window.strides[i];
        if (!free.isConstant()) {
            sizes.push_back(stride == 1 ? free + Dim(1) : unknownDim(node, 0, 2 + i));
            continue;
        }
        if (free.constant() < 0)
            return nodeError(node, "slides a window that reaches over " + std::to_string(window.reach(i))
                                       + " elements along a padded size of "
                                       + std::to_string(free.constant() + window.reach(i)) + ".");
        std::int64_t last = ceilMode ? (free.constant() + stride - 1) / stride : free.constant() / stride;
        // The last window has to start inside the input or its beginning pad.
        if (ceilMode && last * stride >= shape[2 + i].constant() + window.padBegin[i])
            --last;
        sizes.push_back(Dim(last + 1));
    }
    return sizes;
}

Integers spatialSizes(const TensorRef& x)
{
    Integers sizes;
    for (std::int64_t d = 2; d < x.rank(); ++d)
        sizes.push_back(x.number(d));
    return sizes;
}

std::vector<std::string> spatialNames(std::size_t rank, const std::string& prefix)
{
    static const std::vector<std::string> names{"z", "y", "x"};
    std::vector<std::string> result;
    for (std::size_t i = 0; i < rank; ++i)
        result.push_back(prefix + (rank <= 3 ? names[3 - rank + i] : "s" + std::to_string(i)));
    return result;
}

Axes kernelAxes(const Window& window)
{
    Axes axes;
    const std::vector<std::string> names = spatialNames(window.rank(), "k");
    for (std::size_t i = 0; i < window.rank(); ++i)
        axes.push_back({names[i], window.kernel[i]});
    return axes;
}

Indices windowIndices(const Window& window, const Indices& at, std::size_t firstSpatial, const Indices& over,
                      std::size_t firstKernel)
{
    Indices result;
    for (std::size_t i = 0; i < window.rank(); ++i)
        result.push_back(at[firstSpatial + i] * window.strides[i] + over[firstKernel + i] * window.dilations[i]);
    return result;
}

TensorRef padded(LowerContext& ctx, const TensorRef& x, const Window& window, const Integers& sizes, const Value& fill)
{
    Shape shape = x.shape;
    bool needed = false;
    for (std::size_t i = 0; i < window.rank(); ++i) {
        const std::int64_t used = (sizes[i] - 1) * window.strides[i] + window.reach(i);
        if (window.padBegin[i] == 0 && used <= x.number(2 + i))
            continue;
        shape[2 + i] = used;
        needed = true;
    }
    if (!needed)
        return x;
    const TensorRef result = ctx.local(x.name + "_pad", x.dtype, shape);
    ctx.prepare("pad", result, [&](const Indices& at) {
        Indices source = at;
        std::optional<Value> inSource;
        for (std::size_t i = 0; i < window.rank(); ++i) {
            if (shape[2 + i] == x.shape[2 + i] && window.padBegin[i] == 0)
                continue;
            source[2 + i] = at[2 + i] - window.padBegin[i];
            const Value here = inside(at[2 + i], window.padBegin[i], window.padBegin[i] + x.number(2 + i));
            inSource = inSource ? *inSource && here : here;
        }
        return select(*inSource, x(source), fill);
    });
    return result;
}

}  // namespace strata
