#include "app/window/views/text_view.h"

#include "app/window/theme/theme.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>

namespace strata {

namespace {

// At spaces, else where the row ends; what follows is indented.
QStringList wrapped(QString text, int columns)
{
    QStringList rows;
    while (text.size() > columns) {
        const qsizetype space = text.lastIndexOf(QLatin1Char(' '), columns);
        const qsizetype end = space > 2 ? space : columns;
        rows << text.left(end);
        text = QStringLiteral("  ") + text.mid(end).trimmed();
    }
    return rows << text;
}

}  // namespace

TextView::TextView(Syntax syntax, QWidget* parent)
    : QAbstractScrollArea(parent)
    , m_syntax(syntax)
{
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    viewport()->setCursor(Qt::IBeamCursor);
    viewport()->setBackgroundRole(QPalette::Base);
    setCodeSize(10);
}

void TextView::setDocument(LineDocumentPtr document, const QString& name)
{
    const bool same = name == m_name && m_document;
    const int number = same && m_caret < lineCount() ? m_document->lines[m_caret].number : 0;
    m_document = std::move(document);
    m_name = name;
    m_notes.clear();
    m_caret = 0;
    for (int i = 0; number > 0 && i < lineCount(); ++i)
        if (m_document->lines[i].number == number)
            m_caret = i;
    m_anchor = m_caret;
    layOut();
    if (!same)
        verticalScrollBar()->setValue(0);
    setLit(m_litCursors);
    if (m_lit.empty())
        showSomeChange();
    viewport()->update();
}

// After a step, what it changed is to be seen without scrolling.
void TextView::showSomeChange()
{
    const int top = verticalScrollBar()->value(), bottom = top + viewport()->height() / m_rowHeight;
    for (int line = top; line < std::min(bottom, lineCount()); ++line)
        if (m_document->lines[line].change != DiffKind::Same)
            return;
    if (const int line = m_document ? m_document->nextChange(-1, true) : -1; line >= 0)
        ensureVisible(line);
}

void TextView::setLit(const std::set<Cursor>& cursors)
{
    m_litCursors = cursors;
    m_lit = m_document ? m_document->linesOf(cursors) : std::set<int>();
    const int top = verticalScrollBar()->value();
    const auto seen = m_lit.lower_bound(top);
    if (!m_lit.empty() && (seen == m_lit.end() || *seen >= top + viewport()->height() / m_rowHeight))
        ensureVisible(*m_lit.begin());
    viewport()->update();
}

void TextView::setRefused(std::vector<RefusedInstance> instances)
{
    m_refused = std::move(instances);
    layOut();
    const std::set<int> lines = refusedLines();
    if (!lines.empty())
        ensureVisible(*lines.begin());
    viewport()->update();
}

std::vector<int> TextView::linesOfInstance(const RefusedInstance& instance) const
{
    if (!m_document)
        return {};
    const std::set<int> lines = m_document->linesOf({instance.block});
    return {lines.begin(), lines.end()};
}

std::set<int> TextView::refusedLines() const
{
    std::set<int> all;
    for (const RefusedInstance& instance : m_refused)
        for (const int line : linesOfInstance(instance))
            all.insert(line);
    return all;
}

void TextView::setCodeSize(double pointSize)
{
    m_font = codeFont(pointSize);
    const QFontMetrics metrics(m_font);
    m_rowHeight = metrics.height() + qRound(metrics.height() * 0.25);
    m_charWidth = QFontMetricsF(m_font).horizontalAdvance(QString(100, QLatin1Char('0'))) / 100;
    m_ascent = metrics.ascent() + (m_rowHeight - metrics.height()) / 2;
    layOut();
    viewport()->update();
}

void TextView::setMarginNotes(std::map<int, QString> notes)
{
    m_notes = std::move(notes);
    updateScrollBars();
    viewport()->update();
}

int TextView::gutterWidth() const
{
    const int digits = std::max(3, static_cast<int>(QString::number(lineCount()).size()));
    return qRound(m_charWidth * (digits + 3)) + 8;
}

QSize TextView::fullSize() const
{
    int columns = m_document ? m_document->columns : 0;
    for (const auto& [line, note] : m_notes)
        if (line < lineCount())
            columns = std::max(columns, static_cast<int>(m_document->lines[line].text.size() + 2 + note.size()));
    return {gutterWidth() + qRound(m_charWidth * (columns + 2)), m_rowHeight * rowOf(lineCount()) + 8};
}

int TextView::rowOf(int line) const
{
    int row = line;
    for (const auto& [above, labels] : m_labels)
        row += above < line ? static_cast<int>(labels.size()) : 0;
    return row;
}

void TextView::layOut()
{
    placeLabels();
    updateScrollBars();
}

// Under the last line of its block, where there is room for all of it however narrow the view is.
void TextView::placeLabels()
{
    m_labels.clear();
    const int columns = std::max(10, static_cast<int>((viewport()->width() - gutterWidth()) / m_charWidth)
                                         - 2);  // signs may be wide
    for (const RefusedInstance& instance : m_refused) {
        const QString text = (instance.later ? QStringLiteral("○ ") : QStringLiteral("■ ")) + instance.instance
                             + QLatin1Char(' ') + instance.does;
        if (const std::vector<int> lines = linesOfInstance(instance); !lines.empty())
            for (const QString& row : wrapped(text.trimmed(), columns))
                m_labels[lines.back()].push_back({row, instance.later});
    }
}

void TextView::updateScrollBars()
{
    const int page = std::max(1, viewport()->height() / m_rowHeight);
    verticalScrollBar()->setPageStep(page);
    verticalScrollBar()->setRange(0, std::max(0, rowOf(lineCount()) - page));
    horizontalScrollBar()->setSingleStep(qRound(m_charWidth * 4));
    horizontalScrollBar()->setPageStep(viewport()->width());
    horizontalScrollBar()->setRange(0, std::max(0, fullSize().width() - viewport()->width()));
}

void TextView::resizeEvent(QResizeEvent*) { layOut(); }

QRect TextView::lineRect(int line) const
{
    return {0, 4 + (rowOf(line) - rowOf(verticalScrollBar()->value())) * m_rowHeight, viewport()->width(), m_rowHeight};
}

QRect TextView::labelRect(int line, int label) const
{
    const std::vector<Label>& labels = m_labels.at(line);
    const int width = QFontMetrics(m_font).horizontalAdvance(labels[std::size_t(label)].text);
    return {gutterWidth(), lineRect(line).bottom() + 1 + label * m_rowHeight, width, m_rowHeight};
}

int TextView::lineAt(const QPoint& position) const
{
    int line = verticalScrollBar()->value();
    while (line + 1 < lineCount() && lineRect(line + 1).top() <= position.y())
        ++line;
    return line;
}

int TextView::nameAt(const QPoint& position, int line) const
{
    const int reach = qRound(m_charWidth / 2);  // a name may be a single character
    for (const NameSpan& span : namesIn(m_document->lines[line]))
        if (spanRect(line, span).adjusted(-reach, 0, reach, 0).contains(position))
            return span.cursor;
    return 0;
}

QRect TextView::spanRect(int line, const NameSpan& span) const
{
    const double left = gutterWidth() - horizontalScrollBar()->value() + span.start * m_charWidth;
    return {qRound(left), lineRect(line).top(), qRound(span.length * m_charWidth), m_rowHeight};
}

QRect TextView::nameRect(int line, const Cursor& cursor) const
{
    const PaneLine& shown = m_document->lines[line];
    for (const NameSpan& span : namesIn(shown))
        if (shown.cursors[span.cursor] == cursor)
            return spanRect(line, span);
    return {};
}

void TextView::ensureVisible(int line)
{
    const int page = std::max(1, viewport()->height() / m_rowHeight - 1);
    QScrollBar* bar = verticalScrollBar();
    if (line < bar->value() || line >= bar->value() + page)
        bar->setValue(line - page / 3);
}

void TextView::setCaretLine(int line) { moveCaret(line, false); }

void TextView::moveCaret(int line, bool extend)
{
    if (lineCount() == 0)
        return;
    m_caret = std::clamp(line, 0, lineCount() - 1);
    m_pointed = 0;
    if (!extend)
        m_anchor = m_caret;
    ensureVisible(m_caret);
    setAccessibleDescription(m_document->lines[m_caret].text);
    viewport()->update();
}

void TextView::point()
{
    if (lineCount() == 0)
        return;
    const PaneLine& line = m_document->lines[m_caret];
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
    const std::vector<NameSpan> spans = namesIn(m_document->lines[m_caret]);
    const auto now = std::find_if(spans.begin(), spans.end(),
                                  [this](const NameSpan& span) { return span.cursor == m_pointed; });
    if (spans.empty() || (forward && now == spans.end() - 1) || (!forward && now == spans.begin()))
        return false;
    m_pointed = (now == spans.end() ? spans.front() : forward ? *(now + 1) : *(now - 1)).cursor;
    point();
    return true;
}

bool TextView::goToChange(bool forward)
{
    const int line = m_document ? m_document->nextChange(m_caret, forward) : -1;
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
        const int line = ((m_caret + (forward ? step : -step)) % count + count) % count;
        if (!m_document->lines[line].text.contains(text, Qt::CaseInsensitive))
            continue;
        moveCaret(line, false);
        point();
        return true;
    }
    return false;
}

