// The picture of blocks and threads: which block, which thread in it, and for each buffer that the block touches, which
// of its elements which thread reads or writes. A click on a block, a thread or an element chooses it.
#pragma once

#include "app/window/models/access_picture.h"
#include "app/window/models/thread_picture.h"

#include <QWidget>

namespace strata {

struct Theme;

class ThreadView : public QWidget {
    Q_OBJECT
public:
    explicit ThreadView(QWidget* parent = nullptr);
    // Of a function that is bound to no threads: hidden.
    void setAccesses(AccessPicturePtr accesses);
    const ThreadPicture& picture() const { return m_picture; }
    std::int64_t thread() const { return m_thread; }
    void choose(std::int64_t block, std::int64_t thread);
    QStringList sentences() const { return m_picture.sentences(m_thread); }
    QRect blockCell(std::int64_t block) const;
    QRect threadCell(std::int64_t thread) const;
    QRect elementCell(std::size_t row, std::int64_t element) const;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override { return {400, heightForWidth(400)}; }

protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override { layOut(width()); }
    void mousePressEvent(QMouseEvent*) override;
    void keyPressEvent(QKeyEvent*) override;

private:
    // Cells in lines of `across`, each `size` large.
    struct Grid {
        QRect rect;
        std::int64_t across = 1;
        int size = 8;
        QRect cell(std::int64_t index) const;
        std::int64_t at(const QPoint& point) const;  // -1: none
    };
    struct Strip : Grid {
        std::vector<std::int64_t> elements;  // by cell
    };
    int layOut(int width);
    Grid gridOf(const std::array<std::int64_t, 3>& extents, const QPoint& at, int width, int largest) const;
    QColor colorOf(std::int64_t thread, const Theme& theme) const;
    QString titleOf(const ThreadPicture::Row& row) const;
    void paintRow(QPainter& painter, std::size_t row, const Theme& theme) const;
    int lineHeight() const { return fontMetrics().height() + 4; }

    AccessPicturePtr m_accesses;
    ThreadPicture m_picture;
    std::int64_t m_thread = 0;
    Grid m_blocks, m_threads;
    std::vector<Strip> m_strips;  // of the rows
    int m_height = 0;
};

}  // namespace strata
