// Beside the graph: the families that it has, and what the colours of the overlay mean.
#pragma once

#include "app/window/graph/heat.h"

#include <QWidget>

namespace strata {

class GraphLegend : public QWidget {
    Q_OBJECT
public:
    explicit GraphLegend(QWidget* parent = nullptr);
    void setFamilies(const GraphPicture& picture);
    void setHeat(const Heat& heat);
    QSize sizeHint() const override;
    QString text() const;  // all of it, a line each

protected:
    void paintEvent(QPaintEvent*) override;

private:
    std::vector<Family> m_families;
    QString m_title, m_most, m_known;  // "time", "12.5 ms", "61 of 64 nodes have a time"
};

}  // namespace strata
