#include "core/base/tiny_float.h"

#include <bit>
#include <cmath>
#include <limits>

namespace strata {

namespace {

constexpr TinyFloat f4e2m1{1, 1, 0x08, 0x07, 0, 0, false}, f8e4m3fn{3, 7, 0x80, 0x7e, 0, 0x7f, false},
    f8e4m3fnuz{3, 8, 0x80, 0x7f, 0, 0, true}, f8e5m2{2, 15, 0x80, 0x7b, 0x7c, 0x7d, false},
    f8e5m2fnuz{2, 16, 0x80, 0x7f, 0, 0, true};

// The exponent's place in f32 is reached by a product, which is exact for normal and denormal codes alike.
float toFloat(const TinyFloat& kind, std::uint32_t code)
{
    const std::uint32_t sign = code & kind.sign, magnitude = code & (kind.sign - 1u);
    if (kind.unsignedZero ? code == kind.sign : kind.nan != 0 && magnitude >= kind.nan)
        return std::copysign(std::numeric_limits<float>::quiet_NaN(), sign != 0 ? -1.0f : 1.0f);
    float value = std::bit_cast<float>(magnitude << (23 - kind.fraction)) * std::ldexp(1.0f, 127 - kind.bias);
    if (kind.infinity != 0 && magnitude == kind.infinity)
        value = std::numeric_limits<float>::infinity();
    return sign != 0 ? -value : value;
}

std::uint32_t nanOf(const TinyFloat& kind, std::uint32_t sign)
{
    if (kind.unsignedZero)
        return kind.sign;
    if (kind.nan == 0)
        return kind.sign;  // -0
    return sign | (kind.infinity != 0 ? kind.infinity + 2u : kind.nan);
}

std::uint32_t fromFloat(const TinyFloat& kind, float value)
{
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value), magnitude = bits & 0x7fffffffu;
    const std::uint32_t sign = bits >> 31 != 0 ? kind.sign : 0;
    if (magnitude > 0x7f800000u)
        return nanOf(kind, sign);
    std::uint32_t code = 0;
    if (magnitude < std::uint32_t(128 - kind.bias) << 23) {  // denormal: an addition rounds at its last place
        const float place = std::ldexp(1.0f, 24 - kind.bias - kind.fraction);
        code = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + place)
               - std::bit_cast<std::uint32_t>(place);
    } else {
        const int dropped = 23 - kind.fraction;
        const std::uint32_t odd = magnitude >> dropped & 1u, half = (1u << (dropped - 1)) - 1u;
        code = (magnitude - (std::uint32_t(127 - kind.bias) << 23) + half + odd) >> dropped;
    }
    if (code > kind.largest && kind.infinity != 0)
        code = kind.infinity;
    else if (code > kind.largest && (kind.nan != 0 || kind.unsignedZero))
        return nanOf(kind, sign);
    else if (code > kind.largest)
        code = kind.largest;
    return code == 0 && kind.unsignedZero ? 0 : sign | code;
}

float powerOfTwo(std::uint32_t code)
{
    return code == 0xff ? std::numeric_limits<float>::quiet_NaN() : std::ldexp(1.0f, int(code) - 127);
}

std::uint32_t nearestPower(float value)
{
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    if (bits == 0 || bits >= 0x7f800000u)  // also with the sign's bit
        return 0xff;
    return (bits + (bits < 0x00800000u ? 0x3fffffu : 0x400000u)) >> 23;
}

}  // namespace

const TinyFloat* tinyFloat(DType type)
{
    switch (type) {
    case DType::F4E2M1: return &f4e2m1;
    case DType::F8E4M3FN: return &f8e4m3fn;
    case DType::F8E4M3FNUZ: return &f8e4m3fnuz;
    case DType::F8E5M2: return &f8e5m2;
    case DType::F8E5M2FNUZ: return &f8e5m2fnuz;
    default: return nullptr;
    }
}

float shortToFloat(DType type, std::uint16_t bits)
{
    switch (type) {
    case DType::F16: return halfToFloat(bits);
    case DType::BF16: return bfloatToFloat(bits);
    case DType::F8E8M0: return powerOfTwo(bits);
    default: return toFloat(*tinyFloat(type), bits);
    }
}

std::uint16_t floatToShort(DType type, float value)
{
    switch (type) {
    case DType::F16: return floatToHalf(value);
    case DType::BF16: return floatToBfloat(value);
    case DType::F8E8M0: return std::uint16_t(nearestPower(value));
    default: return std::uint16_t(fromFloat(*tinyFloat(type), value));
    }
}

double largestFinite(DType type)
{
    switch (type) {
    case DType::F64: return std::numeric_limits<double>::max();
    case DType::F32: return double(std::numeric_limits<float>::max());
    case DType::F16: return 65504;
    case DType::BF16: return double(bfloatToFloat(0x7f7f));
    case DType::F8E8M0: return double(powerOfTwo(0xfe));
    default: return double(toFloat(*tinyFloat(type), tinyFloat(type)->largest));
    }
}

double greatestFloat(DType type)
{
    const TinyFloat* const tiny = tinyFloat(type);
    const bool hasInfinity = type != DType::F8E8M0 && (!tiny || tiny->infinity != 0);
    return hasInfinity ? std::numeric_limits<double>::infinity() : largestFinite(type);
}

float roundToShort(DType type, float value) { return shortToFloat(type, floatToShort(type, value)); }

}  // namespace strata
