// Bars of the measured states, as they were measured in turn: median, spread, ratio to the untouched model and to the
// step before.
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
    void mousePressEvent(QMouseEvent*) override;
    bool viewportEvent(QEvent*) override;

private:
    int rowHeight() const;
    int rowAt(int y) const;
    void updateScrollBar();

    std::vector<TimingBar> m_bars;
    QString m_note, m_hint;
};

}  // namespace strata
