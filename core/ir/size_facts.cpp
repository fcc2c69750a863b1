#include "core/ir/size_facts.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace strata {

__extension__ using Wide = __int128;

std::optional<SizeFact> tightened(SizeFact fact)
{
    if (fact.multipleOf < 1)
        return std::nullopt;
    fact.least = (std::max<std::int64_t>(fact.least, 0) + fact.multipleOf - 1) / fact.multipleOf * fact.multipleOf;
    fact.most = std::min(fact.most, mostSize) / fact.multipleOf * fact.multipleOf;
    if (fact.least > fact.most)
        return std::nullopt;
    if (fact.isNumber() && fact.least > 0)
        fact.multipleOf = fact.least;
    return fact;
}

namespace {

SizeFact tight(const SizeFact& fact) { return tightened(fact).value_or(fact); }

SizeFact factFor(const SizeFacts& facts, const std::string& size)
{
    const auto found = facts.find(size);
    return found == facts.end() ? SizeFact{} : found->second;
}

}  // namespace

std::optional<SizeFact> both(const SizeFact& a, const SizeFact& b)
{
    const std::int64_t divisor = std::gcd(a.multipleOf, b.multipleOf);
    if (a.multipleOf / divisor > mostSize / b.multipleOf)
        return std::nullopt;
    return tightened({std::max(a.least, b.least), std::min(a.most, b.most), a.multipleOf / divisor * b.multipleOf});
}

std::optional<SizeFacts> both(const SizeFacts& a, const SizeFacts& b)
{
    SizeFacts result = a;
    for (const auto& [size, fact] : b) {
        const std::optional<SizeFact> one = both(factFor(result, size), fact);
        if (!one)
            return std::nullopt;
        result[size] = *one;
    }
    return result;
}

bool implies(const SizeFact& known, const SizeFact& wanted)
{
    const std::optional<SizeFact> a = tightened(known), b = tightened(wanted);
    if (!a || !b)
        return !a;
    return a->least >= b->least && a->most <= b->most
           && (a->multipleOf % b->multipleOf == 0 || (b->isNumber() && *a == *b));
}

bool implies(const SizeFacts& known, const SizeFacts& wanted)
{
    return std::all_of(wanted.begin(), wanted.end(),
                       [&](const auto& one) { return implies(factFor(known, one.first), one.second); });
}

namespace {

// A product of sizes with a coefficient: from where to where, and what it is surely a multiple of.
struct Product {
    Wide least, most;
    std::int64_t multipleOf;
};

std::optional<Product> productOf(const std::vector<std::string>& symbols, std::int64_t coefficient,
                                 const SizeFacts& known)
{
    constexpr Wide far = Wide(1) << 80;
    Product product{1, 1, 1};
    for (const std::string& symbol : symbols) {
        const SizeFact fact = tight(factFor(known, symbol));
        product.least *= fact.least;
        product.most *= fact.most;
        if (product.most > far)
            return std::nullopt;
        if (product.multipleOf <= mostSize / fact.multipleOf)  // else what is known so far is true, too
            product.multipleOf *= fact.multipleOf;
    }
    if (coefficient < 0)
        std::swap(product.least, product.most);
    product.least *= coefficient;
    product.most *= coefficient;
    const std::int64_t factor = std::abs(coefficient);
    product.multipleOf = product.multipleOf <= mostSize / factor ? product.multipleOf * factor : product.multipleOf;
    return product;
}

}  // namespace

std::optional<SizeFact> factOf(const Dim& dim, const SizeFacts& known)
{
    Wide least = 0, most = 0;
    std::int64_t divisor = 0;
    for (const auto& [symbols, coefficient] : dim.terms()) {
        const std::optional<Product> product = productOf(symbols, coefficient, known);
        if (!product)
            return std::nullopt;
        least += product->least;
        most += product->most;
        divisor = std::gcd(divisor, product->multipleOf);
    }
    if (least < 0 || least > mostSize)
        return std::nullopt;
    return tightened({std::int64_t(least), std::int64_t(std::min<Wide>(most, mostSize)), divisor});
}

std::int64_t nearest(const SizeFact& fact, std::int64_t value)
{
    const SizeFact known = tight(fact);
    const std::int64_t multiple = (value + known.multipleOf - 1) / known.multipleOf * known.multipleOf;
    return std::clamp(multiple, known.least, known.most);
}

std::int64_t nearest(const SizeFacts& facts, const std::string& size, std::int64_t value)
{
    return nearest(factFor(facts, size), value);
}

std::string factText(const std::string& size, const SizeFact& fact, const std::string& between)
{
    const auto number = [](std::int64_t value) { return std::to_string(value); };
    if (fact.isNumber())
        return size + " == " + number(fact.least);
    std::string all;
    const auto say = [&](const std::string& one) { all += (all.empty() ? "" : between) + size + one; };
    if (fact.multipleOf > 1)
        say(" % " + number(fact.multipleOf) + " == 0");
    if (fact.least > fact.multipleOf || fact.least == 0)
        say(" >= " + number(fact.least));
    if (fact.most < mostSize / fact.multipleOf * fact.multipleOf)
        say(" <= " + number(fact.most));
    return all;
}

std::string factText(const SizeFacts& facts, const std::string& between)
{
    std::string all;
    for (const auto& [size, fact] : facts)
        if (const std::string one = factText(size, fact, between); !one.empty())
            all += (all.empty() ? "" : between) + one;
    return all;
}

std::map<std::string, std::int64_t> numbersOf(const SizeFacts& facts)
{
    std::map<std::string, std::int64_t> numbers;
    for (const auto& [size, fact] : facts)
        if (fact.isNumber())
            numbers[size] = fact.least;
    return numbers;
}

}  // namespace strata
