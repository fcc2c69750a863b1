// Functions that were changed where they stand are found on the path of the session (lineage.h). Those that the last
// state has are judged there, as are all implementations of definitions; one that a later step merged, in the last
// state that had it, so that no change is lost in what came after. At each of these states the module runs with all
// definitions in place, which gives the inputs.
#include "app/workbench/judge_functions.h"

#include "app/workbench/error_twin.h"
#include "app/workbench/function_pairs.h"
#include "app/workbench/roundoff.h"

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

using Outcome = FunctionVerdict::Outcome;

std::string indexText(const TensorType& type, std::int64_t index)
{
    std::vector<std::int64_t> at;
    const std::vector<std::int64_t> shape = constants(type.shape);
    for (std::size_t d = shape.size(); d-- > 0; index /= std::max<std::int64_t>(shape[d], 1))
        at.insert(at.begin(), index % std::max<std::int64_t>(shape[d], 1));
    std::string text;
    for (const std::int64_t i : at)
        text += (text.empty() ? "" : ", ") + std::to_string(i);
    return "[" + text + "]";
}

// Other values between the least and the largest of each float operand: what a model's own inputs leave out (a
// picture's border is 0, so is a bias that nobody trained) shows here. Integers stay, since they may be indices; so
// do what is no number, and the definition's own constants, which come after the arguments.
CallInputs drawnLike(const CallInputs& call, std::size_t count)
{
    CallInputs drawn{"", call.inputs};
    std::uint64_t state = 1;
    for (std::size_t input = 0; input < count; ++input) {
        Tensor& tensor = drawn.inputs[input];
        if (!isFloat(tensor.type.dtype))
            continue;
        double least = std::numeric_limits<double>::infinity(), most = -least;
        for (std::int64_t i = 0, n = tensor.count(); i < n; ++i)
            if (const double value = tensor.at(i); std::isfinite(value)) {
                least = std::min(least, value);
                most = std::max(most, value);
            }
        if (least == most)
            (least < 0 ? least : most) += least < 0 ? -1 : 1;
        for (std::int64_t i = 0, n = tensor.count(); i < n; ++i) {
            state = state * 6364136223846793005ULL + 1442695040888963407ULL;
            const double share = double(state >> 11) * 0x1p-53;
            if (std::isfinite(tensor.at(i)))
                tensor.set(i, least + share * (most - least));
        }
    }
    return drawn;
}

// How a definition and what took its place run, each alone; the twin with the bounds is built when it is needed first.
class PairRun {
public:
    PairRun(Toolchain& toolchain, const FunctionPair& pair, std::stop_token stop, const Progress& progress)
        : m_toolchain(toolchain)
        , m_pair(pair)
        , m_definition(pair.model ? *pair.model : alone(pair.implementation, pair.definition))
        , m_stop(std::move(stop))
        , m_progress(progress)
    {
    }
    PairRun(const PairRun&) = delete;
    ~PairRun()
    {
        if (m_bounding)
            forget(m_toolchain, *m_bounding);
    }

    const Module& definition() const { return m_definition; }
    const Module& implementation() const { return m_pair.implementation; }

    // Whether the implementation can run here at all: it compiles, and this machine has its instructions.
    Status build(const RunTarget& target) const
    {
        if (target.evaluator) {
            for (const FunctionPtr& function : implementation().functions)
                if (function->hardware())
                    return refused("It is LLVM IR, which the evaluator does not run.");
            return {};
        }
        const auto artifact = buildArtifact(m_toolchain, implementation(), m_stop, m_progress,
                                            target.device);
        return artifact ? Status() : Status(artifact.error());
    }

    Result<std::vector<Tensor>> run(const Module& module, const RunTarget& target, const std::vector<Tensor>& inputs,
                                    int threads) const
    {
        return runModule(m_toolchain, module, target, inputs, threads, m_stop, m_progress);
    }
    Result<std::vector<BoundedResult>> bounds(const std::vector<Tensor>& inputs)
    {
        if (!m_bounding) {
            STRATA_TRY(m_twin, errorTwin(*m_pair.definition));
            STRATA_TRY(m_bounding, buildTwin(m_toolchain, alone(m_definition, m_twin.function), m_stop, m_progress));
        }
        CallOptions options;
        options.what = "bounding the error of " + m_pair.definition->name;
        options.stop = m_stop;
        options.timeout = m_toolchain.runLimit;
        STRATA_TRY(const std::vector<Tensor> outputs,
                   m_toolchain.runner.run(m_bounding->loaded.handle, inputs, 1, options));
        return boundedResults(m_twin, outputs);
    }

private:
    Toolchain& m_toolchain;
    const FunctionPair& m_pair;
    Module m_definition;
    std::stop_token m_stop;
    const Progress& m_progress;
    ErrorTwin m_twin;
    std::optional<Artifact> m_bounding;
};

