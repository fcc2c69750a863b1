// What each function of a state costs in its last run: the calls of one function together, the slowest first.
#pragma once

#include "app/window/models/roofline.h"

namespace strata {

struct FunctionTime {
    QString function;
    int calls = 0;
    double ms = 0;                // of all its calls; 0: not measured
    double share = 0;             // of the sum over all functions, in [0, 1]
    double flops = 0, bytes = 0;  // of all its calls; 0: unknown, or it only moves data
    QString boundBy;              // empty: unknown
    double predictedMs = 0;       // of all its calls; 0: unknown
    QString cause;                // what costs most of it, as far as a step could win it back; empty: nothing known
    double gflopsPerSecond() const { return ms > 0 ? flops / ms / 1e6 : 0; }
    double gbytesPerSecond() const { return ms > 0 ? bytes / ms / 1e6 : 0; }
};
std::vector<FunctionTime> functionTimes(const LoweredState& lowered,
                                        const std::vector<std::pair<QString, double>>& callMs,
                                        const std::optional<MachineLimits>& machine);

// Of one call, in ms; 0: unknown, since it is no function of loops.
double predictedMs(const Module& module, const Function& function, const MachineLimits& machine);

enum class FunctionColumn { Function, Calls, Time, Predicted, Share, Flops, Bytes, Bound, Cause };
void sortBy(std::vector<FunctionTime>& rows, FunctionColumn column, bool descending);
// With a line of headings, numbers in full.
QString csv(const std::vector<FunctionTime>& rows);

}  // namespace strata
