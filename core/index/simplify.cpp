// Index arithmetic by a linear normal form: constant + sum of coefficient * atom, atoms being variables or what is not
// linear.
//
// Sums of such forms are exact, so two indices are compared by subtracting them. Quotients and remainders are where
// splits and fusions come together again, and each rule for them is an identity of floor division: multiples of the
// divisor leave the quotient; what stays within one multiple of the divisor (by the ranges) is constant there; a common
// stride divides both; x // a // b is x // (a*b); x // c * c + x % c is x. For instance, for 0 <= j < 8:
//
//     (i * 8 + j) // 8 -> i        (i * 8 + j) % 8 -> j
//
// Bounds are intervals over the form, exact where every variable occurs once, computed in 128 bits and given up beyond
// 2^62. What holds data (a load) is not taken apart, since i64 data wraps and indices do not, unless a check bounds it.
#include "core/index/simplify.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

namespace strata {

namespace {

using Interval = std::optional<std::pair<std::int64_t, std::int64_t>>;
using Wide = __int128;

// Index arithmetic does not overflow; data of type i64 wraps. Unsigned arithmetic is right for both.
std::int64_t wrapAdd(std::int64_t a, std::int64_t b) { return std::int64_t(std::uint64_t(a) + std::uint64_t(b)); }
std::int64_t wrapMul(std::int64_t a, std::int64_t b) { return std::int64_t(std::uint64_t(a) * std::uint64_t(b)); }

std::int64_t floorQuotient(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }
std::int64_t floorRest(std::int64_t a, std::int64_t b) { return a - floorQuotient(a, b) * b; }

// What a quotient or remainder is taken by, if that is a number above 0; by others it stays as it is written.
std::int64_t divisorOf(const Expr& e, Op op)
{
    return e.op == op && e.args[1]->op == Op::Const && e.type == DType::I64 && e.args[1]->i > 0 ? e.args[1]->i : 0;
}

// Data below a check has no say in what could overflow: the check bounds it.
bool holdsLoad(const ExprPtr& e)
{
    if (e->op == Op::Load || e->op == Op::Let)
        return true;
    return e->op != Op::Checked
           && std::any_of(e->args.begin(), e->args.end(), [](const ExprPtr& arg) { return holdsLoad(arg); });
}

bool isMaximum(const Expr& e) { return e.op == Op::Max || e.op == Op::Maximum; }
bool isMinimum(const Expr& e) { return e.op == Op::Min || e.op == Op::Minimum; }

bool holdsLoad(const Linear& a)
{
    return std::any_of(a.terms.begin(), a.terms.end(), [](const Linear::Term& term) { return holdsLoad(term.atom); });
}

// Holds what a computation needs all over: the ranges.
class Simplifier {
public:
    explicit Simplifier(const Ranges& ranges)
        : m_ranges(ranges)
    {
    }

    Linear linear(const ExprPtr& e) const;
    ExprPtr simplify(const ExprPtr& e) const;
    Interval interval(const Linear& a) const;
    Linear sum(const Linear& a, const Linear& b, std::int64_t factor) const;

private:
    Linear atom(const ExprPtr& e) const { return {{{e, 1}}, 0}; }
    Linear divide(const Linear& a, std::int64_t divisor) const;
    Linear modulo(const Linear& a, std::int64_t divisor) const;
    Linear divideRest(const Linear& rest, std::int64_t divisor) const;
    Linear moduloRest(const Linear& rest, std::int64_t divisor) const;
    Linear minMax(const ExprPtr& e) const;
    Linear check(const ExprPtr& e) const;
    Linear joinDivMod(Linear a) const;
    bool joinOnce(Linear& a, std::size_t index) const;
    bool sameAtom(const ExprPtr& a, const ExprPtr& b) const;
    void addTerm(Linear& a, const ExprPtr& atom, std::int64_t coefficient) const;
    Interval atomInterval(const ExprPtr& e) const;
    std::optional<std::int64_t> limit(const ExprPtr& e, bool upper) const;
    ExprPtr foldComparison(const ExprPtr& e) const;
    ExprPtr foldLogic(const ExprPtr& e) const;
    std::optional<std::pair<Linear, Linear>> splitByStride(const Linear& a, std::int64_t divisor,
                                                           std::int64_t& stride) const;

