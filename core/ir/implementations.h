// Definitions and implementations: what a function means, and how it is computed.
//
// A function is a definition (a graph, or plain loops: what), or implements one (loops, a runtime program that calls a
// library, LLVM IR: how). Callers name definitions. Which implementation runs is an ordered list of choices that the
// definition holds; where no choice fits, and where there is none, its own body runs. So an implementation is added,
// scheduled, chosen and removed without a change to any caller, and the definition stays there to be judged against.
#pragma once

#include "core/ir/module.h"

namespace strata {

std::vector<FunctionPtr> implementationsOf(const Module& module, std::string_view definition);
bool hasImplementations(const Module& module, std::string_view definition);

// The entry, what is specialized for some of its sizes, or what control flow runs: a function that nobody calls, whose
// nodes are calls of a run.
bool isProgram(const Module& module, const Function& function);
std::vector<FunctionPtr> programsOf(const Module& module);  // in its order

// Whether both take and give the same types, in order; callers pass by position, so names may differ.
bool sameSignature(const Function& a, const Function& b);
// The definition's sizes that are numbers in the signature of what implements it, which is for these only. Nothing if
// the signatures differ in more than that.
std::optional<std::map<std::string, std::int64_t>> specializedSizes(const Function& definition,
                                                                    const Function& implementation);
// The function without what it is to others: neither a definition with choices nor an implementation.
Function withoutStanding(const Function& function);

// The choice as it is written: "f_v4 if isa >= x86-64-v4", "f_8 if n % 8 == 0 and n <= 512".
std::string toString(const Choice& choice);

// Whether a choice is taken wherever the other is, so that the other never is if it stands behind.
bool covers(const Choice& first, const Choice& other);

// The function that runs on a machine with this instruction set when the given one is called for such sizes: it, or
// what it chooses. A condition on a size that is not told does not hold.
FunctionPtr chosen(const Module& module, const FunctionPtr& called, Target::Isa isa,
                   const std::map<std::string, std::int64_t>& sizes = {});
// What runs where no condition holds: the last choice, or the definition itself.
const std::string& byDefault(const Function& definition);

// What the choice of an implementation does to the numbers. What is asserted is unsafe, until it was checked.
Effect effectOf(const Implements& implements);
// The worst of all that may run in some function's place.
Effect effectOfChoices(const Module& module);

// The instruction set that a function is compiled for: the module's, or what all of its choices wait for.
Target::Isa isaOf(const Module& module, const Function& function);

// The module without its implementations: what it means. Callers are the same pointers.
ModulePtr definitionsOf(const Module& module);

}  // namespace strata
