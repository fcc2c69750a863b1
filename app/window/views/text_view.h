// A read-only text of any length: uniform rows of which only the visible are painted, line numbers, signs and grounds
// of a diff, syntax colours, and the selection's band. Lines that are wider than the view go on in further rows. The
// caret moves by keyboard as well as by mouse; what it stands on is what the view points at: in a line that names
// several nodes (the loops of a grid) the one under the mouse, or, by Left and Right, the one before or after. What is
// selected for copying are whole lines, or, by the mouse and by Shift with Left and Right, characters.
#pragma once

#include "app/window/models/highlighter.h"
#include "app/window/models/refusal.h"
#include "app/window/views/code_margin.h"
#include "app/window/views/folded_text.h"
#include "app/window/views/line_rows.h"
#include "app/window/views/notes_beside.h"
#include "app/window/views/text_selection.h"

#include <QAbstractScrollArea>

#include <functional>

namespace strata {

struct Theme;

class TextView : public QAbstractScrollArea {
    Q_OBJECT
public:
    explicit TextView(Syntax syntax, QWidget* parent = nullptr);
    void setSyntax(Syntax syntax) { m_syntax = syntax; }  // of the documents that follow

    // Keeps the caret on the same numbered line and the scroll position where the document's name is the same.
    void setDocument(LineDocumentPtr document, const QString& name = {});
    // As it is shown: without what is folded away.
    const LineDocumentPtr& document() const { return m_text.shown(); }
    // The body of a loop; of a document in Strata's own text.
    void setFolded(const Cursor& loop, bool on);
    const std::set<Cursor>& foldedLoops() const { return m_text.folded(); }
    QRect foldMark(int line) const;  // in the viewport; null: the line has none
    // Bands the lines of these nodes, and scrolls the first of them into view if none is.
    void setLit(const std::set<Cursor>& cursors);
    const std::set<int>& litLines() const { return m_lit; }
    // Marks the lines of the two instances that a refused step would swap, and says under each block what they do.
    void setRefused(std::vector<RefusedInstance> instances);
    std::set<int> refusedLines() const;
    // A row under a line that is no line of the text: "■ step(vi=0, vj=1) writes a[1, 1]", wrapped at the view's width.
    struct Label {
        QString text;
        bool second = false;
    };
    const std::map<int, std::vector<Label>>& labels() const { return m_labels; }  // by the line they stand under
    QRect labelRect(int line, int label) const;                                   // in the viewport
    void setCodeSize(double pointSize);
    void setWraps(bool on);  // off: long lines are scrolled to
    // What the text was stands to the left of what it is, instead of between its lines; where it differs.
    void setSideBySide(bool on);
    TextView* before() const { return m_before; }  // that side; nullptr: there is none
    void setGhost(bool on);                        // what is shown is a proposal: a dashed frame says so
    // Text drawn behind lines' ends: "11.2 µs".
    void setMarginNotes(MarginNotes notes);
    QString noteOf(int line) const;  // as it is drawn; empty: there is none, or no room for it
    // Before the text, by the numbers of lines: addresses and bytes of instructions.
    void setColumn(std::map<int, QString> texts);
    void setJumps(bool on);  // of assembly: arrows from jumps to where they go on
    const CodeMargin& margin() const { return m_margin; }
    // What is said of a line under the mouse that has no note.
    void setHelp(std::function<QString(const PaneLine& line)> help) { m_help = std::move(help); }
    QString helpOn(int line) const;

