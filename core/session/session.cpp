#include "core/session/session.h"

#include "core/analysis/checks.h"
#include "core/ir/implementations.h"
#include "core/transform/implementations.h"

#include <algorithm>
#include <set>

namespace strata {

Session::Session(ModulePtr root, std::shared_ptr<const Registry> registry, TransformContext context)
    : m_registry(std::move(registry))
    , m_context(std::move(context))
{
    State state;
    state.module = std::move(root);
    for (const UnprovedIndex& found : trustedOnWord(*state.module))
        state.notes.push_back(sentence(found));
    state.effect = state.notes.empty() ? Effect::Exact : Effect::Unsafe;
    state.worst = effectOfChoices(*state.module);
    m_states.push_back(std::make_shared<const State>(std::move(state)));
    m_redo.push_back(-1);
}

StatePtr Session::current() const { return m_states[m_current]; }

StatePtr Session::state(int id) const
{
    return id >= 0 && id < static_cast<int>(m_states.size()) ? m_states[id] : nullptr;
}

std::vector<StatePtr> Session::path() const { return path(m_current); }

std::vector<StatePtr> Session::path(int id) const
{
    std::vector<StatePtr> result;
    for (StatePtr at = state(id); at; at = state(at->parent))
        result.push_back(at);
    std::reverse(result.begin(), result.end());
    return result;
}

std::vector<int> Session::children(int id) const
{
    std::vector<int> result;
    for (const StatePtr& state : m_states)
        if (state->parent == id)
            result.push_back(state->id);
    return result;
}

std::vector<StatePtr> Session::all() const { return m_states; }

Effect Session::effect(const State& state) const { return std::max(m_states[0]->effect, state.worst); }

Result<Session::Computed> Session::compute(const StatePtr& parent, const Step& step, const Registry& registry,
                                           const TransformContext& context)
{
    STRATA_TRY(const Transform* transform, registry.find(step.transform));
    Step taken = step;
    taken.arguments = onDefaultChoice(*transform, *parent->module, step.arguments);
    STRATA_TRY(ChangePtr change, planStep(*transform, *parent->module, taken.arguments, context));
    return Computed{parent->id, std::move(taken), std::move(change), {}};
}

Result<Session::Computed> Session::compute(const Step& step) const
{
    return compute(current(), step, *m_registry, m_context);
}

StatePtr Session::commit(Computed computed)
{
    State state;
    state.parent = computed.parent;
    state.step = std::move(computed.step);
    state.module = splice(*m_states[state.parent]->module, *computed.change);
    state.forwarding = computed.change->forwarding;
    state.effect = computed.change->effect;
    const State& before = *m_states[state.parent];
    state.steps = onlyImplementations(*before.module, *computed.change) ? before.steps
                                                                        : std::max(state.effect, before.steps);
    state.worst = std::max(state.steps, effectOfChoices(*state.module));
    state.notes = computed.change->notes;
    state.remarks = std::move(computed.remarks);
    return add(std::move(state));
}

StatePtr Session::skip(const Step& step, std::optional<Error> refusal, std::vector<std::string> remarks)
{
    const StatePtr parent = current();
    State kept;
    kept.parent = parent->id;
    kept.step = step;
    kept.module = parent->module;
    kept.steps = parent->steps;
    kept.worst = parent->worst;
    kept.disabled = !refusal;
    kept.refusal = std::move(refusal);
    kept.remarks = std::move(remarks);
    return add(std::move(kept));
}

void Session::setEnd(int id, std::vector<std::string> remarks)
{
    if (remarks.empty())
        m_ends.erase(id);
    else
        m_ends[id] = std::move(remarks);
}

std::vector<std::string> Session::end(int id) const
{
    const auto found = m_ends.find(id);
    return found == m_ends.end() ? std::vector<std::string>() : found->second;
}

StatePtr Session::add(State state)
{
    state.id = static_cast<int>(m_states.size());
    m_redo[state.parent] = state.id;
    m_redo.push_back(-1);
    m_current = state.id;
    return m_states.emplace_back(std::make_shared<const State>(std::move(state)));
}

Result<StatePtr> Session::apply(const Step& step)
{
    STRATA_TRY(Computed computed, compute(step));
    return commit(std::move(computed));
}

bool Session::canUndo() const { return m_current != 0; }
bool Session::canRedo() const { return m_redo[m_current] >= 0; }

void Session::undo()
{
    if (canUndo())
        select(m_states[m_current]->parent);
}

void Session::redo()
{
    if (canRedo())
        select(m_redo[m_current]);
}

int Session::next(int id) const { return state(id) ? m_redo[id] : -1; }

int Session::tip(int id) const
{
    while (next(id) >= 0)
        id = next(id);
    return id;
}

void Session::select(int id)
{
    if (!state(id))
        return;
    for (StatePtr at = state(id); at->parent >= 0; at = state(at->parent))
        m_redo[at->parent] = at->id;
    m_current = id;
}

void Session::selectAsTip(int id)
{
    if (!state(id))
        return;
    select(id);
    m_redo[id] = -1;
}

namespace {

// Where the nodes of one state are in another.
using Whereabouts = std::function<std::vector<Cursor>(const Cursor&)>;

// The node that a step's argument names, one target each: "j" of f becomes "j0" where that is what became of it. A node
// that is still there, or became several, keeps its name.
Cursor forwarded(const Whereabouts& where, const Cursor& cursor)
{
    const std::vector<Cursor> targets = where(cursor);
    return targets.size() == 1 ? targets[0] : cursor;
}

std::optional<NodeKind> namedKind(ParameterKind kind)
{
    switch (kind) {
    case ParameterKind::Node:
    case ParameterKind::Nodes: return NodeKind::Operator;
    case ParameterKind::Loop:
    case ParameterKind::Loops: return NodeKind::Loop;
    case ParameterKind::Block: return NodeKind::Block;
    case ParameterKind::Buffer: return NodeKind::Buffer;
    default: return std::nullopt;
    }
}

// Rewrites the names in a step that was taken on one history so that it speaks of the same nodes on another.
Step forwardStep(const Step& step, const Transform& transform, const Whereabouts& where)
{
    Step result = step;
    std::string function;
    for (const Parameter& parameter : transform.parameters) {
        auto found = result.arguments.values.find(parameter.name);
        if (found == result.arguments.values.end())
            continue;
        if (parameter.kind == ParameterKind::Function) {
            function = std::get<std::string>(found->second);
            found->second = forwarded(where, functionCursor(function)).function;
        } else if (const auto kind = namedKind(parameter.kind)) {
            const auto renamed = [&](const std::string& name) {
                return forwarded(where, {function, *kind, name}).name;
            };
            if (auto* one = std::get_if<std::string>(&found->second))
                *one = renamed(*one);
            else if (auto* many = std::get_if<std::vector<std::string>>(&found->second))
                std::transform(many->begin(), many->end(), many->begin(), renamed);
        }
    }
    return result;
}

// From the nodes of an old state to those of the new one that stands in its place, where both came from states related
// by `parents`: back through the old step, over, and forward through the new one.
Forwarding carry(const Forwarding& parents, const Forwarding& oldStep, const Forwarding& newStep)
{
    std::set<Cursor> mentioned;
    for (const auto& [from, targets] : oldStep)
        mentioned.insert(targets.begin(), targets.end());
    const Forwarding back = invert(oldStep);
    Forwarding result;
    for (const auto& [from, targets] : compose(parents, newStep))
        if (!oldStep.count(from) || mentioned.count(from))
            result[from] = targets;
    for (const Cursor& node : mentioned) {
        std::vector<Cursor> targets;
        for (const Cursor& origin : back.at(node))
            for (const Cursor& middle : forward(parents, origin))
                for (const Cursor& target : forward(newStep, middle))
                    if (std::find(targets.begin(), targets.end(), target) == targets.end())
                        targets.push_back(target);
        // The same step gave the same name: keep it rather than every sibling that came from the same node.
        if (std::find(targets.begin(), targets.end(), node) != targets.end())
            result.erase(node);
        else
            result[node] = std::move(targets);
    }
    return result;
}

}  // namespace

Result<StatePtr> Session::replace(int id, const std::optional<Step>& step)
{
    if (id == 0 || !state(id))
        return refused("State " + std::to_string(id) + " was made by no step.", {}, "Choose a step behind the model.");
    const int shown = m_current;
    const std::vector<StatePtr> old = path(tip(id));
    const auto at = std::find_if(old.begin(), old.end(), [&](const StatePtr& state) { return state->id == id; });
    std::map<int, int> inPlaceOf;  // old state -> new one
    for (auto before = old.begin(); before != at; ++before)
        inPlaceOf[(*before)->id] = (*before)->id;

    StatePtr parent = *std::prev(at);
    Forwarding changes = invert((*at)->forwarding);  // nodes after the dropped step -> before it
    if (step) {
        STRATA_TRY(Computed computed, compute(parent, *step, *m_registry, m_context));
        changes = carry({}, (*at)->forwarding, computed.change->forwarding);
        computed.remarks = (*at)->remarks;
        parent = commit(std::move(computed));
        setEnd(parent->id, end(id));
    } else {
        select(parent->id);
    }
    inPlaceOf[id] = parent->id;
    for (auto later = std::next(at); later != old.end(); ++later) {
        parent = replayStep(parent, **later, changes);
        setEnd(parent->id, end((*later)->id));
        inPlaceOf[(*later)->id] = parent->id;
    }
    if (step == std::nullopt && std::next(at) == old.end())
        selectAsTip(parent->id);  // the dropped step is a branch now
    if (const auto found = inPlaceOf.find(shown); found != inPlaceOf.end())
        select(found->second);
    return parent;
}

StatePtr Session::replayStep(const StatePtr& parent, const State& old, Forwarding& changes)
{
    Step step = old.step;
    if (Result<const Transform*> transform = m_registry->find(step.transform))
        step = forwardStep(old.step, **transform, [&](const Cursor& node) { return forward(changes, node); });
    if (old.disabled)
        return skip(step, std::nullopt, old.remarks);
    Result<Computed> computed = compute(parent, step, *m_registry, m_context);
    if (computed) {
        changes = carry(changes, old.forwarding, computed->change->forwarding);
        computed->remarks = old.remarks;
        return commit(std::move(*computed));
    }
    changes = carry(changes, old.forwarding, {});
    return skip(old.step, computed.error(), old.remarks);
}

std::vector<Session::Entry> Session::following(int id) const
{
    std::vector<Entry> entries;
    for (int at = next(id); at >= 0; at = next(at))
        entries.push_back({m_states[at], m_states[at]->step, m_states[at]->disabled});
    return entries;
}

// The names in an old step go from the state that it was taken on up to where both histories part, and down the new
// one; a node that has its old name there keeps it.
Result<StatePtr> Session::rewrite(int base, const std::vector<Entry>& entries)
{
    const int shown = m_current;
    std::map<int, int> inPlaceOf;  // old state -> new one
    select(base);
    StatePtr parent = current();
    for (const Entry& entry : entries) {
        Step step = entry.step;
        const Result<const Transform*> transform = m_registry->find(step.transform);
        if (entry.old && transform)
            step = forwardStep(step, **transform, [&](const Cursor& node) {
                const std::vector<Cursor> targets = forwardBetween(entry.old->parent, parent->id, node);
                return std::find(targets.begin(), targets.end(), node) == targets.end() ? targets : std::vector{node};
            });
        const std::vector<std::string> remarks = entry.old ? entry.old->remarks : std::vector<std::string>();
        Result<Computed> computed = entry.disabled ? Result<Computed>(bug("It is not taken."))
                                                   : compute(parent, step, *m_registry, m_context);
        if (computed) {
            computed->remarks = remarks;
            parent = commit(std::move(*computed));
        } else if (!entry.old) {
            select(shown);
            return computed.error();
        } else {
            parent = skip(step, entry.disabled ? std::nullopt : std::optional(computed.error()), remarks);
        }
        if (entry.old) {
            inPlaceOf[entry.old->id] = parent->id;
            setEnd(parent->id, end(entry.old->id));
        }
    }
    if (const auto found = inPlaceOf.find(shown); found != inPlaceOf.end())
        select(found->second);
    return parent;
}

Result<StatePtr> Session::insert(int after, const Step& step)
{
    if (!state(after))
        return refused("There is no state " + std::to_string(after) + ".");
    std::vector<Entry> entries = following(after);
    entries.insert(entries.begin(), Entry{nullptr, step, false});
    return rewrite(after, entries);
}

Result<StatePtr> Session::setDisabled(int id, bool disabled)
{
    if (id == 0 || !state(id))
        return refused("State " + std::to_string(id) + " was made by no step.", {}, "Choose a step behind the model.");
    if (m_states[id]->disabled == disabled)
        return refused(disabled ? "The step is left out already." : "The step is taken already.");
    std::vector<Entry> entries = following(id);
    entries.insert(entries.begin(), Entry{m_states[id], m_states[id]->step, disabled});
    return rewrite(m_states[id]->parent, entries);
}

Result<StatePtr> Session::move(int id, int after)
{
    if (id == 0 || !state(id) || !state(after))
        return refused("There is no such step.", {}, "Choose a step behind the model.");
    const std::vector<StatePtr> whole = path(tip(id));
    const auto place = [&](int wanted) {
        return std::find_if(whole.begin(), whole.end(), [&](const StatePtr& at) { return at->id == wanted; })
               - whole.begin();
    };
    const auto from = place(id), behind = place(after);
    if (behind == std::ptrdiff_t(whole.size()))
        return refused("That place is on another branch.", {}, "Go to the branch first.");
    if (behind == from || behind == from - 1)
        return refused("The step stands there already.");
    std::vector<StatePtr> order;
    for (std::ptrdiff_t i = 0; i < std::ptrdiff_t(whole.size()); ++i) {
        if (i != from)
            order.push_back(whole[std::size_t(i)]);
        if (i == behind)
            order.push_back(whole[std::size_t(from)]);
    }
    std::vector<Entry> entries;
    const auto base = std::size_t(std::min(from - 1, behind));
    for (std::size_t i = base + 1; i < order.size(); ++i)
        entries.push_back({order[i], order[i]->step, order[i]->disabled});
    return rewrite(order[base]->id, entries);
}

std::vector<Cursor> Session::forwardBetween(int from, int to, const Cursor& cursor) const
{
    std::vector<StatePtr> up = path(from), down = path(to);
    std::size_t common = 0;
    while (common < up.size() && common < down.size() && up[common] == down[common])
        ++common;
    std::set<Cursor> nodes{cursor};
    const auto through = [&](const Forwarding& forwarding) {
        std::set<Cursor> next;
        for (const Cursor& node : nodes)
            for (Cursor& target : forward(forwarding, node))
                next.insert(std::move(target));
        nodes = std::move(next);
    };
    for (std::size_t i = up.size(); i-- > common;)
        through(invert(up[i]->forwarding));
    for (std::size_t i = common; i < down.size(); ++i)
        through(down[i]->forwarding);
    return {nodes.begin(), nodes.end()};
}

}  // namespace strata
