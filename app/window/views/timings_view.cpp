#include "app/window/views/timings_view.h"

#include "app/window/theme/theme.h"
#include "app/window/views/line_rows.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

namespace strata {

TimingsView::TimingsView(QWidget* parent)
    : QAbstractScrollArea(parent)
{
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setBackgroundRole(QPalette::Base);
    setAccessibleName(tr("Timings"));
}

void TimingsView::setBars(std::vector<TimingBar> bars, const QString& note, const QString& hint)
{
    m_bars = std::move(bars);
    m_note = note;
    m_hint = hint;
    QStringList spoken;
    for (const TimingBar& bar : m_bars)
        spoken << bar.name + QStringLiteral(": ") + bar.text;
    setAccessibleDescription(spoken.isEmpty() ? hint : spoken.join(QStringLiteral("; ")));
    layOut();
    viewport()->update();
}

int TimingsView::lineHeight() const { return fontMetrics().height() + 4; }

int TimingsView::rowAt(int y) const
{
    y += verticalScrollBar()->value();
    for (std::size_t i = 0; i < m_rows.size(); ++i)
        if (y >= m_rows[i].top && y < m_rows[i].top + m_rows[i].height)
            return static_cast<int>(i);
    return -1;
}

// Its rightmost mark.
double TimingsView::reach(const TimingBar& bar)
{
    return bar.earlier.empty() ? bar.high
                               : std::max(bar.high, *std::max_element(bar.earlier.begin(), bar.earlier.end()));
}

double TimingsView::length(double ms) const { return m_room * std::min(1.0, ms / m_most); }

namespace {

// Parts, as many in a line as fit: the first line has `first` pixels, the others `others`.
QStringList broken(const QStringList& parts, const QFontMetrics& metrics, int first, int others)
{
    QStringList lines;
    for (const QString& part : parts) {
        const QString longer = lines.isEmpty() ? part : lines.last() + QStringLiteral("   ") + part;
        if (lines.isEmpty() || metrics.horizontalAdvance(longer) <= (lines.size() == 1 ? first : others))
            lines.isEmpty() ? lines.append(part) : static_cast<void>(lines.last() = longer);
        else
            lines << part;
    }
    return lines;
}

}  // namespace

// All in rows of one line, if that leaves the bars some room.
void TimingsView::layOut()
{
    const QFontMetrics metrics = fontMetrics();
    const int width = viewport()->width();
    int names = 0, texts = 0, firsts = 0;
    m_most = 1e-30;
    for (const TimingBar& bar : m_bars) {
        m_most = std::max(m_most, bar.median * 1.1);
        for (const double earlier : bar.earlier)
            m_most = std::max(m_most, earlier * 1.05);
        names = std::max(names, metrics.horizontalAdvance(bar.name) + 2);  // which is rounded
        texts = std::max(texts, metrics.horizontalAdvance(bar.text));
        firsts = std::max(firsts, metrics.horizontalAdvance(bar.text.section(QStringLiteral("   "), 0, 0)));
    }
    m_left = 12 + std::min(names, width * 2 / 5) + 12;
    const int left = width - m_left - 20, least = 60;
    m_room = std::max(30, left - (left - texts >= least ? texts : firsts));
    if (left - texts < least)
        m_room = std::clamp(m_room, 30.0, 160.0);
    m_rows.clear();
    int top = 4;
    for (const TimingBar& bar : m_bars) {
        const int beside = width - 8 - (m_left + static_cast<int>(length(reach(bar))) + 8);
        Row row{top, 0, broken(bar.text.split(QStringLiteral("   ")), metrics, beside, width - 8 - m_left)};
        row.height = lineHeight() * static_cast<int>(row.lines.size()) + 6;
        top += row.height;
        m_rows.push_back(std::move(row));
    }
    const int columns = std::max(20, (width - 20) / std::max(1, metrics.averageCharWidth()));
    m_foot = metrics.horizontalAdvance(m_note) <= width - 20 ? QStringList{m_note} : wrapped(m_note, columns);
    updateScrollBar();
}

void TimingsView::updateScrollBar()
{
    const int bars = m_rows.empty() ? 0 : m_rows.back().top + m_rows.back().height;
    const int height = bars + lineHeight() * static_cast<int>(m_foot.size()) + 8;
    verticalScrollBar()->setRange(0, m_bars.empty() ? 0 : std::max(0, height - viewport()->height()));
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setSingleStep(lineHeight() + 6);
}

void TimingsView::resizeEvent(QResizeEvent*) { layOut(); }

void TimingsView::changeEvent(QEvent* event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        layOut();
}

void TimingsView::paintEvent(QPaintEvent*)
{
    QPainter painter(viewport());
    const Theme& theme = themeOf(palette());
    painter.fillRect(viewport()->rect(), theme.panel);
    painter.setPen(theme.muted);
    if (m_bars.empty()) {
        painter.drawText(viewport()->rect().adjusted(16, 8, -16, -8), Qt::AlignCenter | Qt::TextWordWrap, m_hint);
        return;
    }
    const int scrolled = verticalScrollBar()->value();
    for (std::size_t i = 0; i < m_bars.size(); ++i)
        paintBar(painter, m_bars[i], m_rows[i], m_rows[i].top - scrolled);
    painter.setPen(theme.muted);
    int foot = m_rows.back().top + m_rows.back().height - scrolled;
    for (const QString& line : m_foot) {
        painter.drawText(QRect(12, foot, viewport()->width() - 20, lineHeight()), Qt::AlignVCenter, line.trimmed());
        foot += lineHeight();
    }
}

void TimingsView::paintBar(QPainter& painter, const TimingBar& bar, const Row& row, int top) const
{
    const Theme& theme = themeOf(palette());
    const QRect line(0, top, viewport()->width(), lineHeight() + 6);
    painter.setPen(bar.current ? theme.text : theme.muted.darker(theme.dark ? 90 : 110));
    painter.drawText(QRect(12, top, m_left - 24, line.height()), Qt::AlignVCenter,
                     fontMetrics().elidedText(bar.name, Qt::ElideRight, m_left - 24));
    const double width = std::max(2.0, length(bar.median));
    const QRectF rect(m_left, line.center().y() - 5, width, 11);
    painter.setPen(Qt::NoPen);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(bar.elsewhere ? QColor(theme.accent.red(), theme.accent.green(), theme.accent.blue(), 120)
                     : bar.current ? theme.accent
                     : bar.branch  ? theme.level(Level::Loops)
                                   : QColor(theme.muted.red(), theme.muted.green(), theme.muted.blue(), 160));
    if (bar.kept) {  // dotted: not of today
        painter.setPen(QPen(painter.brush().color(), 1, Qt::DotLine));
        painter.setBrush(Qt::NoBrush);
    }
    painter.drawRoundedRect(rect, 2, 2);
    painter.setPen(Qt::NoPen);
    if (bar.device > 0) {  // the kernels' share of it
        painter.setBrush(theme.level(Level::Hardware));
        painter.drawRoundedRect(QRectF(rect.topLeft(), QSizeF(std::min(width, length(bar.device)), rect.height())), 2,
                                2);
    }
    painter.setPen(QPen(theme.text, 1));
    painter.drawLine(QPointF(m_left + length(bar.low), rect.center().y()),
                     QPointF(m_left + length(bar.high), rect.center().y()));
    paintEarlier(painter, bar, rect.center().y());
    painter.setPen(theme.text);
    int left = m_left + static_cast<int>(std::max(width, length(reach(bar)))) + 8, y = top + 3;
    for (const QString& text : row.lines) {
        const QRect rest(left, y, std::max(0, viewport()->width() - 8 - left), lineHeight());
        painter.drawText(rest, Qt::AlignVCenter, fontMetrics().elidedText(text, Qt::ElideRight, rest.width()));
        left = m_left;
        y += lineHeight();
    }
}

// The last are drawn over those before, which fade.
void TimingsView::paintEarlier(QPainter& painter, const TimingBar& bar, double y) const
{
    const Theme& theme = themeOf(palette());
    constexpr double d = 3.5;
    for (std::size_t i = 0; i < bar.earlier.size(); ++i) {
        const double x = m_left + length(bar.earlier[i]);
        QColor color = theme.text;
        color.setAlphaF(static_cast<float>(0.35 + 0.65 * double(i + 1) / double(bar.earlier.size())));
        painter.setPen(QPen(color, 1));
        painter.setBrush(theme.panel);
        painter.drawPolygon(QPolygonF{{x, y - d}, {x + d, y}, {x, y + d}, {x - d, y}});
    }
}

void TimingsView::mousePressEvent(QMouseEvent* event)
{
    if (const int row = rowAt(event->pos().y()); row >= 0)
        emit stateChosen(m_bars[row].state);
}

bool TimingsView::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int row = rowAt(help->pos().y());
        QToolTip::showText(help->globalPos(), row >= 0 ? m_bars[row].toolTip : QString(), this);
        return true;
    }
    return QAbstractScrollArea::viewportEvent(event);
}

}  // namespace strata
