// Fast forms of elementary functions of f32, to about 13 bits: polynomials of two or three terms, no branch, and one
// power of two. Who wants them asks for them (loops.fast_functions). For f64 they are the functions themselves.
#include "core/elementary/coefficients.h"
#include "core/elementary/parts.h"

namespace strata::numeric {

namespace {

// Beyond, the function is as good as 1.
constexpr double tanhEnd = 5.3, erfEnd = 3;

// Limits x, and hands on NaN.
Value limited(const Value& x, double low, double high)
{
    return orderedMinimum(constantOf(x.type(), high), orderedMaximum(constantOf(x.type(), low), x));
}

// x p(x^2) / q(x^2): odd whatever the coefficients are.
template<std::size_t n, std::size_t m>
Value oddFraction(Scope& s, const Value& x, double end, const float (&above)[n], const float (&below)[m])
{
    return s.let(limited(x, -end, end), [&](const Value& c) {
        return s.let(c * c, [&](const Value& z) { return c * polynomial(z, above) / polynomial(z, below); });
    });
}

}  // namespace

// 2^(n - 1) (2 + 2 r p(r)) for x = n ln(2) + r: one factor, which reaches the largest results, and is 0 where results
// are less than twice the smallest normal number.
Value expFast(Scope& s, const Value& x)
{
    if (x.type() == DType::F64)
        return exp(s, x);
    Lets lets(s);
    const Value c = lets(limited(x, -87.4, 89)),
                shifted = lets(fma(c, constantOf(x.type(), 1 / ln2), roundingShift(x)));
    const Rounded n = roundedOf(shifted);
    const Value r = lets(fma(n.number, constantOf(x.type(), -ln2), c));
    return lets.in(fma(r * 2.0, polynomial(r, coefficients::expFast_f32), constantOf(x.type(), 2))
                   * powerOfTwo(x.type(), n.integer - 1));
}

Value tanhFast(Scope& s, const Value& x)
{
    if (x.type() == DType::F64)
        return tanh(s, x);
    return oddFraction(s, x, tanhEnd, coefficients::tanhFastAbove_f32, coefficients::tanhFastBelow_f32);
}

Value erfFast(Scope& s, const Value& x)
{
    if (x.type() == DType::F64)
        return erf(s, x);
    return oddFraction(s, x, erfEnd, coefficients::erfFastAbove_f32, coefficients::erfFastBelow_f32);
}

}  // namespace strata::numeric
