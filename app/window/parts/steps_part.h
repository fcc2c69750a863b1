// The list of steps.
#pragma once

#include "app/window/models/step_model.h"
#include "app/window/parts/part.h"

class QLineEdit;

namespace strata {

class Panel;
class StepView;

class StepsPart : public Part {
    Q_OBJECT
public:
    void nameBranch();     // that the chosen step is on
    bool renamesBranch();  // it has the focus, and the row at hand begins a branch: its name is asked for
    explicit StepsPart(Workspace& workspace);
    StepView* view() const { return m_view; }
    QWidget* widget() const override;
    void show(const Scene& scene, Aspects changed) override;

    // What is selected in the list, else the shown step; a folded group is all its steps. nullopt: the model.
    std::optional<StepRange> chosen() const;
    void leaveOut();  // the chosen steps, or takes them again
    void group();     // them; asks for a title
    void ungroup();
    void takeOnOthers();             // asks on which functions
    void find(const QString& text);  // shows the rows that hold it, and no others

signals:
    void changeRequested(int state);
    void draggedOut(StepRange steps, const QPoint& global);

private:
    void group(StepRange steps);
    void nameBranch(int state);
    void name(StepRange steps, const QString& title);
    void fold(int state);
    void copy(int state);
    void showRows(const Scene& scene);
    void learn(const Scene& scene, Aspects changed);
    const Cost& costOf(const FunctionPtr& function);
    void takeOnOthers(StepRange steps);
    void showFound();

    StepModel* m_model;
    StepView* m_view;
    QLineEdit* m_find;
    Panel* m_panel;
    Folding m_folding;
    StepFacts m_facts;
    std::map<int, StatePtr> m_known;  // states of which it is known whether their step changes anything
    std::map<FunctionPtr, Cost> m_costs;
};

}  // namespace strata
