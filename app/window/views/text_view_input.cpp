// The caret, what is selected, mouse and keys.
#include "app/window/views/text_view.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QScrollBar>
#include <QToolTip>

namespace strata {

void TextView::setCaretLine(int line) { moveCaret(line, false); }

void TextView::moveCaret(int line, bool extend)
{
    if (lineCount() == 0)
        return;
    m_selection.moveTo(std::clamp(line, 0, lineCount() - 1), extend);
    m_pointed = 0;
    ensureVisible(caretLine());
    lightMargin();
    const QString help = helpOn(caretLine());
    setAccessibleDescription(document()->lines[caretLine()].text
                             + (help.isEmpty() ? help : QStringLiteral(", ") + help));
    viewport()->update();
}

void TextView::point()
{
    if (lineCount() == 0)
        return;
    const PaneLine& line = document()->lines[caretLine()];
    if (line.cursors.empty())
        return;
    const Cursor& cursor = line.cursors[std::min<std::size_t>(m_pointed, line.cursors.size() - 1)];
    setAccessibleDescription(line.text + QStringLiteral(", ") + QString::fromStdString(toString(cursor)));
    emit pointed(cursor, line.number == 0);
}

// To the next or previous name in the caret's line, if there is one.
bool TextView::moveToName(bool forward)
{
    if (lineCount() == 0)
        return false;
    const std::vector<NameSpan> spans = namesIn(document()->lines[caretLine()]);
    const auto now = std::find_if(spans.begin(), spans.end(),
                                  [this](const NameSpan& span) { return span.cursor == m_pointed; });
    if (spans.empty() || (forward && now == spans.end() - 1) || (!forward && now == spans.begin()))
        return false;
    m_pointed = (now == spans.end() ? spans.front() : forward ? *(now + 1) : *(now - 1)).cursor;
    point();
    return true;
}

bool TextView::goToChange(bool forward, bool afresh)
{
    const int from = !afresh ? caretLine() : forward ? -1 : lineCount();
    const int line = document() ? document()->nextChange(from, forward) : -1;
    if (line < 0)
        return false;
    moveCaret(line, false);
    point();
    return true;
}

bool TextView::find(const QString& text, bool forward)
{
    const int count = lineCount();
    for (int step = 1; step <= count && !text.isEmpty(); ++step) {
        const int line = ((caretLine() + (forward ? step : -step)) % count + count) % count;
        if (!document()->lines[line].text.contains(text, Qt::CaseInsensitive))
            continue;
        moveCaret(line, false);
        point();
        return true;
    }
    return false;
}

// --- what is selected
// -----------------------------------------------------------------------------------------------------------------------------

std::optional<std::pair<int, int>> TextView::selectedIn(int line) const { return m_selection.in(*document(), line); }

QString TextView::selectedText() const { return lineCount() == 0 ? QString() : m_selection.text(*document()); }

void TextView::copy()
{
    if (document())
        QGuiApplication::clipboard()->setText(selectedText());
}

// From the name that is pointed at, else from the line's first word.
void TextView::moveCharacter(bool forward)
{
    if (lineCount() == 0)
        return;
    const PaneLine& line = document()->lines[caretLine()];
    int from = static_cast<int>(line.text.size() - line.text.trimmed().size());
    for (const NameSpan& span : namesIn(line))
        if (span.cursor == m_pointed)
            from = span.start;
    m_selection.moveCharacter(*document(), forward, from);
    viewport()->update();
}

void TextView::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || lineCount() == 0)
        return;
    const int line = lineAt(event->pos()), character = characterAt(event->pos(), line);
    if (foldMark(line).contains(event->pos()))
        return setFolded(Cursor(document()->lines[line].cursors.front()), !m_text.isFolded(line));
    const bool extend = event->modifiers() & Qt::ShiftModifier;
    moveCaret(line, extend);
    m_selection.setCharacter(character, extend);
    m_pointed = nameAt(event->pos(), line);
    point();
}

