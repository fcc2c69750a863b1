// Short floats: kept as f32 in registers, rounded after each operation; in memory 16 bits or a byte.
//
// Rounding a sum, product or quotient of two such numbers from f32 to 16 bits is the same as rounding once, since f32
// has more than twice the digits plus two (Figueroa 1995). The same integer operations as core/base/dtype.cpp and
// tiny_float.cpp, but for f16 where the instruction set has them (F16C, from x86-64-v3); that instruction keeps some
// payload of a NaN, so NaN is set apart.
#include "backends/llvm/codegen/emitter.h"

#include "core/base/tiny_float.h"
#include "core/ir/cpu.h"

#include <bit>
#include <cmath>

namespace strata {

namespace {

// Integer operations on i32 or vectors of it.
class Bits {
public:
    Bits(llvm::IRBuilder<>& builder, llvm::Value* value)
        : m_builder(&builder)
        , m_value(value)
    {
    }
    llvm::Value* number(std::uint32_t bits) const { return llvm::ConstantInt::get(m_value->getType(), bits); }
    Bits operator&(std::uint32_t mask) const { return {*m_builder, m_builder->CreateAnd(m_value, number(mask))}; }
    Bits operator|(const Bits& other) const { return {*m_builder, m_builder->CreateOr(m_value, other.m_value)}; }
    Bits operator>>(std::uint32_t count) const { return {*m_builder, m_builder->CreateLShr(m_value, number(count))}; }
    Bits operator<<(std::uint32_t count) const { return {*m_builder, m_builder->CreateShl(m_value, number(count))}; }
    Bits operator+(std::uint32_t count) const { return {*m_builder, m_builder->CreateAdd(m_value, number(count))}; }
    Bits operator+(const Bits& other) const { return {*m_builder, m_builder->CreateAdd(m_value, other.m_value)}; }
    llvm::Value* operator>(std::uint32_t bound) const { return m_builder->CreateICmpUGT(m_value, number(bound)); }
    llvm::Value* operator==(std::uint32_t other) const { return m_builder->CreateICmpEQ(m_value, number(other)); }
    llvm::Value* operator<(std::uint32_t bound) const { return m_builder->CreateICmpULT(m_value, number(bound)); }
    Bits choose(llvm::Value* condition, const Bits& other) const
    {
        return {*m_builder, m_builder->CreateSelect(condition, m_value, other.m_value)};
    }
    Bits constant(std::uint32_t bits) const { return {*m_builder, number(bits)}; }
    llvm::Value* get() const { return m_value; }

private:
    llvm::IRBuilder<>* m_builder;
    llvm::Value* m_value;
};

Bits bfloatBits(const Bits& bits)
{
    const Bits quiet = (bits >> 16) | bits.constant(0x40);
    const Bits rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    return quiet.choose((bits & 0x7fffffffu) > 0x7f800000u, rounded);
}

// The sign's bit of a float, seen from that of the kind.
int signDistance(const TinyFloat& kind) { return 31 - std::countr_zero(unsigned(kind.sign)); }

Bits nearestPower(const Bits& bits)
{
    const Bits rounded = (bits + bits.constant(0x3fffffu).choose(bits < 0x00800000u, bits.constant(0x400000u))) >> 23;
    const Bits nan = bits.constant(0xffu);
    return nan.choose(bits < 1u, nan.choose(bits > 0x7f7fffffu, rounded));
}

Bits powerOfTwo(const Bits& code)
{
    const Bits power = code.constant(0x00400000u).choose(code < 1u, code << 23);
    return code.constant(0x7fc00000u).choose(code > 0xfeu, power);
}

}  // namespace

llvm::Value* Emitter::tinyToFloat(const TinyFloat& kind, llvm::Value* value)
{
    auto* floats = widened(llvm::Type::getFloatTy(m_context), value);
    const Bits code(m_builder, m_builder.CreateZExt(value, widened(m_builder.getInt32Ty(), value)));
    const Bits sign = (code & kind.sign) << std::uint32_t(signDistance(kind)), magnitude = code & (kind.sign - 1u);
    auto* scaled = m_builder.CreateFMul(
        m_builder.CreateBitCast((magnitude << std::uint32_t(23 - kind.fraction)).get(), floats),
        llvm::ConstantFP::get(floats, std::ldexp(1.0, 127 - kind.bias)));
    Bits result(m_builder, m_builder.CreateBitCast(scaled, code.get()->getType()));
    const Bits nan = code.constant(0x7fc00000u);
    if (kind.infinity != 0)
        result = code.constant(0x7f800000u).choose(magnitude == kind.infinity, result);
    if (kind.nan != 0)
        result = nan.choose(magnitude > kind.nan - 1u, result);
    if (kind.unsignedZero)
        result = nan.choose(code == kind.sign, result);
    return m_builder.CreateBitCast((sign | result).get(), floats);
}

llvm::Value* Emitter::floatToTiny(const TinyFloat& kind, llvm::Value* value)
{
    auto* integers = widened(m_builder.getInt32Ty(), value);
    const Bits bits(m_builder, m_builder.CreateBitCast(value, integers));
    const Bits sign = (bits >> std::uint32_t(signDistance(kind))) & kind.sign, magnitude = bits & 0x7fffffffu;
    // Denormal: an addition rounds at its last place.
    const float place = std::ldexp(1.0f, 24 - kind.bias - kind.fraction);
    auto* shifted = m_builder.CreateFAdd(m_builder.CreateBitCast(magnitude.get(), value->getType()),
                                         llvm::ConstantFP::get(value->getType(), place));
    const Bits denormal = Bits(m_builder, m_builder.CreateBitCast(shifted, integers))
                          + (0u - std::bit_cast<std::uint32_t>(place));
    const auto dropped = std::uint32_t(23 - kind.fraction);
    const Bits normal = (magnitude + ((1u << (dropped - 1)) - 1u - (std::uint32_t(127 - kind.bias) << 23))
                         + ((magnitude >> dropped) & 1u))
                        >> dropped;
    const Bits code = denormal.choose(magnitude < std::uint32_t(128 - kind.bias) << 23, normal);
    auto* const isNan = magnitude > 0x7f800000u;
    auto* const isTooLarge = code > kind.largest;  // a NaN is, too
    Bits result = code;
    if (kind.unsignedZero) {
        const Bits zeroOrSigned = bits.constant(0u).choose(code < 1u, sign | code);
        result = bits.constant(kind.sign).choose(isTooLarge, zeroOrSigned);
    } else if (kind.infinity != 0) {
        result = bits.constant(kind.infinity).choose(isTooLarge, code);
        result = sign | bits.constant(kind.infinity + 2u).choose(isNan, result);
    } else if (kind.nan != 0) {
        result = sign | bits.constant(kind.nan).choose(isTooLarge, code);
    } else {
        result = bits.constant(kind.sign).choose(isNan, sign | bits.constant(kind.largest).choose(isTooLarge, code));
    }
    return m_builder.CreateTrunc(result.get(), widened(m_builder.getInt8Ty(), value));
}

llvm::Value* Emitter::shortToFloat(DType type, llvm::Value* value)
{
    if (const TinyFloat* const tiny = tinyFloat(type))
        return tinyToFloat(*tiny, value);
    auto* floats = widened(llvm::Type::getFloatTy(m_context), value);
    const Bits bits(m_builder, m_builder.CreateZExt(value, widened(m_builder.getInt32Ty(), value)));
    if (type == DType::F8E8M0)
        return m_builder.CreateBitCast(powerOfTwo(bits).get(), floats);
    if (type == DType::BF16)
        return m_builder.CreateBitCast((bits << 16).get(), floats);
    if (cpuOf(m_module.target.isa).halfConversions)
        return m_builder.CreateFPExt(m_builder.CreateBitCast(value, widened(llvm::Type::getHalfTy(m_context), value)),
                                     floats);
    const Bits sign = (bits & 0x8000u) << 16, exponent = (bits >> 10) & 0x1fu, fraction = bits & 0x3ffu;
    // Denormals: fraction * 2^-24 is exact.
    auto* scaled = m_builder.CreateFMul(m_builder.CreateUIToFP(fraction.get(), floats),
                                        llvm::ConstantFP::get(floats, 0x1p-24));
    const Bits denormal(m_builder, m_builder.CreateBitCast(scaled, bits.get()->getType()));
    const Bits normal = ((exponent + 112u) << 23) | (fraction << 13);
    const Bits special = bits.constant(0x7f800000u) | (fraction << 13);
    const Bits magnitude = denormal.choose(exponent < 1u, special.choose(exponent > 30u, normal));
    return m_builder.CreateBitCast((sign | magnitude).get(), floats);
}

llvm::Value* Emitter::floatToShort(DType type, llvm::Value* value)
{
    if (const TinyFloat* const tiny = tinyFloat(type))
        return floatToTiny(*tiny, value);
    auto* integers = widened(m_builder.getInt32Ty(), value);
    auto* shorts = widened(m_builder.getInt16Ty(), value);
    const Bits bits(m_builder, m_builder.CreateBitCast(value, integers));
    if (type == DType::F8E8M0)
        return m_builder.CreateTrunc(nearestPower(bits).get(), widened(m_builder.getInt8Ty(), value));
    if (type == DType::BF16)
        return m_builder.CreateTrunc(bfloatBits(bits).get(), shorts);
    const Bits sign = (bits >> 16) & 0x8000u, magnitude = bits & 0x7fffffffu;
    const Bits quiet = bits.constant(0x7e00u);
    if (cpuOf(m_module.target.isa).halfConversions) {
        auto* half = m_builder.CreateFPTrunc(value, widened(llvm::Type::getHalfTy(m_context), value));
        auto* nan = m_builder.CreateTrunc((sign | quiet).get(), shorts);
        return m_builder.CreateSelect(magnitude > 0x7f800000u, nan, m_builder.CreateBitCast(half, shorts));
    }
    // Denormal in half: adding 0.5 lets the addition round at 2^-24.
    auto* shifted = m_builder.CreateFAdd(m_builder.CreateBitCast(magnitude.get(), value->getType()),
                                         llvm::ConstantFP::get(value->getType(), 0.5));
    const Bits denormal = Bits(m_builder, m_builder.CreateBitCast(shifted, integers)) + (0u - 0x3f000000u);
    const Bits normal = (magnitude + (0xfffu - 0x38000000u) + ((magnitude >> 13) & 1u)) >> 13;
    const Bits finite = denormal.choose(magnitude < 0x38800000u, normal);
    const Bits result = quiet.choose(magnitude > 0x7f800000u,
                                     bits.constant(0x7c00u).choose(magnitude > 0x477fefffu, finite));
    return m_builder.CreateTrunc((sign | result).get(), shorts);
}

llvm::Value* Emitter::roundShort(DType type, llvm::Value* value)
{
    return shortToFloat(type, floatToShort(type, value));
}

}  // namespace strata
