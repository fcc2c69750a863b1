#include "app/window/views/folded_text.h"

namespace strata {

void FoldedText::setSource(LineDocumentPtr source, bool loops)
{
    m_source = std::move(source);
    m_loops = loops;
    apply();
}

void FoldedText::apply()
{
    m_shown = strata::folded(m_source, m_folds);
    m_scopes = m_shown && m_loops ? loopScopes(*m_shown) : std::vector<LoopScope>();
}

bool FoldedText::setFolded(const Cursor& loop, bool on)
{
    if (on ? !m_folds.insert(loop).second : m_folds.erase(loop) == 0)
        return false;
    apply();
    return true;
}

void FoldedText::unfoldAll()
{
    m_folds.clear();
    apply();
}

const LoopScope* FoldedText::scopeAt(int line) const
{
    for (const LoopScope& scope : m_scopes)
        if (scope.line == line)
            return &scope;
    return nullptr;
}

const LoopScope* FoldedText::scopeAround(int line) const
{
    const LoopScope* inner = nullptr;
    for (const LoopScope& scope : m_scopes)
        if (scope.line <= line && line <= scope.last)
            inner = &scope;
    return inner;
}

bool FoldedText::isFolded(int line) const
{
    const PaneLine& shown = m_shown->lines[line];
    return m_loops && !shown.cursors.empty() && m_folds.count(shown.cursors.front())
           && shown.cursors.front().kind == NodeKind::Loop && !scopeAt(line);
}

}  // namespace strata
