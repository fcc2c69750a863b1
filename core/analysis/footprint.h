// What a loop touches while it runs once, and what of that its iterations have in common: whether its data fit into a
// cache, and whether it is worth having them there.
#pragma once

#include "core/analysis/locate.h"

namespace strata {

struct LoopFootprint {
    struct Touched {
        std::string buffer;
        std::int64_t bytes = 0;      // of all elements that are touched
        std::int64_t lineBytes = 0;  // of the cache lines that these lie in
        Scope scope = Scope::Global;
        double reuse = 1;  // how many iterations touch an element, on average
    };
    std::string loop;
    std::int64_t turns = 0;
    std::vector<Touched> buffers;  // in the order of their first access

    std::int64_t bytes() const;
    std::int64_t lineBytes() const;  // without what is local, which is in registers if all goes well
};

constexpr std::int64_t cacheLineBytes = 64;

// Of every loop of constant extent, in program order. Boxes around what is accessed: exact where each index moves
// with loops of its own, else more than is touched; an index that depends on data stands for the whole dimension.
std::vector<LoopFootprint> footprints(const Module& module, const Function& function);

}  // namespace strata
