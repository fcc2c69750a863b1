#include "app/window/views/roofline_view.h"

#include "app/window/models/format.h"
#include "app/window/theme/theme.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

QFont small(const QFont& font)
{
    QFont result = font;
    result.setPointSizeF(font.pointSizeF() * 0.85);
    return result;
}

}  // namespace

RooflineView::RooflineView(QWidget* parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Roofline"));
    setMinimumSize(120, 80);
}

void RooflineView::setScene(RooflineScene scene)
{
    m_scene = std::move(scene);
    if (m_scene.machine)
        m_range = rangeOf(m_scene);
    setAccessibleDescription(m_scene.machine ? describe(*m_scene.machine) : QString());
    update();
}

QRectF RooflineView::plot() const
{
    const double line = QFontMetricsF(small(font())).height();
    return QRectF(rect()).adjusted(16, line + 8, -14, -line - 8);
}

RooflineView::Range RooflineView::rangeOf(const RooflineScene& scene) const
{
    const MachineLimits& machine = *scene.machine;
    const double ridge = machine.flopsPerSecond / machine.levels.back().bytesPerSecond;
    Range range{ridge / 32, ridge * 8, machine.flopsPerSecond / 256, machine.flopsPerSecond * 1.3};
    for (const RooflinePoint& point : scene.points) {
        range.minX = std::min(range.minX, point.intensity() / 2);
        range.maxX = std::max(range.maxX, point.intensity() * 2);
        range.minY = std::min(range.minY, height(point) / 2);
        range.maxY = std::max(range.maxY, height(point) * 1.3);
    }
    return range;
}

double RooflineView::height(const RooflinePoint& point) const
{
    return point.seconds > 0 ? point.flopsPerSecond() : roofOver(point, *m_scene.machine);
}

QPointF RooflineView::at(double flopsPerByte, double flopsPerSecond) const
{
    const Range& r = m_range;
    const QRectF p = plot();
    const double u = std::log(flopsPerByte / r.minX) / std::log(r.maxX / r.minX),
                 v = std::log(flopsPerSecond / r.minY) / std::log(r.maxY / r.minY);
    return {p.left() + u * p.width(), p.bottom() - std::clamp(v, 0.0, 1.0) * p.height()};
}

QPointF RooflineView::placeOf(const RooflinePoint& point) const { return at(point.intensity(), height(point)); }

QString RooflineView::textAt(const QPointF& position) const
{
    constexpr double reach = 9;
    const RooflinePoint* nearest = nullptr;
    double least = reach;
    for (const RooflinePoint& point : m_scene.points)
        if (const double distance = m_scene.machine ? QLineF(placeOf(point), position).length() : reach;
            distance < least) {
            least = distance;
            nearest = &point;
        }
    return nearest ? explain(*nearest, &*m_scene.machine) : QString();
}

bool RooflineView::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const QString point = textAt(help->pos());
    QToolTip::showText(help->globalPos(),
                       !point.isEmpty()  ? point
                       : m_scene.machine ? tr("Measured: %1").arg(describe(*m_scene.machine))
                                         : QString(),
                       this);
    return true;
}

void RooflineView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Theme& theme = themeOf(palette());
    painter.fillRect(rect(), theme.panel);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(theme.muted);
    if (!m_scene.machine) {
        painter.drawText(rect().adjusted(16, 8, -16, -8), Qt::AlignCenter | Qt::TextWordWrap,
                         tr("How fast each function could be at most. Run (F5) measures this machine and fills it."));
        return;
    }
    painter.setFont(small(font()));
    paintRoofs(painter);
    paintPoints(painter);
}

