// Copies of a buffer: what cache_read and cache_write share.
#pragma once

#include "passes/loops/rewrite.h"

namespace strata::loops {

// A block named `block` that copies the box of `source` into `target`, with one loop a dimension.
struct CopyNest {
    std::string block, source, target;
    TensorType type;
    Region box;                                // constant begins and extents
};
StmtPtr copyNest(const CopyNest& copy, Names& names, std::vector<std::string>& loops);

// The box with constant corners that one block reads or writes of a buffer in all its instances; the whole buffer where unknown.
Region wholeRegion(const Module& module, const Function& function, const std::string& block, const Buffer& buffer, bool write);

// The statement's reads and writes of one buffer made to another.
Body redirect(const Body& body, const std::string& from, const std::string& to, bool reads, bool writes);
// Declared regions too.
Block redirect(Block block, const std::string& from, const std::string& to, bool reads, bool writes);

// Path of the lists of statements down to where copies for the block may stand: the deepest list that holds all of `others` and the block,
// but no loop of which they share.
struct Place {
    std::string loop;                          // "" for the function's own list
    std::string block;                         // or the block whose body it is
    std::size_t before = 0, after = 0;         // positions around the statement that holds the block
};
Result<Place> placeFor(const Function& function, const std::string& block, const std::vector<std::string>& others);
Body insertAt(const Body& body, const Place& place, std::size_t position, const std::vector<StmtPtr>& statements);

}  // namespace strata::loops
