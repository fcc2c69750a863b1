// Lowering by default: what no step has lowered is lowered here, so that every state is visible at all four levels.
#pragma once

#include "core/ir/module.h"

namespace strata {

// A module whose entry is a library function (allocations, views, calls) and whose other functions are loops or
// hardware.
struct LoweredModule {
    ModulePtr module;
    Forwarding
        forwarding;  // nodes of the given module -> nodes of this one (many kinds: node -> function, call, block)
    std::vector<std::string> preview;  // functions that no step lowered
};
// The step graph.lower_to_loops on all nodes, then graph.lower_to_library. Equal functions become one function with
// many callers. A definition makes way for what it chooses (see passes/lowering/choose.h). Refuses a module with
// symbolic dimensions or opaque nodes, naming them. `cache`, if given, is consulted and filled by node so that a step
// on one function of a large model lowers only that function.
class LoweringCache;
std::shared_ptr<LoweringCache> makeLoweringCache();  // thread-safe
Result<LoweredModule> lowerByDefault(const Module& module, LoweringCache* cache = nullptr, bool planMemory = true);
// The same without a choice being made: definitions that have one stay as they are, with all their implementations.
Result<LoweredModule> lowerKeepingChoices(const Module& module, LoweringCache* cache = nullptr, bool planMemory = true);

}  // namespace strata
