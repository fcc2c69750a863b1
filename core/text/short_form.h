// The short form of a block: its statements speak of the loops around instead of iterators of the block's own, and what
// iterators there must be follows from them. "Y: Y[i0 * 4 + i1, j] = 0.0" is
//
//     with block("Y") as (vi0: spatial(32) = i0, vi1: spatial(4) = i1, vj: spatial(128) = j):
//         Y[vi0 * 4 + vi1, vj] = 0.0
//
// An iterator is spatial if its loop stands in what is written or around the buffer's allocation, reduce if the
// statement updates the element that it writes, and ordered otherwise.
#pragma once

#include "core/ir/module.h"

#include <optional>

namespace strata::text {

// A loop around a block, an iterator of the block around it, or a buffer that is allocated there; outermost first in a
// list.
struct Around {
    std::string name;
    ExprPtr extent;  // nullptr: a buffer
};

// The block with an iterator for each of `around` that its statements and their init mention.
Block withIterators(Block spoken, const std::vector<Around>& around);

// The block without its iterators, its statements in terms of what is around, indices simplified. nullopt where it does
// more than store, where iterators that were made anew would be of other kinds or have another first instance, or where
// the same could not be told from the statements.
std::optional<Block> spoken(const Block& block, const std::vector<Around>& around);

// The function with those blocks of `like` that say the same of the same loops in the place of its own: what was
// printed in short form from `like` becomes `like` again, and what was edited there keeps the rest as it was.
FunctionPtr restored(FunctionPtr parsed, const Function& like);

}  // namespace strata::text
