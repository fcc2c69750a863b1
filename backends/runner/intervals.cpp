#include "backends/runner/intervals.h"

#include <algorithm>
#include <cmath>

namespace strata {

Interval medianInterval(std::vector<double> samples)
{
    std::sort(samples.begin(), samples.end());
    const std::size_t count = samples.size(), middle = count / 2;
    const double rank = std::floor((double(count) - 1) / 2 - 0.98 * std::sqrt(double(count)));
    const auto low = std::size_t(std::max(0.0, rank));
    const double median = count % 2 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
    return {median, samples[low], samples[count - 1 - low]};
}

Interval speedInterval(const std::vector<double>& own, const std::vector<double>& other)
{
    std::vector<double> ratios;
    for (std::size_t i = 0; i < std::min(own.size(), other.size()); ++i)
        ratios.push_back(other[i] / own[i]);
    return medianInterval(std::move(ratios));
}

Interval speedInterval(const Interval& own, const Interval& other)
{
    const double speed = other.value / own.value, error = std::hypot(own.relative(), other.relative());
    return {speed, speed / (1 + error), speed * (1 + error)};
}

}  // namespace strata
