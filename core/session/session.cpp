#include "core/session/session.h"

#include "core/analysis/checks.h"
#include "core/ir/implementations.h"
#include "core/transform/implementations.h"
#include "core/transform/named.h"

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
    const std::vector<bool> gone = this->gone();
    std::vector<int> result;
    for (const StatePtr& state : m_states)
        if (state->parent == id && !gone[state->id])
            result.push_back(state->id);
    return result;
}

std::vector<bool> Session::gone() const
{
    std::vector<bool> gone(m_states.size(), false);
    for (const int id : m_replaced)
        gone[id] = true;
    for (std::size_t id = m_states.size(); id-- > 1;)  // what follows a state was made after it
        if (!gone[id])
            gone[m_states[id]->parent] = false;
    return gone;
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
    state.group = std::move(computed.group);
    return add(std::move(state));
}

StatePtr Session::skip(const Step& step, std::optional<Error> refusal, std::vector<std::string> remarks,
                       StepGroup group)
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
    kept.group = std::move(group);
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
    for (StatePtr at = state(id); at->parent >= 0; at = state(at->parent)) {
        m_redo[at->parent] = at->id;
        m_replaced.erase(at->id);
    }
    for (int at = m_redo[id]; at >= 0; at = m_redo[at])
        m_replaced.erase(at);
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

// The node of another state that a node is there.
using Whereabouts = std::function<Cursor(const Cursor&)>;

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
            found->second = where(functionCursor(function)).function;
        } else if (const auto kind = namedKind(parameter.kind)) {
            const auto renamed = [&](const std::string& name) { return where({function, *kind, name}).name; };
            if (auto* one = std::get_if<std::string>(&found->second))
                *one = renamed(*one);
            else if (auto* many = std::get_if<std::vector<std::string>>(&found->second))
                std::transform(many->begin(), many->end(), many->begin(), renamed);
        }
    }
    return result;
}

}  // namespace

// A node that has its old name on the other state keeps it. One that is only part of a node there, as the inner loop of
// a split is of the loop that was split, is not that node.
Step Session::carried(const Step& step, int from, int to) const
{
    const Result<const Transform*> transform = m_registry->find(step.transform);
    if (!transform || from == to)
        return step;
    return forwardStep(step, **transform, [&](const Cursor& node) {
        const std::vector<Cursor> targets = forwardBetween(from, to, node);
        if (targets.size() != 1 || targets[0] == node)
            return node;
        std::vector<Cursor> back = forwardBetween(to, from, targets[0]);
        std::erase_if(back, [&](const Cursor& part) { return part.kind != node.kind; });
        return back.size() > 1 ? node : targets[0];
    });
}

// --- edits of a path
// -----------------------------------------------------------------------------------------------------------------------

namespace {

Error noStep(int id)
{
    return refused(say("State {} was made by no step.", id), {}, "Choose a step behind the model.");
}

}  // namespace

Session::Entry Session::entryOf(const StatePtr& old) { return {old, old->step, old->disabled, old->group, false}; }

std::vector<Session::Entry> Session::following(int id) const
{
    std::vector<Entry> entries;
    for (int at = next(id); at >= 0; at = next(at))
        entries.push_back(entryOf(m_states[at]));
    return entries;
}

Result<std::vector<StatePtr>> Session::statesOf(StepRange steps) const
{
    std::vector<StatePtr> found;
    for (StatePtr at = state(steps.last); at && at->parent >= 0; at = state(at->parent)) {
        found.insert(found.begin(), at);
        if (at->id == steps.first)
            return found;
    }
    if (steps.first == steps.last)
        return noStep(steps.first);
    return refused(say("State {} does not follow state {}.", steps.last, steps.first), {},
                   "Choose steps that follow each other on one path.");
}

