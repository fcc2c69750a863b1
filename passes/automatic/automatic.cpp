// Automatic scheduling: the steps that a person would take, by known rules, in the session like any others.
//
// A rule knows when a step is worth it; whether it is legal is asked of the transform itself, so no schedule that is
// found here can be wrong. Graph first (clean up, fuse, loops for what is worth them), then each function of loops:
// chains are inlined, reductions get a register tile, what is left becomes vectors and threads. The same module gives
// the same steps every time, and each can be looked at, changed and undone.
#include "passes/automatic/automatic.h"

#include "core/index/sizes.h"
#include "core/ir/implementations.h"
#include "passes/automatic/for_sizes.h"
#include "passes/automatic/schedule.h"
#include "passes/lowering/lower_nodes.h"
#include "passes/rewrite/function.h"

namespace strata {

namespace {

using namespace automatic;

// Steps on the graph, each on its own.
struct GraphSteps {
    Session& session;
    AutomaticReport& report;

    Status take(const std::string& transform, Arguments arguments, const std::string& rule)
    {
        Step step;
        step.transform = transform;
        step.arguments = std::move(arguments);
        step.automatic = rule;
        const Result<StatePtr> taken = session.apply(step);
        report.steps += taken.ok();
        return taken ? Status() : taken.error();
    }
    // A refusal means that there is nothing to do.
    void offer(const std::string& transform, Arguments arguments, const std::string& rule)
    {
        const Status taken = take(transform, std::move(arguments), rule);
        if (!taken && taken.error().kind == ErrorKind::Bug)
            report.failures.push_back({rule, transform, taken.error()});
    }
    // A refusal is worth a word: what is not lowered is not scheduled.
    void lower(Arguments arguments, const std::string& where)
    {
        if (const Status taken = take("graph.lower_to_loops", std::move(arguments), "lower"); !taken)
            report.failures.push_back({"lower", where, taken.error()});
    }
};

// The steps that a rule takes become a group, if there are several.
void grouped(Session& session, const std::string& title, const std::function<void()>& rule)
{
    const int before = session.current()->id;
    rule();
    const int last = session.current()->id;
    int first = last;
    while (first != before && session.state(first)->parent != before)
        first = session.state(first)->parent;
    if (first != last)
        (void)session.setGroup({first, last}, "auto: " + title);  // they follow each other
}

// Nothing is left of it if the function is not for a device.
bool scheduleForDevice(Session& session, const std::string& function, AutomaticReport& report)
{
    const std::size_t before = session.path().size();
    Session tried = session;
    Schedule schedule(tried, function, report);
    grouped(tried, "inline in " + function, [&] { inlineChains(schedule); });
    bool isMade = false;
    grouped(tried, "threads of " + function, [&] { isMade = scheduleThreads(schedule); });
    if (!isMade)
        return false;
    session = std::move(tried);
    report.steps += int(session.path().size() - before);
    return true;
}

void scheduleLoops(Session& session, const std::string& function, AutomaticReport& report, const Decisions& decisions,
                   Effect most)
{
    const std::size_t before = session.path().size();
    Schedule schedule(session, function, report, decisions, most);
    grouped(session, "inline in " + function, [&] { inlineChains(schedule); });
    grouped(session, "layout in " + function, [&] { followLayouts(schedule); });
    grouped(session, "borders in " + function, [&] { inlineBorders(schedule); });
    bool isRows = false;
    grouped(session, "rows of " + function, [&] { isRows = scheduleRows(schedule); });
    if (isRows) {
        report.steps += int(session.path().size() - before);
        return;
    }
    // A rule may move blocks of other nests along, so each is looked at when its turn comes.
    const std::vector<std::string> blocks = schedule.blocks();
    for (const std::string& block : blocks)
        if (schedule.hasBlock(block) && isReduction(schedule.block(block)))
            grouped(session, "register tile, " + block + " of " + function, [&] {
                schedule.stayBelow(orderedLoopOf(schedule, block));
                if (!scheduleDotProduct(schedule, block) && !scheduleDepthwise(schedule, block)
                    && !schedulePlanes(schedule, block))
                    scheduleTile(schedule, block);
            });
    for (const std::string& block : blocks)
        if (schedule.hasBlock(block)) {
            schedule.stayBelow(orderedLoopOf(schedule, block));
            if (isUntouched(schedule, block))
                grouped(session, "elementwise, " + block + " of " + function,
                        [&] { scheduleElementwise(schedule, block); });
        }
    report.steps += int(session.path().size() - before);
}

// All nodes of the entry that can be lowered, in one step; the others are reported.
void lowerAll(GraphSteps steps, const std::string& entry)
{
    const ModulePtr module = steps.session.current()->module;
    LoweringCache cache;
    const Result<NodeLowering> lowering = NodeLowering::of(*module, module->find(entry), cache);
    if (!lowering)
        return steps.report.failures.push_back({"lower", entry, lowering.error()});
    NodeNames nodes = lowering->worthLoops();
    const std::map<std::string, Error> refusals = lowering->refusals(nodes);
    for (const auto& [node, error] : refusals) {
        steps.report.failures.push_back({"lower", node, error});
        nodes.erase(node);
    }
    if (nodes.empty())
        return;
    Arguments arguments{{{"function", entry}}};
    if (!refusals.empty())
        arguments.values["nodes"] = std::vector<std::string>(nodes.begin(), nodes.end());
    steps.lower(arguments, entry);
}

// Each step is judged for the whole function, so that steps for each of its blocks take time by their square, and with
// sizes a judgement is dear: a Concat of 90 pieces took a minute. Such functions copy, which LLVM makes moves of.
constexpr std::size_t manyBlocks = 48;

void scheduleFunction(Session& session, const std::string& function, AutomaticReport& report,
                      const Decisions& decisions = {}, Effect most = Effect::Reassociated,
                      MadeFor target = MadeFor::Cpu)
{
    const FunctionPtr before = session.current()->module->find(function);
    if (before->graph() && !isProgram(*session.current()->module, *before))
        GraphSteps{session, report}.lower({{{"function", function}}}, function);
    const FunctionPtr lowered = session.current()->module->find(function);
    const auto schedule = [&](Session& one, AutomaticReport& of) { scheduleLoops(one, function, of, decisions, most); };
    if (const std::size_t blocks = lowered->loops() ? blockNames(*lowered).size() : 0;
        blocks > manyBlocks && hasSizes(*lowered))
        report.failures.push_back(
            {"any size", function, refused(say("{} has {} blocks that run to sizes.", function, blocks))});
    else if (lowered->loops() && hasSizes(*lowered))
        scheduleForSizes(session, function, report, schedule);
    else if (lowered->loops() && (target == MadeFor::Cpu || !scheduleForDevice(session, function, report)))
        schedule(session, report);
}

}  // namespace

Result<AutomaticReport> autoSchedule(Session& session, const std::string& function, std::stop_token,
                                     const Decisions& decisions, MadeFor target)
{
    STRATA_CHECK(findFunction(*session.current()->module, function));
    AutomaticReport report;
    scheduleFunction(session, function, report, decisions, Effect::Reassociated, target);
    return report;
}

std::map<std::string, std::vector<std::string>> decisionsFor(const Session& session, const std::string& function,
                                                             int threads)
{
    Session copy = session;  // states are shared
    AutomaticReport report;
    const FunctionPtr target = copy.current()->module->find(function);
    if (!target || !target->loops())
        return {};
    Schedule schedule(copy, function, report);
    inlineChains(schedule);
    followLayouts(schedule);
    inlineBorders(schedule);
    std::map<std::string, std::vector<std::string>> all;
    constexpr std::int64_t fewInstances = 1 << 12;  // not worth another thread, whatever each of them does
    for (const std::string& block : schedule.blocks()) {
        if (threads > 1 && instances(schedule.block(block)) >= fewInstances)
            all[threadsOf(block)] = threadChoices();
        if (!isReduction(schedule.block(block)) || runsAlongRows(schedule))
            continue;
        schedule.stayBelow(orderedLoopOf(schedule, block));
        std::vector<std::string> choices = dotProductsOf(schedule, block);
        if (choices.empty())
            choices = depthwiseTilesOf(schedule, block);
        if (choices.empty())
            choices = planeTilesOf(schedule, block);
        if (choices.empty())
            choices = tilesOf(schedule, block);
        if (choices.size() > 1)
            all[block] = std::move(choices);
    }
    return all;
}

namespace {

// A graph that is a whole program, up to functions of loops.
void lowerProgram(Session& session, AutomaticReport& report, Effect most, MadeFor target, const std::string& program)
{
    GraphSteps steps{session, report};
    const Arguments whole{{{"function", program}}};
    Arguments folding = whole;
    folding.values["max_bytes"] = std::int64_t(16) << 20;
    grouped(session, "integers", [&] {
        steps.offer("graph.remove_identity", whole, "integers");
        steps.offer("graph.expand_quantized", whole, "integers");
        if (most >= Effect::Reassociated) {
            steps.offer("graph.compute_in_integers", whole, "integers");
            steps.offer("graph.make_unsigned", whole, "integers");
        }
        steps.offer("graph.fold_zero_points", whole, "integers");
    });
    grouped(session, "clean up", [&] {
        steps.offer("graph.fold_constants", folding, "clean up");
        steps.offer("graph.remove_identity", whole, "clean up");
        if (most >= Effect::Reassociated)
            steps.offer("graph.fold_batch_normalization", whole, "clean up");
        steps.offer("graph.remove_dead", whole, "clean up");
    });
    const ChannelValues channels = channelValues(*session.current()->module, *session.current()->module->find(program));
    steps.offer("graph.fuse_automatically", whole, "fuse");
    lowerAll(steps, program);
    if (target == MadeFor::Device)
        return;  // threads that follow each other along a row read what lies side by side as it is
    const ModulePtr lowered = session.current()->module;
    for (const Arguments& arguments : layoutSteps(*lowered, *lowered->find(program), channels))
        steps.offer("graph.convert_layout", arguments, "channels last");
}

}  // namespace

Result<std::vector<std::string>> autoLower(Session& session, AutomaticReport& report, Effect most, MadeFor target)
{
    const FunctionPtr entry = session.current()->module->entryFunction();
    if (!entry)
        return refused("The module has no entry function.", {}, "Name one: module NAME(entry=FUNCTION).");
    for (const FunctionPtr& program : programsOf(*session.current()->module))
        if (program->graph())
            lowerProgram(session, report, most, target, program->name);
    std::vector<std::string> functions;
    for (const FunctionPtr& function : session.current()->module->functions)
        if (function->loops())
            functions.push_back(function->name);
    return functions;
}

Result<AutomaticReport> autoScheduleAll(Session& session, std::stop_token stop,
                                        const std::function<void(const std::string&, double)>& progress, Effect most,
                                        MadeFor target)
{
    AutomaticReport report;
    STRATA_TRY(const std::vector<std::string> functions, autoLower(session, report, most, target));
    for (std::size_t i = 0; i < functions.size() && !stop.stop_requested(); ++i) {
        if (progress)
            progress("scheduling " + functions[i], double(i) / double(functions.size()));
        scheduleFunction(session, functions[i], report, {}, most, target);
    }
    return report;
}

}  // namespace strata
