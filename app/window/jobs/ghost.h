// The job that shows a proposal before it is taken: what the panes would show, and what it should gain.
#pragma once

#include "app/window/jobs/show.h"

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
    QString line;                // of the step
    ShownPtr shown;              // nullptr: `refusal` says why
    std::optional<double> gain;  // predicted time of the shown function after by before; none: not known
    std::optional<Error> refusal;
};
using GhostPtr = std::shared_ptr<const Ghost>;

GhostPtr makeGhost(Toolchain& toolchain, const GhostRequest& request, const JobSink& sink);

// "predicted −38 %", "predicted no change"; empty: not known.
QString gainText(const std::optional<double>& gain);

}  // namespace strata
