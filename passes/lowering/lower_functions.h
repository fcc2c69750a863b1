// Graph functions become loops, under their names.
#pragma once

#include "passes/lowering/lowering_cache.h"

#include <set>

namespace strata {

// A module of which a part was lowered. What was not is the same pointers under the same names.
struct LoweredPart {
    ModulePtr module;
    Forwarding forwarding;
    std::vector<std::string> functions;  // that are loops now
};

// A graph that becomes loops when what calls it is lowered: not one that has something else to run in its place.
inline bool lowersWithCaller(const Function& function) { return function.graph() && function.choices.empty(); }

// Callers pass the constants that the loops read besides their parameters.
Result<LoweredPart> lowerFunctions(const Module& module, const std::set<std::string>& functions, LoweringCache& cache);

// Refused where loops are not proved right for all sizes that they may run to: a bound that holds from some size on,
// say.
Status holdForAllSizes(const Module& module, const Function& loops, const std::string& what);

// The loops of one graph function, from the cache where they are there.
Result<LoweredGraph> loopsOf(const Module& module, const FunctionPtr& graph, LoweringCache& cache);

}  // namespace strata
