#include "app/window/graph/minimap.h"

#include "app/window/graph/family_colors.h"
#include "app/window/graph/graph_view.h"

#include <QMouseEvent>
#include <QPainter>

namespace strata {

namespace {

constexpr int largest = 150, margin = 6, corner = 10;

}  // namespace

Minimap::Minimap(GraphView* view)
    : QWidget(view)
    , m_view(view)
{
    setAccessibleName(tr("Overview of the graph"));
    setToolTip(tr("The whole graph; a click or drag goes there"));
    setCursor(Qt::PointingHandCursor);
}

void Minimap::update()
{
    const GraphPicturePtr& picture = m_view->picture();
    const QRectF seen = m_view->seen();
    const bool needed = picture && !picture->bounds.isEmpty() && m_view->width() > 2 * largest
                        && !seen.contains(picture->bounds);
    setVisible(needed);
    if (!needed)
        return;
    const QSizeF size = picture->bounds.size().scaled(largest, largest, Qt::KeepAspectRatio);
    resize(std::max(24, qRound(size.width())) + 2 * margin, std::max(24, qRound(size.height())) + 2 * margin);
    const QRect room = m_view->viewport()->geometry();
    move(room.right() - width() - corner, room.bottom() - height() - corner);
    QWidget::update();
}

QTransform Minimap::toMap() const
{
    const QRectF bounds = m_view->picture()->bounds;
    const double scale = std::min((width() - 2 * margin) / bounds.width(), (height() - 2 * margin) / bounds.height());
    return QTransform::fromTranslate(margin, margin).scale(scale, scale).translate(-bounds.left(), -bounds.top());
}

void Minimap::paintEvent(QPaintEvent*)
{
    if (!m_view->picture())
        return;
    const Theme& theme = themeOf(palette());
    QPainter painter(this);
    painter.fillRect(rect(), theme.ground);
    painter.setPen(theme.line);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
    painter.setClipRect(rect().adjusted(1, 1, -1, -1));
    const QTransform map = toMap();
    for (std::size_t i = 0; i < m_view->picture()->boxes.size(); ++i) {
        const GraphBox& box = m_view->picture()->boxes[i];
        const QRectF where = map.mapRect(box.rect);
        const bool lit = m_view->litBoxes().count(static_cast<int>(i)) > 0;
        if (box.kind == GraphBox::Kind::Frame) {
            painter.setPen(theme.muted);
            painter.drawRect(where);
        } else {
            painter.fillRect(where.adjusted(0, 0, std::max(0.0, 1 - where.width()), std::max(0.0, 1 - where.height())),
                             lit ? theme.selectedMark : familyColor(box.family, theme));
        }
    }
    painter.setPen(QPen(theme.accent, 1.5));
    painter.drawRect(map.mapRect(m_view->seen()));
}

void Minimap::goTo(const QPointF& position) { m_view->centreOn(toMap().inverted().map(position)); }

void Minimap::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        goTo(event->position());
}

void Minimap::mouseMoveEvent(QMouseEvent* event)
{
    if (event->buttons() & Qt::LeftButton)
        goTo(event->position());
}

}  // namespace strata
