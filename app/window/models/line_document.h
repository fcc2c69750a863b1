// What a text pane shows: the lines of one state, with the lines of another state that are gone between them.
#pragma once

#include "core/session/diff.h"

#include <QStringList>

#include <map>
#include <memory>
#include <set>

namespace strata {

struct PaneLine {
    QString text;
    DiffKind change = DiffKind::Same;
    int number = 0;  // 1-based line of the shown state; 0 for a line that is gone, -1 for one of another text
    std::vector<Cursor> cursors;  // what it shows, innermost first; of a line that is gone: in the other state
    // Of a line that changed a little: what its other form has not got, as start and length.
    std::vector<std::pair<int, int>> marks = {};
    int source = 0;  // the line of another text that the following ones come from
};

// Where a line spells the name of one of its cursors: each loop of a grid, each parameter of a def can be chosen there.
struct NameSpan {
    int start = 0, length = 0;
    int cursor = 0;  // in PaneLine::cursors
};
// From left to right; of a buffer each place where it is accessed.
std::vector<NameSpan> namesIn(const PaneLine& line);
// Where the line reads or writes an element of the buffer: its name before a bracket, start and length.
std::vector<std::pair<int, int>> accessesIn(const PaneLine& line, const Cursor& buffer);

// A text as panes show its lines: indentation at half its width. It parses to the same.
QString asShown(const std::string& text);

struct LineDocument {
    std::vector<PaneLine> lines;
    int added = 0, removed = 0, changed = 0;
    int columns = 0;                           // characters of the longest line
    std::map<Cursor, std::vector<int>> index;  // lines that speak of a node; lines that are gone are left out

    bool differs() const { return added + removed + changed > 0; }
    // The next line after (before) `line` that begins a run of changes; -1 if there is none.
    int nextChange(int line, bool forward) const;
    // Lines that show one of these nodes as their innermost; where there are none, all lines that speak of them.
    std::set<int> linesOf(const std::set<Cursor>& cursors) const;
    QString text(int first, int last) const;  // for copying
    QStringList shownLines() const;           // without what is gone
};
using LineDocumentPtr = std::shared_ptr<const LineDocument>;

// How a line that changed a little is drawn: as its old and its new form, or, where small changes are many (registers),
// as the new alone.
enum class ChangedLines { Pairs, Single };

LineDocument makeDocument(const std::vector<TextLine>& lines);
LineDocument makeDocument(const std::vector<TextLine>& before, const std::vector<TextLine>& after,
                          ChangedLines changed = ChangedLines::Pairs);
// A listing under the lines of the text that it was made from, each where the next instructions are of another one.
LineDocument interleaved(const LineDocument& listing, const LineDocument& source);
// "+3 −3 ~1", "no change"
QString summary(const LineDocument& document);

}  // namespace strata
