// The matrix product as one reduction block, for MatMul and its quantized relatives.
#pragma once

#include "core/operators/lower.h"

namespace strata {

Result<Types> productRule(const InferContext& context, std::size_t left, std::size_t right, DType type);

// An operand's element in the accumulator's type, at its own index.
using ReadOperand = std::function<Value(const Indices& at)>;
// out[b, i, j] = sum over k of left(a[b, i, k]) * right(b[b, k, j]); `a` and `b` give the shapes, `wide` the
// accumulator's type.
void multiply(LowerContext& ctx, const TensorRef& a, const TensorRef& b, const TensorRef& out, DType wide,
              const ReadOperand& left, const ReadOperand& right);

}  // namespace strata
