// A session is a tree of states. Each state but the root is its parent plus a step. States are immutable once made;
// undo and redo move a pointer, so undo gives the same module pointer. Not thread-safe: one owner; long work happens on
// copies of ModulePtr.
#pragma once

#include "core/transform/step.h"

#include <memory>

namespace strata {

struct State;
using StatePtr = std::shared_ptr<const State>;

struct State {
    int id = 0;  // in order of creation; 0 is the root
    int parent = -1;
    Step step;                      // how it came from the parent; the root's is empty
    ModulePtr module;               // after a refused step: the parent's
    Forwarding forwarding;          // parent's nodes -> these
    Effect effect = Effect::Exact;  // of this step
    Effect worst = Effect::Exact;   // of all steps from the root
    std::vector<std::string> notes;
    std::optional<Error> refusal;  // a replayed step that no longer applies: kept, struck through, skipped
    bool disabled = false;
};

class Session {
public:
    Session(ModulePtr root, std::shared_ptr<const Registry> registry, TransformContext context = {});

    const Registry& registry() const { return *m_registry; }
    StatePtr current() const;
    StatePtr state(int id) const;
    std::vector<StatePtr> path() const;  // root .. current
    std::vector<StatePtr> path(int id) const;
    std::vector<int> children(int id) const;
    std::vector<StatePtr> all() const;  // in order of creation

    // Applies a step to the current state; on success the new state is current (and the redo target of its parent).
    Result<StatePtr> apply(const Step& step);
    // The same in two halves, so that a window computes off its thread: a pure function, then a commit on the owner's
    // thread.
    struct Computed {
        int parent;
        Step step;
        Applied applied;
    };
    static Result<Computed> compute(const StatePtr& parent, const Step& step, const Registry& registry,
                                    const TransformContext& context);
    StatePtr commit(Computed computed);

    bool canUndo() const;
    bool canRedo() const;
    void undo();
    void redo();  // to the child visited last
    void select(int id);

    // A new branch in which the step that made `id` is replaced (or dropped, if nullopt) and all later steps of the
    // path to the current state are replayed; their arguments go through forwarding where names changed. Steps that no
    // longer apply stay, with their refusal.
    Result<StatePtr> replace(int id, const std::optional<Step>& step);

    // Nodes of state `from` as they are in state `to`; walks up to the common ancestor and down. Empty: gone.
    std::vector<Cursor> forwardBetween(int from, int to, const Cursor& cursor) const;

private:
    StatePtr add(State state);  // numbers it and makes it current
    StatePtr replayStep(const StatePtr& parent, const State& old, Forwarding& changes);

    std::vector<StatePtr> m_states;
    std::vector<int> m_redo;  // by state id: the child that redo goes to, or -1
    int m_current = 0;
    std::shared_ptr<const Registry> m_registry;
    TransformContext m_context;
};

}  // namespace strata
