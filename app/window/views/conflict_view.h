// A refusal about order as pictures: who needs whom, the order now and the order asked for as numbered paths, and what
// would come out if it were done anyway. The one that comes first now is blue, solid and square, the other orange,
// dashed and round, as in the sentence and the text.
#pragma once

#include "app/window/models/conflict_picture.h"

#include <QAbstractScrollArea>

namespace strata {

struct Theme;

class ConflictView : public QAbstractScrollArea {
    Q_OBJECT
public:
    explicit ConflictView(QWidget* parent = nullptr);
    void setPicture(std::shared_ptr<const ConflictPicture> picture);  // nullptr: hides itself
    const std::shared_ptr<const ConflictPicture>& picture() const { return m_picture; }
    // What the panels say, title by title; also what a screen reader is told.
    QStringList sentences() const;

protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void changeEvent(QEvent* event) override;

private:
    enum class Kind { Needs, Now, Asked, Damage };
    struct Panel {
        Kind kind = Kind::Needs;
        QString title, remark;
        QStringList feet;
        bool wrong = false;  // the first foot tells what must not be
        QRect rect;          // without scrolling
    };
    std::vector<Panel> panelsOf(const ConflictPicture& picture) const;
    QString footOf(int first, int second, bool asked) const;
    void layOut();
    bool hasMap(const Panel& panel) const;
    QSize bodySize(const Panel& panel) const;
    QSize sizeOf(const Panel& panel) const;
    QSize gridSize(const InstanceGrid& grid) const;
    QSize mapCell() const;
    int lineHeight() const;
    QSize cellSize() const;
    int headWidth(const InstanceGrid& grid) const;
    QColor footColor(const Panel& panel, int foot, const Theme& theme) const;
    void paintPanel(QPainter& painter, const Panel& panel, const Theme& theme) const;
    void paintGrids(QPainter& painter, const Panel& panel, const QPoint& at, const Theme& theme) const;
    void paintHeads(QPainter& painter, const InstanceGrid& grid, const QPoint& at, const Theme& theme) const;
    void paintCells(QPainter& painter, Kind kind, int grid, const QPoint& at, const Theme& theme) const;
    void paintPath(QPainter& painter, Kind kind, const std::vector<QPoint>& grids, const Theme& theme) const;
    void paintNeeds(QPainter& painter, const std::vector<QPoint>& grids, const Theme& theme) const;
    void paintMap(QPainter& painter, const Damage& damage, const QPoint& at, const Theme& theme) const;
    QRect cellRect(const GridPlace& place, const std::vector<QPoint>& grids) const;

    std::shared_ptr<const ConflictPicture> m_picture;
    std::vector<Panel> m_panels;
};

}  // namespace strata
