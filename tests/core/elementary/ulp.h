// Errors of elementary functions in units of the last place, against libm's long double.
#pragma once

#include "core/elementary/elementary.h"
#include "core/machine/machine.h"
#include "core/reference/evaluate.h"

#include <bit>
#include <cmath>
#include <functional>

namespace strata {

using Reference1 = long double (*)(long double);

inline Reference1 referenceOf(const std::string& name)
{
    static const std::map<std::string, Reference1> table{
        {"acos", std::acos},   {"acosh", std::acosh}, {"asin", std::asin}, {"asinh", std::asinh}, {"atan", std::atan},
        {"atanh", std::atanh}, {"cos", std::cos},     {"cosh", std::cosh}, {"erf", std::erf},     {"exp", std::exp},
        {"exp2", std::exp2},   {"expm1", std::expm1}, {"log", std::log},   {"log1p", std::log1p}, {"sin", std::sin},
        {"sinh", std::sinh},   {"tan", std::tan},     {"tanh", std::tanh}};
    return table.at(exactName(name));
}

// One function, compiled once and run on many arguments.
class Compiled {
public:
    Compiled(const std::string& name, DType type, int arity)
        : m_type(type)
        , m_program(*reference::compile(call(name, type, arguments(type, arity))))
        , m_machine(m_program.program, {}, {})
    {
    }

    double operator()(double x, double y = 0)
    {
        set("x", x);
        set("y", y);
        (void)m_machine.run();
        return m_machine.get(m_program.result, m_type).f;
    }

private:
    static std::vector<ExprPtr> arguments(DType type, int arity)
    {
        return arity == 1 ? std::vector{var("x", type)} : std::vector{var("x", type), var("y", type)};
    }
    void set(const std::string& name, double value)
    {
        if (const auto it = m_program.variables.find(name); it != m_program.variables.end())
            m_machine.set(it->second.second, m_type, {value, 0});
    }

    DType m_type;
    reference::ExprProgram m_program;
    reference::Machine m_machine;
};

// |actual - exact| in units of the last place of the exact value; infinite where it should be NaN, infinite or the
// other zero and is not.
inline double ulpError(DType type, double actual, long double exact)
{
    const int digits = type == DType::F64 ? 53 : 24, lowest = type == DType::F64 ? -1074 : -149;
    const double rounded = type == DType::F64 ? double(exact) : double(float(exact));
    if (std::isnan(rounded))
        return std::isnan(actual) ? 0 : INFINITY;
    if (exact == 0 || std::isinf(exact))
        return actual == rounded && std::signbit(actual) == std::signbit(rounded) ? 0 : INFINITY;
    const double largest = std::ldexp(1.0, type == DType::F64 ? 1023 : 127);
    if (std::isinf(rounded) || std::isinf(actual))  // beside the largest number one may overflow and the other not
        return actual == rounded ? 0 : std::fabs(actual) < largest || std::fabs(rounded) < largest ? INFINITY : 1;
    return double(std::fabs((long double)(actual)-exact)
                  / std::ldexp(1.0L, std::max(std::ilogb(exact) - digits + 1, lowest)));
}

// The same of what a function promises.
inline double ulpError(const Elementary& function, DType type, double actual, long double exact)
{
    const bool isTooSmall = type == DType::F32 && std::fabs(exact) < function.least;
    return isTooSmall && actual == 0 ? 0 : ulpError(type, actual, exact);
}

}  // namespace strata
