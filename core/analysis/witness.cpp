// A witness: the two executions that isl found, told as instances of blocks, so that a refusal shows what would go
// wrong.
//
// The sentence follows from three facts: the kind of dependence (flow, anti, output), whether the two run at the same
// time or the other way round, and the element in question. The case that a pair of executions is in is found by asking
// isl again with its numbers put in, for the conditions are those of the order itself.
#include "core/analysis/witness.h"

namespace strata {

Conflict::Kind kindOf(const Access& first, const Access& second)
{
    return !first.write ? Conflict::Kind::Anti : second.write ? Conflict::Kind::Output : Conflict::Kind::Flow;
}

bool dependsOnData(const Access& access)
{
    bool found = false;
    for (const ExprPtr& index : access.begin)
        walk(index, [&](const Expr& e) { found = found || e.op == Op::Load; });
    return found;
}

std::string pairRelation(const Site& first, const Site& second, const std::vector<std::string>& conditions)
{
    std::string text = parameters(first.sizes) + "{ " + tuple("x", first.loops.size()) + " -> "
                       + tuple("y", second.loops.size()) + " : ";
    if (conditions.empty())
        return text + "1 = 0 }";
    for (std::size_t i = 0; i < conditions.size(); ++i)
        text += (i ? " or (" : "(") + conditions[i] + ")";
    return text + " }";
}

// The case that two executions are in.
const Case* caseOf(const Site& first, const Site& second, const std::vector<Case>& cases, const Relation::Pair& pair)
{
    const IslContext context(0);
    std::string point;
    for (const auto& [size, value] : pair.sizes)
        point += " and " + asParameter(size) + " = " + std::to_string(value);
    for (std::size_t i = 0; i < pair.from.size(); ++i)
        point += " and x" + std::to_string(i) + " = " + std::to_string(pair.from[i]);
    for (std::size_t i = 0; i < pair.to.size(); ++i)
        point += " and y" + std::to_string(i) + " = " + std::to_string(pair.to[i]);
    for (const Case& one : cases)
        if (!Relation(context, pairRelation(first, second, {one.condition + point})).empty())
            return &one;
    return nullptr;
}

namespace {
std::string verb(const Access& access) { return access.write ? " writes " : " reads "; }
}  // namespace

// `pair`: executions of first and second. In the old order first came before second.
Witness witnessOf(const Site& first, const Access& a, const Site& second, const Access& b, const Relation::Pair& pair,
                  const Case* now)
{
    Witness witness{{kindOf(a, b),
                     instanceOf(first, a, {pair.from, pair.sizes}),
                     instanceOf(second, b, {pair.to, pair.sizes}),
                     now && now->unordered != nullptr,
                     {}},
                    {}};
    const Instance &one = witness.conflict.first, &other = witness.conflict.second;
    const std::string again = a.write && b.write ? " writes it, too" : b.write ? " writes it" : " reads it";
    if (now && now->unordered && isBlockLoop(*now->unordered))
        witness.sentence = one.text() + verb(a) + one.element + " and " + other.text() + again
                           + ", in different blocks of the device (" + now->unordered->axis
                           + "), which wait for each other only where a kernel ends.";
    else if (now && now->unordered)
        witness.sentence = one.text() + verb(a) + one.element + " and " + other.text() + again
                           + ", in different iterations of loop "
                           + now->unordered->name.substr(0, now->unordered->name.find('\''))
                           + ", which run at the same time.";
    else
        witness.sentence = other.text() + verb(b) + one.element + " before " + one.text()
                           + (a.write && b.write ? " writes it, whose value then stays."
                              : a.write          ? " writes it."
                                                 : " reads it.");
    if (!pair.sizes.empty())
        witness.sentence.insert(witness.sentence.size() - 1, sizesText(pair.sizes));
    if (dependsOnData(a) || dependsOnData(b))
        witness.sentence += " (An index depends on data; any element of its dimension is assumed.)";
    return witness;
}

}  // namespace strata
