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

bool atLeastZero(const Linear& a, const Ranges& ranges)
{
    const auto range = bounds(a.expr(), ranges);
    return range && range->first >= 0;
}

// e >= 0 by intervals or by one of the conditions.
bool plainlyNotNegative(const ExprPtr& e, const Scene& scene)
{
    const Linear value = linear(e, scene.ranges);
    if (atLeastZero(value, scene.ranges))
        return true;
    for (const Linear& guard : guards(scene.conditions, scene.ranges))
        if (atLeastZero(add(value, guard, -1), scene.ranges))
            return true;
    return false;
}

// The variables of the scene in the order of their isl names x0, x1, ...: those with ranges, then what runs to a size,
// and the sizes.
std::vector<std::string> variablesOf(const ExprPtr& e, const ExprPtr& size, const Scene& scene)
{
    std::vector<std::string> variables;
    for (const auto& [name, range] : scene.ranges)
        variables.push_back(name);
    std::set<std::string> known(variables.begin(), variables.end());
    const auto add = [&](const ExprPtr& expr) {
        for (std::string& name : freeVariables(expr))
            if (known.insert(name).second)
                variables.push_back(std::move(name));
    };
    add(e);
    add(size);
    for (const ExprPtr& condition : scene.conditions)
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

Answer exactly(const ExprPtr& e, const ExprPtr& size, const Scene& scene)
{
    const IslContext context(quota);
    const std::vector<std::string> variables = variablesOf(e, size, scene);
    std::map<std::string, std::string> names;
    for (const std::string& name : variables)
        names.emplace(name, "x" + std::to_string(names.size()));
    std::string domain = domainText(scene.ranges, names);
    AffineText text(names, scene.ranges);
    const std::string value = text.index(e), end = text.index(size);
    for (const ExprPtr& condition : scene.conditions)
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

void enter(Scene& scene, const std::string& variable, const ExprPtr& extent)
{
    enter(scene.ranges, variable, extent);
    if (scene.ranges.count(variable))
        return;
    scene.conditions.push_back(binary(Op::Le, intConst(0), var(variable)));
    scene.conditions.push_back(binary(Op::Lt, var(variable), extent));
}

void enter(Scene& scene, const Block& block)
{
    for (const BlockIter& iter : block.iters)
        enter(scene, iter.name, iter.extent);
}

void enterSizes(Scene& scene, const Function& function)
{
    for (const std::string& size : sizesOf(function))
        scene.conditions.push_back(binary(Op::Le, intConst(1), var(size)));
}

Answer inRange(const ExprPtr& e, const ExprPtr& size, const Scene& scene)
{
    if (plainlyNotNegative(e, scene) && plainlyNotNegative(size - 1 - e, scene))
        return {};
    return exactly(simplify(e, scene.ranges), size, scene);
}

}  // namespace strata
