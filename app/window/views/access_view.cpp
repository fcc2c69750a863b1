#include "app/window/views/access_view.h"

#include "app/window/models/format.h"
#include "app/window/theme/theme.h"

#include <QEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

constexpr int margin = 10, smallestCell = 3, largestCell = 12, letterWidth = 17;

QColor mixed(const QColor& a, const QColor& b, double share)
{
    const auto part = [share](int x, int y) { return int(std::lround(x + (y - x) * share)); };
    return {part(a.red(), b.red()), part(a.green(), b.green()), part(a.blue(), b.blue())};
}

QString count(std::int64_t number) { return QLocale().toString(qlonglong(number)); }

// "4.21 M": what is compared needs no more digits.
QString number(std::int64_t count)
{
    for (const auto& [size, unit] :
         {std::pair(1'000'000'000.0, "G"), std::pair(1'000'000.0, "M"), std::pair(10'000.0, "k")})
        if (double(count) >= size) {
            const double value = double(count) / (size == 10'000 ? 1'000 : size);
            return QStringLiteral("%1 %2")
                .arg(value, 0, 'f',
                     value < 10    ? 2
                     : value < 100 ? 1
                                   : 0)
                .arg(QLatin1String(unit));
        }
    return QLocale().toString(qlonglong(count));
}

QString percent(std::int64_t part, std::int64_t whole)
{
    const double share = whole > 0 ? 100.0 * double(part) / double(whole) : 0;
    return QStringLiteral("%1 %").arg(share, 0, 'f', share < 10 ? 1 : 0);
}

}  // namespace

AccessView::AccessView(QWidget* parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMinimumSize(220, 240);
    setAccessibleName(tr("Picture of accesses"));
}

void AccessView::setPicture(AccessPicturePtr picture)
{
    const double share = m_picture && picture && m_picture->function == picture->function && m_picture->size() > 0
                             ? double(m_position) / double(m_picture->size())
                             : 0.125;  // where something is to be seen
    m_picture = picture && picture->size() > 0 ? std::move(picture) : nullptr;
    m_position = m_picture ? std::min(m_picture->size() - 1, std::size_t(share * double(m_picture->size()))) : 0;
    layOut();
    setPosition(m_position);
}

void AccessView::setMessage(const QString& text)
{
    m_message = text;
    setPicture(nullptr);
}

void AccessView::setPosition(std::size_t entry)
{
    if (m_picture) {
        m_position = std::min(entry, m_picture->size() - 1);
        if (m_position + 1 < m_touched) {
            for (Grid& grid : m_grids)
                std::fill(grid.last.begin(), grid.last.end(), 0);
            m_touched = 0;
        }
        touch(m_touched, m_position + 1);
    }
    setAccessibleDescription(sentences().join(QLatin1Char('\n')));
    update();
    emit moved(m_position);
}

void AccessView::touch(std::size_t from, std::size_t to)
{
    std::vector<Grid*> gridOf(m_picture->trace.buffers.size());
    for (Grid& grid : m_grids)
        gridOf[std::size_t(grid.buffer)] = &grid;
    for (std::size_t i = from; i < to; ++i) {
        const reference::AccessEntry& entry = m_picture->trace.entries[i];
        if (Grid* grid = gridOf[std::size_t(m_picture->bufferOf(entry))])
            grid->last[std::size_t(grid->cellOf(entry.element))] = std::uint32_t(i + 1);
    }
    m_touched = to;
}

void AccessView::step(int accesses)
{
    const auto wanted = std::int64_t(m_position) + accesses;
    setPosition(std::size_t(std::max<std::int64_t>(0, wanted)));
}

void AccessView::turn(std::size_t loopsFromInside, bool forward)
{
    if (!m_picture || loops() <= loopsFromInside)
        return step(forward ? 1 : -1);
    setPosition(m_picture->nextTurn(m_position, loops() - 1 - loopsFromInside, forward));
}

