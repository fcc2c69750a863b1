// Parts that are a table: problems, implementations, the deployment, the inspector.
#pragma once

#include "app/window/models/table_model.h"
#include "app/window/parts/part.h"
#include "app/window/views/table.h"

namespace strata {

class TablePart : public Part {
    Q_OBJECT
public:
    TablePart(QString name, QStringList headings, QSet<int> rightAligned, Aspects concerns, Workspace& workspace);
    QWidget* widget() const override { return m_table; }
    QTableView* table() const { return m_table; }
    TableModel* model() const { return m_model; }
    QString copied() const override { return m_model->toText(); }
    Drawing drawing() const override;

private:
    TableModel* m_model;
    QTableView* m_table;
};

// What went wrong or is worth a note, of the open model, with the step that was shown then; newest last. A click leads
// to the node that it speaks of, and, where the shown state has it no more, to that step.
class ProblemsPart : public TablePart {
    Q_OBJECT
public:
    explicit ProblemsPart(Workspace& workspace);
    void show(const Scene& scene, Aspects changed) override;
    void add(const std::vector<Problem>& problems);

private:
    void lead(int row);

    struct Belongs {
        std::vector<Cursor> nodes;
        int state = 0;  // that was shown when it came
    };
    std::vector<Belongs> m_belongs;  // by row
};

class Panel;

// What the shown function means, and how it can be computed; a click chooses. Stands above library and hardware while
// there is something to choose from.
class ImplementationsPart : public TablePart {
    Q_OBJECT
public:
    enum Column { Chosen, Name, Time, Error, Effect, Needs, Memory };

    explicit ImplementationsPart(Workspace& workspace);
    QWidget* widget() const override;
    void show(const Scene& scene, Aspects changed) override;

signals:
    void filled(bool on);  // with rows, or not

private:
    void choose(int row);
    QStringList namesOf(int row) const;

    Panel* m_panel;
};

class FormsView;

// What an export would hold: bytes by part, and which nodes brought it in, below the two forms of the model as bars.
// Sized when it is looked at.
class DeploymentPart : public TablePart {
    Q_OBJECT
public:
    explicit DeploymentPart(Workspace& workspace);
    QWidget* widget() const override { return m_widget; }
    FormsView* forms() const { return m_forms; }
    void show(const Scene& scene, Aspects changed) override;
    void setLookedAt(bool on);

private:
    FormsView* m_forms;
    QWidget* m_widget;
    bool m_lookedAt = false;
};

// What there is to say about the selected node.
class InspectorPart : public TablePart {
    Q_OBJECT
public:
    explicit InspectorPart(Workspace& workspace);
    QWidget* widget() const override;
    void show(const Scene& scene, Aspects changed) override;

private:
    Panel* m_panel;
};

}  // namespace strata
