// Outputs that depend on chance: two right runs have different elements, and the same distribution.
#pragma once

#include "app/workbench/judge.h"

namespace strata {

// Places of the results of a graph that random operators reach.
std::set<std::size_t> randomResults(const Module& module);

// Whether two samples of the same type and shape may come from one distribution: as far apart in mean and deviation as
// chance leaves once in a million, and of no third value where the expected ones are two.
bool mayBeOfOneDistribution(const Tensor& actual, const Tensor& expected);

// Passes what depends on chance and agrees so.
void judgeRandom(const Module& root, const std::vector<Tensor>& expected, const std::vector<Tensor>& actual,
                 std::vector<OutputVerdict>& verdicts);

}  // namespace strata
