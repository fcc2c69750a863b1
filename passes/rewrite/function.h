// Finding the function that a step names.
#pragma once

#include "core/ir/module.h"

namespace strata {

// The function of that name; else a refusal that says which ones there are.
Result<FunctionPtr> findFunction(const Module& module, const std::string& name);

// The function under another name, which LLVM IR holds, too.
Function renamed(Function function, const std::string& name);

// The definition with another choice: in place of the one with the same condition, the most demanding first.
Function choosing(Function definition, const Choice& choice);

}  // namespace strata
