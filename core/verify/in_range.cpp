// Does 0 <= e < size hold wherever the variables lie in their ranges and the conditions hold?
//
// First by intervals, which decide nearly all indices. Then by the conditions as linear forms: if e - g >= 0 for a
// condition g >= 0, then e >= 0. Else exactly, by isl: the set of points where e lies outside is empty, or holds a
// witness. What is not affine takes part as an unknown (see affine.h), so that an empty set is still a proof, and a
// point only a doubt.
#include "core/verify/affine.h"
#include "core/verify/parts.h"

#include <set>

namespace strata {

namespace {

constexpr unsigned long quota = 2'000'000;  // of isl operations; ordinary questions take a thousandth of it

// The variables of the premises in the order of their isl names x0, x1, ...: those with ranges, then what runs to a
// size, and the sizes.
std::vector<std::string> variablesOf(const ExprPtr& e, const ExprPtr& size, const Premises& premises)
{
    std::vector<std::string> variables;
    for (const auto& [name, range] : premises.ranges)
        variables.push_back(name);
    std::set<std::string> known(variables.begin(), variables.end());
    const auto add = [&](const ExprPtr& expr) {
        for (std::string& name : freeVariables(expr))
            if (known.insert(name).second)
                variables.push_back(std::move(name));
    };
    add(e);
    add(size);
    for (const ExprPtr& condition : premises.conditions)
        add(condition);
    return variables;
}

std::string domainText(const Ranges& ranges, const std::map<std::string, std::string>& names)
{
    std::string text;
    for (const auto& [name, range] : ranges)
        text += " and " + std::to_string(range.begin) + " <= " + names.at(name) + " < "
                + std::to_string(range.begin + range.extent);
    return text;
}

Answer exactly(const ExprPtr& e, const ExprPtr& size, const Premises& premises)
{
    const IslContext context(quota);
    const std::vector<std::string> variables = variablesOf(e, size, premises);
    std::map<std::string, std::string> names;
    for (const std::string& name : variables)
        names.emplace(name, "x" + std::to_string(names.size()));
    std::string domain = domainText(premises.ranges, names);
    AffineText text(names, premises.ranges);
    const std::string value = text.index(e), end = text.index(size);
    for (const ExprPtr& condition : premises.conditions)
        domain += " and " + text.condition(condition);
    const Relation outside(context, "{ " + tuple("x", names.size()) + " -> [e] : " + text.unknowns() + "e = " + value
                                        + " and (e < 0 or e >= " + end + ")" + domain + text.constraints() + " }");
    const auto gaveUp = [&] {
        const std::string failure = context.failure();
        return Answer{Answer::Truth::Unknown, failure.substr(0, failure.size() - 1), 0, {}};
    };
    if (outside.empty())
        return {};
    if (!context.failure().empty())
        return gaveUp();
    if (!text.lost().empty())
        return {Answer::Truth::Unknown, text.lost(), 0, {}};
    const auto pair = outside.sample();
    if (!pair)
        return gaveUp();
    Answer answer{Answer::Truth::No, {}, pair->to[0], {}};
    for (std::size_t i = 0; i < variables.size(); ++i)
        answer.at[variables[i]] = pair->from[i];
    return answer;
}

}  // namespace

Answer inRange(const ExprPtr& e, const ExprPtr& size, const Premises& premises)
{
    if (plainlyInRange(e, size, premises))
        return {};
    return exactly(simplify(e, premises.ranges), size, premises);
}

}  // namespace strata
