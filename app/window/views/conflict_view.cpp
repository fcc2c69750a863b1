#include "app/window/views/conflict_view.h"

#include "app/window/theme/theme.h"

#include <QEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

constexpr int margin = 12, between = 16, gridGap = 18;

// "step · vt ↓ vs → · vk=3"
QString headOf(const InstanceGrid& grid)
{
    QString text = QString::fromStdString(grid.block);
    if (!grid.rows.name.empty() || !grid.columns.name.empty())
        text += QStringLiteral(" ·");
    if (!grid.rows.name.empty())
        text += QStringLiteral(" %1 ↓").arg(QString::fromStdString(grid.rows.name));
    if (!grid.columns.name.empty())
        text += QStringLiteral(" %1 →").arg(QString::fromStdString(grid.columns.name));
    for (const auto& [iter, value] : grid.fixed)
        text += QStringLiteral(" %1=%2").arg(QString::fromStdString(iter)).arg(value);
    return text;
}

bool areNeighbours(const GridPlace& a, const GridPlace& b)
{
    return a.grid == b.grid && std::abs(a.row - b.row) <= 1 && std::abs(a.column - b.column) <= 1;
}

void drawArrow(QPainter& painter, QPointF from, QPointF to, double width)
{
    const QPointF along = to - from;
    const double length = std::hypot(along.x(), along.y());
    if (length < 1)
        return;
    const QPointF unit = along / length, across(-unit.y(), unit.x());
    const double head = 3 + 2 * width;
    painter.setPen(QPen(painter.pen().color(), width));
    painter.drawLine(from, to - unit * head);
    painter.setBrush(painter.pen().color());
    const QPointF points[]{to, to - unit * head * 1.6 + across * head * 0.8,
                           to - unit * head * 1.6 - across * head * 0.8};
    QPen pen = painter.pen();
    painter.setPen(Qt::NoPen);
    painter.drawPolygon(points, 3);
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
}

}  // namespace

ConflictView::ConflictView(QWidget* parent)
    : QAbstractScrollArea(parent)
{
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    viewport()->setBackgroundRole(QPalette::Base);
    setAccessibleName(tr("Why the order matters"));
    hide();
}

void ConflictView::setPicture(std::shared_ptr<const ConflictPicture> picture)
{
    if (m_picture == picture)
        return;
    m_picture = std::move(picture);
    m_panels = m_picture ? panelsOf(*m_picture) : std::vector<Panel>();
    setAccessibleDescription(sentences().join(QLatin1Char(' ')));
    setVisible(m_picture != nullptr);
    verticalScrollBar()->setValue(0);
    layOut();
    viewport()->update();
}

QStringList ConflictView::sentences() const
{
    QStringList all;
    for (const Panel& panel : m_panels)
        all << panel.title + QStringLiteral(": ") + (QStringList{panel.remark} + panel.feet).join(QStringLiteral("; "));
    return all;
}

// --- what is said
// ------------------------------------------------------------------------------------------------------------------------

QString ConflictView::footOf(int first, int second, bool asked) const
{
    if (asked && m_picture->conflict.atOnce)
        return tr("✗ ■ and ○ at the same time");
    if (first < second)
        return asked ? tr("■ %1 before ○ %2").arg(first).arg(second) : tr("✓ ■ %1 before ○ %2").arg(first).arg(second);
    return tr("✗ ○ %1 before ■ %2").arg(second).arg(first);
}

