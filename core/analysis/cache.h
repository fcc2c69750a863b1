// A cache as sets of lines of which the one used longest ago makes way (least recently used), for pictures and counts
// of what an order of accesses costs. No prefetching, no other program: less than a real one, and the same every time.
#pragma once

#include <cstdint>
#include <vector>

namespace strata {

struct CacheShape {
    std::int64_t bytes = 32 << 10;
    int ways = 8;
    std::int64_t lineBytes = 64;
    std::int64_t sets() const { return bytes / (lineBytes * ways); }
    friend bool operator==(const CacheShape&, const CacheShape&) = default;
};

// Of so many bytes, with a number of sets that is a power of two and at least 4 ways where the size allows for it.
CacheShape cacheOf(std::int64_t bytes);

class Cache {
public:
    explicit Cache(const CacheShape& shape);
    // A line, by its number in memory, is used: was it there?
    bool touch(std::int64_t line);
    const CacheShape& shape() const { return m_shape; }
    // The lines of a set, last used first; -1: none yet.
    const std::int32_t* set(std::int64_t index) const { return m_lines.data() + index * m_shape.ways; }

private:
    CacheShape m_shape;
    std::int64_t m_mask;
    std::vector<std::int32_t> m_lines;
};

}  // namespace strata