    const Ranges& m_ranges;
};

bool Simplifier::sameAtom(const ExprPtr& a, const ExprPtr& b) const
{
    if (equal(a, b))
        return true;
    if (a->op != b->op || (a->op != Op::FloorDiv && a->op != Op::FloorMod) || !equal(a->args[1], b->args[1]))
        return false;
    const Linear rest = sum(linear(a->args[0]), linear(b->args[0]), -1);
    return rest.isConstant() && rest.constant == 0;
}

void Simplifier::addTerm(Linear& a, const ExprPtr& atom, std::int64_t coefficient) const
{
    auto same = std::find_if(a.terms.begin(), a.terms.end(),
                             [&](const Linear::Term& term) { return sameAtom(term.atom, atom); });
    if (same == a.terms.end()) {
        if (coefficient != 0)
            a.terms.push_back({atom, coefficient});
        return;
    }
    same->coefficient = wrapAdd(same->coefficient, coefficient);
    if (same->coefficient == 0)
        a.terms.erase(same);
}

Linear Simplifier::sum(const Linear& a, const Linear& b, std::int64_t factor) const
{
    Linear result = a;
    for (const Linear::Term& term : b.terms)
        addTerm(result, term.atom, wrapMul(term.coefficient, factor));
    result.constant = wrapAdd(result.constant, wrapMul(b.constant, factor));
    return result;
}

// k * (x % c) + k*c * (x // c) -> k * x for the term at `index`, if it is such a remainder.
bool Simplifier::joinOnce(Linear& a, std::size_t index) const
{
    const Linear::Term term = a.terms[index];
    const std::int64_t divisor = divisorOf(*term.atom, Op::FloorMod);
    if (divisor == 0)
        return false;
    const Linear whole = linear(term.atom->args[0]);
    const Linear quotient = divide(whole, divisor);
    if (quotient.terms.size() != 1 || quotient.terms[0].coefficient != 1)
        return false;
    const std::int64_t wanted = wrapMul(term.coefficient, divisor);
    auto partner = std::find_if(a.terms.begin(), a.terms.end(), [&](const Linear::Term& other) {
        return other.coefficient == wanted && sameAtom(other.atom, quotient.terms[0].atom);
    });
    if (partner == a.terms.end())
        return false;
    a.terms.erase(partner);
    std::erase_if(a.terms, [&](const Linear::Term& other) { return other.atom == term.atom; });
    a.constant = wrapAdd(a.constant, -wrapMul(wanted, quotient.constant));
    a = sum(a, whole, term.coefficient);
    return true;
}

Linear Simplifier::joinDivMod(Linear a) const
{
    for (std::size_t i = 0; i < a.terms.size();)
        i = joinOnce(a, i) ? 0 : i + 1;
    return a;
}

Linear Simplifier::linear(const ExprPtr& e) const
{
    if (e->type != DType::I64)
        return atom(simplify(e));
    switch (e->op) {
    case Op::Const: return {{}, e->i};
    case Op::Var: {
        auto range = m_ranges.find(e->name);
        return range != m_ranges.end() && range->second.extent == 1 ? Linear{{}, range->second.begin} : atom(e);
    }
    case Op::Add: return joinDivMod(sum(linear(e->args[0]), linear(e->args[1]), 1));
    case Op::Sub: return joinDivMod(sum(linear(e->args[0]), linear(e->args[1]), -1));
    case Op::Neg: return sum({}, linear(e->args[0]), -1);
    case Op::Mul: {
        const Linear a = linear(e->args[0]), b = linear(e->args[1]);
        if (a.isConstant() || b.isConstant())
            return a.isConstant() ? sum({}, b, a.constant) : sum({}, a, b.constant);
        return atom(binary(Op::Mul, a.expr(), b.expr()));
    }
    case Op::FloorDiv:
    case Op::FloorMod: {
        const Linear a = linear(e->args[0]), b = linear(e->args[1]);
        if (!b.isConstant() || b.constant <= 0)
            return atom(binary(e->op, a.expr(), b.expr()));
        return e->op == Op::FloorDiv ? divide(a, b.constant) : modulo(a, b.constant);
    }
    case Op::Min:
    case Op::Max:
    case Op::Minimum:
    case Op::Maximum: return minMax(e);
    case Op::Checked: return check(e);
    default: return atom(simplify(e));
    }
}

Linear Simplifier::minMax(const ExprPtr& e) const
{
    const Linear a = linear(e->args[0]), b = linear(e->args[1]);
    if (const Interval range = interval(sum(a, b, -1))) {
        if (range->first >= 0)
            return isMaximum(*e) ? a : b;
        if (range->second <= 0)
            return isMaximum(*e) ? b : a;
    }
    return atom(binary(e->op, a.expr(), b.expr()));
}

// The index itself where it is in range whatever the data.
Linear Simplifier::check(const ExprPtr& e) const
{
    const Linear index = linear(e->args[0]), extent = linear(e->args[1]);
    const Interval range = interval(index), below = interval(sum(extent, index, -1));
    if (range && below && range->first >= 0 && below->first > 0)
        return index;
    return atom(e->i ? trusted(index.expr(), extent.expr()) : checked(index.expr(), extent.expr()));
}

Linear Simplifier::divide(const Linear& a, std::int64_t divisor) const
{
    if (divisor == 1)
        return a;
    if (holdsLoad(a))
        return a.isConstant() ? Linear{{}, floorQuotient(a.constant, divisor)}
                              : atom(binary(Op::FloorDiv, a.expr(), intConst(divisor)));
    Linear quotient{{}, floorQuotient(a.constant, divisor)}, rest{{}, floorRest(a.constant, divisor)};
    for (const Linear::Term& term : a.terms) {
        const bool exact = term.coefficient % divisor == 0;
        (exact ? quotient : rest).terms.push_back({term.atom, exact ? term.coefficient / divisor : term.coefficient});
    }
    return sum(quotient, divideRest(rest, divisor), 1);
}

Linear Simplifier::divideRest(const Linear& rest, std::int64_t divisor) const
{
    if (const Interval range = interval(rest);
        range && floorQuotient(range->first, divisor) == floorQuotient(range->second, divisor))
        return {{}, floorQuotient(range->first, divisor)};
    std::int64_t stride = 1;
    if (const auto parts = splitByStride(rest, divisor, stride))
        return divide(parts->first, divisor / stride);
    if (rest.terms.size() == 1 && rest.constant == 0 && rest.terms[0].coefficient == 1) {
        const ExprPtr& inner = rest.terms[0].atom;
        std::int64_t both = 0;
        if (const std::int64_t first = divisorOf(*inner, Op::FloorDiv);
            first > 0 && !__builtin_mul_overflow(first, divisor, &both))
            return divide(linear(inner->args[0]), both);
        if (const std::int64_t first = divisorOf(*inner, Op::FloorMod); first > 0 && first % divisor == 0)
            return modulo(divide(linear(inner->args[0]), divisor), first / divisor);
    }
    return atom(binary(Op::FloorDiv, rest.expr(), intConst(divisor)));
}

Linear Simplifier::modulo(const Linear& a, std::int64_t divisor) const
{
    if (divisor == 1)
        return {};
    if (holdsLoad(a))
        return atom(binary(Op::FloorMod, a.expr(), intConst(divisor)));
    Linear rest{{}, floorRest(a.constant, divisor)};
    for (const Linear::Term& term : a.terms)
        if (term.coefficient % divisor != 0)
            rest.terms.push_back(term);
    return moduloRest(rest, divisor);
}

Linear Simplifier::moduloRest(const Linear& rest, std::int64_t divisor) const
{
    if (const Interval range = interval(rest);
        range && floorQuotient(range->first, divisor) == floorQuotient(range->second, divisor))
        return sum(rest, {{}, floorQuotient(range->first, divisor) * divisor}, -1);
    std::int64_t stride = 1;
    if (const auto parts = splitByStride(rest, divisor, stride))
        return sum(sum({}, modulo(parts->first, divisor / stride), stride), parts->second, 1);
    if (rest.terms.size() == 1 && rest.constant == 0 && rest.terms[0].coefficient == 1) {
        const ExprPtr& inner = rest.terms[0].atom;
        if (const std::int64_t first = divisorOf(*inner, Op::FloorMod); first > 0 && first % divisor == 0)
            return modulo(linear(inner->args[0]), divisor);
    }
    return atom(binary(Op::FloorMod, rest.expr(), intConst(divisor)));
}

// a = stride * first + second with 0 <= second < stride, stride > 1 a divisor of `divisor`: then a // divisor is first
// // (divisor / stride).
std::optional<std::pair<Linear, Linear>> Simplifier::splitByStride(const Linear& a, std::int64_t divisor,
                                                                   std::int64_t& stride) const
{
    for (const Linear::Term& candidate : a.terms) {
        stride = std::gcd(candidate.coefficient, divisor);
        if (stride <= 1)
            continue;
        Linear large{{}, floorQuotient(a.constant, stride)}, small{{}, floorRest(a.constant, stride)};
        for (const Linear::Term& term : a.terms) {
            const bool exact = term.coefficient % stride == 0;
            (exact ? large : small).terms.push_back({term.atom, exact ? term.coefficient / stride : term.coefficient});
        }
        const Interval range = interval(small);
        if (range && range->first >= 0 && range->second < stride)
            return std::pair(large, small);
    }
    return std::nullopt;
}

Interval toInterval(Wide low, Wide high)
{
    constexpr Wide limit = Wide(1) << 62;
    if (low < -limit || high > limit)
        return std::nullopt;
    return std::pair(std::int64_t(low), std::int64_t(high));
}

Interval Simplifier::interval(const Linear& a) const
{
    Wide low = a.constant, high = a.constant;
    for (const Linear::Term& term : a.terms) {
        const Interval range = atomInterval(term.atom);
        if (!range)
            return std::nullopt;
        const Wide x = Wide(range->first) * term.coefficient, y = Wide(range->second) * term.coefficient;
        low += std::min(x, y);
        high += std::max(x, y);
        if (!toInterval(low, high))
            return std::nullopt;
    }
    return toInterval(low, high);
}

// A bound of one side: what is clamped has it, whatever the data.
std::optional<std::int64_t> Simplifier::limit(const ExprPtr& e, bool upper) const
{
    if (!isMaximum(*e) && !isMinimum(*e)) {
        const Interval range = interval(linear(e));
        return range ? std::optional(upper ? range->second : range->first) : std::nullopt;
    }
    const auto a = limit(e->args[0], upper), b = limit(e->args[1], upper);
    if (a && b)
        return isMaximum(*e) ? std::max(*a, *b) : std::min(*a, *b);
    const bool oneIsEnough = isMinimum(*e) == upper;  // min(data, 7) is at most 7
    return oneIsEnough ? (a ? a : b) : std::nullopt;
}

Interval Simplifier::atomInterval(const ExprPtr& e) const
{
    auto of = [&](std::size_t i) { return interval(linear(e->args[i])); };
    switch (e->op) {
    case Op::Var: {
        auto range = m_ranges.find(e->name);
        if (range == m_ranges.end() || range->second.extent < 1)
            return std::nullopt;
        return std::pair(range->second.begin, range->second.begin + range->second.extent - 1);
    }
    case Op::FloorDiv: {
        const Interval a = of(0), b = of(1);
        if (!a || !b || b->first != b->second || b->first <= 0)
            return std::nullopt;
        return std::pair(floorQuotient(a->first, b->first), floorQuotient(a->second, b->first));
    }
    case Op::FloorMod: {
        const Interval b = of(1);
        return b && b->first == b->second && b->first > 0 ? Interval(std::pair(std::int64_t(0), b->first - 1))
                                                          : std::nullopt;
    }
    case Op::Min:
    case Op::Max:
    case Op::Minimum:
    case Op::Maximum: {
        const auto low = limit(e, false), high = limit(e, true);
        return low && high ? Interval(std::pair(*low, *high)) : std::nullopt;
    }
    case Op::Checked: {
        const Interval extent = of(1);
        return extent && extent->second > 0 ? Interval(std::pair(std::int64_t(0), extent->second - 1)) : std::nullopt;
    }
    case Op::Select: {
        const Interval a = of(1), b = of(2);
        if (!a || !b)
            return std::nullopt;
        return std::pair(std::min(a->first, b->first), std::max(a->second, b->second));
    }
    case Op::Mul: {
        const Interval a = of(0), b = of(1);
        if (!a || !b)
            return std::nullopt;
        const Wide products[] = {Wide(a->first) * b->first, Wide(a->first) * b->second, Wide(a->second) * b->first,
                                 Wide(a->second) * b->second};
        return toInterval(*std::min_element(products, products + 4), *std::max_element(products, products + 4));
    }
    default: return std::nullopt;
    }
}

ExprPtr Simplifier::foldComparison(const ExprPtr& e) const
{
    const Interval range = interval(sum(linear(e->args[1]), linear(e->args[0]), -1));  // right - left
    if (!range)
        return e;
    const auto [low, high] = *range;
    auto decided = [&](bool always, bool never) { return always ? boolConst(true) : never ? boolConst(false) : e; };
    switch (e->op) {
    case Op::Lt: return decided(low > 0, high <= 0);
    case Op::Le: return decided(low >= 0, high < 0);
    case Op::Eq: return decided(low == 0 && high == 0, low > 0 || high < 0);
    default: return decided(low > 0 || high < 0, low == 0 && high == 0);
    }
}

// And, Or, Not and Select on bools where a side is known.
ExprPtr Simplifier::foldLogic(const ExprPtr& e) const
{
    const std::vector<ExprPtr>& args = e->args;
    if (e->op == Op::Select)
        return isConst(args[0]) ? args[args[0]->i ? 1 : 2] : e;
    if (e->type != DType::Bool)
        return e;
    if (e->op == Op::Not)
        return isConst(args[0]) ? boolConst(!args[0]->i) : e;
    for (std::size_t side : {0, 1})
        if (isConst(args[side])) {
            const bool value = args[side]->i != 0, absorbing = e->op == Op::Or;
            return value == absorbing ? boolConst(absorbing) : args[1 - side];
        }
    return e;
}

ExprPtr Simplifier::simplify(const ExprPtr& e) const
{
    if (e->op == Op::Const)
        return e;
    const bool arithmetic = e->op == Op::Var || (e->op >= Op::Add && e->op <= Op::Maximum && e->op != Op::Div)
                            || e->op == Op::Neg || e->op == Op::Checked;
    if (e->type == DType::I64 && arithmetic) {
        const ExprPtr result = linear(e).expr();
        return equal(result, e) ? e : result;
    }
    std::vector<ExprPtr> args;
    bool changed = false;
    for (const ExprPtr& arg : e->args) {
        args.push_back(simplify(arg));
        changed = changed || args.back() != arg;
    }
    ExprPtr result = e;
    if (changed) {
        Expr copy = *e;
        copy.args = std::move(args);
        result = std::make_shared<const Expr>(std::move(copy));
    }
    if (result->op >= Op::Eq && result->op <= Op::Le && result->args[0]->type == DType::I64)
        return foldComparison(result);
    if (result->op == Op::And || result->op == Op::Or || result->op == Op::Not || result->op == Op::Select)
        return foldLogic(result);
    return result;
}

}  // namespace

std::int64_t Linear::coefficient(const std::string& variable) const
{
    for (const Term& term : terms)
        if (term.atom->op == Op::Var && term.atom->name == variable)
            return term.coefficient;
    return 0;
}

bool Linear::isAffine() const
{
    return std::all_of(terms.begin(), terms.end(), [](const Term& term) { return term.atom->op == Op::Var; });
}

ExprPtr Linear::expr() const
{
    ExprPtr result;
    auto append = [&](const Term& term) {
        const std::int64_t size = term.coefficient < 0 && result ? -term.coefficient : term.coefficient;
        const ExprPtr product = size == 1 ? term.atom : term.atom * size;
        result = !result                ? product
                 : term.coefficient < 0 ? binary(Op::Sub, result, product)
                                        : binary(Op::Add, result, product);
    };
    for (const Term& term : terms)  // positive ones first, so that the text starts without a minus
        if (term.coefficient > 0)
            append(term);
    for (const Term& term : terms)
        if (term.coefficient < 0)
            append(term);
    if (!result)
        return intConst(constant);
    if (constant == 0)
        return result;
    return constant < 0 && constant != std::numeric_limits<std::int64_t>::min()
               ? binary(Op::Sub, result, intConst(-constant))
               : binary(Op::Add, result, intConst(constant));
}

Linear linear(const ExprPtr& e, const Ranges& ranges) { return Simplifier(ranges).linear(e); }

Linear add(const Linear& a, const Linear& b, std::int64_t factor) { return Simplifier({}).sum(a, b, factor); }

std::optional<std::int64_t> difference(const ExprPtr& a, const ExprPtr& b, const Ranges& ranges)
{
    const Simplifier simplifier(ranges);
    const Linear rest = simplifier.sum(simplifier.linear(a), simplifier.linear(b), -1);
    return rest.isConstant() ? std::optional(rest.constant) : std::nullopt;
}

std::optional<std::int64_t> number(const ExprPtr& e)
{
    if (isConst(e))
        return e->type == DType::I64 ? std::optional(e->i) : std::nullopt;
    const Linear form = linear(e);
    return form.isConstant() ? std::optional(form.constant) : std::nullopt;
}

void enter(Ranges& ranges, const std::string& variable, const ExprPtr& extent)
{
    if (const auto count = number(extent))
        ranges[variable] = {0, *count};
    else
        ranges.erase(variable);
}

ExprPtr simplify(const ExprPtr& e, const Ranges& ranges) { return Simplifier(ranges).simplify(e); }

std::optional<std::pair<std::int64_t, std::int64_t>> bounds(const ExprPtr& e, const Ranges& ranges)
{
    const Simplifier simplifier(ranges);
    return simplifier.interval(simplifier.linear(e));
}

}  // namespace strata
