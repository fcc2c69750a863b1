// The roofline of this machine, measured, with the calls of the shown state on it.
#pragma once

#include "app/window/models/roofline.h"

#include <QPolygonF>
#include <QWidget>

namespace strata {

struct RooflineScene {
    std::optional<MachineLimits> machine;  // nullopt: not measured yet
    std::vector<RooflinePoint> points;
    QString selected;  // a function
};

class RooflineView : public QWidget {
    Q_OBJECT
public:
    explicit RooflineView(QWidget* parent = nullptr);
    void setScene(RooflineScene scene);
    QSize sizeHint() const override { return {280, 150}; }
    QString textAt(const QPointF& position) const;  // what the point there is; empty: none is there
    QPointF placeOf(const RooflinePoint& point) const;
    struct Label {
        const RooflinePoint* point;
        QString text;
        QRectF rect;
    };
    std::vector<Label> labels() const;  // of the points that have room for one
    // The slope of a level of the memory, and where its name stands along it (in the view; empty: it has no room).
    struct Slope {
        QPointF from, to;
        QString name;
        QPolygonF text;
        bool last;  // the memory itself
    };
    std::vector<Slope> slopes() const;  // of the levels that are in sight

protected:
    void paintEvent(QPaintEvent*) override;
    bool event(QEvent* event) override;

private:
    struct Range {
        double minX = 0, maxX = 0, minY = 0, maxY = 0;
    };
    Range rangeOf(const RooflineScene& scene) const;
    QRectF plot() const;
    QPointF at(double flopsPerByte, double flopsPerSecond) const;
    double height(const RooflinePoint& point) const;  // in FLOP/s; of one that is not measured: its roof
    void paintRoofs(QPainter& painter) const;
    std::vector<const RooflinePoint*> byImportance() const;
    void paintPoints(QPainter& painter) const;

    RooflineScene m_scene;
    Range m_range;
};

}  // namespace strata
