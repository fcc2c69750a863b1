// Assembly as the pane shows it: instructions and labels, each with what it came from.
#pragma once

#include "backends/llvm/compiler.h"

namespace strata {

class ObjectReader;

// `text` is the assembler's input with .loc directives; line n of `lines` is what debug line n + 1 belongs to.
// Directives are dropped, but for data that the code refers to (constants).
// `object`: what the text was assembled to.
std::vector<AssemblyLine> readAssembly(const std::string& text, const std::vector<std::vector<Cursor>>& lines,
                                       ObjectReader& object);

}  // namespace strata
