#include "app/window/views/text_view.h"

#include "app/window/models/side_by_side.h"
#include "app/window/theme/theme.h"

#include <QPainter>
#include <QScrollBar>

namespace strata {

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
    const bool same = name == m_name && this->document();
    const int number = same && caretLine() < lineCount() ? caretNumber() : 0;
    m_whole = std::move(document);
    m_name = name;
    m_notes.set({});
    showSides();
    int caret = 0;
    for (int i = 0; number > 0 && i < lineCount(); ++i)
        if (this->document()->lines[i].number == number)
            caret = i;
    m_selection.reset(caret);
    m_margin.setColumn({});
    m_margin.setJumps(m_jumps && m_syntax == Syntax::Assembly, this->document().get());
    layOut();
    if (!same)
        verticalScrollBar()->setValue(0);
    setLit(m_litCursors);
    if (m_lit.empty())
        showSomeChange();
    viewport()->update();
}

// --- side by side
// -----------------------------------------------------------------------------------------------------------------------------

void TextView::setSideBySide(bool on)
{
    if (std::exchange(m_sideBySide, on) == on)
        return;
    const MarginNotes notes = m_notes.all();
    setDocument(m_whole, m_name);
    setMarginNotes(notes);
}

// Both sides in full: what is folded on one would stand beside nothing on the other.
void TextView::showSides()
{
    const bool two = m_sideBySide && m_whole && m_whole->differs();
    const bool loops = m_syntax == Syntax::Strata;
    m_empty.clear();
    if (!two) {
        delete std::exchange(m_before, nullptr);
        m_text.setSource(m_whole, loops);
        return placeBefore();
    }
    m_text.unfoldAll();
    const Sides sides = sidesOf(*m_whole);
    m_text.setSource(sides.after, loops);
    if (!m_before) {
        m_before = new TextView(m_syntax, this);
        m_before->setAccessibleName(tr("What it was"));
        m_before->setCodeSize(codeSize());
        m_before->setWraps(m_wraps);
        m_before->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        QScrollBar *own = verticalScrollBar(), *other = m_before->verticalScrollBar();
        connect(own, &QScrollBar::valueChanged, other, &QScrollBar::setValue);
        connect(other, &QScrollBar::valueChanged, own, &QScrollBar::setValue);
        connect(m_before, &TextView::pointed, this, &TextView::pointed);
        connect(m_before, &TextView::zoomRequested, this, &TextView::zoomRequested);
        m_before->show();
    }
    m_before->setDocument(sides.before, m_name);
    placeBefore();
}

void TextView::placeBefore()
{
    setViewportMargins(m_before ? width() / 2 : 0, 0, 0, 0);
    if (m_before)
        m_before->setGeometry(0, 0, width() / 2 - 1, height());
}

int TextView::emptyRows(int line) const
{
    const auto found = m_empty.find(line);
    return found == m_empty.end() ? 0 : found->second;
}

std::unique_ptr<TextView> TextView::inLine() const
{
    if (!m_before)
        return nullptr;
    auto plain = std::make_unique<TextView>(m_syntax);
    plain->setCodeSize(codeSize());
    plain->setDocument(m_whole, m_name);
    plain->setMarginNotes(m_notes.all());
    return plain;
}

// A line may take more rows on one side than on the other.
void TextView::alignSides()
{
    m_empty.clear();
    m_before->m_empty.clear();
    placeRows();
    m_before->placeRows();
    for (int line = 0; line < std::min(lineCount(), m_before->lineCount()); ++line) {
        const int own = m_rows.rowOf(line + 1) - m_rows.rowOf(line);
        const int other = m_before->m_rows.rowOf(line + 1) - m_before->m_rows.rowOf(line);
        if (own != other)
            (own < other ? m_empty : m_before->m_empty)[line] = std::abs(own - other);
    }
    placeRows();
    m_before->placeRows();
    m_before->updateScrollBars();
}

// --- folding
// -----------------------------------------------------------------------------------------------------------------------------

void TextView::setFolded(const Cursor& loop, bool on)
{
    const int number = caretLine() < lineCount() ? caretNumber() : 0;
    if (m_before || !m_text.setFolded(loop, on))
        return;
    int caret = std::min(caretLine(), std::max(0, lineCount() - 1));
    for (int i = 0; number > 0 && i < lineCount(); ++i)  // where the caret was folded away, it stands at the loop
        if (document()->lines[i].number > 0 && document()->lines[i].number <= number)
            caret = i;
    m_selection.reset(caret);
    m_lit = document() ? document()->linesOf(m_litCursors) : std::set<int>();
    layOut();
    viewport()->update();
}

QRect TextView::foldMark(int line) const
{
    if (!document() || (!m_text.scopeAt(line) && !m_text.isFolded(line)))
        return {};
    int column = 0;
    while (document()->lines[line].text[column] == QLatin1Char(' '))
        ++column;
    const double x = gutterWidth() - horizontalScrollBar()->value() + (column - 1.6) * m_charWidth;
    return {qRound(x), lineRect(line).top(), qRound(1.5 * m_charWidth), m_rowHeight};
}

