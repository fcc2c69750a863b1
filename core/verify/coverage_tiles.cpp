// Coverage by many writers that lie side by side along one dimension: their spans, over numbers or sizes, follow each
// other without a gap.
#include "core/verify/coverage.h"

#include <algorithm>
#include <set>
#include <utility>

namespace strata {

namespace {

using Span = std::pair<std::int64_t, std::int64_t>;  // first and last index

// All that an access touches over all loops of its site, if that is a box and nothing is left out of it.
std::optional<std::vector<Span>> boxOf(const Site& site, const Access& access)
{
    if (!site.conditions.empty() || !access.conditions.empty() || access.init || !runsToNumbers(site))
        return std::nullopt;
    Ranges all = rangesOf(site);
    all.insert(access.inner.begin(), access.inner.end());
    for (const auto& [name, range] : all)
        if (range.extent <= 0)
            return std::nullopt;
    std::vector<Span> box;
    std::set<std::string> used;
    for (std::size_t d = 0; d < access.begin.size(); ++d) {
        const ExprPtr index = simplify(substitute(access.begin[d], site.bindings), all);
        for (const std::string& name : freeVariables(index))
            if (!used.insert(name).second)
                return std::nullopt;  // a diagonal
        const auto side = sideOf(index, access.extent[d], all);
        if (!side || !contiguous(linear(index), all) || !isConst(side->low) || !isConst(side->high))
            return std::nullopt;
        box.emplace_back(side->low->i, side->high->i);
    }
    return box;
}

bool contains(const Span& outer, const Span& inner)
{
    return outer.first <= inner.first && inner.second <= outer.second;
}

// The part of each dimension that a site writes, where that is a box over sizes and nothing is left out of it: from
// which index on, and how many.
struct Part {
    Dim begin, count;
};

std::optional<std::vector<Part>> partsOf(const Site& site, const Access& access)
{
    if (!site.conditions.empty() || !access.conditions.empty() || !access.inner.empty() || access.init)
        return std::nullopt;
    std::map<std::string, Dim> open;  // loops that no dimension has yet
    for (const Loop* loop : site.loops) {
        const std::optional<Dim> count = toDim(simplify(loop->extent, {}));
        if (!count)
            return std::nullopt;
        open[loop->name] = *count;
    }
    std::vector<Part> parts;
    for (std::size_t d = 0; d < access.begin.size(); ++d) {
        const std::optional<Dim> index = toDim(simplify(substitute(access.begin[d], site.bindings), {}));
        if (!index || access.extent[d] != 1)
            return std::nullopt;
        Part part{*index, Dim(1)};
        for (const std::string& symbol : index->symbols())
            if (const auto loop = open.find(symbol); loop != open.end()) {
                part = {part.begin - Dim::symbol(symbol), loop->second};
                open.erase(loop);
                break;
            }
        for (const Loop* loop : site.loops)
            if (!(withDims(part.begin, {{loop->name, Dim(0)}}) == part.begin))
                return std::nullopt;  // twice in one index, or in two
        parts.push_back(part);
    }
    const bool all = std::all_of(open.begin(), open.end(), [](const auto& loop) { return loop.second == Dim(1); });
    return all ? std::optional(parts) : std::nullopt;
}

}  // namespace

bool coveredByTiles(const SiteTable& program, const Site& reader, const Access& read)
{
    const auto wanted = boxOf(reader, read);
    if (!wanted)
        return false;
    std::map<std::size_t, std::vector<Span>>
        along;  // dimension -> spans of the writers that lack something there alone
    for (const Site& writer : program.sites)
        for (const Access& write : writer.accesses) {
            if (!write.write || write.buffer != read.buffer || sharedLoops(writer, reader) != std::size_t(0))
                continue;
            const auto box = boxOf(writer, write);
            std::optional<std::size_t> dimension;
            bool several = !box;
            for (std::size_t d = 0; !several && d < wanted->size(); ++d)
                if (!contains((*box)[d], (*wanted)[d]))
                    several = std::exchange(dimension, d).has_value();
            if (!several && dimension)
                along[*dimension].push_back((*box)[*dimension]);
        }
    return std::any_of(along.begin(), along.end(), [&](auto& tiles) {
        auto& [dimension, spans] = tiles;
        std::sort(spans.begin(), spans.end());
        std::int64_t next = (*wanted)[dimension].first;
        for (const auto& [first, last] : spans)
            if (first <= next)
                next = std::max(next, last + 1);
        return next > (*wanted)[dimension].second;
    });
}

bool coveredByParts(const SiteTable& program, const TypedName& result)
{
    const Shape& shape = result.type.tensor.shape;
    std::map<std::size_t, std::vector<Part>> along;  // dimension -> parts that are whole in all others
    for (const Site& writer : program.sites)
        for (const Access& write : writer.accesses) {
            const auto parts = write.write && write.buffer == result.name ? partsOf(writer, write) : std::nullopt;
            std::optional<std::size_t> dimension;
            bool several = !parts || parts->size() != shape.size();
            for (std::size_t d = 0; !several && d < shape.size(); ++d)
                if (!((*parts)[d].begin == Dim(0) && (*parts)[d].count == shape[d]))
                    several = std::exchange(dimension, d).has_value();
            if (!several && !dimension)
                return true;
            if (!several)
                along[*dimension].push_back((*parts)[*dimension]);
        }
    for (auto& [dimension, parts] : along) {
        Dim next;
        for (;;) {
            const auto found = std::find_if(parts.begin(), parts.end(), [&](const Part& p) { return p.begin == next; });
            if (found == parts.end())
                break;
            next = next + found->count;
            parts.erase(found);
        }
        if (next == shape[dimension])
            return true;
    }
    return false;
}

}  // namespace strata
