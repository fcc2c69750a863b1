// The implementations of a module's functions as a table: what window and command line show of them.
#pragma once

#include "core/ir/module.h"

namespace strata {

struct ImplementationRow {
    std::string definition, name;  // the same: the definition's own body
    Level level = Level::Loops;
    std::string runs;   // when it runs in the definition's place: "always", "if isa >= x86-64-v4", "else"; "" if never
    std::string claim;  // "definition", "derived, exact", "asserted"
    std::string needs;  // "nothing", "x86-64-v4", "libdnnl.so.2"
    std::optional<std::int64_t> memory;  // bytes of temporaries during a call; none: only LLVM knows
};

// A row for each definition that has implementations, or that is named, and for each of those, in the module's order.
std::vector<ImplementationRow> implementationTable(const Module& module, const std::string& only = {});

}  // namespace strata
