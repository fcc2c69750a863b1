#include "app/window/views/text_view.h"

#include "app/window/theme/theme.h"

#include <QPaintEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>

namespace strata {

namespace {

struct Mark {
    QColor ground, sign;
    QString text;
};

Mark markOf(const PaneLine& line, const Theme& theme)
{
    switch (line.change) {
    case DiffKind::Added: return {theme.addedGround, theme.addedMark, QStringLiteral("+")};
    case DiffKind::Removed: return {theme.removedGround, theme.removedMark, QStringLiteral("−")};
    case DiffKind::Changed: return {QColor(), theme.muted, QStringLiteral("~")};
    case DiffKind::Same: break;
    }
    return {};
}

}  // namespace

void TextView::paintEvent(QPaintEvent* event)
{
    QPainter painter(viewport());
    const Theme& theme = themeOf(palette());
    painter.fillRect(event->rect(), theme.panel);
    for (int line = m_rows.lineAt(verticalScrollBar()->value());
         line < lineCount() && lineRect(line).top() < viewport()->height(); ++line) {
        paintLine(painter, line, lineRect(line).top(), viewport()->width(), horizontalScrollBar()->value(), theme);
        paintCaret(painter, line, theme);
    }
    if (!m_ghost)
        return;
    painter.setPen(QPen(theme.accent, 1.5, Qt::DashLine));
    painter.drawRect(viewport()->rect().adjusted(1, 1, -2, -2));
}

void TextView::renderAll(QPainter& painter)
{
    if (const std::unique_ptr<TextView> plain = inLine())
        return plain->renderAll(painter);
    LineRows whole;
    whole.layOut(document(), labelRows());
    std::swap(m_rows, whole);
    for (int line = 0; line < lineCount(); ++line)
        paintLine(painter, line, 4 + m_rows.rowOf(line) * m_rowHeight, fullSize().width(), 0, lightTheme());
    std::swap(m_rows, whole);
}

void TextView::paintLine(QPainter& painter, int row, int y, int width, int scroll, const Theme& theme) const
{
    const PaneLine& line = document()->lines[row];
    const int text = m_rows.rowsOf(row) * m_rowHeight, height = text + emptyRows(row) * m_rowHeight;
    const QRect rect(0, y, width, height);
    const Mark mark = markOf(line, theme);
    const bool lit = m_lit.count(row) > 0;
    if (lit || mark.ground.isValid() || line.source > 0)
        painter.fillRect(rect, lit ? theme.selectedGround : line.source > 0 ? theme.ground : mark.ground);
    if (lit)
        painter.fillRect(QRect(0, y, 3, height), theme.selectedMark);
    for (std::size_t i = 0; i < m_refused.size(); ++i) {
        const std::vector<int> lines = linesOfInstance(m_refused[i]);
        if (std::find(lines.begin(), lines.end(), row) == lines.end())
            continue;
        const bool later = m_refused[i].later;
        QColor color = later ? theme.removedMark : theme.accent;
        painter.fillRect(QRect(later ? 8 : 4, y, 3, height), color);
        color.setAlpha(theme.dark ? 44 : 30);
        painter.fillRect(rect, color);
    }
    const int gutter = gutterWidth();
    const QRect body(gutter, y, width - gutter, height);
    painter.setFont(m_font);
    painter.setClipRect(body);
    paintScopes(painter, row, gutter - scroll, y, theme);
    paintMarks(painter, row, gutter - scroll, y, theme);
    if (lit)
        paintLitNames(painter, row, gutter - scroll, y, theme);
    paintText(painter, row, gutter - scroll, y, theme);
    const int end = gutter - scroll + qRound((m_rows.columnsOfLast(row) + 2) * m_charWidth);
    if (const QString note = noteOf(row); !note.isEmpty()) {
        const QColor ground = lit ? theme.selectedGround : mark.ground.isValid() ? mark.ground : theme.panel;
        paintNote(painter, note, {end, y + text - m_rowHeight, width - end, m_rowHeight}, width, ground);
    }
    painter.setClipping(false);
    painter.setPen(theme.muted);
    const int signX = numbersWidth() - qRound(m_charWidth * 2) - 2;
    if (line.number > 0)
        painter.drawText(QRect(0, y, signX - qRound(m_charWidth / 2), m_rowHeight), Qt::AlignRight | Qt::AlignVCenter,
                         QString::number(line.number));
    if (line.source > 0) {
        painter.setPen(theme.level(Level::Loops));
        painter.drawText(QRect(0, y, signX, m_rowHeight), Qt::AlignRight | Qt::AlignVCenter,
                         QStringLiteral("%1│").arg(line.source));
    }
    painter.setPen(mark.sign);
    painter.drawText(signX, y + m_ascent, mark.text);
    m_margin.paint(painter, line, row, QRect(numbersWidth(), y, gutter - numbersWidth(), height), m_rowHeight, m_ascent,
                   theme);
    paintLabels(painter, row, y + height, width, theme);
}

// At the right end of the row. Where the line is in its way, it goes on under an ellipsis: a note is never out of
// sight.
void TextView::paintNote(QPainter& painter, const QString& note, const QRect& room, int width,
                         const QColor& ground) const
{
    const int aligned = width - qRound(QFontMetricsF(m_font).horizontalAdvance(note) + m_charWidth);
    const bool covers = room.left() > aligned;
    if (covers)
        painter.fillRect(QRect(aligned - qRound(2 * m_charWidth), room.top(), width, m_rowHeight), ground);
    painter.setPen(themeOf(palette()).muted);
    painter.drawText(aligned - (covers ? qRound(2 * m_charWidth) : 0), room.top() + m_ascent,
                     covers ? QStringLiteral("… ") + note : note);
}

// A bracket beside the body of each loop, strong beside what is selected, and the mark that folds it.
void TextView::paintScopes(QPainter& painter, int row, int x, int y, const Theme& theme) const
{
    for (const LoopScope& scope : m_text.scopes()) {
        if (row <= scope.line || row > scope.last)
            continue;
        const bool strong = m_lit.count(scope.line) > 0;
        const int bottom = y + (m_rows.rowsOf(row) + emptyRows(row)) * m_rowHeight, middle = bottom - m_rowHeight / 2;
        const int left = x + qRound((scope.column + 0.3) * m_charWidth);
        painter.setPen(QPen(strong ? theme.selectedMark : theme.line, strong ? 2 : 1));
        painter.drawLine(left, y, left, row == scope.last ? middle : bottom);
        if (row == scope.last)
            painter.drawLine(left, middle, left + qRound(m_charWidth * 0.6), middle);
    }
    const bool isFold = m_text.isFolded(row);
    if (!isFold && !m_text.scopeAt(row))
        return;
    int column = 0;
    while (document()->lines[row].text[column] == QLatin1Char(' '))
        ++column;
    painter.setPen(theme.muted);
    painter.drawText(QPointF(x + (column - 1.5) * m_charWidth, y + m_ascent),
                     isFold ? QStringLiteral("▸") : QStringLiteral("▾"));
}

void TextView::paintCaret(QPainter& painter, int row, const Theme& theme) const
{
    const QRect rect = lineRect(row);
    if (const auto selected = selectedIn(row)) {
        QColor veil = theme.accent;
        veil.setAlpha(m_selection.isByCharacter() ? 70 : 40);
        if (!m_selection.isByCharacter())
            painter.fillRect(rect, veil);
        else
            for (const QRectF& part : rectsOf(row, selected->first, selected->second - selected->first,
                                              gutterWidth() - horizontalScrollBar()->value(), rect.top()))
                painter.fillRect(part, veil);
    }
    if (row != caretLine() || !hasFocus())
        return;
    painter.setPen(theme.line.darker(theme.dark ? 70 : 120));
    painter.drawLine(rect.topLeft(), rect.topRight());
    painter.drawLine(rect.bottomLeft(), rect.bottomRight());
}

// What changed within the line; what is gone is struck through besides, so that it is not told by colour alone.
void TextView::paintMarks(QPainter& painter, int row, int x, int y, const Theme& theme) const
{
    const PaneLine& line = document()->lines[row];
    const bool gone = line.change == DiffKind::Removed;
    QColor color = gone ? theme.removedMark : theme.addedMark;
    for (const auto& [start, length] : line.marks)
        for (const QRectF& whole : rectsOf(row, start, length, x, y)) {
            const QRectF rect = whole.adjusted(0, 1, 0, -1);
            color.setAlpha(70);
            painter.fillRect(rect, color);
            if (!gone)
                continue;
            color.setAlpha(200);
            painter.fillRect(QRectF(rect.left(), rect.center().y(), rect.width(), 1), color);
        }
}

// Of the loops of a grid, which is meant.
void TextView::paintLitNames(QPainter& painter, int row, int x, int y, const Theme& theme) const
{
    const PaneLine& line = document()->lines[row];
    if (line.cursors.size() < 2)
        return;
    QColor ground = theme.selectedMark;
    ground.setAlpha(110);
    for (const NameSpan& span : namesIn(line))
        if (m_litCursors.count(line.cursors[span.cursor]))
            for (const QRectF& rect : rectsOf(row, span.start, span.length, x, y))
                painter.fillRect(rect.adjusted(-2, 1, 2, -1), ground);
}

// Below the line, and where they are whatever the text is scrolled to.
void TextView::paintLabels(QPainter& painter, int line, int y, int width, const Theme& theme) const
{
    const auto found = m_labels.find(line);
    if (found == m_labels.end())
        return;
    painter.setFont(m_font);
    for (const Label& label : found->second) {
        QColor color = label.second ? theme.removedMark : theme.accent;
        painter.setPen(color);
        painter.drawText(gutterWidth(), y + m_ascent, label.text);
        painter.fillRect(QRect(4 + (label.second ? 4 : 0), y, 3, m_rowHeight), color);
        color.setAlpha(theme.dark ? 44 : 30);
        painter.fillRect(QRect(0, y, width, m_rowHeight), color);
        y += m_rowHeight;
    }
}

void TextView::paintText(QPainter& painter, int row, int x, int y, const Theme& theme) const
{
    const PaneLine& line = document()->lines[row];
    const std::vector<LineRows::Piece> pieces = m_rows.pieces(row);
    QColor plain = theme.text;
    if (line.number == 0)
        plain.setAlpha(170);
    int at = 0;
    std::size_t in = 0;  // the piece that `at` stands in
    const auto draw = [&](int end, const QColor& color) {
        painter.setPen(color);
        while (at < end) {
            while (in + 1 < pieces.size() && at >= pieces[in].start + pieces[in].length)
                ++in;
            const LineRows::Piece& piece = pieces[in];
            const int to = in + 1 < pieces.size() ? std::min(end, piece.start + piece.length) : end;
            painter.drawText(QPointF(x + (piece.column + at - piece.start) * m_charWidth,
                                     y + static_cast<int>(in) * m_rowHeight + m_ascent),
                             line.text.mid(at, to - at));
            at = to;
        }
    };
    for (const TokenSpan& span : highlight(line.text, line.source > 0 ? Syntax::Strata : m_syntax)) {
        draw(span.start, plain);
        QColor color = colorOf(span.token, theme);
        color.setAlpha(plain.alpha());
        draw(span.start + span.length, color);
    }
    draw(static_cast<int>(line.text.size()), plain);
}

}  // namespace strata