std::vector<ConflictView::Panel> ConflictView::panelsOf(const ConflictPicture& picture) const
{
    const Neighbourhood& around = picture.around;
    const auto does = [](const Instance& instance) {
        return (instance.writes ? tr("writes %1") : tr("reads %1")).arg(QString::fromStdString(instance.element));
    };
    const auto cell = [&](const GridPlace& place) {
        return around.grids[std::size_t(place.grid)].at(place.row, place.column);
    };
    const GridCell first = cell(around.first), second = cell(around.second);
    std::vector<Panel> panels;
    QStringList who{QStringLiteral("■ ") + does(picture.conflict.first),
                    QStringLiteral("○ ") + does(picture.conflict.second)};
    const InstanceGrid& grid = around.grids.front();
    if (around.grids.size() == 1 && (grid.rows.count < grid.rows.extent || grid.columns.count < grid.columns.extent))
        who << tr("%1 × %2 of %3 × %4")
                   .arg(grid.rows.count)
                   .arg(grid.columns.count)
                   .arg(grid.rows.extent)
                   .arg(grid.columns.extent);
    const QString sizes = picture.sizes.isEmpty() ? QString() : tr("at %1").arg(picture.sizes);
    panels.push_back({Kind::Needs, tr("Who needs whom"), sizes, who, false, {}});
    panels.push_back({Kind::Now, tr("Order now"), QString(), {footOf(first.now, second.now, false)}, false, {}});
    if (around.hasAsked)
        panels.push_back(
            {Kind::Asked, tr("Order asked"), QString(), {footOf(first.asked, second.asked, true)}, true, {}});
    for (const Damage& damage : picture.damage) {
        const auto number = [](double value) { return QString::number(value, 'g', 5); };
        panels.push_back(
            {Kind::Damage,
             tr("If it were done anyway"),
             damage.backwards ? tr("iterations backwards, on a drawn input") : tr("both orders on a drawn input"),
             {tr("%1 of %2 elements of %3 would differ").arg(damage.count).arg(damage.total).arg(damage.buffer),
              tr("%1: now %2, as asked %3").arg(damage.element, number(damage.now), number(damage.asked)),
              tr("largest difference %1").arg(number(damage.largest))},
             true,
             {}});
    }
    if (picture.ran && picture.damage.empty())
        panels.push_back({Kind::Damage,
                          tr("If it were done anyway"),
                          tr("both orders on a drawn input"),
                          {tr("this input gives the same; another may not")},
                          false,
                          {}});
    return panels;
}

// --- where it stands
// ----------------------------------------------------------------------------------------------------------------------

int ConflictView::lineHeight() const { return fontMetrics().height() + 3; }

QSize ConflictView::cellSize() const
{
    return {fontMetrics().horizontalAdvance(QStringLiteral("00")) + 9, fontMetrics().height() + 7};
}

int ConflictView::headWidth(const InstanceGrid& grid) const
{
    return fontMetrics().horizontalAdvance(QString::number(grid.rows.first + grid.rows.count)) + 7;
}

QSize ConflictView::gridSize(const InstanceGrid& grid) const
{
    const QSize cell = cellSize();
    return {headWidth(grid) + int(grid.columns.count) * cell.width(),
            2 * lineHeight() + int(grid.rows.count) * cell.height() + 2};
}

QSize ConflictView::mapCell() const
{
    const Damage& damage = m_picture->damage.front();
    const int size = int(
        std::clamp<std::int64_t>(112 / std::max<std::int64_t>({1, damage.rows, damage.columns}), 2, 12));
    return {size, size};
}

bool ConflictView::hasMap(const Panel& panel) const
{
    return panel.kind == Kind::Damage && !m_picture->damage.empty() && !m_picture->damage.front().differs.empty();
}

QSize ConflictView::bodySize(const Panel& panel) const
{
    QSize body(0, 0);
    if (hasMap(panel)) {
        const Damage& damage = m_picture->damage.front();
        return {int(damage.columns) * mapCell().width(), int(damage.rows) * mapCell().height()};
    }
    for (const InstanceGrid& grid :
         panel.kind == Kind::Damage ? std::vector<InstanceGrid>() : m_picture->around.grids) {
        const QSize size = gridSize(grid);
        body = {body.width() + size.width() + (body.isEmpty() ? 0 : gridGap), std::max(body.height(), size.height())};
    }
    return body;
}

