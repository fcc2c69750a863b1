// Each set is a short list of lines, the one used last in front, so a hit moves a line to the front and a miss drops the
// one at the back.
#include "core/analysis/cache.h"

#include <algorithm>

namespace strata {

// 32 KB are 64 sets of 8 ways, 48 KB 64 of 12, as such caches are built.
CacheShape cacheOf(std::int64_t bytes)
{
    const std::int64_t lines = std::max<std::int64_t>(1, bytes / CacheShape().lineBytes);
    std::int64_t sets = 1;
    while (lines % (2 * sets) == 0 && lines / (2 * sets) >= 8)
        sets *= 2;
    return {lines * CacheShape().lineBytes, static_cast<int>(lines / sets)};
}

Cache::Cache(const CacheShape& shape)
    : m_shape(shape)
    , m_mask(shape.sets() - 1)
    , m_lines(static_cast<std::size_t>(shape.sets() * shape.ways), -1)
{
}

bool Cache::touch(std::int64_t line)
{
    std::int32_t* set = m_lines.data() + (line & m_mask) * m_shape.ways;
    std::int32_t* const end = set + m_shape.ways;
    const auto number = static_cast<std::int32_t>(line);
    std::int32_t* const found = std::find(set, end, number);
    const bool hit = found != end;
    std::move_backward(set, hit ? found : end - 1, hit ? found + 1 : end);
    *set = number;
    return hit;
}

}  // namespace strata
