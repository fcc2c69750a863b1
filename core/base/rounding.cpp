#include "core/base/rounding.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace strata {

namespace {

template<class T>
T read(const std::byte* address)
{
    T value;
    std::memcpy(&value, address, sizeof value);
    return value;
}

template<class T>
void write(std::byte* address, T value)
{
    std::memcpy(address, &value, sizeof value);
}

template<class T>
std::int64_t saturate(double value)
{
    // The bounds are powers of two and exact in double; the upper one is the first value that does not fit.
    const double low = double(std::numeric_limits<T>::min());
    const double high = std::ldexp(1.0, std::numeric_limits<T>::digits);
    if (std::isnan(value))
        return 0;
    if (value < low)
        return std::int64_t(std::numeric_limits<T>::min());
    if (value >= high)
        return std::int64_t(std::numeric_limits<T>::max());
    return std::int64_t(T(value));
}

}  // namespace

std::int64_t wrapTo(DType type, std::int64_t value)
{
    switch (type) {
    case DType::Bool: return value != 0;
    case DType::I8: return std::int8_t(value);
    case DType::I16: return std::int16_t(value);
    case DType::I32: return std::int32_t(value);
    case DType::U8: return std::uint8_t(value);
    case DType::U16: return std::uint16_t(value);
    case DType::U32: return std::uint32_t(value);
    default: return value;
    }
}

std::int64_t saturateTo(DType type, double value)
{
    switch (type) {
    case DType::Bool: return value != 0;
    case DType::I8: return saturate<std::int8_t>(value);
    case DType::I16: return saturate<std::int16_t>(value);
    case DType::I32: return saturate<std::int32_t>(value);
    case DType::U8: return saturate<std::uint8_t>(value);
    case DType::U16: return saturate<std::uint16_t>(value);
    case DType::U32: return saturate<std::uint32_t>(value);
    case DType::U64: return saturate<std::uint64_t>(value);
    default: return saturate<std::int64_t>(value);
    }
}

double integerToDouble(DType type, std::int64_t value)
{
    return type == DType::U64 ? double(std::uint64_t(value)) : double(value);
}

double readFloat(DType type, const std::byte* address)
{
    switch (type) {
    case DType::F16: return halfToFloat(read<std::uint16_t>(address));
    case DType::BF16: return bfloatToFloat(read<std::uint16_t>(address));
    case DType::F32: return read<float>(address);
    default: return read<double>(address);
    }
}

std::int64_t readInteger(DType type, const std::byte* address)
{
    switch (type) {
    case DType::Bool: return read<std::uint8_t>(address) != 0;
    case DType::I8: return read<std::int8_t>(address);
    case DType::I16: return read<std::int16_t>(address);
    case DType::I32: return read<std::int32_t>(address);
    case DType::U8: return read<std::uint8_t>(address);
    case DType::U16: return read<std::uint16_t>(address);
    case DType::U32: return read<std::uint32_t>(address);
    default: return read<std::int64_t>(address);
    }
}

void writeFloat(DType type, std::byte* address, double value)
{
    switch (type) {
    case DType::F16: return write(address, floatToHalf(float(value)));
    case DType::BF16: return write(address, floatToBfloat(float(value)));
    case DType::F32: return write(address, float(value));
    default: return write(address, value);
    }
}

void writeInteger(DType type, std::byte* address, std::int64_t value)
{
    switch (byteSize(type)) {
    case 1: return write(address, type == DType::Bool ? std::uint8_t(value != 0) : std::uint8_t(value));
    case 2: return write(address, std::uint16_t(value));
    case 4: return write(address, std::uint32_t(value));
    default: return write(address, value);
    }
}

}  // namespace strata
