// The rows of a text view. A line that is wider than the view goes on in further rows, broken at spaces and indented
// below its first; labels stand in rows of their own under the line they belong to.
#pragma once

#include "app/window/models/line_document.h"

namespace strata {

// At spaces, else where the row ends; what follows is indented.
QStringList wrapped(QString text, int columns);

class LineRows {
public:
    // A part of a line that stands in one row: `length` characters from `start`, drawn at `column`.
    struct Piece {
        int start = 0, length = 0, column = 0;
    };
    // `taken`: columns at the right end of a line that something else needs, by line; `labels`: rows under a line.
    void layOut(LineDocumentPtr document, int columns, const std::map<int, int>& taken,
                const std::map<int, int>& labels);
    // A row a line, and labels; nothing is broken.
    void layOut(LineDocumentPtr document, const std::map<int, int>& labels) { layOut(document, 0, {}, labels); }

    int rowOf(int line) const;                    // its first
    int lineAt(int row) const;                    // the line that the row belongs to
    int count() const { return rowOf(m_lines); }  // of all rows
    std::vector<Piece> pieces(int line) const;    // one at least
    int rowsOf(int line) const;                   // of its text
    int columnsOfLast(int line) const;            // where its last row ends

private:
    LineDocumentPtr m_document;
    int m_lines = 0;
    std::map<int, std::vector<Piece>> m_broken;  // lines of more than one row
    std::vector<std::pair<int, int>> m_extra;    // by line: rows beyond one a line, up to its end
};

}  // namespace strata
