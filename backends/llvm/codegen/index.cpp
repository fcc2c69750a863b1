// Arithmetic on linear indices at the time of code generation, with what is known of the values in them (range,
// multiple).
//
// Division by a constant splits the terms into those that it divides and a rest; if the rest stays within one multiple
// of the divisor for all values and lanes, quotient and remainder are linear again:
//
//     (8 * i + lane) // 8 -> i        (8 * i + lane) % 8 -> lane        for lanes 0 .. 7
//
// The largest power of two that divides all coefficients gives the alignment of an access.
#include "backends/llvm/codegen/index.h"

#include <algorithm>

namespace strata {

namespace {

// low += factor * [a, b]; false on overflow.
bool accumulate(Interval& sum, std::int64_t factor, std::int64_t a, std::int64_t b)
{
    std::int64_t x = 0, y = 0;
    if (__builtin_mul_overflow(factor, a, &x) || __builtin_mul_overflow(factor, b, &y))
        return false;
    return !__builtin_add_overflow(sum.first, std::min(x, y), &sum.first)
           && !__builtin_add_overflow(sum.second, std::max(x, y), &sum.second);
}

std::int64_t floorDivide(std::int64_t a, std::int64_t b)
{
    return a / b - (a % b != 0 && (a % b < 0) != (b < 0) ? 1 : 0);
}

}  // namespace

Index addLinear(const Index& a, const Index& b, std::int64_t factor)
{
    Index sum = a;
    sum.constant = std::int64_t(std::uint64_t(a.constant) + std::uint64_t(b.constant) * std::uint64_t(factor));
    sum.lane = std::int64_t(std::uint64_t(a.lane) + std::uint64_t(b.lane) * std::uint64_t(factor));
    for (const auto& term : b.terms) {
        auto same = std::find_if(sum.terms.begin(), sum.terms.end(),
                                 [&](const auto& t) { return t.value == term.value; });
        const auto coefficient = std::int64_t(std::uint64_t(term.coefficient) * std::uint64_t(factor));
        if (same == sum.terms.end())
            sum.terms.push_back({term.value, coefficient});
        else
            same->coefficient = std::int64_t(std::uint64_t(same->coefficient) + std::uint64_t(coefficient));
    }
    std::erase_if(sum.terms, [](const auto& t) { return t.coefficient == 0; });
    return sum;
}

std::optional<Interval> interval(const Index& index, const Facts& facts, std::int64_t firstLane, std::int64_t lastLane)
{
    if (index.vector)
        return std::nullopt;
    Interval range{index.constant, index.constant};
    for (const auto& term : index.terms) {
        const auto fact = facts.find(term.value);
        if (fact == facts.end() || !accumulate(range, term.coefficient, fact->second.low, fact->second.high))
            return std::nullopt;
    }
    if (!accumulate(range, index.lane, firstLane, lastLane))
        return std::nullopt;
    return range;
}

std::optional<Division> divide(const Index& index, std::int64_t c, const Facts& facts, std::int64_t firstLane,
                               std::int64_t lastLane)
{
    if (index.vector || c <= 0)
        return std::nullopt;
    Division division;
    auto& [quotient, rest] = division;
    for (const auto& term : index.terms)
        (term.coefficient % c == 0 ? quotient : rest)
            .terms.push_back({term.value, term.coefficient % c == 0 ? term.coefficient / c : term.coefficient});
    (index.lane % c == 0 ? quotient : rest).lane = index.lane % c == 0 ? index.lane / c : index.lane;
    quotient.constant = floorDivide(index.constant, c);
    rest.constant = index.constant - quotient.constant * c;
    const auto range = interval(rest, facts, firstLane, lastLane);
    if (!range)
        return std::nullopt;
    // The rest may lie in one other multiple of c: 8*i + 5 + lane for lanes 3 .. 6.
    const std::int64_t shift = floorDivide(range->first, c);
    if (shift != floorDivide(range->second, c))
        return std::nullopt;
    quotient.constant += shift;
    rest.constant -= shift * c;
    return division;
}

std::int64_t commonPower(const Index& index, const Facts& facts, std::int64_t scale, std::int64_t limit)
{
    std::uint64_t bits = std::uint64_t(index.constant) * std::uint64_t(scale);
    bits |= std::uint64_t(limit);
    for (const auto& term : index.terms) {
        const auto fact = facts.find(term.value);
        const std::int64_t multiple = fact == facts.end() ? 1 : fact->second.multiple;
        bits |= std::uint64_t(term.coefficient) * std::uint64_t(scale) * std::uint64_t(multiple);
    }
    return std::int64_t(bits & -bits);
}

}  // namespace strata
