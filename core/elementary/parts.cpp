#include "core/elementary/parts.h"

namespace strata::numeric {

std::string Scope::fresh()
{
    std::string name;
    do
        name = "e" + std::to_string(m_next++);
    while (m_taken.count(name));
    return name;
}

Value Lets::operator()(const Value& value)
{
    m_bindings.emplace_back(m_scope.fresh(), value);
    return var(m_bindings.back().first, value.type());
}

Value Lets::in(Value body) const
{
    for (auto it = m_bindings.rbegin(); it != m_bindings.rend(); ++it)
        body = strata::let(it->first, it->second.expr, body.expr);
    return body;
}

const Format& formatOf(const Value& x)
{
    static constexpr Format single{DType::I32, 23, 127, 0x1p-126}, twice{DType::I64, 52, 1023, 0x1p-1022};
    return x.type() == DType::F64 ? twice : single;
}

Value bitsOf(const Value& x) { return bitcast(formatOf(x).bits, x.expr); }
Value fromBits(DType type, const Value& bits) { return bitcast(type, bits.expr); }

Value signedLike(const Value& magnitude, const Value& sign)
{
    const Value minusZero = bitsOf(constantOf(sign.type(), -0.0));
    const Value signBit = binary(Op::And, bitsOf(sign).expr, minusZero.expr);
    return fromBits(sign.type(), binary(Op::Or, bitsOf(magnitude).expr, signBit.expr));
}

Value powerOfTwo(DType type, const Value& exponent)
{
    const Format& format = formatOf(constantOf(type, 0));
    return fromBits(type, binary(Op::Shl, (exponent + format.bias).expr, intConst(format.fraction, format.bits)));
}

Value scaled(Scope& s, const Value& x, const Value& exponent)
{
    return s.let(exponent, [&](const Value& k) {
        return s.let(binary(Op::Shr, k.expr, intConst(1, k.type())), [&](const Value& half) {
            return x * powerOfTwo(x.type(), half) * powerOfTwo(x.type(), k - half);
        });
    });
}

Value roundingShift(const Value& x) { return constantOf(x.type(), x.type() == DType::F64 ? 0x1.8p52 : 0x1.8p23); }

Rounded roundedOf(const Value& shifted)
{
    const Value shift = roundingShift(shifted);
    return {shifted - shift, bitsOf(shifted) - bitsOf(shift)};
}

}  // namespace strata::numeric
