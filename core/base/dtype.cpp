#include "core/base/dtype.h"

#include <bit>
#include <cmath>
#include <iterator>

namespace strata {

namespace {
struct Facts {
    const char* name;
    int bits;
};
constexpr Facts facts[]{
    {"bool", 8},   {"i2", 2},     {"i4", 4},       {"i8", 8},         {"i16", 16},   {"i32", 32},
    {"i64", 64},   {"u2", 2},     {"u4", 4},       {"u8", 8},         {"u16", 16},   {"u32", 32},
    {"u64", 64},   {"f4e2m1", 4}, {"f8e4m3fn", 8}, {"f8e4m3fnuz", 8}, {"f8e5m2", 8}, {"f8e5m2fnuz", 8},
    {"f8e8m0", 8}, {"f16", 16},   {"bf16", 16},    {"f32", 32},       {"f64", 64},   {"string", 64},
};
static_assert(std::size(facts) == std::size_t(DType::String) + 1);
}  // namespace

int bitSize(DType type) { return facts[static_cast<std::size_t>(type)].bits; }
int byteSize(DType type) { return (bitSize(type) + 7) / 8; }
bool isPacked(DType type) { return bitSize(type) % 8 != 0; }
const char* name(DType type) { return facts[static_cast<std::size_t>(type)].name; }

std::int64_t byteCount(DType type, std::int64_t elements)
{
    if (!isPacked(type))
        return elements * byteSize(type);
    const int aByte = 8 / bitSize(type);
    return elements / aByte + (elements % aByte != 0);
}

std::optional<DType> dtypeByName(std::string_view name)
{
    for (std::size_t i = 0; i < std::size(facts); ++i)
        if (name == facts[i].name)
            return static_cast<DType>(i);
    return std::nullopt;
}

std::string dtypeNames()
{
    std::string text;
    for (const Facts& type : facts)
        text += (text.empty() ? "" : &type == std::end(facts) - 1 ? " and " : ", ") + std::string(type.name);
    return text;
}

bool isFloat(DType type) { return type >= DType::F4E2M1 && type <= DType::F64; }
bool isShortFloat(DType type) { return type >= DType::F4E2M1 && type <= DType::BF16; }
bool isInteger(DType type) { return type >= DType::I2 && type <= DType::U64; }
bool isSigned(DType type) { return isFloat(type) || (type >= DType::I2 && type <= DType::I64); }

float halfToFloat(std::uint16_t bits)
{
    const std::uint32_t sign = std::uint32_t(bits & 0x8000u) << 16;
    const std::uint32_t exponent = (bits >> 10) & 0x1f, fraction = bits & 0x3ffu;
    if (exponent == 0)  // zero and denormals: fraction * 2^-24 is exact in float
        return std::copysign(std::ldexp(float(fraction), -24), std::bit_cast<float>(sign | 0x3f800000u));
    if (exponent == 31)
        return std::bit_cast<float>(sign | 0x7f800000u | fraction << 13);
    return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

std::uint16_t floatToHalf(float value)
{
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    const std::uint16_t sign = std::uint16_t(bits >> 16 & 0x8000u);
    const std::uint32_t magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u)
        return sign | 0x7e00u;  // NaN, made quiet
    if (magnitude >= 0x477ff000u)
        return sign | 0x7c00u;      // rounds to infinity
    if (magnitude < 0x38800000u) {  // denormal in half: adding 0.5 lets the addition round at 2^-24
        const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
        return sign | std::uint16_t(std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u);
    }
    const std::uint32_t odd = magnitude >> 13 & 1u;
    return sign | std::uint16_t((magnitude - 0x38000000u + 0xfffu + odd) >> 13);
}

float bfloatToFloat(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t(bits) << 16); }

std::uint16_t floatToBfloat(float value)
{
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u)
        return std::uint16_t(bits >> 16 | 0x40u);
    return std::uint16_t((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

}  // namespace strata
