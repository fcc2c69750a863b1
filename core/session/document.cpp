#include "core/session/document.h"

namespace strata {

namespace {

// A line's place follows from one rule in both directions: a branch leaves after the last step above it that is one
// level less deep. Lines of comment go with the step that follows them; the rest closes its branch.
class Writer {
public:
    explicit Writer(const Session& session)
        : m_session(session)
        , m_children(session.all().size())
    {
        for (const StatePtr& state : session.all())
            if (state->parent >= 0)
                m_children[state->parent].push_back(state->id);
    }

    Document run()
    {
        follow(0, 0);
        return std::move(m_document);
    }

private:
    void follow(int id, int depth)
    {
        while (id >= 0) {
            const int next = m_session.next(id);
            addRemarks(m_session.end(id), depth);
            if (next >= 0)
                addRemarks(m_session.state(next)->remarks, depth);
            for (const int child : m_children[id])
                if (child != next)
                    branch(child, depth + 1);
            if (next >= 0)
                addStep(*m_session.state(next), depth);
            id = next;
        }
    }

    void branch(int id, int depth)
    {
        m_opens = true;
        addRemarks(m_session.state(id)->remarks, depth);
        addStep(*m_session.state(id), depth);
        follow(id, depth);
    }

    void addRemarks(const std::vector<std::string>& remarks, int depth)
    {
        for (const std::string& remark : remarks) {
            RecipeLine line;
            line.comment = remark;
            add(std::move(line), depth, -1);
        }
    }

    void addStep(const State& state, int depth)
    {
        RecipeLine line;
        line.step = state.step;
        line.skipped = state.disabled || state.refusal;
        add(std::move(line), depth, state.id);
    }

    void add(RecipeLine line, int depth, int state)
    {
        line.number = static_cast<int>(m_document.recipe.lines.size()) + 1;
        line.depth = depth;
        line.opens = std::exchange(m_opens, false);
        m_document.recipe.lines.push_back(std::move(line));
        m_document.states.push_back(state);
    }

    const Session& m_session;
    std::vector<std::vector<int>> m_children;
    bool m_opens = false;  // the next line begins a branch
    Document m_document;
};

class Reader {
public:
    Reader(Session& session, const Recipe& recipe, const Hear& hear)
        : m_session(session)
        , m_recipe(recipe)
        , m_hear(hear)
    {
    }

    Document run()
    {
        Document document{m_recipe, {}};
        m_open.push_back({m_session.current()->id, {}, true});
        for (const RecipeLine& line : m_recipe.lines) {
            const std::size_t depth = static_cast<std::size_t>(line.depth) + 1;
            while (m_open.size() > (line.opens ? depth - 1 : depth))
                close();
            if (line.opens)
                m_open.push_back({m_open.back().tip, {}, false});
            document.states.push_back(line.step ? take(line, document.states.size()) : -1);
            if (!line.step)
                m_open.back().remarks.push_back(line.comment);
        }
        while (!m_open.empty())
            close();
        return document;
    }

private:
    struct Branch {
        int tip;                           // its last state
        std::vector<std::string> remarks;  // since then
        bool any;                          // has a step of its own
    };

    int take(const RecipeLine& line, std::size_t done)
    {
        Branch& branch = m_open.back();
        m_session.select(branch.tip);
        std::vector<std::string> remarks = std::exchange(branch.remarks, {});
        branch.tip = add(line, std::move(remarks), static_cast<double>(done) / m_recipe.lines.size());
        branch.any = true;
        return branch.tip;
    }

    int add(const RecipeLine& line, std::vector<std::string> remarks, double fraction)
    {
        if (m_hear && !m_hear(*line.step, fraction))
            return m_session.skip(*line.step, std::nullopt, std::move(remarks))->id;
        Result<Session::Computed> computed = m_session.compute(*line.step);
        if (!computed)
            return m_session.skip(*line.step, computed.error(), std::move(remarks))->id;
        if (line.skipped)
            return m_session.skip(*line.step, std::nullopt, std::move(remarks))->id;
        computed->remarks = std::move(remarks);
        return m_session.commit(std::move(*computed))->id;
    }

    // Selecting a branch's end makes it the way that redo goes, below where it left its own branch, which is closed
    // later.
    void close()
    {
        const Branch branch = std::move(m_open.back());
        m_open.pop_back();
        if (branch.any) {
            m_session.selectAsTip(branch.tip);
            m_session.setEnd(branch.tip, branch.remarks);
            return;
        }
        for (const std::string& remark : branch.remarks)  // a branch without a step is a comment of the one it left
            m_open.back().remarks.push_back((&remark == &branch.remarks.front() ? "#+" : "#|")
                                            + (remark.empty() ? "" : " " + remark));
    }

    Session& m_session;
    const Recipe& m_recipe;
    const Hear& m_hear;
    std::vector<Branch> m_open;  // the path, and the branches that the line at hand is in
};

}  // namespace

Document documentOf(const Session& session) { return Writer(session).run(); }

Document restore(Session& session, const Recipe& recipe, const Hear& hear)
{
    return Reader(session, recipe, hear).run();
}

}  // namespace strata
