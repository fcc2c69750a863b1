// What a lecturer sees on a screen of their own while the class sees the window: clock, the step that the class sees
// and the one after it, notes, and all steps to jump to, by a click or by their number and Enter. Frozen, the class stays where it is while the lecturer looks
// ahead.
#pragma once

#include "app/window/models/lecture.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

class QLabel;
class QListWidget;

namespace strata {

class PresenterView : public QWidget {
    Q_OBJECT
public:
    explicit PresenterView(QWidget* parent = nullptr);
    // `current`: what the class sees, as an index of the steps.
    void setSteps(std::vector<LectureStep> steps, int current, const QString& verdict);
    void startClock();
    bool frozen() const { return m_frozen; }
    int own() const { return m_own; }  // where the lecturer is
    QString notes() const;
    QString clock() const;

public slots:
    void goBy(int steps);
    void freeze();  // or brings the class to where the lecturer is

signals:
    void chosen(int state);  // the class is to see it
    void blankAsked();
    void spotlightAsked();
    void closed();

protected:
    void closeEvent(QCloseEvent*) override;
    void keyPressEvent(QKeyEvent*) override;
    void changeEvent(QEvent*) override;

private:
    struct Card {
        QWidget* frame;
        QLabel *caption, *title, *sentence, *figure;
    };
    QWidget* makeHead();
    QWidget* makeFrozen();
    Card makeCard();
    QWidget* makeLists();
    void goTo(int step);
    bool typed(const QKeyEvent& key);
    void showSteps();
    void fill(const Card& card, const QString& caption, int step) const;
    void tick();
    void colour();

    std::vector<LectureStep> m_steps;
    int m_class = 0, m_own = 0;
    bool m_frozen = false;
    QString m_typed;  // digits of the step to go to
    QString m_verdict;
    QElapsedTimer m_begun;
    QTimer m_second;
    QLabel *m_clock, *m_wall, *m_progress, *m_notes, *m_notesHead, *m_foot;
    QWidget* m_banner;
    Card m_now, m_next;
    QListWidget* m_list;
};

}  // namespace strata
