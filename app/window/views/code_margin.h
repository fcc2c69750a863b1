// What stands between line numbers and instructions: a column of text, as addresses and bytes, and arrows from jumps to
// where they go on. The loops around what is selected are strong.
#pragma once

#include "app/window/models/instruction.h"
#include "app/window/models/line_document.h"

#include <QPainter>

namespace strata {

struct Theme;

class CodeMargin {
public:
    void setColumn(std::map<int, QString> texts);  // by the numbers of lines
    void setJumps(bool on, const LineDocument* document);
    void light(const std::set<int>& lines);
    // The line that the jump in this line goes to; -1: it is none, or its arrow found no room.
    int targetOf(int line) const;
    const std::vector<JumpArrow>& arrows() const { return m_arrows; }
    const std::set<int>& lit() const { return m_lit; }  // in arrows()
    const std::map<int, QString>& column() const { return m_column; }

    // Of a view that is so wide: the column leaves most of it to the text, and is cut off.
    void setView(int width, double charWidth);
    int width() const { return m_width; }
    // Of one line whose first of all rows is as high as `rowHeight`; the left end of its `width` is at `rect`'s.
    void paint(QPainter& painter, const PaneLine& line, int index, const QRect& rect, int rowHeight, int ascent,
               const Theme& theme) const;

private:
    std::vector<int> arrowsAt(int line) const;
    void paintArrows(QPainter& painter, int line, const QRect& rect, int rowHeight, const Theme& theme) const;

    std::map<int, QString> m_column;
    int m_longest = 0, m_columnChars = 0, m_lanes = 0, m_width = 0;
    double m_charWidth = 8;
    std::vector<JumpArrow> m_arrows;
    std::vector<std::vector<int>> m_near;  // arrows that pass by each so many lines
    std::set<int> m_lit;
};

}  // namespace strata
