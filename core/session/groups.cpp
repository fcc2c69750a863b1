#include "core/session/groups.h"

#include <algorithm>

namespace strata {

StepGroup groupBetween(const StepGroup& before, const StepGroup& after) { return before == after ? before : nullptr; }

Status regroupMoved(std::vector<StepGroup>& groups, std::size_t begin, std::size_t count)
{
    const std::size_t end = begin + count;
    const StepGroup before = begin > 0 ? groups[begin - 1] : nullptr;
    const StepGroup after = end < groups.size() ? groups[end] : nullptr;
    const StepGroup around = groupBetween(before, after);
    const auto isWhole = [&](const StepGroup& group) {
        return std::find(groups.begin(), groups.begin() + std::ptrdiff_t(begin), group)
                   == groups.begin() + std::ptrdiff_t(begin)
               && std::find(groups.begin() + std::ptrdiff_t(end), groups.end(), group) == groups.end();
    };
    for (std::size_t i = begin; i < end; ++i) {
        const StepGroup own = groups[i];
        if (around && own && own != around && isWhole(own))
            return refused(say("The group \"{}\" would come to stand within the group \"{}\", and a group holds no "
                               "other.",
                               *own, *around),
                           {}, "Move it before or behind that group.");
        if (around)
            groups[i] = around;
        else if (own && own != before && own != after && !isWhole(own))
            groups[i] = nullptr;
    }
    return {};
}

std::string oneLine(const std::string& text)
{
    std::string line = text;
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    const std::size_t begin = line.find_first_not_of(' ');
    return begin == std::string::npos ? std::string() : line.substr(begin, line.find_last_not_of(' ') - begin + 1);
}

}  // namespace strata
