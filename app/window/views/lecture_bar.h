// Lecture mode's foot: the step in large letters, one sentence, what it was worth, and a dash for each step, along
// which the mouse goes from one to another.
#pragma once

#include "app/window/models/lecture.h"

#include <QWidget>

namespace strata {

class LectureBar : public QWidget {
    Q_OBJECT
public:
    explicit LectureBar(QWidget* parent = nullptr);
    void setSteps(std::vector<LectureStep> steps, int current, const QString& verdict);
    void setNotesShown(bool shown);  // of a step that has some, in place of its sentence: nobody else reads them
    QString sentence() const;
    QSize sizeHint() const override;
    QRect dashRect(int step) const;  // of the step with this number

signals:
    void chosen(int state);

protected:
    void paintEvent(QPaintEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;

private:
    const LectureStep& step() const;
    QString remark() const;
    void paintTexts(QPainter& painter) const;
    void paintDashes(QPainter& painter) const;
    void choose(const QPoint& at);

    std::vector<LectureStep> m_steps{1};  // never empty
    int m_current = 0;
    QString m_verdict;
    bool m_notesShown = true;
};

}  // namespace strata
