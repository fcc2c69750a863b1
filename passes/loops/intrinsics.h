// Hardware primitives that are made from their name.
#pragma once

#include "passes/loops/rewrite.h"

namespace strata::loops {

// The primitive of that name: of the module's table, or of the built-in family
//     fma_TYPE_MxN, fma_TYPE_MxNxK      c[M, N] += a[M, K] b[K, N], one fused multiply-add an element and step of K (K
//     = 1 if left out)
// with TYPE f32 or f64, or of
//     dot_TYPE_MxNxK, dot_TYPE_MxNxKxS  c[M, N] += a[M * S, K] b[K, N], a of TYPE i8 or u8, b of i8, c of i32
//     depthwise_TYPE_MxNxHxWxS          c[M, N] += a[H, M * S + W, N] b[H, W, N], likewise
//     planes_TYPE_MxNxQxHxWxS           c[M, N] += a[Q, H, M * S + W] b[Q, H, W, N], likewise
// where b of the first lies in groups of four of K (core/analysis/dot_product.h). A refusal lists what there is.
Result<IntrinsicPtr> intrinsicByName(const Module& module, const std::string& name);

}  // namespace strata::loops
