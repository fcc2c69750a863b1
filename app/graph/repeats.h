// Repeats in a sequence of nodes in topological order. What follows each other in such an order has no path that leaves
// it and comes back, so that any stretch can be drawn as one box.
#pragma once

#include <cstddef>
#include <vector>

namespace strata {

struct Sequence {
    std::vector<int> nodes;                   // of the body
    std::vector<int> labels;                  // equal: the same operator, attributes, types
    std::vector<std::vector<int>> producers;  // positions of what each input comes from; negative: from
                                              // outside, -1 a constant, others a parameter each
    std::vector<int> crossing;                // [i]: values alive between position i - 1 and i

    int size() const { return static_cast<int>(nodes.size()); }
};

struct Repeat {
    int first = 0, period = 0, count = 0;
    int end() const { return first + period * count; }
};

// Repeats in [first, end) that do not overlap, in order; where there is a choice, what covers most, cut where fewest
// values are alive. Time grows with the length of the stretch times its longest period, which is capped.
std::vector<Repeat> findRepeats(const Sequence& sequence, int first, int end);

}  // namespace strata
