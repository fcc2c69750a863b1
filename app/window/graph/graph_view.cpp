#include "app/window/graph/graph_view.h"

#include "app/window/graph/items.h"
#include "app/window/graph/ways.h"
#include "app/window/theme/theme.h"

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
}

GraphView::~GraphView() = default;

void GraphView::setPicture(GraphPicturePtr picture)
{
    const bool sameFunction = m_picture && picture && m_picture->function == picture->function;
    const bool turned = m_picture && picture && m_picture->direction != picture->direction;
    const Anchor kept = sameFunction && !turned ? anchor() : Anchor{};
    const Cursor current = m_current >= 0 ? m_picture->boxes[m_current].cursor : Cursor{};
    m_picture = std::move(picture);
    m_arrangement = m_picture ? m_picture->arrangement : GraphArrangement();
    m_current = -1;
    m_heat = {};
    rebuild();
    setLit(m_litCursors);
    if (kept.valid && m_touched)
        restore(kept);
    else
        fitReadably();
    if (sameFunction && m_current < 0)
        m_current = boxOf(current);
    emit moved();
    emit currentChanged(m_current);
}

void GraphView::rebuild()
{
    scene()->clear();
    m_items.clear();
    m_lines.clear();
    if (!m_picture)
        return;
    std::vector<int> depths;  // frames come before what stands in them
    for (const GraphHull& hull : m_picture->hulls)
        scene()->addItem(new HullItem(hull));
    for (const GraphLine& line : m_picture->lines) {
        m_lines.push_back(new LineItem(line));
        scene()->addItem(m_lines.back());
    }
    for (int i = 0; i < static_cast<int>(m_picture->boxes.size()); ++i) {
        const GraphBox& box = m_picture->boxes[i];
        depths.push_back(box.frame < 0 ? 0 : depths[box.frame] + 1);
        m_items.push_back(new BoxItem(box, i, depths.back()));
        scene()->addItem(m_items.back());
    }
    scene()->setSceneRect(m_picture->bounds.adjusted(-roomAround, -roomAround, roomAround, roomAround));
}

namespace {

// With the texts of edges, which may stand further out than any box.
QRectF whole(const GraphPicture& picture, const QGraphicsScene& scene)
{
    return (picture.bounds | scene.itemsBoundingRect()).adjusted(-20, -16, 20, 16);
}

}  // namespace

void GraphView::fit()
{
    m_whole = true;
    if (!m_picture || m_picture->boxes.empty() || viewport()->width() < 20)
        return;
    const QRectF bounds = whole(*m_picture, *scene());
    frameFit(
        std::min({viewport()->width() / bounds.width(), viewport()->height() / bounds.height(), 1.25 * m_textScale}));
}

// A long graph is first read from where it begins, not seen as a thread.
void GraphView::fitReadably()
{
    m_whole = false;
    if (!m_picture || m_picture->boxes.empty() || viewport()->width() < 20)
        return;
    const QRectF bounds = whole(*m_picture, *scene());
    const double across = viewport()->width() / bounds.width(), down = viewport()->height() / bounds.height();
    const double factor = std::min({across, down, 1.25 * m_textScale});
    const double readable = std::clamp(sideways() ? down : across, 0.3, 0.8 * m_textScale);
    frameFit(factor < 0.45 * m_textScale ? readable : factor);
}

void GraphView::frameFit(double factor)
{
    const QRectF bounds = whole(*m_picture, *scene());
    resetTransform();
    scale(factor, factor);
    const QSizeF room = QSizeF(viewport()->size()) / factor;
    QPointF centre = bounds.center();
    if (!sideways() && bounds.height() > room.height() + 1 / factor)
        centre.setY(bounds.top() + room.height() / 2);
    if (sideways() && bounds.width() > room.width() + 1 / factor)
        centre.setX(bounds.left() + room.width() / 2);
    centerOn(centre);
    m_touched = false;
    emit moved();
}

