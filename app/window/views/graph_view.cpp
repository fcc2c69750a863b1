#include "app/window/views/graph_view.h"

#include "app/window/theme/theme.h"
#include "app/window/views/graph_items.h"

#include <QKeyEvent>
#include <QScrollBar>
#include <QWheelEvent>

#include <cmath>

namespace strata {

namespace {

constexpr double smallest = 0.03, largest = 4, roomAround = 1500;  // so that any box can be kept at any pixel

}  // namespace

GraphView::GraphView(QWidget* parent)
    : QGraphicsView(parent)
{
    setScene(new QGraphicsScene(this));
    setFrameShape(QFrame::NoFrame);
    setDragMode(ScrollHandDrag);
    setTransformationAnchor(AnchorUnderMouse);
    setOptimizationFlag(DontAdjustForAntialiasing);
    setViewportUpdateMode(SmartViewportUpdate);
    viewport()->setCursor(Qt::ArrowCursor);
    setBackgroundBrush(Qt::NoBrush);
    viewport()->setBackgroundRole(QPalette::Base);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);  // one drags, wheels or zooms
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
}

GraphView::~GraphView() = default;

void GraphView::setPicture(GraphPicturePtr picture)
{
    const bool sameFunction = m_picture && picture && m_picture->function == picture->function;
    const Anchor kept = sameFunction ? anchor() : Anchor{};
    m_picture = std::move(picture);
    m_current = -1;
    m_heat = {};
    rebuild();
    setLit(m_litCursors);
    if (kept.valid && m_touched)
        restore(kept);
    else
        fit();
}

void GraphView::rebuild()
{
    scene()->clear();
    m_items.clear();
    if (!m_picture)
        return;
    for (const GraphHull& hull : m_picture->hulls)
        scene()->addItem(new HullItem(hull));
    for (const GraphEdge& edge : m_picture->edges)
        scene()->addItem(new EdgeItem(edge));
    for (int i = 0; i < static_cast<int>(m_picture->boxes.size()); ++i) {
        m_items.push_back(new BoxItem(m_picture->boxes[i], i));
        scene()->addItem(m_items.back());
    }
    scene()->setSceneRect(m_picture->bounds.adjusted(-roomAround, -roomAround, roomAround, roomAround));
}

void GraphView::fit()
{
    if (!m_picture || m_picture->boxes.empty() || viewport()->width() < 20)
        return;
    const QRectF bounds = m_picture->bounds.adjusted(-20, -16, 20, 16);
    const double across = viewport()->width() / bounds.width(), down = viewport()->height() / bounds.height();
    double factor = std::min({across, down, 1.25});
    if (factor < 0.55)  // a long graph is read from its top, not as a thread
        factor = std::clamp(across, 0.3, 0.8);
    resetTransform();
    scale(factor, factor);
    centerOn(bounds.center().x(), factor * bounds.height() > viewport()->height()
                                      ? bounds.top() + viewport()->height() / factor / 2
                                      : bounds.center().y());
    m_touched = false;
    m_fitted = true;
}

void GraphView::resizeEvent(QResizeEvent* event)
{
    QGraphicsView::resizeEvent(event);
    if (!m_touched)
        fit();
}

void GraphView::showEvent(QShowEvent* event)
{
    QGraphicsView::showEvent(event);
    if (!m_touched)
        fit();
}

void GraphView::changeEvent(QEvent* event)
{
    QGraphicsView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        scene()->update();
}

// --- keeping one's place
// -----------------------------------------------------------------------------------------------------------------

GraphView::Anchor GraphView::anchor() const
{
    const QRectF seen = mapToScene(viewport()->rect()).boundingRect();
    int best = -1;
    double nearest = 0;
    for (int i = 0; i < static_cast<int>(m_picture->boxes.size()); ++i) {
        const QPointF center = m_picture->boxes[i].rect.center();
        if (!seen.contains(center))
            continue;
        const QPointF off = center - seen.center();
        double distance = std::hypot(off.x(), off.y());
        if (m_lit.count(i))
            distance -= 1e6;
        if (best < 0 || distance < nearest) {
            best = i;
            nearest = distance;
        }
    }
    if (best < 0)
        return {};
    return {m_picture->boxes[best].cursor, mapFromScene(m_picture->boxes[best].rect.center()), true};
}

void GraphView::restore(const Anchor& anchor)
{
    for (const GraphBox& box : m_picture->boxes) {
        const bool holds = box.cursor == anchor.cursor
                           || std::find(box.members.begin(), box.members.end(), anchor.cursor) != box.members.end();
        if (!holds)
            continue;
        const QPoint now = mapFromScene(box.rect.center());
        horizontalScrollBar()->setValue(horizontalScrollBar()->value() + now.x() - anchor.pixel.x());
        verticalScrollBar()->setValue(verticalScrollBar()->value() + now.y() - anchor.pixel.y());
        return;
    }
}

// --- selection
// ---------------------------------------------------------------------------------------------------------------------------

void GraphView::setLit(const std::set<Cursor>& cursors)
{
    m_litCursors = cursors;
    if (!m_picture)
        return;
    m_lit = m_picture->boxesOf(cursors);
    for (std::size_t i = 0; i < m_items.size(); ++i)
        static_cast<BoxItem*>(m_items[i])->setLit(m_lit.count(static_cast<int>(i)) > 0);
    if (!m_lit.empty() && !m_lit.count(m_current))
        m_current = *m_lit.begin();
    const QRectF seen = mapToScene(viewport()->rect()).boundingRect();
    const bool visible = std::any_of(m_lit.begin(), m_lit.end(),
                                     [&](int box) { return seen.intersects(m_picture->boxes[box].rect); });
    if (!m_lit.empty() && !visible)
        ensureVisible(m_picture->boxes[*m_lit.begin()].rect);
}

