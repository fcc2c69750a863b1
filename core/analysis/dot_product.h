// The dot products of small integers that processors have: four bytes by four bytes into one sum of 32 bits (x86:
// vpdpbusd; Arm: sdot).
//
//     c[m, n] += sum over k of a[m * S, k] * b[k // 4, n, k % 4]        in i32, which wraps
//
// Four neighbours of a row of a meet four neighbours of b, so b lies in groups of four: a vector of b holds as many
// columns as the sums have lanes. As hardware primitives they are named dot_i8_MxNxK and dot_u8_MxNxK, by the type of
// a; b is i8. MxNxKxS takes every S-th row of a, as convolutions with steps do.
//
// And windows of them that slide over each channel by itself, for m results side by side, as depthwise_u8_MxNxHxWxS:
//
//     c[m, n] += sum over h, w of a[h, m * S + w, n] * b[h, w, n]
//
// And those of all channels together, where there are few and each lies by itself, as planes_u8_MxNxQxHxWxS:
//
//     c[m, n] += sum over q, h, w of a[q, h, m * S + w] * b[q, h, w, n]
//
// Steps make all three (passes/loops/intrinsics.h), and the code generator knows them again by what they say, not by
// their name.
#pragma once

#include "core/ir/module.h"

namespace strata {

struct DotProduct {
    DType left = DType::I8;                        // or u8
    std::int64_t m = 0, n = 0, k = 0, stride = 1;  // a single row has no stride
    static constexpr std::int64_t group = 4;       // elements of k that lie side by side
    friend bool operator==(const DotProduct&, const DotProduct&) = default;
};

struct DepthwiseProduct {
    DType left = DType::I8;  // or u8
    std::int64_t m = 0, n = 0, height = 0, width = 0, stride = 1;
    // Of a in one of its rows. A single result has no stride.
    std::int64_t columns() const { return (m - 1) * stride + width; }
    friend bool operator==(const DepthwiseProduct&, const DepthwiseProduct&) = default;
};

struct PlanesProduct {
    DType left = DType::I8;  // or u8
    std::int64_t m = 0, n = 0, planes = 0, height = 0, width = 0, stride = 1;
    std::int64_t columns() const { return (m - 1) * stride + width; }
    friend bool operator==(const PlanesProduct&, const PlanesProduct&) = default;
};

// The description of a primitive.
FunctionPtr describe(const DotProduct& dot, const std::string& name);
FunctionPtr describe(const DepthwiseProduct& product, const std::string& name);
FunctionPtr describe(const PlanesProduct& product, const std::string& name);
// What a description says, if it is one that `describe` makes.
std::optional<DotProduct> dotProductOf(const Function& description);
std::optional<DepthwiseProduct> depthwiseProductOf(const Function& description);
std::optional<PlanesProduct> planesProductOf(const Function& description);

}  // namespace strata