// --- what is said
// ------------------------------------------------------------------------------------------------------------------------

std::size_t AccessView::loops() const { return m_picture->trace.sites[entry().site].loops.size(); }

QString AccessView::nameOf(std::int32_t buffer) const
{
    return QString::fromStdString(m_picture->trace.buffers[std::size_t(buffer)].name);
}

QString AccessView::placeText() const
{
    const reference::AccessSite& site = m_picture->trace.sites[entry().site];
    const std::vector<std::int64_t> shape = constants(m_picture->trace.buffers[std::size_t(site.buffer)].type.shape);
    QStringList indices;
    std::int64_t rest = entry().element;
    for (std::size_t d = shape.size(); d-- > 0; rest /= shape[d])
        indices.prepend(QString::number(rest % shape[d]));
    const QString element = QStringLiteral("%1[%2]").arg(nameOf(site.buffer), indices.join(QStringLiteral(", ")));
    const QString does = site.write ? tr("writes %1").arg(element) : tr("reads %1").arg(element);
    const QString where = m_picture->isLocal(site.buffer) ? tr("in a register")
                          : m_picture->missed[m_position] ? tr("not in L1")
                                                          : tr("in L1");
    return tr("access %1 of %2: %3 %4, %5")
        .arg(count(std::int64_t(m_position) + 1),
             m_picture->trace.complete ? count(std::int64_t(m_picture->size()))
                                       : tr("the first %1").arg(count(std::int64_t(m_picture->size()))),
             QString::fromStdString(site.block), does, where);
}

QString AccessView::missText() const
{
    return tr("to here %1 missed L1").arg(count(m_picture->missesUntil(m_position)));
}

QString AccessView::runText(const AccessCounts& counts) const
{
    QString text = tr("%1 to memory, %2 (%3) missed L1, %4 L2")
                       .arg(number(counts.memory), number(counts.missed[0]), percent(counts.missed[0], counts.memory),
                            number(counts.missed[1]));
    if (counts.registers > 0)
        text += tr("; %1 registers").arg(number(counts.registers));
    return counts.complete ? text : tr("first part, %1").arg(text);
}

QStringList AccessView::sentences() const
{
    if (!m_picture)
        return {m_message};
    QStringList all{placeText(), missText()};
    if (m_picture->before)
        all << tr("before: %1").arg(runText(*m_picture->before));
    return all << tr("now: %1").arg(runText(m_picture->counts));
}

// --- where it stands
// ----------------------------------------------------------------------------------------------------------------------

int AccessView::lineHeight() const { return fontMetrics().height() + 4; }

AccessView::Grid AccessView::gridOf(std::int32_t buffer) const
{
    Grid grid;
    grid.buffer = buffer;
    const std::vector<std::int64_t> shape = constants(m_picture->trace.buffers[std::size_t(buffer)].type.shape);
    for (std::size_t d = 0; d + 1 < shape.size(); ++d)
        grid.rows *= shape[d];
    grid.columns = shape.empty() ? 1 : std::max<std::int64_t>(1, shape.back());
    grid.rows = std::max<std::int64_t>(1, grid.rows);
    return grid;
}

