// A text of loops of which some bodies are folded away: the text as it is shown, and where its loops stand in that.
#pragma once

#include "app/window/models/loop_scopes.h"

namespace strata {

class FoldedText {
public:
    // `loops`: it is one in Strata's own text; else nothing of it folds.
    void setSource(LineDocumentPtr source, bool loops);
    const LineDocumentPtr& shown() const { return m_shown; }
    bool setFolded(const Cursor& loop, bool on);  // false: it was
    void unfoldAll();
    const std::set<Cursor>& folded() const { return m_folds; }
    const std::vector<LoopScope>& scopes() const { return m_scopes; }
    const LoopScope* scopeAt(int line) const;      // whose loop stands there
    const LoopScope* scopeAround(int line) const;  // the innermost
    bool isFolded(int line) const;                 // the body of its loop

private:
    void apply();

    LineDocumentPtr m_source, m_shown;
    bool m_loops = false;
    std::set<Cursor> m_folds;
    std::vector<LoopScope> m_scopes;
};

}  // namespace strata