// The names in an old step go from the state that it was taken on up to where both histories part, and down the new
// one. A step that is not taken keeps its words unless the new ones would do: they may fit again.
Result<StatePtr> Session::rewrite(int base, const std::vector<Entry>& entries)
{
    const int shown = m_current;
    std::map<int, int> inPlaceOf;  // old state -> new one
    for (const StatePtr& before : path(base))
        inPlaceOf[before->id] = before->id;
    select(base);
    StatePtr parent = current();
    for (const Entry& entry : entries) {
        const Step step = entry.old ? carried(entry.step, entry.old->parent, parent->id) : entry.step;
        const std::vector<std::string> remarks = entry.old ? entry.old->remarks : std::vector<std::string>();
        const bool renamed = !(step == entry.step);
        Result<Computed> computed = entry.disabled && !renamed ? Result<Computed>(bug("It is not taken."))
                                                               : compute(parent, step, *m_registry, m_context);
        if (entry.disabled) {
            parent = skip(computed ? step : entry.step, std::nullopt, remarks, entry.group);
        } else if (computed) {
            computed->remarks = remarks;
            computed->group = entry.group;
            parent = commit(std::move(*computed));
        } else if (entry.asked) {
            return computed.error();
        } else {
            parent = skip(entry.step, computed.error(), remarks, entry.group);
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

Result<StatePtr> Session::rewriteOrNothing(int base, const std::vector<Entry>& entries)
{
    const Session before = *this;  // states are shared, so this costs a list of pointers
    Result<StatePtr> last = rewrite(base, entries);
    if (!last)
        *this = before;
    return last;
}

Result<StatePtr> Session::rewriteInPlace(int base, const std::vector<Entry>& entries)
{
    STRATA_TRY(const StatePtr last, rewriteOrNothing(base, entries));
    for (const Entry& entry : entries)
        if (entry.old)
            m_replaced.insert(entry.old->id);
    for (const Entry& entry : entries)  // where another branch left, the way on is that
        if (const std::vector<int> left = entry.old ? children(entry.old->id) : std::vector<int>(); entry.old)
            m_redo[entry.old->id] = left.empty() ? m_redo[entry.old->id] : left.back();
    return last;
}

Result<StatePtr> Session::replace(int id, const std::optional<Step>& step)
{
    if (!step)
        return drop(id);
    if (id == 0 || !state(id))
        return noStep(id);
    // The person has said it in the names of its place, so it is new; it only stands where the old one stood.
    const StatePtr old = state(id);
    std::vector<Entry> entries = following(id);
    entries.insert(entries.begin(), Entry{old, *step, false, old->group, true});
    return rewriteOrNothing(old->parent, entries);
}

Result<StatePtr> Session::drop(StepRange steps)
{
    STRATA_TRY(const std::vector<StatePtr> dropped, statesOf(steps));
    const bool shown = std::any_of(dropped.begin(), dropped.end(),
                                   [&](const StatePtr& state) { return state->id == m_current; });
    const int base = dropped.front()->parent;
    const std::vector<Entry> entries = following(steps.last);
    STRATA_TRY(const StatePtr last, rewriteOrNothing(base, entries));
    if (entries.empty())
        selectAsTip(base);  // what was dropped is a branch now
    else if (shown)
        select(base);
    return last;
}

Result<StatePtr> Session::insert(int after, const Step& step)
{
    if (!state(after))
        return refused(say("There is no state {}.", after));
    std::vector<Entry> entries = following(after);
    const StepGroup group = entries.empty() ? nullptr : groupBetween(state(after)->group, entries.front().group);
    entries.insert(entries.begin(), Entry{nullptr, step, false, group, true});
    return rewriteInPlace(after, entries);
}

Result<StatePtr> Session::setDisabled(StepRange steps, bool disabled)
{
    STRATA_TRY(const std::vector<StatePtr> states, statesOf(steps));
    if (std::all_of(states.begin(), states.end(), [&](const StatePtr& s) { return s->disabled == disabled; }))
        return refused(say("{} {} already.", states.size() == 1 ? "The step is" : "The steps are",
                           disabled ? "left out" : "taken"));
    std::vector<Entry> entries;
    for (const StatePtr& state : states) {
        entries.push_back(entryOf(state));
        entries.back().asked = !disabled && state->disabled;
        entries.back().disabled = disabled;
    }
    for (Entry& later : following(steps.last))
        entries.push_back(std::move(later));
    return rewriteInPlace(states.front()->parent, entries);
}

Result<StatePtr> Session::move(StepRange steps, int after)
{
    STRATA_TRY(const std::vector<StatePtr> moved, statesOf(steps));
    const std::vector<StatePtr> whole = path(tip(steps.last));
    const auto place = [&](int wanted) {
        return std::find_if(whole.begin(), whole.end(), [&](const StatePtr& at) { return at->id == wanted; })
               - whole.begin();
    };
    const std::ptrdiff_t from = place(steps.first), to = place(steps.last), behind = place(after);
    if (behind == std::ptrdiff_t(whole.size()))
        return refused("That place is on another branch.", {}, "Go to the branch first.");
    if (behind >= from - 1 && behind <= to)
        return refused(from == to ? "The step stands there already." : "The steps stand there already.");
    std::vector<Entry> order;  // of the whole path, the model first
    for (std::ptrdiff_t i = 0; i < std::ptrdiff_t(whole.size()); ++i) {
        if (i < from || i > to)
            order.push_back(entryOf(whole[std::size_t(i)]));
        for (std::size_t j = 0; i == behind && j < moved.size(); ++j) {
            order.push_back(entryOf(moved[j]));
            order.back().asked = !moved[j]->refusal;
        }
    }
    std::vector<StepGroup> groups;
    for (const Entry& entry : order)
        groups.push_back(entry.group);
    const auto begin = std::size_t(behind < from ? behind + 1 : behind + 1 - std::ptrdiff_t(moved.size()));
    STRATA_CHECK(regroupMoved(groups, begin, moved.size()));
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i].group = groups[i];
    const std::ptrdiff_t base = std::min(from - 1, behind);
    return rewriteInPlace(whole[std::size_t(base)]->id, {order.begin() + base + 1, order.end()});
}

// --- what is said of steps
// -----------------------------------------------------------------------------------------------------------------

void Session::annotate(int id, const std::string& note, StepGroup group, std::vector<std::string> remarks)
{
    if (!state(id))
        return;
    State state = *m_states[id];
    state.step.comment = note;
    state.group = std::move(group);
    state.remarks = std::move(remarks);
    m_states[id] = std::make_shared<const State>(std::move(state));
}

Status Session::setNote(int id, const std::string& note)
{
    if (id == 0 || !state(id))
        return noStep(id);
    annotate(id, oneLine(note), m_states[id]->group, m_states[id]->remarks);
    return {};
}

Status Session::setGroup(StepRange steps, const std::string& title)
{
    STRATA_TRY(const std::vector<StatePtr> states, statesOf(steps));
    const std::string line = oneLine(title);
    const StepGroup group = line.empty() ? nullptr : std::make_shared<const std::string>(line);
    for (const StatePtr& state : states)
        annotate(state->id, state->step.comment, group, state->remarks);
    return {};
}

StepRange Session::groupAround(int id) const
{
    StepRange steps(id);
    if (!state(id) || !m_states[id]->group)
        return steps;
    const StepGroup& group = m_states[id]->group;
    while (m_states[steps.first]->parent > 0 && m_states[m_states[steps.first]->parent]->group == group)
        steps.first = m_states[steps.first]->parent;
    while (next(steps.last) >= 0 && m_states[next(steps.last)]->group == group)
        steps.last = next(steps.last);
    return steps;
}

namespace {

// Where a node came from: forward(invert(forwarding), cursor), without inverting what thousands of nodes became.
std::vector<Cursor> backward(const Forwarding& forwarding, const Cursor& cursor)
{
    std::vector<Cursor> origins;
    for (const auto& [from, targets] : forwarding)
        if (std::find(targets.begin(), targets.end(), cursor) != targets.end())
            origins.push_back(from);
    if (!origins.empty() || cursor.kind == NodeKind::Function)
        return origins.empty() ? std::vector{cursor} : origins;
    const std::vector<Cursor> functions = backward(forwarding, functionCursor(cursor.function));
    for (const Cursor& function : functions)
        if (function.kind == NodeKind::Function)
            origins.push_back({function.function, cursor.kind, cursor.name});
    return origins;
}

}  // namespace

std::vector<Cursor> Session::forwardBetween(int from, int to, const Cursor& cursor) const
{
    std::vector<StatePtr> up = path(from), down = path(to);
    std::size_t common = 0;
    while (common < up.size() && common < down.size() && up[common] == down[common])
        ++common;
    std::set<Cursor> nodes{cursor};
    const auto through = [&](auto next, const Forwarding& forwarding) {
        std::set<Cursor> found;
        for (const Cursor& node : nodes)
            for (Cursor& target : next(forwarding, node))
                found.insert(std::move(target));
        nodes = std::move(found);
    };
    for (std::size_t i = up.size(); i-- > common;)
        through(backward, up[i]->forwarding);
    for (std::size_t i = common; i < down.size(); ++i)
        through(forward, down[i]->forwarding);
    return {nodes.begin(), nodes.end()};
}

}  // namespace strata
