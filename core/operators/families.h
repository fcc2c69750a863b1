// The families of operators, one file each; operators() is their sum.
#pragma once

#include "core/operators/operator.h"

namespace strata {

std::vector<Operator> attentionOperators();
std::vector<Operator> castOperators();
std::vector<Operator> convOperators();
std::vector<Operator> einsumOperators();
std::vector<Operator> elementwiseBinaryOperators();
std::vector<Operator> elementwiseUnaryOperators();
std::vector<Operator> gatherOperators();
std::vector<Operator> generateOperators();
std::vector<Operator> gridSampleOperators();
std::vector<Operator> lossOperators();
std::vector<Operator> matmulOperators();
std::vector<Operator> movementOperators();
std::vector<Operator> normalizationOperators();
std::vector<Operator> padOperators();
std::vector<Operator> poolOperators();
std::vector<Operator> quantizeOperators();
std::vector<Operator> recurrentOperators();
std::vector<Operator> reduceOperators();
std::vector<Operator> reshapeOperators();
std::vector<Operator> resizeOperators();
std::vector<Operator> sliceOperators();
std::vector<Operator> softmaxOperators();
std::vector<Operator> topkOperators();

}  // namespace strata
