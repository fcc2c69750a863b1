// Planning: the one way from a step to the change that it makes. A change that was planned is verified; applying it
// (splice) asks nothing more. So what a palette, a form or a rule was told is what a click does, and it is computed
// once.
#pragma once

#include "core/transform/transform.h"

namespace strata {

using ChangePtr = std::shared_ptr<const Change>;

// Whether the step fits by its form; quick (see Transform::applies).
Status applies(const Transform& transform, const Module& module, const Arguments& arguments);

// The change of a step: its arguments have their kinds, it fits, it is planned, and the functions that it puts are
// verified. A function that does not verify is our bug, or for text typed by hand, refused. Answers of earlier
// questions come from `context.plans`, the same pointer for the same question; refusals, too, but not faults of the
// environment or of ours.
Result<ChangePtr> planStep(const Transform& transform, const Module& module, const Arguments& arguments,
                           const TransformContext& context);

// A change with the module that it leads to.
struct Applied {
    ChangePtr change;
    ModulePtr module;
};
Result<Applied> applyTransform(const Transform& transform, const Module& module, const Arguments& arguments,
                               const TransformContext& context);

// Changes by transform, arguments and what planning read: the function that is named, or the whole module. Functions
// are known by their pointers, which it holds, so an answer never outlives its question. Thread-safe; the oldest
// answers make way for new ones.
std::shared_ptr<PlanCache> makePlanCache(std::size_t most = 4096);
struct PlanCounts {
    std::size_t asked = 0, known = 0;
};
PlanCounts counts(const PlanCache& plans);

}  // namespace strata
