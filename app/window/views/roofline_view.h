// The roofline of this machine, measured, with the functions of the shown state on it. Williams, Waterman, Patterson
// 2009.
#pragma once

#include "app/window/models/inspector.h"

#include <QWidget>

namespace strata {

class RooflineView : public QWidget {
    Q_OBJECT
public:
    explicit RooflineView(QWidget* parent = nullptr);
    void setLimits(double flopsPerSecond, double bytesPerSecond);  // 0: not measured yet
    void setPoints(std::vector<RooflinePoint> points, const QString& selected);
    QSize sizeHint() const override { return {280, 150}; }

protected:
    void paintEvent(QPaintEvent*) override;

private:
    double m_flops = 0, m_bytes = 0;
    std::vector<RooflinePoint> m_points;
    QString m_selected;
};

}  // namespace strata