bool GraphView::sideways() const { return m_picture && m_picture->direction == GraphDirection::Right; }

QRectF GraphView::seen() const { return mapToScene(viewport()->rect()).boundingRect(); }

void GraphView::centreOn(const QPointF& point)
{
    m_touched = true;
    centerOn(point);
}

void GraphView::scrollContentsBy(int dx, int dy)
{
    QGraphicsView::scrollContentsBy(dx, dy);
    emit moved();
}

void GraphView::resizeEvent(QResizeEvent* event)
{
    QGraphicsView::resizeEvent(event);
    if (!m_touched)  // a scroll bar that goes makes it larger, too
        m_whole ? fit() : fitReadably();
    emit moved();
}

void GraphView::showEvent(QShowEvent* event)
{
    QGraphicsView::showEvent(event);
    if (!m_touched)
        fitReadably();
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
    if (!m_arranging.isEmpty())
        for (const GraphBox& box : m_picture->boxes)
            if (box.group == m_arranging)
                return {box.cursor, m_arranging, mapFromScene(QPointF(box.rect.center().x(), box.rect.top())), true};
    const QRectF seen = this->seen();
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
    return {m_picture->boxes[best].cursor, {}, mapFromScene(m_picture->boxes[best].rect.center()), true};
}

QPointF GraphView::anchored(const GraphBox& box, const Anchor& anchor) const
{
    return anchor.group.isEmpty() ? box.rect.center() : QPointF(box.rect.center().x(), box.rect.top());
}

