// The entry of an artifact: the host program, the tables that describe the model, the exported functions. The LLVM-free
// face.
#pragma once

#include "backends/host/program.h"
#include "backends/llvm/compiler.h"

namespace strata {

// What a compiled function is called in its object, and whether it takes the run handle.
struct CodeSymbol {
    std::string name;
    bool takesRun = true;
};
using CodeSymbols = std::function<CodeSymbol(const std::string& function)>;

// An object; `lowered` is what the program is derived from.
Result<std::string> compileEntry(const Module& lowered, const HostProgram& program, const BuildOptions& options,
                                 const CodeSymbols& codeOf);

}  // namespace strata
