// The graph pane: boxes, edges with shapes on them, and dashed hulls round what a step fused. After a step the selected
// box, else the one nearest to the middle, stays at its pixel.
#pragma once

#include "app/window/models/heat.h"

#include <QGraphicsView>

namespace strata {

class GraphView : public QGraphicsView {
    Q_OBJECT
public:
    explicit GraphView(QWidget* parent = nullptr);
    ~GraphView() override;

    void setPicture(GraphPicturePtr picture);
    const GraphPicturePtr& picture() const { return m_picture; }
    void setLit(const std::set<Cursor>& cursors);
    const std::set<int>& litBoxes() const { return m_lit; }
    void setHeat(Heat heat);
    const QString& heatLegend() const { return m_heat.legend; }
    void fit();
    void zoom(double factor);
    void setTextScale(double factor);    // lecture mode
    QPointF boxPosition(int box) const;  // in the viewport
    bool find(const QString& text, bool forward);
    QSize fullSize() const;             // of all boxes, edges and their texts, unscaled
    void renderAll(QPainter& painter);  // for a picture file

signals:
    void pointed(const strata::Cursor& cursor, bool gone);
    void opened(const strata::Cursor& cursor, const QString& group);  // double click or Enter
    void cleared();

protected:
    void wheelEvent(QWheelEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;
    void keyPressEvent(QKeyEvent*) override;
    void changeEvent(QEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void showEvent(QShowEvent*) override;

private:
    struct Anchor {
        Cursor cursor;
        QPoint pixel;
        bool valid = false;
    };
    Anchor anchor() const;
    void restore(const Anchor& anchor);
    void rebuild();
    int boxAt(const QPoint& position) const;
    void pointAt(int box);
    int next(int box, bool forward) const;  // along the first edge

    GraphPicturePtr m_picture;
    std::set<Cursor> m_litCursors;
    std::set<int> m_lit;
    Heat m_heat;
    std::vector<QGraphicsItem*> m_items;  // by box
    int m_current = -1;
    bool m_fitted = false, m_touched = false;  // touched: the person zoomed or moved
};

}  // namespace strata
