// All transforms of passes/, from the table that CMake writes.
#pragma once

#include "core/transform/transform.h"

namespace strata {
std::vector<Transform> passTransforms();
}