// The nest above, then the buffers, the order, the cache, and the counts.
void AccessView::layOut()
{
    m_grids.clear();
    m_touched = 0;
    if (!m_picture)
        return;
    const int line = lineHeight(), width = this->width() - 2 * margin;
    std::size_t deepest = 1;
    for (const reference::AccessSite& site : m_picture->trace.sites)
        deepest = std::max(deepest, site.loops.size());
    const int nest = int(std::min<std::size_t>(deepest, 8)) * line + 2 * line;
    const CacheShape& l1 = m_picture->caches[0];
    const int cell = std::clamp(width / int(std::max<std::int64_t>(1, l1.sets())), 1, 8);
    const int cache = 2 * line + std::min(l1.ways, 16) * cell + 6;
    const int counts = (m_picture->before ? 4 : 2) * line + 4;
    m_nest = QRect(margin, 4, width, nest);
    m_counts = QRect(margin, height() - counts - 4, width, counts);
    m_cache = QRect(margin, m_counts.top() - cache - 4, width, cache);
    m_order = QRect(margin, m_cache.top() - 2 * line - 6, width, 2 * line);
    const QRect room(margin, m_nest.bottom() + 4, width, std::max(60, m_order.top() - m_nest.bottom() - 12));
    if (const auto product = m_picture->product())
        layProduct(*product, room);
    else
        layRows(room);
    for (Grid& grid : m_grids)
        grid.last.assign(std::size_t(grid.cellRows() * grid.cellColumns()), 0);
}

// The left factor left, the other above, what comes out where a row and a column meet.
void AccessView::layProduct(const AccessPicture::Product& product, const QRect& room)
{
    Grid left = gridOf(product.left), above = gridOf(product.above), result = gridOf(product.result);
    const int line = lineHeight(), gap = 10;
    const std::int64_t across = left.columns + result.columns, down = above.rows + result.rows;
    std::int64_t factor = 1;
    const auto cell = [&] {
        return std::min((room.width() - gap) * factor / across, (room.height() - gap - 2 * line) * factor / down);
    };
    while (cell() < smallestCell && factor < std::max(across, down))
        ++factor;
    const int size = int(std::clamp<std::int64_t>(cell(), 1, largestCell));
    for (Grid* grid : {&left, &above, &result})
        grid->rowFactor = grid->columnFactor = factor;
    const QPoint corner(room.left() + int(left.cellColumns()) * size + gap,
                        room.top() + line + int(above.cellRows()) * size + gap + line);
    left.rect = QRect(room.left(), corner.y(), int(left.cellColumns()) * size, int(left.cellRows()) * size);
    above.rect = QRect(corner.x(), room.top() + line, int(above.cellColumns()) * size, int(above.cellRows()) * size);
    result.rect = QRect(corner, QSize(int(result.cellColumns()) * size, int(result.cellRows()) * size));
    m_grids = {std::move(left), std::move(above), std::move(result)};
    const QRect rest(room.left(), room.top(), m_grids[0].rect.width(), m_grids[1].rect.height());
    int y = rest.top();
    for (std::int32_t buffer = 0; buffer < std::int32_t(m_picture->trace.buffers.size()); ++buffer) {
        if (buffer == product.left || buffer == product.above || buffer == product.result)
            continue;  // small ones, tiles most of the time, stand where nothing else is
        Grid grid = gridOf(buffer);
        const int own = int(std::min<std::int64_t>(
            largestCell, std::min((rest.width() - 4) / grid.columns, (rest.bottom() - y - line) / grid.rows)));
        if (own < 1)
            continue;
        grid.rect = QRect(rest.left(), y + line, int(grid.columns) * own, int(grid.rows) * own);
        y = grid.rect.bottom() + 8;
        m_grids.push_back(std::move(grid));
    }
}

// In rows, each in the same share of the room.
void AccessView::layRows(const QRect& room)
{
    const int buffers = int(m_picture->trace.buffers.size()), line = lineHeight();
    const int across = buffers <= 2 ? 1 : buffers <= 6 ? 2 : 3, down = (buffers + across - 1) / across;
    const QSize share(room.width() / across - 8, room.height() / std::max(1, down) - line - 6);
    for (int i = 0; i < buffers; ++i) {
        Grid grid = gridOf(i);
        const QPoint at(room.left() + i % across * (share.width() + 8),
                        room.top() + i / across * (share.height() + line + 6) + line);
        const auto factorFor = [](std::int64_t elements, int pixels) {
            const std::int64_t most = std::max(1, pixels / smallestCell);
            return (elements + most - 1) / most;
        };
        grid.rowFactor = std::max<std::int64_t>(1, factorFor(grid.rows, share.height()));
        grid.columnFactor = std::max<std::int64_t>(1, factorFor(grid.columns, share.width()));
        const auto cell = [](int pixels, std::int64_t cells) {
            return int(std::clamp<std::int64_t>(pixels / std::max<std::int64_t>(1, cells), 1, largestCell));
        };
        grid.rect = QRect(at, QSize(int(grid.cellColumns()) * cell(share.width(), grid.cellColumns()),
                                    int(grid.cellRows()) * cell(share.height(), grid.cellRows())));
        m_grids.push_back(std::move(grid));
    }
}

