#include "app/window/views/roofline_view.h"

#include "app/window/theme/theme.h"

#include <QPainter>

#include <cmath>

namespace strata {

RooflineView::RooflineView(QWidget* parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Roofline"));
    setMinimumSize(120, 80);
}

void RooflineView::setLimits(double flopsPerSecond, double bytesPerSecond)
{
    m_flops = flopsPerSecond;
    m_bytes = bytesPerSecond;
    update();
}

void RooflineView::setPoints(std::vector<RooflinePoint> points, const QString& selected)
{
    m_points = std::move(points);
    m_selected = selected;
    update();
}

void RooflineView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Theme& theme = themeOf(palette());
    painter.fillRect(rect(), theme.panel);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(theme.muted);
    if (m_flops <= 0 || m_bytes <= 0) {
        painter.drawText(rect().adjusted(16, 8, -16, -8), Qt::AlignCenter | Qt::TextWordWrap,
                         tr("How fast each function could be at most. Run (F5) measures this machine and fills it."));
        return;
    }
    const double ridge = m_flops / m_bytes;
    double minX = ridge / 32, maxX = ridge * 16, minY = m_flops / 256;
    for (const RooflinePoint& point : m_points) {
        const double x = point.flops / point.bytes;
        minX = std::min(minX, x / 2);
        maxX = std::max(maxX, x * 2);
        if (point.seconds > 0)
            minY = std::min(minY, point.flops / point.seconds / 2);
    }
    const QRectF plot = QRectF(rect()).adjusted(16, 22, -14, -24);
    const auto at = [&](double x, double y) {
        const double u = std::log(x / minX) / std::log(maxX / minX),
                     v = std::log(y / minY) / std::log(m_flops * 1.3 / minY);
        return QPointF(plot.left() + u * plot.width(), plot.bottom() - std::clamp(v, -0.02, 1.0) * plot.height());
    };
    const double startY = std::max(minY, minX * m_bytes);
    const QPointF a = at(startY / m_bytes, startY), b = at(ridge, m_flops), c = at(maxX, m_flops);
    painter.setPen(QPen(theme.line, 1));
    painter.drawLine(plot.bottomLeft(), plot.bottomRight());
    painter.drawLine(plot.bottomLeft(), plot.topLeft());
    painter.setPen(QPen(theme.muted, 1.2));
    painter.drawPolyline(QPolygonF{a, b, c});
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.85);
    painter.setFont(small);
    painter.setPen(theme.muted);
    painter.drawText(QRectF(b.x(), b.y() - 18, plot.right() - b.x(), 16), Qt::AlignLeft,
                     tr("%1 GFLOP/s").arg(m_flops / 1e9, 0, 'f', 0));
    painter.save();
    painter.translate((a + b) / 2);
    painter.rotate(std::atan2(b.y() - a.y(), b.x() - a.x()) * 180 / M_PI);
    painter.drawText(QPointF(-34, -5), tr("%1 GB/s").arg(m_bytes / 1e9, 0, 'f', 0));
    painter.restore();
    painter.drawText(QRectF(plot.left(), plot.bottom() + 3, plot.width(), 18), Qt::AlignRight, tr("FLOP per byte"));
    const QFontMetricsF metrics(small);
    std::vector<QRectF> taken;
    for (const RooflinePoint& point : m_points) {
        const double x = point.flops / point.bytes;
        const bool measured = point.seconds > 0;
        const QPointF spot = at(x, measured ? point.flops / point.seconds : std::min(m_flops, x * m_bytes));
        const bool chosen = point.name == m_selected;
        painter.setPen(measured ? Qt::NoPen : QPen(theme.muted, 1.2));
        painter.setBrush(measured ? QBrush(chosen ? theme.selectedMark : theme.accent) : QBrush(Qt::NoBrush));
        painter.drawEllipse(spot, chosen ? 5 : 4, chosen ? 5 : 4);
        const double width = metrics.horizontalAdvance(point.name);
        QRectF label(spot.x() + 8, spot.y() - 8, width, 16);
        if (label.right() > plot.right())
            label.moveRight(spot.x() - 8);
        const bool free = std::none_of(taken.begin(), taken.end(),
                                       [&](const QRectF& other) { return other.intersects(label); });
        if (!free && !chosen)
            continue;
        taken.push_back(label);
        painter.setPen(measured ? theme.text : theme.muted);
        painter.drawText(label, Qt::AlignVCenter, point.name);
    }
}

}  // namespace strata
