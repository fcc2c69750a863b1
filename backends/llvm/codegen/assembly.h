// Assembly as the pane shows it: instructions and labels, each with what it came from.
#pragma once

#include "backends/llvm/compiler.h"

namespace strata {

// `text` is the assembler's input with .loc directives; line n of `lines` is what debug line n + 1 belongs to.
// Directives are dropped, but for data that the code refers to (constants).
std::vector<AssemblyLine> readAssembly(const std::string& text, const std::vector<std::vector<Cursor>>& lines);

}  // namespace strata
