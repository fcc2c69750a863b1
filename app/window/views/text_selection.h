// What is selected of a text by its lines: whole lines, or characters. The caret is where it ends, and stands on a line
// also while nothing is selected.
#pragma once

#include "app/window/models/line_document.h"

#include <optional>
#include <utility>

namespace strata {

class TextSelection {
public:
    int caret() const { return m_caret; }
    bool isByCharacter() const { return m_byCharacter; }
    int anchor() const { return m_anchor; }
    void reset(int line);                // the caret, and nothing is selected
    void moveTo(int line, bool extend);  // of lines; characters stay where they are while it is extended
    // The character before which the caret stands on its line; `extend`: the selection goes up to there.
    void setCharacter(int character, bool extend);
    // By one character; where whole lines were selected, it begins at `from` on the caret's line.
    void moveCharacter(const LineDocument& document, bool forward, int from);

    // Characters from and to of a line; nullopt: none.
    std::optional<std::pair<int, int>> in(const LineDocument& document, int line) const;
    // Where nothing is, the line with the caret. Indentation is as the text's own where a line is taken from its
    // beginning.
    QString text(const LineDocument& document) const;

private:
    int m_caret = 0, m_anchor = 0;
    bool m_byCharacter = false;  // what is selected; else whole lines are
    int m_caretCharacter = 0, m_anchorCharacter = 0;
};

}  // namespace strata
