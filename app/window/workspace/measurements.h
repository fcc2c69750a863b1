// What was found by running states: times, by the circumstances they were measured under, what the machine can do, and
// verdicts.
#pragma once

#include "app/window/jobs/measure.h"
#include "app/window/models/timings.h"

namespace strata {

class Measurements {
public:
    const Times& times(const Circumstances& where) const;
    std::map<Circumstances, Times> elsewhere(const Circumstances& here) const;
    std::vector<std::pair<std::string, double>> callTimes(const Circumstances& where, int state) const;  // in ms
    void keep(const Circumstances& where, const Measured& measured);

    std::optional<MachineLimits> limits(const std::string& isa, int threads) const;
    // The best that was ever seen: a busy machine only ever shows less than it can.
    void keepLimits(const MachineLimits& limits);

    const Verdict* verdict(int state) const;  // nullptr: not checked
    void keep(int state, Verdict verdict) { m_verdicts[state] = std::move(verdict); }
    // A function is a value: what was found holds in every state.
    const std::map<FunctionPtr, FunctionVerdict>& judged() const { return m_judged; }
    void keep(const FunctionPtr& function, const FunctionVerdict& verdict) { m_judged[function] = verdict; }

    void forgetVerdicts();
    void forgetFrom(int state);          // and all made since
    void forgetDocument(bool sameRoot);  // the untouched model may be the same one

private:
    template<class Gone>
    void forgetStates(Gone gone);

    struct Kept {
        Times times;
        std::map<int, std::vector<std::string>> calls;  // by state, names of Timing::callMs
    };
    std::map<Circumstances, Kept> m_kept;
    std::map<int, Verdict> m_verdicts;
    std::map<FunctionPtr, FunctionVerdict> m_judged;
    std::map<std::pair<std::string, int>, MachineLimits> m_limits;  // by instruction set and threads
};

}  // namespace strata
