#include "core/elementary/elementary.h"

#include "core/elementary/parts.h"
#include "core/ir/text_functions.h"

#include <algorithm>

namespace strata {

namespace {

using numeric::Scope;
using Expand = Value (*)(Scope&, const Value&);

// Computes an f32 argument in f64: for functions that are seldom the bottleneck, so that one definition serves both.
template<Expand f>
Value throughDouble(Scope& s, const Value& x)
{
    return x.type() == DType::F64 ? f(s, x) : cast(DType::F32, f(s, cast(DType::F64, x)));
}

Value tangent(Scope& s, const Value& x)
{
    return x.type() == DType::F64 ? numeric::tan(s, x) : cast(DType::F32, numeric::tanFromSingle(s, x));
}

struct Definition {
    Elementary facts;
    Expand expand = nullptr;  // nullptr: pow
};

const std::vector<Definition>& definitions()
{
    static const std::string sweep = "every 97th bit pattern of float32, against libm in long double (strata-ulp)";
    static const std::string pairs =
        "2,000,000 random pairs, exponents -8 to 8, against libm in long double (strata-ulp)";
    static const std::string wide = "f32 by way of f64";
    static const std::vector<Definition> table{
        {{"acos", 1, 0.501, sweep, wide + ": 2 atan(sqrt((1 - x) / (1 + x)))"}, &throughDouble<numeric::acos>},
        {{"acosh", 1, 0.501, sweep, wide + ": log1p(t + sqrt(t (t + 2))), t = x - 1"}, &throughDouble<numeric::acosh>},
        {{"asin", 1, 0.501, sweep, wide + ": 2 atan(x / (1 + sqrt((1 - x)(1 + x))))"}, &throughDouble<numeric::asin>},
        {{"asinh", 1, 0.501, sweep, wide + ": log1p(x + x^2 / (1 + sqrt(1 + x^2)))"}, &throughDouble<numeric::asinh>},
        {{"atan", 1, 0.501, sweep, wide + ": reduced to tan(pi/8), polynomial in x^2"}, &throughDouble<numeric::atan>},
        {{"atanh", 1, 0.501, sweep, wide + ": log1p(2x / (1 - x)) / 2"}, &throughDouble<numeric::atanh>},
        {{"cos", 1, 1.57, sweep, "reduced by pi/2 in f64 parts, from 2^40 by the digits of 2/pi; polynomial in f32"},
         &numeric::cos},
        {{"cosh", 1, 0.501, sweep, wide + ": (w + 1/w) / 2, w = exp(x)"}, &throughDouble<numeric::cosh>},
        {{"erf", 1, 1.02, sweep, "polynomial in x^2 below 1, else 1 - exp(-polynomial)", "erf_fast"}, &numeric::erf},
        {{"erf_fast", 1, 1266, sweep, "x p(x^2) / q(x^2), cut off at 3; f64 as erf"}, &numeric::erfFast},
        {{"exp", 1, 1.01, sweep, "reduced by ln 2 in two parts, polynomial, scaled by bits", "exp_fast"},
         &numeric::exp},
        {{"exp_fast", 1, 1374, sweep, "reduced by ln 2, polynomial of three terms; f64 as exp", "", 0x1p-125},
         &numeric::expFast},
        {{"exp2", 1, 1.01, sweep, "reduced to a fraction, then as exp"}, &numeric::exp2},
        {{"expm1", 1, 0.501, sweep, wide + ": the polynomial of exp without its 1"}, &throughDouble<numeric::expm1>},
        {{"log", 1, 0.92, sweep, "exponent apart, polynomial around 1"}, &numeric::log},
        {{"log1p", 1, 0.501, sweep, wide + ": log(1 + x), and what 1 + x rounds away"}, &throughDouble<numeric::log1p>},
        {{"pow", 2, 0.501, pairs,
          wide + ": exp(y log |x|), products for y = 2, 3 and 4; in f64 the logarithm is a pair of numbers"},
         nullptr},
        {{"sin", 1, 1.57, sweep, "reduced by pi/2 in f64 parts, from 2^40 by the digits of 2/pi; polynomial in f32"},
         &numeric::sin},
        {{"sinh", 1, 0.501, sweep, wide + ": from expm1"}, &throughDouble<numeric::sinh>},
        {{"tan", 1, 0.501, sweep, wide + ": sin / cos after one reduction"}, &tangent},
        {{"tanh", 1, 1.31, sweep, "polynomial in x^2 below 0.625, else 1 - 2 / (exp(2x) + 1)", "tanh_fast"},
         &numeric::tanh},
        {{"tanh_fast", 1, 1207, sweep, "x p(x^2) / q(x^2), cut off at 5.3; f64 as tanh"}, &numeric::tanhFast},
    };
    return table;
}

const Definition* findDefinition(std::string_view name)
{
    for (const Definition& definition : definitions())
        if (definition.facts.name == name)
            return &definition;
    return nullptr;
}

Scope scopeFor(const std::vector<ExprPtr>& args)
{
    std::set<std::string> taken;
    for (const ExprPtr& arg : args)
        for (const std::string& variable : freeVariables(arg))
            taken.insert(variable);
    return Scope(std::move(taken));
}

}  // namespace

const std::vector<Elementary>& elementaryFunctions()
{
    static const std::vector<Elementary> functions = [] {
        std::vector<Elementary> list;
        for (const Definition& definition : definitions())
            list.push_back(definition.facts);
        return list;
    }();
    return functions;
}

const Elementary* findElementary(std::string_view name)
{
    const auto& functions = elementaryFunctions();
    const auto it = std::find_if(functions.begin(), functions.end(),
                                 [&](const Elementary& f) { return f.name == name; });
    return it == functions.end() ? nullptr : &*it;
}

std::string exactName(const std::string& name)
{
    const auto& functions = elementaryFunctions();
    const auto it = std::find_if(functions.begin(), functions.end(),
                                 [&](const Elementary& f) { return !f.fast.empty() && f.fast == name; });
    return it == functions.end() ? name : it->name;
}

Result<ExprPtr> expandElementary(std::string_view name, DType type, const std::vector<ExprPtr>& args)
{
    const Definition* definition = findDefinition(name);
    if (!definition)
        return bug("There is no elementary function named " + std::string(name) + ".");
    if (int(args.size()) != definition->facts.arity || !isFloat(type))
        return bug("The elementary function " + std::string(name) + " takes " + std::to_string(definition->facts.arity)
                   + " floats, not " + std::to_string(args.size()) + " arguments of type " + strata::name(type) + ".");
    const DType computed = type == DType::F64 ? DType::F64 : DType::F32;
    std::vector<Value> values;
    for (const ExprPtr& arg : args)
        values.push_back(cast(computed, Value(arg)));
    Scope scope = scopeFor(args);
    const Value result = definition->expand ? definition->expand(scope, values[0])
                                            : numeric::pow(scope, values[0], values[1]);
    return cast(type, result).expr;
}

Result<ExprPtr> expandElementary(const ExprPtr& e)
{
    std::optional<Error> error;
    const ExprPtr expanded = transform(e, [&](const ExprPtr& node) -> ExprPtr {
        if (node->op != Op::Call || isTextCall(*node))
            return nullptr;
        auto result = expandElementary(node->name, node->type, node->args);
        if (!result)
            error = result.error();
        return result ? *result : nullptr;
    });
    if (error)
        return *error;
    return expanded;
}

}  // namespace strata
