// Code for another architecture than this machine's is made and shown here, exported, and run elsewhere.
#pragma once

#include "app/workbench/workbench.h"

namespace strata {

// Refused where a module is made for another architecture.
Status requireOwnArchitecture(const Module& module);
// Such a module made for this machine instead, which computes the same; any other as it is.
ModulePtr asRunHere(const Module& module);

}  // namespace strata