QSize ConflictView::sizeOf(const Panel& panel) const
{
    const QSize body = bodySize(panel);
    QFont bold = font();
    bold.setBold(true);
    int feet = 0, width = QFontMetrics(bold).horizontalAdvance(panel.title) + 4;
    for (const QString& line : panel.feet)
        feet = std::max(feet, fontMetrics().horizontalAdvance(line) + 4);
    if (!panel.remark.isEmpty())
        width += fontMetrics().horizontalAdvance(panel.remark) + 8;
    const int below = int(panel.feet.size()) * lineHeight();
    if (hasMap(panel))  // its text is beside it
        return {std::max(width, body.width() + 12 + feet), lineHeight() + std::max(body.height() + 4, below) + 6};
    return {std::max({width, body.width(), feet}), lineHeight() + body.height() + below + 6};
}

// From left to right, and on in the next row; as high as it needs, within what the pane has.
void ConflictView::layOut()
{
    if (!m_picture)
        return;
    int x = margin, y = 8, rowHeight = 0, widest = 0;
    for (Panel& panel : m_panels) {
        const QSize size = sizeOf(panel);
        if (x > margin && x + size.width() + margin > viewport()->width()) {
            x = margin;
            y += rowHeight + 10;
            rowHeight = 0;
        }
        panel.rect = QRect(QPoint(x, y), size);
        x += size.width() + between;
        widest = std::max(widest, panel.rect.right() + margin);
        rowHeight = std::max(rowHeight, size.height());
    }
    const int height = y + rowHeight + 8;
    const int most = parentWidget() ? std::max(120, parentWidget()->height() * 55 / 100) : height;
    setFixedHeight(std::min(height, most));
    verticalScrollBar()->setRange(0, std::max(0, height - viewport()->height()));
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setSingleStep(lineHeight());
    horizontalScrollBar()->setRange(0, std::max(0, widest - viewport()->width()));
    horizontalScrollBar()->setPageStep(viewport()->width());
}

void ConflictView::resizeEvent(QResizeEvent*) { layOut(); }

void ConflictView::changeEvent(QEvent* event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        layOut();
}

QRect ConflictView::cellRect(const GridPlace& place, const std::vector<QPoint>& grids) const
{
    const InstanceGrid& grid = m_picture->around.grids[std::size_t(place.grid)];
    const QSize cell = cellSize();
    return QRect(grids[std::size_t(place.grid)]
                     + QPoint(headWidth(grid) + int(place.column) * cell.width(),
                              2 * lineHeight() + int(place.row) * cell.height()),
                 cell)
        .adjusted(1, 1, -1, -1);
}

// --- painting
// -----------------------------------------------------------------------------------------------------------------------------

void ConflictView::paintEvent(QPaintEvent* event)
{
    QPainter painter(viewport());
    const Theme& theme = themeOf(palette());
    painter.fillRect(event->rect(), theme.panel);
    painter.setPen(theme.line);
    painter.drawLine(0, 0, viewport()->width(), 0);
    painter.setFont(font());
    painter.translate(-horizontalScrollBar()->value(), -verticalScrollBar()->value());
    for (const Panel& panel : m_panels)
        paintPanel(painter, panel, theme);
}

QColor ConflictView::footColor(const Panel& panel, int foot, const Theme& theme) const
{
    if (panel.kind == Kind::Needs)
        return foot == 0 ? theme.accent : foot == 1 ? theme.removedMark : theme.muted;
    if (foot > 0)
        return theme.muted;
    return panel.wrong ? theme.removedMark : panel.kind == Kind::Now ? theme.right : theme.text;
}