// Minus folds the loop around the caret, plus unfolds the one it stands on.
bool TextView::foldByKey(int key)
{
    if (lineCount() == 0)
        return false;
    if (key == Qt::Key_Plus && m_text.isFolded(caretLine())) {
        setFolded(Cursor(document()->lines[caretLine()].cursors.front()), false);
        return true;
    }
    const LoopScope* inner = m_text.scopeAround(caretLine());
    if (key != Qt::Key_Minus || !inner)
        return false;
    setFolded(Cursor(inner->loop), true);
    return true;
}

// After a step, what it changed is to be seen without scrolling.
void TextView::showSomeChange()
{
    const int top = verticalScrollBar()->value(), bottom = top + viewport()->height() / m_rowHeight;
    for (int line = m_rows.lineAt(top); line < lineCount() && m_rows.rowOf(line) < bottom; ++line)
        if (document()->lines[line].change != DiffKind::Same)
            return;
    if (const int line = document() ? document()->nextChange(-1, true) : -1; line >= 0)
        ensureVisible(line);
}

void TextView::setLit(const std::set<Cursor>& cursors)
{
    m_litCursors = cursors;
    m_lit = document() ? document()->linesOf(cursors) : std::set<int>();
    const int top = verticalScrollBar()->value();
    const auto seen = m_lit.lower_bound(m_rows.lineAt(top));
    if (!m_lit.empty() && (seen == m_lit.end() || m_rows.rowOf(*seen) >= top + viewport()->height() / m_rowHeight))
        ensureVisible(*m_lit.begin());
    lightMargin();
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
    if (!document())
        return {};
    const std::set<int> lines = document()->linesOf({instance.block});
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
    if (m_before)
        m_before->setCodeSize(pointSize);
    const QFontMetrics metrics(m_font);
    m_rowHeight = metrics.height() + qRound(metrics.height() * 0.25);
    m_charWidth = QFontMetricsF(m_font).horizontalAdvance(QString(100, QLatin1Char('0'))) / 100;
    m_ascent = metrics.ascent() + (m_rowHeight - metrics.height()) / 2;
    layOut();
    viewport()->update();
}

void TextView::setGhost(bool on)
{
    if (std::exchange(m_ghost, on) != on)
        viewport()->update();
}

void TextView::setMarginNotes(MarginNotes notes)
{
    m_notes.set(std::move(notes));
    layOut();
    viewport()->update();
}

void TextView::setColumn(std::map<int, QString> texts)
{
    m_margin.setColumn(std::move(texts));
    layOut();
    viewport()->update();
}

void TextView::setJumps(bool on)
{
    m_jumps = on;
    m_margin.setJumps(on && m_syntax == Syntax::Assembly, document().get());
    lightMargin();
    layOut();
    viewport()->update();
}

// The caret's loop, and those of what is selected elsewhere.
void TextView::lightMargin()
{
    std::set<int> lines = m_lit;
    if (lineCount() > 0)
        lines.insert(caretLine());
    m_margin.light(lines);
}

QString TextView::helpOn(int line) const
{
    return m_help && document() && line < lineCount() ? m_help(document()->lines[line]) : QString();
}

int TextView::columnsInView() const { return static_cast<int>((viewport()->width() - gutterWidth()) / m_charWidth); }

QString TextView::noteOf(int line) const
{
    return document() ? m_notes.text(*document(), m_rows, columnsInView(), line) : QString();
}

int TextView::gutterWidth() const { return numbersWidth() + m_margin.width(); }

int TextView::numbersWidth() const
{
    const int digits = std::max(3, static_cast<int>(QString::number(lineCount()).size()));
    return qRound(m_charWidth * (digits + 3)) + 8;
}

// Of the text as it is, whatever is broken for the view's width.
QSize TextView::fullSize() const
{
    if (const std::unique_ptr<TextView> plain = inLine())
        return plain->fullSize();
    const int columns = document() ? std::max(static_cast<int>(document()->columns), m_notes.widest(*document())) : 0;
    int rows = lineCount();
    for (const auto& [line, labels] : m_labels)
        rows += static_cast<int>(labels.size());
    return {gutterWidth() + qRound(m_charWidth * (columns + 2)), m_rowHeight * rows + 8};
}

void TextView::layOut()
{
    m_margin.setView(viewport()->width(), m_charWidth);
    placeLabels();
    m_before ? alignSides() : placeRows();
    if (document())
        m_notes.choose(*document(), m_rows, columnsInView());
    updateScrollBars();
}

std::map<int, int> TextView::labelRows() const
{
    std::map<int, int> rows;
    for (const auto& [line, labels] : m_labels)
        rows[line] = static_cast<int>(labels.size());
    for (const auto& [line, count] : m_empty)
        rows[line] += count;
    return rows;
}

// A note that has to be seen takes its room from its line.
void TextView::placeRows()
{
    if (!m_wraps)
        return m_rows.layOut(document(), labelRows());
    const std::map<int, int> taken = document() ? m_notes.taken(*document()) : std::map<int, int>();
    m_rows.layOut(document(), std::max(1, columnsInView() - 1), taken, labelRows());
}

