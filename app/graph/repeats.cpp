#include "app/graph/repeats.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

namespace strata {

namespace {

constexpr int longestPeriod = 2048, leastPeriod = 6, leastCovered = 16, phasesTried = 24;

// Where labels repeat with a period: labels[i] == labels[i + period] for all i in [first, end - period).
struct Run {
    int first = 0, end = 0, period = 0;
    int length() const { return end - first; }
};

bool isWorthwhile(int period, int count)
{
    return count >= 2 && (period >= leastPeriod || period * count >= leastCovered);
}

std::vector<Run> runsOf(const std::vector<int>& labels, int first, int end)
{
    std::vector<Run> runs;
    const int longest = std::min((end - first) / 2, longestPeriod);
    for (int period = 1; period <= longest; ++period)
        for (int i = first; i + period < end;) {
            if (labels[i] != labels[i + period]) {
                ++i;
                continue;
            }
            int last = i;
            while (last + period < end && labels[last] == labels[last + period])
                ++last;
            if (isWorthwhile(period, (last - i + period) / period))
                runs.push_back({i, last + period, period});
            i = last;
        }
    return runs;
}

// Edges inside both instances are the same, and what reads one value from outside in one does so in the other.
bool alike(const Sequence& sequence, int a, int b, int period)
{
    std::map<int, int> there, back;  // producers outside a -> outside b
    const auto sameOutside = [&](int from, int to) {
        if (from < 0 || to < 0)  // a parameter of the graph, for example
            return to < b;
        return to < b && there.emplace(from, to).first->second == to && back.emplace(to, from).first->second == from;
    };
    for (int i = 0; i < period; ++i) {
        const auto &from = sequence.producers[a + i], &to = sequence.producers[b + i];
        for (std::size_t j = 0; j < from.size(); ++j)
            if (from[j] >= a ? to[j] - b != from[j] - a : !sameOutside(from[j], to[j]))
                return false;
    }
    return true;
}

bool areAlike(const Sequence& sequence, const Repeat& repeat)
{
    for (int k = 1; k < repeat.count; ++k)
        if (!alike(sequence, repeat.first + (k - 1) * repeat.period, repeat.first + k * repeat.period, repeat.period))
            return false;
    return true;
}

int crossed(const Sequence& sequence, const Repeat& repeat)
{
    int sum = 0;
    for (int k = 1; k < repeat.count; ++k)
        sum += sequence.crossing[repeat.first + k * repeat.period];
    return sum;
}

// The run cut into instances: at most one less than would fit, where fewest values are alive; of equal cuts the latest,
// since what stands before the first instance may end as an instance does.
std::optional<Repeat> cut(const Sequence& sequence, const Run& run)
{
    struct Phase {
        Repeat repeat;
        double alive;
    };
    const int most = run.length() / run.period;
    std::vector<Phase> phases;
    for (int shift = 0; shift < run.period; ++shift) {
        const Repeat repeat{run.first + shift, run.period, (run.length() - shift) / run.period};
        if (repeat.count >= std::max(2, most - 1) && isWorthwhile(repeat.period, repeat.count))
            phases.push_back({repeat, double(crossed(sequence, repeat)) / (repeat.count - 1)});
    }
    std::sort(phases.begin(), phases.end(), [](const Phase& a, const Phase& b) {
        if (a.alive != b.alive)
            return a.alive < b.alive;
        return a.repeat.count != b.repeat.count ? a.repeat.count > b.repeat.count : a.repeat.first > b.repeat.first;
    });
    for (int i = 0; i < std::min<int>(phases.size(), phasesTried); ++i)
        if (areAlike(sequence, phases[i].repeat))
            return phases[i].repeat;
    return std::nullopt;
}

// The longest stretch of a run that is still free.
Run freePart(const Run& run, const std::vector<bool>& taken, int offset)
{
    Run best{run.first, run.first, run.period};
    for (int i = run.first; i < run.end;) {
        int last = i;
        while (last < run.end && !taken[last - offset])
            ++last;
        if (last - i > best.length())
            best = {i, last, run.period};
        i = last + 1;
    }
    return best;
}

}  // namespace

std::vector<Repeat> findRepeats(const Sequence& sequence, int first, int end)
{
    std::vector<Run> runs = runsOf(sequence.labels, first, end);
    std::stable_sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) {
        const int coverA = a.length() / a.period * a.period, coverB = b.length() / b.period * b.period;
        return coverA != coverB ? coverA > coverB : a.period < b.period;
    });
    std::vector<bool> taken(end - first, false);
    std::vector<Repeat> repeats;
    for (const Run& run : runs) {
        const Run free = freePart(run, taken, first);
        if (!isWorthwhile(free.period, free.length() / free.period))
            continue;
        if (const auto repeat = cut(sequence, free)) {
            std::fill(taken.begin() + (repeat->first - first), taken.begin() + (repeat->end() - first), true);
            repeats.push_back(*repeat);
        }
    }
    std::sort(repeats.begin(), repeats.end(), [](const Repeat& a, const Repeat& b) { return a.first < b.first; });
    return repeats;
}

}  // namespace strata
