// Finding nodes of a loops function by name, and the ranges of the variables around them.
#pragma once

#include "core/index/premises.h"
#include "core/ir/module.h"

namespace strata {

// Path from the outermost statement to a node.
struct Located {
    StmtPtr stmt;
    std::vector<StmtPtr> ancestors;  // loops and blocks around, outermost first

    const Loop* loop() const { return as<Loop>(stmt); }
    const Block* block() const { return as<Block>(stmt); }
};

// nullopt if the function is not at the loops level or has no such node.
std::optional<Located> findLoop(const Function& function, const std::string& name);
std::optional<Located> findBlock(const Function& function, const std::string& name);
// The body of a loop or block; empty for other statements.
const Body& children(const StmtPtr& stmt);
// In program order.
std::vector<std::string> blockNames(const Function& function);
std::vector<std::string> loopNames(const Function& function);

// Blocks that read / write a buffer, in program order. A block that updates an element in place (a reduction) both
// reads and writes it. Of nested blocks both the outer and the inner are listed. An intrinsic call reads all its
// arguments and writes the last.
std::vector<std::string> readersOf(const Function& function, const std::string& buffer);
std::vector<std::string> writersOf(const Function& function, const std::string& buffer);

// Ranges of the loops and block iterators among `ancestors`; those whose extent is no constant are left out.
Ranges rangesAround(const std::vector<StmtPtr>& ancestors);
// The same with what is known of those that run to sizes, and of the function's sizes.
Premises premisesAround(const Function& function, const std::vector<StmtPtr>& ancestors);
// Ranges of a block's own iterators.
Ranges iterRanges(const Block& block);

}  // namespace strata
