#include "core/ir/expr.h"

#include "core/base/rounding.h"
#include "core/base/tiny_float.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace strata {

namespace {

ExprPtr make(Expr e) { return std::make_shared<const Expr>(std::move(e)); }

double roundTo(double value, DType type)
{
    if (isShortFloat(type))
        return roundToShort(type, float(value));
    return type == DType::F32 ? float(value) : value;
}

bool isComparison(Op op) { return op == Op::Eq || op == Op::Ne || op == Op::Lt || op == Op::Le; }
bool bothConst(const ExprPtr& a, const ExprPtr& b) { return isConst(a) && isConst(b) && !isFloat(a->type); }

bool sameFloat(double a, double b)
{
    return (std::isnan(a) && std::isnan(b)) || std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

std::int64_t floorDivide(std::int64_t a, std::int64_t b)
{
    if (b == 0)
        return 0;
    if (b == -1)
        return std::int64_t(0 - std::uint64_t(a));
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

std::int64_t floorModulo(std::int64_t a, std::int64_t b)
{
    return b == -1 || b == 0 ? 0 : std::int64_t(std::uint64_t(a) - std::uint64_t(floorDivide(a, b)) * std::uint64_t(b));
}

void collectFree(const ExprPtr& e, std::vector<std::string>& bound, std::vector<std::string>& free)
{
    const auto has = [](const std::vector<std::string>& list, const std::string& name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    if (e->op == Op::Var && !has(bound, e->name) && !has(free, e->name))
        free.push_back(e->name);
    for (std::size_t i = 0; i < e->args.size(); ++i) {
        const bool binds = e->op == Op::Let && i == 1;
        if (binds)
            bound.push_back(e->name);
        collectFree(e->args[i], bound, free);
        if (binds)
            bound.pop_back();
    }
}

// A Let whose name a substituted value uses gets another name, or it would capture it.
ExprPtr renameLet(const ExprPtr& e, const std::vector<Substitution>& values)
{
    std::vector<std::string> used = freeVariables(e->args[1]);
    for (const Substitution& value : values)
        for (std::string& name : freeVariables(value.value))
            used.push_back(std::move(name));
    std::string fresh = e->name;
    for (int n = 1; std::find(used.begin(), used.end(), fresh) != used.end(); ++n)
        fresh = e->name + "_" + std::to_string(n);
    return let(fresh, e->args[0], substitute(e->args[1], {{e->name, var(fresh, e->args[0]->type)}}));
}

ExprPtr substituteLet(const ExprPtr& e, const std::vector<Substitution>& values)
{
    std::vector<Substitution> inner;
    bool captures = false;
    for (const Substitution& value : values)
        if (value.name != e->name) {
            inner.push_back(value);
            const std::vector<std::string> names = freeVariables(value.value);
            captures = captures || std::find(names.begin(), names.end(), e->name) != names.end();
        }
    const ExprPtr renamed = captures ? renameLet(e, inner) : e;
    ExprPtr bound = substitute(renamed->args[0], values), body = substitute(renamed->args[1], inner);
    return bound == e->args[0] && body == e->args[1] ? e : let(renamed->name, std::move(bound), std::move(body));
}

}  // namespace

ExprPtr intConst(std::int64_t value, DType type)
{
    if (isFloat(type))
        return floatConst(double(value), type);
    return make({.op = Op::Const, .type = type, .i = wrapTo(type, value)});
}

ExprPtr floatConst(double value, DType type)
{
    return make({.op = Op::Const, .type = type, .f = roundTo(value, type)});
}
ExprPtr boolConst(bool value) { return intConst(value, DType::Bool); }
ExprPtr textConst(std::string text) { return make({.op = Op::Const, .type = DType::String, .name = std::move(text)}); }
ExprPtr zero(DType type) { return intConst(0, type); }
ExprPtr var(std::string name, DType type) { return make({.op = Op::Var, .type = type, .name = std::move(name)}); }

ExprPtr load(std::string buffer, DType type, std::vector<ExprPtr> indices)
{
    return make({.op = Op::Load, .type = type, .args = std::move(indices), .name = std::move(buffer)});
}

ExprPtr unary(Op op, ExprPtr a)
{
    const DType type = a->type;
    return make({.op = op, .type = type, .args = {std::move(a)}});
}

ExprPtr binary(Op op, ExprPtr a, ExprPtr b)
{
    const DType type = isComparison(op) ? DType::Bool : a->type;
    return make({.op = op, .type = type, .args = {std::move(a), std::move(b)}});
}

ExprPtr fma(ExprPtr a, ExprPtr b, ExprPtr c)
{
    const DType type = a->type;
    return make({.op = Op::Fma, .type = type, .args = {std::move(a), std::move(b), std::move(c)}});
}

ExprPtr select(ExprPtr condition, ExprPtr a, ExprPtr b)
{
    const DType type = a->type;
    return make({.op = Op::Select, .type = type, .args = {std::move(condition), std::move(a), std::move(b)}});
}

ExprPtr cast(DType type, ExprPtr a)
{
    return a->type == type ? a : make({.op = Op::Cast, .type = type, .args = {std::move(a)}});
}
ExprPtr bitcast(DType type, ExprPtr a) { return make({.op = Op::Bitcast, .type = type, .args = {std::move(a)}}); }

ExprPtr call(std::string function, DType type, std::vector<ExprPtr> args)
{
    return make({.op = Op::Call, .type = type, .args = std::move(args), .name = std::move(function)});
}

ExprPtr let(std::string name, ExprPtr value, ExprPtr body)
{
    const DType type = body->type;
    return make({.op = Op::Let, .type = type, .args = {std::move(value), std::move(body)}, .name = std::move(name)});
}

ExprPtr checked(ExprPtr index, ExprPtr extent)
{
    return make({.op = Op::Checked, .args = {std::move(index), std::move(extent)}});
}

ExprPtr trusted(ExprPtr index, ExprPtr extent)
{
    return make({.op = Op::Checked, .args = {std::move(index), std::move(extent)}, .i = 1});
}

ExprPtr operator+(const ExprPtr& a, const ExprPtr& b)
{
    if (bothConst(a, b))
        return intConst(std::int64_t(std::uint64_t(a->i) + std::uint64_t(b->i)), a->type);
    return isConst(a, 0) ? b : isConst(b, 0) ? a : binary(Op::Add, a, b);
}

ExprPtr operator-(const ExprPtr& a, const ExprPtr& b)
{
    if (bothConst(a, b))
        return intConst(std::int64_t(std::uint64_t(a->i) - std::uint64_t(b->i)), a->type);
    return isConst(b, 0) ? a : binary(Op::Sub, a, b);
}

ExprPtr operator*(const ExprPtr& a, const ExprPtr& b)
{
    if (bothConst(a, b))
        return intConst(std::int64_t(std::uint64_t(a->i) * std::uint64_t(b->i)), a->type);
    if (isConst(a, 0) || isConst(b, 1))
        return a;
    return isConst(b, 0) || isConst(a, 1) ? b : binary(Op::Mul, a, b);
}

ExprPtr operator+(const ExprPtr& a, std::int64_t b) { return a + intConst(b, a->type); }
ExprPtr operator-(const ExprPtr& a, std::int64_t b) { return a - intConst(b, a->type); }
ExprPtr operator*(const ExprPtr& a, std::int64_t b) { return a * intConst(b, a->type); }

ExprPtr floorDiv(const ExprPtr& a, std::int64_t b)
{
    if (b == 1)
        return a;
    return isConst(a) ? intConst(floorDivide(a->i, b), a->type) : binary(Op::FloorDiv, a, intConst(b, a->type));
}

ExprPtr floorMod(const ExprPtr& a, std::int64_t b)
{
    if (b == 1)
        return zero(a->type);
    return isConst(a) ? intConst(floorModulo(a->i, b), a->type) : binary(Op::FloorMod, a, intConst(b, a->type));
}

bool equal(const ExprPtr& a, const ExprPtr& b)
{
    if (a == b)
        return true;
    if (!a || !b || a->op != b->op || a->type != b->type || a->i != b->i || !sameFloat(a->f, b->f)
        || a->name != b->name)
        return false;
    return std::equal(a->args.begin(), a->args.end(), b->args.begin(), b->args.end(),
                      [](const ExprPtr& x, const ExprPtr& y) { return equal(x, y); });
}

bool isConst(const ExprPtr& e) { return e->op == Op::Const; }
bool isConst(const ExprPtr& e, std::int64_t value)
{
    return e->op == Op::Const && !isFloat(e->type) && e->type != DType::String && e->i == value;
}

void walk(const ExprPtr& e, const std::function<void(const Expr&)>& visit)
{
    visit(*e);
    for (const ExprPtr& arg : e->args)
        walk(arg, visit);
}

ExprPtr transform(const ExprPtr& e, const std::function<ExprPtr(const ExprPtr&)>& rewrite)
{
    std::vector<ExprPtr> args;
    bool changed = false;
    for (const ExprPtr& arg : e->args) {
        args.push_back(transform(arg, rewrite));
        changed = changed || args.back() != arg;
    }
    ExprPtr rebuilt = e;
    if (changed) {
        Expr copy = *e;
        copy.args = std::move(args);
        rebuilt = make(std::move(copy));
    }
    ExprPtr replacement = rewrite(rebuilt);
    return replacement ? replacement : rebuilt;
}

ExprPtr substitute(const ExprPtr& e, const std::vector<Substitution>& values)
{
    if (e->op == Op::Let)
        return substituteLet(e, values);
    if (e->op == Op::Var) {
        for (const Substitution& value : values)
            if (value.name == e->name)
                return value.value;
        return e;
    }
    std::vector<ExprPtr> args;
    bool changed = false;
    for (const ExprPtr& arg : e->args) {
        args.push_back(substitute(arg, values));
        changed = changed || args.back() != arg;
    }
    if (!changed)
        return e;
    Expr copy = *e;
    copy.args = std::move(args);
    return make(std::move(copy));
}

std::vector<std::string> freeVariables(const ExprPtr& e)
{
    std::vector<std::string> bound, free;
    collectFree(e, bound, free);
    return free;
}

std::string opName(Op op)
{
    static constexpr const char* names[] = {"const", "var",     "load",  "+",       "-",       "*",     "/",   "//",
                                            "%",     "min",     "max",   "minimum", "maximum", "&",     "|",   "^",
                                            "<<",    ">>",      "==",    "!=",      "<",       "<=",    "not", "neg",
                                            "abs",   "sqrt",    "floor", "ceil",    "trunc",   "round", "fma", "select",
                                            "cast",  "bitcast", "call",  "let",     "checked"};
    return names[static_cast<std::size_t>(op)];
}

}  // namespace strata
