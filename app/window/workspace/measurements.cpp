#include "app/window/workspace/measurements.h"

namespace strata {

const Times& Measurements::times(const Circumstances& where) const
{
    static const Times none;
    const auto kept = m_kept.find(where);
    return kept == m_kept.end() ? none : kept->second.times;
}

std::map<Circumstances, Times> Measurements::elsewhere(const Circumstances& here) const
{
    std::map<Circumstances, Times> others;
    for (const auto& [where, kept] : m_kept)
        if (where != here)
            others[where] = kept.times;
    return others;
}

std::vector<std::pair<std::string, double>> Measurements::callTimes(const Circumstances& where, int state) const
{
    std::vector<std::pair<std::string, double>> list;
    const auto kept = m_kept.find(where);
    if (kept == m_kept.end() || !kept->second.times.count(state))
        return list;
    const std::vector<double>& ms = kept->second.times.at(state).callMs;
    const std::vector<std::string>& names = kept->second.calls.at(state);
    for (std::size_t i = 0; i < std::min(ms.size(), names.size()); ++i)
        list.emplace_back(names[i], ms[i]);
    return list;
}

void Measurements::keep(const Circumstances& where, const Measured& measured)
{
    Kept& kept = m_kept[where];
    for (const auto& [state, timing] : measured.times)
        kept.times[state] = timing;
    for (const auto& [state, calls] : measured.calls)
        kept.calls[state] = calls;
}

std::optional<MachineLimits> Measurements::limits(const std::string& isa, int threads) const
{
    const auto found = m_limits.find({isa, threads});
    return found == m_limits.end() ? std::nullopt : std::optional(found->second);
}

void Measurements::keepLimits(const MachineLimits& limits)
{
    const auto [kept, isNew] = m_limits.emplace(std::pair{limits.isa, limits.threads}, limits);
    if (isNew)
        return;
    MachineLimits& best = kept->second;
    best.flopsPerSecond = std::max(best.flopsPerSecond, limits.flopsPerSecond);
    for (std::size_t i = 0; i < std::min(best.levels.size(), limits.levels.size()); ++i)
        best.levels[i].bytesPerSecond = std::max(best.levels[i].bytesPerSecond, limits.levels[i].bytesPerSecond);
}

const Verdict* Measurements::verdict(int state) const
{
    const auto found = m_verdicts.find(state);
    return found == m_verdicts.end() ? nullptr : &found->second;
}

void Measurements::forgetVerdicts()
{
    m_verdicts.clear();
    m_judged.clear();
}

template<class Gone>
void Measurements::forgetStates(Gone gone)
{
    const auto forget = [&](auto& byState) {
        std::erase_if(byState, [&](const auto& entry) { return gone(entry.first); });
    };
    for (auto& [where, kept] : m_kept) {
        forget(kept.times);
        forget(kept.calls);
    }
    forget(m_verdicts);
}

void Measurements::forgetFrom(int state)
{
    forgetStates([state](int kept) { return kept >= state; });
}

void Measurements::forgetDocument(bool sameRoot)
{
    forgetStates([sameRoot](int kept) { return !sameRoot || kept != 0; });
    m_judged.clear();
}

}  // namespace strata
