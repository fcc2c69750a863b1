// How right is right enough.
//
// What claims to be exact is compared bit for bit. Anything else may differ from the model's meaning by what rounding
// does to it, and no more: for each element of each output, `noise` is how far runs with other roundings lie from one
// another. A sum over many terms, or one whose terms cancel, thus has a wide bound where it happens; a small element
// beside a large one has a small bound of its own. Small models are run in double precision with the rounding of every
// operation sampled (widen.h); in large ones the tensors between the calls are moved by their last bit (jitter.h). The
// samples are few, so the bound is many times their root mean square: ten of them are exceeded by a right element less
// than once in a million.
//
// The runs are made only where a cheaper bound does not settle the matter: ONNX's own bound for test data; for states,
// four times the untouched model's error, or four units in the last place. They end as soon as nothing is left to
// settle.
#include "app/workbench/judge.h"

#include "app/workbench/judge_order.h"
#include "app/workbench/judge_random.h"

#include "app/workbench/jitter.h"
#include "app/workbench/quantum.h"
#include "app/workbench/roundoff.h"
#include "app/workbench/widen.h"
#include "core/ir/implementations.h"
#include "passes/automatic/automatic.h"

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

using Bounds = std::vector<std::vector<double>>;  // by output, by element

constexpr int leastSamples = 3, samples = 12;
constexpr double spreads = 10;          // of the sampled noise
constexpr double evaluatorLimit = 1e9;  // operations; about half a minute
constexpr double samplingLimit = 5e7;   // operations of a model whose every rounding is sampled; about a second a run

// Whether each element of `actual` lies within its bound around `reference`; the verdict's bound is that of the element
// with the largest error for its bound.
void judge(OutputVerdict& verdict, const Tensor& actual, const Tensor& reference, const std::vector<double>& bounds)
{
    double worst = -1;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        const double error = distance(actual.at(std::int64_t(i)), reference.at(std::int64_t(i)));
        const double ratio = error <= bounds[i] ? (error == 0 ? 0 : error / bounds[i])
                                                : 1 + error / std::max(bounds[i], 1e-300);
        if (ratio > worst) {
            worst = ratio;
            verdict.bound = bounds[i];
        }
    }
    verdict.passed = worst <= 1;
}

// What rounding does to an element of a quantized output is a whole step or nothing, and which of the two is chance:
// runs may well leave alone one that another run moves. So an element may be off by a step more than twice what runs
// with other roundings did to any of them.
void spread(const Module& root, Bounds& noise)
{
    for (std::size_t o = 0; o < noise.size(); ++o)
        if (const std::optional<double> quantum = quantumOf(root, o); quantum && !noise[o].empty()) {
            const double largest = *std::max_element(noise[o].begin(), noise[o].end());
            for (double& element : noise[o])
                element = std::max(element, largest > 0 ? (*quantum + 2 * largest) / spreads : 0);
        }
}

struct Runs {
    Toolchain& toolchain;
    std::stop_token stop;
    const Progress& progress;

    Result<std::vector<Tensor>> operator()(const Module& module, RunTarget target,
                                           const std::vector<Tensor>& inputs) const
    {
        return runModule(toolchain, module, target, inputs, 1, stop, progress);
    }
    // The model in double precision.
    Result<std::vector<Tensor>> precise(const Module& module, const std::vector<Tensor>& inputs) const
    {
        STRATA_TRY(const ModulePtr wide, widened(module, toolchain.lowering.get()));
        Twin twin(*this);
        STRATA_CHECK(twin.build(*wide));
        return twin.run(widened(inputs));
    }
    // Root mean square of how far runs with other roundings lie from one that has them as they are; until `enough` says
    // so, but a few at least.
    Result<Bounds> noise(const Module& module, const std::vector<Tensor>& inputs,
                         const std::function<bool(const Bounds&)>& enough) const
    {
        Noisy noisy{Twin(*this), {}, {}};
        STRATA_CHECK(makeNoisy(module, inputs, noisy));
        std::vector<Tensor> withSeed = noisy.inputs;
        withSeed.push_back({});
        Bounds squares;
        for (const Tensor& output : noisy.center)
            squares.emplace_back(std::size_t(output.count()), 0.0);
        for (int sample = 1;; ++sample) {
            withSeed.back() = roundingSeed(std::int64_t(0x94d049bb133111ebULL * std::uint64_t(sample)));
            STRATA_TRY(const std::vector<Tensor> outputs, noisy.twin.run(withSeed));
            Bounds noise = squares;
            for (std::size_t o = 0; o < std::min(outputs.size(), squares.size()); ++o)
                for (std::size_t i = 0; i < squares[o].size(); ++i) {
                    const double off = distance(outputs[o].at(std::int64_t(i)), noisy.center[o].at(std::int64_t(i)));
                    squares[o][i] += std::isfinite(off) ? off * off : 0;  // beyond the numbers it says nothing
                    noise[o][i] = std::sqrt(squares[o][i] / sample);
                }
            spread(module, noise);
            if (sample >= leastSamples && (enough(noise) || sample == samples))
                return noise;
        }
    }

private:
    // A built twin and its end.
    class Twin {
    public:
        explicit Twin(const Runs& runs)
            : m_runs(runs)
        {
        }
        Twin(const Twin&) = delete;
        ~Twin()
        {
            if (m_artifact)
                forget(m_runs.toolchain, *m_artifact);
        }
        Status build(const Module& module)
        {
            STRATA_TRY(m_artifact, buildTwin(m_runs.toolchain, module, m_runs.stop, m_runs.progress));
            return {};
        }
        Result<std::vector<Tensor>> run(const std::vector<Tensor>& inputs) const
        {
            CallOptions options;
            options.what = "judging " + m_artifact->name;
            options.stop = m_runs.stop;
            options.timeout = m_runs.toolchain.runLimit;
            return m_runs.toolchain.runner.run(m_artifact->loaded.handle, inputs, 1, options);
        }

