#include "backends/runner/program/timing.h"

#include <algorithm>
#include <chrono>

namespace strata::runner {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int mostProfiledRuns = 7;

Result<double> timed(Artifact& artifact, int runs)
{
    const auto begin = Clock::now();
    for (int i = 0; i < runs; ++i)
        STRATA_CHECK(artifact.run());
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count() / runs;
}

double median(std::vector<double> values)
{
    const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// A slow artifact is profiled once: what a call takes is then known to a few percent, which is what its share needs.
// One that is only there to be compared with is not waited for, unless it is made of kernels, which are told apart from
// copies.
int profiledRuns(const Samples& samples, const TurnPlan& plan, bool isFirst)
{
    const double budgetMs = 1000 * plan.seconds / 4;
    return std::clamp(int(budgetMs / std::max(samples.runMs, 1e-5)), isFirst || plan.firstRunBuilds ? 1 : 0,
                      mostProfiledRuns);
}

Status profile(Artifact& artifact, int runs, Times& times)
{
    const std::size_t calls = artifact.calls().size();
    std::vector<std::vector<double>> byCall(calls), onDevice(calls);
    for (int i = 0; calls && i < runs; ++i) {
        STRATA_TRY(const Artifact::Profile profile, artifact.profiledRun());
        for (std::size_t c = 0; c < calls; ++c) {
            byCall[c].push_back(double(profile.nanoseconds[c]) / 1e6);
            onDevice[c].push_back(double(profile.deviceNanoseconds[c]) / 1e6);
        }
    }
    for (std::size_t c = 0; c < calls && runs; ++c) {
        times.callMs.push_back(median(byCall[c]));
        times.quickestMs.push_back(*std::min_element(byCall[c].begin(), byCall[c].end()));
        times.deviceMs.push_back(median(onDevice[c]));
    }
    return {};
}

}  // namespace

Result<std::vector<Times>> timeInTurn(const std::vector<Artifact*>& artifacts, const TurnPlan& plan,
                                      const std::function<void(double fraction)>& progress)
{
    struct InPlace {
        const std::vector<Artifact*>& artifacts;
        ~InPlace()
        {
            for (Artifact* artifact : artifacts)
                artifact->updateInPlace(false);
        }
    } const inPlace{artifacts};
    for (Artifact* artifact : artifacts)
        artifact->updateInPlace(true);
    std::vector<TimedRuns> competitors;
    for (Artifact* artifact : artifacts)
        competitors.push_back([artifact](int runs) { return timed(*artifact, runs); });
    STRATA_TRY(const std::vector<Samples> samples, sampleInTurn(competitors, plan, progress));
    std::vector<Times> all;
    for (std::size_t i = 0; i < artifacts.size(); ++i) {
        all.push_back({samples[i], {}, {}, {}});
        STRATA_CHECK(profile(*artifacts[i], profiledRuns(samples[i], plan, i == 0), all.back()));
    }
    return all;
}

}  // namespace strata::runner
