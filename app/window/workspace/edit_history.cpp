#include "app/window/workspace/edit_history.h"

namespace strata {

void EditHistory::add(const std::shared_ptr<Session>& before, const std::shared_ptr<Session>& behind)
{
    m_edits.push_back({before, behind, before->current()->id, behind->current()->id});
    m_takenBack.clear();
}

bool EditHistory::isLast(const std::shared_ptr<Session>& session) const
{
    return !m_edits.empty() && m_edits.back().behind == session && m_edits.back().shownBehind == session->current()->id;
}

bool EditHistory::isNext(const std::shared_ptr<Session>& session) const
{
    return !m_takenBack.empty() && m_takenBack.back().before == session
           && m_takenBack.back().shownBefore == session->current()->id;
}

const EditHistory::Edited& EditHistory::takeBack()
{
    m_takenBack.push_back(std::move(m_edits.back()));
    m_edits.pop_back();
    return m_takenBack.back();
}

const EditHistory::Edited& EditHistory::takeAgain()
{
    m_edits.push_back(std::move(m_takenBack.back()));
    m_takenBack.pop_back();
    return m_edits.back();
}

void EditHistory::clear()
{
    m_edits.clear();
    m_takenBack.clear();
}

}  // namespace strata
