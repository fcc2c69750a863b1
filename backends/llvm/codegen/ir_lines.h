// LLVM IR as the pane shows it: each instruction with what it came from.
#pragma once

#include "backends/llvm/compiler.h"

namespace llvm {
class Module;
}

namespace strata {

// Without debug information; line n of `lines` is what debug line n + 1 belongs to.
std::vector<AssemblyLine> irLines(const llvm::Module& module, const std::vector<std::vector<Cursor>>& lines);

}  // namespace strata
