// What the families of moving operators share.
#pragma once

#include "core/operators/lower.h"

namespace strata {

// An operator whose result's elements are elements of its input.
Operator moving(std::string name, std::string summary, std::string formula, ShapeRule rule,
                Status (*compute)(LowerContext&), std::size_t required = 1);

}  // namespace strata