void GraphView::setHeat(Heat heat)
{
    m_heat = std::move(heat);
    for (std::size_t i = 0; i < m_items.size(); ++i) {
        const auto found = m_heat.boxes.find(static_cast<int>(i));
        const bool known = found != m_heat.boxes.end();
        static_cast<BoxItem*>(m_items[i])
            ->setHeat(known ? found->second.share : -1, known ? found->second.note : QString());
    }
}

int GraphView::boxAt(const QPoint& position) const
{
    const auto* item = dynamic_cast<const BoxItem*>(itemAt(position));
    return item ? item->index() : -1;
}

QPointF GraphView::boxPosition(int box) const { return mapFromScene(m_picture->boxes[box].rect.center()); }

void GraphView::pointAt(int box)
{
    m_current = box;
    const GraphBox& b = m_picture->boxes[box];
    setAccessibleDescription(b.title + QLatin1Char(' ') + b.detail);
    if (!mapToScene(viewport()->rect()).boundingRect().contains(b.rect))
        ensureVisible(b.rect, 20, 20);  // what is seen does not move
    emit pointed(b.cursor, b.kind == GraphBox::Kind::Ghost);
}

bool GraphView::find(const QString& text, bool forward)
{
    const int count = m_picture ? static_cast<int>(m_picture->boxes.size()) : 0;
    for (int step = 1; step <= count && !text.isEmpty(); ++step) {
        const int box = ((m_current + (forward ? step : -step)) % count + count) % count;
        const GraphBox& b = m_picture->boxes[box];
        const bool member = std::any_of(b.members.begin(), b.members.end(), [&](const Cursor& c) {
            return QString::fromStdString(c.name).contains(text, Qt::CaseInsensitive);
        });
        if (!member && !b.title.contains(text, Qt::CaseInsensitive) && !b.toolTip.contains(text, Qt::CaseInsensitive))
            continue;
        pointAt(box);
        return true;
    }
    return false;
}

// --- mouse and keyboard
// ------------------------------------------------------------------------------------------------------------------

void GraphView::mousePressEvent(QMouseEvent* event)
{
    const int box = event->button() == Qt::LeftButton ? boxAt(event->pos()) : -1;
    if (box >= 0) {
        pointAt(box);
        return;
    }
    if (event->button() == Qt::LeftButton) {
        emit cleared();
        m_touched = true;
    }
    QGraphicsView::mousePressEvent(event);
}

void GraphView::mouseDoubleClickEvent(QMouseEvent* event)
{
    const int box = boxAt(event->pos());
    if (box >= 0)
        emit opened(m_picture->boxes[box].cursor, m_picture->boxes[box].group);
}

void GraphView::wheelEvent(QWheelEvent* event)
{
    m_touched = true;
    if (event->modifiers() & Qt::ControlModifier) {
        zoom(event->angleDelta().y() > 0 ? 1.15 : 1 / 1.15);
        return event->accept();
    }
    QGraphicsView::wheelEvent(event);
}

void GraphView::zoom(double factor)
{
    const double now = transform().m11(), wanted = std::clamp(now * factor, smallest, largest);
    m_touched = true;
    scale(wanted / now, wanted / now);
}

void GraphView::setTextScale(double factor)
{
    if (!m_touched)
        fit();
    if (factor > 1)
        scale(factor, factor);
}

int GraphView::next(int box, bool forward) const
{
    for (const GraphEdge& edge : m_picture->edges)
        if ((forward ? edge.from : edge.to) == box)
            return forward ? edge.to : edge.from;
    return -1;
}

void GraphView::keyPressEvent(QKeyEvent* event)
{
    const int count = m_picture ? static_cast<int>(m_picture->boxes.size()) : 0;
    const bool plain = !(event->modifiers() & (Qt::ControlModifier | Qt::AltModifier));
    int target = -1;
    switch (plain && count > 0 ? event->key() : 0) {
    case Qt::Key_Down:
    case Qt::Key_BracketRight: target = m_current < 0 ? 0 : next(m_current, true); break;
    case Qt::Key_Up:
    case Qt::Key_BracketLeft: target = m_current < 0 ? 0 : next(m_current, false); break;
    case Qt::Key_Right: target = (m_current + 1) % count; break;
    case Qt::Key_Left: target = (m_current - 1 + count) % count; break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_current >= 0)
            emit opened(m_picture->boxes[m_current].cursor, m_picture->boxes[m_current].group);
        return;
    case Qt::Key_Plus: return zoom(1.25);
    case Qt::Key_Minus: return zoom(0.8);
    case Qt::Key_0: return fit();
    default: return QGraphicsView::keyPressEvent(event);
    }
    if (target >= 0)
        pointAt(target);
}

// The scene's own rectangle has room around, so that any box can be moved to any place in sight.
QSize GraphView::fullSize() const { return scene()->itemsBoundingRect().size().toSize(); }

void GraphView::renderAll(QPainter& painter)
{
    const QRectF bounds = scene()->itemsBoundingRect();
    scene()->render(&painter, QRectF(QPointF(), bounds.size()), bounds);
}

}  // namespace strata
