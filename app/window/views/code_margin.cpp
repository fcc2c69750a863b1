#include "app/window/views/code_margin.h"

#include "app/window/theme/theme.h"

#include <algorithm>

namespace strata {

namespace {

constexpr int mostLanes = 8, linesTogether = 64;
constexpr double laneChars = 0.9, headChars = 1.2;  // characters: between two arrows, of an arrow's end

}  // namespace

void CodeMargin::setColumn(std::map<int, QString> texts)
{
    m_column = std::move(texts);
    m_longest = 0;
    for (const auto& [number, text] : m_column)
        m_longest = std::max(m_longest, static_cast<int>(text.size()));
}

void CodeMargin::setJumps(bool on, const LineDocument* document)
{
    m_arrows.clear();
    m_near.clear();
    m_lit.clear();
    m_lanes = 0;
    if (!on || !document)
        return;
    QStringList lines;
    for (const PaneLine& line : document->lines)
        lines << (line.number > 0 ? line.text : QString());
    m_arrows = jumpArrows(lines, mostLanes);
    m_near.resize(std::size_t(lines.size() / linesTogether + 1));
    for (std::size_t i = 0; i < m_arrows.size(); ++i) {
        m_lanes = std::max(m_lanes, m_arrows[i].lane + 1);
        for (int at = m_arrows[i].first / linesTogether; at <= m_arrows[i].last / linesTogether; ++at)
            m_near[std::size_t(at)].push_back(static_cast<int>(i));
    }
}

std::vector<int> CodeMargin::arrowsAt(int line) const
{
    std::vector<int> found;
    if (const std::size_t at = std::size_t(line / linesTogether); at < m_near.size())
        for (const int arrow : m_near[at])
            if (m_arrows[std::size_t(arrow)].first <= line && line <= m_arrows[std::size_t(arrow)].last)
                found.push_back(arrow);
    return found;
}

// The innermost loop around each of the lines, and what jumps from there or arrives there.
void CodeMargin::light(const std::set<int>& lines)
{
    m_lit.clear();
    for (const int line : lines) {
        int innermost = -1;
        for (const int index : arrowsAt(line)) {
            const JumpArrow& arrow = m_arrows[std::size_t(index)];
            if (arrow.back && (innermost < 0 || arrow.lane < m_arrows[std::size_t(innermost)].lane))
                innermost = index;
            if (line == arrow.target || std::binary_search(arrow.sources.begin(), arrow.sources.end(), line))
                m_lit.insert(index);
        }
        if (innermost >= 0)
            m_lit.insert(innermost);
    }
}

int CodeMargin::targetOf(int line) const
{
    for (const int index : arrowsAt(line))
        if (const JumpArrow& arrow = m_arrows[std::size_t(index)];
            std::binary_search(arrow.sources.begin(), arrow.sources.end(), line))
            return arrow.target;
    return -1;
}

void CodeMargin::setView(int width, double charWidth)
{
    constexpr double share = 0.4;
    constexpr int least = 5, apart = 2;  // characters
    const int most = std::max(least, static_cast<int>(share * width / charWidth));
    m_charWidth = charWidth;
    m_columnChars = m_longest == 0 ? 0 : std::min(m_longest, most) + apart;
    const double arrows = m_lanes == 0 ? 0 : m_lanes * laneChars + headChars;
    m_width = qRound((m_columnChars + arrows) * charWidth);
}

void CodeMargin::paint(QPainter& painter, const PaneLine& line, int index, const QRect& rect, int rowHeight, int ascent,
                       const Theme& theme) const
{
    if (const auto text = m_column.find(line.number); line.number > 0 && text != m_column.end()) {
        const int room = m_columnChars - 2;
        painter.setPen(theme.muted);
        painter.drawText(QPointF(rect.left(), rect.top() + ascent),
                         text->second.size() <= room ? text->second
                                                     : text->second.left(room - 1).trimmed() + QStringLiteral("…"));
    }
    if (m_lanes > 0)
        paintArrows(painter, index, rect, rowHeight, theme);
}

void CodeMargin::paintArrows(QPainter& painter, int line, const QRect& rect, int rowHeight, const Theme& theme) const
{
    const double end = rect.left() + m_width - 2, middle = rect.top() + rowHeight / 2.0;
    std::vector<int> here = arrowsAt(line);
    std::stable_partition(here.begin(), here.end(), [this](int index) { return m_lit.count(index) == 0; });
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    for (const int index : here) {
        const JumpArrow& arrow = m_arrows[std::size_t(index)];
        const bool strong = m_lit.count(index) > 0;
        const QColor color = strong ? theme.selectedMark : arrow.back ? theme.muted : theme.line;
        const double x = end - (headChars + arrow.lane * laneChars) * m_charWidth;
        painter.setPen(QPen(color, strong ? 2 : 1));
        painter.drawLine(QPointF(x, line == arrow.first ? middle : rect.top()),
                         QPointF(x, line == arrow.last ? middle : rect.top() + rect.height()));
        const bool isTarget = line == arrow.target;
        if (!isTarget && !std::binary_search(arrow.sources.begin(), arrow.sources.end(), line))
            continue;
        painter.drawLine(QPointF(x, middle), QPointF(end, middle));
        if (!isTarget)
            continue;
        const double head = rowHeight * 0.22;
        painter.setBrush(color);
        painter.setPen(Qt::NoPen);
        painter.drawPolygon(QPolygonF{QPointF(end + 1, middle), QPointF(end - 1.6 * head, middle - head),
                                      QPointF(end - 1.6 * head, middle + head)});
    }
    painter.restore();
}

}  // namespace strata
