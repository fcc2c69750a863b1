#include "core/session/edit.h"

#include "core/session/document.h"

#include <algorithm>
#include <functional>
#include <set>
#include <sstream>

namespace strata {

namespace {

std::string lineText(int line) { return "Line " + std::to_string(line); }

// Changes the tree. An error says which line an edit cannot mean.
class Editor {
public:
    Editor(RecipeTree& tree, const Registry& registry)
        : m_tree(tree)
        , m_registry(registry)
    {
    }

    Status apply(const RecipeEdit& edit)
    {
        switch (edit.kind) {
        case EditKind::Change: return change(edit);
        case EditKind::Drop: return drop(edit);
        case EditKind::LeaveOut: return skip(edit, true);
        case EditKind::Take: return skip(edit, false);
        case EditKind::Move: return move(edit);
        case EditKind::Insert: return insert(edit);
        case EditKind::Note: return note(edit);
        case EditKind::Group:
        case EditKind::Ungroup: return group(edit);
        }
        return bug("There is no such edit.");
    }

    std::vector<RecipeNode> dropped;

private:
    // Steps of one branch, and the node behind which that leaves.
    struct Place {
        RecipeBranch* branch = nullptr;
        std::size_t first = 0, last = 0;
        RecipeNode* left = nullptr;
        std::size_t end() const { return last + 1; }
        RecipeNode& node() const { return (*branch)[first]; }
    };
    using Wanted = std::function<bool(const RecipeNode&)>;

    static std::optional<Place> find(RecipeBranch& branch, RecipeNode* left, const Wanted& wanted)
    {
        for (std::size_t i = 0; i < branch.size(); ++i) {
            if (wanted(branch[i]))
                return Place{&branch, i, i, left};
            for (RecipeBranch& side : branch[i].branches)
                if (std::optional<Place> found = find(side, &branch[i], wanted))
                    return found;
        }
        return std::nullopt;
    }

    // The step of a line, or all steps of the group that the line is a mark of.
    Result<Place> place(int line)
    {
        const auto mark = m_tree.groups.find(line);
        const StepGroup group = mark == m_tree.groups.end() ? nullptr : mark->second;
        const Wanted wanted = [&](const RecipeNode& node) {
            return node.step && (group ? node.group == group : node.line == line);
        };
        std::optional<Place> found = find(m_tree.path, nullptr, wanted);
        if (!found)
            return refused(m_gone.count(line) ? say("{} is dropped already.", lineText(line))
                           : group            ? say("The group of line {} is gone.", line)
                                              : say("{} holds no step.", lineText(line)),
                           {}, "Lines are counted in the recipe as it is given, from 1.");
        while (group && found->end() < found->branch->size() && (*found->branch)[found->end()].group == group)
            ++found->last;
        return *found;
    }

    Result<Place> place(LineRange lines)
    {
        STRATA_TRY(Place first, place(lines.first));
        STRATA_TRY(const Place last, place(lines.last));
        if (first.branch != last.branch || last.first < first.first)
            return refused(
                say("Lines {} to {} are no steps that follow each other on one branch.", lines.first, lines.last), {},
                "Name the first and the last of them, in their order.");
        first.last = last.last;
        return first;
    }

    Result<RecipeNode*> single(const RecipeEdit& edit)
    {
        STRATA_TRY(const Place found, place(edit.lines));
        if (found.first != found.last)
            return refused(
                say("Lines {} to {} are several steps; this edit takes one.", edit.lines.first, edit.lines.last));
        return &found.node();
    }

    Status change(const RecipeEdit& edit)
    {
        STRATA_TRY(RecipeNode * node, single(edit));
        STRATA_TRY(Step step, parseStep(edit.text, m_registry));
        if (step.comment.empty())
            step.comment = node->step->comment;
        node->step = std::move(step);
        node->edits.push_back(edit.kind);
        return {};
    }

    Status note(const RecipeEdit& edit)
    {
        STRATA_TRY(RecipeNode * node, single(edit));
        node->step->comment = oneLine(edit.text);
        node->edits.push_back(edit.kind);
        return {};
    }

    Status group(const RecipeEdit& edit)
    {
        STRATA_TRY(const Place found, place(edit.lines));
        const std::string title = oneLine(edit.text);
        const bool any = edit.kind == EditKind::Group;
        if (any && title.empty())
            return refused("A group needs a title.");
        const StepGroup made = any ? std::make_shared<const std::string>(title) : nullptr;
        for (std::size_t i = found.first; i <= found.last; ++i) {
            (*found.branch)[i].group = made;
            (*found.branch)[i].edits.push_back(edit.kind);
        }
        return {};
    }

