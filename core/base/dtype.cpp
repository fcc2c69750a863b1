#include "core/base/dtype.h"

#include <array>
#include <bit>
#include <cmath>

namespace strata {

namespace {
struct Facts {
    const char* name;
    int bytes;
};
constexpr std::array<Facts, 14> facts{{{"bool", 1},
                                       {"i8", 1},
                                       {"i16", 2},
                                       {"i32", 4},
                                       {"i64", 8},
                                       {"u8", 1},
                                       {"u16", 2},
                                       {"u32", 4},
                                       {"u64", 8},
                                       {"f16", 2},
                                       {"bf16", 2},
                                       {"f32", 4},
                                       {"f64", 8},
                                       {"string", 0}}};
}  // namespace

int byteSize(DType type) { return facts[static_cast<std::size_t>(type)].bytes; }
const char* name(DType type) { return facts[static_cast<std::size_t>(type)].name; }

std::optional<DType> dtypeByName(std::string_view name)
{
    for (std::size_t i = 0; i < facts.size(); ++i)
        if (name == facts[i].name)
            return static_cast<DType>(i);
    return std::nullopt;
}

bool isFloat(DType type) { return type >= DType::F16 && type <= DType::F64; }
bool isInteger(DType type) { return type >= DType::I8 && type <= DType::U64; }
bool isSigned(DType type) { return isFloat(type) || (type >= DType::I8 && type <= DType::I64); }

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
