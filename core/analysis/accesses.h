// Every element access that one instance of a block makes, as expressions over the block's iterators and the loops
// inside it.
#pragma once

#include "core/analysis/locate.h"

namespace strata {

struct Access {
    std::string buffer;
    bool write = false;
    bool init = false;                 // in the block's init part: happens where all reduce iterators are 0
    std::vector<ExprPtr> begin;        // first element
    std::vector<std::int64_t> extent;  // box: 1s but for intrinsic calls
    Ranges inner;                      // loops inside the block that `begin` speaks of
    std::vector<ExprPtr> conditions;   // hold where the access happens: Selects and predicates of blocks inside
    const Block* owner = nullptr;      // the innermost block that makes it
};

// In program order; a statement's reads before its write. Lets are substituted, and iterators of blocks inside by their
// bindings. Without a module an intrinsic call reads all its arguments and writes the last.
std::vector<Access> accesses(const Module* module, const Block& block);
// Those of statements that stand in no block (or inside the loops of one): over all variables around.
std::vector<Access> accesses(const Module* module, const Body& body);

// The accesses to function parameters and results that an intrinsic's description makes, as (reads, writes) a
// parameter.
struct Touch {
    bool reads = false, writes = false;
};
std::vector<Touch> touches(const Function& description);

}  // namespace strata
