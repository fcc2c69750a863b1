// Bars of the measured states, as they were measured in turn: median, spread, ratio to the untouched model and to the
// step before. Nothing is cut: where a text has no room beside its bar, it goes on below.
#pragma once

#include "app/window/models/timings.h"

#include <QAbstractScrollArea>

namespace strata {

class TimingsView : public QAbstractScrollArea {
    Q_OBJECT
public:
    explicit TimingsView(QWidget* parent = nullptr);
    // `note`: below the bars: machine, threads, instruction set. `hint`: what to do where there are no bars.
    void setBars(std::vector<TimingBar> bars, const QString& note, const QString& hint);
    const std::vector<TimingBar>& bars() const { return m_bars; }

signals:
    void stateChosen(int id);

protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void changeEvent(QEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    bool viewportEvent(QEvent*) override;

private:
    // Where a bar and its text stand; `lines`: what of the text fits beside the bar, and what goes below.
    struct Row {
        int top = 0, height = 0;
        QStringList lines;
    };
    int lineHeight() const;
    int rowAt(int y) const;
    void layOut();
    void updateScrollBar();
    void paintBar(QPainter& painter, const TimingBar& bar, const Row& row, int top) const;
    void paintEarlier(QPainter& painter, const TimingBar& bar, double y) const;
    double length(double ms) const;  // of a bar
    static double reach(const TimingBar& bar);

    std::vector<TimingBar> m_bars;
    std::vector<Row> m_rows;
    QStringList m_foot;  // the note, in as many rows as it takes
    int m_left = 0;      // where bars begin
    double m_room = 0;   // of the longest bar
    double m_most = 0;   // its time
    QString m_note, m_hint;
};

}  // namespace strata
