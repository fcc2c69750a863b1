// Shape inference over a whole graph function, with values propagated through shape arithmetic (Shape, Gather, Concat,
// ...).
#pragma once

#include "core/ir/module.h"
#include "core/tensor/tensor.h"

namespace strata {

struct InferredTypes {
    FunctionPtr function;               // outputs typed; the same pointer if nothing changed
    std::vector<std::string> warnings;  // nodes whose types stay unknown, and why
    // Nodes that contradict themselves or their inputs: the model is wrong. In order; with the cursor of the node.
    std::vector<Error> faults;
    // Values that are known before the function runs, by name: what shape arithmetic makes of constants and constant
    // shapes (small ones only).
    std::map<std::string, Tensor> known;
};
// Types of all values. Small integer values that are known (at most 4,096 elements) are evaluated so that Reshape and
// the like see them; they are not folded into the graph (that is fold_constants).
Result<InferredTypes> inferFunction(const Module& module, const Function& function);

// The same of a function that is known to agree with itself: where it declares all types and sizes, these are right,
// and only the values that shapes are made of are looked for. No faults then, and no warnings.
Result<InferredTypes> inferVerified(const Module& module, const Function& function);

// Types where the inputs have these values, by name: shapes that follow from data become what these data say. Code is
// made for such shapes, and other data are refused (checkShapesOf). The same pointer if nothing changed, or where the
// values contradict the graph.
FunctionPtr inferredForInputs(const Module& module, const FunctionPtr& function, const std::map<std::string, Tensor>& values);

// Where a shape follows from an input's value (the shape of a Reshape), code is made for the shape that the model
// declares. Refused with the node if these inputs make another.
Status checkShapesOf(const std::vector<Tensor>& inputs, const Module& module, const Function& function);

}  // namespace strata
