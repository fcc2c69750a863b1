#include "core/transform/argument.h"
#include "core/verify/verify.h"

#include <algorithm>

namespace strata {

namespace {

bool takesText(const Transform& transform)
{
    return std::any_of(transform.parameters.begin(), transform.parameters.end(),
                       [](const Parameter& p) { return p.kind == ParameterKind::Text; });
}

// Text that a person wrote may be wrong; what a transform makes may not. It may be beyond what can be proved, or what a
// target can run, and then the step is refused.
Error unverified(const Transform& transform, const Finding& finding)
{
    const Error& error = finding.error;
    if (takesText(transform))
        return refused(error.message, error.nodes, error.hint);
    if (finding.kind != Finding::Kind::Wrong)
        return refused("The step would make a program that is refused: " + error.message, error.nodes, error.hint);
    Error ours = bug(transform.id + " made a function that does not verify: " + error.message);
    ours.nodes = error.nodes;
    return ours;
}

// Functions that are the same pointer in both modules were verified when they were made.
Status verifyChanged(const Transform& transform, const Module& before, const Module& after)
{
    for (const FunctionPtr& function : after.functions)
        if (before.find(function->name) != function)
            if (const Findings findings = examine(after, *function); !findings.empty())
                return unverified(transform, findings.front());
    return {};
}

}  // namespace

Result<Applied> applyTransform(const Transform& transform, const Module& module, const Arguments& arguments,
                               const TransformContext& context)
{
    STRATA_CHECK(checkArguments(transform, arguments));
    if (transform.check)
        STRATA_CHECK(transform.check(module, arguments));
    STRATA_TRY(Applied applied, transform.apply(module, arguments, context));
    STRATA_CHECK(verifyChanged(transform, module, *applied.module));
    return applied;
}

}  // namespace strata
