// A search of depth one, by the same calls that a palette and a click make.
//
// Why it is right: each proposal was planned on the module that the one before leads to, so it is legal by the same
// proof as any step. Why it is short: proposals are made for the nodes that the refusal names, for the nodes that the
// step names and for the function, and each transform is proposed once a node; time is bounded, and a plan that was
// made before is found in context.plans.
#include "core/transform/help.h"

#include "core/transform/named.h"

#include <algorithm>

namespace strata {

namespace {

bool isList(ParameterKind kind) { return kind == ParameterKind::Nodes || kind == ParameterKind::Loops; }

class Search {
public:
    Search(const Module& module, const Step& step, const Error& error, const Registry& registry,
           const TransformContext& context, HelpLimits limits)
        : m_module(module)
        , m_step(step)
        , m_error(error)
        , m_registry(registry)
        , m_context(context)
        , m_limits(limits)
        , m_until(std::chrono::steady_clock::now() + limits.time)
    {
    }

    std::vector<Help> run()
    {
        const Result<const Transform*> transform = m_registry.find(m_step.transform);
        if (!transform || m_error.kind != ErrorKind::Refused)
            return {};
        m_transform = *transform;
        m_given = givenNodes();
        m_named = namedByStep();
        tryOtherNodes();
        for (const Transform* candidate : candidates())
            tryBefore(*candidate);
        return std::move(m_found);
    }

private:
    bool isOver() const
    {
        return m_found.size() >= m_limits.most || m_context.stop.stop_requested()
               || std::chrono::steady_clock::now() > m_until;
    }

    // Parameters of the step that name nodes, or a function as a whole.
    struct Given {
        const Parameter& parameter;
        NodeKind kind;
        std::string function;  // that the nodes are of
        const Argument& argument;
    };
    std::vector<Given> givenNodes() const
    {
        std::vector<Given> given;
        std::string function;
        for (const Parameter& parameter : m_transform->parameters) {
            const auto value = m_step.arguments.values.find(parameter.name);
            if (value == m_step.arguments.values.end())
                continue;
            if (parameter.kind == ParameterKind::Function)
                function = std::get<std::string>(value->second);
            const auto kind = parameter.kind == ParameterKind::Function ? std::optional(NodeKind::Function)
                                                                        : namedKind(parameter.kind);
            if (kind)
                given.push_back({parameter, *kind, function, value->second});
        }
        return given;
    }

    // The nodes that the step names, with its function last.
    std::vector<Cursor> namedByStep() const
    {
        std::vector<Cursor> nodes, functions;
        for (const Given& given : m_given)
            for (const std::string& name : namesIn(given.argument))
                if (given.kind == NodeKind::Function)
                    functions = {functionCursor(name)};
                else
                    nodes.push_back({given.function, given.kind, name});
        nodes.insert(nodes.end(), functions.begin(), functions.end());
        return nodes;
    }

    // --- the step itself, on other nodes
    void tryOtherNodes()
    {
        for (const Given& given : m_given) {
            const std::vector<std::string> names = namesIn(given.argument);
            for (const Cursor& node : m_error.nodes)
                if (given.kind != NodeKind::Function && node.kind == given.kind
                    && std::find(names.begin(), names.end(), node.name) == names.end())
                    tryWith(given.parameter, names, node.name);
        }
    }

    void tryWith(const Parameter& parameter, std::vector<std::string> names, const std::string& other)
    {
        Step step = m_step;
        names.push_back(other);
        step.arguments.values[parameter.name] = isList(parameter.kind) ? Argument(names) : Argument(other);
        if (!isOver() && planStep(*m_transform, m_module, step.arguments, m_context))
            add({{step}, false});
    }

    // --- a step before it, or in its place
    bool isHinted(const Transform& transform) const
    {
        const std::string name = transform.id.substr(transform.id.find('.') + 1);
        for (std::size_t at = m_error.hint.find(name); at != std::string::npos; at = m_error.hint.find(name, at + 1)) {
            const auto isPart = [this](std::size_t i) {
                return i < m_error.hint.size()
                       && (std::isalnum(static_cast<unsigned char>(m_error.hint[i])) || m_error.hint[i] == '_');
            };
            if (!isPart(at - 1) && !isPart(at + name.size()))
                return true;
        }
        return false;
    }

    // What the hint names, then what keeps every bit, then the rest. Not what changes the numbers more than
    // a reassociated step does, and nothing that takes text which only a person can write, or that draws.
    std::vector<const Transform*> candidates() const
    {
        std::vector<const Transform*> all;
        for (const Transform& transform : m_registry.all()) {
            const bool isNoHelp = std::any_of(
                transform.parameters.begin(), transform.parameters.end(),
                [](const Parameter& p) { return p.kind == ParameterKind::Text || p.name == "seed"; });
            if (transform.level != Level::Hardware && transform.effect <= Effect::Reassociated && !isNoHelp)
                all.push_back(&transform);
        }
        std::stable_sort(all.begin(), all.end(), [this](const Transform* a, const Transform* b) {
            return std::make_pair(!isHinted(*a), a->effect) < std::make_pair(!isHinted(*b), b->effect);
        });
        return all;
    }

