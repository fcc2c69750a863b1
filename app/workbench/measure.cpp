#include "app/workbench/workbench.h"

#include <algorithm>

namespace strata {

Result<std::vector<MeasuredModule>> measureInTurn(Toolchain& toolchain, const MeasureInTurn& request,
                                                  std::stop_token stop, const Progress& progress)
{
    std::vector<Artifact> artifacts;
    const double share = 0.5 / double(request.modules.size());
    for (std::size_t i = 0; i < request.modules.size(); ++i) {
        const auto building = [&](const std::string& what, double fraction) {
            if (progress)
                progress(what, share * (double(i) + std::max(0.0, fraction)));
        };
        STRATA_TRY(Artifact artifact,
                   buildArtifact(toolchain, *request.modules[i], stop, building, request.target.device));
        artifacts.push_back(std::move(artifact));
    }
    return measureInTurn(toolchain, std::move(artifacts), request, stop, progress);
}

Result<std::vector<MeasuredModule>> measureInTurn(Toolchain& toolchain, std::vector<Artifact> artifacts,
                                                  const MeasureInTurn& request, std::stop_token stop,
                                                  const Progress& progress)
{
    const auto say = [&](const std::string& what, double fraction) {
        if (progress)
            progress(what, fraction);
    };
    std::vector<MeasuredModule> measured;
    std::vector<int> handles;
    for (Artifact& artifact : artifacts) {
        handles.push_back(artifact.loaded.handle);
        measured.push_back({std::move(artifact), {}});
    }
    TimingOptions timing;
    timing.threads = request.threads;
    timing.plan.seconds = request.seconds;
    timing.plan.firstRunBuilds = !request.target.device.empty();
    CallOptions call;
    call.what = "timing";
    call.stop = stop;
    call.timeout = toolchain.runLimit;
    call.progress = [&](const std::string& what, double fraction) { say(what, 0.5 + fraction / 2); };
    say("timing in turn", 0.5);
    STRATA_TRY(const std::vector<Timing> times, toolchain.runner.timeInTurn(handles, request.inputs, timing, call));
    for (std::size_t i = 0; i < times.size(); ++i)
        measured[i].timing = times[i];
    return measured;
}

}  // namespace strata
