// Scalar expressions in the notation of formulas, for operators' definitions: x * alpha + 1.0, maximum(x, 0.0),
// exp(-x).
//
// A number beside a value takes the value's type. Nothing is folded or reordered: what is written is what is computed.
#pragma once

#include "core/ir/expr.h"

#include <type_traits>

namespace strata {

struct Value {
    ExprPtr expr;

    Value(ExprPtr e)
        : expr(std::move(e))
    {
    }
    DType type() const { return expr->type; }
};

// A constant of any type; bool is value != 0.
Value constantOf(DType type, double value);
// The least value of a type (minus infinity for floats) and the greatest.
Value lowest(DType type);
Value highest(DType type);

template<class T>
concept Number = std::is_arithmetic_v<T>;

#define STRATA_VALUE_OPERATOR(function)                                                                                \
    Value function(const Value& a, const Value& b);                                                                    \
    template<Number T>                                                                                                 \
    Value function(const Value& a, T b)                                                                                \
    {                                                                                                                  \
        return function(a, constantOf(a.type(), double(b)));                                                           \
    }                                                                                                                  \
    template<Number T>                                                                                                 \
    Value function(T a, const Value& b)                                                                                \
    {                                                                                                                  \
        return function(constantOf(b.type(), double(a)), b);                                                           \
    }
STRATA_VALUE_OPERATOR(operator+)
STRATA_VALUE_OPERATOR(operator-)
STRATA_VALUE_OPERATOR(operator*)
STRATA_VALUE_OPERATOR(operator/)
STRATA_VALUE_OPERATOR(operator<)
STRATA_VALUE_OPERATOR(operator<=)
STRATA_VALUE_OPERATOR(operator>)
STRATA_VALUE_OPERATOR(operator>=)
STRATA_VALUE_OPERATOR(operator==)
STRATA_VALUE_OPERATOR(operator!=)
STRATA_VALUE_OPERATOR(maximum)  // hands a NaN on from either side, and -0 < +0; of bool: or
STRATA_VALUE_OPERATOR(minimum)  // the same; of bool: and
// a > b ? a : b and a < b ? a : b: cheaper, and enough where only b can be NaN, which is handed on.
STRATA_VALUE_OPERATOR(orderedMaximum)
STRATA_VALUE_OPERATOR(orderedMinimum)
STRATA_VALUE_OPERATOR(power)
#undef STRATA_VALUE_OPERATOR

Value operator-(const Value& a);
Value operator!(const Value& a);
Value operator&&(const Value& a, const Value& b);
Value operator||(const Value& a, const Value& b);

// A side that is a number takes the type of the other.
Value select(const Value& condition, const Value& a, const Value& b);
template<Number T>
Value select(const Value& condition, const Value& a, T b)
{
    return select(condition, a, constantOf(a.type(), double(b)));
}
template<Number T>
Value select(const Value& condition, T a, const Value& b)
{
    return select(condition, constantOf(b.type(), double(a)), b);
}

Value fma(const Value& a, const Value& b, const Value& c);
Value cast(DType type, const Value& a);
Value apply(Op op, const Value& a);                             // Neg, Abs, Sqrt, Floor, Ceil, Trunc, Round, Not
Value elementary(const std::string& function, const Value& a);  // "exp", "log", ...

inline Value absolute(const Value& a) { return apply(Op::Abs, a); }
inline Value squareRoot(const Value& a) { return apply(Op::Sqrt, a); }
inline Value floor(const Value& a) { return apply(Op::Floor, a); }
inline Value ceil(const Value& a) { return apply(Op::Ceil, a); }
inline Value round(const Value& a) { return apply(Op::Round, a); }
inline Value exp(const Value& a) { return elementary("exp", a); }
inline Value log(const Value& a) { return elementary("log", a); }
inline Value tanh(const Value& a) { return elementary("tanh", a); }
inline Value erf(const Value& a) { return elementary("erf", a); }
inline Value sigmoid(const Value& a) { return 1.0 / (1.0 + exp(-a)); }

// name bound to value in body(name): computes a value once that is used more than once.
template<class Body>
Value let(const std::string& name, const Value& value, const Body& body)
{
    return let(name, value.expr, body(Value(var(name, value.type()))).expr);
}

// Equal, or both NaN.
Value isSame(const Value& a, const Value& b);

// begin <= index < end.
Value inside(const ExprPtr& index, std::int64_t begin, std::int64_t end);

}  // namespace strata
