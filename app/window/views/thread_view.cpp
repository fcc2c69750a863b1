#include "app/window/views/thread_view.h"

#include "app/window/theme/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <set>

namespace strata {

namespace {

constexpr int margin = 10, gap = 8;

QString extentText(const std::array<std::int64_t, 3>& extents)
{
    QStringList parts;
    for (std::size_t d = 3; d-- > 0;)
        if (extents[d] > 1 || (d == 0 && parts.isEmpty()))
            parts << QString::number(extents[d]);
    return parts.join(QStringLiteral(" × "));
}

}  // namespace

ThreadView::ThreadView(QWidget* parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Blocks and threads"));
    setToolTip(tr("Which thread touches what; click on a block, a thread or an element"));
    hide();
}

void ThreadView::setAccesses(AccessPicturePtr accesses)
{
    const bool same = m_accesses && accesses && m_accesses->function == accesses->function;
    m_accesses = std::move(accesses);
    choose(same ? m_picture.block : 0, same ? m_thread : 0);
}

void ThreadView::choose(std::int64_t block, std::int64_t thread)
{
    m_picture = m_accesses && !m_accesses->axes.empty() ? threadPicture(m_accesses->trace, m_accesses->axes, block)
                                                        : ThreadPicture();
    m_thread = std::clamp<std::int64_t>(thread, 0, m_picture.threadCount() - 1);
    setVisible(!m_picture.empty());
    layOut(width());
    setFixedHeight(std::max(1, m_height));
    setAccessibleDescription(sentences().join(QLatin1Char('\n')));
    update();
}

// --- where it stands

QRect ThreadView::Grid::cell(std::int64_t index) const
{
    return {rect.left() + int(index % across) * size, rect.top() + int(index / across) * size, size, size};
}

std::int64_t ThreadView::Grid::at(const QPoint& point) const
{
    if (!rect.contains(point))
        return -1;
    return (point.y() - rect.top()) / size * across + (point.x() - rect.left()) / size;
}

ThreadView::Grid ThreadView::gridOf(const std::array<std::int64_t, 3>& extents, const QPoint& at, int width,
                                    int largest) const
{
    Grid grid;
    const std::int64_t count = extents[0] * extents[1] * extents[2];
    grid.across = extents[1] * extents[2] > 1 ? extents[0] : std::min<std::int64_t>(count, 32);
    grid.size = int(std::clamp<std::int64_t>(width / std::max<std::int64_t>(1, grid.across), 3, largest));
    const std::int64_t down = (count + grid.across - 1) / grid.across;
    grid.rect = QRect(at, QSize(int(grid.across) * grid.size, int(down) * grid.size));
    return grid;
}

// Blocks left, threads beside, then each row under its title. Returns the height.
int ThreadView::layOut(int width)
{
    const int line = lineHeight(), room = std::max(80, width - 2 * margin);
    m_blocks = gridOf(m_picture.blocks, {margin, 4 + line}, room / 4, 16);
    m_threads = gridOf(m_picture.threads, {m_blocks.rect.right() + 3 * gap, 4 + line}, room * 2 / 3, 12);
    int y = std::max(m_blocks.rect.bottom(), m_threads.rect.bottom()) + gap;
    m_strips.clear();
    for (const ThreadPicture::Row& row : m_picture.rows) {
        Strip strip;
        const std::int64_t columns = row.shape.empty() ? 1 : row.shape.back();
        std::int64_t first = columns, last = 0;
        std::set<std::int64_t> lines;
        for (const auto& [element, by] : row.elements) {
            first = std::min(first, element % columns);
            last = std::max(last, element % columns);
            lines.insert(element / columns);
        }
        if (lines.size() > 1) {  // as it lies: lines below each other
            strip.across = last - first + 1;
            for (const std::int64_t one : lines)
                for (std::int64_t column = first; column <= last; ++column)
                    strip.elements.push_back(one * columns + column);
        } else {
            for (const auto& [element, by] : row.elements)
                strip.elements.push_back(element);
            strip.across = std::min<std::int64_t>(std::int64_t(strip.elements.size()), 32);
        }
        strip.size = int(std::clamp<std::int64_t>(room / std::max<std::int64_t>(1, strip.across), 2, 11));
        const auto cells = std::int64_t(strip.elements.size());
        const std::int64_t down = std::min<std::int64_t>((cells + strip.across - 1) / strip.across, 160 / strip.size);
        strip.rect = QRect(margin, y + line, int(strip.across) * strip.size, int(down) * strip.size);
        y = strip.rect.bottom() + gap;
        m_strips.push_back(std::move(strip));
    }
    m_height = y + line * int(sentences().size()) + 4;
    return m_height;
}

int ThreadView::heightForWidth(int width) const
{
    return m_picture.empty() ? 0 : const_cast<ThreadView*>(this)->layOut(width);
}

QRect ThreadView::blockCell(std::int64_t block) const { return m_blocks.cell(block); }
QRect ThreadView::threadCell(std::int64_t thread) const { return m_threads.cell(thread); }
QRect ThreadView::elementCell(std::size_t row, std::int64_t element) const
{
    const Strip& strip = m_strips[row];
    const auto found = std::find(strip.elements.begin(), strip.elements.end(), element);
    return found == strip.elements.end() ? QRect() : strip.cell(found - strip.elements.begin());
}

// --- by hand

void ThreadView::mousePressEvent(QMouseEvent* event)
{
    if (const std::int64_t block = m_blocks.at(event->pos()); block >= 0 && block < m_picture.blockCount())
        return choose(block, m_thread);
    if (const std::int64_t thread = m_threads.at(event->pos()); thread >= 0 && thread < m_picture.threadCount())
        return choose(m_picture.block, thread);
    for (std::size_t i = 0; i < m_strips.size(); ++i) {
        const std::int64_t cell = m_strips[i].at(event->pos());
        if (cell < 0 || cell >= std::int64_t(m_strips[i].elements.size()))
            continue;
        const auto& elements = m_picture.rows[i].elements;
        if (const auto by = elements.find(m_strips[i].elements[std::size_t(cell)]); by != elements.end())
            return choose(m_picture.block, by->second.front());
    }
}

void ThreadView::keyPressEvent(QKeyEvent* event)
{
    const int by = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
    if (by == 0 || m_picture.empty())
        return QWidget::keyPressEvent(event);
    if (event->modifiers() & Qt::ShiftModifier)
        return choose(m_picture.block + by, m_thread);
    choose(m_picture.block, m_thread + by);
}

// --- painting

QColor ThreadView::colorOf(std::int64_t thread, const Theme& theme) const
{
    const double share = double(thread) / double(std::max<std::int64_t>(1, m_picture.threadCount()));
    const bool dark = theme.panel.lightness() < 128;
    return QColor::fromHsvF(float(0.83 * share), dark ? 0.55F : 0.45F, dark ? 0.75F : 0.95F);
}

QString ThreadView::titleOf(const ThreadPicture::Row& row) const
{
    const auto name = [](const std::string& text) { return QString::fromStdString(text); };
    const QString what = (row.write ? tr("%1 writes %2") : tr("%1 reads %2")).arg(name(row.block), name(row.buffer));
    const std::size_t most = row.mostThreads();
    return what + QStringLiteral(" · ")
           + (most == 1 ? tr("%1 elements, each by one thread").arg(row.elements.size())
                        : tr("%1 elements, by up to %2 threads").arg(row.elements.size()).arg(most));
}

void ThreadView::paintRow(QPainter& painter, std::size_t row, const Theme& theme) const
{
    const Strip& strip = m_strips[row];
    const ThreadPicture::Row& touched = m_picture.rows[row];
    painter.setPen(theme.text);
    painter.drawText(strip.rect.left(), strip.rect.top() - 5,
                     fontMetrics().elidedText(titleOf(touched), Qt::ElideRight, width() - 2 * margin));
    std::vector<QRect> own;
    for (std::size_t i = 0; i < strip.elements.size(); ++i) {
        const QRect cell = strip.cell(std::int64_t(i));
        if (cell.bottom() > strip.rect.bottom())
            break;
        const auto by = touched.elements.find(strip.elements[i]);
        if (by == touched.elements.end()) {
            painter.fillRect(cell.adjusted(0, 0, -1, -1), theme.line);
            continue;
        }
        const bool mine = std::find(by->second.begin(), by->second.end(), m_thread) != by->second.end();
        painter.fillRect(cell.adjusted(0, 0, -1, -1), colorOf(mine ? m_thread : by->second.front(), theme));
        if (mine)
            own.push_back(cell);
    }
    painter.setPen(QPen(theme.text, 2));
    for (const QRect& cell : own)
        painter.drawRect(cell.adjusted(0, 0, -1, -1));
}

void ThreadView::paintEvent(QPaintEvent*)
{
    if (m_picture.empty())
        return;
    const Theme& theme = themeOf(palette());
    QPainter painter(this);
    painter.setPen(theme.text);
    painter.drawText(m_blocks.rect.left(), m_blocks.rect.top() - 5, tr("%1 blocks").arg(extentText(m_picture.blocks)));
    painter.drawText(m_threads.rect.left(), m_threads.rect.top() - 5,
                     tr("of %1 threads").arg(extentText(m_picture.threads)));
    for (std::int64_t i = 0; i < m_picture.blockCount(); ++i)
        painter.fillRect(m_blocks.cell(i).adjusted(0, 0, -1, -1), i == m_picture.block ? theme.accent : theme.line);
    for (std::int64_t i = 0; i < m_picture.threadCount(); ++i)
        painter.fillRect(m_threads.cell(i).adjusted(0, 0, -1, -1), colorOf(i, theme));
    painter.setPen(QPen(theme.text, 2));
    painter.drawRect(m_threads.cell(m_thread).adjusted(0, 0, -1, -1));
    for (std::size_t row = 0; row < m_strips.size(); ++row)
        paintRow(painter, row, theme);
    painter.setPen(theme.text);
    int y = m_strips.empty() ? m_threads.rect.bottom() + gap : m_strips.back().rect.bottom() + gap;
    for (const QString& sentence : sentences())
        painter.drawText(margin, y += lineHeight(),
                         fontMetrics().elidedText(sentence, Qt::ElideRight, width() - 2 * margin));
}

}  // namespace strata