    void tryBefore(const Transform& transform)
    {
        std::vector<Cursor> nodes = m_error.nodes;
        nodes.insert(nodes.end(), m_named.begin(), m_named.end());
        std::vector<Arguments> asked;
        const auto isDone = [&](Arguments arguments) {
            if (std::find(asked.begin(), asked.end(), arguments) != asked.end())
                return false;
            const Step first{transform.id, arguments, {}, {}};
            asked.push_back(std::move(arguments));
            const Result<Applied> applied = made(transform, first);
            return applied && tryAfter(first, *applied);
        };
        for (const Cursor& node : nodes) {
            if (isOver())
                return;
            if (const Result<Arguments> suggested = suggestArguments(transform, m_module, node);
                suggested && isDone(*suggested))
                return;
        }
        if (const std::optional<Arguments> inwards = firstLoopLast(transform); inwards && !isOver())
            isDone(*inwards);
    }

    // A list of the loops that the refusal names, the first of them last: what brings a loop inside the others.
    std::optional<Arguments> firstLoopLast(const Transform& transform) const
    {
        std::vector<std::string> loops;
        for (const Cursor& node : m_error.nodes)
            if (node.kind == NodeKind::Loop)
                loops.push_back(node.name);
        const auto list = std::find_if(transform.parameters.begin(), transform.parameters.end(),
                                       [](const Parameter& p) { return p.kind == ParameterKind::Loops; });
        if (loops.size() < 2 || list == transform.parameters.end())
            return std::nullopt;
        std::rotate(loops.begin(), loops.begin() + 1, loops.end());
        Result<Arguments> arguments = suggestArguments(transform, m_module, m_error.nodes.front());
        if (!arguments)
            return std::nullopt;
        arguments->values[list->name] = loops;
        return *arguments;
    }

    Result<Applied> made(const Transform& transform, const Step& step) const
    {
        STRATA_TRY(Applied applied, applyTransform(transform, m_module, step.arguments, m_context));
        if (applied.change->effect > Effect::Reassociated)
            return refused("It changes the numbers.");
        return applied;
    }

    // The refused step after another one; where a node became several, as each of them, the last first: the inner loop
    // of a split is what most steps want. Else, if the hint names it, the other one alone.
    bool tryAfter(const Step& first, const Applied& applied)
    {
        const std::vector<Step> ways = carried(applied.change->forwarding);
        const bool part = ways.size() > 1 && first.transform == m_step.transform;  // splitting a part is not splitting
        for (const Step& again : ways)
            if (!part && !(again == first) && planStep(*m_transform, *applied.module, again.arguments, m_context)) {
                add({{first, again}, true});
                return true;
            }
        const Result<const Transform*> transform = m_registry.find(first.transform);
        const bool instead = transform && isHinted(**transform) && first.transform != m_step.transform;
        if (instead)
            add({{first}, false});
        return instead;
    }

    std::vector<Step> carried(const Forwarding& forwarding) const
    {
        std::vector<Step> steps{m_step};
        for (const Given& given : m_given)
            if (given.kind != NodeKind::Function)
                steps = carried(std::move(steps), given, forwarding);
        return steps;
    }

    static std::vector<Step> carried(std::vector<Step> steps, const Given& given, const Forwarding& forwarding)
    {
        const auto targets = [&](const std::string& name) {
            std::vector<std::string> names;
            for (const Cursor& target : forward(forwarding, {given.function, given.kind, name}))
                if (target.kind == given.kind)
                    names.push_back(target.name);
            return names;
        };
        std::vector<Step> result;
        for (const Step& step : steps) {
            const Argument& argument = step.arguments.values.at(given.parameter.name);
            std::vector<Argument> choices;
            if (const auto* many = std::get_if<std::vector<std::string>>(&argument)) {
                std::vector<std::string> all;
                for (const std::string& name : *many)
                    for (const std::string& target : targets(name))
                        all.push_back(target);
                choices.emplace_back(std::move(all));
            } else {
                std::vector<std::string> one = targets(std::get<std::string>(argument));
                choices.assign(one.rbegin(), one.rend());
            }
            for (Argument& choice : choices) {
                result.push_back(step);
                result.back().arguments.values[given.parameter.name] = std::move(choice);
            }
        }
        return result;
    }

    void add(Help help)
    {
        if (std::find(m_found.begin(), m_found.end(), help) == m_found.end())
            m_found.push_back(std::move(help));
    }

    const Module& m_module;
    const Step& m_step;
    const Error& m_error;
    const Registry& m_registry;
    const TransformContext& m_context;
    HelpLimits m_limits;
    std::chrono::steady_clock::time_point m_until;
    const Transform* m_transform = nullptr;
    std::vector<Given> m_given;
    std::vector<Cursor> m_named;
    std::vector<Help> m_found;
};

}  // namespace

std::vector<Help> helpFor(const Module& module, const Step& step, const Error& error, const Registry& registry,
                          const TransformContext& context, HelpLimits limits)
{
    return Search(module, step, error, registry, context, limits).run();
}

std::string sentence(const Help& help, const Registry& registry)
{
    std::string result;
    for (std::size_t i = 0; i < help.steps.size(); ++i)
        result += (i > 0 ? ", then " : "") + title(help.steps[i], registry)
                  + (i + 1 < help.steps.size() ? " first" : "");
    return result;
}

}  // namespace strata
