// Sine, cosine, tangent and their inverses. Arguments below 2^40 are reduced with pi/2 in parts (Cody and Waite),
// larger f32 arguments with a 96-bit window of the binary digits of 2/pi (Payne and Hanek, "Radian reduction for
// trigonometric functions", 1983).
#include "core/elementary/coefficients.h"
#include "core/elementary/parts.h"

#include <array>
#include <limits>

namespace strata::numeric {

namespace {

constexpr double halfPi = 0x1.921fb54442d18p+0, halfPiMiddle = 0x1.1a62633145c07p-54,
                 halfPiLow = -0x1.f1976b7ed8fbcp-110;
constexpr double inverseHalfPi = 0x1.45f306dc9c883p-1;
constexpr double largestReduced = 0x1p40, largestDouble = 0x1p45;

Value constant(double c) { return constantOf(DType::F64, c); }

Value shiftLeft(const Value& a, const Value& b) { return binary(Op::Shl, a.expr, b.expr); }
Value shiftRight(const Value& a, const Value& b) { return binary(Op::Shr, a.expr, b.expr); }
Value shiftRight(const Value& a, int bits) { return shiftRight(a, constantOf(a.type(), bits)); }
Value masked(const Value& a, std::int64_t mask) { return binary(Op::And, a.expr, intConst(mask, a.type())); }

// The 32 binary digits of 2/pi from digit 32 * (first + word); `first` is 0 to 3.
Value digits(const Value& first, int word)
{
    static constexpr std::array<std::int64_t, 7> words{0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0,
                                                       0xdb629599, 0x3c439041, 0xfe5163ab};
    Value chosen = intConst(words[std::size_t(word + 3)], DType::U64);
    for (int k = 2; k >= 0; --k)
        chosen = select(first == k, Value(intConst(words[std::size_t(word + k)], DType::U64)), chosen);
    return chosen;
}

// body(quadrant, r) for an f32 `magnitude` of at least 2^40: m 2^e times the digits of 2/pi that matter modulo 4.
template<class Body>
Value reducedByDigits(Scope& s, const Value& magnitude, const Body& body)
{
    Lets lets(s);
    const Value bits = cast(DType::U64, bitsOf(magnitude));
    const Value m = lets(masked(bits, 0x7fffff) + double(0x800000));
    const Value at = lets(shiftRight(bits, 23) - 152);  // the first digit, from 0: e - 2
    const Value first = lets(shiftRight(at, 5));
    const Value shift = lets(masked(at, 31));
    const auto word = [&](int k) {
        const Value pair = shiftLeft(digits(first, k), constantOf(DType::U64, 32)) + digits(first, k + 1);
        return shiftRight(shiftLeft(pair, shift), 32);
    };
    const Value low = lets(m * word(1) + shiftRight(m * word(2), 32));
    const Value high = m * word(0) + shiftRight(low, 32);
    const Value product = lets(shiftLeft(high, constantOf(DType::U64, 32))
                               + masked(low, 0xffffffff));  // 2 + 62 binary digits
    const Value quadrant = lets(shiftRight(product + Value(intConst(std::int64_t(1) << 61, DType::U64)), 62));
    const Value rest = cast(DType::I64, product - shiftLeft(quadrant, constantOf(DType::U64, 62)));
    return lets.in(body(cast(DType::I64, quadrant), cast(DType::F64, rest) * (halfPi * 0x1p-62)));
}

// body(quadrant, r) of |x| for f64.
template<class Body>
Value reduce(Scope& s, const Value& magnitude, const Body& body)
{
    return s.let(fma(magnitude, constant(inverseHalfPi), roundingShift(magnitude)), [&](const Value& shifted) {
        const Rounded n = roundedOf(shifted);
        return s.let(n.number, [&](const Value& number) {
            const Value first = fma(number, constant(-halfPi), magnitude);
            const Value second = fma(number, constant(-halfPiMiddle), first);
            return s.let(fma(number, constant(-halfPiLow), second), [&](const Value& r) { return body(n.integer, r); });
        });
    });
}

Value sinReduced(Scope& s, const Value& r)
{
    return s.let(r * r, [&](const Value& z) {
        return fma(r * z,
                   r.type() == DType::F64 ? polynomial(z, coefficients::sin_f64) : polynomial(z, coefficients::sin_f32),
                   r);
    });
}

Value cosReduced(Scope& s, const Value& r)
{
    return s.let(r * r, [&](const Value& z) {
        const Value p = r.type() == DType::F64 ? polynomial(z, coefficients::cos_f64)
                                               : polynomial(z, coefficients::cos_f32);
        return fma(z * z, p, fma(z, constantOf(z.type(), -0.5), constantOf(z.type(), 1)));
    });
}

// sin(r + quadrant pi/2).
Value sinInQuadrant(Scope& s, const Value& quadrant, const Value& r)
{
    return s.let(quadrant, [&](const Value& q) {
        return s.let(r, [&](const Value& v) {
            const Value value = select(masked(q, 1) == 0, sinReduced(s, v), cosReduced(s, v));
            return s.let(value, [&](const Value& u) { return select(masked(q, 2) == 0, u, -u); });
        });
    });
}

Value tanInQuadrant(Scope& s, const Value& quadrant, const Value& r)
{
    return s.let(sinReduced(s, r), [&](const Value& sine) {
        return s.let(cosReduced(s, r), [&](const Value& cosine) {
            return select(masked(quadrant, 1) == 0, sine / cosine, -(cosine / sine));
        });
    });
}

Value invalidIfNot(const Value& valid, const Value& value)
{
    return select(valid, value, constantOf(value.type(), std::numeric_limits<double>::quiet_NaN()));
}

// body(quadrant, r) of an f32 magnitude, any finite one; r is f64.
template<class Body>
Value reduceSingle(Scope& s, const Value& magnitude, const Body& body)
{
    const Value byParts = s.let(cast(DType::F64, magnitude), [&](const Value& a) { return reduce(s, a, body); });
    const Value finite = select(magnitude < largestReduced, byParts, reducedByDigits(s, magnitude, body));
    return invalidIfNot(magnitude < infinity, finite);
}

// sin(|x| + turns pi/2).
Value sinOfMagnitude(Scope& s, const Value& x, int turns)
{
    const auto at = [&](const Value& quadrant, const Value& r) {
        return sinInQuadrant(s, quadrant + turns, cast(x.type(), r));
    };
    return s.let(absolute(x), [&](const Value& a) {
        return x.type() == DType::F64 ? invalidIfNot(a < largestDouble, reduce(s, a, at)) : reduceSingle(s, a, at);
    });
}

// Multiplies by the sign of `sign`.
Value timesSign(const Value& value, const Value& sign)
{
    const Value minusZero = bitsOf(constantOf(sign.type(), -0.0));
    const Value signBit = binary(Op::And, bitsOf(sign).expr, minusZero.expr);
    return fromBits(value.type(), binary(Op::Xor, bitsOf(value).expr, signBit.expr));
}

// atan of a >= 0.
Value atanOfMagnitude(Scope& s, const Value& a)
{
    const Value inverted = a > 1.0;
    return s.let(select(inverted, 1.0 / a, a), [&](const Value& b) {
        const Value shifted = b > 0x1.a827999fcef32p-2;  // tan(pi/8)
        return s.let(select(shifted, (b - 1.0) / (b + 1.0), b), [&](const Value& r) {
            return s.let(r * r, [&](const Value& z) {
                const Value core = fma(r * z, polynomial(z, coefficients::atan_f64), r);
                return s.let(core, [&](const Value& c) {
                    return s.let(select(shifted, halfPi * 0.5 + c, c),
                                 [&](const Value& v) { return select(inverted, halfPi - v, v); });
                });
            });
        });
    });
}

}  // namespace

Value sin(Scope& s, const Value& x)
{
    return s.let(x, [&](const Value& v) { return timesSign(sinOfMagnitude(s, v, 0), v); });
}

Value cos(Scope& s, const Value& x) { return sinOfMagnitude(s, x, 1); }

Value tan(Scope& s, const Value& x)
{
    return s.let(x, [&](const Value& v) {
        return s.let(absolute(v), [&](const Value& a) {
            const Value value = reduce(
                s, a, [&](const Value& quadrant, const Value& r) { return tanInQuadrant(s, quadrant, r); });
            return timesSign(invalidIfNot(a < largestDouble, value), v);
        });
    });
}

Value tanFromSingle(Scope& s, const Value& x)
{
    return s.let(x, [&](const Value& v) {
        return s.let(absolute(v), [&](const Value& a) {
            const Value value = reduceSingle(s, a, [&](const Value& quadrant, const Value& r) {
                return s.let(r, [&](const Value& bound) { return tanInQuadrant(s, quadrant, bound); });
            });
            return timesSign(value, cast(DType::F64, v));
        });
    });
}

Value atan(Scope& s, const Value& x)
{
    return s.let(x, [&](const Value& v) {
        return s.let(absolute(v), [&](const Value& a) { return signedLike(atanOfMagnitude(s, a), v); });
    });
}

Value asin(Scope& s, const Value& x)
{
    return s.let(x, [&](const Value& v) {
        return s.let(absolute(v), [&](const Value& a) {
            const Value tangent = a / (1.0 + squareRoot((1.0 - a) * (1.0 + a)));
            return s.let(tangent, [&](const Value& t) { return timesSign(atanOfMagnitude(s, t) * 2.0, v); });
        });
    });
}

Value acos(Scope& s, const Value& x)
{
    return s.let(x, [&](const Value& v) {
        return s.let(squareRoot((1.0 - v) / (1.0 + v)), [&](const Value& t) { return atanOfMagnitude(s, t) * 2.0; });
    });
}

}  // namespace strata::numeric
