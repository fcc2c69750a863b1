// The entry of an artifact as LLVM IR text: the runtime program, the tables that describe the model, the exported
// functions.
#pragma once

#include "backends/llvm/codegen/compile.h"
#include "backends/llvm/worker/host_program.h"

namespace strata {

struct Entry {
    std::string llvm;
    std::vector<std::string> functions;                   // of the module that it calls, each once
    std::map<std::string, std::vector<Cursor>> neededBy;  // function or routine -> the calls that brought it in
};

// What the program is made of: the entry function's statements, or one call if the entry is a kernel itself.
Result<LibraryBody> plannedProgram(const Module& lowered);

// Functions whose loops are bound to device axes become launches of their OpenCL kernels.
Result<Entry> writeEntry(const Module& lowered, const BuildOptions& options, const CodeSymbols& codeOf);

}  // namespace strata
