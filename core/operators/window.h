// Sliding windows over the spatial dimensions of [n, c, ...]: convolutions and pools.
#pragma once

#include "core/operators/lower.h"

namespace strata {

struct Window {
    Integers kernel, strides, dilations, padBegin, padEnd;  // one entry a spatial dimension

    std::size_t rank() const { return kernel.size(); }
    // Distance from a window's first to behind its last element.
    std::int64_t reach(std::size_t i) const { return (kernel[i] - 1) * dilations[i] + 1; }
};

// From the node's attributes, auto_pad worked out for the spatial sizes of `shape` ([n, c, ...]). SAME over a symbolic
// size has no pads yet, unless the stride is 1.
Result<Window> windowOf(const GraphNode& node, const Shape& shape, Integers kernel);
// Spatial sizes of the result.
Result<Shape> windowedSizes(const GraphNode& node, const Shape& shape, const Window& window, bool ceilMode);

// The sizes of [n, c, ...] behind the channels.
Integers spatialSizes(const TensorRef& x);
// "y", "x"; "z", "y", "x"; ... with a prefix ("ky", "kx").
std::vector<std::string> spatialNames(std::size_t rank, const std::string& prefix = {});
Axes kernelAxes(const Window& window);
// at[2 + i] * stride + over[i] * dilation for every spatial dimension.
Indices windowIndices(const Window& window, const Indices& at, std::size_t firstSpatial, const Indices& over,
                      std::size_t firstKernel);
// x with its pads, in a buffer of its own ("pad"); x itself if no window of `sizes` positions leaves it.
TensorRef padded(LowerContext& ctx, const TensorRef& x, const Window& window, const Integers& sizes, const Value& fill);

}  // namespace strata
