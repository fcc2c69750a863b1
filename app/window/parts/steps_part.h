// The list of steps.
#pragma once

#include "app/window/models/step_model.h"
#include "app/window/parts/part.h"

namespace strata {

class Panel;
class StepView;

class StepsPart : public Part {
    Q_OBJECT
public:
    explicit StepsPart(Workspace& workspace);
    StepView* view() const { return m_view; }
    QWidget* widget() const override;
    void show(const Scene& scene, Aspects changed) override;

    // What is selected in the list, else the shown step; a folded group is all its steps. nullopt: the model.
    std::optional<StepRange> chosen() const;
    void leaveOut();  // the chosen steps, or takes them again
    void group();     // them; asks for a title
    void ungroup();

signals:
    void changeRequested(int state);

private:
    void group(StepRange steps);
    void name(StepRange steps, const QString& title);
    void fold(int state);
    void copy(int state);
    void showRows(const Scene& scene);

    StepModel* m_model;
    StepView* m_view;
    Panel* m_panel;
    Folding m_folding;
};

}  // namespace strata