// A slope for each level of the memory, up to the flat roof of the multiply-adds. The last is the one that all meet;
// those of the caches are thin.
void RooflineView::paintRoofs(QPainter& painter) const
{
    const Theme& theme = themeOf(palette());
    const MachineLimits& machine = *m_scene.machine;
    const Range& r = m_range;
    const QRectF p = plot();
    painter.setPen(QPen(theme.line, 1));
    painter.drawPolyline(QPolygonF{p.topLeft(), p.bottomLeft(), p.bottomRight()});
    double flatFrom = r.maxX;
    for (const MemoryLevel& level : machine.levels) {
        const double ridge = machine.flopsPerSecond / level.bytesPerSecond,
                     from = std::max(r.minX, r.minY / level.bytesPerSecond), to = std::min(ridge, r.maxX);
        if (from >= to)
            continue;
        const bool last = &level == &machine.levels.back();
        flatFrom = std::min(flatFrom, to);
        const QPointF a = at(from, from * level.bytesPerSecond), b = at(to, to * level.bytesPerSecond);
        painter.setPen(QPen(last ? theme.muted : theme.line.darker(theme.dark ? 80 : 115), last ? 1.2 : 1));
        painter.drawLine(a, b);
        const QString name = last ? tr("%1/s from memory").arg(formatBytes(level.bytesPerSecond))
                                  : QString::fromStdString(level.name);
        const double width = painter.fontMetrics().horizontalAdvance(name), length = QLineF(a, b).length();
        if (length < width + 8)
            continue;
        painter.save();  // above a cache's slope, near its foot; below the memory's, at its end
        painter.translate(a);
        painter.rotate(std::atan2(b.y() - a.y(), b.x() - a.x()) * 180 / M_PI);
        painter.setPen(theme.muted);
        painter.drawText(last ? QPointF(length - width - 4, painter.fontMetrics().ascent() + 2) : QPointF(4, -3), name);
        painter.restore();
    }
    painter.setPen(QPen(theme.muted, 1.2));
    painter.drawLine(at(flatFrom, machine.flopsPerSecond), at(r.maxX, machine.flopsPerSecond));
    painter.setPen(theme.muted);
    const QFontMetrics metrics = painter.fontMetrics();
    const QString threads = machine.threads == 1 ? tr("1 thread") : tr("%1 threads").arg(machine.threads);
    const QString head = tr("%1 · %2 · %3")
                             .arg(formatCount(machine.flopsPerSecond, QStringLiteral("FLOP/s")), threads,
                                  QString::fromStdString(machine.isa));
    painter.drawText(QRectF(8, 2, width() - 16, metrics.height() + 2), Qt::AlignRight | Qt::AlignVCenter,
                     metrics.elidedText(head, Qt::ElideRight, width() - 16));
    painter.drawText(QRectF(p.left(), p.bottom() + 3, p.width(), metrics.height() + 2), Qt::AlignRight,
                     tr("FLOP per byte"));
}

void RooflineView::paintPoints(QPainter& painter) const
{
    const Theme& theme = themeOf(palette());
    const QFontMetricsF metrics(painter.fontMetrics());
    const QRectF p = plot();
    std::vector<QRectF> taken;
    std::vector<const RooflinePoint*> order;  // what has to be read first
    for (const RooflinePoint& point : m_scene.points)
        order.push_back(&point);
    std::stable_sort(order.begin(), order.end(), [&](const RooflinePoint* a, const RooflinePoint* b) {
        const auto rank = [&](const RooflinePoint& x) {
            return (isAboveRoof(x, *m_scene.machine) ? 2 : 0) + (x.function == m_scene.selected ? 1 : 0);
        };
        return rank(*a) > rank(*b);
    });
    for (const RooflinePoint* point : order) {
        const bool measured = point->seconds > 0, above = isAboveRoof(*point, *m_scene.machine),
                   chosen = point->function == m_scene.selected;
        const QPointF spot = placeOf(*point);
        const QColor color = above ? theme.wrong : chosen ? theme.selectedMark : theme.accent;
        painter.setPen(measured ? QPen(Qt::NoPen) : QPen(theme.muted, 1.2));
        painter.setBrush(measured ? QBrush(color) : QBrush(Qt::NoBrush));
        painter.drawEllipse(spot, chosen ? 5 : 4, chosen ? 5 : 4);
        const QString full = above ? tr("%1: above the roof, counted wrong").arg(point->function) : point->function;
        const double right = p.right() - spot.x() - 8, left = spot.x() - p.left() - 8;  // room on either side
        const QString name = metrics.elidedText(full, Qt::ElideMiddle, std::max(right, left));
        const double width = metrics.horizontalAdvance(name);
        const QRectF label(width <= right ? spot.x() + 8 : spot.x() - 8 - width, spot.y() - 8, width, 16);
        const bool free = std::none_of(taken.begin(), taken.end(),
                                       [&](const QRectF& other) { return other.intersects(label); });
        if (!free && !chosen && !above)
            continue;
        taken.push_back(label);
        painter.setPen(above ? theme.wrong : measured ? theme.text : theme.muted);
        painter.drawText(label, Qt::AlignVCenter, name);
    }
}

}  // namespace strata
