// f16 and bf16: kept as f32 in registers, rounded after each operation; in memory 16 bits.
//
// Rounding a sum, product or quotient of two such numbers from f32 to 16 bits is the same as rounding once, since f32
// has more than twice the digits plus two (Figueroa 1995). The same integer operations as core/base/dtype.cpp, but for
// f16 where the instruction set has them (F16C, from x86-64-v3); that instruction keeps some payload of a NaN, so NaN
// is set apart.
#include "backends/llvm/codegen/emitter.h"

namespace strata {

namespace {

// Integer operations on i32 or vectors of it.
class Bits {
public:
    Bits(llvm::IRBuilder<>& builder, llvm::Value* value)
        : m_builder(builder)
        , m_value(value)
    {
    }
    llvm::Value* number(std::uint32_t bits) const { return llvm::ConstantInt::get(m_value->getType(), bits); }
    Bits operator&(std::uint32_t mask) const { return {m_builder, m_builder.CreateAnd(m_value, number(mask))}; }
    Bits operator|(const Bits& other) const { return {m_builder, m_builder.CreateOr(m_value, other.m_value)}; }
    Bits operator>>(std::uint32_t count) const { return {m_builder, m_builder.CreateLShr(m_value, number(count))}; }
    Bits operator<<(std::uint32_t count) const { return {m_builder, m_builder.CreateShl(m_value, number(count))}; }
    Bits operator+(std::uint32_t count) const { return {m_builder, m_builder.CreateAdd(m_value, number(count))}; }
    Bits operator+(const Bits& other) const { return {m_builder, m_builder.CreateAdd(m_value, other.m_value)}; }
    llvm::Value* operator>(std::uint32_t bound) const { return m_builder.CreateICmpUGT(m_value, number(bound)); }
    llvm::Value* operator<(std::uint32_t bound) const { return m_builder.CreateICmpULT(m_value, number(bound)); }
    Bits choose(llvm::Value* condition, const Bits& other) const
    {
        return {m_builder, m_builder.CreateSelect(condition, m_value, other.m_value)};
    }
    Bits constant(std::uint32_t bits) const { return {m_builder, number(bits)}; }
    llvm::Value* get() const { return m_value; }

private:
    llvm::IRBuilder<>& m_builder;
    llvm::Value* m_value;
};

Bits bfloatBits(const Bits& bits)
{
    const Bits quiet = (bits >> 16) | bits.constant(0x40);
    const Bits rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    return quiet.choose((bits & 0x7fffffffu) > 0x7f800000u, rounded);
}

}  // namespace

llvm::Value* Emitter::shortToFloat(DType type, llvm::Value* value)
{
    auto* floats = widened(llvm::Type::getFloatTy(m_context), value);
    const Bits bits(m_builder, m_builder.CreateZExt(value, widened(m_builder.getInt32Ty(), value)));
    if (type == DType::BF16)
        return m_builder.CreateBitCast((bits << 16).get(), floats);
    if (m_module.target.isa >= Target::Isa::V3)
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
    auto* integers = widened(m_builder.getInt32Ty(), value);
    auto* shorts = widened(m_builder.getInt16Ty(), value);
    const Bits bits(m_builder, m_builder.CreateBitCast(value, integers));
    if (type == DType::BF16)
        return m_builder.CreateTrunc(bfloatBits(bits).get(), shorts);
    const Bits sign = (bits >> 16) & 0x8000u, magnitude = bits & 0x7fffffffu;
    const Bits quiet = bits.constant(0x7e00u);
    if (m_module.target.isa >= Target::Isa::V3) {
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
