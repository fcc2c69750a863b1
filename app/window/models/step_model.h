// The tree of steps as rows: the path through the current state to its last redo, branches indented where they left.
#pragma once

#include "app/window/models/timings.h"

#include <QAbstractListModel>

namespace strata {

struct StepRow {
    int state = 0, number = 0, indent = 0;
    bool done = false, current = false;  // on the path root .. current
    Level level = Level::Graph;
    bool root = false, refused = false, disabled = false, branch = false;
    std::vector<TitlePart> title;
    QString automatic, delta, detail;  // rule that took it; right column; tool tip
    friend bool operator==(const StepRow&, const StepRow&) = default;
};

std::vector<StepRow> stepRows(const Session& session, const QString& rootName, const Times& times);

class StepModel : public QAbstractListModel {
    Q_OBJECT
public:
    using QAbstractListModel::QAbstractListModel;
    // Changes only what differs, so that a view keeps its place.
    void setRows(std::vector<StepRow> rows);
    const StepRow& row(int index) const { return m_rows[index]; }
    int currentRow() const;
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    std::vector<StepRow> m_rows;
};

}  // namespace strata
