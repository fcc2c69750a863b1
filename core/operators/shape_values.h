// Shape arithmetic on symbolic sizes: what Shape, Gather, Concat, Mul and the like make of dimensions that are
// polynomials.
//
// Exporters compute the target of a Reshape from the shape of another tensor. Where that shape is symbolic, its value
// is no tensor yet, but a list of dimensions; these functions follow it, so that the Reshape's result stays a
// polynomial of the model's symbols.
#pragma once

#include "core/operators/operator.h"

namespace strata {

// The elements of a small integer (or bool: 0, 1) tensor of rank 0 or 1.
using DimValues = std::vector<Dim>;

// The value of the node's first output; nullopt if the operator is none of these, or if an element is no polynomial.
// `inputs` holds a value an input where it is known.
std::optional<DimValues> dimensionValues(const InferContext& context,
                                         const std::vector<std::optional<DimValues>>& inputs);

// The quotient of two products of dimensions, common factors cancelled; nullopt where that is no polynomial.
std::optional<Dim> quotient(const DimValues& dividend, const DimValues& divisor);

}  // namespace strata
