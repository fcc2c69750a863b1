// The lesson that is open: its step's text, what the reader does there, and the way on and back.
#pragma once

#include "app/window/parts/part.h"

class QLabel;
class QTextBrowser;
class QToolButton;

namespace strata {

class LessonPart : public Part {
    Q_OBJECT
public:
    explicit LessonPart(Workspace& workspace);
    QWidget* widget() const override { return m_widget; }
    QTextBrowser* page() const { return m_page; }
    void show(const Scene& scene, Aspects changed) override;

signals:
    void filled(bool on);  // there is a lesson, or none any more
    void handInAsked();
    void handOutAsked();
    void resetAsked();
    void nextLessonAsked();
    void stepAsked(const Step& step);  // its form, filled in

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void follow(const QString& link);
    void ask(const QString& question);

    QWidget* m_widget;
    QTextBrowser* m_page;
    QToolButton *m_previous, *m_next;
    QLabel* m_place;
    int m_step = -2;  // that the page shows
};

}  // namespace strata