std::vector<Tensor> taken(const std::vector<Tensor>& inputs, std::size_t count)
{
    return {inputs.begin(), inputs.begin() + std::ptrdiff_t(count)};
}

// The elements that differ, put together into the verdict of the function.
class Elements {
public:
    explicit Elements(FunctionVerdict& verdict)
        : m_verdict(verdict)
    {
    }

    // `bounded`: nullptr if there is no bound at all. Drawn inputs may lie where rounding decides more than it does on
    // the model's own; elements without a bound say nothing there.
    void compare(const Tensor& actual, const Tensor& plain, const BoundedResult* bounded, const std::string& result,
                 const CallInputs& call)
    {
        const bool drawn = call.call.empty();
        const std::string where = drawn ? "on drawn inputs" : "of call " + call.call;
        for (std::int64_t i = 0, n = plain.count(); i < n; ++i) {
            const double x = actual.at(i), y = plain.at(i);
            if (distance(x, y) == 0)
                continue;
            const double value = bounded ? bounded->value.at(i) : y;
            double bound = bounded ? bounded->bound[std::size_t(i)] : std::numeric_limits<double>::infinity();
            // Beyond the numbers a distance says nothing: there both have to be the same.
            const bool finite = std::isfinite(value) && std::isfinite(y);
            if (!finite && std::isfinite(bound))
                bound = 0;
            // What the definition is off itself, others may be, too: roundings that all go one way.
            if (finite)
                bound = std::max(bound, 4 * distance(y, value));
            if (drawn && bounded && !std::isfinite(bound))
                continue;
            if (differ(distance(x, finite ? value : y), bound))
                m_verdict.place = result + indexText(plain.type, i) + " " + where;
        }
    }

private:
    // Whether it is the worst so far.
    bool differ(double error, double bound)
    {
        if (!std::isfinite(bound)) {
            ++m_verdict.undecided;
            return false;
        }
        const double ratio = bound > 0 ? error / bound : std::numeric_limits<double>::infinity();
        if (ratio > 1)
            m_verdict.outcome = Outcome::Wrong;
        if (ratio < m_worst || (ratio == m_worst && !m_verdict.place.empty()))
            return false;
        m_worst = ratio;
        m_verdict.error = error;
        m_verdict.bound = bound;
        return true;
    }

    FunctionVerdict& m_verdict;
    double m_worst = 0;
};

// What the elements say of the function.
void conclude(FunctionVerdict& verdict)
{
    if (verdict.outcome == Outcome::Within && verdict.claim == Effect::Exact) {
        verdict.outcome = Outcome::Wrong;
        verdict.reason = "It claims to be exact, and is not bit for bit.";
    } else if (verdict.undecided > 0 && verdict.outcome != Outcome::Wrong) {
        verdict.outcome = Outcome::Unjudged;
        if (verdict.reason.empty())
            verdict.reason = "Rounding decides something there that has no bound.";
    }
}

class FunctionJudge {
public:
    FunctionJudge(Toolchain& toolchain, const FunctionsRequest& request, std::stop_token stop, const Progress& progress)
        : m_toolchain(toolchain)
        , m_request(request)
        , m_stop(std::move(stop))
        , m_progress(progress)
    {
    }

    Result<FunctionsReport> run()
    {
        const std::vector<Lineage> all = lineages(m_request.path);
        std::map<std::size_t, std::vector<const Lineage*>> byState;
        for (const Lineage& lineage : all)
            if (lineage.changed() && lineage.claim >= m_request.least)
                byState[lineage.to].push_back(&lineage);
        byState[m_request.path.size() - 1];  // implementations and routines are judged there
        for (const auto& [state, changed] : byState)
            STRATA_CHECK(judgeAt(state, changed, all));
        return std::move(m_report);
    }

private:
    Status judgeAt(std::size_t state, const std::vector<const Lineage*>& changed, const std::vector<Lineage>& all);
    Status judge(FunctionPair& pair, const CallsSeen& calls);
    Status judgeUncalled(FunctionPair& pair);
    Status judgeProgram(FunctionPair& pair);
    Status compareCall(PairRun& run, FunctionPair& pair, const CallInputs& call, Elements& elements);
    void time(const PairRun& run, FunctionVerdict& verdict, const std::vector<Tensor>& inputs);
    RunTarget plainTarget() const
    {
        return m_request.target.evaluator ? RunTarget::Reference : RunTarget::Cpu;
    }
    // Only what is made for a device runs there.
    RunTarget targetOf(const Module& module) const
    {
        return !m_request.target.device.empty() && !hasDeviceFunctions(module) ? RunTarget::Cpu : m_request.target;
    }

