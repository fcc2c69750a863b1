#include "core/ir/dim.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
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

Dim Dim::symbol(std::string name) { return ofNormal({{{std::move(name)}, 1}}); }

Dim Dim::ofNormal(Terms terms)
{
    if (terms.empty())
        return 0;
    if (terms.size() == 1 && terms.begin()->first.empty())
        return terms.begin()->second;
    Dim dim;
    dim.m_symbolic = std::make_shared<const Terms>(std::move(terms));
    return dim;
}

std::int64_t Dim::readAsNumber() const
{
    std::fprintf(stderr, "A fault of Strata: the dimension %s is read as a number.\n", text().c_str());
    std::abort();
}

Dim::Terms Dim::terms() const
{
    if (m_symbolic)
        return *m_symbolic;
    return m_constant == 0 ? Terms() : Terms{{{}, m_constant}};
}

Dim Dim::fromTerms(const Terms& terms)
{
    Terms normal;
    for (const auto& [monomial, coefficient] : terms) {
        std::vector<std::string> sorted = monomial;
        std::sort(sorted.begin(), sorted.end());
        addTerm(normal, sorted, coefficient);
    }
    return ofNormal(std::move(normal));
}

std::vector<std::string> Dim::symbols() const
{
    std::set<std::string> names;
    if (m_symbolic)
        for (const auto& [monomial, coefficient] : *m_symbolic)
            names.insert(monomial.begin(), monomial.end());
    return {names.begin(), names.end()};
}

std::string Dim::text() const
{
    if (!m_symbolic)
        return std::to_string(m_constant);
    std::string text;  // largest monomial first, the constant last
    for (auto term = m_symbolic->rbegin(); term != m_symbolic->rend(); ++term) {
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
    if (!m_symbolic)
        return *this;
    Terms result;
    for (const auto& [monomial, coefficient] : *m_symbolic) {
        std::int64_t factor = coefficient;
        std::vector<std::string> rest;
        for (const std::string& symbol : monomial)
            if (auto found = values.find(symbol); found != values.end())
                factor = wrapMul(factor, found->second);
            else
                rest.push_back(symbol);
        addTerm(result, rest, factor);
    }
    return ofNormal(std::move(result));
}

Dim operator+(const Dim& a, const Dim& b)
{
    if (a.isConstant() && b.isConstant())
        return wrapAdd(a.constant(), b.constant());
    Dim::Terms sum = a.terms();
    for (const auto& [monomial, coefficient] : b.terms())
        addTerm(sum, monomial, coefficient);
    return Dim::ofNormal(std::move(sum));
}

Dim operator-(const Dim& a, const Dim& b) { return a + Dim(-1) * b; }

Dim operator*(const Dim& a, const Dim& b)
{
    if (a.isConstant() && b.isConstant())
        return wrapMul(a.constant(), b.constant());
    const Dim::Terms factors = b.terms();
    Dim::Terms product;
    for (const auto& [left, x] : a.terms())
        for (const auto& [right, y] : factors) {
            std::vector<std::string> monomial = left;
            monomial.insert(monomial.end(), right.begin(), right.end());
            std::sort(monomial.begin(), monomial.end());
            addTerm(product, monomial, wrapMul(x, y));
        }
    return Dim::ofNormal(std::move(product));
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
