// May a result take the memory of a parameter?
#pragma once

#include "core/analysis/dependence.h"

namespace strata {

// Whether every element of the parameter is read, for the last time, before the same element of the result is written,
// or by the statement that writes it: then one buffer does for both. A store of just what the parameter holds there
// changes nothing, and is not counted.
OrderVerdict readsBeforeOverwrites(const Function& function, const std::string& parameter, const std::string& result,
                                   const Module* module = nullptr);

// Is it a store of what a parameter holds at the same place?
bool isCarriedOver(const Block& block, const std::string& parameter, const std::string& result);

}  // namespace strata
