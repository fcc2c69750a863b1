#include "app/window/views/memory_view.h"

#include "app/window/models/format.h"
#include "app/window/theme/theme.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

namespace strata {

MemoryView::MemoryView(QWidget* parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Memory: the arena over time"));
    setMinimumSize(110, 80);
}

void MemoryView::setPicture(MemoryPicture picture)
{
    m_picture = std::move(picture);
    setAccessibleDescription(tr("%1 buffers, %2").arg(m_picture.blocks.size()).arg(peakText()));
    update();
}

// Beside what the same buffers would take without sharing.
QString MemoryView::peakText() const
{
    const QString peak = tr("peak %1").arg(formatBytes(static_cast<double>(m_picture.arenaBytes)));
    const std::int64_t saved = m_picture.savedBytes();
    return saved > 0 ? peak + tr(", %1 saved by sharing").arg(formatBytes(static_cast<double>(saved))) : peak;
}

namespace {

constexpr int barHeight = 18;
constexpr std::size_t mostBars = 4;

QString labelOf(const MemoryBlock& block)
{
    return block.parameter.isEmpty() ? block.name + QLatin1Char(' ') + formatBytes(block.bytes)
           : block.bytes > 0
               ? MemoryView::tr("%1 in the memory of %2, %3").arg(block.name, block.parameter, formatBytes(block.bytes))
               : MemoryView::tr("%1 in the memory of %2").arg(block.name, block.parameter);
}

}  // namespace

std::size_t MemoryView::shownBars() const { return std::min(mostBars, m_picture.updated.size()); }

QRectF MemoryView::plot() const { return QRectF(rect()).adjusted(16, 26, -14, -24 - int(shownBars()) * barHeight); }

QRectF MemoryView::barOf(std::size_t updated) const
{
    const MemoryBlock& block = m_picture.updated[updated];
    const QRectF area = plot();
    const double width = area.width() / std::max(1, m_picture.statements);
    return {area.left() + block.first * width, area.bottom() + 22 + double(updated) * barHeight,
            (block.last - block.first + 1) * width, barHeight - 4};
}

QRectF MemoryView::rectOf(const MemoryBlock& block) const
{
    const QRectF area = plot();
    const double width = area.width() / std::max(1, m_picture.statements),
                 scale = area.height() / std::max<std::int64_t>(1, m_picture.arenaBytes);
    return {area.left() + block.first * width, area.bottom() - (block.offset + block.bytes) * scale,
            (block.last - block.first + 1) * width, block.bytes * scale};
}

void MemoryView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Theme& theme = themeOf(palette());
    painter.fillRect(rect(), theme.panel);
    painter.setPen(theme.muted);
    for (std::size_t i = 0; i < shownBars(); ++i) {  // a bar may be narrow: what it is stands beside it
        const QRectF bar = barOf(i), area = plot();
        const bool isLeft = bar.center().x() < area.center().x();
        const QRectF beside(isLeft ? bar.right() + 5 : area.left(), bar.top(),
                            isLeft ? area.right() - bar.right() - 5 : bar.left() - area.left() - 5, bar.height());
        drawBlock(painter, bar, QString(), theme.levels[2]);
        painter.setPen(theme.text);
        painter.drawText(beside, (isLeft ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(labelOf(m_picture.updated[i]), Qt::ElideRight,
                                                          std::max(0, int(beside.width()))));
    }
    painter.setPen(theme.muted);
    if (m_picture.blocks.empty()) {
        const QString text =
            m_picture.sized > 0
                ? tr("%1 buffers share %2 storages. How large these are, the inputs tell when the program runs.")
                      .arg(m_picture.sized)
                      .arg(m_picture.storages)
            : m_picture.unplanned > 0
                ? tr("%1 in buffers of their own. The step plan_memory lays them into one arena, drawn here.")
                      .arg(formatBytes(m_picture.unplanned))
                : tr("No buffers between calls: nothing has to be kept.");
        painter.drawText(rect().adjusted(16, 8, -16, -8 - int(shownBars()) * barHeight),
                         Qt::AlignCenter | Qt::TextWordWrap,
                         m_picture.statements == 0 ? tr("Buffers of the runtime program, once there is one.") : text);
        return;
    }
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.85);
    painter.setFont(small);
    painter.setRenderHint(QPainter::Antialiasing);
    int index = 0;
    for (const MemoryBlock& block : m_picture.blocks) {
        drawBlock(painter, rectOf(block), labelOf(block), theme.levels[index++ % 4]);
    }
    const QRectF area = plot();
    painter.setPen(QPen(theme.removedMark, 1, Qt::DashLine));
    painter.drawLine(area.topLeft(), area.topRight());
    painter.setPen(theme.muted);
    const QString whole = peakText(), peak = tr("peak %1").arg(formatBytes(static_cast<double>(m_picture.arenaBytes)));
    const bool fits = painter.fontMetrics().horizontalAdvance(whole) <= area.width();
    painter.drawText(QRectF(area.left(), area.top() - 18, area.width(), 16), Qt::AlignRight, fits ? whole : peak);
    painter.drawText(QRectF(area.left(), area.bottom() + 3, area.width(), 18), Qt::AlignRight, tr("time →"));
    painter.setPen(theme.line);
    painter.drawLine(area.bottomLeft(), area.bottomRight());
    painter.drawLine(area.bottomLeft(), area.topLeft());
}

void MemoryView::drawBlock(QPainter& painter, const QRectF& rect, const QString& label, QColor color) const
{
    const Theme& theme = themeOf(palette());
    color.setAlpha(theme.dark ? 170 : 150);
    painter.setPen(QPen(theme.panel, 1));
    painter.setBrush(color);
    painter.drawRect(rect);
    painter.setPen(theme.text);
    if (rect.height() > 12 && rect.width() > 24)
        painter.drawText(rect.adjusted(5, 0, -2, 0), Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(label, Qt::ElideRight, static_cast<int>(rect.width()) - 7));
}

const MemoryBlock* MemoryView::blockAt(const QPointF& position) const
{
    for (std::size_t i = 0; i < shownBars(); ++i)
        if (barOf(i).contains(position))
            return &m_picture.updated[i];

    for (const MemoryBlock& block : m_picture.blocks)
        if (rectOf(block).contains(position))
            return &block;
    return nullptr;
}

void MemoryView::mousePressEvent(QMouseEvent* event)
{
    if (const MemoryBlock* block = blockAt(event->pos()))
        emit bufferChosen(block->name);
}

bool MemoryView::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const MemoryBlock* block = blockAt(help->pos());
    const QString text = !block ? QString()
                         : !block->parameter.isEmpty()
                             ? labelOf(*block)
                             : tr("%1\n%2 at offset %3").arg(block->name, formatBytes(block->bytes)).arg(block->offset);
    QToolTip::showText(help->globalPos(), text, this);
    return true;
}

}  // namespace strata
