#include "core/elementary/value.h"

#include "core/base/tiny_float.h"

#include <limits>

namespace strata {

Value constantOf(DType type, double value)
{
    if (type == DType::Bool)
        return boolConst(value != 0);
    return isFloat(type) ? floatConst(value, type) : intConst(static_cast<std::int64_t>(value), type);
}

namespace {
std::int64_t lowestInteger(DType type)
{
    return isSigned(type) ? std::numeric_limits<std::int64_t>::min() >> (64 - bitSize(type)) : 0;
}

std::int64_t highestInteger(DType type)
{
    const int bits = bitSize(type) - (isSigned(type) ? 1 : 0);
    return bits == 64 ? -1 : static_cast<std::int64_t>((std::uint64_t(1) << bits) - 1);
}
}  // namespace

Value lowest(DType type)
{
    if (isFloat(type))
        return floatConst(-greatestFloat(type), type);
    return type == DType::Bool ? boolConst(false) : intConst(lowestInteger(type), type);
}

Value highest(DType type)
{
    if (isFloat(type))
        return floatConst(greatestFloat(type), type);
    return type == DType::Bool ? boolConst(true) : intConst(highestInteger(type), type);
}

Value operator+(const Value& a, const Value& b) { return binary(Op::Add, a.expr, b.expr); }
Value operator-(const Value& a, const Value& b) { return binary(Op::Sub, a.expr, b.expr); }
Value operator*(const Value& a, const Value& b) { return binary(Op::Mul, a.expr, b.expr); }
Value operator/(const Value& a, const Value& b) { return binary(Op::Div, a.expr, b.expr); }
Value operator<(const Value& a, const Value& b) { return binary(Op::Lt, a.expr, b.expr); }
Value operator<=(const Value& a, const Value& b) { return binary(Op::Le, a.expr, b.expr); }
Value operator>(const Value& a, const Value& b) { return b < a; }
Value operator>=(const Value& a, const Value& b) { return b <= a; }
Value operator==(const Value& a, const Value& b) { return binary(Op::Eq, a.expr, b.expr); }
Value operator!=(const Value& a, const Value& b) { return binary(Op::Ne, a.expr, b.expr); }
namespace {
// Integers have neither NaN nor -0: the two kinds are one.
Value extreme(const Value& a, const Value& b, Op ofFloats, Op ofIntegers, Op ofBool)
{
    const Op op = isFloat(a.type()) ? ofFloats : a.type() == DType::Bool ? ofBool : ofIntegers;
    return binary(op, a.expr, b.expr);
}
}  // namespace

Value maximum(const Value& a, const Value& b) { return extreme(a, b, Op::Maximum, Op::Max, Op::Or); }
Value minimum(const Value& a, const Value& b) { return extreme(a, b, Op::Minimum, Op::Min, Op::And); }
Value orderedMaximum(const Value& a, const Value& b) { return extreme(a, b, Op::Max, Op::Max, Op::Or); }
Value orderedMinimum(const Value& a, const Value& b) { return extreme(a, b, Op::Min, Op::Min, Op::And); }
Value isSame(const Value& a, const Value& b) { return isFloat(a.type()) ? a == b || (a != a && b != b) : a == b; }
Value power(const Value& a, const Value& b) { return call("pow", a.type(), {a.expr, b.expr}); }

Value operator-(const Value& a) { return unary(Op::Neg, a.expr); }
Value operator!(const Value& a) { return unary(Op::Not, a.expr); }
Value operator&&(const Value& a, const Value& b) { return binary(Op::And, a.expr, b.expr); }
Value operator||(const Value& a, const Value& b) { return binary(Op::Or, a.expr, b.expr); }

Value select(const Value& condition, const Value& a, const Value& b) { return select(condition.expr, a.expr, b.expr); }
Value fma(const Value& a, const Value& b, const Value& c) { return fma(a.expr, b.expr, c.expr); }
Value cast(DType type, const Value& a) { return cast(type, a.expr); }
Value apply(Op op, const Value& a) { return unary(op, a.expr); }
Value elementary(const std::string& function, const Value& a) { return call(function, a.type(), {a.expr}); }

Value inside(const ExprPtr& index, std::int64_t begin, std::int64_t end)
{
    return Value(intConst(begin)) <= Value(index) && Value(index) < Value(intConst(end));
}

}  // namespace strata