void ConflictView::paintPanel(QPainter& painter, const Panel& panel, const Theme& theme) const
{
    const int line = lineHeight();
    QPoint at = panel.rect.topLeft();
    const auto write = [&](const QPoint& place, const QString& text, const QColor& color) {
        painter.setPen(color);
        painter.drawText(QRect(place, QSize(panel.rect.width() + between, line)), Qt::AlignVCenter | Qt::AlignLeft,
                         text);
    };
    QFont bold = font();
    bold.setBold(true);
    painter.setFont(bold);
    write(at, panel.title, theme.text);
    painter.setFont(font());
    write(at + QPoint(QFontMetrics(bold).horizontalAdvance(panel.title) + 8, 0), panel.remark, theme.muted);
    at.ry() += line;
    const QSize body = bodySize(panel);
    if (hasMap(panel)) {
        paintMap(painter, m_picture->damage.front(), at + QPoint(0, 4), theme);
        at.rx() += body.width() + 12;
    } else if (panel.kind != Kind::Damage) {
        paintGrids(painter, panel, at, theme);
        at.ry() += body.height();
    }
    for (int i = 0; i < panel.feet.size(); ++i, at.ry() += line)
        write(at, panel.feet[i], footColor(panel, i, theme));
}

void ConflictView::paintGrids(QPainter& painter, const Panel& panel, const QPoint& at, const Theme& theme) const
{
    std::vector<QPoint> places;
    int x = at.x();
    for (const InstanceGrid& grid : m_picture->around.grids) {
        places.push_back({x, at.y()});
        x += gridSize(grid).width() + gridGap;
    }
    for (std::size_t grid = 0; grid < places.size(); ++grid) {
        paintHeads(painter, m_picture->around.grids[grid], places[grid], theme);
        paintCells(painter, panel.kind, int(grid), places[grid], theme);
    }
    painter.setRenderHint(QPainter::Antialiasing);
    if (panel.kind == Kind::Needs)
        paintNeeds(painter, places, theme);
    else
        paintPath(painter, panel.kind, places, theme);
    painter.setRenderHint(QPainter::Antialiasing, false);
}

// Its block, which iterator goes which way, and the values of those that stay; values along the edges.
void ConflictView::paintHeads(QPainter& painter, const InstanceGrid& grid, const QPoint& at, const Theme& theme) const
{
    const QSize cell = cellSize();
    const int head = headWidth(grid), line = lineHeight();
    painter.setPen(theme.muted);
    const QRect top(at, QSize(gridSize(grid).width() + gridGap - 4, line));
    painter.drawText(top, Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(headOf(grid), Qt::ElideRight, top.width()));
    const auto number = [&](const QRect& rect, std::int64_t value) {
        painter.drawText(rect, Qt::AlignCenter, QString::number(value));
    };
    for (std::int64_t column = 0; column < grid.columns.count && !grid.columns.name.empty(); ++column)
        number({at.x() + head + int(column) * cell.width(), at.y() + line, cell.width(), line},
               grid.columns.first + column);
    for (std::int64_t row = 0; row < grid.rows.count && !grid.rows.name.empty(); ++row)
        number({at.x(), at.y() + 2 * line + int(row) * cell.height(), head - 4, cell.height()}, grid.rows.first + row);
}

void ConflictView::paintCells(QPainter& painter, Kind kind, int index, const QPoint& at, const Theme& theme) const
{
    const Neighbourhood& around = m_picture->around;
    const InstanceGrid& grid = around.grids[std::size_t(index)];
    std::vector<QPoint> places(std::size_t(index) + 1, at);
    for (std::int64_t row = 0; row < grid.rows.count; ++row)
        for (std::int64_t column = 0; column < grid.columns.count; ++column) {
            const GridPlace place{index, row, column};
            const bool first = place == around.first, second = place == around.second;
            const QRect rect = cellRect(place, places);
            const GridCell& cell = grid.at(row, column);
            if (cell.now == 0)
                continue;  // runs in neither order
            painter.setPen(first    ? QPen(theme.accent, 2)
                           : second ? QPen(theme.removedMark, 2, Qt::DashLine)
                                    : QPen(theme.line, 1));
            painter.setBrush(first ? theme.addedGround : second ? theme.removedGround : theme.ground);
            painter.drawRoundedRect(rect, second ? 6 : 2, second ? 6 : 2);
            painter.setBrush(Qt::NoBrush);
            if (kind == Kind::Needs && (first || second)) {
                painter.setPen(first ? theme.accent : theme.removedMark);
                painter.drawText(rect, Qt::AlignCenter, first ? QStringLiteral("■") : QStringLiteral("○"));
            }
        }
}

