// LLVM's part of the work on one module: passes, assembly, object code.
#pragma once

#include "core/base/result.h"
#include "core/ir/module.h"

#include <memory>

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
}  // namespace llvm

namespace strata {

// Our own short pass list: it cleans up, it neither vectorizes nor unrolls nor changes a floating-point result.
extern const char* const passList;

class Machine {
public:
    explicit Machine(Target::Isa isa);
    ~Machine();
    // Once a program, before the first Machine.
    static void initialize();

    // Runs a pipeline in the syntax of LLVM's `opt -passes=`. Refuses a pipeline that does not parse.
    Status optimize(llvm::Module& module, const std::string& passes) const;
    // Intel syntax, with .loc directives where the module has debug locations. The module is changed on the way.
    Result<std::string> assembly(llvm::Module& module) const;
    // A relocatable ELF object with one section a function. The module is changed on the way.
    Result<std::string> object(llvm::Module& module) const;
    // The same of assembly that it printed: in a fraction of the time that making code again takes.
    Result<std::string> assembled(const std::string& assembly) const;
    const llvm::TargetMachine* target() const { return m_machine.get(); }  // nullptr: LLVM has none for it

private:
    Result<std::string> emit(llvm::Module& module, bool asText) const;
    Error missing() const;
    Target::Isa m_isa;
    std::unique_ptr<llvm::TargetMachine> m_machine;  // nullptr: LLVM has none for it
};

// Text of a module without debug information, and back. Errors of parsing carry LLVM's line and column.
std::string textOf(const llvm::Module& module);
Result<std::unique_ptr<llvm::Module>> parseLlvm(llvm::LLVMContext& context, const std::string& text,
                                                const std::string& name);

}  // namespace strata
