// Edits of the document, to be taken back as they were made: the sessions before and behind each, and what they showed.
#pragma once

#include "core/session/session.h"

#include <memory>
#include <vector>

namespace strata {

class EditHistory {
public:
    struct Edited {
        std::shared_ptr<Session> before, behind;
        int shownBefore = 0, shownBehind = 0;
    };
    void add(const std::shared_ptr<Session>& before, const std::shared_ptr<Session>& behind);
    // There is one, and nothing has come since.
    bool isLast(const std::shared_ptr<Session>& session) const;
    bool isNext(const std::shared_ptr<Session>& session) const;
    const Edited& takeBack();
    const Edited& takeAgain();
    void clear();

private:
    std::vector<Edited> m_edits, m_takenBack;
};

}  // namespace strata
