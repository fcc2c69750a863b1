// Copies of a buffer in another scope: what cache_read and cache_write share.
#pragma once

#include "passes/loops/rewrite.h"

namespace strata::loops {

// A list of statements, and the one in it that holds a block.
struct Place {
    std::string loop;  // whose body; "" for the function's own list
    std::size_t position = 0;
};

// The outermost list in which `buffer` is visible and the statement that holds the block holds none of `others`.
Result<Place> placeFor(const Function& function, const std::string& block, const std::string& buffer,
                       const std::vector<std::string>& others);

struct Copy {
    std::string block, source, target;    // the block's name; target[v] = source[v]
    Region box;                           // of both, over the loops around the copy
    Shape shape;                          // of both
    Premises premises;                    // of the loops around the copy
    std::vector<std::string> dimensions;  // what the loops are named after
};
struct CopyNest {
    StmtPtr stmt;
    std::vector<std::string> loops;
};
CopyNest copyNest(const Copy& copy, DType type, Names& names);

// The box of the buffer that all instances of the block together read or write, or those in one iteration of the
// place's loop.
Result<Region> boxOf(const Module& module, const Function& function, const Block& block, const Buffer& buffer,
                     const Place& place, bool write);
// Of the loops around the place.
Premises premisesAt(const Function& function, const Place& place);
// Names for the dimensions of the buffer as the block indexes it: "i" where vi stands, else "ax0".
std::vector<std::string> dimensionNames(const Block& block, const Buffer& buffer);

// The block with its reads, or its reads and writes, of one buffer made to another.
Block redirected(Block block, const std::string& from, const std::string& to, bool writes);

// The cache as an allocation, named by the argument "name" or after buffer and scope ("a_shared").
Result<Buffer> cacheBuffer(const Function& function, const Arguments& arguments, const Buffer& buffer, Names& names);
std::string freshBlock(const Function& function, const std::string& base);

// Allocates the cache at the head of the list and puts the nest before the position, or after it.
Body withCache(const Body& body, const Place& place, const Buffer& cache, const StmtPtr& nest, bool after);

}  // namespace strata::loops