void TextView::mouseMoveEvent(QMouseEvent* event)
{
    if (!(event->buttons() & Qt::LeftButton) || lineCount() == 0)
        return;
    const int line = lineAt(event->pos());
    moveCaret(line, true);
    m_selection.setCharacter(characterAt(event->pos(), line), true);
    viewport()->update();
}

void TextView::mouseReleaseEvent(QMouseEvent* event)
{
    QClipboard* clipboard = QGuiApplication::clipboard();
    if (event->button() == Qt::LeftButton && clipboard->supportsSelection() && m_selection.isByCharacter()
        && selectedIn(m_selection.anchor()))
        clipboard->setText(selectedText(), QClipboard::Selection);
}

void TextView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || lineCount() == 0)
        return;
    const int line = lineAt(event->pos());
    if (foldMark(line).contains(event->pos()) || document()->lines[line].number == 0)
        return mousePressEvent(event);
    if (followJump(line))
        return;
    emit editRequested(document()->lines[line].number, characterAt(event->pos(), line));
}

// To where the instruction jumps.
bool TextView::followJump(int line)
{
    const int target = m_margin.targetOf(line);
    if (target < 0)
        return false;
    moveCaret(target, false);
    point();
    return true;
}

void TextView::keyPressEvent(QKeyEvent* event)
{
    const int page = std::max(1, viewport()->height() / m_rowHeight - 1);
    const std::map<int, int> targets{{Qt::Key_Up, caretLine() - 1},
                                     {Qt::Key_Down, caretLine() + 1},
                                     {Qt::Key_PageUp, caretLine() - page},
                                     {Qt::Key_PageDown, caretLine() + page},
                                     {Qt::Key_Home, 0},
                                     {Qt::Key_End, lineCount() - 1}};
    const auto target = targets.find(event->key());
    const bool plain = !(event->modifiers() & (Qt::AltModifier | Qt::ControlModifier));
    if (event->matches(QKeySequence::Copy))
        return copy();
    if (event->matches(QKeySequence::SelectAll)) {
        moveCaret(0, false);
        return moveCaret(lineCount() - 1, true);
    }
    if (plain && foldByKey(event->key()))
        return;
    if (plain && (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && lineCount() > 0
        && followJump(caretLine()))
        return;
    const bool sideways = event->key() == Qt::Key_Left || event->key() == Qt::Key_Right;
    if (plain && sideways && event->modifiers() & Qt::ShiftModifier)
        return moveCharacter(event->key() == Qt::Key_Right);
    if (plain && sideways && moveToName(event->key() == Qt::Key_Right))
        return;
    if (target == targets.end() || !plain)
        return QAbstractScrollArea::keyPressEvent(event);
    moveCaret(target->second, event->modifiers() & Qt::ShiftModifier);
    point();
}

void TextView::wheelEvent(QWheelEvent* event)
{
    if (event->modifiers() & Qt::ControlModifier) {
        emit zoomRequested(event->angleDelta().y() > 0 ? 1 : -1);
        return event->accept();
    }
    QAbstractScrollArea::wheelEvent(event);
}

void TextView::contextMenuEvent(QContextMenuEvent* event)
{
    if (lineCount() > 0)
        emit menuRequested(lineAt(event->pos()), event->globalPos());
}

bool TextView::viewportEvent(QEvent* event)
{
    if (event->type() != QEvent::ToolTip || lineCount() == 0)
        return QAbstractScrollArea::viewportEvent(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const int line = lineAt(help->pos());
    const bool over = lineRect(line).contains(help->pos());
    const MarginNote* note = over ? m_notes.at(*document(), line) : nullptr;
    QToolTip::showText(help->globalPos(),
                       note   ? note->tip
                       : over ? helpOn(line)
                              : QString(),
                       viewport(), lineRect(line));
    return true;
}

void TextView::focusInEvent(QFocusEvent*) { viewport()->update(); }

void TextView::focusOutEvent(QFocusEvent*) { viewport()->update(); }

}  // namespace strata
