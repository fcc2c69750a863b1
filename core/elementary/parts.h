// The building blocks of elementary functions; private to core/operators.
//
// Every function maps an f32 or f64 value to an expression of the same type. Those without a comment hold for all
// arguments, infinities and NaN included, and keep the sign of zero where the function does.
#pragma once

#include "core/elementary/value.h"

#include <cstddef>
#include <limits>
#include <set>
#include <string>

namespace strata::numeric {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double ln2 = 0x1.62e42fefa39efp-1;

// Gives out names for Lets that occur in nothing they could capture.
class Scope {
public:
    explicit Scope(std::set<std::string> taken)
        : m_taken(std::move(taken))
    {
    }

    // body(v), where v is computed once.
    template<class Body>
    Value let(const Value& value, const Body& body)
    {
        if (value.expr->op == Op::Var || value.expr->op == Op::Const)
            return body(value);
        return strata::let(fresh(), value, body);
    }

    std::string fresh();

private:
    std::set<std::string> m_taken;
    int m_next = 0;
};

// A sequence of Lets, written one after the other: `const Value t = lets(f / d);` ... `return lets.in(result);`.
class Lets {
public:
    explicit Lets(Scope& scope)
        : m_scope(scope)
    {
    }

    Value operator()(const Value& value);  // a variable bound to value
    Value in(Value body) const;            // body with all bindings around it

private:
    Scope& m_scope;
    std::vector<std::pair<std::string, Value>> m_bindings;
};

// Facts of f32 and f64.
struct Format {
    DType bits;    // the signed integer of the same size
    int fraction;  // stored bits of the fraction
    int bias;
    double smallestNormal;
};
const Format& formatOf(const Value& x);

Value bitsOf(const Value& x);
Value fromBits(DType type, const Value& bits);
Value signedLike(const Value& magnitude, const Value& sign);  // |magnitude| must be non-negative: its sign bit is clear
Value powerOfTwo(DType type, const Value& exponent);  // 2^exponent for normal results; `exponent` has Format::bits
Value scaled(Scope& s, const Value& x,
             const Value& exponent);  // x * 2^exponent with one rounding, |exponent| <= 2 * bias
template<class T, std::size_t n>
Value polynomial(const Value& x, const T (&coefficients)[n])  // Horner, lowest order first
{
    Value sum = constantOf(x.type(), coefficients[n - 1]);
    for (std::size_t k = n - 1; k-- > 0;)
        sum = fma(sum, x, constantOf(x.type(), coefficients[k]));
    return sum;
}

// x = n * step + r with the integer n nearest to x * inverse: by adding 1.5 * 2^fraction, whose last bit counts ones.
struct Rounded {
    Value number;   // n as a float
    Value integer;  // n as an integer of Format::bits
};
Rounded roundedOf(const Value& shifted);  // of x * inverse + roundingShift(x)
Value roundingShift(const Value& x);

Value exp(Scope& s, const Value& x);
Value expCorrected(Scope& s, const Value& x, const Value& low);  // exp(x + low), |low| below an ulp of x
Value exp2(Scope& s, const Value& x);
Value expm1(Scope& s, const Value& x);  // f64
Value log(Scope& s, const Value& x);
Value log1p(Scope& s, const Value& x);                // f64
Value pow(Scope& s, const Value& x, const Value& y);  // f32 by way of f64
Value tanh(Scope& s, const Value& x);
Value erf(Scope& s, const Value& x);
Value sin(Scope& s, const Value& x);   // f64: NaN from |x| = 2^45
Value cos(Scope& s, const Value& x);   // the same
Value tan(Scope& s, const Value& x);   // f64; the same
Value atan(Scope& s, const Value& x);  // f64, as are the following
Value asin(Scope& s, const Value& x);
Value acos(Scope& s, const Value& x);
Value sinh(Scope& s, const Value& x);
Value cosh(Scope& s, const Value& x);
Value asinh(Scope& s, const Value& x);
Value acosh(Scope& s, const Value& x);
Value atanh(Scope& s, const Value& x);
Value expFast(Scope& s, const Value& x);  // f32 to 13 bits, f64 as exp
Value tanhFast(Scope& s, const Value& x);
Value erfFast(Scope& s, const Value& x);
Value tanFromSingle(Scope& s, const Value& x);  // f64 result of an f32 argument, all of f32

}  // namespace strata::numeric
