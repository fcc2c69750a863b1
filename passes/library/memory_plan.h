// Static memory planning for a runtime program: buffers that are not live at the same time share memory of one arena.
//
// Live from the statement that allocates a buffer to the last that touches it or a view of it. Buffers are placed from
// the largest to the smallest at the lowest offset that no buffer live at the same time occupies (greedy by size;
// Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020). Offsets are multiples of 64. A
// call's inputs and outputs never overlap.
#pragma once

#include "core/ir/module.h"

namespace strata {

struct Lifetime {
    std::string buffer;
    std::int64_t bytes = 0;          // 0 where it follows from sizes
    Dim size;                        // the bytes
    std::size_t begin = 0, end = 0;  // statements, both included
};
// One a buffer that the function allocates, in order.
std::vector<Lifetime> lifetimes(const LibraryBody& body);

// The body with a slot for each allocation and the arena's size. Where a type speaks of sizes, each allocation gets a
// storage instead: buffers that are not live at the same time share one, the largest first, by what they are where
// every size is 64.
LibraryBody planMemory(const LibraryBody& body);

}  // namespace strata
