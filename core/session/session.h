// A session is a tree of states. Each state but the root is its parent plus a step. States are immutable once made;
// undo and redo move a pointer, so undo gives the same module pointer. Not thread-safe: one owner; long work happens on
// copies of ModulePtr.
#pragma once

#include "core/session/groups.h"
#include "core/transform/plan.h"
#include "core/transform/step.h"

#include <memory>
#include <set>

namespace strata {

struct State;
using StatePtr = std::shared_ptr<const State>;

struct State {
    int id = 0;  // in order of creation; 0 is the root
    int parent = -1;
    Step step;                      // how it came from the parent; the root's is empty
    ModulePtr module;               // after a refused step: the parent's
    Forwarding forwarding;          // parent's nodes -> these
    Effect effect = Effect::Exact;  // of this step; the root's: unsafe if the text itself trusts an index
    Effect steps = Effect::Exact;   // the worst of all steps from the root that changed definitions
    // What may differ from the root's definitions: by those steps, or by an implementation that is chosen here.
    Effect worst = Effect::Exact;
    std::vector<std::string> notes;
    std::optional<Error> refusal;  // a replayed step that no longer applies: kept, struck through, skipped
    bool disabled = false;
    StepGroup group;                   // that its step is in; or nullptr
    std::vector<std::string> remarks;  // comment and blank lines that stand before its line in the recipe
};

// Steps of one path that follow each other, by the states that they made.
struct StepRange {
    StepRange(int one)
        : first(one)
        , last(one)
    {
    }
    StepRange(int first, int last)
        : first(first)
        , last(last)
    {
    }
    int first, last;
};

class Session {
public:
    Session(ModulePtr root, std::shared_ptr<const Registry> registry, TransformContext context = {});

    const Registry& registry() const { return *m_registry; }
    StatePtr current() const;
    StatePtr state(int id) const;
    std::vector<StatePtr> path() const;  // root .. current
    std::vector<StatePtr> path(int id) const;
    std::vector<int> children(int id) const;  // but those that are gone
    std::vector<bool> gone() const;           // by state: an edit replaced it, and all that follows it
    std::vector<StatePtr> all() const;        // in order of creation, also those that are gone
    Effect effect(const State& state) const;  // of the root and all steps from it: what to say of the state

    // Applies a step to the current state; on success the new state is current (and the redo target of its parent).
    Result<StatePtr> apply(const Step& step);
    // The same in two halves, so that a window computes off its thread: a pure function, then a commit on the owner's
    // thread.
    struct Computed {
        int parent;
        Step step;
        ChangePtr change;
        std::vector<std::string> remarks;
        StepGroup group = {};
    };
    static Result<Computed> compute(const StatePtr& parent, const Step& step, const Registry& registry,
                                    const TransformContext& context);
    Result<Computed> compute(const Step& step) const;  // on the current state
    StatePtr commit(Computed computed);
    // A step that is shown and kept, but not taken: refused, or left out by the person (no refusal). It is current.
    StatePtr skip(const Step& step, std::optional<Error> refusal, std::vector<std::string> remarks = {},
                  StepGroup group = {});
    // Comment and blank lines that follow a state where its branch ended.
    void setEnd(int id, std::vector<std::string> remarks);
    std::vector<std::string> end(int id) const;

    bool canUndo() const;
    bool canRedo() const;
    void undo();
    void redo();             // to the child visited last
    int next(int id) const;  // where redo goes from there, or -1
    int tip(int id) const;   // where it ends
    void select(int id);
    void selectAsTip(int id);  // and the path ends there: what follows it are branches

    // Edits of the path that leads through a state to its tip. Each makes a new branch, in which what follows is
    // replayed; its arguments go through forwarding where names changed. A step that the edit is about has to apply
    // where it comes to stand, else the edit is refused and nothing changes; other steps that no longer apply stay,
    // with their refusal. What was shown is still shown, or what came in its place. They return the last state.
    // What a change or a drop replaces stays as a branch, a variant to compare with. What another edit leads back to
    // (insert, leave out, move) does not, unless other branches left there.
    //
    // The step that made `id` is replaced, or dropped, if nullopt.
    Result<StatePtr> replace(int id, const std::optional<Step>& step);
    Result<StatePtr> drop(StepRange steps);
    // A step between that of `after` (0: before all) and what follows.
    Result<StatePtr> insert(int after, const Step& step);
    // Steps are left out, or taken again.
    Result<StatePtr> setDisabled(StepRange steps, bool disabled);
    // Steps take another place on their path: after that of state `after` (0: the first).
    Result<StatePtr> move(StepRange steps, int after);

    // What is said of steps changes no module, so their states stay, with number and all. A note is one line.
    Status setNote(int id, const std::string& note);
    Status setGroup(StepRange steps, const std::string& title);  // empty: in no group
    void annotate(int id, const std::string& note, StepGroup group, std::vector<std::string> remarks);
    StepRange groupAround(int id) const;  // all steps of its group on its path to the tip; itself, if it is in none

    // A step that was taken on state `from`, as it is said on state `to`: of the same nodes, under their names there.
    Step carried(const Step& step, int from, int to) const;
    // Nodes of state `from` as they are in state `to`; walks up to the common ancestor and down. Empty: gone.
    std::vector<Cursor> forwardBetween(int from, int to, const Cursor& cursor) const;

private:
    // A step of a rewritten path: an old one, or (old == nullptr) a new one.
    struct Entry {
        StatePtr old;
        Step step;
        bool disabled = false;
        StepGroup group;
        bool asked = false;  // the edit is about it
    };
    static Entry entryOf(const StatePtr& old);
    Result<StatePtr> rewrite(int base, const std::vector<Entry>& entries);
    Result<StatePtr> rewriteOrNothing(int base, const std::vector<Entry>& entries);
    Result<StatePtr> rewriteInPlace(int base, const std::vector<Entry>& entries);
    std::vector<Entry> following(int id) const;  // the steps after a state, to the tip
    // The states of a range, in their order; a refusal where it is none.
    Result<std::vector<StatePtr>> statesOf(StepRange steps) const;

    StatePtr add(State state);  // numbers it and makes it current

    std::vector<StatePtr> m_states;
    std::vector<int> m_redo;  // by state id: the child that redo goes to, or -1
    std::map<int, std::vector<std::string>> m_ends;
    std::set<int> m_replaced;
    int m_current = 0;
    std::shared_ptr<const Registry> m_registry;
    TransformContext m_context;
};

}  // namespace strata
