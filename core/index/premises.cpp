// Proofs by addition: e >= 0 follows if e is a sum of conditions that are >= 0, each times a positive number, and of
// something that intervals show not to be negative.
//
//     0 <= i * 4    by   i >= 0, four times          0 <= n - 1 - i    by   i < n
//
// That decides nearly all indices of loops that run to sizes; isl decides the rest (core/verify/in_range.cpp).
#include "core/index/premises.h"

#include <algorithm>

namespace strata {

namespace {

// False if a part of the condition has no linear form.
bool addGuards(const ExprPtr& e, bool holds, const Ranges& ranges, std::vector<Linear>& list)
{
    if (isConst(e) && (e->i != 0) == holds)
        return true;
    if (e->op == Op::Not)
        return addGuards(e->args[0], !holds, ranges, list);
    if (e->op == (holds ? Op::And : Op::Or) && e->type == DType::Bool) {
        const bool first = addGuards(e->args[0], holds, ranges, list);
        return addGuards(e->args[1], holds, ranges, list) && first;
    }
    if (e->args.size() != 2 || e->args[0]->type != DType::I64)
        return false;
    const Linear a = linear(e->args[0], ranges), b = linear(e->args[1], ranges), one{{}, 1};
    const Linear forward = add(b, a, -1), backward = add(a, b, -1);
    if (e->op == Op::Lt)
        list.push_back(holds ? add(forward, one, -1) : backward);
    else if (e->op == Op::Le)
        list.push_back(holds ? forward : add(backward, one, -1));
    else if ((e->op == Op::Eq && holds) || (e->op == Op::Ne && !holds))
        list.insert(list.end(), {forward, backward});
    else
        return false;
    return true;
}

// k * c * (x // c) as k * (x - x % c): whatever x is, the remainder has a range.
Linear withRemainders(const Linear& a, const Ranges& ranges)
{
    Linear result{{}, a.constant};
    for (const Linear::Term& term : a.terms) {
        const Expr& atom = *term.atom;
        const bool quotient = atom.op == Op::FloorDiv && isConst(atom.args[1]) && atom.args[1]->i > 0
                              && term.coefficient % atom.args[1]->i == 0;
        const ExprPtr e = quotient ? atom.args[0] - floorMod(atom.args[0], atom.args[1]->i) : term.atom;
        result = add(result, linear(e, ranges), quotient ? term.coefficient / atom.args[1]->i : term.coefficient);
    }
    return result;
}

bool atLeastZero(const Linear& a, const Ranges& ranges)
{
    const auto range = bounds(a.expr(), ranges);
    if (range)
        return range->first >= 0;
    const Linear other = withRemainders(a, ranges);
    const auto rest = bounds(other.expr(), ranges);
    return rest && rest->first >= 0;
}

constexpr int mostGuards = 3;  // in one sum, of those that several variables are in

// A guard about one variable: a sum holds as many of these as it has variables, and they can be taken in any order.
bool isBound(const Linear& guard) { return guard.terms.size() == 1; }

// The value without what bounds of its variables say about them: n + m - 2, for n >= 1 and m >= 1, is 0 or more.
Linear withoutBounds(Linear value, const std::vector<Linear>& guards)
{
    for (const Linear& guard : guards)
        for (std::size_t i = 0; isBound(guard) && i < value.terms.size(); ++i) {
            const Linear::Term &term = value.terms[i], &of = guard.terms[0];
            if (!equal(of.atom, term.atom) || term.coefficient % of.coefficient != 0
                || term.coefficient / of.coefficient <= 0)
                continue;
            value = add(value, guard, -(term.coefficient / of.coefficient));
            break;
        }
    return value;
}

// Sums that are tried at most: with the guards of a Concat of hundreds of parts there would be billions. What is not
// found here is asked of isl.
constexpr int mostSums = 500;

// value >= 0, for it is a sum of guards, each times a positive number, and of what is not negative by intervals. A
// guard is tried where it cancels a term.
bool isSumOfGuards(const Linear& value, const std::vector<Linear>& guards, const Ranges& ranges, int left, int& tries)
{
    if (++tries > mostSums)
        return false;
    if (atLeastZero(value, ranges) || atLeastZero(withoutBounds(value, guards), ranges))
        return true;
    for (const Linear& guard : guards)
        for (const Linear::Term& of : guard.terms)
            for (const Linear::Term& term : value.terms)
                if (left > 0 && !isBound(guard) && equal(of.atom, term.atom) && term.coefficient % of.coefficient == 0
                    && term.coefficient / of.coefficient > 0
                    && tries <= mostSums
                    && isSumOfGuards(add(value, guard, -(term.coefficient / of.coefficient)), guards, ranges, left - 1,
                                     tries))
                    return true;
    return false;
}

}  // namespace

void enter(Premises& premises, const std::string& variable, const ExprPtr& extent)
{
    enter(premises.ranges, variable, extent);
    if (premises.ranges.count(variable))
        return;
    premises.conditions.push_back(binary(Op::Le, intConst(0), var(variable)));
    premises.conditions.push_back(binary(Op::Lt, var(variable), extent));
}

void enter(Premises& premises, const Block& block)
{
    for (const BlockIter& iter : block.iters)
        enter(premises, iter.name, iter.extent);
}

void enterSizes(Premises& premises, const Function& function)
{
    for (const ExprPtr& fact : factsOf(function))
        premises.conditions.push_back(fact);
}

std::vector<Linear> guards(const std::vector<ExprPtr>& conditions, const Ranges& ranges)
{
    std::vector<Linear> list;
    for (const ExprPtr& condition : conditions)
        addGuards(condition, true, ranges, list);
    return list;
}

std::optional<std::vector<Linear>> exactGuards(const std::vector<ExprPtr>& conditions, const Ranges& ranges)
{
    std::vector<Linear> list;
    for (const ExprPtr& condition : conditions)
        if (!addGuards(condition, true, ranges, list))
            return std::nullopt;
    return list;
}

bool plainlyNotNegative(const ExprPtr& e, const Premises& premises)
{
    const Linear value = linear(e, premises.ranges);
    if (atLeastZero(value, premises.ranges))
        return true;
    const std::vector<Linear> known = guards(premises.conditions, premises.ranges);
    int tries = 0;
    return isSumOfGuards(value, known, premises.ranges, mostGuards, tries)
           || std::any_of(known.begin(), known.end(), [&](const Linear& guard) {  // the same within other atoms
                  return atLeastZero(add(value, guard, -1), premises.ranges);
              });
}

bool plainlyInRange(const ExprPtr& e, const ExprPtr& size, const Premises& premises)
{
    if (e->op == Op::Checked)  // it lies below its own extent
        return plainlyNotNegative(simplify(size - e->args[1], premises.ranges), premises);
    return plainlyNotNegative(e, premises) && plainlyNotNegative(size - 1 - e, premises);
}

}  // namespace strata
