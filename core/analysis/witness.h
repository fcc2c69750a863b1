// What order and independence have in common: relations between executions, and the witness of a wrong one.
#pragma once

#include "core/analysis/dependence.h"
#include "core/analysis/sites.h"

namespace strata {

// isl operations a question may cost: about a second on a slow machine; ordinary questions take a thousandth of it.
constexpr unsigned long operationQuota = 20'000'000;

Conflict::Kind kindOf(const Access& first, const Access& second);

// { [x0, ..] -> [y0, ..] : one of the conditions }
std::string pairRelation(const Site& first, const Site& second, const std::vector<std::string>& conditions);

template<class Wanted>
std::vector<std::string> conditionsOf(const std::vector<Case>& cases, const Wanted& wanted)
{
    std::vector<std::string> conditions;
    for (const Case& one : cases)
        if (wanted(one))
            conditions.push_back(one.condition);
    return conditions;
}

// The case that two executions are in.
const Case* caseOf(const Site& first, const Site& second, const std::vector<Case>& cases, const Relation::Pair& pair);
// `pair`: executions of first and second; in the old order first came before second. `now` says how they lie in the new
// one.
Witness witnessOf(const Site& first, const Access& a, const Site& second, const Access& b, const Relation::Pair& pair,
                  const Case* now);
bool dependsOnData(const Access& access);

}  // namespace strata
