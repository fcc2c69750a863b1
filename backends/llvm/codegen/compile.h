// One function, loops or hardware, to code. The LLVM-free face of this folder.
#pragma once

#include "backends/llvm/compiler.h"

namespace strata {

// The symbol of a function in objects: no name of C has a dot, so that no function can take another library's name.
std::string symbolOf(const std::string& function);

struct Compiled {
    std::string object;    // ELF; defines `symbol`
    std::string symbol;    // symbolOf(name)
    bool takesRun = true;  // i32 NAME(run, ...); false: void NAME(...), as hardware functions may be written
};
// What ships.
Result<Compiled> compileFunction(const Module& module, const Function& function);
// What is shown of it.
Result<FunctionCode> showFunction(const Module& module, const Function& function);

Result<FunctionIr> showIr(const Module& module, const Function& function);

// LLVM IR text of a loops function as the generator emits it, before our pass list.
Result<std::string> emitText(const Module& module, const Function& function);
// Runs passes on LLVM IR text.
Result<std::string> runPassesOnText(const std::string& llvm, const std::string& passes, Target::Isa isa);

void initializeCodegen();

}  // namespace strata