    Status skip(const RecipeEdit& edit, bool skipped)
    {
        STRATA_TRY(const Place found, place(edit.lines));
        bool any = false;
        for (std::size_t i = found.first; i <= found.last; ++i) {
            RecipeNode& node = (*found.branch)[i];
            if (std::exchange(node.skipped, skipped) == skipped)
                continue;
            node.edits.push_back(edit.kind);
            any = true;
        }
        return any ? Status()
                   : refused(say("{} is {} already.", lineText(edit.lines.first), skipped ? "left out" : "taken"));
    }

    Status drop(const RecipeEdit& edit)
    {
        STRATA_TRY(const Place found, place(edit.lines));
        RecipeBranch& branch = *found.branch;
        std::vector<std::string> remarks;
        std::vector<RecipeBranch> branches;
        for (std::size_t i = found.first; i <= found.last; ++i) {
            RecipeNode& node = branch[i];
            m_gone.insert(node.line);
            std::move(node.remarks.begin(), node.remarks.end(), std::back_inserter(remarks));
            std::move(node.end.begin(), node.end.end(), std::back_inserter(remarks));
            std::move(node.branches.begin(), node.branches.end(), std::back_inserter(branches));
            node.edits.push_back(edit.kind);
            dropped.push_back(std::move(node));
        }
        RecipeNode& before = found.first > 0 ? branch[found.first - 1] : *found.left;
        branch.erase(branch.begin() + std::ptrdiff_t(found.first), branch.begin() + std::ptrdiff_t(found.end()));
        std::vector<std::string>& behind = found.first < branch.size() ? branch[found.first].remarks : before.end;
        behind.insert(behind.begin(), remarks.begin(), remarks.end());
        removeIfEmpty(found);
        std::move(branches.begin(), branches.end(), std::back_inserter(before.branches));
        return {};
    }

    static void removeIfEmpty(const Place& place)
    {
        if (place.branch->empty())
            std::erase_if(place.left->branches, [](const RecipeBranch& branch) { return branch.empty(); });
    }

    Status move(const RecipeEdit& edit)
    {
        STRATA_TRY(const Place from, place(edit.lines));
        RecipeBranch& branch = *from.branch;
        RecipeBranch moved(std::make_move_iterator(branch.begin() + std::ptrdiff_t(from.first)),
                           std::make_move_iterator(branch.begin() + std::ptrdiff_t(from.end())));
        branch.erase(branch.begin() + std::ptrdiff_t(from.first), branch.begin() + std::ptrdiff_t(from.end()));
        RecipeNode& before = from.first > 0 ? branch[from.first - 1] : *from.left;
        const bool standsThere = from.first > 0 && before.line == edit.after;
        std::vector<std::string> end = std::exchange(moved.back().end, {});  // it follows the branch
        before.end.insert(before.end.end(), end.begin(), end.end());
        removeIfEmpty(from);
        for (RecipeNode& node : moved) {
            node.edits.push_back(edit.kind);
            node.putBehind = edit.after;
        }
        if (find(moved, nullptr, [&](const RecipeNode& node) { return node.line == edit.after && edit.after > 0; }))
            return refused(say("{} is among what would move.", lineText(edit.after)));
        if (standsThere)
            return refused(say("{} stands behind line {} already.", lineText(edit.lines.first), edit.after));
        STRATA_TRY(const Place target, placeBehind(edit.after));
        const std::size_t at = put(target, std::move(moved), edit.after);
        return regroup(*target.branch, at, from.end() - from.first);
    }

    Status insert(const RecipeEdit& edit)
    {
        STRATA_TRY(Step step, parseStep(edit.text, m_registry));
        STRATA_TRY(const Place target, placeBehind(edit.after));
        RecipeBranch nodes(1);
        nodes[0].step = std::move(step);
        nodes[0].edits = {edit.kind};
        nodes[0].putBehind = edit.after;
        const std::size_t at = put(target, std::move(nodes), edit.after);
        return regroup(*target.branch, at, 1);
    }

    Result<Place> placeBehind(int line)
    {
        return line == 0 ? Result<Place>(Place{&m_tree.path, 0, 0, nullptr}) : place(line);
    }

