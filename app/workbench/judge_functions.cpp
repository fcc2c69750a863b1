// Pairs of a definition and what took its place are found on the path of the session (lineage.h). Those that the last
// state has are judged there; one that a later step merged, in the last state that had it, so that no change is lost in
// what came after. At each of these states the module runs with all definitions in place, which gives the inputs.
#include "app/workbench/judge_functions.h"

#include "app/workbench/error_twin.h"
#include "app/workbench/roundoff.h"
#include "core/ir/calls.h"
#include "core/operators/infer.h"
#include "core/reference/evaluation.h"
#include "passes/lowering/lower_functions.h"

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

using Outcome = FunctionVerdict::Outcome;

// Two functions of the same parameters and results.
struct Pair {
    FunctionPtr definition, implementation;
    FunctionVerdict verdict;
};

FunctionPtr renamed(const FunctionPtr& function, const std::string& name)
{
    if (function->name == name)
        return function;
    Function copy = *function;
    copy.name = name;
    return std::make_shared<const Function>(std::move(copy));
}

bool sameTypes(const std::vector<TypedName>& a, const std::vector<TypedName>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const TypedName& x, const TypedName& y) { return x.type == y.type; });
}

// A module that is this function: what primitives it calls and the target come from another.
Module alone(const Module& of, const FunctionPtr& function)
{
    Module module;
    module.name = of.name;
    module.functions = {function};
    module.entry = function->name;
    module.intrinsics = of.intrinsics;
    module.target = of.target;
    return module;
}

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
// does what is no number.
CallInputs drawnLike(const CallInputs& call)
{
    CallInputs drawn{"", call.inputs};
    std::uint64_t state = 1;
    for (Tensor& tensor : drawn.inputs) {
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
    PairRun(Toolchain& toolchain, const Module& lowered, const Pair& pair, std::stop_token stop,
            const Progress& progress)
        : m_toolchain(toolchain)
        , m_pair(pair)
        , m_definition(alone(lowered, pair.definition))
        , m_implementation(alone(lowered, pair.implementation))
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
    const Module& implementation() const { return m_implementation; }

    Result<std::vector<Tensor>> run(const Module& module, RunTarget target, const std::vector<Tensor>& inputs,
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
    const Pair& m_pair;
    Module m_definition, m_implementation;
    std::stop_token m_stop;
    const Progress& m_progress;
    ErrorTwin m_twin;
    std::optional<Artifact> m_bounding;
};

// The elements that differ, put together into the verdict of the function.
class Elements {
public:
    explicit Elements(FunctionVerdict& verdict)
        : m_verdict(verdict)
    {
    }

    // `bounded`: nullptr if there is no bound at all.
    void compare(const Tensor& actual, const Tensor& plain, const BoundedResult* bounded, const std::string& result,
                 const std::string& where)
    {
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
        for (const Lineage& lineage : all) {
            if (lineage.changed() && lineage.claim >= m_request.least)
                byState[lineage.to].push_back(&lineage);
        }
        byState[m_request.path.size() - 1];  // routines are judged there
        for (const auto& [state, changed] : byState)
            STRATA_CHECK(judgeAt(state, changed));
        return std::move(m_report);
    }

private:
    Status judgeAt(std::size_t state, const std::vector<const Lineage*>& changed);
    Result<FunctionPtr> definitionOf(const Lineage& lineage) const;
    std::vector<Pair> pairsAt(const Module& lowered, std::size_t state, const std::vector<const Lineage*>& changed);
    Result<ModulePtr> withRoutinesDefined(const Module& lowered, std::vector<Pair>& pairs);
    Result<FunctionPtr> routineDefinition(const Module& lowered, const FunctionPtr& wrapper) const;
    Status judge(const Module& lowered, Pair& pair, const CallsSeen& calls);
    Status compareCall(PairRun& run, Pair& pair, const CallInputs& call, Elements& elements);
    void time(const PairRun& run, FunctionVerdict& verdict, const std::vector<Tensor>& inputs);
    std::string standing(std::size_t from) const
    {
        return from == 0 ? "as it first stood" : "as step " + std::to_string(from) + " made it";
    }
    RunTarget plainTarget() const
    {
        return m_request.target == RunTarget::Reference ? RunTarget::Reference : RunTarget::Cpu;
    }
    // Only what is made for a device runs there.
    RunTarget targetOf(const Module& module) const
    {
        return m_request.target == RunTarget::OpenCl && !hasDeviceFunctions(module) ? RunTarget::Cpu : m_request.target;
    }

    Toolchain& m_toolchain;
    const FunctionsRequest& m_request;
    std::stop_token m_stop;
    const Progress& m_progress;
    FunctionsReport m_report;
};

Result<FunctionPtr> FunctionJudge::definitionOf(const Lineage& lineage) const
{
    if (!lineage.first->graph())
        return lineage.first;
    STRATA_TRY(const LoweredGraph lowered,
               loopsOf(*m_request.path[lineage.from]->module, lineage.first, *m_toolchain.lowering));
    return lowered.function;
}

std::vector<Pair> FunctionJudge::pairsAt(const Module& lowered, std::size_t state,
                                         const std::vector<const Lineage*>& changed)
{
    std::vector<Pair> pairs;
    const std::size_t end = m_request.path.size() - 1;
    for (const Lineage* lineage : changed) {
        Pair pair;
        FunctionVerdict& verdict = pair.verdict;
        verdict.function = lineage->last->name;
        verdict.against = standing(lineage->from);
        verdict.claim = lineage->claim;
        if (state < end)
            verdict.until = "before step " + std::to_string(state + 1);
        pair.implementation = lowered.find(lineage->last->name);
        if (!pair.implementation)
            continue;  // nobody calls it
        const Result<FunctionPtr> definition = definitionOf(*lineage);
        if (!definition) {
            verdict.outcome = Outcome::Unjudged;
            verdict.reason = definition.error().message;
        } else if (!sameTypes((*definition)->params, pair.implementation->params)
                   || !sameTypes((*definition)->results, pair.implementation->results)) {
            verdict.outcome = Outcome::Unjudged;
            verdict.reason = "It takes other parameters than " + verdict.against + ".";
        } else if ((*definition)->hardware() && (*definition)->name != pair.implementation->name) {
            verdict.outcome = Outcome::Unjudged;
            verdict.reason = "It was LLVM IR under the name " + (*definition)->name + ".";
        } else {
            pair.definition = renamed(*definition, pair.implementation->name);
            if (pair.definition == pair.implementation || equal(*pair.definition, *pair.implementation))
                continue;  // lowered, and no more
        }
        pairs.push_back(std::move(pair));
    }
    return pairs;
}

// A routine's call as a function of its own, under names that say nothing of where it stands: equal calls are equal.
FunctionPtr wrapped(const LibraryCall& call, const BufferTypes& types)
{
    Function function;
    LibraryCall inside = call;
    inside.name = "call";
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
        if (call.inputs[i].kind == Operand::Kind::None)
            continue;
        const std::string name = "x" + std::to_string(i);
        function.params.push_back({name, {ValueType::Kind::Tensor, *types.of(call.inputs[i])}});
        inside.inputs[i] = Operand::value(name);
    }
    for (std::size_t i = 0; i < call.outputs.size(); ++i) {
        const std::string name = "y" + std::to_string(i);
        function.results.push_back({name, {ValueType::Kind::Tensor, *types.of(Operand::value(call.outputs[i]))}});
        inside.outputs[i] = name;
    }
    LibraryBody body;
    body.statements = {std::make_shared<const LibraryStmt>(std::move(inside))};
    function.body = std::move(body);
    return std::make_shared<const Function>(std::move(function));
}

// The operators that a routine stands for, as loops.
Result<FunctionPtr> FunctionJudge::routineDefinition(const Module& lowered, const FunctionPtr& wrapper) const
{
    const auto& call = std::get<LibraryCall>(*wrapper->library()->statements.front());
    STRATA_TRY(const std::vector<GraphNode> nodes, reference::routineAsNodes(call));
    Function graph = *wrapper;
    GraphBody body;
    for (GraphNode node : nodes) {
        for (TypedName& output : node.outputs)
            output.type.tensor.ranked = false;
        body.nodes.push_back(std::make_shared<const GraphNode>(std::move(node)));
    }
    body.returns = {Operand::value(nodes.back().outputs[0].name)};
    graph.body = std::move(body);
    STRATA_TRY(const InferredTypes inferred, inferFunction(lowered, graph));
    STRATA_TRY(const LoweredGraph loops, loopsOf(lowered, inferred.function, *m_toolchain.lowering));
    return loops.function;
}

// The module with calls of routines turned into calls of what they stand for.
Result<ModulePtr> FunctionJudge::withRoutinesDefined(const Module& lowered, std::vector<Pair>& pairs)
{
    const FunctionPtr program = lowered.entryFunction();
    const BufferTypes types(lowered, *program);
    std::map<std::string, std::string> known;  // text of the wrapper -> function
    Module module = lowered;
    LibraryBody body = *program->library();
    for (LibraryStmtPtr& statement : body.statements) {
        const auto* call = std::get_if<LibraryCall>(statement.get());
        if (!call || call->kind != LibraryCall::Callee::Routine)
            continue;
        const FunctionPtr wrapper = wrapped(*call, types);
        std::string& name = known[print(*wrapper)];
        if (name.empty()) {
            name = freshName("routine", [&](const std::string& n) { return module.find(n) != nullptr; });
            STRATA_TRY(const FunctionPtr definition, routineDefinition(lowered, renamed(wrapper, name)));
            Pair pair;
            pair.definition = definition;
            pair.implementation = renamed(wrapper, name);
            pair.verdict.function = call->callee + " " + toString(wrapper->results.front().type);
            pair.verdict.against = "the operators it stands for";
            pair.verdict.claim = Effect::Reassociated;
            pairs.push_back(std::move(pair));
            module.functions.insert(module.functions.begin(), definition);
        }
        LibraryCall defined = *call;
        defined.kind = LibraryCall::Callee::Function;
        defined.callee = name;
        defined.attributes.clear();
        std::erase_if(defined.inputs, [](const Operand& operand) { return operand.kind == Operand::Kind::None; });
        statement = std::make_shared<const LibraryStmt>(std::move(defined));
    }
    Function entry = *program;
    entry.body = std::move(body);
    return module.withFunction(std::make_shared<const Function>(std::move(entry)));
}

Status FunctionJudge::judgeAt(std::size_t state, const std::vector<const Lineage*>& changed)
{
    STRATA_TRY(const LoweredModule lowered, lowerByDefault(*m_request.path[state]->module, m_toolchain.lowering.get()));
    std::vector<Pair> pairs = pairsAt(*lowered.module, state, changed);
    ModulePtr reference = lowered.module;
    for (const Pair& pair : pairs)
        if (pair.definition)
            reference = reference->withFunction(pair.definition);
    const bool last = state + 1 == m_request.path.size();
    const std::size_t own = pairs.size();
    STRATA_TRY(reference, withRoutinesDefined(*reference, pairs));
    if (!last || m_request.least > Effect::Reassociated)
        pairs.resize(own);
    std::vector<std::string> functions;
    for (const Pair& pair : pairs)
        if (pair.definition)
            functions.push_back(pair.definition->name);
    const auto take = [&](const std::string& function, const CallsSeen& calls) -> Status {
        for (Pair& pair : pairs)
            if (pair.definition && pair.definition->name == function)
                STRATA_CHECK(judge(*lowered.module, pair, calls));
        return {};
    };
    STRATA_CHECK(
        inputsAtCalls(m_toolchain, *reference, m_request.inputs, plainTarget(), functions, take, m_stop, m_progress));
    for (const Pair& pair : pairs)
        m_report.verdicts.push_back(pair.verdict);
    if (last && m_request.least == Effect::Exact) {
        int functionsThere = 0;
        for (const FunctionPtr& function : lowered.module->functions)
            functionsThere += function != lowered.module->entryFunction();
        m_report.untouched = functionsThere - int(own);
    }
    return {};
}

Status FunctionJudge::judge(const Module& lowered, Pair& pair, const CallsSeen& calls)
{
    FunctionVerdict& verdict = pair.verdict;
    verdict.calls = calls.calls;
    if (m_progress)
        m_progress("judging " + verdict.function, 0.5);
    PairRun run(m_toolchain, lowered, pair, m_stop, m_progress);
    Elements elements(verdict);
    for (const CallInputs& call : calls.seen) {
        STRATA_CHECK(compareCall(run, pair, call, elements));
        ++verdict.seen;
    }
    if (!calls.seen.empty() && verdict.outcome != Outcome::Wrong)
        STRATA_CHECK(compareCall(run, pair, drawnLike(calls.seen.front()), elements));
    conclude(verdict);
    if (!calls.seen.empty() && m_request.seconds > 0)
        time(run, verdict, calls.seen.front().inputs);
    return {};
}

Status FunctionJudge::compareCall(PairRun& run, Pair& pair, const CallInputs& call, Elements& elements)
{
    FunctionVerdict& verdict = pair.verdict;
    const bool drawn = call.call.empty();
    const Result<std::vector<Tensor>> expected = run.run(run.definition(), plainTarget(), call.inputs, 1);
    if (!expected)
        return drawn && !m_stop.stop_requested() ? Status() : Status(expected.error());
    const Result<std::vector<Tensor>> actual = run.run(run.implementation(), targetOf(run.implementation()),
                                                       call.inputs, m_request.threads);
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
                         pair.definition->results[r].name, drawn ? "on drawn inputs" : "of call " + call.call);
    return {};
}

// What cannot be timed has no time; its verdict stands.
void FunctionJudge::time(const PairRun& run, FunctionVerdict& verdict, const std::vector<Tensor>& inputs)
{
    if (m_request.target == RunTarget::Reference || verdict.outcome == Outcome::Unjudged)
        return;
    MeasureInTurn measure;
    for (const Module* module : {&run.definition(), &run.implementation()})
        measure.modules.push_back(std::make_shared<const Module>(*module));
    measure.inputs = inputs;
    measure.target = targetOf(run.implementation());
    measure.threads = m_request.threads;
    measure.seconds = m_request.seconds;
    if (const auto measured = measureInTurn(m_toolchain, measure, m_stop, m_progress))
        verdict.speed = speed((*measured)[1].timing, (*measured)[0].timing);
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

Result<FunctionsReport> checkFunctions(Toolchain& toolchain, const FunctionsRequest& request, std::stop_token stop,
                                       const Progress& progress)
{
    return FunctionJudge(toolchain, request, std::move(stop), progress).run();
}

}  // namespace strata
