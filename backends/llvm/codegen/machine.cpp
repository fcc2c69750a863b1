// LLVM's target machine and pass manager for one instruction set.
//
// The pass list cleans up what the generator leaves (stack slots become registers, common subexpressions, loop
// invariants, dead stores) and schedules nothing: no vectorizer, no unroller, no contraction of a * b + c
// (FPOpFusion::Strict), so the code is what the loops say and the bits are those of the evaluator.
#include "backends/llvm/codegen/machine.h"

#include "backends/llvm/codegen/emit.h"
#include "core/ir/cpu.h"

#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/DebugInfo.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/DiagnosticPrinter.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/MCAsmBackend.h>
#include <llvm/MC/MCCodeEmitter.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCObjectFileInfo.h>
#include <llvm/MC/MCObjectWriter.h>
#include <llvm/MC/MCParser/MCAsmParser.h>
#include <llvm/MC/MCParser/MCTargetAsmParser.h>
#include <llvm/MC/MCStreamer.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Transforms/Utils/Cloning.h>

namespace strata {

const char* const passList =
    "always-inline,function(sroa,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>),"
    "function(loop-simplify,lcssa,loop-mssa(licm<allowspeculation>)),"
    "function(gvn,sroa,instcombine<no-verify-fixpoint>,simplifycfg,dse,adce)";

Machine::~Machine() = default;

void Machine::initialize()
{
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    llvm::InitializeAllAsmParsers();
    llvm::InitializeAllDisassemblers();
}

// Intel syntax is an option of LLVM's, read when a machine is made; linking with LLD sets all options back.
static void chooseIntelSyntax()
{
    const char* const options[] = {"strata-compiler", "-x86-asm-syntax=intel"};
    llvm::cl::ResetAllOptionOccurrences();
    llvm::cl::ParseCommandLineOptions(2, options);
}

Machine::Machine(Target::Isa isa)
    : m_isa(isa)
{
    chooseIntelSyntax();
    std::string message;
    const auto* target = llvm::TargetRegistry::lookupTarget(cpuOf(isa).llvmTriple, message);
    if (!target)
        return;
    llvm::TargetOptions options;
    options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
    options.FunctionSections = options.DataSections = true;
    options.MCOptions.AsmVerbose = false;
    m_machine.reset(target->createTargetMachine(cpuOf(isa).llvmTriple, cpuOf(isa).llvmCpu, cpuOf(isa).llvmFeatures,
                                                options, llvm::Reloc::PIC_, llvm::CodeModel::Small,
                                                llvm::CodeGenOptLevel::Default));
}

Error Machine::missing() const
{
    return refused(say("LLVM makes no code for {}, the triple of {}.", cpuOf(m_isa).llvmTriple, cpuOf(m_isa).name));
}

Status Machine::optimize(llvm::Module& module, const std::string& passes) const
{
    if (!m_machine)
        return missing();
    module.setTargetTriple(cpuOf(m_isa).llvmTriple);
    module.setDataLayout(m_machine->createDataLayout());
    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager sccs;
    llvm::ModuleAnalysisManager modules;
    llvm::PassBuilder builder(m_machine.get());
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(sccs);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, sccs, modules);
    llvm::ModulePassManager manager;
    if (auto error = builder.parsePassPipeline(manager, passes))
        return refused(say("LLVM does not know this pass list: {}.", llvm::toString(std::move(error))), {},
                       "Write passes as for LLVM's opt, \"instcombine,gvn\" for example.");
    manager.run(module, modules);
    return {};
}

namespace {

// Collects what the code generator reports while it runs.
class Diagnostics final : public llvm::DiagnosticHandler {
public:
    explicit Diagnostics(std::string& message)
        : m_message(message)
    {
    }
    bool handleDiagnostics(const llvm::DiagnosticInfo& info) override
    {
        if (info.getSeverity() != llvm::DS_Error)
            return true;
        llvm::raw_string_ostream stream(m_message);
        llvm::DiagnosticPrinterRawOStream printer(stream);
        info.print(printer);
        return true;
    }

private:
    std::string& m_message;
};

}  // namespace