    // Behind the place, and behind what was put there before. Returns where they are.
    static std::size_t put(const Place& target, RecipeBranch nodes, int line)
    {
        RecipeBranch& branch = *target.branch;
        std::size_t at = target.end();
        while (at < branch.size() && branch[at].putBehind == line)
            ++at;
        if (at == branch.size())
            std::swap(nodes.back().end, branch.back().end);
        branch.insert(branch.begin() + std::ptrdiff_t(at), std::make_move_iterator(nodes.begin()),
                      std::make_move_iterator(nodes.end()));
        return at;
    }

    static Status regroup(RecipeBranch& branch, std::size_t begin, std::size_t count)
    {
        std::vector<StepGroup> groups;
        for (const RecipeNode& node : branch)
            groups.push_back(node.group);
        STRATA_CHECK(regroupMoved(groups, begin, count));
        for (std::size_t i = 0; i < branch.size(); ++i)
            branch[i].group = groups[i];
        return {};
    }

    RecipeTree& m_tree;
    const Registry& m_registry;
    std::set<int> m_gone;
};

bool isAny(const RecipeNode& node, std::initializer_list<EditKind> kinds)
{
    return std::any_of(node.edits.begin(), node.edits.end(),
                       [&](EditKind kind) { return std::find(kinds.begin(), kinds.end(), kind) != kinds.end(); });
}

// Takes the steps of an edited tree on the session that has the states of the tree as it was given. What an edit does
// not touch and stands behind the same state is the state that it was.
class Replay {
public:
    explicit Replay(Session& session)
        : m_session(session)
    {
    }

    Status run(RecipeTree& tree)
    {
        return walk(m_session, tree, [this](RecipeNode& node, int parent) { return take(node, parent); });
    }

private:
    Result<int> take(RecipeNode& node, int parent)
    {
        const StatePtr old = node.state >= 0 ? m_session.state(node.state) : nullptr;
        const bool edited = isAny(
            node, {EditKind::Change, EditKind::LeaveOut, EditKind::Take, EditKind::Move, EditKind::Insert});
        if (old && !edited && old->parent == parent) {
            m_session.annotate(old->id, node.step->comment, node.group, node.remarks);
            return old->id;
        }
        m_session.select(parent);
        const Step said = *node.step;
        if (old)
            node.step = m_session.carried(said, old->parent, parent);
        const bool renamed = !(*node.step == said);
        Result<Session::Computed> computed = node.skipped && !renamed
                                                 ? Result<Session::Computed>(bug("It is not taken."))
                                                 : m_session.compute(*node.step);
        if (computed && !node.skipped) {
            computed->remarks = node.remarks;
            computed->group = node.group;
            return m_session.commit(std::move(*computed))->id;
        }
        if (!node.skipped && isAny(node, {EditKind::Change, EditKind::Take, EditKind::Move, EditKind::Insert}))
            return located(node, computed.error());
        if (!computed)
            node.step = said;  // words that do not fit may fit again
        const auto refusal = node.skipped ? std::nullopt : std::optional(computed.error());
        return m_session.skip(*node.step, refusal, node.remarks, node.group)->id;
    }

    Error located(const RecipeNode& node, Error error) const
    {
        error.message = (node.line > 0 ? lineText(node.line) : "The step behind line " + std::to_string(node.putBehind))
                        + ", " + title(*node.step, m_session.registry()) + ": " + error.message;
        return error;
    }

    Session& m_session;
};

// What a step is besides its note.
bool saysTheSame(Step a, Step b)
{
    a.comment.clear();
    b.comment.clear();
    return a == b;
}

// What became of a step; `state`: what it made, where it was replayed.
EditedStep becameOf(const RecipeNode& node, const Recipe& before, const StatePtr& state)
{
    EditedStep step;
    step.line = node.line;
    step.edits = node.edits;
    if (node.line > 0)
        step.before = before.lines[node.line - 1].step;
    if (isAny(node, {EditKind::Drop}))
        return step;
    step.now = node.step;
    if (state && !node.skipped)
        step.refusal = state->refusal;
    return step;
}

bool isAsBefore(const EditedStep& step)
{
    return step.edits.empty() && !step.refusal && step.before && step.now && saysTheSame(*step.before, *step.now);
}

// Calls with each step of a tree.
void forEachStep(RecipeBranch& branch, const std::function<void(RecipeNode&)>& call)
{
    for (RecipeNode& node : branch) {
        if (node.step)
            call(node);
        for (RecipeBranch& side : node.branches)
            forEachStep(side, call);
    }
}

void sortByLine(std::vector<EditedStep>& changes)
{
    std::stable_sort(changes.begin(), changes.end(), [](const EditedStep& a, const EditedStep& b) {
        return (a.line ? a.line : a.lineNow) < (b.line ? b.line : b.lineNow);
    });
}

class Editing {
public:
    Editing(const Recipe& recipe, const Registry& registry)
        : m_recipe(recipe)
        , m_registry(registry)
        , m_tree(treeOf(recipe))
    {
    }

