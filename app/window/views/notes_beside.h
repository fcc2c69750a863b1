// Notes behind the ends of lines: in full, in brief, or not at all, by the room that there is.
#pragma once

#include "app/window/models/loop_notes.h"
#include "app/window/views/line_rows.h"

namespace strata {

class NotesBeside {
public:
    void set(MarginNotes notes) { m_notes = std::move(notes); }
    const MarginNotes& all() const { return m_notes; }
    const MarginNote* at(const LineDocument& document, int line) const;
    // Columns that lines have to leave to notes that must be seen.
    std::map<int, int> taken(const LineDocument& document) const;
    // In full only where that goes for all, so that columns stay columns.
    void choose(const LineDocument& document, const LineRows& rows, int columns);
    // As it is drawn; empty: there is none, or no room for it.
    QString text(const LineDocument& document, const LineRows& rows, int columns, int line) const;
    int widest(
        const LineDocument& document) const;  // columns of a line with a note that must be seen; 0: there is none

private:
    MarginNotes m_notes;
    bool m_full = false;  // there is room for them beside all lines
};

}  // namespace strata