    Toolchain& m_toolchain;
    const FunctionsRequest& m_request;
    std::stop_token m_stop;
    const Progress& m_progress;
    FunctionsReport m_report;
};

Status FunctionJudge::judgeAt(std::size_t state, const std::vector<const Lineage*>& changed,
                              const std::vector<Lineage>& all)
{
    STRATA_TRY(PairsAtState at, pairsAt(m_toolchain, m_request, state, changed, all));
    std::vector<std::string> called;
    for (FunctionPair& pair : at.pairs) {
        if (pair.model)
            STRATA_CHECK(judgeProgram(pair));
        if (!pair.definition)
            continue;
        const std::string& name = pair.definition->name;
        if (!at.reference->find(name))
            STRATA_CHECK(judgeUncalled(pair));
        else if (std::find(called.begin(), called.end(), name) == called.end())
            called.push_back(name);
    }
    const auto take = [&](const std::string& function, const CallsSeen& calls) -> Status {
        for (FunctionPair& pair : at.pairs)
            if (pair.definition && pair.definition->name == function)
                STRATA_CHECK(judge(pair, calls));
        return {};
    };
    STRATA_CHECK(
        inputsAtCalls(m_toolchain, *at.reference, m_request.inputs, plainTarget(), called, take, m_stop, m_progress));
    for (FunctionPair& pair : at.pairs)
        m_report.verdicts.push_back(std::move(pair.verdict));
    if (state + 1 == m_request.path.size() && m_request.least == Effect::Exact)
        m_report.untouched = at.functions - at.changed;
    return {};
}

// The model does not call it: drawn inputs have to do.
Status FunctionJudge::judgeUncalled(FunctionPair& pair)
{
    STRATA_TRY(std::vector<Tensor> inputs, inputsFor(alone(pair.implementation, pair.definition)));
    return judge(pair, {0, {{"", std::move(inputs)}}});
}

// What it does is done to the outputs, so they are judged, as those of a state.
Status FunctionJudge::judgeProgram(FunctionPair& pair)
{
    FunctionVerdict& verdict = pair.verdict;
    State state;
    state.module = std::make_shared<const Module>(pair.implementation);
    state.worst = verdict.claim;
    const auto outputs = checkState(m_toolchain, *pair.model, state, m_request.inputs, m_stop, m_progress,
                                    targetOf(pair.implementation));
    if (!outputs) {
        verdict.outcome = Outcome::Unjudged;
        verdict.reason = outputs.error().message;
        return m_stop.stop_requested() ? Status(outputs.error()) : Status();
    }
    verdict.calls = verdict.seen = 1;
    for (const TypedName& result : pair.model->entryFunction()->results)
        verdict.elements += elementCount(result.type.tensor.shape).value_or(0);
    for (const OutputVerdict& output : *outputs) {
        if (output.comparison.equalBits)
            continue;
        verdict.outcome = !output.passed || verdict.outcome == Outcome::Wrong ? Outcome::Wrong : Outcome::Within;
        if (verdict.place.empty() || output.comparison.maxAbsolute > verdict.error) {
            verdict.place = output.name + ", each element by its own bound";
            verdict.error = output.comparison.maxAbsolute;
            verdict.bound = output.bound;
        }
    }
    conclude(verdict);
    if (m_request.seconds > 0)
        time(PairRun(m_toolchain, pair, m_stop, m_progress), verdict, m_request.inputs);
    return {};
}

Status FunctionJudge::judge(FunctionPair& pair, const CallsSeen& calls)
{
    FunctionVerdict& verdict = pair.verdict;
    verdict.calls = calls.calls;
    if (m_progress)
        m_progress("judging " + verdict.function, 0.5);
    PairRun run(m_toolchain, pair, m_stop, m_progress);
    if (const Status runs = run.build(targetOf(pair.implementation)); !runs) {
        verdict.outcome = Outcome::Unjudged;
        verdict.reason = runs.error().message;
        return m_stop.stop_requested() ? runs : Status();
    }
    Elements elements(verdict);
    for (const CallInputs& call : calls.seen) {
        STRATA_CHECK(compareCall(run, pair, call, elements));
        verdict.seen += !call.call.empty();
    }
    if (!calls.seen.empty() && verdict.outcome != Outcome::Wrong)
        STRATA_CHECK(compareCall(run, pair, drawnLike(calls.seen.front(), pair.inputs), elements));
    conclude(verdict);
    if (!calls.seen.empty() && m_request.seconds > 0)
        time(run, verdict, calls.seen.front().inputs);
    return {};
}

