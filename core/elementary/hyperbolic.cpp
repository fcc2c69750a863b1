// Hyperbolic functions and erf.
#include "core/elementary/coefficients.h"
#include "core/elementary/parts.h"

#include <limits>

namespace strata::numeric {

namespace {

// From here on exp(-a) is below half an ulp of exp(a), and exp(a) may overflow where the function does not.
constexpr double manyUnits = 22;

// From here on x^2 + 1 is x^2.
constexpr double veryLarge = 0x1p28;

// sign(x) f(|x|)
template<class F>
Value odd(Scope& s, const Value& x, const F& f)
{
    return s.let(
        x, [&](const Value& v) { return s.let(absolute(v), [&](const Value& a) { return signedLike(f(a), v); }); });
}

Value tanhSingle(Scope& s, const Value& a)
{
    const Value small = s.let(a * a,
                              [&](const Value& z) { return fma(a * z, polynomial(z, coefficients::tanh_f32), a); });
    return select(a < 0.625, small, 1.0 - 2.0 / (exp(s, a * 2.0) + 1.0));
}

Value tanhDouble(Scope& s, const Value& a)
{
    const Value limited = orderedMinimum(constantOf(a.type(), manyUnits), a) * 2.0;
    return s.let(expm1(s, limited), [&](const Value& t) { return t / (t + 2.0); });
}

Value erfcSingle(Scope& s, const Value& a)
{
    return s.let(orderedMinimum(constantOf(a.type(), 4), a),
                 [&](const Value& b) { return exp(s, -polynomial(b, coefficients::erfcLog_f32)); });
}

Value erfcDouble(Scope& s, const Value& a)
{
    return s.let(orderedMinimum(constantOf(a.type(), 6), a), [&](const Value& b) {
        return s.let((b - 2.0) / (b + 2.0),
                     [&](const Value& t) { return exp(s, -(b * b)) * polynomial(t, coefficients::erfcScaled_f64); });
    });
}

}  // namespace

Value tanh(Scope& s, const Value& x)
{
    return odd(s, x, [&](const Value& a) { return a.type() == DType::F64 ? tanhDouble(s, a) : tanhSingle(s, a); });
}

Value erf(Scope& s, const Value& x)
{
    return odd(s, x, [&](const Value& a) {
        const bool wide = a.type() == DType::F64;
        const Value small = s.let(a * a, [&](const Value& z) {
            return fma(a, wide ? polynomial(z, coefficients::erf_f64) : polynomial(z, coefficients::erf_f32), a);
        });
        return select(a < 1.0, small, 1.0 - (wide ? erfcDouble(s, a) : erfcSingle(s, a)));
    });
}

Value sinh(Scope& s, const Value& x)
{
    return odd(s, x, [&](const Value& a) {
        const Value near = s.let(expm1(s, a), [&](const Value& t) { return (t + t / (t + 1.0)) * 0.5; });
        const Value far = s.let(exp(s, a * 0.5), [&](const Value& w) { return w * 0.5 * w; });
        return select(a < manyUnits, near, far);
    });
}

Value cosh(Scope& s, const Value& x)
{
    return s.let(absolute(x), [&](const Value& a) {
        const Value near = a < manyUnits;
        return s.let(exp(s, select(near, a, a * 0.5)),
                     [&](const Value& w) { return select(near, w * 0.5 + 0.5 / w, w * 0.5 * w); });
    });
}

Value asinh(Scope& s, const Value& x)
{
    return odd(s, x, [&](const Value& a) {
        const Value near = s.let(a * a, [&](const Value& z) { return log1p(s, a + z / (1.0 + squareRoot(z + 1.0))); });
        return select(a < veryLarge, near, log(s, a) + ln2);
    });
}

Value acosh(Scope& s, const Value& x)
{
    return s.let(x, [&](const Value& v) {
        const Value near = s.let(v - 1.0, [&](const Value& t) { return log1p(s, t + squareRoot(t * (t + 2.0))); });
        const Value value = select(v < veryLarge, near, log(s, v) + ln2);
        return select(v < 1.0, constantOf(v.type(), std::numeric_limits<double>::quiet_NaN()), value);
    });
}

Value atanh(Scope& s, const Value& x)
{
    return odd(s, x, [&](const Value& a) { return log1p(s, a * 2.0 / (1.0 - a)) * 0.5; });
}

}  // namespace strata::numeric
