// A run by call, put beside what the cost model says of each function. The model does not know everything, so what it
// finds is told as a share of the measured time; what helps is tried before it is told.
#include "app/workbench/explain.h"

#include "app/workbench/borders.h"
#include "app/workbench/run_sizes.h"

#include "core/index/sizes.h"
#include "core/ir/calls.h"
#include "core/ir/cpu.h"
#include "core/text/names.h"
#include "passes/automatic/automatic.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace strata {

namespace {

// What is said of a waste, and the steps that may help, the best first; FUNCTION, NODE and LANES stand for the place.
struct Advice {
    Waste::Kind kind;
    const char* text;
    std::vector<const char*> steps;
};

const std::vector<Advice>& advice()
{
    static const std::vector<Advice> all{
        {Waste::Kind::Scalar,
         "It computes element by element; vectors would do many at once.",
         {"loops.vectorize(FUNCTION, NODE)", "loops.split(FUNCTION, NODE, [_, LANES])"}},
        {Waste::Kind::Tail,
         "Its vectors do not fill whole registers: split by a factor that divides the extent, or by a whole register.",
         {}},
        {Waste::Kind::Latency,
         "A sum waits for itself: more sums at once (a larger tile, an unrolled loop inside of the sum) would fill the "
         "time.",
         {}},
        {Waste::Kind::Gather,
         "Neighbours in a vector do not lie side by side in memory: another layout, or vectors along another loop, "
         "would read them at once.",
         {}},
        {Waste::Kind::Slow,
         "Divisions, roots or elementary functions take most of it: computed once before, or for fewer elements, they "
         "would cost less.",
         {}},
        {Waste::Kind::Movement,
         "It only moves data: in the function before or after, or by a layout that both agree on, that would cost "
         "nothing.",
         {"graph.convert_layout(ENTRY)", "graph.fuse_automatically(ENTRY)"}},
        {Waste::Kind::Registers, "Its sums do not fit the registers: a smaller tile would keep them there.", {}},
        {Waste::Kind::Memory,
         "Its data come again from behind the caches: a tile that fits them, or fusing with what makes or reads them, "
         "would save the way.",
         {"graph.fuse_automatically(ENTRY)"}},
        {Waste::Kind::FarWeights,
         "Its data are read once, from where the whole model lies: smaller types, or a larger batch, would read less.",
         {}},
    };
    return all;
}

std::string replaced(std::string text, const std::string& what, const std::string& by)
{
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

class Explainer {
public:
    Explainer(Toolchain& toolchain, const State& state, const Module& lowered, const MachineLimits& machine)
        : m_state(state)
        , m_lowered(lowered)
        , m_machine(modelOf(machine))
        , m_modelBytes(modelBytes(lowered))
        , m_session(state.module, makeRegistry(), makeContext(toolchain))
    {
    }

    void complete(FunctionCost& cost, const std::vector<std::string>& remarks) const;

private:
    std::string firstLegal(const Advice& advice, const std::string& function, const std::string& node) const;
    std::optional<double> scheduled(const FunctionPtr& function) const;

    const State& m_state;
    const Module& m_lowered;
    MachineModel m_machine;
    double m_modelBytes;
    Session m_session;
};

std::string Explainer::firstLegal(const Advice& advice, const std::string& function, const std::string& node) const
{
    const FunctionPtr entry = m_state.module->entryFunction();
    for (std::string line : advice.steps) {
        line = replaced(line, "FUNCTION", text::nameText(function));
        line = replaced(line, "NODE", text::nameText(node));
        line = replaced(line, "LANES", std::to_string(vectorBytes(m_lowered.target.isa) / 4));
        line = replaced(line, "ENTRY", entry ? text::nameText(entry->name) : "");
        Session session = m_session;  // states are shared
        const Result<Step> step = parseStep(line, session.registry());
        if (step && session.apply(*step))
            return line;
    }
    return "";
}

bool isUnscheduled(const Function& function)
{
    bool plain = true;
    walk(function.loops()->body, [&](const StmtPtr& stmt) {
        const Loop* loop = as<Loop>(stmt);
        plain = plain && (!loop || loop->kind == LoopKind::Serial) && !as<IntrinsicCall>(stmt);
    });
    return plain;
}

// What the function would take by automatic scheduling.
std::optional<double> Explainer::scheduled(const FunctionPtr& function) const
{
    Session session(std::make_shared<const Module>(m_lowered), makeRegistry(), {});
    if (!autoSchedule(session, function->name))
        return std::nullopt;
    return predict(*session.current()->module, *session.current()->module->find(function->name), m_machine,
                   m_modelBytes)
        .seconds;
}

void Explainer::complete(FunctionCost& cost, const std::vector<std::string>& remarks) const
{
    const FunctionPtr function = m_lowered.find(cost.function);
    if (!function || !function->loops())
        return;
    if (hasSizes(*function)) {
        cost.bound = "sizes that data tell: not predicted";
        return;
    }
    const Prediction prediction = predict(m_lowered, *function, m_machine, m_modelBytes);
    cost.predictedMs = 1000 * prediction.seconds * cost.calls;
    cost.flops = prediction.flops * cost.calls;
    cost.bytes = prediction.bytes * cost.calls;
    cost.bound = prediction.bound;
    const double time = cost.ms > 0 ? cost.ms : cost.predictedMs;
    if (isUnscheduled(*function)) {
        const std::optional<double> after = scheduled(function);
        if (after && *after < 0.8 * prediction.seconds)
            cost.causes.push_back({"not scheduled",
                                   "Its loops are as the definition has them; automatic scheduling (--auto) tiles and "
                                   "vectorizes them.",
                                   time * (1 - *after / prediction.seconds), ""});
    }
    for (const Waste& waste : prediction.wastes) {
        const double part = std::min(1.0, waste.seconds / prediction.seconds);
        if (part < 0.05 || (!cost.causes.empty() && waste.kind == Waste::Kind::Scalar))
            continue;
        for (const Advice& one : advice())
            if (one.kind == waste.kind)
                cost.causes.push_back({name(waste.kind), one.text, time * part,
                                       m_state.module->find(cost.function) || one.kind == Waste::Kind::Movement
                                           ? firstLegal(one, cost.function, waste.node)
                                           : ""});
    }
    for (const std::string& remark : remarks)
        cost.causes.push_back({name(Waste::Kind::Registers), remark, 0, ""});
    std::stable_sort(cost.causes.begin(), cost.causes.end(),
                     [](const Cause& a, const Cause& b) { return a.gainMs > b.gainMs; });
}

// Calls of the runtime program, by function, at their quickest: what else the machine does is no property of the loops.
std::vector<FunctionCost> costsOf(const Module& lowered, const Loaded& loaded, const Timing& timing)
{
    std::map<std::string, double> times;
    for (std::size_t i = 0; i < std::min(loaded.calls.size(), timing.quickestMs.size()); ++i)
        times[loaded.calls[i]] += timing.quickestMs[i];
    std::map<std::string, FunctionCost> byFunction;
    const FunctionPtr entry = lowered.entryFunction();
    forEachCall(*entry, [&](const Call& call) {
        FunctionCost& cost = byFunction[call.callee];
        cost.function = call.callee;
        ++cost.calls;
        if (const auto found = times.find(call.name); found != times.end())
            cost.ms += found->second;
    });
    std::vector<FunctionCost> costs;
    double sum = 0;
    for (auto& [name, cost] : byFunction) {
        sum += cost.ms;
        costs.push_back(std::move(cost));
    }
    for (FunctionCost& cost : costs)
        cost.share = sum > 0 ? cost.ms / sum : 0;
    std::stable_sort(costs.begin(), costs.end(),
                     [](const FunctionCost& a, const FunctionCost& b) { return a.ms > b.ms; });
    return costs;
}

// What the compiler says of sums that are left in memory.
std::vector<std::string> spills(Toolchain& toolchain, const Module& lowered, const std::string& function,
                                std::stop_token stop)
{
    std::vector<std::string> texts;
    if (const Result<FunctionCode> code = toolchain.compiler.code(lowered, function, stop))
        for (const Error& remark : code->remarks)
            texts.push_back(remark.message);
    return texts;
}

// With the numbers that these inputs tell in the place of sizes, so that there is something to count. Functions with
// sizes that data tell keep them.
ModulePtr atSizesOf(const std::vector<Tensor>& inputs, const ModulePtr& lowered)
{
    const FunctionPtr entry = lowered->entryFunction();
    if (!hasSizes(*entry))
        return lowered;
    std::vector<TensorType> declared;
    for (const TypedName& param : entry->params)
        declared.push_back(param.type.tensor);
    ModulePtr bound = lowered->withFunction(withSizes(entry, sizesTold(declared, inputs)));
    const BufferTypes types(*bound, *bound->entryFunction());
    std::map<std::string, SizeValues> sizesOf;  // of each function at its first call
    forEachCall(*bound->entryFunction(), [&](const Call& call) {
        const FunctionPtr callee = lowered->find(call.callee);
        std::vector<Shape> arguments;
        for (const Operand& input : call.inputs)
            arguments.push_back(types.of(input).value_or(TensorType()).shape);
        for (const auto& [size, dim] : callee ? sizesAtCall(*callee, arguments, {}) : std::map<std::string, Dim>())
            if (dim.isConstant())
                sizesOf[call.callee].emplace(size, dim.constant());
    });
    for (const auto& [name, at] : sizesOf)
        bound = bound->withFunction(withSizes(lowered->find(name), at));
    return bound;
}

}  // namespace

MachineModel modelOf(const MachineLimits& limits)
{
    MachineModel model;
    model.flopsPerSecond = limits.flopsPerSecond;
    model.threads = limits.threads;
    for (const MemoryLevel& level : limits.levels)
        model.levels.push_back({level.name, level.bytes, level.bytesPerSecond});
    return model;
}

double modelBytes(const Module& lowered)
{
    double sum = 0;
    for (const auto& [name, constant] : lowered.constants)
        sum += double(byteCount(constant->type()).value_or(0));
    const FunctionPtr entry = lowered.entryFunction();
    return sum + (entry && entry->library() ? double(entry->library()->arenaBytes) : 0);
}

FunctionCost explainFunction(Toolchain& toolchain, const State& state, const Module& lowered, FunctionCost cost,
                             const std::vector<std::string>& remarks, const MachineLimits& machine)
{
    Explainer(toolchain, state, lowered, machine).complete(cost, remarks);
    return cost;
}

Result<Explanation> explain(Toolchain& toolchain, const State& state, const std::vector<Tensor>& inputs, int threads,
                            double seconds, const ModulePtr& untouched, std::stop_token stop, const Progress& progress)
{
    STRATA_TRY(const LoweredModule lowered, lowerByDefault(*state.module, toolchain.lowering.get()));
    MeasureInTurn request;
    request.modules = {state.module};
    request.inputs = inputs;
    request.threads = threads;
    request.seconds = seconds;
    STRATA_TRY(const std::vector<MeasuredModule> measured, measureInTurn(toolchain, request, stop, progress));
    Explanation result;
    STRATA_TRY(result.machine, toolchain.runner.limits(cpuOf(state.module->target.isa).needs, threads));
    result.ms = measured[0].timing.medianMs;
    result.functions = costsOf(*lowered.module, measured[0].artifact.loaded, measured[0].timing);
    constexpr double worthALook = 0.02;  // of the time
    const ModulePtr counted = atSizesOf(inputs, lowered.module);
    const Explainer explainer(toolchain, state, *counted, result.machine);
    std::vector<double> times, predictions;
    for (FunctionCost& cost : result.functions) {
        if (stop.stop_requested())
            return refused(say("Explaining was stopped."));
        if (progress)
            progress("explaining " + cost.function, double(times.size()) / double(result.functions.size()));
        explainer.complete(cost, cost.share >= worthALook ? spills(toolchain, *lowered.module, cost.function, stop)
                                                          : std::vector<std::string>());
        result.predictedMs += cost.predictedMs;
        result.quickestMs += cost.ms;
        if (cost.ms > 0 && cost.predictedMs > 0) {
            times.push_back(cost.ms / cost.calls);
            predictions.push_back(cost.predictedMs / cost.calls);
        }
    }
    if (untouched) {
        STRATA_TRY(const auto kernels, libraryKernels(toolchain, untouched, *lowered.module, request, stop, progress));
        for (FunctionCost& cost : result.functions)
            if (const auto kernel = kernels.find(cost.function); kernel != kernels.end())
                cost.library = kernel->second;
    }
    const std::vector<double>& medians = measured[0].timing.callMs;
    if (result.quickestMs > 0)
        result.busy = std::accumulate(medians.begin(), medians.end(), 0.0) / result.quickestMs;
    result.rankCorrelation = rankCorrelation(times, predictions);
    return result;
}

}  // namespace strata