void AccessView::resizeEvent(QResizeEvent*)
{
    layOut();
    if (m_picture)
        touch(0, m_position + 1);
}

void AccessView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        resizeEvent(nullptr);
}

QRect AccessView::loopBar(std::size_t loop) const
{
    const int line = lineHeight(), name = std::max(70, m_nest.width() / 5), value = m_nest.width() * 3 / 10;
    return QRect(m_nest.left() + name, m_nest.top() + 2 * line + int(loop) * line + 4, m_nest.width() - name - value,
                 line - 8);
}

QRect AccessView::cellOf(std::int32_t buffer, std::int64_t element) const
{
    for (const Grid& grid : m_grids) {
        if (grid.buffer != buffer)
            continue;
        const std::int64_t cell = grid.cellOf(element);
        const QSize size(int(grid.rect.width() / grid.cellColumns()), int(grid.rect.height() / grid.cellRows()));
        return QRect(
            grid.rect.topLeft()
                + QPoint(int(cell % grid.cellColumns()) * size.width(), int(cell / grid.cellColumns()) * size.height()),
            size);
    }
    return {};
}

// --- by hand
// -----------------------------------------------------------------------------------------------------------------------------

void AccessView::seek(const QPoint& at)
{
    const QRect bar = loopBar(std::size_t(m_dragged));
    const std::int64_t turns = m_picture->trace.sites[entry().site].extents[std::size_t(m_dragged)];
    const auto value = std::int64_t(double(at.x() - bar.left()) / std::max(1, bar.width()) * double(turns));
    if (const auto found = m_picture->entryWhere(m_position, std::size_t(m_dragged), value))
        setPosition(*found);
}

void AccessView::mousePressEvent(QMouseEvent* event)
{
    m_dragged = -1;
    if (!m_picture || event->button() != Qt::LeftButton)
        return;
    for (std::size_t loop = 0; loop < std::min<std::size_t>(loops(), 8); ++loop)
        if (loopBar(loop).adjusted(0, -4, 0, 4).contains(event->pos()))
            m_dragged = int(loop);
    if (m_dragged >= 0)
        seek(event->pos());
}

void AccessView::mouseMoveEvent(QMouseEvent* event)
{
    if (m_picture && m_dragged >= 0 && std::size_t(m_dragged) < loops() && (event->buttons() & Qt::LeftButton))
        seek(event->pos());
}

void AccessView::keyPressEvent(QKeyEvent* event)
{
    const bool forward = event->key() == Qt::Key_Right;
    if (!m_picture
        || (!forward && event->key() != Qt::Key_Left && event->key() != Qt::Key_Home && event->key() != Qt::Key_End))
        return QWidget::keyPressEvent(event);
    if (event->key() == Qt::Key_Home || event->key() == Qt::Key_End)
        return setPosition(event->key() == Qt::Key_Home ? 0 : m_picture->size() - 1);
    if (event->modifiers() & Qt::ControlModifier)
        return turn(1, forward);
    if (event->modifiers() & Qt::ShiftModifier)
        return turn(0, forward);
    step(forward ? 1 : -1);
}

// --- painting
// -----------------------------------------------------------------------------------------------------------------------------

