#include "core/ir/dim.h"

#include <algorithm>
#include <set>

namespace strata {

namespace {

// Coefficients wrap rather than overflow: a shape from a hostile file must not be undefined behaviour.
std::int64_t wrapAdd(std::int64_t a, std::int64_t b) { return std::int64_t(std::uint64_t(a) + std::uint64_t(b)); }
std::int64_t wrapMul(std::int64_t a, std::int64_t b) { return std::int64_t(std::uint64_t(a) * std::uint64_t(b)); }

void addTerm(Dim::Terms& terms, const std::vector<std::string>& monomial, std::int64_t coefficient)
{
    std::int64_t& sum = terms[monomial];
    sum = wrapAdd(sum, coefficient);
    if (sum == 0)
        terms.erase(monomial);
}

std::string termText(const std::vector<std::string>& monomial, std::int64_t coefficient)
{
    if (monomial.empty())
        return std::to_string(coefficient);
    std::string text = coefficient == 1 ? "" : coefficient == -1 ? "-" : std::to_string(coefficient) + "*";
    for (std::size_t i = 0; i < monomial.size(); ++i)
        text += (i ? "*" : "") + monomial[i];
    return text;
}

}  // namespace

Dim::Dim(std::int64_t constant)
{
    if (constant != 0)
        m_terms[{}] = constant;
}

Dim Dim::symbol(std::string name) { return fromTerms({{{std::move(name)}, 1}}); }

Dim Dim::fromTerms(Terms terms)
{
    Dim dim;
    for (auto& [monomial, coefficient] : terms) {
        std::vector<std::string> sorted = monomial;
        std::sort(sorted.begin(), sorted.end());
        addTerm(dim.m_terms, sorted, coefficient);
    }
    return dim;
}

bool Dim::isConstant() const { return m_terms.empty() || (m_terms.size() == 1 && m_terms.begin()->first.empty()); }
std::int64_t Dim::constant() const { return m_terms.empty() ? 0 : m_terms.begin()->second; }

std::vector<std::string> Dim::symbols() const
{
    std::set<std::string> names;
    for (const auto& [monomial, coefficient] : m_terms)
        names.insert(monomial.begin(), monomial.end());
    return {names.begin(), names.end()};
}

std::string Dim::text() const
{
    if (m_terms.empty())
        return "0";
    std::string text;  // largest monomial first, the constant last
    for (auto term = m_terms.rbegin(); term != m_terms.rend(); ++term) {
        std::string one = termText(term->first, term->second);
        if (text.empty())
            text = one;
        else
            text += one.front() == '-' ? " - " + one.substr(1) : " + " + one;
    }
    return text;
}

Dim Dim::bind(const std::map<std::string, std::int64_t>& values) const
{
    Dim result;
    for (const auto& [monomial, coefficient] : m_terms) {
        std::int64_t factor = coefficient;
        std::vector<std::string> rest;
        for (const std::string& symbol : monomial)
            if (auto found = values.find(symbol); found != values.end())
                factor = wrapMul(factor, found->second);
            else
                rest.push_back(symbol);
        addTerm(result.m_terms, rest, factor);
    }
    return result;
}

Dim operator+(const Dim& a, const Dim& b)
{
    Dim sum = a;
    for (const auto& [monomial, coefficient] : b.m_terms)
        addTerm(sum.m_terms, monomial, coefficient);
    return sum;
}

Dim operator-(const Dim& a, const Dim& b) { return a + Dim(-1) * b; }

Dim operator*(const Dim& a, const Dim& b)
{
    Dim product;
    for (const auto& [left, x] : a.m_terms)
        for (const auto& [right, y] : b.m_terms) {
            std::vector<std::string> monomial = left;
            monomial.insert(monomial.end(), right.begin(), right.end());
            std::sort(monomial.begin(), monomial.end());
            addTerm(product.m_terms, monomial, wrapMul(x, y));
        }
    return product;
}

bool isConstant(const Shape& shape)
{
    return std::all_of(shape.begin(), shape.end(), [](const Dim& dim) { return dim.isConstant(); });
}

std::vector<std::int64_t> constants(const Shape& shape)
{
    std::vector<std::int64_t> sizes;
    for (const Dim& dim : shape)
        sizes.push_back(dim.constant());
    return sizes;
}

Shape toShape(const std::vector<std::int64_t>& sizes) { return Shape(sizes.begin(), sizes.end()); }

std::optional<std::int64_t> elementCount(const Shape& shape)
{
    constexpr std::int64_t limit = std::int64_t(1) << 62;
    if (!isConstant(shape))
        return std::nullopt;
    for (const Dim& dim : shape)
        if (dim.constant() == 0)
            return 0;
    std::int64_t count = 1;
    for (const Dim& dim : shape) {
        if (dim.constant() < 0 || count > limit / dim.constant())
            return std::nullopt;
        count *= dim.constant();
    }
    return count;
}

std::string toString(const Shape& shape)
{
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i)
        text += (i ? ", " : "") + shape[i].text();
    return text + "]";
}

}  // namespace strata
