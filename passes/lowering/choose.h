// Calls of definitions become calls of what runs in their place.
#pragma once

#include "core/ir/module.h"

namespace strata {

// Where a definition has one choice for all machines, its callers call that. Where the choice waits for the machine or
// for sizes, the definition becomes a runtime program that calls what runs by default, and keeps the choices that have a
// condition: the host program asks. Implementations that nothing chooses are left out.
struct ChosenModule {
    ModulePtr module;
    Forwarding forwarding;
};
// The function as a runtime program that calls another one with its own arguments.
Function calling(const Function& signature, const std::string& callee);

// The same functions, for the same question, come from the cache.
class LoweringCache;
ChosenModule choose(const Module& module, LoweringCache& cache);

}  // namespace strata
