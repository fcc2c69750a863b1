#include "app/window/views/lecture_bar.h"

#include "app/window/theme/theme.h"

#include <QMouseEvent>
#include <QPainter>

namespace strata {

namespace {

constexpr int margin = 28, dashHeight = 7, dashGap = 7, longestDash = 28;

QFont scaled(QFont font, double factor, bool bold)
{
    font.setPointSizeF(font.pointSizeF() * factor);
    font.setBold(bold);
    return font;
}

}  // namespace

LectureBar::LectureBar(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setToolTip(tr("A dash is a step: click it, or drag along them"));
}

QSize LectureBar::sizeHint() const { return {400, fontMetrics().height() * 8}; }

const LectureStep& LectureBar::step() const { return m_steps[static_cast<std::size_t>(m_current)]; }

void LectureBar::setSteps(std::vector<LectureStep> steps, int current, const QString& verdict)
{
    if (steps.empty())
        return;
    m_steps = std::move(steps);
    m_current = std::clamp(current, 0, static_cast<int>(m_steps.size()) - 1);
    m_verdict = verdict;
    setAccessibleName(step().title + QStringLiteral(". ") + sentence() + QStringLiteral(" ") + step().figure);
    update();
}

void LectureBar::setNotesShown(bool shown)
{
    m_notesShown = shown;
    update();
}

QString LectureBar::sentence() const
{
    return m_notesShown && !step().notes.isEmpty() ? step().notes.join(QLatin1Char(' ')) : step().sentence;
}

QString LectureBar::remark() const
{
    QStringList parts{step().remark, m_verdict};
    parts.removeAll(QString());
    return parts.join(QStringLiteral(", "));
}

QRect LectureBar::dashRect(int number) const
{
    const int count = std::max<int>(1, static_cast<int>(m_steps.size()) - 1);
    const double pitch = std::min<double>(longestDash + dashGap, double(width() - 2 * margin) / count);
    const double gap = std::min<double>(dashGap, pitch / 4);
    return QRectF(margin + (number - 1) * pitch, height() - 20, pitch - gap, dashHeight).toRect();
}

void LectureBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Theme& theme = themeOf(palette());
    painter.fillRect(rect(), theme.panel);
    painter.setPen(QPen(theme.line, 2));
    painter.drawLine(rect().topLeft(), rect().topRight());
    painter.setRenderHint(QPainter::Antialiasing);
    paintTexts(painter);
    paintDashes(painter);
}

void LectureBar::paintTexts(QPainter& painter) const
{
    const Theme& theme = themeOf(palette());
    const QFont large = scaled(font(), 2.4, true), middle = scaled(font(), 1.7, false),
                small = scaled(font(), 1.4, false);
    const int figureWidth = std::max(QFontMetrics(large).horizontalAdvance(step().figure),
                                     QFontMetrics(small).horizontalAdvance(remark()));
    const QRect left = rect().adjusted(margin, 14, -margin - figureWidth - 24, -26);
    const int titleHeight = QFontMetrics(large).height();
    painter.setFont(large);
    painter.setPen(theme.text);
    painter.drawText(left, Qt::AlignTop | Qt::AlignLeft,
                     QFontMetrics(large).elidedText(step().title, Qt::ElideRight, left.width()));
    painter.setPen(theme.accent);
    painter.drawText(rect().adjusted(0, 14, -margin, 0), Qt::AlignTop | Qt::AlignRight, step().figure);
    painter.setFont(middle);
    painter.setPen(theme.muted);
    painter.drawText(left.adjusted(0, titleHeight + 4, 0, 0), Qt::AlignTop | Qt::AlignLeft | Qt::TextWordWrap,
                     sentence());
    painter.setFont(small);
    painter.drawText(rect().adjusted(0, 14 + titleHeight, -margin, 0), Qt::AlignTop | Qt::AlignRight, remark());
}

void LectureBar::paintDashes(QPainter& painter) const
{
    const Theme& theme = themeOf(palette());
    painter.setPen(Qt::NoPen);
    for (int i = 1; i < static_cast<int>(m_steps.size()); ++i) {
        painter.setBrush(i <= m_current ? theme.accent : theme.line);
        painter.drawRoundedRect(dashRect(i), 3, 3);
    }
}

void LectureBar::choose(const QPoint& at)
{
    if (at.y() < height() - 32 || m_steps.size() < 2)
        return;
    int number = 0;  // left of the first: the model
    while (number + 1 < static_cast<int>(m_steps.size()) && dashRect(number + 1).left() <= at.x())
        ++number;
    if (number != m_current)
        emit chosen(m_steps[static_cast<std::size_t>(number)].state);
}

void LectureBar::mousePressEvent(QMouseEvent* event) { choose(event->pos()); }

void LectureBar::mouseMoveEvent(QMouseEvent* event)
{
    if (event->buttons() & Qt::LeftButton)
        choose(event->pos());
}

}  // namespace strata
