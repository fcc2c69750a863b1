#include "app/window/views/search_view.h"

#include "app/window/models/format.h"
#include "app/window/theme/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace strata {

namespace {

constexpr double radius = 3.5, margin = 10;

}  // namespace

SearchView::SearchView(QWidget* parent)
    : QWidget(parent)
{
    setMinimumHeight(110);
    setAccessibleName(tr("What was measured"));
}

void SearchView::setTrials(const QString& function, double first, std::vector<double> trials)
{
    m_function = function;
    m_first = first;
    m_trials = std::move(trials);
    setAccessibleDescription(sentence());
    setToolTip(sentence());
    update();
}

QString SearchView::sentence() const
{
    if (m_trials.empty())
        return tr("A point for each candidate that is measured, and the best so far as a line.");
    const double best = std::min(m_first, *std::min_element(m_trials.begin(), m_trials.end()));
    return tr("%1: %2 measured, best %3, by the rules %4")
        .arg(m_function)
        .arg(m_trials.size())
        .arg(formatTime(best), formatTime(m_first));
}

QRectF SearchView::plot() const
{
    const double line = fontMetrics().height();
    return QRectF(rect()).adjusted(margin, line + 2 * radius + 6, -margin, -margin);
}

// From no time at the bottom to the slowest at the top.
double SearchView::heightOf(double ms) const
{
    const double most = std::max(m_first, *std::max_element(m_trials.begin(), m_trials.end()));
    return plot().bottom() - plot().height() * ms / most;
}

QPointF SearchView::pointOf(std::size_t trial) const
{
    return {plot().left() + plot().width() * double(trial + 1) / double(m_trials.size()), heightOf(m_trials[trial])};
}

void SearchView::paintEvent(QPaintEvent*)
{
    const Theme& theme = themeOf(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(theme.muted);
    painter.drawText(rect().adjusted(int(margin), 2, -int(margin), 0), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap,
                     sentence());
    if (m_trials.empty())
        return;
    painter.setPen(theme.line);
    painter.drawLine(plot().bottomLeft(), plot().bottomRight());
    painter.setPen(QPen(theme.muted, 1, Qt::DashLine));
    painter.drawLine(QPointF(plot().left(), heightOf(m_first)), QPointF(plot().right(), heightOf(m_first)));
    double best = m_first;
    QPainterPath line(QPointF(plot().left(), heightOf(best)));
    for (std::size_t i = 0; i < m_trials.size(); ++i) {
        line.lineTo(pointOf(i).x(), heightOf(best));
        best = std::min(best, m_trials[i]);
        line.lineTo(pointOf(i).x(), heightOf(best));
    }
    painter.setPen(QPen(theme.accent, 2));
    painter.drawPath(line);
    painter.setPen(Qt::NoPen);
    for (std::size_t i = 0; i < m_trials.size(); ++i) {
        painter.setBrush(m_trials[i] <= best ? theme.accent : theme.muted);
        painter.drawEllipse(pointOf(i), radius, radius);
    }
}

}  // namespace strata
