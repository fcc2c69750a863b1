// The picture of an order of accesses: the nest with where it stands, the buffers with which element was touched how
// long ago, the last accesses one by one, and what the cache holds. A moment is an entry of the trace; any can be gone
// to.
#pragma once

#include "app/window/models/access_picture.h"

#include <QWidget>

namespace strata {

struct Theme;

class AccessView : public QWidget {
    Q_OBJECT
public:
    explicit AccessView(QWidget* parent = nullptr);
    // Stays at the same share of the run where it shows the same function.
    void setPicture(AccessPicturePtr picture);
    void setMessage(const QString& text);  // instead of a picture
    const AccessPicturePtr& picture() const { return m_picture; }
    std::size_t position() const { return m_position; }
    void setPosition(std::size_t entry);
    void step(int accesses);
    void turn(std::size_t loopsFromInside, bool forward);  // to the next turn of the innermost loop, or one around it
    QStringList sentences() const;                         // what it says of the moment, and of the whole run
    QRect loopBar(std::size_t loop) const;                 // of those around the access that is shown
    QRect cellOf(std::int32_t buffer, std::int64_t element) const;
    QSize sizeHint() const override { return {400, 600}; }

signals:
    void moved(std::size_t position);

protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void keyPressEvent(QKeyEvent*) override;
    void changeEvent(QEvent* event) override;

private:
    // A buffer as a grid of cells, each of `factor` x `factor` elements; all dimensions but the last are rows.
    struct Grid {
        std::int32_t buffer = 0;
        std::int64_t rows = 1, columns = 1, rowFactor = 1, columnFactor = 1;
        QRect rect;                       // of the cells
        std::vector<std::uint32_t> last;  // of each cell: the entry that touched it last, from 1; 0: none
        std::int64_t cellRows() const { return (rows + rowFactor - 1) / rowFactor; }
        std::int64_t cellColumns() const { return (columns + columnFactor - 1) / columnFactor; }
        std::int64_t cellOf(std::int64_t element) const
        {
            return element / columns / rowFactor * cellColumns() + element % columns / columnFactor;
        }
    };
    void layOut();
    void layProduct(const AccessPicture::Product& product, const QRect& room);
    void layRows(const QRect& room);
    Grid gridOf(std::int32_t buffer) const;
    void touch(std::size_t from, std::size_t to);  // entries from .. to - 1
    void seek(const QPoint& at);
    int lineHeight() const;
    int letters() const;  // how many of the last accesses there is room for
    std::size_t loops() const;
    QColor colorOf(std::int32_t buffer, const Theme& theme) const;
    QString nameOf(std::int32_t buffer) const;
    const reference::AccessEntry& entry() const { return m_picture->trace.entries[m_position]; }
    QString placeText() const;
    QString missText() const;
    QString runText(const AccessCounts& counts) const;
    void paintNest(QPainter& painter, const Theme& theme) const;
    void paintGrid(QPainter& painter, const Grid& grid, const Theme& theme) const;
    void paintFrames(QPainter& painter, const Theme& theme) const;
    void paintOrder(QPainter& painter, const Theme& theme) const;
    void paintCache(QPainter& painter, const Theme& theme) const;
    void paintCounts(QPainter& painter, const Theme& theme) const;

    AccessPicturePtr m_picture;
    QString m_message;
    std::size_t m_position = 0;
    std::vector<Grid> m_grids;
    std::size_t m_touched = 0;  // entries that the grids have seen
    QRect m_nest, m_order, m_cache, m_counts;
    int m_dragged = -1;  // loop
};

}  // namespace strata