Status FunctionJudge::compareCall(PairRun& run, FunctionPair& pair, const CallInputs& call, Elements& elements)
{
    FunctionVerdict& verdict = pair.verdict;
    const bool drawn = call.call.empty();
    const Result<std::vector<Tensor>> expected = run.run(run.definition(), plainTarget(), call.inputs, 1);
    if (!expected)
        return drawn && !m_stop.stop_requested() ? Status() : Status(expected.error());
    const Result<std::vector<Tensor>> actual = run.run(run.implementation(), targetOf(run.implementation()),
                                                       taken(call.inputs, pair.inputs), m_request.threads);
    if (!actual) {
        if (m_stop.stop_requested() || actual.error().kind == ErrorKind::Bug)
            return actual.error();
        verdict.outcome = Outcome::Wrong;
        verdict.reason = actual.error().message;
        return {};
    }
    bool same = true;
    for (std::size_t r = 0; r < expected->size(); ++r) {
        verdict.elements += (*expected)[r].count();
        same = same && compare((*actual)[r], (*expected)[r], 0, 0).equalBits;
    }
    if (same)
        return {};
    if (verdict.outcome == Outcome::Exact)
        verdict.outcome = Outcome::Within;
    const Result<std::vector<BoundedResult>> bounds = run.bounds(call.inputs);
    if (!bounds && m_stop.stop_requested())
        return bounds.error();
    if (!bounds && verdict.reason.empty())
        verdict.reason = bounds.error().message;
    for (std::size_t r = 0; r < expected->size(); ++r)
        elements.compare((*actual)[r], (*expected)[r], bounds ? &(*bounds)[r] : nullptr,
                         pair.definition->results[r].name, call);
    return {};
}

// What cannot be timed has no time; its verdict stands.
void FunctionJudge::time(const PairRun& run, FunctionVerdict& verdict, const std::vector<Tensor>& inputs)
{
    if (m_request.target.evaluator || verdict.outcome == Outcome::Unjudged
        || inputs.size() != run.implementation().entryFunction()->params.size())
        return;
    MeasureInTurn measure;
    for (const Module* module : {&run.definition(), &run.implementation()})
        measure.modules.push_back(std::make_shared<const Module>(*module));
    measure.inputs = inputs;  // both take the same
    measure.target = targetOf(run.implementation());
    measure.threads = m_request.threads;
    measure.seconds = m_request.seconds;
    const auto measured = measureInTurn(m_toolchain, measure, m_stop, m_progress);
    if (!measured)
        return;
    const Timing &own = (*measured)[1].timing, &other = (*measured)[0].timing;
    verdict.speed = speed(own, other);
    verdict.ms = own.medianMs;
    verdict.againstMs = other.medianMs;
}

}  // namespace

const char* name(FunctionVerdict::Outcome outcome)
{
    constexpr const char* names[] = {"exact", "within", "WRONG", "unjudged"};
    return names[int(outcome)];
}

bool FunctionsReport::wrong() const
{
    return std::any_of(verdicts.begin(), verdicts.end(),
                       [](const FunctionVerdict& v) { return v.outcome == Outcome::Wrong; });
}

bool FunctionsReport::unjudged() const
{
    return std::any_of(verdicts.begin(), verdicts.end(),
                       [](const FunctionVerdict& v) { return v.outcome == Outcome::Unjudged; });
}

std::optional<Effect> functionsToCheck(const State& state, const std::vector<OutputVerdict>& outputs)
{
    const bool failed = std::any_of(outputs.begin(), outputs.end(),
                                    [](const OutputVerdict& output) { return !output.passed && output.precise; });
    if (failed)
        return Effect::Reassociated;
    return state.worst == Effect::Unsafe ? std::optional(Effect::Unsafe) : std::nullopt;
}

void settle(std::vector<OutputVerdict>& outputs, const State& state, const FunctionsReport& functions)
{
    // What steps did to the graph itself is at no function.
    if (state.steps > Effect::Reassociated || functions.verdicts.empty() || functions.wrong() || functions.unjudged())
        return;
    for (OutputVerdict& output : outputs)
        if (!output.passed && output.precise && output.precise->error <= 4 * output.precise->untouched) {
            output.passed = true;
            output.bound = 4 * output.precise->untouched;
        }
}

Result<FunctionsReport> checkFunctions(Toolchain& toolchain, const FunctionsRequest& request, std::stop_token stop,
                                       const Progress& progress)
{
    return FunctionJudge(toolchain, request, std::move(stop), progress).run();
}

}  // namespace strata
