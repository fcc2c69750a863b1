// The whole graph in a corner, with a frame round what is in sight; a click or drag goes there.
#pragma once

#include <QWidget>

namespace strata {

class GraphView;

class Minimap : public QWidget {
    Q_OBJECT
public:
    explicit Minimap(GraphView* view);  // a child of the view
    // Stands in the corner if there is more than can be seen.
    void update();

protected:
    void paintEvent(QPaintEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;

private:
    QTransform toMap() const;
    void goTo(const QPointF& position);

    GraphView* m_view;
};

}  // namespace strata
