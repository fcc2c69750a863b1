#include "app/window/views/graph_items.h"

#include "app/window/theme/theme.h"

#include <QGuiApplication>
#include <QPainter>
#include <QStyleOptionGraphicsItem>
#include <QWidget>

namespace strata {

namespace {

constexpr double textFrom = 0.4, detailFrom = 0.6;  // zoom from which text is drawn

// Without a widget it is a picture file's, on white.
const Theme& themeFor(const QWidget* widget) { return widget ? themeOf(widget->palette()) : lightTheme(); }

QFont pixelFont(double size, bool bold = false)
{
    QFont font = QGuiApplication::font();
    font.setPixelSize(qRound(size));
    font.setBold(bold);
    return font;
}

QColor blend(const QColor& a, const QColor& b, double share)
{
    const auto mix = [share](int x, int y) { return qRound(x + (y - x) * share); };
    return {mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue())};
}

}  // namespace

BoxItem::BoxItem(const GraphBox& box, int index)
    : m_box(box)
    , m_index(index)
{
    setToolTip(box.toolTip);
    setCursor(Qt::PointingHandCursor);
}

QRectF BoxItem::boundingRect() const { return m_box.rect.adjusted(-3, -3, 3, 3); }

void BoxItem::setLit(bool lit)
{
    m_lit = lit;
    setZValue(lit ? 1 : 0);
    update();
}

void BoxItem::setHeat(double share, const QString& note)
{
    m_heat = share;
    m_note = note;
    setToolTip(note.isEmpty() ? m_box.toolTip : m_box.toolTip + QLatin1Char('\n') + note);
    update();
}

void BoxItem::paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget)
{
    const Theme& theme = themeFor(widget);
    const double detail = option->levelOfDetailFromTransform(painter->worldTransform());
    const bool ghost = m_box.kind == GraphBox::Kind::Ghost, group = m_box.kind == GraphBox::Kind::Group;
    const bool port = m_box.kind == GraphBox::Kind::Input || m_box.kind == GraphBox::Kind::Output;
    QColor fill = port ? theme.panel : theme.node, border = blend(theme.muted, theme.line, 0.4);
    double width = 1;
    if (m_heat >= 0)
        fill = blend(theme.node, theme.removedMark, 0.15 + 0.6 * m_heat);
    if (m_box.change == DiffKind::Added || m_box.change == DiffKind::Changed) {
        fill = theme.addedGround;
        border = theme.addedMark;
        width = 1.6;
    }
    if (m_lit) {
        fill = theme.selectedGround;
        border = theme.selectedMark;
        width = 2.4;
    }
    QPen pen(border, width);
    if (ghost || m_box.opaque)
        pen.setStyle(Qt::DashLine);
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setOpacity(ghost && !m_lit ? 0.55 : 1);
    painter->setPen(pen);
    painter->setBrush(fill);
    const double radius = port ? m_box.rect.height() / 2 : 4;
    if (group)
        painter->drawRoundedRect(m_box.rect.translated(2.5, 2.5), radius, radius);
    painter->drawRoundedRect(m_box.rect, radius, radius);
    if (detail < textFrom)
        return;
    const QRectF inside = m_box.rect.adjusted(8, 3, -8, -3);
    const QFont titleFont = pixelFont(12.5, group);
    painter->setFont(titleFont);
    painter->setPen(ghost ? theme.muted : theme.text);
    const QString title = QFontMetricsF(titleFont).elidedText(m_box.title, Qt::ElideRight, inside.width());
    const bool two = !m_box.detail.isEmpty();
    painter->drawText(two ? QRectF(inside.topLeft(), QSizeF(inside.width(), inside.height() / 2 + 1)) : inside,
                      Qt::AlignCenter, title);
    if (!two || detail < detailFrom)
        return;
    const QFont small = pixelFont(10);
    painter->setFont(small);
    painter->setPen(blend(theme.text, theme.muted, 0.8));
    const QString chips = QFontMetricsF(small).elidedText(m_box.detail, Qt::ElideRight, inside.width());
    painter->drawText(QRectF(inside.left(), inside.center().y(), inside.width(), inside.height() / 2), Qt::AlignCenter,
                      chips);
}

EdgeItem::EdgeItem(const GraphEdge& edge)
    : m_edge(edge)
{
    setZValue(-1);
    setAcceptedMouseButtons(Qt::NoButton);
    setToolTip(edge.toolTip);
    const auto& points = edge.curve;
    if (points.size() < 2)
        return;
    m_path.moveTo(points[0].x, points[0].y);
    for (std::size_t i = 1; i + 2 < points.size(); i += 3)
        m_path.cubicTo(points[i].x, points[i].y, points[i + 1].x, points[i + 1].y, points[i + 2].x, points[i + 2].y);
    const QPointF middle = m_path.pointAtPercent(0.5);
    const double width = edge.label.size() * 5.6;  // on the outer side, where two edges meet in a box
    m_label = middle + (points.front().x < points.back().x - 4 ? QPointF(-6 - width, 2) : QPointF(6, 4));
    m_bounds = m_path.boundingRect()
                   .adjusted(-6, -6, 6, 6)
                   .united(QRectF(m_label - QPointF(0, 12), QSizeF(edge.label.size() * 7.0, 16)));
}

void EdgeItem::paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget)
{
    if (m_path.isEmpty())
        return;
    const Theme& theme = themeFor(widget);
    const QColor color = blend(theme.muted, theme.panel, 0.25);
    const double detail = option->levelOfDetailFromTransform(painter->worldTransform());
    painter->setRenderHint(QPainter::Antialiasing, detail > 0.3);
    painter->setPen(QPen(color, 1.2));
    painter->setBrush(Qt::NoBrush);
    painter->drawPath(m_path);
    const QPointF tip = m_path.pointAtPercent(1),
                  back = m_path.pointAtPercent(qMax(0.0, m_path.percentAtLength(m_path.length() - 8)));
    const QPointF along = tip - back;
    const double length = qMax(0.01, std::hypot(along.x(), along.y()));
    const QPointF unit = along / length, across(-unit.y() * 4, unit.x() * 4);
    painter->setPen(Qt::NoPen);
    painter->setBrush(color);
    painter->drawPolygon(QPolygonF{tip, tip - unit * 8 + across, tip - unit * 8 - across});
    if (detail < detailFrom || m_edge.label.isEmpty() || m_path.length() < 24)
        return;
    painter->setFont(pixelFont(10));
    painter->setPen(theme.muted);
    painter->drawText(m_label, m_edge.label);
}

void HullItem::paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget)
{
    const Theme& theme = themeFor(widget);
    QColor line = theme.addedMark;
    line.setAlpha(170);
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(line, 1.2, Qt::DashLine));
    painter->setBrush(Qt::NoBrush);
    painter->drawRoundedRect(m_hull.rect, 5, 5);
    if (option->levelOfDetailFromTransform(painter->worldTransform()) < textFrom)
        return;
    painter->setFont(pixelFont(10.5));
    painter->setPen(theme.addedMark);
    painter->drawText(m_hull.rect.adjusted(10, 5, -6, 0), Qt::AlignLeft | Qt::AlignTop, m_hull.label);
}

}  // namespace strata
