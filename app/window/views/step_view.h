// The list of steps. Chooses states and asks for changes; draws what StepModel says.
#pragma once

#include "app/window/models/step_model.h"

#include <QListView>

namespace strata {

class StepView : public QListView {
    Q_OBJECT
public:
    explicit StepView(QWidget* parent = nullptr);
    void setStepModel(StepModel* model);
    void showCurrent();                                             // scrolls to the shown state
    static int numberWidth(const QFontMetrics& metrics, int rows);  // of the steps' numbers, however many there are

signals:
    void stateChosen(int id);
    void changeRequested(int id);  // other arguments for the step that made `id`
    void dropRequested(int id);
    void leaveOutRequested(int id, bool out);
    void moveRequested(int id, int by);
    void compareRequested(int id);  // show differences against `id`
    void copyRequested(int id);

protected:
    void contextMenuEvent(QContextMenuEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    StepModel* m_model = nullptr;
};

}  // namespace strata
