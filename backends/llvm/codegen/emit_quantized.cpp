// Bytes from rounded floats, as quantized models make them of each result: u8(round(v) + zero point).
//
// x86 rounds where it converts, so v is first cut off at what rounds to the ends of the type, which are whole numbers,
// and then converted, and the zero point added, in integers. Where registers of 64 bytes are narrowed with saturation,
// that is the upper end: what no i32 holds becomes 2^31 there, which is large as an unsigned number, too.
#include "backends/llvm/codegen/emitter.h"

#include "core/ir/cpu.h"

#include <llvm/IR/IntrinsicsX86.h>

#include <cmath>

namespace strata {

namespace {

// A whole number that is known, and small enough for f32 to hold it and its neighbours.
std::optional<double> wholeConstant(const ExprPtr& e)
{
    constexpr double largest = 1 << 16;
    const ExprPtr& number = e->op == Op::Cast ? e->args[0] : e;
    if (e->type != DType::F32 || number->op != Op::Const)
        return std::nullopt;
    const double value = isFloat(number->type) ? number->f : double(number->i);
    return std::abs(value) <= largest && value == std::floor(value) ? std::optional(value) : std::nullopt;
}

// max(v, number), where the number is at most `least`.
bool isCutOffBelow(const ExprPtr& e, double least)
{
    if (e->op != Op::Max && e->op != Op::Maximum)
        return false;
    const std::optional<double> number = wholeConstant(e->args[1]);
    return number && *number <= least;
}

int lanesOf(const llvm::Value* value)
{
    const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(value->getType());
    return vector ? int(vector->getNumElements()) : 1;
}

}  // namespace

// The nearest i32 of 4, 8 or 16 floats, of a tie the even one. What no i32 holds becomes the least one.
llvm::Value* Emitter::nearest(llvm::Value* value)
{
    const auto with = [&](llvm::Intrinsic::ID id) { return m_builder.CreateIntrinsic(id, {}, {value}); };
    switch (lanesOf(value)) {
    case 4: return with(llvm::Intrinsic::x86_sse2_cvtps2dq);
    case 8: return with(llvm::Intrinsic::x86_avx_cvt_ps2dq_256);
    default: {
        auto* const integers = llvm::FixedVectorType::get(m_builder.getInt32Ty(), 16);
        constexpr int ownRounding = 4;
        return m_builder.CreateIntrinsic(llvm::Intrinsic::x86_avx512_mask_cvtps2dq_512, {},
                                         {value, llvm::Constant::getNullValue(integers), m_builder.getInt16(0xffff),
                                          m_builder.getInt32(ownRounding)});
    }
    }
}

// nullptr: it is no such byte.
llvm::Value* Emitter::roundedByte(const Expr& e)
{
    const Cpu& cpu = cpuOf(m_module.target.isa);
    if ((e.type != DType::U8 && e.type != DType::I8) || !cpu.llvmTriple.starts_with("x86_64") || cpu.level < 3)
        return nullptr;
    ExprPtr rounded = e.args[0];
    double zero = 0;
    if (rounded->op == Op::Add)
        if (const std::optional<double> point = wholeConstant(rounded->args[1])) {
            zero = *point;
            rounded = rounded->args[0];
        }
    if (rounded->op != Op::Round || rounded->type != DType::F32)
        return nullptr;
    const bool isSigned = e.type == DType::I8, narrows = !isSigned && cpu.vectorBytes == 64;
    const double least = (isSigned ? -128 : 0) - zero, most = least + 255;
    ExprPtr source = rounded->args[0];
    if (!isSigned && isCutOffBelow(source, least))
        source = source->args[0];
    llvm::Value* v = value(source);
    const auto number = [&](double n) { return llvm::ConstantFP::get(v->getType(), n); };
    if (isSigned)
        v = m_builder.CreateSelect(m_builder.CreateFCmpUNO(v, v), number(-zero), v);
    v = m_builder.CreateSelect(m_builder.CreateFCmpOGT(v, number(least)), v, number(least));
    const bool converts = lanesOf(v) == 4 || lanesOf(v) == 8 || lanesOf(v) == 16;
    if (!narrows || !converts)
        v = m_builder.CreateSelect(m_builder.CreateFCmpOLT(v, number(most)), v, number(most));
    llvm::Type* const wide = widened(m_builder.getInt32Ty(), v);
    llvm::Value* whole = converts ? nearest(v)
                                  : m_builder.CreateFPToSI(
                                      m_builder.CreateUnaryIntrinsic(llvm::Intrinsic::roundeven, v), wide);
    if (zero != 0)
        whole = m_builder.CreateAdd(whole, llvm::ConstantInt::get(wide, std::uint64_t(std::int64_t(zero)), true));
    if (narrows)
        whole = m_builder.CreateBinaryIntrinsic(llvm::Intrinsic::umin, whole, llvm::ConstantInt::get(wide, 255));
    return m_builder.CreateTrunc(whole, widened(type(e.type), whole));
}

}  // namespace strata
