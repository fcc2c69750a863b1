#include "passes/pipelines/automatic.h"

namespace strata {

namespace {

// Applies a step if it is legal here; a refusal means that there is nothing to do.
int offer(Session& session, const std::string& transform, Arguments arguments, const std::string& rule)
{
    Step step;
    step.transform = transform;
    step.arguments = std::move(arguments);
    step.automatic = rule;
    return session.apply(step) ? 1 : 0;
}

}  // namespace

Result<int> autoSchedule(Session& session, const std::string& function, std::stop_token)
{
    if (!session.current()->module->find(function))
        return refused("There is no function " + function + ".");
    return 0;
}

Result<int> autoScheduleAll(Session& session, std::stop_token, const std::function<void(const std::string&, double)>&)
{
    const FunctionPtr entry = session.current()->module->entryFunction();
    if (!entry)
        return refused("The module has no entry function.");
    if (!entry->graph())
        return autoSchedule(session, entry->name);
    int steps = 0;
    const Arguments whole{{{"function", entry->name}}};
    Arguments folding = whole;
    folding.values["max_bytes"] = std::int64_t(16) << 20;
    steps += offer(session, "graph.fold_constants", folding, "clean up");
    steps += offer(session, "graph.remove_dead", whole, "clean up");
    steps += offer(session, "graph.fuse_automatically", whole, "fuse");
    return steps;
}

}  // namespace strata
