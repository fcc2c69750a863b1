#include "app/window/jobs/ghost.h"

#include "app/workbench/explain.h"

namespace strata {

namespace {

std::optional<double> predictedGain(const Shown& shown, const MachineLimits& limits)
{
    const FunctionPtr after = shown.lowered ? shown.lowered->module().find(shown.function) : nullptr;
    const FunctionPtr before = shown.loweredBefore ? shown.loweredBefore->module().find(shown.functionBefore) : nullptr;
    if (!after || !before || !after->loops() || !before->loops())
        return std::nullopt;
    const MachineModel machine = modelOf(limits);
    const double was = predict(shown.loweredBefore->module(), *before, machine).seconds;
    const double is = predict(shown.lowered->module(), *after, machine).seconds;
    return was > 0 ? std::optional(is / was) : std::nullopt;
}

Status applyAll(Session& session, const std::vector<Step>& steps)
{
    for (const Step& step : steps)
        STRATA_CHECK(session.apply(step));
    return {};
}

}  // namespace

GhostPtr makeGhost(Toolchain& toolchain, const GhostRequest& request, const JobSink& sink)
{
    auto ghost = std::make_shared<Ghost>();
    ghost->line = QString::fromStdString(print(request.step, request.session->registry()));
    const StatePtr before = request.session->current();
    std::vector<Step> steps = request.first();
    steps.push_back(request.step);
    if (const Status status = applyAll(*request.session, steps); !status) {
        ghost->refusal = status.error();
        return ghost;
    }
    const ShowRequest show{request.session, request.session->current(), before, request.function, request.form};
    ghost->shown = std::make_shared<const Shown>(strata::show(toolchain, show, sink));
    if (request.machine)
        ghost->gain.predicted = predictedGain(*ghost->shown, *request.machine);
    return ghost;
}

}  // namespace strata
