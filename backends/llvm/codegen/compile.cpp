// A function on its way to an object: IR from the loops (or as a person wrote it), primitives linked in, a short list
// of passes, code.
//
// What is shown and what ships are the same module: the text and the assembly are printed from one with debug
// locations, the code is emitted from one without. Functions written as LLVM IR are not optimized: they are the result
// of passes that were steps.
#include "backends/llvm/codegen/compile.h"

#include "backends/llvm/codegen/assembly.h"
#include "backends/llvm/codegen/dot_instructions.h"
#include "backends/llvm/codegen/emit.h"
#include "backends/llvm/codegen/encoding.h"
#include "backends/llvm/codegen/hardware.h"
#include "backends/llvm/codegen/ir_lines.h"
#include "backends/llvm/codegen/machine.h"

#include <llvm/IR/DebugInfo.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/Object/ObjectFile.h>

#include <set>

namespace strata {

namespace {

std::int64_t codeBytes(const std::string& object)
{
    auto file = llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(object, "object"));
    if (!file) {
        llvm::consumeError(file.takeError());
        return 0;
    }
    std::int64_t bytes = 0;
    for (const auto& section : (*file)->sections())
        if (section.isText() || section.isData())
            bytes += std::int64_t(section.getSize());
    return bytes;
}

// Local buffers that were meant to become registers and still lie on the stack.
void remarkStack(const llvm::Module& module, const Function& function, const std::vector<Buffer>& locals,
                 std::vector<Error>& remarks)
{
    std::set<std::string> left;
    for (const auto& llvmFunction : module)
        for (const auto& block : llvmFunction)
            for (const auto& instruction : block)
                if (const auto* slot = llvm::dyn_cast<llvm::AllocaInst>(&instruction))
                    left.insert(slot->getName().str());
    std::set<std::string> said;
    for (const auto& remark : remarks)
        for (const auto& node : remark.nodes)
            said.insert(node.name);
    for (const auto& local : locals)
        if (left.count(local.name) && said.insert(local.name).second)
            remarks.push_back(refused(say("{} does not become registers: LLVM leaves it on the stack.", local.name),
                                      {{function.name, NodeKind::Buffer, local.name}}));
}

Result<Emitted> emitFunction(llvm::LLVMContext& context, const Module& module, const Function& function)
{
    if (function.loops())
        return emitLoops(context, module, function);
    if (function.hardware())
        return readHardware(context, module, function);
    return bug("Only loops and hardware functions become code of their own; " + function.name + " is at the "
               + name(function.level()) + " level.");
}

}  // namespace

void initializeCodegen() { Machine::initialize(); }

std::string symbolOf(const std::string& function) { return "code." + function; }

namespace {

Status optimize(Emitted& emitted, const Machine& machine, const Module& module, const Function& function)
{
    if (!function.loops())
        return {};
    STRATA_CHECK(linkIntrinsics(*emitted.module, module));
    chooseDotInstructions(*emitted.module, function.name, module.target.isa);
    STRATA_CHECK(machine.optimize(*emitted.module, passList));
    remarkStack(*emitted.module, function, emitted.locals, emitted.remarks);
    return {};
}

Result<Emitted> optimized(llvm::LLVMContext& context, const Machine& machine, const Module& module,
                          const Function& function)
{
    STRATA_TRY(Emitted emitted, emitFunction(context, module, function));
    STRATA_CHECK(optimize(emitted, machine, module, function));
    return emitted;
}

}  // namespace

Result<FunctionCode> showFunction(const Module& module, const Function& function)
{
    llvm::LLVMContext context;
    const Machine machine(module.target.isa);
    STRATA_TRY(Emitted emitted, optimized(context, machine, module, function));
    FunctionCode code;
    code.remarks = std::move(emitted.remarks);
    STRATA_TRY(const std::string text, machine.assembly(*emitted.module));
    STRATA_TRY(const std::string object, machine.assembled(text));
    ObjectReader reader(machine, object);
    code.assembly = readAssembly(text, emitted.lines, reader);
    code.codeBytes = codeBytes(object);
    return code;
}

Result<FunctionIr> showIr(const Module& module, const Function& function)
{
    llvm::LLVMContext context;
    const Machine machine(module.target.isa);
    STRATA_TRY(Emitted emitted, emitFunction(context, module, function));
    FunctionIr ir;
    ir.before = irLines(*emitted.module, emitted.lines);
    STRATA_CHECK(optimize(emitted, machine, module, function));
    ir.after = irLines(*emitted.module, emitted.lines);
    return ir;
}

Result<Compiled> compileFunction(const Module& module, const Function& function)
{
    llvm::LLVMContext context;
    const Machine machine(module.target.isa);
    STRATA_TRY(const Emitted emitted, optimized(context, machine, module, function));
    Compiled compiled;
    llvm::Function* code = emitted.module->getFunction(function.name);
    // Only what a person wrote may do without.
    compiled.takesRun = function.loops() || code->arg_size() == function.params.size() + function.results.size() + 1;
    llvm::StripDebugInfo(*emitted.module);
    compiled.symbol = symbolOf(function.name);
    code->setName(compiled.symbol);
    STRATA_TRY(compiled.object, machine.object(*emitted.module));
    return compiled;
}

Result<std::string> emitText(const Module& module, const Function& function)
{
    llvm::LLVMContext context;
    STRATA_TRY(Emitted emitted, emitFunction(context, module, function));
    return textOf(*emitted.module);
}

Result<std::string> runPassesOnText(const std::string& llvm, const std::string& passes, Target::Isa isa)
{
    llvm::LLVMContext context;
    STRATA_TRY(const auto module, parseLlvm(context, llvm, "text"));
    STRATA_CHECK(Machine(isa).optimize(*module, passes));
    return textOf(*module);
}

}  // namespace strata
