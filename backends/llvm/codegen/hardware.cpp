// LLVM IR that a person or a pass wrote: read, held to the calling convention, and given the attributes of our own
// code.
//
// Debug locations are ours: instruction n of a body gets the n-th line that holds one, so a click on an instruction
// finds its line. Implementations of primitives are linked in and inlined, with the target features of the caller,
// without which LLVM would not inline them.
#include "backends/llvm/codegen/hardware.h"

#include "backends/llvm/codegen/machine.h"
#include "core/ir/cpu.h"

#include <llvm/IR/DIBuilder.h>
#include <llvm/IR/DebugInfo.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Linker/Linker.h>
#include <llvm/Support/raw_ostream.h>

#include <sstream>

namespace strata {

namespace {

// Lines of the text that hold an instruction each, in order: inside braces, no label, no comment; a switch ends with
// its bracket.
std::vector<unsigned> instructionLines(const std::string& text)
{
    std::vector<unsigned> lines;
    std::istringstream stream(text);
    bool inBody = false, inSwitch = false;
    unsigned number = 0;
    for (std::string line; std::getline(stream, line);) {
        ++number;
        line = line.substr(0, line.find(';'));
        const auto begin = line.find_first_not_of(" \t");
        if (begin == std::string::npos)
            continue;
        line = line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
        if (line.compare(0, 7, "define ") == 0)
            inBody = true;
        else if (line[0] == '}')
            inBody = false;
        else if (inSwitch)
            inSwitch = line.find(']') == std::string::npos;
        else if (inBody && line.back() != ':' && line[0] != '#') {
            lines.push_back(number);
            inSwitch = line.compare(0, 7, "switch ") == 0 && line.find(']') == std::string::npos;
        }
    }
    return lines;
}

// A debug location for each instruction: line n is the n-th entry of `out.lines`.
void locateInstructions(Emitted& out, const Function& function, const std::string& text)
{
    llvm::Module& module = *out.module;
    llvm::StripDebugInfo(module);
    module.addModuleFlag(llvm::Module::Warning, "Debug Info Version", llvm::DEBUG_METADATA_VERSION);
    module.addModuleFlag(llvm::Module::Warning, "Dwarf Version", 4);
    llvm::DIBuilder debug(module);
    auto* file = debug.createFile(function.name, "");
    debug.createCompileUnit(llvm::dwarf::DW_LANG_C, file, "Strata", true, "", 0, "",
                            llvm::DICompileUnit::LineTablesOnly);
    const auto lines = instructionLines(text);
    std::size_t next = 0;
    for (auto& llvmFunction : module) {
        if (llvmFunction.isDeclaration())
            continue;
        auto* type = debug.createSubroutineType(debug.getOrCreateTypeArray({}));
        auto* scope = debug.createFunction(file, llvmFunction.getName(), {}, file, 1, type, 1, llvm::DINode::FlagZero,
                                           llvm::DISubprogram::SPFlagDefinition);
        llvmFunction.setSubprogram(scope);
        for (auto& block : llvmFunction)
            for (auto& instruction : block) {
                const unsigned line = next < lines.size() ? lines[next++] : 0;
                out.lines.push_back({{function.name, NodeKind::Line, std::to_string(line)}});
                instruction.setDebugLoc(
                    llvm::DILocation::get(module.getContext(), unsigned(out.lines.size()), 1, scope));
            }
    }
    debug.finalize();
}

Status checkSignature(const llvm::Module& module, const Function& function)
{
    const llvm::Function* code = module.getFunction(function.name);
    if (!code || code->isDeclaration())
        return refused(say("The LLVM IR of {} does not define @{}.", function.name, function.name),
                       {functionCursor(function.name)});
    const std::size_t buffers = function.params.size() + function.results.size();
    bool fits = (code->arg_size() == buffers && code->getReturnType()->isVoidTy())
                || (code->arg_size() == buffers + 1 && code->getReturnType()->isIntegerTy(32));
    for (const auto& argument : code->args())
        fits &= argument.getType()->isPointerTy();
    if (fits)
        return {};
    return refused(say("@{} has another signature than the function.", function.name), {functionCursor(function.name)},
                   "It is void @" + function.name + "(a ptr for each of the " + std::to_string(buffers)
                       + " parameters and results), or i32 with the run handle before them.");
}

}  // namespace

Result<Emitted> readHardware(llvm::LLVMContext& context, const Module& module, const Function& function)
{
    const std::string& text = function.hardware()->llvm;
    Emitted out;
    STRATA_TRY(out.module, parseLlvm(context, text, function.name));
    out.module->setTargetTriple(cpuOf(module.target.isa).llvmTriple);
    STRATA_CHECK(checkSignature(*out.module, function));
    locateInstructions(out, function, text);
    for (auto& code : *out.module) {
        if (code.isDeclaration())
            continue;
        const bool isMain = code.getName() == function.name;
        code.setLinkage(isMain ? llvm::GlobalValue::ExternalLinkage : llvm::GlobalValue::InternalLinkage);
        code.setVisibility(isMain ? llvm::GlobalValue::HiddenVisibility : llvm::GlobalValue::DefaultVisibility);
        code.setDSOLocal(true);
        code.removeFnAttr(llvm::Attribute::MustProgress);
        code.removeFnAttr(llvm::Attribute::WillReturn);
        setTarget(code, module.target.isa);
    }
    return out;
}

Status linkIntrinsics(llvm::Module& code, const Module& module)
{
    for (const auto& intrinsic : module.intrinsics) {
        const llvm::Function* called = code.getFunction(intrinsic->name);
        if (intrinsic->implementation.empty() || !called || !called->isDeclaration())
            continue;
        STRATA_TRY(auto implementation, parseLlvm(code.getContext(), intrinsic->implementation, intrinsic->name));
        const llvm::Function* defined = implementation->getFunction(intrinsic->name);
        if (!defined || defined->isDeclaration() || defined->getFunctionType() != called->getFunctionType())
            return refused(say("The implementation of the intrinsic {} does not define @{} with a pointer and "
                               "strides for each argument.",
                               intrinsic->name, intrinsic->name));
        for (auto& function : *implementation)
            if (!function.isDeclaration()) {
                function.removeFnAttr(llvm::Attribute::NoInline);
                function.removeFnAttr(llvm::Attribute::OptimizeNone);
                function.addFnAttr(llvm::Attribute::AlwaysInline);
                for (const char* attribute : {"target-cpu", "target-features", "prefer-vector-width", "min-legal-vector-width"})
                    function.addFnAttr(attribute,
                                       code.getFunction(code.getName())->getFnAttribute(attribute).getValueAsString());
            }
        implementation->setTargetTriple(code.getTargetTriple());
        implementation->setDataLayout(code.getDataLayout());
        if (llvm::Linker::linkModules(code, std::move(implementation)))
            return refused(say("The implementation of the intrinsic {} cannot be linked.", intrinsic->name));
        code.getFunction(intrinsic->name)->setLinkage(llvm::GlobalValue::InternalLinkage);
    }
    return {};
}

}  // namespace strata
