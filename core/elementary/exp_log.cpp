// exp, log and what follows from them. Range reduction with ln(2) in two parts (Cody and Waite, "Software Manual for
// the Elementary Functions", 1980); log over s = f/(2+f) as in fdlibm's description of its method.
#include "core/elementary/coefficients.h"
#include "core/elementary/parts.h"

#include <limits>

namespace strata::numeric {

namespace {

constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

bool isDouble(const Value& x) { return x.type() == DType::F64; }

// ln(2) in two parts; the first has so few bits that its product with an exponent is exact.
double ln2High(const Value& x) { return isDouble(x) ? 0x1.62e42fefa38p-1 : 0x1.62e4p-1; }
double ln2Low(const Value& x) { return isDouble(x) ? 0x1.ef35793c7673p-45 : 0x1.7f7d1cf79abcap-20; }
constexpr double log2e = 0x1.71547652b82fep0;

// Limits x, and hands on NaN.
Value clamped(const Value& x, double low, double high)
{
    return orderedMinimum(constantOf(x.type(), high), orderedMaximum(constantOf(x.type(), low), x));
}

Value expPolynomial(const Value& r)
{
    return isDouble(r) ? polynomial(r, coefficients::exp_f64) : polynomial(r, coefficients::exp_f32);
}

// exp(r) - 1 for |r| <= ln(2)/2.
Value expm1Reduced(const Value& r) { return fma(r * r, expPolynomial(r), r); }

// body(n as integer, r) for x = n ln(2) + r.
template<class Body>
Value reducedByLn2(Scope& s, const Value& x, const Body& body)
{
    return s.let(fma(x, constantOf(x.type(), log2e), roundingShift(x)), [&](const Value& shifted) {
        const Rounded n = roundedOf(shifted);
        return s.let(n.number, [&](const Value& number) {
            const Value high = fma(number, constantOf(x.type(), -ln2High(x)), x);
            return s.let(fma(number, constantOf(x.type(), -ln2Low(x)), high),
                         [&](const Value& r) { return body(n.integer, r); });
        });
    });
}

// x = 2^e (1 + f) with 1+f around 1; body(e as float, f). For positive finite x.
template<class Body>
Value split(Scope& s, const Value& x, double lowest, const Body& body)
{
    const Format& format = formatOf(x);
    const double up = isDouble(x) ? 0x1p54 : 0x1p25;
    const Value small = x < format.smallestNormal;
    return s.let(bitsOf(select(small, x * up, x)), [&](const Value& bits) {
        const Value above = bits - bitsOf(constantOf(x.type(), lowest));
        return s.let(binary(Op::Shr, above.expr, intConst(format.fraction, format.bits)), [&](const Value& e) {
            const Value m = fromBits(x.type(), bits - binary(Op::Shl, e.expr, intConst(format.fraction, format.bits)));
            const Value correction = select(small, constantOf(format.bits, isDouble(x) ? -54 : -25),
                                            constantOf(format.bits, 0));
            return s.let(cast(x.type(), e + correction), [&](const Value& exponent) {
                return s.let(m - 1.0, [&](const Value& f) { return body(exponent, f); });
            });
        });
    });
}

Value logSingle(const Value& e, const Value& f)
{
    const Value low = fma(e, constantOf(e.type(), ln2Low(e)), f);
    return fma(e, constantOf(e.type(), ln2High(e)), fma(f * f, polynomial(f, coefficients::log_f32), low));
}

Value logDouble(Scope& s, const Value& e, const Value& f)
{
    return s.let(f / (f + 2.0), [&](const Value& t) {
        return s.let(t * t, [&](const Value& z) {
            return s.let(f * f * 0.5, [&](const Value& half) {
                const Value rest = fma(z, polynomial(z, coefficients::log_f64), half) * t;
                const Value low = fma(e, constantOf(e.type(), ln2Low(e)), rest);
                return fma(e, constantOf(e.type(), ln2High(e)), f - (half - low));
            });
        });
    });
}

// value for 0 < x < infinity, and what log gives elsewhere.
Value logSpecial(const Value& x, const Value& value)
{
    const Value positive = select(x < infinity, value, x);
    return select(x == 0.0, constantOf(x.type(), -infinity),
                  select(x < 0.0, constantOf(x.type(), notANumber), positive));
}

// body(high, low) of log(x) to about 2^-67, for positive finite x.
template<class Body>
Value logPair(Scope& s, const Value& x, const Body& body)
{
    constexpr double twoThirds = 0x1.5555555555555p-1, twoThirdsLow = 0x1.5555555555555p-55;
    return split(s, x, 0x1.6a09e667f3bcdp-1, [&](const Value& e, const Value& f) {
        Lets lets(s);
        const Value d = lets(f + 2.0);
        const Value t = lets(f / d);  // t + tLow = f / (2 + f)
        const Value tLow = lets((fma(-t, d, f) - t * (f - (d - 2.0))) / d);
        const Value z = lets(t * t);  // z + zLow = t^2
        const Value zLow = lets(fma(t, t, -z) + t * tLow * 2.0);
        const Value c = lets(z * t);  // c + cLow = t^3
        const Value cLow = lets(fma(z, t, -c) + zLow * t + z * tLow);
        const Value third = lets(c * twoThirds);  // third + thirdLow = 2/3 t^3
        const Value thirdLow = fma(c, constantOf(c.type(), twoThirds), -third) + c * twoThirdsLow + cLow * twoThirds;
        const Value tail = z * c * polynomial(z, coefficients::logTail_f64);
        const Value rest = fma(e, constantOf(e.type(), ln2Low(e)), tLow * 2.0 + thirdLow + tail);
        const Value power = lets(e * ln2High(e));
        const Value first = lets(power + t * 2.0);  // two exact sums of decreasing terms
        const Value sum = lets(first + third);
        const Value low = lets((t * 2.0 - (first - power)) + (third - (sum - first)) + rest);
        const Value high = lets(sum + low);
        return lets.in(body(high, lets(low - (high - sum))));
    });
}

// |x|^y for 0 < |x| < infinity, |x| != 1.
Value powMagnitude(Scope& s, const Value& magnitude, const Value& y, bool fromSingle)
{
    if (fromSingle)
        return exp(s, log(s, magnitude) * y);
    return logPair(s, magnitude, [&](const Value& high, const Value& low) {
        return s.let(high * y, [&](const Value& product) {
            const Value rest = fma(high, y, -product) + low * y;
            return expCorrected(s, product, select(absolute(product) < 1e4, rest, 0.0));
        });
    });
}

Value powDouble(Scope& s, const Value& x, const Value& y, bool fromSingle)
{
    return s.let(absolute(x), [&](const Value& a) {
        const Value isInteger = apply(Op::Trunc, y) == y;
        const Value isOdd = isInteger && apply(Op::Trunc, y * 0.5) != y * 0.5;
        // At 0, 1 and infinity the logarithm is -inf, 0 or inf, and y * log decides; y = 0 is always 1.
        const Value finite = a > 0.0 && a < infinity;
        const Value atEnds = select((a > 1.0) == (y > 0.0), constantOf(x.type(), infinity), 0.0);
        const Value ordered = select(finite, powMagnitude(s, select(finite, a, 1.0), y, fromSingle), atEnds);
        return s.let(select(a == 1.0 || y == 0.0, constantOf(x.type(), 1), ordered), [&](const Value& magnitude) {
            const Value negative = binary(Op::Lt, bitsOf(x).expr, intConst(0));
            const Value isRoot = x < 0.0 && x > -infinity && !isInteger;
            const Value signedResult = select(negative && isOdd, -magnitude, magnitude);
            const Value valid = select(isRoot, constantOf(x.type(), notANumber), signedResult);
            const Value always = y == 0.0 || x == 1.0;
            return select(always, constantOf(x.type(), 1), select(x == x && y == y, valid, x + y));
        });
    });
}

}  // namespace

Value expCorrected(Scope& s, const Value& x, const Value& low)
{
    const Value limited = isDouble(x) ? clamped(x, -746, 710) : clamped(x, -104, 89);
    return s.let(limited, [&](const Value& c) {
        return reducedByLn2(s, c, [&](const Value& n, const Value& r) {
            return s.let(r + low, [&](const Value& sum) { return scaled(s, expm1Reduced(sum) + 1.0, n); });
        });
    });
}

Value exp(Scope& s, const Value& x)
{
    const Value limited = isDouble(x) ? clamped(x, -746, 710) : clamped(x, -104, 89);
    return s.let(limited, [&](const Value& c) {
        return reducedByLn2(s, c, [&](const Value& n, const Value& r) { return scaled(s, expm1Reduced(r) + 1.0, n); });
    });
}

Value exp2(Scope& s, const Value& x)
{
    const Value limited = isDouble(x) ? clamped(x, -1076, 1025) : clamped(x, -151, 129);
    return s.let(limited, [&](const Value& c) {
        return s.let(c + roundingShift(x), [&](const Value& shifted) {
            const Rounded n = roundedOf(shifted);
            return s.let((c - n.number) * ln2,
                         [&](const Value& r) { return scaled(s, expm1Reduced(r) + 1.0, n.integer); });
        });
    });
}

Value expm1(Scope& s, const Value& x)
{
    return s.let(clamped(x, -50, 710), [&](const Value& c) {
        const Value value = reducedByLn2(s, c, [&](const Value& n, const Value& r) {
            return s.let(n, [&](const Value& k) {
                const Value one = constantOf(x.type(), 1)
                                  - powerOfTwo(x.type(), -orderedMinimum(k, constantOf(k.type(), 60)));
                return scaled(s, expm1Reduced(r) + one, k);
            });
        });
        return select(x == 0.0, x, value);
    });
}

Value log(Scope& s, const Value& x)
{
    return s.let(x, [&](const Value& v) {
        const double lowest = isDouble(v) ? 0x1.6a09e667f3bcdp-1 : 0x1.555556p-1;
        return logSpecial(v, split(s, v, lowest, [&](const Value& e, const Value& f) {
                              return isDouble(v) ? logDouble(s, e, f) : logSingle(e, f);
                          }));
    });
}

Value log1p(Scope& s, const Value& x)
{
    return s.let(x, [&](const Value& v) {
        return s.let(v + 1.0, [&](const Value& u) {
            const Value lost = v - (u - 1.0);
            const Value finite = select(u == 0.0, constantOf(v.type(), -infinity), log(s, u) + lost / u);
            return select(u == 1.0, v, select(v < infinity, finite, v));
        });
    });
}

Value pow(Scope& s, const Value& x, const Value& y)
{
    if (isDouble(x))
        return s.let(
            x, [&](const Value& a) { return s.let(y, [&](const Value& b) { return powDouble(s, a, b, false); }); });
    // Of squares, cubes and fourth powers, which models have most, a product in f64 rounds once, and again to f32. It
    // is all that is left where the exponent is a constant.
    return s.let(cast(DType::F64, x), [&](const Value& a) {
        return s.let(cast(DType::F64, y), [&](const Value& b) {
            const Value square = a * a, others = powDouble(s, a, b, true);
            return cast(DType::F32, select(b == 2.0, square,
                                           select(b == 3.0, square * a, select(b == 4.0, square * square, others))));
        });
    });
}

}  // namespace strata::numeric
