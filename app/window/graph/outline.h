// The graph as a tree beside the canvas: frames and groups with what they hold, everything by keyboard and for screen
// readers. What is chosen there is chosen in the graph.
#pragma once

#include "app/window/graph/picture.h"

#include <QTreeView>

class QStandardItemModel;

namespace strata {

class GraphOutline : public QTreeView {
    Q_OBJECT
public:
    explicit GraphOutline(QWidget* parent = nullptr);
    // Made when it is seen.
    void setPicture(GraphPicturePtr picture);
    void setCurrentBox(int box);  // -1: none

signals:
    void boxChosen(int box);
    void nodeChosen(const strata::Cursor& cursor);  // of a closed group

protected:
    void showEvent(QShowEvent* event) override;

private:
    void fill();

    GraphPicturePtr m_picture;
    QStandardItemModel* m_model;
    int m_current = -1;
    bool m_stale = true;
    bool m_follows = false;  // the current row is set by the graph, not by a person
};

}  // namespace strata
