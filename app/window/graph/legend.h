// Beside the graph, or flat below a narrow one: the families that it has, and what the colours of the overlay mean.
#pragma once

#include "app/window/graph/heat.h"

#include <QWidget>

class QPainter;

namespace strata {

class GraphLegend : public QWidget {
    Q_OBJECT
public:
    explicit GraphLegend(QWidget* parent = nullptr);
    void setFamilies(const GraphPicture& picture);
    void setHeat(const Heat& heat);
    void setFlat(bool flat, int width);  // as high as it needs to be at the width
    bool isFlat() const { return m_flat; }
    QSize sizeHint() const override;
    QString text() const;  // all of it, a line each

protected:
    void paintEvent(QPaintEvent*) override;

private:
    int flow(int width, QPainter* painter) const;  // where it ends; nullptr: only measured
    void paintShades(QPainter& painter, const QRectF& bar) const;
    void fitFlat();

    bool m_flat = false;
    int m_flatWidth = 0;
    std::vector<Family> m_families;
    QString m_title, m_most, m_known;  // "time", "12.5 ms", "61 of 64 nodes have a time"
};

}  // namespace strata
