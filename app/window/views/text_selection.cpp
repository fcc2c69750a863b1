#include "app/window/views/text_selection.h"

#include <algorithm>

namespace strata {

void TextSelection::reset(int line) { m_caret = m_anchor = line; }

void TextSelection::moveTo(int line, bool extend)
{
    m_caret = line;
    if (extend)
        return;
    m_anchor = line;
    m_byCharacter = false;
}

void TextSelection::setCharacter(int character, bool extend)
{
    m_caretCharacter = character;
    if (!extend)
        m_anchorCharacter = character;
    m_byCharacter = true;
}

void TextSelection::moveCharacter(const LineDocument& document, bool forward, int from)
{
    if (!m_byCharacter) {
        m_anchor = m_caret;
        setCharacter(from, false);
    }
    const int size = static_cast<int>(document.lines[m_caret].text.size());
    m_caretCharacter = std::clamp(m_caretCharacter + (forward ? 1 : -1), 0, size);
}

std::optional<std::pair<int, int>> TextSelection::in(const LineDocument& document, int line) const
{
    const int first = std::min(m_anchor, m_caret), last = std::max(m_anchor, m_caret);
    if (line < first || line > last)
        return std::nullopt;
    const int size = static_cast<int>(document.lines[line].text.size());
    std::pair<int, int> characters{0, size};
    if (!m_byCharacter)
        return first == last ? std::nullopt : std::optional(characters);
    const std::pair from{m_anchor, m_anchorCharacter}, to{m_caret, m_caretCharacter};
    if (line == first)
        characters.first = std::min(size, std::min(from, to).second);
    if (line == last)
        characters.second = std::min(size, std::max(from, to).second);
    return first == last && characters.first == characters.second ? std::nullopt : std::optional(characters);
}

QString TextSelection::text(const LineDocument& document) const
{
    const int first = std::min(m_anchor, m_caret), last = std::max(m_anchor, m_caret);
    if (!m_byCharacter || !in(document, first))
        return document.text(first, last);
    QStringList parts;
    for (int line = first; line <= last; ++line) {
        const auto [from, to] = *in(document, line);
        const QString whole = document.text(line, line).chopped(1);  // its end
        const qsizetype deeper = whole.size() - document.lines[line].text.size();
        parts << (from == 0 ? whole.left(to + deeper) : whole.mid(from + deeper, to - from));
    }
    return parts.join(QLatin1Char('\n'));
}

}  // namespace strata