    private:
        const Runs& m_runs;
        std::optional<Artifact> m_artifact;
    };

    struct Noisy {
        Twin twin;  // takes the seed as one more input
        std::vector<Tensor> inputs, center;
    };
    Status makeNoisy(const Module& module, const std::vector<Tensor>& inputs, Noisy& noisy) const
    {
        if (workOf(module).value_or(ModelWork()).flops <= samplingLimit) {
            STRATA_TRY(const ModulePtr sampled, widened(module, toolchain.lowering.get(), Rounding::Sampled));
            STRATA_TRY(noisy.center, precise(module, inputs));
            noisy.inputs = widened(inputs);
            return noisy.twin.build(*sampled);
        }
        // Exact steps of automatic scheduling make the runs many times faster.
        Session session(std::make_shared<const Module>(module), makeRegistry(), makeContext(toolchain));
        STRATA_CHECK(autoScheduleAll(session, stop, progress, Effect::Exact));
        STRATA_TRY(const ModulePtr jittering, jittered(*session.current()->module, toolchain.lowering.get()));
        STRATA_CHECK(noisy.twin.build(*jittering));
        noisy.inputs = inputs;
        std::vector<Tensor> unmoved = inputs;
        unmoved.push_back(roundingSeed(0));
        STRATA_TRY(noisy.center, noisy.twin.run(unmoved));
        return {};
    }
};

void countSteps(const Module& root, std::vector<OutputVerdict>& verdicts, const std::vector<Tensor>& actual,
                const std::vector<Tensor>& expected)
{
    for (std::size_t o = 0; o < std::min(verdicts.size(), expected.size()); ++o)
        if (const std::optional<double> quantum = quantumOf(root, o);
            quantum && verdicts[o].comparison.reason.empty()) {
            OutputVerdict::Steps steps{expected[o].count(), 0, 0, *quantum};
            for (std::int64_t i = 0; i < steps.elements; ++i) {
                const double off = std::round(distance(actual[o].at(i), expected[o].at(i)) / *quantum);
                steps.off += off > 0;
                steps.most = std::max(steps.most, off);
            }
            verdicts[o].steps = steps;
        }
}

bool allPassed(const std::vector<OutputVerdict>& verdicts)
{
    return std::all_of(verdicts.begin(), verdicts.end(), [](const OutputVerdict& v) { return v.passed; });
}

std::string nameOf(const Module& root, std::size_t output)
{
    const std::vector<TypedName>& results = root.entryFunction()->results;
    return output < results.size() ? results[output].name : "output " + std::to_string(output);
}

std::vector<OutputVerdict> bitForBit(const Module& root, const std::vector<Tensor>& actual,
                                     const std::vector<Tensor>& expected)
{
    std::vector<OutputVerdict> verdicts;
    for (std::size_t i = 0; i < std::min(actual.size(), expected.size()); ++i) {
        const Comparison comparison = compare(actual[i], expected[i], 0, 0);
        verdicts.push_back({nameOf(root, i), comparison, 0, comparison.equalBits});
    }
    return verdicts;
}

