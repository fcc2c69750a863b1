// The families of operators, one file each; operators() is their sum.
#pragma once

#include "core/operators/operator.h"

namespace strata {

std::vector<Operator> elementwiseUnaryOperators();
std::vector<Operator> elementwiseBinaryOperators();
std::vector<Operator> matmulOperators();
std::vector<Operator> convOperators();
std::vector<Operator> poolOperators();
std::vector<Operator> softmaxOperators();
std::vector<Operator> reshapeOperators();

}  // namespace strata
