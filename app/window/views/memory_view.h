// The arena over time: each buffer a rectangle, the peak a dashed line; below it, as bars, what is written in place in
// the caller's memory.
#pragma once

#include "app/window/models/memory_model.h"

#include <QPainter>
#include <QWidget>

namespace strata {

class MemoryView : public QWidget {
    Q_OBJECT
public:
    explicit MemoryView(QWidget* parent = nullptr);
    void setPicture(MemoryPicture picture);
    QSize sizeHint() const override { return {220, 150}; }

signals:
    void bufferChosen(const QString& name);

protected:
    void paintEvent(QPaintEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    bool event(QEvent*) override;

private:
    QRectF plot() const;
    QString peakText() const;
    QRectF rectOf(const MemoryBlock& block) const;
    QRectF barOf(std::size_t updated) const;
    std::size_t shownBars() const;
    void drawBlock(QPainter& painter, const QRectF& rect, const QString& label, QColor color) const;
    const MemoryBlock* blockAt(const QPointF& position) const;

    MemoryPicture m_picture;
};

}  // namespace strata
