// Statements under other names, so that those of one function can stand in another.
#pragma once

#include "core/ir/stmt.h"

#include <map>

namespace strata {

struct Renames {
    std::map<std::string, std::string> buffers, loops, blocks;
};
// Names that are not listed stay. Iterators of blocks keep theirs, which nobody outside of the block sees.
Body renamed(const Body& body, const Renames& renames);

}  // namespace strata
