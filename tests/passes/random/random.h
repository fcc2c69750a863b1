// Numbers that are the same on every platform: the distributions of the standard library differ, so none is used.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace strata {

class Random {
public:
    explicit Random(unsigned seed)
        : m_engine(seed)
    {
    }
    int below(int n) { return int(m_engine() % unsigned(n)); }
    int between(int low, int high) { return low + below(high - low + 1); }
    bool chance(int percent) { return below(100) < percent; }
    template<class T>
    const T& of(const std::vector<T>& list)
    {
        return list[std::size_t(below(int(list.size())))];
    }

private:
    std::mt19937 m_engine;
};

}  // namespace strata
