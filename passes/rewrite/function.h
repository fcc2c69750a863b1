// Finding the function that a step names.
#pragma once

#include "core/ir/module.h"

namespace strata {

// The function of that name; else a refusal that says which ones there are.
Result<FunctionPtr> findFunction(const Module& module, const std::string& name);

}  // namespace strata
