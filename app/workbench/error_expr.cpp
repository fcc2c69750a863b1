#include "app/workbench/error_expr.h"

#include "app/workbench/roundoff.h"
#include "core/ir/text_functions.h"
#include "core/elementary/elementary.h"
#include "core/elementary/value.h"

#include <algorithm>
#include <optional>

namespace strata {

namespace {

constexpr double likely = 6;  // standard deviations of a sum's roundings
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double doubleSlack = 0x1p-49;  // what evaluating an elementary function in f64 may be off by itself
constexpr double doubleUlp = 4;          // of elementary functions in f64; what is stated is measured in f32

// A pointer beside Value's own operators is no condition by itself.
bool has(const ExprPtr& e) { return static_cast<bool>(e); }
Value number(const ExprPtr& e) { return cast(DType::F64, Value(e)); }
Value orZero(const ExprPtr& error) { return has(error) ? Value(error) : Value(floatConst(0, DType::F64)); }
// No error is none, whatever it is multiplied by.
Value times(const Value& size, const ExprPtr& error)
{
    return select(Value(error) == 0.0, orZero(nullptr), absolute(size) * Value(error));
}
// NaN counts: where no bound is known, nothing is certain.
Value isUncertain(const ExprPtr& error) { return Value(error) != 0.0; }
Value boundless() { return floatConst(infinity, DType::F64); }

ExprPtr sum(const ExprPtr& a, const ExprPtr& b) { return !has(a) ? b : !has(b) ? a : (Value(a) + Value(b)).expr; }

ExprPtr rebuilt(const Expr& e, const std::vector<Tracked>& operands)
{
    Expr copy = e;
    if (isFloat(e.type))
        copy.type = DType::F64;
    for (std::size_t i = 0; i < operands.size(); ++i)
        copy.args[i] = operands[i].value;
    return std::make_shared<const Expr>(std::move(copy));
}

bool holdsAll(DType type, DType of)
{
    return type == of || type == DType::F64 || (type == DType::F32 && isShortFloat(of));
}

// Whether every integer of the type is a number of the float type.
bool holdsIntegers(DType type, DType of)
{
    const double range = of == DType::Bool ? 1 : std::ldexp(1, bitSize(of) - (isSigned(of) ? 1 : 0));
    return range <= 1 / unitRoundoff(type);
}

bool castRounds(DType to, DType from)
{
    if (!isFloat(to))
        return false;
    return isFloat(from) ? !holdsAll(to, from) : !holdsIntegers(to, from);
}

bool readsMemory(const ExprPtr& e)
{
    bool found = false;
    walk(e, [&](const Expr& node) { found = found || node.op == Op::Load; });
    return found;
}

bool isMonotone(const std::string& function)
{
    static const std::set<std::string> names{"acos", "acosh", "asin",  "asinh", "atan",  "atanh", "erf",
                                             "exp",  "exp2",  "expm1", "log",   "log1p", "sinh",  "tanh"};
    return names.count(function) != 0;
}

}  // namespace

double stepsOf(double additions) { return std::min(additions, likely * std::sqrt(additions)); }

bool rounds(const ExprPtr& e, const TrackedBuffers& buffers)
{
    const bool here = isFloat(e->type)
                      && (e->op == Op::Add || e->op == Op::Sub || e->op == Op::Mul || e->op == Op::Div
                          || e->op == Op::Fma || e->op == Op::Sqrt || e->op == Op::Call);
    if (here || (e->op == Op::Cast && castRounds(e->type, e->args[0]->type)))
        return true;
    if (const auto buffer = buffers.find(e->name);
        e->op == Op::Load && buffer != buffers.end() && !buffer->second.exact)
        return true;
    return std::any_of(e->args.begin(), e->args.end(), [&](const ExprPtr& arg) { return rounds(arg, buffers); });
}

ErrorTracker::ErrorTracker(const TrackedBuffers& buffers, std::string prefix)
    : m_buffers(buffers)
    , m_prefix(std::move(prefix))
    , m_scopes(1)
{
}

ExprPtr ErrorTracker::bind(ExprPtr e)
{
    if (!has(e) || e->op == Op::Var || e->op == Op::Const)
        return e;
    const std::string name = m_prefix + std::to_string(m_count++);
    const ExprPtr variable = var(name, e->type);
    m_scopes.back().emplace_back(name, std::move(e));
    return variable;
}

ExprPtr ErrorTracker::around(ExprPtr e) const
{
    if (!has(e))
        return e;
    const Bindings& bindings = m_scopes.back();
    std::set<std::string> needed;
    for (const std::string& name : freeVariables(e))
        needed.insert(name);
    for (auto binding = bindings.rbegin(); binding != bindings.rend(); ++binding) {
        if (!needed.count(binding->first))
            continue;
        for (const std::string& name : freeVariables(binding->second))
            needed.insert(name);
        e = strata::let(binding->first, binding->second, e);
    }
    return e;
}

ExprPtr ErrorTracker::magnitudeOf(const Tracked& t)
{
    if (t.magnitude)
        return t.magnitude;
    const Value size = absolute(Value(t.value));
    return bind(has(t.error) ? (size + Value(t.error)).expr : size.expr);
}

ExprPtr ErrorTracker::total(const Tracked& t)
{
    if (!has(t.additions))
        return t.error;
    const Value magnitude = magnitudeOf(t), count = t.additions;
    const Value steps = minimum(count, likely * squareRoot(count));
    const Value own = strata::select(magnitude <= largestFinite(DType::F64), steps * t.unit * magnitude, 0.0);
    return bind(sum(t.error, own.expr));
}

// What overflows in its type is infinite there.
ExprPtr ErrorTracker::narrowed(const ExprPtr& value, DType type)
{
    const Value v = bind(value);
    if (type == DType::F64)
        return v.expr;
    return bind(strata::select(absolute(v) <= largestFinite(type), v, number(cast(type, v).expr)).expr);
}

// A value that was rounded to the type once more.
Tracked ErrorTracker::rounded(ExprPtr value, ExprPtr error, DType type, double roundings)
{
    const Value v = narrowed(value, type), size = absolute(v);
    const Value own = strata::select(size <= largestFinite(type),
                                     size * (roundings * unitRoundoff(type)) + smallestDenormal(type), 0.0);
    return {v.expr, bind(sum(error, own.expr)), nullptr, nullptr};
}

// Infinite where any of them is uncertain; nullptr where none can be.
ExprPtr ErrorTracker::eitherError(const std::vector<Tracked>& operands)
{
    ExprPtr all;
    for (const Tracked& operand : operands)
        all = sum(all, total(operand));
    return all ? bind(strata::select(isUncertain(all), boundless(), orZero(nullptr)).expr) : nullptr;
}

bool ErrorTracker::speaksOfNothingTracked(const ExprPtr& e) const
{
    bool plain = true;
    walk(e, [&](const Expr& node) {
        plain = plain && !isFloat(node.type) && node.op != Op::Load && node.op != Op::Let
                && !(node.op == Op::Var && m_variables.count(node.name));
    });
    return plain;
}

Tracked ErrorTracker::track(const ExprPtr& e)
{
    return speaksOfNothingTracked(e) ? Tracked{e, nullptr, nullptr, nullptr} : operation(*e);
}

Tracked ErrorTracker::load(const Expr& e)
{
    const TrackedBuffer& buffer = m_buffers.at(e.name);
    std::vector<Tracked> indices;
    std::vector<ExprPtr> at;
    for (const ExprPtr& index : e.args) {
        indices.push_back(track(index));
        at.push_back(indices.back().value);
    }
    const ExprPtr stored = strata::load(e.name, buffer.stored, at);
    Tracked result{bind(isFloat(e.type) ? number(stored).expr : stored), eitherError(indices), nullptr, nullptr};
    if (buffer.exact)
        return result;
    result.error = bind(sum(result.error, strata::load(buffer.error, DType::F64, at)));
    if (isFloat(e.type)) {
        result.unit = unitRoundoff(buffer.dtype);
        result.additions = bind(strata::load(buffer.additions, DType::F64, at));
        result.magnitude = bind(strata::load(buffer.magnitude, DType::F64, at));
    }
    return result;
}

Tracked ErrorTracker::add(const Tracked& a, const Tracked& b, const ExprPtr& value, DType type)
{
    Tracked result;
    result.value = narrowed(value, type);
    result.error = bind(sum(a.error, b.error));
    result.unit = std::max({a.unit, b.unit, unitRoundoff(type)});
    result.additions = bind(sum(sum(a.additions, b.additions), floatConst(1, DType::F64)));
    result.magnitude = bind(sum(magnitudeOf(a), magnitudeOf(b)));
    if (type != DType::F64) {
        const Value magnitude = result.magnitude;
        const Value overflows = largestFinite(type) < magnitude && magnitude <= largestFinite(DType::F64);
        result.error = bind(strata::select(overflows, boundless(), orZero(result.error)).expr);
    }
    return result;
}

Tracked ErrorTracker::multiply(const Tracked& a, const Tracked& b, DType type)
{
    const ExprPtr ta = total(a), tb = total(b);
    ExprPtr error;
    if (tb)
        error = times(a.value, tb).expr;
    if (ta)
        error = sum(error, times(b.value, ta).expr);
    if (has(ta) && has(tb))
        error = sum(error, times(ta, tb).expr);
    return rounded((Value(a.value) * Value(b.value)).expr, error, type);
}

// (a + da) / (b + db) is off a / b by (da - (a / b) db) / (b + db).
Tracked ErrorTracker::divide(const Tracked& a, const Tracked& b, DType type)
{
    const Value quotient = bind((Value(a.value) / Value(b.value)).expr);
    const ExprPtr ta = total(a), tb = total(b);
    const Value size = absolute(Value(b.value));
    ExprPtr error = ta;
    if (tb)
        error = sum(error, times(quotient, tb).expr);
    if (tb)
        error = strata::select(Value(tb) < size, Value(error) / (size - Value(tb)), boundless()).expr;
    else if (ta)
        error = (Value(ta) / size).expr;
    return rounded(quotient.expr, error, type);
}

Tracked ErrorTracker::integers(const Expr& e, const std::vector<Tracked>& operands)
{
    Tracked result{bind(rebuilt(e, operands)), nullptr, nullptr, nullptr};
    if (std::all_of(operands.begin(), operands.end(), [](const Tracked& t) { return t.exact(); }))
        return result;
    const bool adds = e.op == Op::Add || e.op == Op::Sub || e.op == Op::Neg || e.op == Op::Abs;
    if (e.op == Op::Checked)
        result.error = operands[0].error;
    else if (adds && byteSize(e.type) >= 4)  // shorter ones may wrap
        result.error = operands.size() == 1 ? operands[0].error : sum(operands[0].error, operands[1].error);
    else
        result.error = eitherError(operands);
    result.error = bind(result.error);
    return result;
}

// The larger or smaller of two moves no further than they do.
Tracked ErrorTracker::choose(const Expr& e, const Tracked& a, const Tracked& b)
{
    Tracked result{bind(rebuilt(e, {a, b})), nullptr, nullptr, nullptr};
    if (!a.exact() || !b.exact())
        result.error = bind(maximum(orZero(total(a)), orZero(total(b))).expr);
    return result;
}

Tracked ErrorTracker::compare(const Expr& e, const Tracked& a, const Tracked& b)
{
    Tracked result{bind(rebuilt(e, {a, b})), nullptr, nullptr, nullptr};
    const ExprPtr within = bind(sum(total(a), total(b)));
    if (!has(within))
        return result;
    const Value apart = absolute(number(a.value) - number(b.value));
    const Value near = isUncertain(within) && !(apart > Value(within));
    result.error = bind(strata::select(near, 1.0, orZero(nullptr)).expr);
    return result;
}

// and, or, xor of bool: certain where one side decides and is certain.
Tracked ErrorTracker::logic(const Expr& e, const Tracked& a, const Tracked& b)
{
    Tracked result{bind(rebuilt(e, {a, b})), nullptr, nullptr, nullptr};
    if (a.exact() && b.exact())
        return result;
    const Value ea = orZero(a.error), eb = orZero(b.error);
    Value error = maximum(ea, eb);
    if (e.op != Op::Xor) {
        const auto decides = [&](const Tracked& t, const Value& uncertain) {
            const Value v = t.value;
            return (e.op == Op::And ? !v : v) && uncertain == 0.0;
        };
        error = strata::select(decides(a, ea) || decides(b, eb), 0.0, error);
    }
    result.error = bind(error.expr);
    return result;
}

// One side of a select, with what is computed for it alone if the other might not be there to be read.
struct ErrorTracker::Side {
    Tracked tracked;
    ExprPtr total, magnitude;
};

ErrorTracker::Side ErrorTracker::side(const ExprPtr& e, bool lazily)
{
    if (lazily)
        m_scopes.emplace_back();
    Side result;
    result.tracked = track(e);
    result.total = total(result.tracked);
    if (isFloat(e->type))
        result.magnitude = magnitudeOf(result.tracked);
    if (lazily) {
        Tracked& t = result.tracked;
        for (ExprPtr* part : {&t.value, &t.error, &t.additions, &t.magnitude, &result.total, &result.magnitude})
            *part = around(*part);
        m_scopes.pop_back();
    }
    return result;
}

Tracked ErrorTracker::select(const Expr& e)
{
    const Tracked condition = track(e.args[0]);
    const bool lazily = readsMemory(e.args[1]) || readsMemory(e.args[2]);
    const Side a = side(e.args[1], lazily), b = side(e.args[2], lazily);
    const auto chosen = [&](const ExprPtr& left, const ExprPtr& right) {
        return strata::select(Value(condition.value), orZero(left), orZero(right)).expr;
    };
    Tracked result{bind(strata::select(condition.value, a.tracked.value, b.tracked.value)), nullptr, nullptr, nullptr};
    if (condition.exact()) {
        if (has(a.tracked.error) || has(b.tracked.error))
            result.error = bind(chosen(a.tracked.error, b.tracked.error));
        if (has(a.tracked.additions) || has(b.tracked.additions)) {
            result.unit = std::max(a.tracked.unit, b.tracked.unit);
            result.additions = bind(chosen(a.tracked.additions, b.tracked.additions));
            result.magnitude = bind(chosen(a.magnitude, b.magnitude));
        }
        return result;
    }
    const Value apart = absolute(number(a.tracked.value) - number(b.tracked.value));
    const Value either = maximum(orZero(a.total), orZero(b.total)) + apart;
    result.error = bind(strata::select(isUncertain(condition.error), either, Value(chosen(a.total, b.total))).expr);
    return result;
}

// How far f moves where its argument may lie on either side, for an f that never turns.
ExprPtr ErrorTracker::monotone(const Function& f, const ExprPtr& at, const ExprPtr& value, const ExprPtr& error)
{
    const Value v = value, above = f((Value(at) + Value(error)).expr), below = f((Value(at) - Value(error)).expr);
    const Value moves = maximum(absolute(above - v), absolute(v - below));
    return bind(strata::select(Value(error) == 0.0, orZero(nullptr), moves).expr);
}

Tracked ErrorTracker::convert(const Expr& e, const Tracked& a)
{
    const DType to = e.type, from = e.args[0]->type;
    if (isFloat(to)) {
        if (isFloat(from) && !castRounds(to, from))
            return closed(a);  // its additions were of the narrower type
        const Value v = number(a.value);
        return castRounds(to, from) ? rounded(v.expr, total(a), to) : Tracked{bind(v.expr), a.error, nullptr, nullptr};
    }
    Tracked result{bind(strata::cast(to, a.value)), nullptr, nullptr, nullptr};
    if (a.exact())
        return result;
    if (to == DType::Bool && isFloat(from))
        return compare(*binary(Op::Ne, a.value, floatConst(0, DType::F64)), a, {floatConst(0, DType::F64), {}, {}, {}});
    if (to == DType::Bool)
        result.error = strata::select(isUncertain(a.error), 1.0, orZero(nullptr)).expr;
    else if (isFloat(from))
        result.error = monotone([&](const ExprPtr& x) { return number(strata::cast(to, x)).expr; }, a.value,
                                number(result.value).expr, total(a));
    else
        result.error = a.error;
    result.error = bind(result.error);
    return result;
}

Tracked ErrorTracker::reinterpret(const Expr& e, const Tracked& a)
{
    const ExprPtr bits = strata::bitcast(e.type, strata::cast(e.args[0]->type, a.value));
    return {bind(isFloat(e.type) ? number(bits).expr : bits), eitherError({a}), nullptr, nullptr};
}

// How far pow moves: it is monotone in both where the base is positive, and across 0 it also passes 0.
ExprPtr ErrorTracker::powerError(const std::vector<ExprPtr>& at, const std::vector<ExprPtr>& errors,
                                 const ExprPtr& value)
{
    const Value v = value, a = at[0], b = at[1], ea = orZero(errors[0]), eb = orZero(errors[1]);
    Value most = 0.0 * v;
    for (const Value& base : {a - ea, a + ea})
        for (const Value& exponent : {b - eb, b + eb})
            most = maximum(most, absolute(Value(call("pow", DType::F64, {base.expr, exponent.expr})) - v));
    const Value across = strata::select(b < 0.0, boundless(), absolute(v));
    return strata::select(absolute(a) < ea, maximum(most, across), most).expr;
}

// How far a function of one argument moves.
ExprPtr ErrorTracker::elementaryError(const std::string& name, const ExprPtr& at, const ExprPtr& error,
                                      const ExprPtr& value)
{
    const auto f = [&](const ExprPtr& x) { return call(name, DType::F64, {x}); };
    const Value v = value, x = at, e = error;
    if (isMonotone(name))
        return monotone(f, at, value, error);
    if (name == "cosh")
        return (Value(f((absolute(x) + e).expr)) - v).expr;
    if (name == "sin" || name == "cos")
        return minimum(e, 2.0).expr;
    if (name != "tan")
        return strata::select(isUncertain(error), boundless(), orZero(nullptr)).expr;
    const Value below = bind(f((x - e).expr)), above = bind(f((x + e).expr));
    const Value noPole = e < 1.5 && below <= v && v <= above;
    return strata::select(noPole, maximum(above - v, v - below), boundless()).expr;
}

Tracked ErrorTracker::elementary(const Expr& e, const std::vector<Tracked>& operands)
{
    std::vector<ExprPtr> at, errors;
    for (const Tracked& operand : operands) {
        at.push_back(operand.value);
        errors.push_back(total(operand));
    }
    const ExprPtr v = bind(call(e.name, DType::F64, at));
    ExprPtr error;
    if (at.size() == 2 && (has(errors[0]) || has(errors[1])))
        error = powerError(at, errors, v);
    else if (at.size() == 1 && has(errors[0]))
        error = elementaryError(exactName(e.name), at[0], errors[0], v);
    const Elementary* facts = findElementary(e.name);
    const double ulp = e.type == DType::F64 ? doubleUlp : e.type == DType::F32 && facts ? facts->maxUlp : 0.6;
    return rounded(v, error, e.type, 2 * std::max(ulp, 0.51) + doubleSlack / unitRoundoff(e.type));
}

Tracked ErrorTracker::floats(const Expr& e, const std::vector<Tracked>& operands)
{
    const Tracked& a = operands[0];
    const auto moved = [&](const ExprPtr& x) { return unary(e.op, x); };
    switch (e.op) {
    case Op::Add: return add(a, operands[1], (Value(a.value) + Value(operands[1].value)).expr, e.type);
    case Op::Sub: return add(a, operands[1], (Value(a.value) - Value(operands[1].value)).expr, e.type);
    case Op::Mul: return multiply(a, operands[1], e.type);
    case Op::Div: return divide(a, operands[1], e.type);
    case Op::Fma:
        return add(multiply(a, operands[1], e.type), operands[2],
                   strata::fma(a.value, operands[1].value, operands[2].value), e.type);
    case Op::Neg: return {bind(moved(a.value)), a.error, a.additions, a.magnitude, a.unit};
    case Op::Abs: return {bind(moved(a.value)), total(a), nullptr, nullptr};
    case Op::Sqrt: {
        const ExprPtr v = bind(moved(a.value));
        const auto root = [&](const ExprPtr& x) { return moved(maximum(Value(x), 0.0).expr); };
        return rounded(v, a.exact() ? nullptr : monotone(root, a.value, v, total(a)), e.type);
    }
    case Op::Floor:
    case Op::Ceil:
    case Op::Trunc:
    case Op::Round: {
        const ExprPtr v = bind(moved(a.value));
        return {v, a.exact() ? nullptr : monotone(moved, a.value, v, total(a)), nullptr, nullptr};
    }
    case Op::Call: return elementary(e, operands);
    default: return {bind(rebuilt(e, operands)), eitherError(operands), nullptr, nullptr};
    }
}

Tracked ErrorTracker::let(const Expr& e)
{
    Tracked value = track(e.args[0]);
    value.value = bind(value.value);
    const auto before = m_variables.find(e.name);
    const std::optional<Tracked> hidden = before == m_variables.end() ? std::nullopt : std::optional(before->second);
    m_variables[e.name] = value;
    const Tracked result = track(e.args[1]);
    m_variables.erase(e.name);
    if (hidden)
        m_variables[e.name] = *hidden;
    return result;
}

Tracked ErrorTracker::operation(const Expr& e)
{
    switch (e.op) {
    case Op::Const:
        return {isFloat(e.type) ? floatConst(e.f, DType::F64) : std::make_shared<const Expr>(e), {}, {}, {}};
    case Op::Var: {
        const auto known = m_variables.find(e.name);
        return known == m_variables.end() ? Tracked{std::make_shared<const Expr>(e), {}, {}, {}} : known->second;
    }
    case Op::Load: return load(e);
    case Op::Let: return let(e);
    case Op::Select: return select(e);
    default: break;
    }
    std::vector<Tracked> operands;
    for (const ExprPtr& arg : e.args)
        operands.push_back(track(arg));
    if (isTextCall(e)) {
        std::vector<ExprPtr> args;
        for (const Tracked& operand : operands)
            args.push_back(operand.value);
        const ExprPtr value = textCallOfWide(e, std::move(args));
        return {isFloat(e.type) ? cast(DType::F64, value) : value, {}, {}, {}};
    }
    const DType from = e.args[0]->type;
    switch (e.op) {
    case Op::Cast: return convert(e, operands[0]);
    case Op::Bitcast: return reinterpret(e, operands[0]);
    case Op::Min:
    case Op::Max:
    case Op::Minimum:
    case Op::Maximum: return choose(e, operands[0], operands[1]);
    case Op::Eq:
    case Op::Ne:
    case Op::Lt:
    case Op::Le: return compare(e, operands[0], operands[1]);
    case Op::And:
    case Op::Or:
    case Op::Xor: return from == DType::Bool ? logic(e, operands[0], operands[1]) : integers(e, operands);
    default: break;
    }
    return isFloat(e.type) ? floats(e, operands) : integers(e, operands);
}

}  // namespace strata