QColor AccessView::colorOf(std::int32_t buffer, const Theme& theme) const
{
    const QColor colors[]{theme.levels[0], theme.levels[1], theme.levels[2], theme.levels[3],
                          theme.number,    theme.keyword,   theme.string,    theme.muted};
    return colors[buffer % 8];
}

void AccessView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Theme& theme = themeOf(palette());
    painter.fillRect(rect(), theme.panel);
    painter.setFont(font());
    if (!m_picture) {
        painter.setPen(theme.muted);
        painter.drawText(rect().adjusted(20, 20, -20, -20), Qt::AlignCenter | Qt::TextWordWrap, m_message);
        return;
    }
    paintNest(painter, theme);
    for (const Grid& grid : m_grids)
        paintGrid(painter, grid, theme);
    paintFrames(painter, theme);
    paintOrder(painter, theme);
    paintCache(painter, theme);
    paintCounts(painter, theme);
}

void AccessView::paintNest(QPainter& painter, const Theme& theme) const
{
    const int line = lineHeight();
    painter.setPen(theme.text);
    const auto write = [&](int row, const QString& text, const QColor& color) {
        painter.setPen(color);
        painter.drawText(QRect(m_nest.left(), m_nest.top() + row * line, m_nest.width(), line),
                         Qt::AlignVCenter | Qt::AlignLeft,
                         fontMetrics().elidedText(text, Qt::ElideRight, m_nest.width()));
    };
    write(0, placeText(), theme.text);
    write(1, missText(), theme.muted);
    const reference::AccessSite& site = m_picture->trace.sites[entry().site];
    const std::vector<std::int64_t> values = m_picture->trace.loopValues(entry());
    for (std::size_t loop = 0; loop < std::min<std::size_t>(values.size(), 8); ++loop) {
        const QRect bar = loopBar(loop);
        const bool innermost = loop + 1 == values.size();
        painter.setPen(theme.text);
        painter.drawText(QRect(m_nest.left(), bar.top() - 4, bar.left() - m_nest.left() - 6, line),
                         Qt::AlignVCenter | Qt::AlignLeft, QString::fromStdString(site.loops[loop]));
        painter.fillRect(bar, theme.line);
        const double share = double(values[loop] + 1) / double(std::max<std::int64_t>(1, site.extents[loop]));
        painter.fillRect(QRect(bar.topLeft(), QSize(std::max(1, int(bar.width() * share)), bar.height())),
                         innermost ? theme.selectedMark : theme.muted);
        painter.setPen(theme.muted);
        painter.drawText(QRect(bar.right() + 8, bar.top() - 4, m_nest.right() - bar.right() - 8, line),
                         Qt::AlignVCenter | Qt::AlignLeft, tr("%1 of %2").arg(values[loop]).arg(site.extents[loop]));
    }
}

