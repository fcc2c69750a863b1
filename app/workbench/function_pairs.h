// What is compared with what, function by function.
#pragma once

#include "app/workbench/judge_functions.h"

namespace strata {

struct FunctionPair {
    // Loops or LLVM IR, under the name that the reference calls it by. nullptr: there is none to compare with, the
    // verdict says why.
    FunctionPtr definition;
    ModulePtr model;         // instead: the definition is the whole model, and what it gives are the outputs
    Module implementation;   // its entry; with what it calls
    std::size_t inputs = 0;  // of the definition's parameters, as many as the implementation takes
    FunctionVerdict verdict;
};

// A function and what it calls as a module of its own, with the primitives and the target of the given one. What it is
// to other functions (their definition, their choice) is left behind.
Module alone(const Module& module, const FunctionPtr& function);

struct PairsAtState {
    ModulePtr reference;  // lowered; calls the definitions
    std::vector<FunctionPair> pairs;
    int functions = 0, changed = 0;  // that the reference calls; of these, that were changed in place
};
// Of a state of the path: the functions that were changed where they stand, given by lineage, and if it is the last
// state also all implementations and routines that it has.
Result<PairsAtState> pairsAt(Toolchain& toolchain, const FunctionsRequest& request, std::size_t state,
                             const std::vector<const Lineage*>& changed, const std::vector<Lineage>& all);

}  // namespace strata
