// Tensors as values: type and bytes.
#pragma once

#include "core/ir/constant.h"

namespace strata {

struct Tensor {
    TensorType type;  // constant shape
    Bytes bytes;      // dense, row-major, little-endian, packed (core/base/dtype.h); String: empty and `strings` is set
    std::vector<std::string> strings;

    std::int64_t count() const;
    template<class T>
    T* data()
    {
        return reinterpret_cast<T*>(bytes.data());
    }
    template<class T>
    const T* data() const
    {
        return reinterpret_cast<const T*>(bytes.data());
    }
    double at(std::int64_t index) const;  // element as double (i64 above 2^53 loses bits); of strings 0
    std::int64_t integerAt(std::int64_t index) const;
    void set(std::int64_t index, double value);  // rounds to the type; to an integer type it truncates and saturates
    void setInteger(std::int64_t index, std::int64_t value);  // exact; wraps
};

Tensor makeTensor(DType dtype, const std::vector<std::int64_t>& shape);  // zeros
Result<Tensor> toTensor(const Constant& constant);
Result<ConstantPtr> toConstant(Tensor tensor);

// One tensor against the expected one.
struct Comparison {
    bool equalBits = false;                   // NaNs are one value; -0 differs from 0
    double maxAbsolute = 0, maxRelative = 0;  // the relative error leaves out elements whose expected value is 0
    std::int64_t worst = -1;                  // index of the largest error relative to the bound; -1 if equal
    bool within = false;  // |a-b| <= atol + rtol |b|, NaN where NaN, equal infinities, equal types and shapes
    std::string reason;   // if types or shapes differ
};
Comparison compare(const Tensor& actual, const Tensor& expected, double atol, double rtol);

}  // namespace strata
