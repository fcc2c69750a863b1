#include "backends/runner/turns.h"

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

constexpr double shortestSampleMs = 0.05;  // below it, reading the clock would show
constexpr double coldMs = 20;              // a run so short feels it that another one had the caches before
constexpr double leastShare = 0.1;         // of the time it may have: a shorter look would miss slow changes
constexpr int fewestSamples = 3;           // unless they take twice the time it may have

void take(double ms, Samples& samples)
{
    samples.ms.push_back(ms);
    samples.spentMs += ms * samples.batch;
}

// Runs until caches, branch predictors, threads and clock speed have settled, and learns how many runs make a sample. A
// first run that takes all the time there is counts: what it lost by being the first is little of it, unless it was
// kernels that it built.
Status warmUp(const TimedRuns& run, const TurnPlan& plan, Samples& samples)
{
    const double allMs = 1000 * plan.seconds, budgetMs = std::min(200.0, leastShare * allMs);
    if (plan.firstRunBuilds) {
        STRATA_CHECK(run(1));
        ++samples.warmups;
    }
    double spent = 0;
    do {
        STRATA_TRY(const double ms, run(1));
        samples.runMs = spent > 0 ? std::min(samples.runMs, ms) : ms;
        spent += ms;
        if (spent == ms && ms >= allMs) {
            take(ms, samples);
            return {};
        }
        ++samples.warmups;
    } while (samples.warmups < 2 || (spent < budgetMs && samples.warmups < 100000));
    samples.batch = int(std::clamp(std::ceil(shortestSampleMs / std::max(samples.runMs, 1e-5)), 1.0, 5000.0));
    return {};
}

bool timeIsUp(const Samples& samples, const TurnPlan& plan)
{
    const int count = int(samples.ms.size());
    const double budgetMs = 1000 * plan.seconds;
    return count >= plan.maxSamples
           || (count > 0 && samples.spentMs >= budgetMs && (count >= fewestSamples || samples.spentMs >= 2 * budgetMs));
}

// `first`: what it is compared with, while that is measured as well; nullptr: its own median counts.
bool isKnown(const Samples& samples, const Samples* first, const TurnPlan& plan)
{
    const int count = int(samples.ms.size());
    if (count < plan.minSamples || samples.spentMs < leastShare * 1000 * plan.seconds)
        return false;
    if (count % std::max(1, count / 8) != 0)  // sorting all of them after each would itself be what the caches hold
        return false;
    if (!first)
        return medianInterval(samples.ms).relative() <= plan.precision;
    const Interval speed = speedInterval(samples.ms, first->ms);
    return speed.relative() <= std::max(plan.precision, 5 * plan.precision * std::abs(std::log(speed.value)));
}

Status sample(const TimedRuns& run, bool alone, Samples& samples)
{
    if (!alone && samples.runMs < coldMs)
        STRATA_CHECK(run(1));
    STRATA_TRY(const double ms, run(samples.batch));
    take(ms, samples);
    return {};
}

double shareDone(const std::vector<Samples>& all, const TurnPlan& plan)
{
    double spent = 0;
    for (const Samples& samples : all)
        spent += std::min(1.0, samples.spentMs / (1000 * plan.seconds));
    return spent / double(all.size());
}

}  // namespace

Result<std::vector<Samples>> sampleInTurn(const std::vector<TimedRuns>& competitors, const TurnPlan& plan,
                                          const std::function<void(double fraction)>& progress)
{
    std::vector<Samples> all(competitors.size());
    std::vector<std::size_t> in;
    double said = 0;
    for (std::size_t i = 0; i < competitors.size(); ++i) {
        STRATA_CHECK(warmUp(competitors[i], plan, all[i]));
        if (!timeIsUp(all[i], plan))
            in.push_back(i);
    }
    while (!in.empty()) {
        for (const std::size_t i : in)
            STRATA_CHECK(sample(competitors[i], in.size() == 1, all[i]));
        const Samples* const first = in.front() == 0 && in.size() > 1 ? &all[0] : nullptr;
        std::erase_if(in, [&](std::size_t i) {
            const bool awaited = i == 0 && first;  // by those that are compared with it
            return timeIsUp(all[i], plan) || (!awaited && isKnown(all[i], first, plan));
        });
        if (const double done = shareDone(all, plan); done - said > 0.01) {
            said = done;
            progress(done);
        }
    }
    return all;
}

}  // namespace strata
