#include "app/window/models/step_model.h"

#include "app/window/models/said.h"

#include "core/session/branches.h"

#include <QCoreApplication>

#include <algorithm>
#include <set>

namespace strata {

namespace {

struct RowMaker {
    const Session& session;
    const QString& rootName;
    const Times& times;
    const Folding& folding;
    const StepFacts& facts;
    std::set<int> done;
    std::vector<StepRow> rows;
    int chains = 0;

    QString delta(const State& state) const
    {
        if (state.refusal)
            return StepModel::tr("refused");
        if (facts.idle.count(state.id))
            return StepModel::tr("changes nothing");
        const QString time = shortComparison(session, times, state);
        const auto figures = ofParent(state);
        return time.isEmpty() && figures ? shortChange(*figures->first, *figures->second) : time;
    }

    // What the state before it and itself need; nullopt: one of them was not shown yet.
    std::optional<std::pair<const StepFigures*, const StepFigures*>> ofParent(const State& state) const
    {
        const auto before = facts.figures.find(state.parent), own = facts.figures.find(state.id);
        if (before == facts.figures.end() || own == facts.figures.end())
            return std::nullopt;
        return std::pair(&before->second, &own->second);
    }

    QString detail(const State& state) const
    {
        QString text = state.id == 0 ? rootName : QString::fromStdString(print(state.step, session.registry()));
        for (const std::string& note : state.notes)
            text += QLatin1Char('\n') + QString::fromStdString(note);
        if ((state.id != 0 || state.effect != Effect::Exact) && !state.refusal)
            text += QCoreApplication::translate("StepModel", "\nNumbers: ")
                    + QCoreApplication::translate("StepModel", name(state.effect));
        if (state.refusal)
            text += QStringLiteral("\n") + saidText(*state.refusal);
        if (const auto figures = ofParent(state))
            for (const QString& change : changes(*figures->first, *figures->second))
                text += QLatin1Char('\n') + change;
        if (const auto own = facts.figures.find(state.id); own != facts.figures.end() && !own->second.verdict.isEmpty())
            text += QLatin1Char('\n') + own->second.verdict;
        if (const auto own = times.find(state.id); own != times.end())
            text += QStringLiteral("\n%1, median of %2 runs%3")
                        .arg(formatSpread(own->second))
                        .arg(own->second.runs)
                        .arg(comparisons(state));
        return text;
    }

    QString comparisons(const State& state) const
    {
        QString text;
        const int before = measuredBefore(session, times, state);
        if (before >= 0)
            text += QStringLiteral("\n") + comparison(session, times, state.id, before);
        if (before > 0 && times.count(0))
            text += QStringLiteral("\n") + comparison(session, times, state.id, 0);
        return text;
    }

    void add(const State& state, int number, int indent, bool branch)
    {
        StepRow row;
        row.state = row.first = state.id;
        row.after = state.parent;
        row.number = number;
        row.indent = indent;
        row.done = done.count(state.id) > 0;
        row.current = session.current()->id == state.id;
        row.root = state.id == 0;
        row.branch = branch;
        row.refused = state.refusal.has_value();
        row.disabled = state.disabled;
        row.idle = facts.idle.count(state.id) > 0;
        row.automatic = QString::fromStdString(state.step.automatic);
        row.delta = delta(state);
        row.detail = detail(state);
        row.note = QString::fromStdString(state.step.comment);
        if (row.root)
            row.title = {{rootName, false}};
        else
            row.title = titleParts(state.step, session.registry());
        nameRow(row, state);
        if (const auto transform = session.registry().find(state.step.transform); !row.root && transform)
            row.level = (*transform)->level;
        rows.push_back(std::move(row));
    }

    // A branch's name stands before what it begins with.
    static void nameRow(StepRow& row, const State& first)
    {
        if (!row.branch)
            return;
        row.name = QString::fromStdString(branchName(first));
        if (!row.name.isEmpty())
            row.title.insert(row.title.begin(), {{row.name, true}, {QStringLiteral(" · "), false}});
    }

    // Of the steps of a group, in their order.
    StepRow groupRow(const std::vector<StatePtr>& steps, int number, int indent, bool branch) const
    {
        const State &first = *steps.front(), &last = *steps.back();
        const auto count = [&](auto is) { return std::count_if(steps.begin(), steps.end(), is); };
        const auto refused = count([](const StatePtr& s) { return s->refusal.has_value(); });
        const bool inside = done.count(first.id) > 0 && !done.count(last.id);
        StepRow row;
        row.state = last.id;
        row.first = first.id;
        row.after = first.parent;
        row.number = number;
        row.indent = indent;
        row.group = true;
        row.folded = folding.folded.count(first.group) > 0 || (!inside && !folding.unfolded.count(first.group));
        row.done = done.count(last.id) > 0;
        row.current = row.folded && count([&](const StatePtr& s) { return s == session.current(); }) > 0;
        row.branch = branch;
        row.disabled = count([](const StatePtr& s) { return s->disabled; }) == std::ptrdiff_t(steps.size());
        row.delta = steps.size() == 1 ? QStringLiteral("1 step") : QStringLiteral("%1 steps").arg(steps.size());
        if (refused > 0)
            row.delta = QStringLiteral("%1 refused of %2").arg(refused).arg(steps.size());
        row.title = {{QString::fromStdString(*first.group), true}};
        row.detail = row.title.front().text;
        nameRow(row, first);
        for (const StatePtr& step : steps)
            row.detail += QLatin1Char('\n') + QString::fromStdString(print(step->step, session.registry()));
        return row;
    }

