// The tree of steps as rows: the path through the current state to its last redo, branches indented where they left. A
// group is a row of its own, which folds the rows of its steps away.
#pragma once

#include "app/window/models/step_facts.h"
#include "app/window/models/timings.h"

#include <QAbstractListModel>

namespace strata {

struct StepRow {
    int state = 0, number = 0, indent = 0;
    int first = 0;                       // a group's row stands for the steps from this state's to that of `state`
    int after = -1;                      // what is put right above the row follows this state; -1: nothing can be
    int chain = 0;                       // rows of one branch have the same
    bool done = false, current = false;  // on the path root .. current
    Level level = Level::Graph;
    bool root = false, refused = false, disabled = false, branch = false;
    bool group = false, folded = false;
    bool idle = false;  // it changes nothing
    std::vector<TitlePart> title;
    QString name;                            // of the branch that begins here
    QString automatic, delta, detail, note;  // rule that took it; right column; tool tip; second line
    StepRange steps() const { return {first, state}; }
    friend bool operator==(const StepRow&, const StepRow&) = default;
};

// What a person folded or unfolded; else a group is folded unless the shown state is in its middle.
struct Folding {
    std::set<StepGroup> folded, unfolded;
};
std::vector<StepRow> stepRows(const Session& session, const QString& rootName, const Times& times,
                              const Folding& folding = {}, const StepFacts& facts = {});

class StepModel : public QAbstractListModel {
    Q_OBJECT
public:
    using QAbstractListModel::QAbstractListModel;
    // Changes only what differs, so that a view keeps its place.
    void setRows(std::vector<StepRow> rows);
    const StepRow& row(int index) const { return m_rows[index]; }
    int currentRow() const;
    int rowOf(int state) const;  // of the step that made it, not of a group; -1: not shown
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    // What can be edited in place: a step's note, a group's title.
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;

signals:
    void noteEdited(int state, const QString& note);
    void titleEdited(StepRange steps, const QString& title);

private:
    std::vector<StepRow> m_rows;
};

}  // namespace strata
