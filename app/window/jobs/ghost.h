// The job that shows a proposal before it is taken: what the panes would show, and what it should gain.
#pragma once

#include "app/window/jobs/show.h"
#include "app/window/models/palette_model.h"

#include <functional>
#include <optional>

namespace strata {

struct GhostRequest {
    std::shared_ptr<Session> session;          // a copy of its own
    std::function<std::vector<Step>()> first;  // steps that must come before
    Step step;
    std::string function;  // that the loops pane shows
    Form form = Form::Short;
    std::optional<MachineLimits> machine;  // known once something ran
};

struct Ghost {
    QString line;    // of the step
    ShownPtr shown;  // nullptr: `refusal` says why
    Gain gain;       // of the shown function
    std::optional<Error> refusal;
};
using GhostPtr = std::shared_ptr<const Ghost>;

GhostPtr makeGhost(Toolchain& toolchain, const GhostRequest& request, const JobSink& sink);

}  // namespace strata
