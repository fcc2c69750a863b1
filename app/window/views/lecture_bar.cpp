#include "app/window/views/lecture_bar.h"

#include "app/window/theme/theme.h"

#include <QPainter>

namespace strata {

namespace {

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
}

QSize LectureBar::sizeHint() const { return {400, fontMetrics().height() * 8}; }

void LectureBar::setText(LectureText text)
{
    m_text = std::move(text);
    setAccessibleName(m_text.title + QStringLiteral(". ") + m_text.sentence + QStringLiteral(" ") + m_text.figure);
    update();
}

void LectureBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Theme& theme = themeOf(palette());
    painter.fillRect(rect(), theme.panel);
    painter.setPen(QPen(theme.line, 2));
    painter.drawLine(rect().topLeft(), rect().topRight());
    const int margin = 28;
    const QFont large = scaled(font(), 2.4, true), middle = scaled(font(), 1.7, false),
                small = scaled(font(), 1.4, false);
    const int figureWidth = std::max(QFontMetrics(large).horizontalAdvance(m_text.figure),
                                     QFontMetrics(small).horizontalAdvance(m_text.remark));
    const QRect left = rect().adjusted(margin, 14, -margin - figureWidth - 24, -24);
    const int titleHeight = QFontMetrics(large).height();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(large);
    painter.setPen(theme.text);
    painter.drawText(left, Qt::AlignTop | Qt::AlignLeft,
                     QFontMetrics(large).elidedText(m_text.title, Qt::ElideRight, left.width()));
    painter.setPen(theme.accent);
    painter.drawText(rect().adjusted(0, 14, -margin, 0), Qt::AlignTop | Qt::AlignRight, m_text.figure);
    painter.setFont(middle);
    painter.setPen(theme.muted);
    painter.drawText(left.adjusted(0, titleHeight + 4, 0, 0), Qt::AlignTop | Qt::AlignLeft,
                     QFontMetrics(middle).elidedText(m_text.sentence, Qt::ElideRight, left.width()));
    painter.setFont(small);
    painter.drawText(rect().adjusted(0, 14 + titleHeight, -margin, 0), Qt::AlignTop | Qt::AlignRight, m_text.remark);
    painter.setPen(Qt::NoPen);
    const int dot = m_text.steps > 24 ? 10 : 28;
    for (int i = 0; i < m_text.steps; ++i) {
        painter.setBrush(i < m_text.step ? theme.accent : theme.line);
        painter.drawRoundedRect(QRect(margin + i * (dot + 7), rect().bottom() - 20, dot, 7), 3, 3);
    }
}

}  // namespace strata