// Strong where it was touched just now, pale where long ago, as the ground where never.
void AccessView::paintGrid(QPainter& painter, const Grid& grid, const Theme& theme) const
{
    const int line = lineHeight();
    const Buffer& buffer = m_picture->trace.buffers[std::size_t(grid.buffer)];
    QString caption = QStringLiteral("%1 %2").arg(nameOf(grid.buffer),
                                                  QString::fromStdString(toString(buffer.type.shape)));
    if (m_picture->isLocal(grid.buffer))
        caption += tr(" · registers");
    if (grid.rowFactor > 1 || grid.columnFactor > 1)
        caption += tr(" · 1 cell = %1 × %2").arg(grid.rowFactor).arg(grid.columnFactor);
    painter.setPen(colorOf(grid.buffer, theme));
    const QRect head(grid.rect.left(), grid.rect.top() - line, width() - grid.rect.left() - margin, line);
    painter.drawText(
        head, Qt::AlignVCenter | Qt::AlignLeft,
        fontMetrics().elidedText(caption, Qt::ElideRight, std::max(grid.rect.width(), std::min(head.width(), 60))));
    const QColor color = colorOf(grid.buffer, theme), never = mixed(theme.panel, theme.line, 0.6);
    QImage image(int(grid.cellColumns()), int(grid.cellRows()), QImage::Format_RGB32);
    const double full = std::log(2.0 + double(m_picture->size()));
    for (std::int64_t row = 0; row < grid.cellRows(); ++row) {
        auto* pixels = reinterpret_cast<QRgb*>(image.scanLine(int(row)));
        for (std::int64_t column = 0; column < grid.cellColumns(); ++column) {
            const std::uint32_t last = grid.last[std::size_t(row * grid.cellColumns() + column)];
            const double age = double(m_position + 1 - last);
            const double fresh = last ? 1 - std::log(1.0 + age) / full : 0;
            pixels[column] = (last ? mixed(theme.panel, color, 0.12 + 0.88 * fresh) : never).rgb();
        }
    }
    painter.drawImage(grid.rect, image);
    const int across = grid.rect.width() / image.width(), down = grid.rect.height() / image.height();
    painter.setPen(theme.panel);
    for (int x = 1; x < image.width() && across >= 4; ++x)
        painter.drawLine(grid.rect.left() + x * across, grid.rect.top(), grid.rect.left() + x * across,
                         grid.rect.bottom());
    for (int y = 1; y < image.height() && down >= 4; ++y)
        painter.drawLine(grid.rect.left(), grid.rect.top() + y * down, grid.rect.right(), grid.rect.top() + y * down);
}

// What the iteration has touched so far, the last of it strongest.
void AccessView::paintFrames(QPainter& painter, const Theme& theme) const
{
    const auto& entries = m_picture->trace.entries;
    const std::string& block = m_picture->trace.sites[entry().site].block;
    for (std::size_t back = 0; back <= std::min<std::size_t>(m_position, 7); ++back) {
        const reference::AccessEntry& one = entries[m_position - back];
        if (one.iteration != entry().iteration || m_picture->trace.sites[one.site].block != block)
            break;
        const QRect cell = cellOf(m_picture->bufferOf(one), one.element);
        painter.setPen(QPen(theme.selectedMark, back == 0 ? 2 : 1));
        painter.drawRect(cell.adjusted(-2, -2, 1, 1));
    }
}

int AccessView::letters() const { return std::max(1, m_order.width() / letterWidth); }

// The last accesses, the newest on the right; those that L1 did not hold are underlined.
void AccessView::paintOrder(QPainter& painter, const Theme& theme) const
{
    const int line = lineHeight(), box = letterWidth;
    painter.setPen(theme.muted);
    painter.drawText(QRect(m_order.left(), m_order.top(), m_order.width(), line), Qt::AlignVCenter | Qt::AlignLeft,
                     tr("the last accesses, the newest on the right; underlined: not in L1"));
    const int shown = std::min<int>(letters(), int(std::min<std::size_t>(m_position + 1, 4096)));
    for (int i = 0; i < shown; ++i) {
        const std::size_t at = m_position - std::size_t(shown - 1 - i);
        const std::int32_t buffer = m_picture->bufferOf(m_picture->trace.entries[at]);
        const QRect rect(m_order.left() + i * box, m_order.top() + line, box - 1, line - 2);
        const double fresh = 0.25 + 0.75 * double(i + 1) / shown;
        const QColor ground = mixed(theme.panel, colorOf(buffer, theme),
                                    m_picture->isLocal(buffer) ? fresh * 0.3 : fresh);
        painter.fillRect(rect, ground);
        painter.setPen(qGray(ground.rgb()) > 140 ? QColor(Qt::black) : QColor(Qt::white));
        painter.drawText(rect, Qt::AlignCenter, nameOf(buffer).left(1));
        if (m_picture->missed[at])
            painter.fillRect(QRect(rect.left(), rect.bottom() + 1, rect.width(), 3), theme.removedMark);
    }
}