// Four times the untouched model's own error, four units in the last place, or the noise. Where the untouched model
// overflows or has no number, neither may the state.
std::vector<double> stateBounds(const Tensor& untouched, const Tensor& exact, const std::vector<double>* noise)
{
    const double ulp = 2 * unitRoundoff(untouched.type.dtype);
    std::vector<double> bounds;
    for (std::int64_t i = 0, n = untouched.count(); i < n; ++i) {
        const double own = distance(untouched.at(i), exact.at(i));
        double bound = std::max(4 * own, std::isfinite(exact.at(i)) ? 4 * ulp * std::abs(exact.at(i)) : 0);
        if (noise)
            bound = std::max(bound, spreads * std::hypot((*noise)[std::size_t(i)], own));
        bounds.push_back(bound);
    }
    return bounds;
}

// Elements where one of the two has no finite value have to be equal: their distance says nothing.
bool sameExceptions(const Tensor& actual, const Tensor& untouched)
{
    for (std::int64_t i = 0, n = untouched.count(); i < n; ++i)
        if ((!std::isfinite(actual.at(i)) || !std::isfinite(untouched.at(i)))
            && distance(actual.at(i), untouched.at(i)) != 0)
            return false;
    return true;
}

double largestDistance(const Tensor& a, const Tensor& b)
{
    double largest = 0;
    for (std::int64_t i = 0, n = a.count(); i < n; ++i)
        if (std::isfinite(a.at(i)) && std::isfinite(b.at(i)))
            largest = std::max(largest, distance(a.at(i), b.at(i)));
    return largest;
}

void judgeState(std::vector<OutputVerdict>& verdicts, const std::vector<Tensor>& actual,
                const std::vector<Tensor>& untouched, const std::vector<Tensor>& exact, const Bounds* noise)
{
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
        OutputVerdict& verdict = verdicts[i];
        if (verdict.comparison.equalBits || !verdict.comparison.reason.empty())
            continue;
        judge(verdict, actual[i], exact[i], stateBounds(untouched[i], exact[i], noise ? &(*noise)[i] : nullptr));
        const bool comparable = sameExceptions(actual[i], untouched[i]);
        verdict.passed = verdict.passed && comparable;
        if (comparable && !verdict.passed)
            verdict.precise = {largestDistance(actual[i], exact[i]), largestDistance(untouched[i], exact[i])};
    }
}

// By the noise of the untouched model; a state that computes by another formula may have as much as that formula has.
Status judgeByNoise(const Runs& runs, std::vector<OutputVerdict>& verdicts, const Module& root, const State& state,
                    const std::vector<Tensor>& inputs, const std::vector<Tensor>& actual,
                    const std::vector<Tensor>& untouched, const std::vector<Tensor>& exact)
{
    STRATA_TRY(const Bounds own, runs.noise(root, inputs, [&](const Bounds& noise) {
        judgeState(verdicts, actual, untouched, exact, &noise);
        return allPassed(verdicts);
    }));
    judgeState(verdicts, actual, untouched, exact, &own);
    if (allPassed(verdicts) || state.worst < Effect::Approximate)
        return {};
    // What cannot be run with other roundings (a library's routine) is judged by the model's own.
    (void)runs.noise(*state.module, inputs, [&](Bounds noise) {
        for (std::size_t o = 0; o < std::min(noise.size(), own.size()); ++o)
            for (std::size_t i = 0; i < std::min(noise[o].size(), own[o].size()); ++i)
                noise[o][i] = std::max(noise[o][i], own[o][i]);
        judgeState(verdicts, actual, untouched, exact, &noise);
        return allPassed(verdicts);
    });
    return {};
}

// ONNX's own backend tests compare with a relative error of 1e-3 and an absolute one of 1e-7. Test data are rounded,
// too: who computes a sigmoid or softmax through values near 1 keeps no more of it than an ulp of 1 says, so the
// absolute part is two of these. Four roundings of a short float are more than 1e-3. Floats of a byte or less are what
// quantizing makes: as exact as integers.
double dataBound(DType type, double expected)
{
    if (!isFloat(type) || bitSize(type) <= 8)
        return 0;
    return 0x1p-22 + std::max(1e-3, 4 * unitRoundoff(type)) * std::abs(expected);
}

bool withinDataBound(DType type, double actual, double expected)
{
    return distance(actual, expected) <= (std::isfinite(expected) ? dataBound(type, expected) : 0);
}