    RecipeTree& tree() { return m_tree; }

    Status apply(const std::vector<RecipeEdit>& edits)
    {
        Editor editor(m_tree, m_registry);
        for (const RecipeEdit& edit : edits)
            STRATA_CHECK(editor.apply(edit));
        for (const RecipeNode& node : editor.dropped)
            m_changes.push_back(becameOf(node, m_recipe, nullptr));
        return {};
    }

    // `session`: where the steps were taken; nullptr: nowhere.
    EditedRecipe result(const Session* session, bool keep)
    {
        std::vector<RecipeNode*> nodes;
        forEachStep(m_tree.path, [&](RecipeNode& node) { nodes.push_back(&node); });
        for (RecipeNode* node : nodes) {
            m_changes.push_back(becameOf(*node, m_recipe, session ? session->state(node->state) : nullptr));
            node->skipped = node->skipped || m_changes.back().refusal;  // it is written as one that is left out
        }
        EditedRecipe edited;
        WrittenTree written = write(keep && session ? withLines(treeOf(*session), nodes) : m_tree);
        const std::vector<int>& known = session ? written.states : written.before;
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            const auto at = std::find(known.begin(), known.end(), session ? nodes[i]->state : nodes[i]->line);
            m_changes[m_changes.size() - nodes.size() + i].lineNow = static_cast<int>(at - known.begin()) + 1;
        }
        std::erase_if(m_changes, isAsBefore);
        sortByLine(m_changes);
        edited.changes = std::move(m_changes);
        edited.recipe = std::move(written.recipe);
        edited.before = std::move(written.before);
        return edited;
    }

private:
    // A session's tree, in which the steps of these nodes have the lines of these.
    static RecipeTree withLines(RecipeTree tree, const std::vector<RecipeNode*>& nodes)
    {
        std::map<int, int> lines;  // by state
        for (const RecipeNode* node : nodes)
            lines[node->state] = node->line;
        forEachStep(tree.path, [&](RecipeNode& node) {
            const auto found = lines.find(node.state);
            node.line = found == lines.end() ? 0 : found->second;
        });
        return tree;
    }

    const Recipe& m_recipe;
    const Registry& m_registry;
    RecipeTree m_tree;
    std::vector<EditedStep> m_changes;
};

}  // namespace

bool needsModel(EditKind kind)
{
    return kind != EditKind::Note && kind != EditKind::Group && kind != EditKind::Ungroup;
}

Result<EditedRecipe> editRecipe(Session& session, const Recipe& recipe, const std::vector<RecipeEdit>& edits, bool keep)
{
    Editing editing(recipe, session.registry());
    restore(session, editing.tree(), static_cast<int>(recipe.lines.size()));
    STRATA_CHECK(editing.apply(edits));
    STRATA_CHECK(Replay(session).run(editing.tree()));
    return editing.result(&session, keep);
}

Result<EditedRecipe> editRecipe(const Recipe& recipe, const std::vector<RecipeEdit>& edits, const Registry& registry)
{
    Editing editing(recipe, registry);
    STRATA_CHECK(editing.apply(edits));
    return editing.result(nullptr, false);
}

std::string print(const EditedRecipe& edited, const Recipe& before, const std::string& text, const Registry& registry)
{
    std::vector<std::string> typed;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        typed.push_back(line.substr(0, line.find_last_not_of(" \t\r") + 1));
    std::string result;
    for (std::size_t i = 0; i < edited.recipe.lines.size(); ++i) {
        RecipeLine line = edited.recipe.lines[i];
        const std::size_t was = static_cast<std::size_t>(edited.before[i]);
        line.number = edited.before[i];
        const bool same = was > 0 && line == before.lines[was - 1];
        result += same ? typed[was - 1] + "\n" : print(Recipe{{line}}, registry);
    }
    return result;
}

}  // namespace strata
