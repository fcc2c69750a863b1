#include "core/text/parser.h"

#include <algorithm>

namespace strata {

namespace text {

namespace {

constexpr std::int64_t largestEnumeration = std::int64_t(1) << 24;

// Largest value of a result over the variables that it uses, by trying all; nullopt if it is negative somewhere, not
// computable or has too many cases.
std::optional<std::int64_t> largestValue(const ExprPtr& result, const IndexMap& map)
{
    const std::vector<std::string> used = freeVariables(result);
    std::vector<std::int64_t> extents, at(used.size(), 0);
    std::int64_t cases = 1;
    for (const std::string& variable : used) {
        const std::size_t dimension = std::size_t(std::find(map.variables.begin(), map.variables.end(), variable)
                                                  - map.variables.begin());
        extents.push_back(map.domain[dimension]);
        if (extents.back() <= 0 || (cases *= extents.back()) > largestEnumeration)
            return std::nullopt;
    }
    std::int64_t largest = 0;
    for (std::int64_t n = 0; n < cases; ++n) {
        const auto value = evaluateIndex(result, used, at);
        if (!value || *value < 0)
            return std::nullopt;
        largest = std::max(largest, *value);
        for (std::size_t d = at.size(); d-- > 0 && ++at[d] == extents[d];)
            at[d] = 0;
    }
    return largest;
}

}  // namespace

Result<IndexMap> Parser::onlyIndexMap(const std::vector<std::int64_t>& domain)
{
    IndexMap map;
    map.domain = domain;
    STRATA_CHECK(symbol("("));
    STRATA_CHECK(list(")", [&]() -> Status {
        STRATA_TRY(map.variables.emplace_back(), name("a variable"));
        m_variables.push_back({map.variables.back(), DType::I64});
        return {};
    }));
    if (map.variables.size() != domain.size())
        return error("The map has " + std::to_string(map.variables.size()) + " variables, but the shape "
                     + toString(toShape(domain)) + " has " + std::to_string(domain.size()) + " dimensions.");
    STRATA_CHECK(symbol("->"));
    STRATA_CHECK(symbol("("));
    STRATA_CHECK(list(")", [&]() -> Status {
        const Token token = peek();
        STRATA_TRY(ExprPtr one, index());
        const auto largest = largestValue(one, map);
        if (!largest || *largest == INT64_MAX)
            return errorAtToken(
                token, "This index is negative or not computable for some element, or it mixes too large dimensions.");
        map.results.push_back(std::move(one));
        map.range.push_back(*largest + 1);
        return {};
    }));
    while (isKind(TokenKind::Newline))
        take();
    if (!isKind(TokenKind::End))
        return expected("the end of the index map");
    return map;
}

}  // namespace text

Result<IndexMap> parseIndexMap(std::string_view source, const std::vector<std::int64_t>& domain)
{
    STRATA_TRY(text::Parser parser, text::Parser::make(source, {}, "index map"));
    return parser.onlyIndexMap(domain);
}

std::string print(const IndexMap& map)
{
    std::string text = "(";
    for (std::size_t i = 0; i < map.variables.size(); ++i)
        text += (i ? ", " : "") + map.variables[i];
    text += ") -> (";
    for (std::size_t i = 0; i < map.results.size(); ++i)
        text += (i ? ", " : "") + print(map.results[i]);
    return text + ")";
}

}  // namespace strata