void AccessView::paintCache(QPainter& painter, const Theme& theme) const
{
    const CacheShape& l1 = m_picture->caches[0];
    const Cache cache = m_picture->l1After(m_position);
    const int line = lineHeight(), cell = std::clamp(m_cache.width() / int(l1.sets()), 1, 8);
    std::vector<std::int64_t> held(m_picture->trace.buffers.size(), 0);
    const int top = m_cache.top() + 2 * line;
    for (std::int64_t set = 0; set < l1.sets(); ++set)
        for (int way = 0; way < l1.ways; ++way) {
            const std::int32_t buffer = m_picture->bufferAt(cache.set(set)[way]);
            if (buffer >= 0)
                ++held[std::size_t(buffer)];
            if (way >= 16)
                continue;
            const QRect rect(m_cache.left() + int(set) * cell, top + way * cell, cell, cell);
            const int gap = cell > 3 ? 1 : 0;
            painter.fillRect(rect.adjusted(0, 0, -gap, -gap),
                             buffer < 0 ? mixed(theme.panel, theme.line, 0.6)
                                        : mixed(theme.panel, colorOf(buffer, theme), 1.0 - 0.65 * way / l1.ways));
        }
    QStringList lines;
    for (std::size_t buffer = 0; buffer < held.size(); ++buffer)
        if (held[buffer] > 0)
            lines << QStringLiteral("%1 %2").arg(nameOf(std::int32_t(buffer))).arg(held[buffer]);
    const auto write = [&](int row, const QString& text, const QColor& color) {
        painter.setPen(color);
        painter.drawText(QRect(m_cache.left(), m_cache.top() + row * line, m_cache.width(), line),
                         Qt::AlignVCenter | Qt::AlignLeft,
                         fontMetrics().elidedText(text, Qt::ElideRight, m_cache.width()));
    };
    write(0,
          tr("L1 %1%2 · %3 sets × %4 lines of %5 B, last used on top")
              .arg(formatBytes(double(l1.bytes)), m_picture->scaled ? tr(" (not the machine's)") : QString())
              .arg(l1.sets())
              .arg(l1.ways)
              .arg(l1.lineBytes),
          theme.text);
    write(1, tr("simulated, LRU · lines held: %1").arg(lines.isEmpty() ? tr("none") : lines.join(QStringLiteral(", "))),
          theme.muted);
}

// Accesses to memory of the whole run, and how many of them missed, on one scale.
void AccessView::paintCounts(QPainter& painter, const Theme& theme) const
{
    const int line = lineHeight();
    std::vector<std::pair<QString, const AccessCounts*>> rows;
    if (m_picture->before)
        rows.emplace_back(tr("before"), &*m_picture->before);
    rows.emplace_back(m_picture->before ? tr("now") : tr("whole run"), &m_picture->counts);
    std::int64_t most = 1;
    for (const auto& [name, counts] : rows)
        most = std::max(most, counts->memory);
    int y = m_counts.top();
    for (const auto& [name, counts] : rows) {
        painter.setPen(theme.muted);
        painter.drawText(QRect(m_counts.left(), y, m_counts.width(), line), Qt::AlignVCenter | Qt::AlignLeft,
                         fontMetrics().elidedText(QStringLiteral("%1: %2").arg(name, runText(*counts)), Qt::ElideRight,
                                                  m_counts.width()));
        y += line;
        const auto pixels = [&](std::int64_t part) {
            return int(double(m_counts.width()) * double(part) / double(most));
        };
        painter.fillRect(QRect(m_counts.left(), y + 2, std::max(1, pixels(counts->memory)), line - 8),
                         mixed(theme.panel, theme.levels[1], 0.45));
        painter.fillRect(
            QRect(m_counts.left(), y + 2, counts->missed[0] > 0 ? std::max(1, pixels(counts->missed[0])) : 0, line - 8),
            theme.removedMark);
        y += line;
    }
}

}  // namespace strata
