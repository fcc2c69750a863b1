#include "backends/runner/program/timing.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace strata::runner {

namespace {

using Clock = std::chrono::steady_clock;

double millisecondsSince(Clock::time_point begin)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

Result<double> timed(Artifact& artifact, int runs)
{
    const auto begin = Clock::now();
    for (int i = 0; i < runs; ++i)
        STRATA_CHECK(artifact.run());
    return millisecondsSince(begin) / runs;
}

constexpr double shortestSampleMs = 0.05;  // below it, reading the clock would show
constexpr int profiledRuns = 7;

// Runs until caches, branch predictors, threads and clock speed have settled, and learns how many runs make a sample.
Status warmUp(Artifact& artifact, Samples& samples, double budgetMs)
{
    double fastest = INFINITY;
    const auto begin = Clock::now();
    while (samples.warmups < 2 || (millisecondsSince(begin) < budgetMs && samples.warmups < 100000)) {
        STRATA_TRY(const double ms, timed(artifact, 1));
        fastest = std::min(fastest, ms);
        ++samples.warmups;
    }
    samples.batch = int(std::clamp(std::ceil(shortestSampleMs / std::max(fastest, 1e-5)), 1.0, 5000.0));
    return {};
}

double median(std::vector<double> values)
{
    const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

Status profile(Artifact& artifact, Samples& samples)
{
    const std::size_t calls = artifact.calls().size();
    std::vector<std::vector<double>> byCall(calls), onDevice(calls);
    for (int i = 0; calls && i < profiledRuns; ++i) {
        STRATA_TRY(const Artifact::Profile profile, artifact.profiledRun());
        for (std::size_t c = 0; c < calls; ++c) {
            byCall[c].push_back(double(profile.nanoseconds[c]) / 1e6);
            onDevice[c].push_back(double(profile.deviceNanoseconds[c]) / 1e6);
        }
    }
    for (std::size_t c = 0; c < calls; ++c) {
        samples.callMs.push_back(median(byCall[c]));
        samples.deviceMs.push_back(median(onDevice[c]));
    }
    return {};
}

// A model that is slow beyond the budget gets three samples rather than minRuns: the spread is then shown, not waited
// for.
bool enough(double elapsedMs, double budgetMs, int samples, const Plan& plan)
{
    if (samples >= plan.maxRuns)
        return true;
    return elapsedMs >= budgetMs && (samples >= plan.minRuns || (samples >= 3 && elapsedMs >= 5 * budgetMs));
}

}  // namespace

Result<std::vector<Samples>> timeInTurn(const std::vector<Artifact*>& artifacts, const Plan& plan,
                                        const std::function<void(double fraction)>& progress)
{
    std::vector<Samples> all(artifacts.size());
    for (std::size_t i = 0; i < artifacts.size(); ++i)
        STRATA_CHECK(warmUp(*artifacts[i], all[i], 100 * std::clamp(plan.seconds, 0.05, 2.0)));
    const double budgetMs = 1000 * plan.seconds * double(artifacts.size());
    const auto begin = Clock::now();
    double said = 0;
    for (int round = 0; !enough(millisecondsSince(begin), budgetMs, round, plan); ++round) {
        for (std::size_t i = 0; i < artifacts.size(); ++i) {
            STRATA_TRY(const double ms, timed(*artifacts[i], all[i].batch));
            all[i].ms.push_back(ms);
        }
        if (const double elapsed = millisecondsSince(begin); elapsed - said > 100) {
            said = elapsed;
            progress(std::min(1.0, elapsed / budgetMs));
        }
    }
    for (std::size_t i = 0; i < artifacts.size(); ++i)
        STRATA_CHECK(profile(*artifacts[i], all[i]));
    return all;
}

}  // namespace strata::runner
