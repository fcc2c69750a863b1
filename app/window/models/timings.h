// What measured times say, and what to: every ratio names the state that it compares with, which is the nearest
// measured one before unless said otherwise.
#pragma once

#include "app/window/models/format.h"
#include "core/session/session.h"

namespace strata {

// Under which circumstances a state was measured. Its instruction set is the state's own.
struct Circumstances {
    int threads = 1;
    std::string target = "cpu", machine;
    friend auto operator<=>(const Circumstances&, const Circumstances&) = default;
};

// "CPU · 1 thread"; of a device with its title
QString placeName(const Circumstances& where);

using Times = std::map<int, Timing>;  // by state, all under the same circumstances

// A run that is past: what is kept of it when the state is run again, and with the document.
struct TimedRun {
    Circumstances where;
    double medianMs = 0, lowMs = 0, highMs = 0;  // as in Timing
    int runs = 0;
    std::int64_t when = 0;  // in seconds since 1970
    friend bool operator==(const TimedRun&, const TimedRun&) = default;
};
using History = std::map<int, std::vector<TimedRun>>;  // by state, the oldest first; the last is what Times has

// The nearest measured state before this one; -1: none.
int measuredBefore(const Session& session, const Times& times, const State& state);
// "untouched", "step 12"
QString stateName(const Session& session, int state);
// Inside a device's kernels, of a run; the rest of it is copies to the device and back, and the host.
double deviceMs(const Timing& timing);
// "2.1 ± 0.1 × vs step 12", "no change vs step 12"; with "≈" where the two were not measured in turn.
QString comparison(const Session& session, const Times& times, int own, int other);
// The same in a few characters: "2.1 ×", "2.1 × vs 12" where the other is not the step before; a time where there is no
// other.
QString shortComparison(const Session& session, const Times& times, const State& state);

struct TimingBar {
    int state = 0;
    // "6 · vectorize", "75.1 µs ± 0.8   7.2 ± 0.1 × vs step 5": where there is no room for a row, a text goes on in
    // another at three spaces
    QString name, text, toolTip;
    double median = 0, low = 0, high = 0;  // in ms
    double device = 0;                     // of the median, inside a device's kernels; 0: it ran on the CPU alone
    bool current = false, branch = false;
    bool elsewhere = false;       // the shown state under other circumstances, below its own bar
    bool kept = false;            // measured when the document was open before, and not since
    std::vector<double> earlier;  // medians of the runs before, in ms, under the same circumstances
};
// Under the present circumstances; of the shown state also what was measured elsewhere. Runs that are past stand with
// their state.
struct BarRequest {
    const Times& times;
    Circumstances here;
    const std::map<Circumstances, Times>& elsewhere;
    const History& history;
};
std::vector<TimingBar> timingBars(const Session& session, const BarRequest& request, const QString& rootName,
                                  const QString& machine);

}  // namespace strata
