// The graph pane: boxes, edges with shapes on them, and dashed hulls round what a step fused. After a step the selected
// box, else the one nearest to the middle, stays at its pixel.
#pragma once

#include "app/window/graph/heat.h"

#include <QGraphicsView>

namespace strata {

class BoxItem;
class LineItem;

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
    const GraphArrangement& arrangement() const { return m_arrangement; }
    void setOpen(const QString& group, bool open);
    void openLevels(int depth);  // all groups that lie less deep, and no other; 0: all closed
    int openDepth() const;       // of the deepest open group, from 1; 0: all are closed
    void showInstance(const QString& group, int instance);
    const QString& heatLegend() const { return m_heat.legend; }
    void fit();  // all of it
    void zoom(double factor);
    void closeAround();  // the group that the current box stands in
    // What was found, and which of it is the current one (-1: none); groups say how much of it they hold.
    void setFound(const std::vector<Cursor>& found, int current);
    void goTo(int box);  // makes it the current one, and seen
    // To a box that this step changed, in the order that they are read in; false: there is none, or no further one.
    bool goToChange(bool forward, bool afresh);
    int current() const { return m_current; }
    QRectF seen() const;  // of the graph
    void centreOn(const QPointF& point);
    void setDimmed(bool dimmed);                        // what did not change in this step
    void setTextScale(double factor);                   // lecture mode: of the same place of the graph
    void returnTo(const QPointF& centre);               // where it was seen, unless all of it is fitted
    QPointF boxPosition(int box) const;                 // in the viewport
    int boxAt(const QPoint& position) const;            // in the viewport; -1: none
    std::string valueAt(const QPoint& position) const;  // of the edge that is there; empty: none
    std::vector<std::string> litValues() const;         // of edges
    QSize fullSize() const;                             // of all boxes, edges and their texts, unscaled
    void renderAll(QPainter& painter);                  // for a picture file

signals:
    void pointed(const strata::Cursor& cursor, bool gone);
    void opened(const strata::Cursor& cursor);                   // an operator, by double click or Enter
    void arranged(const strata::GraphArrangement& arrangement);  // wanted from now on
    void cleared();
    void moved();                  // other parts of the graph are in sight
    void currentChanged(int box);  // -1: none

protected:
    void wheelEvent(QWheelEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;
    void keyPressEvent(QKeyEvent*) override;
    void changeEvent(QEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void showEvent(QShowEvent*) override;
    void scrollContentsBy(int dx, int dy) override;

private:
    struct Anchor {
        Cursor cursor;
        QString group;  // that was opened or closed: its top stays
        QPoint pixel;
        bool valid = false;
    };
    QPointF anchored(const GraphBox& box, const Anchor& anchor) const;
    void fitReadably();
    void frameFit(double factor);
    bool sideways() const;  // its edges run from left to right
    int boxOf(const Cursor& cursor) const;
    void setCurrent(int box);
    Anchor anchor() const;
    void restore(const Anchor& anchor);
    void rebuild();
    BoxItem* itemOf(int box) const { return m_items[box]; }
    bool stepInstance(int box, const QPoint& position);
    void activate(int box);
    void pointAt(int box);

    GraphPicturePtr m_picture;
    GraphArrangement m_arrangement;
    std::set<Cursor> m_litCursors;
    std::set<int> m_lit;
    Heat m_heat;
    std::vector<BoxItem*> m_items;  // by box
    std::vector<LineItem*> m_lines;
    int m_current = -1;
    QString m_arranging;   // the group whose top stays with the next picture
    bool m_whole = false;  // what was fitted last: all, or as much as can be read
    double m_textScale = 1;
    bool m_touched = false;  // touched: the person zoomed or moved
};

}  // namespace strata