void GraphView::restore(const Anchor& anchor)
{
    m_arranging.clear();
    for (const GraphBox& box : m_picture->boxes) {
        const bool holds = anchor.group.isEmpty()
                               ? box.cursor == anchor.cursor
                                     || std::find(box.members.begin(), box.members.end(), anchor.cursor)
                                            != box.members.end()
                               : box.group == anchor.group;
        if (!holds)
            continue;
        const QPoint now = mapFromScene(anchored(box, anchor));
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
        m_items[i]->setLit(m_lit.count(static_cast<int>(i)) > 0);
    for (LineItem* line : m_lines)
        line->setLit(cursors.count({m_picture->function, NodeKind::Value, line->line().value}) > 0);
    if (!m_lit.empty() && !m_lit.count(m_current))
        setCurrent(*m_lit.begin());
    const QRectF seen = this->seen();
    const bool visible = std::any_of(m_lit.begin(), m_lit.end(),
                                     [&](int box) { return seen.intersects(m_picture->boxes[box].rect); });
    if (!m_lit.empty() && !visible)
        ensureVisible(m_picture->boxes[*m_lit.begin()].rect);
}

void GraphView::setHeat(Heat heat)
{
    if (heat == m_heat)
        return;
    m_heat = std::move(heat);
    for (std::size_t i = 0; i < m_items.size(); ++i) {
        const auto found = m_heat.boxes.find(static_cast<int>(i));
        const bool known = found != m_heat.boxes.end();
        m_items[i]->setHeat(known ? found->second.shade : -1, known ? found->second.note : QString(),
                            known ? found->second.value : QString());
    }
}

int GraphView::boxAt(const QPoint& position) const
{
    for (const QGraphicsItem* item : items(position))
        if (const auto* box = dynamic_cast<const BoxItem*>(item))
            return box->index();
    return -1;
}

std::string GraphView::valueAt(const QPoint& position) const
{
    constexpr int reach = 2;
    constexpr double closeEnough = 0.4;  // farther away edges are so many that the graph could not be dragged
    if (transform().m11() < closeEnough)
        return {};
    const QRect around(position - QPoint(reach, reach), QSize(2 * reach + 1, 2 * reach + 1));
    for (const QGraphicsItem* item : items(around))
        if (const auto* line = dynamic_cast<const LineItem*>(item))
            return line->line().value;
    return {};
}

std::vector<std::string> GraphView::litValues() const
{
    std::vector<std::string> values;
    for (const LineItem* line : m_lines)
        if (line->isLit())
            values.push_back(line->line().value);
    return values;
}

QPointF GraphView::boxPosition(int box) const { return mapFromScene(m_picture->boxes[box].rect.center()); }

void GraphView::pointAt(int box)
{
    goTo(box);
    const GraphBox& b = m_picture->boxes[box];
    emit pointed(b.cursor, b.kind == GraphBox::Kind::Ghost);
}

void GraphView::goTo(int box)
{
    setCurrent(box);
    const GraphBox& b = m_picture->boxes[box];
    setAccessibleDescription(b.title + QLatin1Char(' ') + b.detail);
    const QRectF rect = m_items[box]->shape().boundingRect();
    if (!seen().contains(rect)) {  // what is seen does not move
        m_touched = true;
        ensureVisible(rect, 20, 20);
    }
}

void GraphView::setCurrent(int box)
{
    m_current = box;
    emit currentChanged(box);
}

int GraphView::boxOf(const Cursor& cursor) const
{
    const std::set<int> boxes = m_picture ? m_picture->boxesOf({cursor}) : std::set<int>();
    return boxes.empty() ? -1 : *boxes.begin();
}

void GraphView::setFound(const std::vector<Cursor>& found, int current)
{
    const int now = current >= 0 && current < static_cast<int>(found.size()) ? boxOf(found[current]) : -1;
    const std::set<Cursor> all(found.begin(), found.end());
    for (std::size_t i = 0; i < m_items.size(); ++i) {
        const GraphBox& box = m_picture->boxes[i];
        int count = box.isGroup() ? 0 : static_cast<int>(all.count(box.cursor));
        if (box.isGroup())
            for (const Cursor& member : box.members)
                count += static_cast<int>(all.count(member));
        m_items[i]->setFound(count, static_cast<int>(i) == now);
    }
    if (now >= 0)
        goTo(now);
}

bool GraphView::goToChange(bool forward, bool afresh)
{
    const std::vector<int> changed = m_picture ? changedBoxes(*m_picture) : std::vector<int>();
    const int count = static_cast<int>(changed.size());
    const auto found = afresh ? changed.end() : std::find(changed.begin(), changed.end(), m_current);
    const int at = found == changed.end() ? (forward ? 0 : count - 1)
                                          : static_cast<int>(found - changed.begin()) + (forward ? 1 : -1);
    if (at < 0 || at >= count)
        return false;
    pointAt(changed[std::size_t(at)]);
    return true;
}

void GraphView::setDimmed(bool dimmed)
{
    for (std::size_t i = 0; i < m_items.size(); ++i) {
        const GraphBox& box = m_picture->boxes[i];
        const bool faint = dimmed && box.change == DiffKind::Same && box.kind != GraphBox::Kind::Frame;
        m_items[i]->setOpacity(faint ? 0.35 : 1);
    }
}

// --- mouse and keyboard
// ------------------------------------------------------------------------------------------------------------------

void GraphView::mousePressEvent(QMouseEvent* event)
{
    const int box = event->button() == Qt::LeftButton ? boxAt(event->pos()) : -1;
    if (box >= 0 && stepInstance(box, event->pos()))
        return;
    if (box >= 0) {
        const std::string constant = itemOf(box)->constantAt(mapToScene(event->pos()));
        pointAt(box);
        if (!constant.empty())
            emit pointed({{}, NodeKind::Constant, constant}, false);
        return;
    }
    if (const std::string value = event->button() == Qt::LeftButton ? valueAt(event->pos()) : std::string();
        !value.empty())
        return emit pointed({m_picture->function, NodeKind::Value, value}, false);
    if (event->button() == Qt::LeftButton) {
        emit cleared();
        m_touched = true;
    }
    QGraphicsView::mousePressEvent(event);
}

void GraphView::mouseDoubleClickEvent(QMouseEvent* event)
{
    const int box = boxAt(event->pos());
    if (box >= 0 && !stepInstance(box, event->pos()))
        activate(box);
}

bool GraphView::stepInstance(int box, const QPoint& position)
{
    const QPointF at = mapToScene(position);
    for (const bool forward : {false, true})
        if (itemOf(box)->stepRect(forward).contains(at)) {
            const GraphBox& b = m_picture->boxes[box];
            showInstance(b.group, (b.shown + (forward ? 1 : b.instances - 1)) % b.instances);
            return true;
        }
    return false;
}

void GraphView::activate(int box)
{
    const GraphBox& b = m_picture->boxes[box];
    if (b.isGroup())
        setOpen(b.group, b.kind == GraphBox::Kind::Group);
    else
        emit opened(b.cursor);
}

void GraphView::setOpen(const QString& group, bool open)
{
    if (open)
        m_arrangement.open.insert(group.toStdString());
    else
        m_arrangement.open.erase(group.toStdString());
    m_arranging = group;
    m_touched = true;
    emit arranged(m_arrangement);
}

void GraphView::closeAround()
{
    if (m_current < 0)
        return;
    const GraphBox& box = m_picture->boxes[m_current];
    const int frame = box.kind == GraphBox::Kind::Frame ? m_current : box.frame;
    if (frame >= 0)
        setOpen(m_picture->boxes[frame].group, false);
}

void GraphView::openLevels(int depth)
{
    m_arrangement.open.clear();
    for (const auto& [group, lies] : m_picture ? m_picture->groups : decltype(m_picture->groups)())
        if (lies < depth)
            m_arrangement.open.insert(group.toStdString());
    emit arranged(m_arrangement);
}

int GraphView::openDepth() const
{
    int depth = 0;
    for (const auto& [group, lies] : m_picture ? m_picture->groups : decltype(m_picture->groups)())
        if (m_arrangement.open.count(group.toStdString()))
            depth = std::max(depth, lies + 1);
    return depth;
}

void GraphView::showInstance(const QString& group, int instance)
{
    m_arrangement.instances[group.toStdString()] = instance;
    m_arranging = group;
    m_touched = true;
    emit arranged(m_arrangement);
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
    emit moved();
}

void GraphView::setTextScale(double factor)
{
    const double by = factor / std::exchange(m_textScale, factor);
    if (!m_touched)
        return m_whole ? fit() : fitReadably();
    const QPointF centre = seen().center();
    scale(by, by);
    centerOn(centre);
}

void GraphView::returnTo(const QPointF& centre)
{
    if (!m_touched)
        return;
    // centerOn() cuts to whole pixels, so that a place would creep each time that it is come back to.
    const QPointF corner = transform().map(centre) - QRectF(viewport()->rect()).center();
    horizontalScrollBar()->setValue(qRound(corner.x()));
    verticalScrollBar()->setValue(qRound(corner.y()));
}

void GraphView::keyPressEvent(QKeyEvent* event)
{
    const int count = m_picture ? static_cast<int>(m_picture->boxes.size()) : 0;
    const bool plain = !(event->modifiers() & (Qt::ControlModifier | Qt::AltModifier));
    const int key = plain && count > 0 ? event->key() : 0;
    int target = -1;
    const auto go = [&](bool along, bool forward) {
        target = m_current < 0 ? 0
                 : along       ? boxAlong(*m_picture, m_current, forward)
                               : boxBeside(*m_picture, m_current, forward);
    };
    switch (key) {
    case Qt::Key_BracketRight:
    case Qt::Key_BracketLeft: go(true, key == Qt::Key_BracketRight); break;
    case Qt::Key_Down:
    case Qt::Key_Up: go(!sideways(), key == Qt::Key_Down); break;
    case Qt::Key_Right:
    case Qt::Key_Left: go(sideways(), key == Qt::Key_Right); break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_current >= 0)
            activate(m_current);
        return;
    case Qt::Key_Backspace: return closeAround();
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
