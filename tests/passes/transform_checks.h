// What must hold of every step, whatever the transform: used by the generic tests and by the tests in .test files.
#pragma once

#include "core/index/sizes.h"
#include "core/transform/plan.h"
#include "core/transform/step.h"

namespace strata {

// Applies the step and checks what holds of all: the result verifies and prints and parses back, each node of the old
// module is forwarded to nodes that are there or declared gone, the step's line reads back, and where the step says it
// is exact the reference evaluator gives the same bits before and after on random inputs. The error is the transform's
// refusal or a Bug that says what failed.
Result<Applied> applyChecked(const ModulePtr& module, const std::string& line, const Registry& registry);

// Numbers for the sizes of a function, 1 among them, with which it is compared; one set of none where it has none.
std::vector<SizeValues> sizesToTry(const Function& function);

// Runs both modules by the evaluator on random inputs: their entries, or else the functions that both have with one
// signature; a function with sizes for several of them. `exact` compares bits, otherwise within a generous bound.
Status compareByEvaluation(const Module& before, const Module& after, bool exact);

// Fails with both texts if the modules differ.
Status sameModule(const Module& actual, const Module& expected);

}  // namespace strata
