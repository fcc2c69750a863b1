// What would help a step that is refused: found by trying, never promised.
//
// Steps that could come before it are proposed for the nodes that the refusal speaks of, as a palette would for a
// selection; each is planned, the refused step is asked again on what it leads to, and only what is legal then is told.
// Besides, the step itself is tried with another of those nodes, or with one more, and what the refusal's hint names is
// tried in its place. So a help is a proposal like any other: whoever takes it is not refused again.
#pragma once

#include "core/transform/plan.h"
#include "core/transform/step.h"

#include <chrono>

namespace strata {

struct Help {
    std::vector<Step> steps;  // to be taken in this order
    bool asked = true;        // the last one is the step that was refused, as it is said there; else one in its place
    friend bool operator==(const Help&, const Help&) = default;
};

struct HelpLimits {
    std::size_t most = 3;
    std::chrono::milliseconds time{1500};  // what is found by then is what there is
};

// `module`: where `step` was refused with `error`. Best first: the step itself on other nodes, then by what the hint
// names, then what keeps every bit before what does not. Empty if nothing was found, or `context.stop` was asked for.
std::vector<Help> helpFor(const Module& module, const Step& step, const Error& error, const Registry& registry,
                          const TransformContext& context, HelpLimits limits = {});

// "split i [_, 8] first, then vectorize i_1"
std::string sentence(const Help& help, const Registry& registry);

}  // namespace strata
