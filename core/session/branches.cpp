#include "core/session/branches.h"

#include <algorithm>

namespace strata {

namespace {

constexpr std::string_view mark = "# branch: ";

auto namesBranch = [](const std::string& remark) { return remark.starts_with(mark); };

}  // namespace

int branchOf(const Session& session, int state)
{
    for (StatePtr at = session.state(state); at && at->parent >= 0; at = session.state(at->parent))
        if (session.next(at->parent) != at->id)
            return at->id;
    return -1;
}

std::string branchName(const State& first)
{
    const auto found = std::find_if(first.remarks.begin(), first.remarks.end(), namesBranch);
    return found == first.remarks.end() ? std::string() : found->substr(mark.size());
}

Status nameBranch(Session& session, int first, const std::string& name)
{
    const StatePtr state = session.state(first);
    if (!state || state->parent < 0 || branchOf(session, first) != first)
        return refused(say("No branch begins there."));
    std::vector<std::string> remarks = state->remarks;
    std::erase_if(remarks, namesBranch);
    if (const std::string line = oneLine(name); !line.empty())
        remarks.insert(remarks.begin(), std::string(mark) + line);
    session.annotate(first, state->step.comment, state->group, std::move(remarks));
    return {};
}

}  // namespace strata
