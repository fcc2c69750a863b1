#include "app/window/models/step_model.h"

#include <algorithm>
#include <set>

namespace strata {

namespace {

struct RowMaker {
    const Session& session;
    const QString& rootName;
    const Times& times;
    std::set<int> done;
    std::vector<StepRow> rows;

    QString delta(const State& state) const
    {
        if (state.refusal)
            return QStringLiteral("refused");
        return shortComparison(session, times, state);
    }

    QString detail(const State& state) const
    {
        QString text = state.id == 0 ? rootName : QString::fromStdString(print(state.step, session.registry()));
        for (const std::string& note : state.notes)
            text += QLatin1Char('\n') + QString::fromStdString(note);
        if ((state.id != 0 || state.effect != Effect::Exact) && !state.refusal)
            text += QStringLiteral("\nNumbers: ") + QString::fromLatin1(name(state.effect));
        if (state.refusal)
            text += QStringLiteral("\n") + QString::fromStdString(state.refusal->text());
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
        row.state = state.id;
        row.number = number;
        row.indent = indent;
        row.done = done.count(state.id) > 0;
        row.current = session.current()->id == state.id;
        row.root = state.id == 0;
        row.branch = branch;
        row.refused = state.refusal.has_value();
        row.disabled = state.disabled;
        row.automatic = QString::fromStdString(state.step.automatic);
        row.delta = delta(state);
        row.detail = detail(state);
        if (row.root)
            row.title = {{rootName, false}};
        else
            row.title = titleParts(state.step, session.registry());
        if (const auto transform = session.registry().find(state.step.transform); !row.root && transform)
            row.level = (*transform)->level;
        rows.push_back(std::move(row));
    }

    // A state and what follows it: first the step that carries on, then the branches that left here, then the rest of
    // the first.
    void chain(int id, int number, int indent, bool branch)
    {
        while (id >= 0) {
            add(*session.state(id), number, indent, branch);
            branch = false;
            const int next = session.next(id);
            for (const int child : session.children(id))
                if (child != next)
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

std::vector<StepRow> stepRows(const Session& session, const QString& rootName, const Times& times)
{
    RowMaker maker{session, rootName, times, ids(session.path()), {}};
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
    if (role == Qt::AccessibleTextRole)
        return QStringLiteral("step %1, %2 %3%4")
            .arg(row.number)
            .arg(plain(row.title), row.delta, row.current ? QStringLiteral(", shown") : QString());
    return {};
}

}  // namespace strata
