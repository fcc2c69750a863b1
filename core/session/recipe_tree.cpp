#include "core/session/recipe_tree.h"

#include <algorithm>

namespace strata {

namespace {

constexpr std::string_view openingMark = "#{ ", closingMark = "#}";
// Where they stand among the remarks of a node; no line of comment reads so.
const std::string opensHere = "{", closesHere = "}";

bool opensGroup(const RecipeLine& line) { return !line.step && line.comment.starts_with(openingMark); }
bool closesGroup(const RecipeLine& line) { return !line.step && line.comment == closingMark; }

// The marks that have a partner, by the index of their line.
class Marks {
public:
    explicit Marks(const Recipe& recipe)
    {
        for (std::size_t i = 0; i < recipe.lines.size(); ++i)
            add(recipe.lines[i], i);
    }
    std::map<std::size_t, StepGroup> groups;

private:
    struct Open {
        std::optional<std::size_t> at;
        std::string title;
        bool any = false;  // a step since
    };

    void add(const RecipeLine& line, std::size_t index)
    {
        const std::size_t depth = static_cast<std::size_t>(line.depth);
        m_open.resize(std::min(m_open.size(), line.opens ? depth : depth + 1));
        m_open.resize(depth + 1);
        Open& open = m_open.back();
        if (line.step)
            open.any = true;
        else if (opensGroup(line))
            open = {index, oneLine(line.comment.substr(openingMark.size())), false};
        else if (closesGroup(line))
            close(std::exchange(open, {}), index);
    }

    void close(const Open& open, std::size_t index)
    {
        if (open.at && open.any)
            groups[*open.at] = groups[index] = std::make_shared<const std::string>(open.title);
    }

    std::vector<Open> m_open;  // by depth
};

class TreeReader {
public:
    explicit TreeReader(const Recipe& recipe)
        : m_recipe(recipe)
        , m_marks(recipe)
    {
    }

    RecipeTree run()
    {
        m_open.emplace_back();
        m_open.back().nodes.emplace_back();
        for (std::size_t i = 0; i < m_recipe.lines.size(); ++i)
            add(m_recipe.lines[i], i);
        while (m_open.size() > 1)
            close();
        m_open.back().nodes.back().end = std::move(m_open.back().remarks);
        m_tree.path = std::move(m_open.back().nodes);
        return std::move(m_tree);
    }

private:
    struct Open {
        RecipeBranch nodes;
        std::vector<std::string> remarks;  // since the last of them
        StepGroup group;
    };

    void add(const RecipeLine& line, std::size_t index)
    {
        const std::size_t depth = static_cast<std::size_t>(line.depth) + 1;
        while (m_open.size() > (line.opens ? depth - 1 : depth))
            close();
        if (line.opens)
            m_open.emplace_back();
        Open& open = m_open.back();
        if (line.step)
            return addStep(line);
        const auto mark = m_marks.groups.find(index);
        if (mark == m_marks.groups.end())
            return open.remarks.push_back(line.comment);
        const bool opens = opensGroup(line);
        open.group = opens ? mark->second : nullptr;
        open.remarks.push_back(opens ? opensHere : closesHere);
        m_tree.groups[line.number] = mark->second;
    }

    void addStep(const RecipeLine& line)
    {
        Open& open = m_open.back();
        RecipeNode node;
        node.step = line.step;
        node.skipped = line.skipped;
        node.group = open.group;
        node.remarks = std::exchange(open.remarks, {});
        node.line = line.number;
        open.nodes.push_back(std::move(node));
    }

    void close()
    {
        Open branch = std::move(m_open.back());
        m_open.pop_back();
        if (branch.nodes.empty()) {  // a branch without a step is a comment of the one it left
            for (const std::string& remark : branch.remarks)
                m_open.back().remarks.push_back((&remark == &branch.remarks.front() ? "#+" : "#|")
                                                + (remark.empty() ? "" : " " + remark));
            return;
        }
        branch.nodes.back().end = std::move(branch.remarks);
        const auto left = std::find_if(m_open.rbegin(), m_open.rend(), [](const Open& o) { return !o.nodes.empty(); });
        left->nodes.back().branches.push_back(std::move(branch.nodes));
    }

    const Recipe& m_recipe;
    const Marks m_marks;
    RecipeTree m_tree;
    std::vector<Open> m_open;  // the path, and the branches that the line at hand is in
};

class TreeWriter {
public:
    WrittenTree run(const RecipeTree& tree)
    {
        add(tree.path, 0);
        return std::move(m_written);
    }

private:
    void add(const RecipeBranch& branch, int depth)
    {
        const RecipeNode* last = nullptr;
        for (const RecipeNode& node : branch) {
            if (node.step) {
                addBetween(last, &node, depth);
                addBranches(last, depth);
                RecipeLine line;
                line.step = node.step;
                line.skipped = node.skipped;
                add(std::move(line), depth, &node);
            }
            last = &node;
        }
        addBetween(last, nullptr, depth);
        addBranches(last, depth);
    }

    void addBranches(const RecipeNode* node, int depth)
    {
        if (!node)
            return;
        for (const RecipeBranch& branch : node->branches) {
            m_opens = true;
            add(branch, depth + 1);
        }
    }

    // What stands between two steps of a branch: remarks, the end of the one's group and the beginning of the other's,
    // each where its mark stood, if it stood there.
    void addBetween(const RecipeNode* last, const RecipeNode* next, int depth)
    {
        std::vector<std::string> remarks = last ? last->end : std::vector<std::string>();
        if (next)
            remarks.insert(remarks.end(), next->remarks.begin(), next->remarks.end());
        const StepGroup before = last ? last->group : nullptr, after = next ? next->group : nullptr;
        bool closes = before && before != after, opens = after && before != after;
        const auto close = [&] {
            if (std::exchange(closes, false))
                addComment(std::string(closingMark), depth);
        };
        const auto open = [&] {
            if (std::exchange(opens, false))
                addComment(std::string(openingMark) + *after, depth);
        };
        if (std::find(remarks.begin(), remarks.end(), closesHere) == remarks.end())
            close();
        for (const std::string& remark : remarks)
            if (remark == closesHere)
                close();
            else if (remark == opensHere)
                close(), open();
            else
                addComment(remark, depth);
        close();
        open();
    }

    void addComment(const std::string& text, int depth)
    {
        RecipeLine line;
        line.comment = text;
        add(std::move(line), depth, nullptr);
    }

    void add(RecipeLine line, int depth, const RecipeNode* node)
    {
        line.number = static_cast<int>(m_written.recipe.lines.size()) + 1;
        line.depth = depth;
        line.opens = std::exchange(m_opens, false);
        m_written.recipe.lines.push_back(std::move(line));
        m_written.states.push_back(node ? node->state : -1);
        m_written.before.push_back(node ? node->line : 0);
    }

    WrittenTree m_written;
    bool m_opens = false;  // the next line begins a branch
};

}  // namespace

RecipeTree treeOf(const Recipe& recipe) { return TreeReader(recipe).run(); }

Recipe recipeOf(const Session& session)
{
    RecipeTree tree;
    for (const StatePtr& state : session.path()) {
        if (state->parent >= 0 && (state->refusal || state->disabled))
            continue;
        RecipeNode& node = tree.path.emplace_back();
        if (state->parent >= 0)
            node.step = state->step;
        node.group = state->group;
    }
    return write(tree).recipe;
}

WrittenTree write(const RecipeTree& tree) { return TreeWriter().run(tree); }

}  // namespace strata
