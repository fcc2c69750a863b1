#include "app/window/views/notes_beside.h"

#include <algorithm>

namespace strata {

namespace {

// Of a note: characters of Chinese are two columns wide.
int columnsOf(const QString& note)
{
    int columns = 0;
    for (const QChar c : note)
        columns += c.unicode() >= 0x2e80 ? 2 : 1;
    return columns;
}

constexpr int gap = 4;

}  // namespace

const MarginNote* NotesBeside::at(const LineDocument& document, int line) const
{
    const bool there = line >= 0 && line < static_cast<int>(document.lines.size());
    const int number = there ? document.lines[line].number : 0;
    const auto found = number > 0 ? m_notes.find(number) : m_notes.end();
    return found == m_notes.end() ? nullptr : &found->second;
}

std::map<int, int> NotesBeside::taken(const LineDocument& document) const
{
    std::map<int, int> columns;
    for (int line = 0; line < static_cast<int>(document.lines.size()) && !m_notes.empty(); ++line)
        if (const MarginNote* note = at(document, line); note && note->must)
            columns[line] = columnsOf(note->full) + gap - 1;
    return columns;
}

void NotesBeside::choose(const LineDocument& document, const LineRows& rows, int columns)
{
    m_full = true;
    for (int line = 0; line < static_cast<int>(document.lines.size()) && !m_notes.empty(); ++line)
        if (const MarginNote* note = at(document, line))
            m_full = m_full && rows.columnsOfLast(line) + gap + columnsOf(note->full) <= columns;
}

QString NotesBeside::text(const LineDocument& document, const LineRows& rows, int columns, int line) const
{
    const MarginNote* note = at(document, line);
    if (!note || m_full || note->must)
        return note ? note->full : QString();
    return rows.columnsOfLast(line) + gap + columnsOf(note->brief) <= columns ? note->brief : QString();
}

int NotesBeside::widest(const LineDocument& document) const
{
    int columns = 0;
    for (int line = 0; line < static_cast<int>(document.lines.size()) && !m_notes.empty(); ++line)
        if (const MarginNote* note = at(document, line); note && note->must)
            columns = std::max(columns, static_cast<int>(document.lines[line].text.size() + 2 + note->full.size()));
    return columns;
}

}  // namespace strata
