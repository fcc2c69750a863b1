#include "core/tensor/tensor.h"

#include "core/base/rounding.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace strata {

namespace {

struct ElementError {
    bool equalBits = false;
    double absolute = 0;
};

ElementError floatError(double a, double b)
{
    if (std::isnan(a) && std::isnan(b))
        return {true, 0};
    if (a == b)
        return {std::signbit(a) == std::signbit(b), 0};
    const double difference = std::abs(a - b);
    return {false, std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference};
}

ElementError elementError(const Tensor& a, const Tensor& b, std::int64_t index)
{
    const DType dtype = a.type.dtype;
    if (isFloat(dtype))
        return floatError(a.at(index), b.at(index));
    const std::int64_t x = a.integerAt(index), y = b.integerAt(index);
    return {x == y, x == y ? 0 : std::max(1.0, std::abs(integerToDouble(dtype, x) - integerToDouble(dtype, y)))};
}

// |a-b| in units of the bound; infinite where one is infinite or NaN and the other is not.
double overBound(double absolute, double expected, double atol, double rtol)
{
    if (absolute == 0)
        return 0;
    const double bound = atol + rtol * std::abs(expected);
    return std::isfinite(expected) && bound > 0 ? absolute / bound : std::numeric_limits<double>::infinity();
}

std::string mismatch(const Tensor& actual, const Tensor& expected)
{
    if (actual.type != expected.type)
        return "The type is " + toString(actual.type) + ", expected is " + toString(expected.type) + ".";
    if (actual.type.dtype == DType::String && actual.strings != expected.strings)
        return "The strings differ.";
    return {};
}

Comparison compareElements(const Tensor& actual, const Tensor& expected, double atol, double rtol)
{
    Comparison result;
    result.equalBits = true;
    double largest = 0;
    for (std::int64_t i = 0, count = actual.count(); i < count; ++i) {
        const ElementError error = elementError(actual, expected, i);
        result.equalBits = result.equalBits && error.equalBits;
        if (error.absolute == 0)
            continue;
        const double reference = expected.at(i), ratio = overBound(error.absolute, reference, atol, rtol);
        result.maxAbsolute = std::max(result.maxAbsolute, error.absolute);
        if (reference != 0 && !std::isnan(reference))
            result.maxRelative = std::max(result.maxRelative, std::isinf(reference)
                                                                  ? std::numeric_limits<double>::infinity()
                                                                  : error.absolute / std::abs(reference));
        if (result.worst < 0 || ratio > largest)
            largest = ratio, result.worst = i;
    }
    result.within = largest <= 1;
    return result;
}

}  // namespace

std::int64_t Tensor::count() const { return elementCount(type.shape).value_or(0); }

double Tensor::at(std::int64_t index) const
{
    const DType dtype = type.dtype;
    if (dtype == DType::String)
        return 0;
    return isFloat(dtype) ? readFloat(dtype, bytes.data(), index)
                          : integerToDouble(dtype, readInteger(dtype, bytes.data(), index));
}

std::int64_t Tensor::integerAt(std::int64_t index) const
{
    const DType dtype = type.dtype;
    if (dtype == DType::String)
        return 0;
    return isFloat(dtype) ? saturateTo(DType::I64, readFloat(dtype, bytes.data(), index))
                          : readInteger(dtype, bytes.data(), index);
}

void Tensor::set(std::int64_t index, double value)
{
    const DType dtype = type.dtype;
    if (isFloat(dtype))
        writeFloat(dtype, bytes.data(), index, value);
    else if (dtype != DType::String)
        writeInteger(dtype, bytes.data(), index, saturateTo(dtype, value));
}

void Tensor::setInteger(std::int64_t index, std::int64_t value)
{
    const DType dtype = type.dtype;
    if (isFloat(dtype))
        writeFloat(dtype, bytes.data(), index, double(value));
    else if (dtype != DType::String)
        writeInteger(dtype, bytes.data(), index, value);
}

Tensor makeTensor(DType dtype, const std::vector<std::int64_t>& shape)
{
    Tensor tensor{TensorType{dtype, toShape(shape)}, {}, {}};
    const auto count = std::size_t(tensor.count());
    if (dtype == DType::String)
        tensor.strings.resize(count);
    else
        tensor.bytes.resize(std::size_t(byteCount(dtype, std::int64_t(count))));
    return tensor;
}

Result<Tensor> toTensor(const Constant& constant)
{
    STRATA_TRY(const BytesPtr bytes, constant.materialize());
    if (constant.type().dtype != DType::String)
        return Tensor{constant.type(), *bytes, {}};
    auto strings = unpackStrings(*bytes);
    if (!strings)
        return bug("A constant of strings does not hold them.");
    return Tensor{constant.type(), {}, std::move(*strings)};
}

Result<ConstantPtr> toConstant(Tensor tensor)
{
    if (tensor.type.dtype == DType::String)
        tensor.bytes = packStrings(tensor.strings);
    return Constant::fromBytes(tensor.type, std::make_shared<const Bytes>(std::move(tensor.bytes)));
}

Comparison compare(const Tensor& actual, const Tensor& expected, double atol, double rtol)
{
    Comparison result;
    result.reason = mismatch(actual, expected);
    if (!result.reason.empty())
        return result;
    if (actual.type.dtype == DType::String) {
        result.equalBits = result.within = true;
        return result;
    }
    return compareElements(actual, expected, atol, rtol);
}

}  // namespace strata
