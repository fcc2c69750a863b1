#include "app/window/views/line_rows.h"

#include <algorithm>

namespace strata {

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

namespace {

constexpr int hanging = 4;     // columns that a line goes on further right than it begins
constexpr int narrowest = 16;  // columns that a row has at least

int indentOf(const QString& text)
{
    int indent = 0;
    while (indent < text.size() && text[indent] == QLatin1Char(' '))
        ++indent;
    return indent;
}

std::vector<LineRows::Piece> broken(const QString& text, int columns)
{
    const int size = static_cast<int>(text.size()), indent = indentOf(text);
    const int further = std::min(indent + hanging, std::max(0, columns - narrowest));
    std::vector<LineRows::Piece> pieces;
    for (int start = 0, column = 0; start < size;) {
        const int room = std::max(1, columns - column), least = start + (start == 0 ? indent : 0);
        int end = std::min(size, start + room);
        if (end < size)
            if (const int space = static_cast<int>(text.lastIndexOf(QLatin1Char(' '), end)); space > least)
                end = space + 1;  // the space stays behind the words before it, where nobody sees it
        pieces.push_back({start, end - start, column});
        start = end;
        column = further;
    }
    return pieces;
}

}  // namespace

void LineRows::layOut(LineDocumentPtr document, int columns, const std::map<int, int>& taken,
                      const std::map<int, int>& labels)
{
    m_document = std::move(document);
    m_lines = m_document ? static_cast<int>(m_document->lines.size()) : 0;
    m_broken.clear();
    m_extra.clear();
    columns = columns > 0 ? std::max(columns, narrowest) : 0;
    const bool breaks = columns > 0 && m_lines > 0 && (m_document->columns > columns || !taken.empty());
    auto label = labels.begin();
    int extra = 0;
    for (int line = 0; line < m_lines && (breaks || label != labels.end()); ++line) {
        const int before = extra;
        if (const QString& text = m_document->lines[line].text; breaks) {
            const auto other = taken.find(line);
            const int room = std::max(narrowest, columns - (other == taken.end() ? 0 : other->second));
            if (text.size() > room) {
                m_broken[line] = broken(text, room);
                extra += static_cast<int>(m_broken[line].size()) - 1;
            }
        }
        if (label != labels.end() && label->first == line)
            extra += (label++)->second;
        if (extra != before)
            m_extra.emplace_back(line, extra);
    }
}

int LineRows::rowOf(int line) const
{
    const auto next = std::lower_bound(m_extra.begin(), m_extra.end(), std::pair(line, 0));
    return line + (next == m_extra.begin() ? 0 : std::prev(next)->second);
}

int LineRows::lineAt(int row) const
{
    int low = 0, high = std::max(0, m_lines - 1);
    while (low < high) {
        const int middle = (low + high + 1) / 2;
        if (rowOf(middle) <= row)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

std::vector<LineRows::Piece> LineRows::pieces(int line) const
{
    const auto found = m_broken.find(line);
    return found != m_broken.end() ? found->second
                                   : std::vector<Piece>{{0, static_cast<int>(m_document->lines[line].text.size()), 0}};
}

int LineRows::rowsOf(int line) const
{
    const auto found = m_broken.find(line);
    return found == m_broken.end() ? 1 : static_cast<int>(found->second.size());
}

int LineRows::columnsOfLast(int line) const
{
    const auto found = m_broken.find(line);
    return found == m_broken.end() ? static_cast<int>(m_document->lines[line].text.size())
                                   : found->second.back().column + found->second.back().length;
}

}  // namespace strata