Result<std::string> Machine::emit(llvm::Module& module, bool asText) const
{
    if (!m_machine)
        return missing();
    module.setTargetTriple(cpuOf(m_isa).llvmTriple);
    module.setDataLayout(m_machine->createDataLayout());
    std::string message;
    module.getContext().setDiagnosticHandler(std::make_unique<Diagnostics>(message));
    llvm::SmallVector<char, 0> bytes;
    llvm::raw_svector_ostream stream(bytes);
    llvm::legacy::PassManager manager;
    const auto type = asText ? llvm::CodeGenFileType::AssemblyFile : llvm::CodeGenFileType::ObjectFile;
    if (m_machine->addPassesToEmitFile(manager, stream, nullptr, type, true))
        return missing();
    manager.run(module);
    module.getContext().setDiagnosticHandler(nullptr);
    if (!message.empty())
        return refused(say("LLVM makes no code of {}: {}", module.getName().str(), message));
    return std::string(bytes.data(), bytes.size());
}

Result<std::string> Machine::assembly(llvm::Module& module) const { return emit(module, true); }
Result<std::string> Machine::object(llvm::Module& module) const { return emit(module, false); }

Result<std::string> Machine::assembled(const std::string& assembly) const
{
    const llvm::Target& target = m_machine->getTarget();
    const llvm::Triple& triple = m_machine->getTargetTriple();
    const llvm::MCSubtargetInfo& subtarget = *m_machine->getMCSubtargetInfo();
    const llvm::MCTargetOptions& options = m_machine->Options.MCOptions;
    llvm::SourceMgr sources;
    sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(assembly), {});
    llvm::MCContext context(triple, m_machine->getMCAsmInfo(), m_machine->getMCRegisterInfo(), &subtarget, &sources,
                            &options);
    const std::unique_ptr<llvm::MCObjectFileInfo> sections(target.createMCObjectFileInfo(context, true));
    context.setObjectFileInfo(sections.get());
    llvm::SmallVector<char, 0> bytes;
    llvm::raw_svector_ostream stream(bytes);
    std::unique_ptr<llvm::MCAsmBackend> backend(
        target.createMCAsmBackend(subtarget, *m_machine->getMCRegisterInfo(), options));
    std::unique_ptr<llvm::MCCodeEmitter> emitter(target.createMCCodeEmitter(*m_machine->getMCInstrInfo(), context));
    auto writer = backend->createObjectWriter(stream);
    const std::unique_ptr<llvm::MCStreamer> streamer(target.createMCObjectStreamer(
        triple, context, std::move(backend), std::move(writer), std::move(emitter), subtarget));
    const std::unique_ptr<llvm::MCAsmParser> parser(
        llvm::createMCAsmParser(sources, context, *streamer, *m_machine->getMCAsmInfo()));
    const std::unique_ptr<llvm::MCTargetAsmParser> syntax(
        target.createMCAsmParser(subtarget, *parser, *m_machine->getMCInstrInfo(), options));
    parser->setTargetParser(*syntax);
    if (parser->Run(false))
        return bug("LLVM does not read the assembly that it printed.");
    return std::string(bytes.data(), bytes.size());
}

std::string textOf(const llvm::Module& module)
{
    const auto copy = llvm::CloneModule(module);
    llvm::StripDebugInfo(*copy);
    for (const char* flag : {"llvm.module.flags", "llvm.dbg.cu"})
        if (auto* node = copy->getNamedMetadata(flag))
            node->eraseFromParent();
    std::string text;
    llvm::raw_string_ostream stream(text);
    copy->print(stream, nullptr);
    return text;
}

Result<std::unique_ptr<llvm::Module>> parseLlvm(llvm::LLVMContext& context, const std::string& text,
                                                const std::string& name)
{
    llvm::SMDiagnostic diagnostic;
    auto module = llvm::parseAssemblyString(text, diagnostic, context);
    if (!module) {
        const std::string column(std::size_t(std::max(diagnostic.getColumnNo(), 0)), ' ');
        return refused(say("The LLVM IR of {} has an error in line {}, column {}: {}.\n{}\n{}^", name,
                           diagnostic.getLineNo(), diagnostic.getColumnNo() + 1, diagnostic.getMessage().str(),
                           diagnostic.getLineContents().str(), column),
                       {{name, NodeKind::Line, std::to_string(diagnostic.getLineNo())}});
    }
    std::string message;
    llvm::raw_string_ostream stream(message);
    if (llvm::verifyModule(*module, &stream))
        return refused(say("The LLVM IR of {} does not verify: {}", name, stream.str()));
    return module;
}

}  // namespace strata