// Lines from each to the one that runs next, below their numbers.
void ConflictView::paintPath(QPainter& painter, Kind kind, const std::vector<QPoint>& grids, const Theme& theme) const
{
    const Neighbourhood& around = m_picture->around;
    const auto rankOf = [kind](const GridCell& cell) { return kind == Kind::Now ? cell.now : cell.asked; };
    std::map<int, std::vector<GridPlace>> order;
    for (std::size_t index = 0; index < around.grids.size(); ++index)
        for (std::int64_t row = 0; row < around.grids[index].rows.count; ++row)
            for (std::int64_t column = 0; column < around.grids[index].columns.count; ++column)
                if (const int rank = rankOf(around.grids[index].at(row, column)))
                    order[rank].push_back({int(index), row, column});
    QColor line = kind == Kind::Now ? theme.accent : theme.removedMark;
    line.setAlpha(90);
    painter.setPen(QPen(line, 1.4));
    for (auto it = order.begin(); it != order.end() && std::next(it) != order.end(); ++it) {
        const GridPlace &from = it->second.front(), &to = std::next(it)->second.front();
        const bool single = it->second.size() == 1 && std::next(it)->second.size() == 1;
        if (single && areNeighbours(from, to))  // a jump is told by the numbers
            painter.drawLine(cellRect(from, grids).center(), cellRect(to, grids).center());
    }
    for (const auto& [rank, places] : order)
        for (const GridPlace& place : places) {
            const bool first = place == around.first, second = place == around.second;
            const QRect rect = cellRect(place, grids);
            const QString text = QString::number(rank);
            QFont font = this->font();
            font.setBold(first || second);
            painter.setFont(font);
            const int width = QFontMetrics(font).horizontalAdvance(text) + 4;
            painter.fillRect(QRect(rect.center().x() - width / 2, rect.top() + 4, width, rect.height() - 8),
                             first    ? theme.addedGround
                             : second ? theme.removedGround
                                      : theme.ground);
            painter.setPen(first ? theme.accent : second ? theme.removedMark : theme.text);
            painter.drawText(rect, Qt::AlignCenter, text);
        }
    painter.setFont(font());
}

void ConflictView::paintNeeds(QPainter& painter, const std::vector<QPoint>& grids, const Theme& theme) const
{
    const Neighbourhood& around = m_picture->around;
    const auto draw = [&](const std::pair<GridPlace, GridPlace>& pair, const QColor& color, double width) {
        const QPointF from = QRectF(cellRect(pair.first, grids)).center(),
                      to = QRectF(cellRect(pair.second, grids)).center();
        painter.setPen(color);
        drawArrow(painter, from + (to - from) * 0.22, from + (to - from) * 0.78, width);
    };
    QColor faint = theme.muted;
    faint.setAlpha(150);
    for (const auto& pair : around.needs)
        if (pair != std::pair(around.first, around.second))
            draw(pair, faint, 1);
    draw({around.first, around.second}, theme.text, 2.2);
}

// Which elements would differ, the first of them framed.
void ConflictView::paintMap(QPainter& painter, const Damage& damage, const QPoint& at, const Theme& theme) const
{
    const QSize cell = mapCell();
    bool framed = false;
    for (std::int64_t i = 0; i < damage.total; ++i) {
        const QRect rect(at + QPoint(int(i % damage.columns) * cell.width(), int(i / damage.columns) * cell.height()),
                         cell);
        const bool differs = damage.differs[std::size_t(i)];
        const int gap = cell.width() > 4 ? 1 : 0;
        painter.fillRect(rect.adjusted(0, 0, -gap, -gap), differs ? theme.removedMark : theme.line);
        if (!differs || framed)
            continue;
        framed = true;
        painter.setPen(QPen(theme.text, 2));
        painter.drawRect(rect.adjusted(0, 0, -1, -1));
    }
}

}  // namespace strata