std::vector<double> dataBounds(const Tensor& expected, const std::vector<double>* noise)
{
    std::vector<double> bounds;
    for (std::int64_t i = 0, n = expected.count(); i < n; ++i) {
        const double y = expected.at(i), plain = std::isfinite(y) ? dataBound(expected.type.dtype, y) : 0;
        bounds.push_back(plain + (noise ? spreads * (*noise)[std::size_t(i)] : 0));
    }
    return bounds;
}

void judgeOutputs(std::vector<OutputVerdict>& verdicts, const std::vector<Tensor>& expected,
                  const std::vector<Tensor>& actual, const Bounds* noise)
{
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
        OutputVerdict& verdict = verdicts[i];
        if (verdict.passed || !verdict.comparison.reason.empty() || !isFloat(expected[i].type.dtype))
            continue;
        judge(verdict, actual[i], expected[i], dataBounds(expected[i], noise ? &(*noise)[i] : nullptr));
    }
}

}  // namespace

Result<std::vector<OutputVerdict>> checkState(Toolchain& toolchain, const Module& model, const State& state,
                                              const std::vector<Tensor>& inputs, std::stop_token stop,
                                              const Progress& progress, RunTarget target)
{
    const ModulePtr meaning = definitionsOf(model);
    const Module& root = *meaning;
    const Runs runs{toolchain, stop, progress};
    const RunTarget plain = target.evaluator ? target : RunTarget::Cpu;
    STRATA_TRY(const std::vector<Tensor> untouched, runs(root, plain, inputs));
    STRATA_TRY(const std::vector<Tensor> actual, runs(*state.module, target, inputs));
    if (actual.size() != untouched.size())
        return bug("The state gives another number of outputs than the untouched model.");
    std::vector<OutputVerdict> verdicts = bitForBit(root, actual, untouched);
    countSteps(root, verdicts, actual, untouched);
    if (allPassed(verdicts) || state.worst == Effect::Exact)
        return verdicts;
    STRATA_TRY(const std::vector<Tensor> exact, runs.precise(root, inputs));
    judgeState(verdicts, actual, untouched, exact, nullptr);
    judgeOrder(untouched, actual, withinDataBound, verdicts);
    if (allPassed(verdicts))
        return verdicts;
    STRATA_CHECK(judgeByNoise(runs, verdicts, root, state, inputs, actual, untouched, exact));
    return verdicts;
}

Result<std::vector<OutputVerdict>> checkOutputs(Toolchain& toolchain, const Module& root,
                                                const std::vector<Tensor>& inputs, const std::vector<Tensor>& expected,
                                                const std::vector<Tensor>& actual, std::stop_token stop,
                                                const Progress& progress)
{
    std::vector<OutputVerdict> verdicts = bitForBit(root, actual, expected);
    for (std::size_t i = 0; i < verdicts.size(); ++i)
        verdicts[i].passed = verdicts[i].comparison.equalBits
                             || (!isFloat(expected[i].type.dtype) && verdicts[i].comparison.within);
    countSteps(root, verdicts, actual, expected);
    judgeOutputs(verdicts, expected, actual, nullptr);
    judgeRandom(root, expected, actual, verdicts);
    judgeOrder(expected, actual, withinDataBound, verdicts);
    const auto settled = [&] {
        return std::all_of(verdicts.begin(), verdicts.end(), [](const OutputVerdict& v) {
            return v.passed || !v.comparison.reason.empty() || v.bound == 0;
        });
    };
    if (settled())
        return verdicts;
    // What cannot be run with other roundings has ONNX's bound and no other.
    const Runs runs{toolchain, stop, progress};
    (void)runs.noise(root, inputs, [&](const Bounds& noise) {
        judgeOutputs(verdicts, expected, actual, &noise);
        return settled();
    });
    return verdicts;
}

Result<std::vector<OutputVerdict>> checkCompiler(Toolchain& toolchain, const Module& module,
                                                 const std::vector<Tensor>& inputs, std::stop_token stop,
                                                 const Progress& progress, RunTarget target)
{
    const Runs runs{toolchain, stop, progress};
    if (const std::optional<ModelWork> work = workOf(module); work && work->flops > evaluatorLimit)
        return refused(say("There is nothing to compare {} with: it has no test data and no steps, and it is "
                           "too large for the evaluator.",
                           module.name),
                       {}, "Put test_data_set_0 with inputs and outputs beside the model, or name a recipe.");
    STRATA_TRY(const std::vector<Tensor> expected, runs(module, RunTarget::Reference, inputs));
    STRATA_TRY(const std::vector<Tensor> actual, runs(module, target.evaluator ? RunTarget::Cpu : target, inputs));
    return bitForBit(module, actual, expected);
}

}  // namespace strata