    int caretLine() const { return m_selection.caret(); }
    int caretNumber() const { return lineCount() ? document()->lines[caretLine()].number : 0; }
    double codeSize() const { return m_font.pointSizeF(); }
    void setCaretLine(int line);
    // From the caret on, or, afresh, from the beginning or the end; false: there is none.
    bool goToChange(bool forward, bool afresh = false);
    bool find(const QString& text, bool forward);
    QRect lineRect(int line) const;                        // in the viewport, with all rows of its text
    QPoint characterAt(int line, int character) const;     // its left end, in the viewport
    QString selectedText() const;                          // what Copy takes
    QRect nameRect(int line, const Cursor& cursor) const;  // of the node's name in the line; null: not spelled there
    void renderAll(QPainter& painter);                     // every line, for a picture file
    QSize fullSize() const;

public slots:
    void copy();

signals:
    void pointed(const strata::Cursor& cursor, bool gone);
    void zoomRequested(int steps);
    void menuRequested(int line, const QPoint& global);
    void editRequested(int number, int column);  // a double click: the line's number, from 1, and the character

protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;
    void keyPressEvent(QKeyEvent*) override;
    void wheelEvent(QWheelEvent*) override;
    void contextMenuEvent(QContextMenuEvent*) override;
    bool viewportEvent(QEvent*) override;
    void focusInEvent(QFocusEvent*) override;
    void focusOutEvent(QFocusEvent*) override;

private:
    int lineCount() const { return document() ? static_cast<int>(document()->lines.size()) : 0; }
    int lineAt(const QPoint& position) const;
    int nameAt(const QPoint& position, int line) const;  // in the line's cursors; 0, the innermost, beside the names
    int characterAt(const QPoint& position, int line) const;
    QRect spanRect(int line, const NameSpan& span) const;  // of its first row
    // Where characters of a line stand that is drawn with its first row at `y`.
    std::vector<QRectF> rectsOf(int line, int start, int length, double x, double y) const;
    int numbersWidth() const;  // line numbers and signs
    int gutterWidth() const;   // and what stands before the text besides
    void lightMargin();
    bool followJump(int line);
    int columnsInView() const;
    void layOut();  // rows, labels and scroll bars, for the width that there is
    void placeLabels();
    std::map<int, int> labelRows() const;
    void showSides();
    void placeBefore();
    void alignSides();
    int emptyRows(int line) const;
    std::unique_ptr<TextView> inLine() const;  // as it is without the other side; nullptr: there is none
    void placeRows();
    void updateScrollBars();
    void showSomeChange();
    bool foldByKey(int key);
    void paintScopes(QPainter& painter, int line, int x, int y, const Theme& theme) const;
    void ensureVisible(int line);
    void moveCaret(int line, bool extend);
    bool moveToName(bool forward);
    void point();
    // `scroll`: pixels to the left that are out of sight.
    void paintLine(QPainter& painter, int line, int y, int width, int scroll, const Theme& theme) const;
    void paintNote(QPainter& painter, const QString& note, const QRect& room, int width, const QColor& ground) const;
    void paintCaret(QPainter& painter, int line, const Theme& theme) const;
    void paintMarks(QPainter& painter, int line, int x, int y, const Theme& theme) const;
    void paintLitNames(QPainter& painter, int line, int x, int y, const Theme& theme) const;
    void paintLabels(QPainter& painter, int line, int y, int width, const Theme& theme) const;
    std::vector<int> linesOfInstance(const RefusedInstance& instance) const;
    void paintText(QPainter& painter, int line, int x, int y, const Theme& theme) const;
    std::optional<std::pair<int, int>> selectedIn(int line) const;  // characters from and to; nullopt: none
    void moveCharacter(bool forward);

    Syntax m_syntax;
    FoldedText m_text;
    QString m_name;
    std::set<Cursor> m_litCursors;
    std::set<int> m_lit;
    NotesBeside m_notes;
    CodeMargin m_margin;
    bool m_jumps = false;
    std::function<QString(const PaneLine&)> m_help;
    bool m_ghost = false;
    std::vector<RefusedInstance> m_refused;
    std::map<int, std::vector<Label>> m_labels;
    LineRows m_rows;
    std::map<int, int> m_empty;  // rows under a line, so that the other side's stand beside it
    bool m_wraps = true, m_sideBySide = false;
    LineDocumentPtr m_whole;  // as it was given
    TextView* m_before = nullptr;
    TextSelection m_selection;
    int m_pointed = 0;  // in the cursors of the caret's line
    QFont m_font;       // a style sheet may set the widget's own at any time
    int m_rowHeight = 16, m_ascent = 12;
    double m_charWidth = 8;  // not whole pixels: text is set as a whole line is
};

}  // namespace strata
