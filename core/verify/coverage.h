// How a read of a buffer is shown to be covered, by form; where none of these decides, coverage.cpp asks isl.
#pragma once

#include "core/verify/parts.h"

namespace strata {

// How many loops from the outside both sites share, before their ways part with the writer first; nullopt if the writer
// is not first.
std::optional<std::size_t> sharedLoops(const Site& writer, const Site& reader);
Ranges rangesOf(const Site& site);
// A box is numbers; what runs to a size is not.
bool runsToNumbers(const Site& site);
// Whether the index takes every value between its smallest and largest while the inner variables run: digits of a mixed
// radix.
bool contiguous(const Linear& index, const Ranges& inner);

// One dimension of a box: smallest index and largest, over the loops that do not run in it.
struct Side {
    ExprPtr low, high;
};
std::optional<Side> sideOf(const ExprPtr& index, std::int64_t extent, const Ranges& inner);

// One writer's box below the loops that it shares with the reader holds what the reader reads there.
bool coveredByBox(const SiteTable& program, const Site& reader, const Access& read, const Site& writer,
                  const Access& write);
// An earlier writer fills all of a buffer of that shape, over numbers or sizes. Whatever is read lies inside the buffer
// (bounds.cpp), so that is enough.
bool coveredByWhole(const SiteTable& program, const Site& reader, const std::string& buffer, const Shape& shape);
// Many writers that lie side by side along one dimension, as those of a Concat: their spans follow each other without a
// gap. Only writers whose nests are through before the reader's begins. (isl would need a quota for each of thousands.)
bool coveredByTiles(const SiteTable& program, const Site& reader, const Access& read);
// The same over sizes, of a whole result.
bool coveredByParts(const SiteTable& program, const TypedName& result);

}  // namespace strata
