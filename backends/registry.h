// The transforms that belong to backends: LLVM's passes as steps. Composed with passes/registry.h by the programs.
#pragma once

#include "core/transform/transform.h"

namespace strata {
std::vector<Transform> backendTransforms();
}
