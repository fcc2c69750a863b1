// Expressions as values: scalars where nothing depends on the lane, vectors where something does; operands agree in
// width only where they meet.
//
// Each operation is the one that the reference evaluator computes, bit for bit: no fast-math flag, fma is one rounding,
// short floats are rounded after each operation, floor division is corrected from the machine's truncating one, and
// what the machine would trap on or leave undefined (a division by zero, a shift past the width, a conversion out of
// range) has the value that the language gives it. A side of a select that might touch what is not there (a load out of
// bounds, a check that could fail) is computed only where it is chosen, by a branch or under a mask; all others are
// computed and chosen, which is cheaper.
#include "backends/llvm/codegen/emitter.h"

#include "core/ir/cpu.h"
#include "core/ir/text_functions.h"

#include <bit>

namespace strata {

namespace {

int widthOf(const llvm::Value* value)
{
    const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(value->getType());
    return vector ? int(vector->getNumElements()) : 1;
}

// The constant that the value, or each of its lanes, is.
const llvm::ConstantInt* knownInteger(const llvm::Value* value)
{
    const auto* constant = llvm::dyn_cast<llvm::Constant>(value);
    if (constant && isVector(constant))
        constant = constant->getSplatValue();
    return llvm::dyn_cast_or_null<llvm::ConstantInt>(constant);
}

std::optional<bool> known(const llvm::Value* value)
{
    const auto* constant = llvm::dyn_cast<llvm::Constant>(value);
    if (!constant)
        return std::nullopt;
    if (constant->isNullValue())
        return false;
    return constant->isAllOnesValue() ? std::optional(true) : std::nullopt;
}

}  // namespace

llvm::Type* Emitter::type(DType type) const
{
    switch (type) {
    case DType::Bool: return llvm::Type::getInt1Ty(m_context);
    case DType::F32: return llvm::Type::getFloatTy(m_context);
    case DType::F64: return llvm::Type::getDoubleTy(m_context);
    default:
        return isShortFloat(type) ? llvm::Type::getFloatTy(m_context)
                                  : llvm::Type::getIntNTy(m_context, unsigned(bitSize(type)));
    }
}

llvm::Type* Emitter::memoryType(DType type) const
{
    switch (type) {
    case DType::F32: return llvm::Type::getFloatTy(m_context);
    case DType::F64: return llvm::Type::getDoubleTy(m_context);
    default: return llvm::Type::getIntNTy(m_context, unsigned(byteSize(type)) * 8);
    }
}

llvm::Type* Emitter::widened(llvm::Type* scalar, const llvm::Value* like) const
{
    return isVector(like) ? llvm::FixedVectorType::get(scalar, unsigned(widthOf(like))) : scalar;
}

llvm::Value* Emitter::broadcast(llvm::Value* value, int width)
{
    return isVector(value) || width == 1 ? value : m_builder.CreateVectorSplat(unsigned(width), value);
}

void Emitter::agree(std::vector<llvm::Value*>& values)
{
    int width = 1;
    for (const auto* value : values)
        width = std::max(width, widthOf(value));
    for (auto& value : values)
        value = broadcast(value, width);
}

llvm::Value* Emitter::splat(const llvm::Value* like, llvm::Constant* constant)
{
    return isVector(like)
               ? llvm::ConstantVector::getSplat(llvm::ElementCount::getFixed(unsigned(widthOf(like))), constant)
               : constant;
}

llvm::Value* Emitter::value(const ExprPtr& e)
{
    const bool isIndex = e->type == DType::I64;
    switch (e->op) {
    case Op::Const:
    case Op::Add:
    case Op::Sub:
    case Op::Mul:
    case Op::FloorDiv:
    case Op::FloorMod:
    case Op::Checked:
        if (isIndex)
            return materialize(index(e));
        return arithmetic(*e);
    case Op::Var:
        if (const auto let = m_lets.find(e->name); let != m_lets.end() && !let->second.empty())
            return let->second.back();
        return materialize(variable(e->name));
    default: return arithmetic(*e);
    }
}

llvm::Value* Emitter::constant(const Expr& e)
{
    if (isFloat(e.type))
        return e.type == DType::F64 ? llvm::ConstantFP::get(m_context, llvm::APFloat(e.f))
                                    : llvm::ConstantFP::get(m_context, llvm::APFloat(float(e.f)));
    return llvm::ConstantInt::get(type(e.type), std::uint64_t(e.type == DType::Bool ? e.i != 0 : e.i));
}

llvm::Value* Emitter::arithmetic(const Expr& e)
{
    switch (e.op) {
    case Op::Const: return e.type == DType::String ? constantText(e.name) : constant(e);
    case Op::Load: return loadElement(e);
    case Op::Eq:
    case Op::Ne:
    case Op::Lt:
    case Op::Le: return comparison(e);
    case Op::Select: return selection(e);
    case Op::Cast: return conversion(e);
    case Op::Bitcast: return reinterpretation(e);
    case Op::Let: return binding(e);
    case Op::Call:
        if (isTextCall(e))
            return textFunction(e);
        fail(bug("The code generator meets a call of " + e.name + " that was not expanded."));
        return llvm::PoisonValue::get(type(e.type));
    default: break;
    }
    std::vector<llvm::Value*> args;
    for (const auto& arg : e.args)
        args.push_back(value(arg));
    agree(args);
    if (!isFloat(e.type))
        return integerArithmetic(e, args);
    llvm::Value* result = floatArithmetic(e, args);
    const bool shortType = isShortFloat(e.type);
    const bool signless = e.type == DType::F8E8M0 || (tinyFloat(e.type) && tinyFloat(e.type)->unsignedZero);
    const bool exact = (e.op == Op::Neg && !signless) || e.op == Op::Abs || (e.op >= Op::Min && e.op <= Op::Maximum);
    return shortType && !exact ? roundShort(e.type, result) : result;
}

llvm::Value* Emitter::floatArithmetic(const Expr& e, std::vector<llvm::Value*> args)
{
    const auto intrinsic = [&](llvm::Intrinsic::ID id) { return m_builder.CreateUnaryIntrinsic(id, args[0]); };
    switch (e.op) {
    case Op::Add: return m_builder.CreateFAdd(args[0], args[1]);
    case Op::Sub: return m_builder.CreateFSub(args[0], args[1]);
    case Op::Mul: return m_builder.CreateFMul(args[0], args[1]);
    case Op::Div: return m_builder.CreateFDiv(args[0], args[1]);
    case Op::Max: return m_builder.CreateSelect(m_builder.CreateFCmpOGT(args[0], args[1]), args[0], args[1]);
    case Op::Min: return m_builder.CreateSelect(m_builder.CreateFCmpOLT(args[0], args[1]), args[0], args[1]);
    case Op::Minimum:
    case Op::Maximum: return farther(e, args[0], args[1]);
    case Op::Neg: return m_builder.CreateFNeg(args[0]);
    case Op::Abs: return intrinsic(llvm::Intrinsic::fabs);
    case Op::Sqrt: return intrinsic(llvm::Intrinsic::sqrt);
    case Op::Floor: return intrinsic(llvm::Intrinsic::floor);
    case Op::Ceil: return intrinsic(llvm::Intrinsic::ceil);
    case Op::Trunc: return intrinsic(llvm::Intrinsic::trunc);
    case Op::Round: return intrinsic(llvm::Intrinsic::roundeven);
    case Op::Fma:
        if (!cpuOf(m_module.target.isa).fusedMultiplyAdd)
            remark(std::string(name(m_module.target.isa))
                       + " has no fused multiply-add: libm computes it, with the same bits and many times slower.",
                   NodeKind::Function, "");
        return m_builder.CreateIntrinsic(llvm::Intrinsic::fma, {args[0]->getType()}, {args[0], args[1], args[2]});
    case Op::FloorDiv:
        return m_builder.CreateUnaryIntrinsic(llvm::Intrinsic::floor, m_builder.CreateFDiv(args[0], args[1]));
    default: break;
    }
    fail(bug("The code generator does not know " + opName(e.op) + " on " + name(e.type) + "."));
    return llvm::PoisonValue::get(args[0]->getType());
}

// Minimum and Maximum of floats. Of two zeros, and where one operand is NaN, the machine's max is its second operand:
// the two orders of operands then give both, and joining their bits gives the sign that is wanted (the same bits twice
// stay). A NaN is all bits set. Five short instructions on AVX2; llvm.maximum takes three blends for it.
llvm::Value* Emitter::farther(const Expr& e, llvm::Value* a, llvm::Value* b)
{
    const bool largest = e.op == Op::Maximum;
    const auto choose = [&](llvm::Value* x, llvm::Value* y) {
        return m_builder.CreateSelect(largest ? m_builder.CreateFCmpOGT(x, y) : m_builder.CreateFCmpOLT(x, y), x, y);
    };
    llvm::Type* bits = widened(m_builder.getIntNTy(a->getType()->getScalarSizeInBits()), a);
    llvm::Value* one = m_builder.CreateBitCast(choose(a, b), bits);
    llvm::Value* other = m_builder.CreateBitCast(choose(b, a), bits);
    llvm::Value* joined = largest ? m_builder.CreateAnd(one, other) : m_builder.CreateOr(one, other);
    return m_builder.CreateSelect(m_builder.CreateFCmpUNO(a, b),
                                  m_builder.CreateBitCast(llvm::Constant::getAllOnesValue(bits), a->getType()),
                                  m_builder.CreateBitCast(joined, a->getType()));
}

llvm::Value* Emitter::integerArithmetic(const Expr& e, std::vector<llvm::Value*> args)
{
    const bool isSignedType = isSigned(e.type);
    llvm::Value* a = args[0];
    llvm::Value* b = args.size() > 1 ? args[1] : nullptr;
    switch (e.op) {
    case Op::Add: return m_builder.CreateAdd(a, b);
    case Op::Sub: return m_builder.CreateSub(a, b);
    case Op::Mul: return m_builder.CreateMul(a, b);
    case Op::Fma: return m_builder.CreateAdd(m_builder.CreateMul(a, b), args[2]);
    case Op::Div:
    case Op::FloorDiv:
    case Op::FloorMod: return floorDivMod(e, a, b, false);
    case Op::Max:
    case Op::Maximum:
        return m_builder.CreateSelect(isSignedType ? m_builder.CreateICmpSGT(a, b) : m_builder.CreateICmpUGT(a, b), a,
                                      b);
    case Op::Min:
    case Op::Minimum:
        return m_builder.CreateSelect(isSignedType ? m_builder.CreateICmpSLT(a, b) : m_builder.CreateICmpULT(a, b), a,
                                      b);
    case Op::And:
        return known(a) == true ? b : known(b) == true ? a : known(a) == false ? a : m_builder.CreateAnd(a, b);
    case Op::Or: return known(a) == false ? b : known(b) == false ? a : known(a) == true ? a : m_builder.CreateOr(a, b);
    case Op::Xor: return m_builder.CreateXor(a, b);
    case Op::Shl:
    case Op::Shr: return shift(e, a, b);
    case Op::Not: return m_builder.CreateNot(a);
    case Op::Neg: return m_builder.CreateNeg(a);
    case Op::Abs:
        return isSignedType ? m_builder.CreateBinaryIntrinsic(llvm::Intrinsic::abs, a, m_builder.getFalse()) : a;
    case Op::Floor:
    case Op::Ceil:
    case Op::Trunc:
    case Op::Round: return a;
    default: break;
    }
    fail(bug("The code generator does not know " + opName(e.op) + " on " + name(e.type) + "."));
    return llvm::PoisonValue::get(a->getType());
}

// By the width or more: 0, or the sign. On AVX2 this is what the instruction does by itself.
llvm::Value* Emitter::shift(const Expr& e, llvm::Value* a, llvm::Value* b)
{
    const unsigned width = b->getType()->getScalarSizeInBits();
    const auto number = [&](unsigned n) { return llvm::ConstantInt::get(b->getType(), n); };
    const llvm::ConstantInt* amount = knownInteger(b);
    const bool within = amount && amount->getValue().ult(width);
    if (e.op == Op::Shr && isSigned(e.type))
        return m_builder.CreateAShr(
            a, within ? b : m_builder.CreateBinaryIntrinsic(llvm::Intrinsic::umin, b, number(width - 1)));
    llvm::Value* shifted = e.op == Op::Shl ? m_builder.CreateShl(a, b) : m_builder.CreateLShr(a, b);
    return within ? shifted
                  : m_builder.CreateSelect(m_builder.CreateICmpULT(b, number(width)), shifted,
                                           llvm::Constant::getNullValue(a->getType()));
}

// Division of integers. A divisor of 0 is replaced by 1 and the quotient by 0; of -1 (signed) by 1 and the quotient by
// -a, which wraps where the division would trap. The rest by 1 is 0, as it is to be. Lanes that do not run cannot trap
// either. Known divisors and ranges need none of this.
llvm::Value* Emitter::floorDivMod(const Expr& e, llvm::Value* a, llvm::Value* b, bool nonNegative)
{
    llvm::Value* one = splat(b, llvm::ConstantInt::get(b->getType()->getScalarType(), 1));
    llvm::Value* zero = llvm::Constant::getNullValue(a->getType());
    llvm::Value* isZero = nullptr;
    const llvm::ConstantInt* divisor = knownInteger(b);
    if (!nonNegative && !(divisor && !divisor->isZero())) {
        isZero = m_builder.CreateICmpEQ(b, zero);
        b = m_builder.CreateSelect(isZero, one, b);
    }
    const auto orZero = [&](llvm::Value* quotient) {
        return isZero ? m_builder.CreateSelect(isZero, zero, quotient) : quotient;
    };
    if (!isSigned(e.type) || nonNegative)
        return e.op == Op::FloorMod ? m_builder.CreateURem(a, b) : orZero(m_builder.CreateUDiv(a, b));
    llvm::Value* isMinusOne = nullptr;
    if (!divisor || divisor->isMinusOne()) {
        isMinusOne = m_builder.CreateICmpEQ(b, llvm::Constant::getAllOnesValue(b->getType()));
        b = m_builder.CreateSelect(isMinusOne, one, b);
    }
    llvm::Value* quotient = m_builder.CreateSDiv(a, b);
    llvm::Value* rest = m_builder.CreateSRem(a, b);
    if (e.op != Op::Div) {
        auto* down = m_builder.CreateAnd(m_builder.CreateICmpNE(rest, zero),
                                         m_builder.CreateICmpSLT(m_builder.CreateXor(rest, b), zero));
        quotient = m_builder.CreateSub(quotient, m_builder.CreateZExt(down, a->getType()));
        rest = m_builder.CreateSelect(down, m_builder.CreateAdd(rest, b), rest);
    }
    if (e.op == Op::FloorMod)
        return rest;
    return orZero(isMinusOne ? m_builder.CreateSelect(isMinusOne, m_builder.CreateNeg(a), quotient) : quotient);
}

llvm::Value* Emitter::comparison(const Expr& e)
{
    const DType operand = e.args[0]->type;
    std::vector<llvm::Value*> args;
    if (operand == DType::I64) {
        const Index a = index(e.args[0]), b = index(e.args[1]);
        if (!a.vector && !b.vector)
            if (const auto range = rangeOf(addLinear(a, b, -1))) {
                const auto [low, high] = *range;
                const bool is = e.op == Op::Eq   ? low == 0 && high == 0
                                : e.op == Op::Ne ? low > 0 || high < 0
                                : e.op == Op::Lt ? high < 0
                                                 : high <= 0;
                const bool isNot = e.op == Op::Eq   ? low > 0 || high < 0
                                   : e.op == Op::Ne ? low == 0 && high == 0
                                   : e.op == Op::Lt ? low >= 0
                                                    : low > 0;
                if (is || isNot)
                    return m_builder.getInt1(is);
            }
        args = {materialize(a), materialize(b)};
    } else {
        args = {value(e.args[0]), value(e.args[1])};
    }
    agree(args);
    using P = llvm::CmpInst::Predicate;
    const bool floats = isFloat(operand), isSignedType = isSigned(operand);
    switch (e.op) {
    case Op::Eq: return m_builder.CreateCmp(floats ? P::FCMP_OEQ : P::ICMP_EQ, args[0], args[1]);
    case Op::Ne: return m_builder.CreateCmp(floats ? P::FCMP_UNE : P::ICMP_NE, args[0], args[1]);
    case Op::Lt:
        return m_builder.CreateCmp(floats ? P::FCMP_OLT : isSignedType ? P::ICMP_SLT : P::ICMP_ULT, args[0], args[1]);
    default:
        return m_builder.CreateCmp(floats ? P::FCMP_OLE : isSignedType ? P::ICMP_SLE : P::ICMP_ULE, args[0], args[1]);
    }
}

// May be computed though the side is not taken: no element out of bounds, no check that could fail, no slow division.
bool Emitter::speculatable(const ExprPtr& e)
{
    if (e->op == Op::Checked || isTextCall(*e))
        return false;
    if (e->op == Op::Load) {
        const Storage* buffer = storage(e->name);
        for (std::size_t d = 0; d < e->args.size(); ++d) {
            const auto& arg = e->args[d];
            bool plain = buffer != nullptr;
            walk(arg, [&](const Expr& node) {
                plain &= node.op != Op::Load && node.op != Op::Select && node.op != Op::Checked
                         && (node.op != Op::Var || m_lets[node.name].empty());
            });
            if (!plain)
                return false;
            const auto range = rangeOf(index(arg));
            const Dim& size = buffer->buffer.type.shape[d];
            if (!range || range->first < 0 || !size.isConstant() || range->second >= size.constant())
                return false;
        }
        return true;
    }
    const bool divides = e->op == Op::FloorDiv || e->op == Op::FloorMod || e->op == Op::Div;
    if (divides && !isFloat(e->type) && !(e->args[1]->op == Op::Const && e->args[1]->i != 0))
        return false;
    return std::all_of(e->args.begin(), e->args.end(), [&](const ExprPtr& arg) { return speculatable(arg); });
}

llvm::Value* Emitter::selection(const Expr& e)
{
    llvm::Value* condition = value(m_holding.empty() ? e.args[0] : open(e.args[0]));
    if (const auto side = known(condition))
        return value(e.args[*side ? 1 : 2]);
    if (!speculatable(e.args[1]) || !speculatable(e.args[2]))
        return isVector(condition) ? maskedSelect(condition, e) : branchedSelect(condition, e);
    std::vector<llvm::Value*> values{value(e.args[1]), value(e.args[2])};
    agree(values);
    if (isVector(condition))
        values = {broadcast(values[0], widthOf(condition)), broadcast(values[1], widthOf(condition))};
    return m_builder.CreateSelect(condition, values[0], values[1]);
}

llvm::Value* Emitter::branchedSelect(llvm::Value* condition, const Expr& e)
{
    llvm::BasicBlock* const sides[] = {newBlock("then"), newBlock("else")};
    auto* join = newBlock("join");
    m_builder.CreateCondBr(condition, sides[0], sides[1]);
    llvm::Value *values[2], *outside[2];
    llvm::BasicBlock* ends[2];
    for (int i = 0; i < 2; ++i) {
        m_builder.SetInsertPoint(sides[i]);
        const auto before = std::exchange(m_outside, {});
        values[i] = value(e.args[std::size_t(i) + 1]);
        outside[i] = anyOutside();
        m_outside = before;
        ends[i] = m_builder.GetInsertBlock();
    }
    const auto joined = [&](llvm::Value* const(&of)[2]) {
        const int width = std::max(widthOf(of[0]), widthOf(of[1]));
        auto* phi = llvm::PHINode::Create(widened(of[0]->getType()->getScalarType(), of[widthOf(of[1]) == width]), 2);
        for (int i = 0; i < 2; ++i) {
            m_builder.SetInsertPoint(ends[i]);
            phi->addIncoming(broadcast(of[i], width), ends[i]);
        }
        m_builder.SetInsertPoint(join);
        return m_builder.Insert(phi);
    };
    llvm::Value* result = joined(values);
    if (outside[0] || outside[1]) {
        for (llvm::Value*& side : outside)
            side = side ? side : m_builder.getFalse();
        m_outside.push_back(joined(outside));
    }
    for (llvm::BasicBlock* end : ends)
        llvm::BranchInst::Create(join, end);
    return result;
}

llvm::Value* Emitter::maskedSelect(llvm::Value* condition, const Expr& e)
{
    llvm::Value* outer = m_mask;
    llvm::Value* const masks[] = {condition, m_builder.CreateNot(condition)};
    std::vector<llvm::Value*> values;
    for (std::size_t i = 0; i < 2; ++i) {
        m_mask = outer ? m_builder.CreateAnd(outer, masks[i]) : masks[i];
        values.push_back(broadcast(value(e.args[i + 1]), widthOf(condition)));
    }
    m_mask = outer;
    return m_builder.CreateSelect(condition, values[0], values[1]);
}

llvm::Value* Emitter::binding(const Expr& e)
{
    m_lets[e.name].push_back(value(e.args[0]));
    llvm::Value* result = value(e.args[1]);
    m_lets[e.name].pop_back();
    return result;
}

llvm::Value* Emitter::conversion(const Expr& e)
{
    llvm::Value* byte = roundedByte(e);
    return byte ? byte : convert(value(e.args[0]), e.args[0]->type, e.type);
}

// A float as an integer of 2 to 16 bits, cut off at the ends of the type, NaN as 0. By way of 32 bits, which vectors
// have: LLVM's own saturating conversion takes such a vector apart.
llvm::Value* Emitter::saturated(llvm::Value* value, DType to)
{
    const int bits = bitSize(to);
    const double least = isSigned(to) ? -double(1 << (bits - 1)) : 0,
                 most = double((1 << (isSigned(to) ? bits - 1 : bits)) - 1);
    const auto number = [&](double n) { return llvm::ConstantFP::get(value->getType(), n); };
    if (isSigned(to))
        value = m_builder.CreateSelect(m_builder.CreateFCmpUNO(value, value), number(0), value);
    value = m_builder.CreateSelect(m_builder.CreateFCmpOGT(value, number(least)), value, number(least));
    value = m_builder.CreateSelect(m_builder.CreateFCmpOLT(value, number(most)), value, number(most));
    return m_builder.CreateTrunc(m_builder.CreateFPToSI(value, widened(m_builder.getInt32Ty(), value)),
                                 widened(type(to), value));
}

llvm::Value* Emitter::convert(llvm::Value* value, DType from, DType to)
{
    llvm::Type* target = widened(type(to), value);
    const bool shortTarget = isShortFloat(to);
    if (from == to)
        return value;
    if (to == DType::Bool)
        return isFloat(from) ? m_builder.CreateFCmpUNE(value, llvm::Constant::getNullValue(value->getType()))
                             : m_builder.CreateICmpNE(value, llvm::Constant::getNullValue(value->getType()));
    if (isFloat(from) && isFloat(to)) {
        llvm::Value* result = from == DType::F64 ? m_builder.CreateFPTrunc(value, target)
                              : to == DType::F64 ? m_builder.CreateFPExt(value, target)
                                                 : value;
        return shortTarget ? roundShort(to, result) : result;
    }
    if (isFloat(from) && byteSize(to) < 4)
        return saturated(value, to);
    if (isFloat(from))
        return m_builder.CreateIntrinsic(isSigned(to) ? llvm::Intrinsic::fptosi_sat : llvm::Intrinsic::fptoui_sat,
                                         {target, value->getType()}, {value});
    if (!isFloat(to))
        return m_builder.CreateIntCast(value, target, isSigned(from));
    // Integers become f64 first, as the evaluator's do: exact but for 64 bits.
    auto* wide = widened(llvm::Type::getDoubleTy(m_context), value);
    llvm::Value* number = isSigned(from) ? m_builder.CreateSIToFP(value, wide) : m_builder.CreateUIToFP(value, wide);
    if (to == DType::F64)
        return number;
    number = m_builder.CreateFPTrunc(number, target);
    return shortTarget ? roundShort(to, number) : number;
}

llvm::Value* Emitter::reinterpretation(const Expr& e)
{
    const DType from = e.args[0]->type;
    llvm::Value* bits = toMemory(from, value(e.args[0]));
    return fromMemory(e.type, m_builder.CreateBitCast(bits, widened(memoryType(e.type), bits)));
}

}  // namespace strata