void TextView::copy()
{
    if (m_document)
        QGuiApplication::clipboard()->setText(
            m_document->text(std::min(m_anchor, m_caret), std::max(m_anchor, m_caret)));
}

void TextView::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || lineCount() == 0)
        return;
    const int line = lineAt(event->pos());
    moveCaret(line, event->modifiers() & Qt::ShiftModifier);
    m_pointed = nameAt(event->pos(), line);
    point();
}

void TextView::mouseMoveEvent(QMouseEvent* event)
{
    if (event->buttons() & Qt::LeftButton)
        moveCaret(lineAt(event->pos()), true);
}

void TextView::keyPressEvent(QKeyEvent* event)
{
    const int page = std::max(1, viewport()->height() / m_rowHeight - 1);
    const std::map<int, int> targets{
        {Qt::Key_Up, m_caret - 1},          {Qt::Key_Down, m_caret + 1}, {Qt::Key_PageUp, m_caret - page},
        {Qt::Key_PageDown, m_caret + page}, {Qt::Key_Home, 0},           {Qt::Key_End, lineCount() - 1}};
    const auto target = targets.find(event->key());
    const bool plain = !(event->modifiers() & (Qt::AltModifier | Qt::ControlModifier));
    if (event->matches(QKeySequence::Copy))
        return copy();
    if (event->matches(QKeySequence::SelectAll)) {
        m_anchor = 0;
        return moveCaret(lineCount() - 1, true);
    }
    const bool sideways = event->key() == Qt::Key_Left || event->key() == Qt::Key_Right;
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

void TextView::focusInEvent(QFocusEvent*) { viewport()->update(); }

void TextView::focusOutEvent(QFocusEvent*) { viewport()->update(); }

}  // namespace strata
