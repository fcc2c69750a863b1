#include "app/window/views/roofline_view.h"

#include "app/window/models/format.h"
#include "app/window/theme/theme.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <QTransform>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <tuple>

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

namespace {

// The frame of a text along a line: its foot, turned.
QTransform along(const QLineF& line) { return QTransform().translate(line.x1(), line.y1()).rotate(-line.angle()); }

// In that frame, above a cache's slope, near its foot; below the memory's, at its end.
QRectF nameRect(const QSizeF& size, double length, bool last)
{
    return {QPointF(last ? length - size.width() - 4 : 4, last ? 2 : -2 - size.height()), size};
}

}  // namespace

std::vector<RooflineView::Slope> RooflineView::slopes() const
{
    std::vector<Slope> slopes;
    const MachineLimits& machine = *m_scene.machine;
    const QFontMetricsF metrics(small(font()));
    for (const MemoryLevel& level : machine.levels) {
        const double ridge = machine.flopsPerSecond / level.bytesPerSecond,
                     from = std::max(m_range.minX, m_range.minY / level.bytesPerSecond),
                     to = std::min(ridge, m_range.maxX);
        if (from >= to)
            continue;
        const bool last = &level == &machine.levels.back();
        Slope slope{at(from, from * level.bytesPerSecond),
                    at(to, to * level.bytesPerSecond),
                    last ? tr("%1/s from memory").arg(formatBytes(level.bytesPerSecond))
                         : QString::fromStdString(level.name),
                    {},
                    last};
        const QLineF line(slope.from, slope.to);
        const QSizeF size(metrics.horizontalAdvance(slope.name) + 1, metrics.height());
        if (line.length() >= size.width() + 8)
            slope.text = along(line).map(QPolygonF(nameRect(size, line.length(), last)));
        slopes.push_back(std::move(slope));
    }
    return slopes;
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
    QPointF flat = at(r.maxX, machine.flopsPerSecond);
    for (const Slope& slope : slopes()) {
        flat = slope.to.x() < flat.x() ? slope.to : flat;
        painter.setPen(QPen(slope.last ? theme.muted : theme.line.darker(theme.dark ? 80 : 115), slope.last ? 1.2 : 1));
        painter.drawLine(slope.from, slope.to);
        if (slope.text.isEmpty())
            continue;
        const QLineF line(slope.from, slope.to);
        const QSizeF size(QLineF(slope.text[0], slope.text[1]).length(), QLineF(slope.text[1], slope.text[2]).length());
        painter.save();
        painter.setTransform(along(line), true);
        painter.setPen(theme.muted);
        painter.drawText(nameRect(size, line.length(), slope.last), Qt::AlignCenter, slope.name);
        painter.restore();
    }
    painter.setPen(QPen(theme.muted, 1.2));
    painter.drawLine(QPointF(flat.x(), at(r.maxX, machine.flopsPerSecond).y()), at(r.maxX, machine.flopsPerSecond));
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

namespace {

// Beside a point, where there is room in the plot and nothing else stands: on the right, the left, above, below, then
// farther away.
std::optional<QRectF> roomFor(const QSizeF& size, const QPointF& spot, const QRectF& plot,
                              const std::vector<QRectF>& taken, const std::vector<RooflineView::Slope>& slopes)
{
    const double w = size.width(), h = size.height();
    for (const double gap : {7., 20., 36., 54.})
        for (const QPointF& corner :
             {QPointF(gap, -h / 2), QPointF(-gap - w, -h / 2), QPointF(-w / 2, -gap - h), QPointF(-w / 2, gap),
              QPointF(gap, -gap - h), QPointF(gap, gap), QPointF(-gap - w, -gap - h), QPointF(-gap - w, gap)}) {
            const QRectF rect(spot + corner, size);
            const auto covers = [&](const QRectF& other) { return other.intersects(rect); };
            const auto coversName = [&](const RooflineView::Slope& slope) { return slope.text.intersects(rect); };
            if (plot.contains(rect) && std::none_of(taken.begin(), taken.end(), covers)
                && std::none_of(slopes.begin(), slopes.end(), coversName))
                return rect;
        }
    return std::nullopt;
}

// Where a line from a point to its label ends: the label's nearest edge. Null: they stand side by side.
QPointF leaderTo(const QRectF& label, const QPointF& spot)
{
    constexpr double near = 12;
    const QPointF end(std::clamp(spot.x(), label.left(), label.right()),
                      std::clamp(spot.y(), label.top(), label.bottom()));
    return QLineF(spot, end).length() > near ? end : QPointF();
}

}  // namespace

// What has to be read first: what is above the roof, the chosen one, then what takes longest.
std::vector<const RooflinePoint*> RooflineView::byImportance() const
{
    std::vector<const RooflinePoint*> order;
    for (const RooflinePoint& point : m_scene.points)
        order.push_back(&point);
    std::stable_sort(order.begin(), order.end(), [&](const RooflinePoint* a, const RooflinePoint* b) {
        const auto rank = [&](const RooflinePoint& x) {
            return std::tuple(isAboveRoof(x, *m_scene.machine), x.function == m_scene.selected, x.seconds);
        };
        return rank(*a) > rank(*b);
    });
    return order;
}

// No label covers a point, another label or the name of a slope; what has no room is told by its tool tip. A function
// is named once, at its most important call, and only so many are tried: a model has thousands of calls.
std::vector<RooflineView::Label> RooflineView::labels() const
{
    std::vector<Label> labels;
    if (!m_scene.machine)
        return labels;
    const QFontMetricsF metrics(small(font()));
    const QRectF p = plot();
    const std::vector<Slope> slopes = this->slopes();
    constexpr int cell = 2, mostTried = 80;
    std::vector<QRectF> taken;
    std::set<std::pair<int, int>> cells;  // points that lie within a few pixels of each other take one place
    for (const RooflinePoint& point : m_scene.points) {
        const QPointF spot = placeOf(point);
        const int x = static_cast<int>(spot.x()) / cell, y = static_cast<int>(spot.y()) / cell;
        if (cells.emplace(x, y).second)
            taken.push_back(QRectF(x * cell - 5, y * cell - 5, 10 + cell, 10 + cell));
    }
    std::set<QString> named;
    for (const RooflinePoint* point : byImportance()) {
        if (!named.insert(point->function).second)
            continue;
        if (named.size() > mostTried)
            break;
        const QPointF spot = placeOf(*point);
        const QString full = isAboveRoof(*point, *m_scene.machine)
                                 ? tr("%1: above the roof, counted wrong").arg(point->function)
                                 : point->function;
        const QString text = metrics.elidedText(full, Qt::ElideMiddle, p.width() / 2);
        const std::optional<QRectF> rect = roomFor({metrics.horizontalAdvance(text) + 1, metrics.height()}, spot, p,
                                                   taken, slopes);
        if (!rect)
            continue;
        taken.push_back(*rect);
        labels.push_back({point, text, *rect});
    }
    return labels;
}

void RooflineView::paintPoints(QPainter& painter) const
{
    const Theme& theme = themeOf(palette());
    for (const RooflinePoint& point : m_scene.points) {
        const bool chosen = point.function == m_scene.selected;
        const QColor color = isAboveRoof(point, *m_scene.machine) ? theme.wrong
                             : chosen                             ? theme.selectedMark
                                                                  : theme.accent;
        const bool measured = point.seconds > 0;
        painter.setPen(measured ? QPen(Qt::NoPen) : QPen(theme.muted, 1.2));
        painter.setBrush(measured ? QBrush(color) : QBrush(Qt::NoBrush));
        painter.drawEllipse(placeOf(point), chosen ? 5 : 4, chosen ? 5 : 4);
    }
    for (const Label& label : labels()) {
        painter.setPen(isAboveRoof(*label.point, *m_scene.machine) ? theme.wrong
                       : label.point->seconds > 0                  ? theme.text
                                                                   : theme.muted);
        painter.drawText(label.rect, Qt::AlignVCenter, label.text);
        const QPointF spot = placeOf(*label.point), end = leaderTo(label.rect, spot);
        painter.setPen(QPen(theme.muted, 0.8));
        if (!end.isNull())
            painter.drawLine(spot, end);
    }
}

}  // namespace strata
