#include "core/session/document.h"

namespace strata {

namespace {

class SessionReader {
public:
    explicit SessionReader(const Session& session)
        : m_session(session)
        , m_children(session.all().size())
    {
        const std::vector<bool> gone = session.gone();
        for (const StatePtr& state : session.all())
            if (state->parent >= 0 && !gone[state->id])
                m_children[state->parent].push_back(state->id);
    }

    RecipeBranch branch(int id) const
    {
        RecipeBranch nodes;
        for (; id >= 0; id = m_session.next(id)) {
            nodes.push_back(nodeOf(*m_session.state(id)));
            for (const int child : m_children[id])
                if (child != m_session.next(id))
                    nodes.back().branches.push_back(branch(child));
        }
        return nodes;
    }

private:
    RecipeNode nodeOf(const State& state) const
    {
        RecipeNode node;
        if (state.parent >= 0)
            node.step = state.step;
        node.skipped = state.disabled || state.refusal;
        node.group = state.group;
        node.remarks = state.remarks;
        node.end = m_session.end(state.id);
        node.state = state.id;
        return node;
    }

    const Session& m_session;
    std::vector<std::vector<int>> m_children;
};

// Selecting a branch's end makes it the way that redo goes, below where it left its own branch, which ends later.
Status walk(Session& session, RecipeBranch& branch, int parent, const TakeNode& take)
{
    for (RecipeNode& node : branch) {
        if (node.step) {
            STRATA_TRY(parent, take(node, parent));
        }
        node.state = parent;
        session.setEnd(parent, node.end);
        for (RecipeBranch& side : node.branches)
            STRATA_CHECK(walk(session, side, parent, take));
    }
    session.selectAsTip(parent);
    return {};
}

int add(Session& session, const RecipeNode& node, bool goOn)
{
    if (!goOn)
        return session.skip(*node.step, std::nullopt, node.remarks, node.group)->id;
    Result<Session::Computed> computed = session.compute(*node.step);
    if (!computed)
        return session.skip(*node.step, computed.error(), node.remarks, node.group)->id;
    if (node.skipped)
        return session.skip(*node.step, std::nullopt, node.remarks, node.group)->id;
    computed->remarks = node.remarks;
    computed->group = node.group;
    return session.commit(std::move(*computed))->id;
}

}  // namespace

RecipeTree treeOf(const Session& session) { return {SessionReader(session).branch(0), {}}; }

Document documentOf(const Session& session)
{
    WrittenTree written = write(treeOf(session));
    return {std::move(written.recipe), std::move(written.states)};
}

Status walk(Session& session, RecipeTree& tree, const TakeNode& take) { return walk(session, tree.path, 0, take); }

void restore(Session& session, RecipeTree& tree, int lines, const Hear& hear)
{
    const Status walked = walk(session, tree, [&](RecipeNode& node, int parent) -> Result<int> {
        session.select(parent);
        return add(session, node, !hear || hear(*node.step, double(node.line - 1) / lines));
    });
    (void)walked;  // every step is taken or kept
}

Document restore(Session& session, const Recipe& recipe, const Hear& hear)
{
    RecipeTree tree = treeOf(recipe);
    restore(session, tree, static_cast<int>(recipe.lines.size()), hear);
    Document document{recipe, std::vector<int>(recipe.lines.size(), -1)};
    const WrittenTree written = write(tree);
    for (std::size_t i = 0; i < written.states.size(); ++i)
        if (written.before[i] > 0)
            document.states[written.before[i] - 1] = written.states[i];
    return document;
}

}  // namespace strata
