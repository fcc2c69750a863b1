// The part of the workspace that takes steps again on other functions than those they were made for.
#include "app/window/models/said.h"
#include "app/window/workspace/workspace.h"

#include <set>

namespace strata {

namespace {

// The function that a step is about; empty: none.
std::string functionOf(const Step& step, const Registry& registry)
{
    const auto transform = registry.find(step.transform);
    if (!transform)
        return {};
    for (const Parameter& parameter : (*transform)->parameters)
        if (parameter.kind == ParameterKind::Function && step.arguments.has(parameter.name))
            if (const auto* name = std::get_if<std::string>(&step.arguments.values.at(parameter.name)))
                return *name;
    return {};
}

Status applied(Session& session, const Step& step)
{
    STRATA_CHECK(session.apply(step));
    return {};
}

Step onFunction(Step step, const Registry& registry, const std::string& from, const std::string& to)
{
    const auto transform = registry.find(step.transform);
    for (const Parameter& parameter : transform ? (*transform)->parameters : std::vector<Parameter>())
        if (const auto found = step.arguments.values.find(parameter.name); parameter.kind == ParameterKind::Function
                                                                           && found != step.arguments.values.end()
                                                                           && found->second == Argument(from))
            found->second = to;
    step.comment.clear();
    return step;
}

}  // namespace

void Workspace::applyTo(StepRange range, std::vector<std::string> functions)
{
    std::vector<Step> steps;
    std::string from;
    for (const StatePtr& state : isOpen() ? m_desk.session->path(range.last) : std::vector<StatePtr>()) {
        if (state->id < range.first || state->id == 0 || state->disabled || state->refusal)
            continue;
        steps.push_back(state->step);
        if (from.empty())
            from = functionOf(state->step, *m_desk.registry);
    }
    std::erase(functions, from);
    if (from.empty())
        return m_desk.say(tr("These steps are on no function of their own."));
    if (functions.empty())
        return m_desk.say(tr("That is the function they are made for."));
    const LoweredStatePtr lowered = m_desk.scene.shown ? m_desk.scene.shown->lowered : nullptr;
    const auto before = [state = m_desk.session->current(), lowered, registry = m_desk.registry,
                         context = m_desk.context](const std::string& name) {
        return prepare(state, Place{functionCursor(name), true}, lowered.get(), *registry, context).steps;
    };
    const auto refused = std::make_shared<QStringList>();
    edit(tr("Taking steps on other functions"),
         [this, steps, from, functions, before, refused](Session& session, const JobSink& sink) -> Status {
             std::optional<Error> first;
             int taken = 0;
             for (const std::string& to : functions) {
                 sink.progress(to, double(taken) / double(functions.size()));
                 if (sink.stop.stop_requested())
                     break;
                 Session trial = session;  // states are shared
                 Status status;
                 for (const Step& step : session.current()->module->find(to) ? std::vector<Step>() : before(to))
                     if (status = applied(trial, step); !status)
                         break;
                 for (std::size_t i = 0; i < steps.size() && status; ++i)
                     status = applied(trial, onFunction(steps[i], *m_desk.registry, from, to));
                 if (status) {
                     session = trial;
                     ++taken;
                 } else {
                     refused->append(QString::fromStdString(to));
                     first = first ? first : std::optional(status.error());
                 }
             }
             if (first && taken == 0)
                 return *first;
             QMetaObject::invokeMethod(this, [this, taken, refused] {
                 m_desk.say(refused->isEmpty() ? tr("Taken on %n function(s).", nullptr, taken)
                                               : tr("Taken on %n function(s); they do not fit %1.", nullptr, taken)
                                                     .arg(refused->join(QStringLiteral(", "))));
             });
             return {};
         });
}

std::vector<std::pair<std::string, bool>> Workspace::othersFor(StepRange range) const
{
    std::vector<std::pair<std::string, bool>> others;
    const ShownPtr& shown = m_desk.scene.shown;
    if (!isOpen() || !shown || !shown->lowered)
        return others;
    std::string from;
    std::set<std::string> named;  // loops that the steps begin with
    for (const StatePtr& state : m_desk.session->path(range.last)) {
        if (state->id < range.first || state->id == 0 || !from.empty())
            continue;
        from = functionOf(state->step, *m_desk.registry);
        const FunctionPtr function = m_desk.session->state(state->parent)->module->find(from);
        if (function && function->loops())
            walk(function->loops()->body, [&](const StmtPtr& stmt) {
                if (const Loop* loop = as<Loop>(stmt))
                    named.insert(loop->name);
            });
    }
    for (const std::string& name : shown->functions) {
        const FunctionPtr function = shown->lowered->module().find(name);
        if (name == from || !function || !function->loops())
            continue;
        std::set<std::string> loops;
        walk(function->loops()->body, [&](const StmtPtr& stmt) {
            if (const Loop* loop = as<Loop>(stmt))
                loops.insert(loop->name);
        });
        others.emplace_back(name, !named.empty() && loops == named);
    }
    return others;
}

}  // namespace strata
