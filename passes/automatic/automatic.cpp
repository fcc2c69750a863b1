#include "passes/automatic/automatic.h"

#include "core/operators/operator.h"
#include "core/operators/views.h"
#include "passes/automatic/schedule.h"

#include <set>

namespace strata {

namespace {

using namespace automatic;

// Applies a step if it is legal here; a refusal means that there is nothing to do.
int offer(Session& session, const std::string& transform, Arguments arguments, const std::string& rule)
{
    Step step;
    step.transform = transform;
    step.arguments = std::move(arguments);
    step.automatic = rule;
    return session.apply(step) ? 1 : 0;
}

int scheduleLoops(Session& session, const std::string& function)
{
    Schedule schedule(session, function);
    schedule.setRule("inline");
    inlineChains(schedule);
    // A rule may move blocks of other nests along, so each is looked at when its turn comes.
    const std::vector<std::string> blocks = schedule.blocks();
    for (const std::string& block : blocks)
        if (schedule.hasBlock(block) && isReduction(schedule.block(block)))
            scheduleTile(schedule, block);
    for (const std::string& block : blocks)
        if (schedule.hasBlock(block) && isUntouched(schedule, block))
            scheduleElementwise(schedule, block);
    return schedule.taken();
}

// Nodes of the graph that are worth loops of their own: what has a computation and is not only another view of memory.
bool isWorthLoops(const GraphNode& node)
{
    static const std::set<std::string> known{"Constant", "Shape"};  // before anything runs
    const Operator* definition = node.isCall() ? nullptr : findOperator(node);
    return definition && definition->compute && !isView(node) && !known.count(node.op);
}

// The calls and nodes of the entry become functions with loops.
int lowerAll(Session& session, const std::string& entry)
{
    int steps = 0;
    std::set<std::string> callees;
    std::vector<std::string> nodes;
    for (const GraphNodePtr& node : session.current()->module->find(entry)->graph()->nodes) {
        if (node->isCall())
            callees.insert(node->callee);
        else if (isWorthLoops(*node))
            nodes.push_back(node->name);
    }
    for (const std::string& callee : callees)
        if (session.current()->module->find(callee)->graph())
            steps += offer(session, "graph.lower_to_loops", {{{"function", callee}}}, "lower");
    for (const std::string& node : nodes)
        steps += offer(session, "graph.lower_to_loops", {{{"function", entry}, {"node", node}}}, "lower");
    return steps;
}

}  // namespace

Result<int> autoSchedule(Session& session, const std::string& function, std::stop_token)
{
    const FunctionPtr target = session.current()->module->find(function);
    if (!target)
        return refused("There is no function " + function + ".");
    int steps = 0;
    if (target->graph() && target != session.current()->module->entryFunction())
        steps += offer(session, "graph.lower_to_loops", {{{"function", function}}}, "lower");
    if (session.current()->module->find(function)->loops())
        steps += scheduleLoops(session, function);
    return steps;
}

Result<int> autoScheduleAll(Session& session, std::stop_token stop,
                            const std::function<void(const std::string&, double)>& progress)
{
    const FunctionPtr entry = session.current()->module->entryFunction();
    if (!entry)
        return refused("The module has no entry function.");
    if (entry->loops())
        return autoSchedule(session, entry->name);
    int steps = 0;
    if (entry->graph()) {
        const Arguments whole{{{"function", entry->name}}};
        Arguments folding = whole;
        folding.values["max_bytes"] = std::int64_t(16) << 20;
        steps += offer(session, "graph.fold_constants", folding, "clean up");
        steps += offer(session, "graph.remove_identity", whole, "clean up");
        steps += offer(session, "graph.remove_dead", whole, "clean up");
        steps += offer(session, "graph.fuse_automatically", whole, "fuse");
        steps += lowerAll(session, entry->name);
    }
    std::vector<std::string> functions;
    for (const FunctionPtr& function : session.current()->module->functions)
        if (function->loops())
            functions.push_back(function->name);
    for (std::size_t i = 0; i < functions.size() && !stop.stop_requested(); ++i) {
        if (progress)
            progress("schedule " + functions[i], double(i) / double(functions.size()));
        STRATA_TRY(const int taken, autoSchedule(session, functions[i], stop));
        steps += taken;
    }
    return steps;
}

}  // namespace strata
