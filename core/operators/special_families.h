// Families of operators of special fields, one file each; operators() holds them beside those of families.h.
#pragma once

#include "core/operators/operator.h"

namespace strata {

std::vector<Operator> determinantOperators();
std::vector<Operator> randomOperators();
std::vector<Operator> selectionOperators();
std::vector<Operator> signalOperators();
std::vector<Operator> spatialOperators();
std::vector<Operator> stateOperators();
std::vector<Operator> textOperators();
std::vector<Operator> trainingOperators();
std::vector<Operator> uniqueOperators();

}  // namespace strata
