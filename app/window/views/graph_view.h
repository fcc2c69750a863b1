// The graph pane: boxes, edges with shapes on them, and dashed hulls round what a step fused. After a step the selected
// box, else the one nearest to the middle, stays at its pixel.
#pragma once

#include "app/window/models/graph_model.h"

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
    // Shares of time in [0, 1] by box, drawn as heat; empty: none.
    void setHeat(std::map<int, double> shares, std::map<int, QString> notes);
    void fit();
    void zoom(double factor);
    void setTextScale(double factor);    // lecture mode
    QPointF boxPosition(int box) const;  // in the viewport
    bool find(const QString& text, bool forward);
    void renderAll(QPainter& painter);

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
    std::map<int, double> m_heat;
    std::map<int, QString> m_notes;
    std::vector<QGraphicsItem*> m_items;  // by box
    int m_current = -1;
    bool m_fitted = false, m_touched = false;  // touched: the person zoomed or moved
};

}  // namespace strata