void TextView::setWraps(bool on)
{
    if (std::exchange(m_wraps, on) == on)
        return;
    if (m_before)
        m_before->setWraps(on);
    const int line = m_rows.lineAt(verticalScrollBar()->value());
    layOut();
    verticalScrollBar()->setValue(m_rows.rowOf(line));
    viewport()->update();
}

// Under the last line of its block, where there is room for all of it however narrow the view is.
void TextView::placeLabels()
{
    m_labels.clear();
    const int columns = std::max(10, columnsInView() - 2);  // signs may be wide
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
    verticalScrollBar()->setRange(0, std::max(0, m_rows.count() - page));
    horizontalScrollBar()->setSingleStep(qRound(m_charWidth * 4));
    horizontalScrollBar()->setPageStep(viewport()->width());
    horizontalScrollBar()->setRange(0, m_wraps ? 0 : std::max(0, fullSize().width() - viewport()->width()));
}

// The line at the top stays there, whatever its rows are now.
void TextView::resizeEvent(QResizeEvent*)
{
    const int line = m_rows.lineAt(verticalScrollBar()->value());
    if (m_before)
        placeBefore();
    layOut();
    if (lineCount() > 0)
        verticalScrollBar()->setValue(m_rows.rowOf(line));
}

QRect TextView::lineRect(int line) const
{
    const int top = 4 + (m_rows.rowOf(line) - verticalScrollBar()->value()) * m_rowHeight;
    return {0, top, viewport()->width(), m_rows.rowsOf(line) * m_rowHeight};
}

QRect TextView::labelRect(int line, int label) const
{
    const std::vector<Label>& labels = m_labels.at(line);
    const int width = QFontMetrics(m_font).horizontalAdvance(labels[std::size_t(label)].text);
    return {gutterWidth(), lineRect(line).bottom() + 1 + label * m_rowHeight, width, m_rowHeight};
}

int TextView::lineAt(const QPoint& position) const
{
    return m_rows.lineAt(verticalScrollBar()->value() + std::max(0, position.y() - 4) / m_rowHeight);
}

int TextView::nameAt(const QPoint& position, int line) const
{
    const int reach = qRound(m_charWidth / 2);  // a name may be a single character
    for (const NameSpan& span : namesIn(document()->lines[line]))
        if (spanRect(line, span).adjusted(-reach, 0, reach, 0).contains(position))
            return span.cursor;
    return 0;
}

// The one that begins nearest, as a caret would stand before it.
int TextView::characterAt(const QPoint& position, int line) const
{
    const std::vector<LineRows::Piece> pieces = m_rows.pieces(line);
    const int row = (position.y() - lineRect(line).top()) / m_rowHeight;
    const LineRows::Piece& piece = pieces[std::size_t(std::clamp<int>(row, 0, static_cast<int>(pieces.size()) - 1))];
    const double column = (position.x() + horizontalScrollBar()->value() - gutterWidth()) / m_charWidth;
    return piece.start + std::clamp(qRound(column) - piece.column, 0, piece.length);
}

QPoint TextView::characterAt(int line, int character) const { return spanRect(line, {character, 1, 0}).topLeft(); }

std::vector<QRectF> TextView::rectsOf(int line, int start, int length, double x, double y) const
{
    std::vector<QRectF> rects;
    for (const LineRows::Piece& piece : m_rows.pieces(line)) {
        const int from = std::max(start, piece.start), to = std::min(start + length, piece.start + piece.length);
        if (from < to)
            rects.emplace_back(x + (piece.column + from - piece.start) * m_charWidth, y, (to - from) * m_charWidth,
                               m_rowHeight);
        y += m_rowHeight;
    }
    return rects;
}

QRect TextView::spanRect(int line, const NameSpan& span) const
{
    const double x = gutterWidth() - horizontalScrollBar()->value();
    const std::vector<QRectF> rects = rectsOf(line, span.start, span.length, x, lineRect(line).top());
    if (!rects.empty())
        return {qRound(rects[0].left()), qRound(rects[0].top()), qRound(rects[0].width()), m_rowHeight};
    const std::vector<LineRows::Piece> pieces = m_rows.pieces(line);  // behind the last character
    const double end = x + (pieces.back().column + pieces.back().length) * m_charWidth;
    return {qRound(end), lineRect(line).bottom() + 1 - m_rowHeight, 0, m_rowHeight};
}

QRect TextView::nameRect(int line, const Cursor& cursor) const
{
    const PaneLine& shown = document()->lines[line];
    for (const NameSpan& span : namesIn(shown))
        if (shown.cursors[span.cursor] == cursor)
            return spanRect(line, span);
    return {};
}

void TextView::ensureVisible(int line)
{
    const int page = std::max(1, viewport()->height() / m_rowHeight - 1), row = m_rows.rowOf(line);
    QScrollBar* bar = verticalScrollBar();
    if (row + m_rows.rowsOf(line) <= bar->value() || row >= bar->value() + page)
        bar->setValue(row - page / 3);
}

}  // namespace strata
