// What the graph's scene holds. Colours come from the palette of the view that paints.
#pragma once

#include "app/window/graph/picture.h"

#include <QGraphicsItem>
#include <QPainterPath>
#include <QStaticText>

namespace strata {

struct Theme;

// A box; a Frame is what is behind the boxes of an open group, of which only the head can be clicked.
class BoxItem : public QGraphicsItem {
public:
    BoxItem(const GraphBox& box, int index, int depth);
    QRectF boundingRect() const override;
    QPainterPath shape() const override;
    void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget) override;
    int index() const { return m_index; }
    void setLit(bool lit);
    // Found: `count` of what it stands for, of which one is the current one.
    void setFound(int count, bool current);
    void setHeat(double share, const QString& note, const QString& value);
    // The part of an open repeat's head that shows the instance before or after; empty: none.
    QRectF stepRect(bool forward) const;
    // The constant whose chip is drawn there; empty: none.
    std::string constantAt(const QPointF& position) const;

private:
    struct Look;
    QRectF textRect() const;
    std::vector<QRectF> chipRects() const;
    Look look(const Theme& theme) const;
    void paintFrame(QPainter& painter, const Theme& theme, double zoom) const;
    void paintBox(QPainter& painter, const Theme& theme, double zoom) const;
    void paintSheets(QPainter& painter) const;
    void paintFarTitle(QPainter& painter, const QRectF& inside, const Theme& theme, const QString& title,
                       double zoom) const;
    void paintTexts(QPainter& painter, const Theme& theme, const QRectF& inside) const;
    void paintChips(QPainter& painter, const Theme& theme) const;
    void paintFound(QPainter& painter, const Theme& theme) const;

    const GraphBox& m_box;
    int m_index;
    bool m_lit = false, m_current = false;
    int m_found = 0;
    double m_heat = -1;
    QString m_note, m_value;
    mutable QStaticText m_far;  // its title as it was painted last from afar
    mutable double m_farSize = 0;
};

class LineItem : public QGraphicsItem {
public:
    explicit LineItem(const GraphLine& line);
    QRectF boundingRect() const override { return m_bounds; }
    QPainterPath shape() const override;  // near enough to be meant
    const GraphLine& line() const { return m_line; }
    bool isLit() const { return m_lit; }
    void setLit(bool lit);
    void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget) override;

private:
    void paintArrow(QPainter& painter, const QColor& color) const;

    const GraphLine& m_line;
    QPainterPath m_path;
    QPolygonF m_corners;  // the path without its curves, for when it is seen from afar
    QPointF m_tip, m_unit;
    mutable QPainterPath m_near;  // empty: nobody asked yet
    bool m_lit = false;
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
