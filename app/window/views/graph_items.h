// What the graph's scene holds. Colours come from the palette of the view that paints.
#pragma once

#include "app/window/models/graph_model.h"

#include <QGraphicsItem>
#include <QPainterPath>

namespace strata {

class BoxItem : public QGraphicsItem {
public:
    BoxItem(const GraphBox& box, int index);
    QRectF boundingRect() const override;
    void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget) override;
    int index() const { return m_index; }
    void setLit(bool lit);
    void setHeat(double share, const QString& note);

private:
    const GraphBox& m_box;
    int m_index;
    bool m_lit = false;
    double m_heat = -1;
    QString m_note;
};

class EdgeItem : public QGraphicsItem {
public:
    explicit EdgeItem(const GraphEdge& edge);
    QRectF boundingRect() const override { return m_bounds; }
    void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget) override;

private:
    const GraphEdge& m_edge;
    QPainterPath m_path;
    QPointF m_label;
    QRectF m_bounds;
};

class HullItem : public QGraphicsItem {
public:
    explicit HullItem(const GraphHull& hull)
        : m_hull(hull)
    {
        setZValue(-2);
    }
    QRectF boundingRect() const override { return m_hull.rect.adjusted(-2, -2, 2, 2); }
    void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget) override;

private:
    const GraphHull& m_hull;
};

}  // namespace strata