    std::vector<StatePtr> groupFrom(int id) const
    {
        std::vector<StatePtr> steps;
        for (int at = id; at >= 0 && session.state(at)->group == session.state(id)->group; at = session.next(at))
            steps.push_back(session.state(at));
        return steps;
    }

    // A state and what follows it: first the step that carries on, then the branches that left here, then the rest of
    // the first.
    void chain(int id, int number, int indent, bool branch)
    {
        StepGroup group;
        bool folded = false;
        const int own = chains++;
        while (id >= 0) {
            const State& state = *session.state(id);
            if (state.group && state.group != group) {
                rows.push_back(groupRow(groupFrom(id), number, indent, branch));
                rows.back().chain = own;
                folded = rows.back().folded;
                branch = false;
            }
            group = state.group;
            folded = folded && group;
            if (!folded) {
                add(state, number, indent + (group ? 1 : 0), std::exchange(branch, false));
                rows.back().chain = own;
            }
            const int next = session.next(id);
            const bool hidden = folded && next >= 0 && session.state(next)->group == group;
            for (const int child : session.children(id))
                if (child != next && !hidden)
                    chain(child, number + 1, indent + 1, true);
            id = next;
            ++number;
        }
    }
};

std::set<int> ids(const std::vector<StatePtr>& path)
{
    std::set<int> result;
    for (const StatePtr& state : path)
        result.insert(state->id);
    return result;
}

}  // namespace

std::vector<StepRow> stepRows(const Session& session, const QString& rootName, const Times& times,
                              const Folding& folding, const StepFacts& facts)
{
    RowMaker maker{session, rootName, times, folding, facts, ids(session.path()), {}, 0};
    maker.chain(0, 0, 0, false);
    return std::move(maker.rows);
}

void StepModel::setRows(std::vector<StepRow> rows)
{
    const int common = static_cast<int>(std::min(rows.size(), m_rows.size()));
    const int before = static_cast<int>(m_rows.size()), after = static_cast<int>(rows.size());
    if (after < before) {
        beginRemoveRows({}, after, before - 1);
        m_rows.resize(after);
        endRemoveRows();
    }
    for (int i = 0; i < common; ++i)
        if (m_rows[i] != rows[i]) {
            m_rows[i] = rows[i];
            emit dataChanged(index(i), index(i));
        }
    if (after > before) {
        beginInsertRows({}, before, after - 1);
        m_rows = std::move(rows);
        endInsertRows();
    }
}

int StepModel::currentRow() const
{
    const auto found = std::find_if(m_rows.begin(), m_rows.end(), [](const StepRow& row) { return row.current; });
    return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

int StepModel::rowOf(int state) const
{
    const auto found = std::find_if(m_rows.begin(), m_rows.end(),
                                    [state](const StepRow& row) { return row.state == state && !row.group; });
    return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

int StepModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant StepModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || !checkIndex(index))
        return {};
    const StepRow& row = m_rows[index.row()];
    if (role == Qt::DisplayRole)
        return plain(row.title);
    if (role == Qt::ToolTipRole)
        return row.detail;
    if (role == Qt::EditRole)
        return row.group ? row.title.back().text : row.note;
    if (role == Qt::AccessibleTextRole && row.group)
        return tr("group %1, %2, %3%4")
            .arg(plain(row.title), row.delta, row.folded ? tr("folded") : tr("unfolded"),
                 row.current ? tr(", shown") : QString());
    if (role == Qt::AccessibleTextRole)
        return tr("step %1, %2 %3%4%5")
            .arg(row.number)
            .arg(plain(row.title), row.delta, row.current ? tr(", shown") : QString(),
                 row.note.isEmpty() ? QString() : QStringLiteral(", ") + row.note);
    return {};
}

Qt::ItemFlags StepModel::flags(const QModelIndex& index) const
{
    const bool editable = index.isValid() && !m_rows[index.row()].root;
    return QAbstractListModel::flags(index) | (editable ? Qt::ItemIsEditable : Qt::NoItemFlags);
}

bool StepModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (!index.isValid() || role != Qt::EditRole || value.toString() == data(index, role).toString())
        return false;
    const StepRow& row = m_rows[index.row()];
    row.group ? emit titleEdited(row.steps(), value.toString()) : emit noteEdited(row.state, value.toString());
    return true;
}

}  // namespace strata
