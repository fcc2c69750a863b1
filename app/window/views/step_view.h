// The list of steps. Chooses states and asks for changes; draws what StepModel says. Steps, groups and selected rows
// are dragged to another place.
#pragma once

#include "app/window/models/step_model.h"

#include <QListView>
#include <QTimer>

namespace strata {

class StepView : public QListView {
    Q_OBJECT
public:
    explicit StepView(QWidget* parent = nullptr);
    void setStepModel(StepModel* model);
    void showCurrent();                                             // scrolls to the shown state
    void showGroup(int state);                                      // the row of the group that ends with it
    static int numberWidth(const QFontMetrics& metrics, int rows);  // of the steps' numbers, however many there are
    // The steps that a command means: those of the selected rows, or of the current one; nullopt: the model.
    std::optional<StepRange> chosen() const;
    std::optional<StepRow> currentStep() const;  // the row that they end with
    void editNote();                             // of the current row, in place; of a group: its title
    int notedRow() const { return m_noted; }     // that is edited
    bool isDragging() const { return m_dragged.has_value(); }
    int dropRow() const { return m_dropRow; }  // what is dragged would stand above this row; -1: it cannot stand here

signals:
    void stateChosen(int id);
    void changeRequested(int id);  // other arguments for the step that made `id`
    void dropRequested(StepRange steps);
    void leaveOutRequested(StepRange steps, bool out);
    void moveRequested(StepRange steps, int by);
    void moveBehindRequested(StepRange steps, int after);
    void groupRequested(StepRange steps);
    void ungroupRequested(StepRange steps);
    void nameRequested(int first);          // of the branch that begins with this state
    void foldRequested(int id);             // the group that the step of `id` is in: folded or unfolded
    void compareRequested(int id);          // show differences against `id`
    void othersRequested(StepRange steps);  // on other functions, too
    void draggedOut(StepRange steps, const QPoint& global);  // and let go outside of the list
    void copyRequested(int id);
    void said(const QString& why);  // it cannot be dropped there

protected:
    void contextMenuEvent(QContextMenuEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    std::optional<StepRange> chosen(int row) const;
    bool isMark(const QPoint& at) const;  // where a click folds the group of the row
    void drag(const QPoint& at);
    void endDrag();
    int gapAt(const QPoint& at) const;
    int placeOf(int gap) const;  // the state behind which it is; -1: on another branch
    bool stays(int after) const;
    std::pair<int, int> draggedRows() const;

    StepModel* m_model = nullptr;
    int m_noted = -1;
    enum class Press { OfList, Ours };  // who handles it
    Press m_press = Press::OfList;
    std::optional<QPoint> m_pressed;  // on what can be dragged
    std::optional<StepRange> m_dragged;
    int m_dropRow = -1;
    QPoint m_dragAt;
    QTimer m_scroll;
};

}  // namespace strata
