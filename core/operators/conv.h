// The convolution as one reduction block, for Conv and its quantized relatives.
#pragma once

#include "core/operators/window.h"

namespace strata {

Result<Window> convWindow(const InferContext& context, std::size_t input, std::size_t weights);
// The spatial sizes of the weights, which the attribute may repeat.
Result<Integers> kernelShape(const InferContext& context, const Shape& weights);
Result<Types> convolutionRule(const InferContext& context, std::size_t input, std::size_t weights, DType type);
Axes convAxes(const TensorRef& y);  // n, o, y, x

// An element of the padded input or of the weights, in the accumulator's type.
using ReadElement = std::function<Value(const Indices& at)>;
// out[n, o, y, x] = sum over ic, ky, kx of input[n, ic of o's group, y*stride + ky*dilation, ...] * weight[o, ic, ky,
// kx].
void convolve(LowerContext& ctx, const TensorRef& w, const TensorRef& out, DType wide, const Window& window,
              std::int64_t groups, const ReadElement& input, const ReadElement& weight);

}  // namespace strata
