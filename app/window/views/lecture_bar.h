// Lecture mode's foot: the step in large letters, one sentence, a row of dots for the steps, and what it was worth.
#pragma once

#include <QWidget>

namespace strata {

struct LectureText {
    QString title, sentence;  // "6 · vectorize j1", "Eight neighbouring outputs become one register."
    QString figure, remark;   // "538 → 75.1 µs", "7.2 ×, equal bit for bit"
    int step = 0, steps = 0;
};

class LectureBar : public QWidget {
    Q_OBJECT
public:
    explicit LectureBar(QWidget* parent = nullptr);
    void setText(LectureText text);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent*) override;

private:
    LectureText m_text;
};

}  // namespace strata
