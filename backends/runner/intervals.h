// How sure a measured number is. A median has the interval between two order statistics that holds the true median with
// 95 %, whatever the noise looks like: each sample lies below it with probability one half, so the count of those below
// is binomial. Outliers, which a busy machine makes all the time, move neither end.
#pragma once

#include <vector>

namespace strata {

struct Interval {
    double value = 0, low = 0, high = 0;
    // Half its width over its value: 0.02 is "± 2 %".
    double relative() const { return value > 0 ? (high - low) / 2 / value : 0; }
    bool holds(double x) const { return low <= x && x <= high; }
};

// Of at least one sample. Five and fewer: from the smallest to the largest, which holds it with less than 95 %.
Interval medianInterval(std::vector<double> samples);

// How many times faster `own` is than `other`: of the ratios of samples that were taken next to each other (A B A B),
// so that what slows the machine for a while slows both. Pairs by index; what one has more of is left out.
Interval speedInterval(const std::vector<double>& own, const std::vector<double>& other);

// The same for times that were not taken in turn: wider, and only as right as the machine was steady.
Interval speedInterval(const Interval& own, const Interval& other);

}  // namespace strata
