// Which elements a block touches.
#pragma once

#include "core/analysis/locate.h"

namespace strata {

// Regions that one instance of a block touches, over its iterators: the declared ones, else inferred from init and
// body. What loops inside the block touch is widened to the box over all their iterations. Accesses whose boxes differ
// by a constant offset only (a stencil) become one box; otherwise a buffer has several regions. An index that depends
// on data stands for the whole dimension. A reduction block reads what it updates. Predicates are ignored: a region may
// be larger than what is touched, never smaller. Intrinsic calls touch what their description touches.
std::vector<Region> readRegions(const Module& module, const Function& function, const Block& block);
std::vector<Region> writeRegions(const Module& module, const Function& function, const Block& block);

// One box that holds both, if they are of one buffer and their begins differ by constants (and extents are constants).
std::optional<Region> hull(const Region& a, const Region& b);
// The box that a region sweeps while the variables in `inner` run through their ranges; the other variables stay
// symbolic. An index that is not affine in an inner variable becomes the whole dimension of `shape`.
Region sweep(const Region& region, const Ranges& inner, const Shape& shape);

}  // namespace strata
