#include "app/window/views/timings_view.h"

#include "app/window/theme/theme.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

namespace strata {

TimingsView::TimingsView(QWidget* parent)
    : QAbstractScrollArea(parent)
{
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setBackgroundRole(QPalette::Base);
    setAccessibleName(tr("Timings"));
}

void TimingsView::setBars(std::vector<TimingBar> bars, const QString& note, const QString& hint)
{
    m_bars = std::move(bars);
    m_note = note;
    m_hint = hint;
    QStringList spoken;
    for (const TimingBar& bar : m_bars)
        spoken << bar.name + QStringLiteral(": ") + bar.text;
    setAccessibleDescription(spoken.isEmpty() ? hint : spoken.join(QStringLiteral("; ")));
    updateScrollBar();
    viewport()->update();
}

int TimingsView::rowHeight() const { return fontMetrics().height() + 10; }

int TimingsView::rowAt(int y) const
{
    const int row = (y - 4 + verticalScrollBar()->value()) / rowHeight();
    return row >= 0 && row < static_cast<int>(m_bars.size()) ? row : -1;
}

void TimingsView::updateScrollBar()
{
    const int height = rowHeight() * (static_cast<int>(m_bars.size()) + 1) + 8;
    verticalScrollBar()->setRange(0, std::max(0, height - viewport()->height()));
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setSingleStep(rowHeight());
}

void TimingsView::resizeEvent(QResizeEvent*) { updateScrollBar(); }

void TimingsView::paintEvent(QPaintEvent*)
{
    QPainter painter(viewport());
    const Theme& theme = themeOf(palette());
    painter.fillRect(viewport()->rect(), theme.panel);
    painter.setPen(theme.muted);
    if (m_bars.empty()) {
        painter.drawText(viewport()->rect().adjusted(16, 8, -16, -8), Qt::AlignCenter | Qt::TextWordWrap, m_hint);
        return;
    }
    double most = 0;
    int names = 0, texts = 0;
    for (const TimingBar& bar : m_bars) {
        most = std::max(most, bar.median * 1.1);
        names = std::max(names, fontMetrics().horizontalAdvance(bar.name));
        texts = std::max(texts, fontMetrics().horizontalAdvance(bar.text));
    }
    const int left = 12 + std::min(names, viewport()->width() / 3) + 12;
    const double room = std::max(30, viewport()->width() - left - texts - 20);
    for (std::size_t i = 0; i < m_bars.size(); ++i) {
        const TimingBar& bar = m_bars[i];
        const int top = 4 + static_cast<int>(i) * rowHeight() - verticalScrollBar()->value();
        const QRect row(0, top, viewport()->width(), rowHeight());
        painter.setPen(bar.current ? theme.text : theme.muted.darker(theme.dark ? 90 : 110));
        painter.drawText(QRect(12, top, left - 24, rowHeight()), Qt::AlignVCenter,
                         fontMetrics().elidedText(bar.name, Qt::ElideRight, left - 24));
        const double width = std::max(2.0, room * bar.median / most);
        const QRectF rect(left, row.center().y() - 5, width, 11);
        painter.setPen(Qt::NoPen);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setBrush(bar.elsewhere ? QColor(theme.accent.red(), theme.accent.green(), theme.accent.blue(), 120)
                         : bar.current  ? theme.accent
                         : bar.branch ? theme.level(Level::Loops)
                                      : QColor(theme.muted.red(), theme.muted.green(), theme.muted.blue(), 160));
        painter.drawRoundedRect(rect, 2, 2);
        if (bar.device > 0) {  // the kernels' share of it
            painter.setBrush(theme.level(Level::Hardware));
            painter.drawRoundedRect(
                QRectF(rect.topLeft(), QSizeF(std::min(width, room * bar.device / most), rect.height())), 2, 2);
        }
        painter.setPen(QPen(theme.text, 1));
        const double low = left + room * bar.low / most, high = left + room * std::min(1.0, bar.high / most);
        painter.drawLine(QPointF(low, rect.center().y()), QPointF(high, rect.center().y()));
        painter.setPen(theme.text);
        const int end = left + static_cast<int>(room * std::min(1.0, bar.high / most)) + 8;
        const QRect rest(end, top, std::max(0, viewport()->width() - 8 - end), rowHeight());
        painter.drawText(rest, Qt::AlignVCenter, fontMetrics().elidedText(bar.text, Qt::ElideRight, rest.width()));
    }
    painter.setPen(theme.muted);
    const int foot = 4 + static_cast<int>(m_bars.size()) * rowHeight() - verticalScrollBar()->value();
    painter.drawText(QRect(12, foot, viewport()->width() - 20, rowHeight()), Qt::AlignVCenter,
                     fontMetrics().elidedText(m_note, Qt::ElideRight, viewport()->width() - 20));
}

void TimingsView::mousePressEvent(QMouseEvent* event)
{
    if (const int row = rowAt(event->pos().y()); row >= 0)
        emit stateChosen(m_bars[row].state);
}

bool TimingsView::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int row = rowAt(help->pos().y());
        QToolTip::showText(help->globalPos(), row >= 0 ? m_bars[row].toolTip : QString(), this);
        return true;
    }
    return QAbstractScrollArea::viewportEvent(event);
}

}  // namespace strata
