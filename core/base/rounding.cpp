#include "core/base/rounding.h"

#include "core/base/tiny_float.h"

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

}  // namespace

std::int64_t wrapTo(DType type, std::int64_t value)
{
    if (type == DType::Bool)
        return value != 0;
    const int unused = 64 - bitSize(type);
    return isSigned(type) ? std::int64_t(std::uint64_t(value) << unused) >> unused
                          : std::int64_t(std::uint64_t(value) << unused >> unused);
}

std::int64_t saturateTo(DType type, double value)
{
    if (type == DType::Bool)
        return value != 0;
    if (std::isnan(value))
        return 0;
    // The bounds are powers of two and exact in double; the upper one is the first value that does not fit.
    const int digits = bitSize(type) - (isSigned(type) ? 1 : 0);
    const double high = std::ldexp(1.0, digits), low = isSigned(type) ? -high : 0;
    if (value < low)
        return isSigned(type) ? std::numeric_limits<std::int64_t>::min() >> (64 - bitSize(type)) : 0;
    if (value >= high)
        return std::int64_t(std::numeric_limits<std::uint64_t>::max() >> (64 - digits));
    return type == DType::U64 ? std::int64_t(std::uint64_t(value)) : std::int64_t(value);
}

double integerToDouble(DType type, std::int64_t value)
{
    return type == DType::U64 ? double(std::uint64_t(value)) : double(value);
}

std::uint64_t readBits(DType type, const std::byte* data, std::int64_t index)
{
    if (isPacked(type)) {
        const std::int64_t bits = bitSize(type), at = index * bits;
        return std::to_integer<std::uint64_t>(data[at / 8]) >> at % 8 & ((1u << bits) - 1);
    }
    std::uint64_t bits = 0;  // little-endian, as the machines that Strata is for
    std::memcpy(&bits, data + index * byteSize(type), std::size_t(byteSize(type)));
    return bits;
}

void writeBits(DType type, std::byte* data, std::int64_t index, std::uint64_t bits)
{
    if (isPacked(type)) {
        const std::int64_t size = bitSize(type), at = index * size;
        const std::byte mask = std::byte((1u << size) - 1) << at % 8;
        data[at / 8] = (data[at / 8] & ~mask) | (std::byte(bits << at % 8) & mask);
        return;
    }
    std::memcpy(data + index * byteSize(type), &bits, std::size_t(byteSize(type)));
}

double readFloat(DType type, const std::byte* data, std::int64_t index)
{
    switch (type) {
    case DType::F32: return read<float>(data + index * std::int64_t(sizeof(float)));
    case DType::F64: return read<double>(data + index * std::int64_t(sizeof(double)));
    default: return shortToFloat(type, std::uint16_t(readBits(type, data, index)));
    }
}

std::int64_t readInteger(DType type, const std::byte* data, std::int64_t index)
{
    switch (type) {
    case DType::I8: return std::to_integer<std::int8_t>(data[index]);
    case DType::U8: return std::to_integer<std::uint8_t>(data[index]);
    case DType::I32: return read<std::int32_t>(data + index * 4);
    case DType::I64: return read<std::int64_t>(data + index * 8);
    default: return wrapTo(type, std::int64_t(readBits(type, data, index)));
    }
}

void writeFloat(DType type, std::byte* data, std::int64_t index, double value)
{
    switch (type) {
    case DType::F32: return write(data + index * std::int64_t(sizeof(float)), float(value));
    case DType::F64: return write(data + index * std::int64_t(sizeof(double)), value);
    default: return writeBits(type, data, index, floatToShort(type, float(value)));
    }
}

void writeInteger(DType type, std::byte* data, std::int64_t index, std::int64_t value)
{
    writeBits(type, data, index, std::uint64_t(type == DType::Bool ? value != 0 : value));
}

}  // namespace strata
