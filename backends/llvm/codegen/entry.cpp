// What surrounds the host program in an artifact's own object: strata_model of runtime.h, and the exported functions,
// which hand their arguments on to the runtime.
#include "backends/llvm/codegen/entry.h"

#include "backends/device/device.h"
#include "backends/llvm/codegen/emit.h"
#include "backends/llvm/codegen/emit_host.h"
#include "backends/llvm/codegen/machine.h"
#include "backends/runtime/runtime.h"
#include "core/index/sizes.h"
#include "core/ir/cpu.h"
#include "core/ir/text_functions.h"

#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>

#include <algorithm>

namespace strata {

namespace {

struct DlType {
    int code, bits;
};

DlType dlType(DType type)
{
    const int bits = bitSize(type);
    switch (type) {
    case DType::F8E4M3FN: return {10, bits};
    case DType::F8E4M3FNUZ: return {11, bits};
    case DType::F8E5M2: return {12, bits};
    case DType::F8E5M2FNUZ: return {13, bits};
    case DType::F8E8M0: return {14, bits};
    case DType::F4E2M1: return {17, bits};
    case DType::Bool: return {6, bits};
    case DType::String: return {3, bits};  // an opaque handle: the number of a text
    case DType::BF16: return {4, bits};
    case DType::F16:
    case DType::F32:
    case DType::F64: return {2, bits};
    default: return {isSigned(type) ? 0 : 1, bits};
    }
}

bool hasParallelLoop(const Function& function)
{
    bool found = false;
    if (function.loops())
        walk(function.loops()->body, [&](const StmtPtr& stmt) {
            const auto* loop = as<Loop>(stmt);
            found |= loop && loop->kind == LoopKind::Parallel;
        });
    return found || (function.hardware() && function.hardware()->llvm.find("@strata_rt_parallel") != std::string::npos);
}

bool isText(const TypedName& tensor) { return tensor.type.tensor.dtype == DType::String; }

bool speaksOfTexts(const Function& function)
{
    bool found = false;
    if (function.loops())
        walkExprs(function.loops()->body, [&](const ExprPtr& root) {
            walk(root, [&](const Expr& e) { found |= e.type == DType::String || isTextCall(e); });
        });
    return found;
}

class EntryEmitter {
public:
    EntryEmitter(llvm::Module& module, const Module& lowered, const HostProgram& program, const BuildOptions& options)
        : m_module(module)
        , m_tables(module)
        , m_lowered(lowered)
        , m_program(program)
        , m_options(options)
        , m_pointer(llvm::PointerType::getUnqual(module.getContext()))
        , m_int(llvm::Type::getInt32Ty(module.getContext()))
        , m_void(llvm::Type::getVoidTy(module.getContext()))
    {
    }

    Status run(const CodeSymbols& codeOf)
    {
        HostEmitter host(m_module, m_program, codeOf, m_tables);
        STRATA_TRY(llvm::Function * entry, host.run(m_options.weightOffsets));
        llvm::Constant* const table = modelTable(entry, host.derivation());
        auto* const model = new llvm::GlobalVariable(m_module, table->getType(), true,
                                                     llvm::GlobalValue::InternalLinkage, table, "model");
        exportFunctions(model);
        return {};
    }

private:
    llvm::Constant* number(std::int64_t value) const { return m_tables.number(value, 32); }
    llvm::Constant* textOrNull(const std::string& text)
    {
        return text.empty() ? m_tables.null() : m_tables.string(text);
    }
    llvm::Constant* tensorTable(const std::vector<TypedName>& tensors);
    llvm::Constant* embeddedWeights();
    llvm::Constant* runtimeFunction(const std::string& name, const std::vector<llvm::Type*>& parameters);
    llvm::Constant* deviceTable(const std::vector<std::string>& devices);
    llvm::Constant* queryTable(const std::vector<std::string>& devices);
    llvm::Constant* sizeTable();
    llvm::Constant* resultTable();
    llvm::Constant* inoutTable();
    std::int64_t reference(const Dim& dim) const;
    bool hasTexts() const;
    llvm::Constant* modelTable(llvm::Function* entry, llvm::Function* derivation);
    void exportFunctions(llvm::Constant* model);
    void exportFunction(const char* name, const char* runtime, llvm::Type* result,
                        const std::vector<llvm::Type*>& parameters, llvm::Constant* first);

    llvm::Module& m_module;
    Tables m_tables;
    const Module& m_lowered;
    const HostProgram& m_program;
    const BuildOptions& m_options;
    llvm::Type *m_pointer, *m_int, *m_void;
};

llvm::Constant* EntryEmitter::tensorTable(const std::vector<TypedName>& tensors)
{
    std::vector<llvm::Constant*> entries;
    for (const TypedName& tensor : tensors) {
        const TensorType& type = tensor.type.tensor;
        std::vector<std::int64_t> shape;
        for (const Dim& dim : type.shape)
            shape.push_back(reference(dim));
        const DlType element = dlType(type.dtype);
        entries.push_back(
            m_tables.structure({m_tables.string(tensor.name), m_tables.number(element.code, 8),
                                m_tables.number(element.bits, 8), number(std::int64_t(shape.size())),
                                m_tables.numbers(shape), m_tables.number(byteCount(type).value_or(-1), 64)}));
    }
    return m_tables.table(entries);
}

// A number, or the place of a size or of what is derived from sizes, as -1 - index.
std::int64_t EntryEmitter::reference(const Dim& dim) const
{
    if (dim.isConstant())
        return dim.constant();
    for (std::size_t i = 0; i < m_program.sizes.size(); ++i)
        if (dim == Dim::symbol(m_program.sizes[i]))
            return -1 - std::int64_t(i);
    const auto& derived = m_program.derived;
    return -1 - std::int64_t(m_program.sizes.size())
           - (std::find(derived.begin(), derived.end(), dim) - derived.begin());
}

llvm::Constant* EntryEmitter::sizeTable()
{
    std::vector<llvm::Constant*> sizes;
    for (const std::string& size : m_program.sizes) {
        const auto known = m_program.facts.find(size);
        const SizeFact fact = known == m_program.facts.end() ? SizeFact{} : known->second;
        sizes.push_back(m_tables.structure({m_tables.string(size), m_tables.number(fact.least, 64),
                                            m_tables.number(fact.most, 64), m_tables.number(fact.multipleOf, 64)}));
    }
    return m_tables.table(sizes);
}

// Of each output, the shape that came out, its dimensions as those of the tensors.
llvm::Constant* EntryEmitter::resultTable()
{
    std::int64_t place = std::int64_t(firstDataSize(m_program) + m_program.dataSizes.size());
    std::vector<llvm::Constant*> shapes;
    for (const TypedName& result : m_program.results) {
        std::vector<std::int64_t> shape;
        for (const Dim& dim : result.type.tensor.shape)
            shape.push_back(dim.isConstant() ? dim.constant() : -1 - place++);
        shapes.push_back(m_tables.numbers(shape));
    }
    return shapes.empty() ? m_tables.null() : m_tables.table(shapes);
}

// Of each output, the input in whose memory it lies.
llvm::Constant* EntryEmitter::inoutTable()
{
    std::vector<std::int64_t> inputs(m_program.outputs.size(), -1);
    for (const auto& [output, input] : m_program.inouts)
        inputs[output] = std::int64_t(input);
    return m_program.inouts.empty() ? m_tables.null() : m_tables.numbers(inputs, 32);
}

llvm::Constant* EntryEmitter::embeddedWeights()
{
    auto* const weights = new llvm::GlobalVariable(m_module, llvm::Type::getInt8Ty(m_module.getContext()), true,
                                                   llvm::GlobalValue::ExternalLinkage, nullptr, "strata_weights");
    weights->setVisibility(llvm::GlobalValue::HiddenVisibility);
    return weights;
}

// One that the model refers to only if it needs it, so that it is linked in there only.
llvm::Constant* EntryEmitter::runtimeFunction(const std::string& name, const std::vector<llvm::Type*>& parameters)
{
    auto* const type = llvm::FunctionType::get(m_int, parameters, false);
    auto* const function = llvm::cast<llvm::Function>(m_module.getOrInsertFunction(name, type).getCallee());
    function->setVisibility(llvm::GlobalValue::HiddenVisibility);
    return function;
}

// The CPU, always the first, and those that kernels are launched on.
llvm::Constant* EntryEmitter::deviceTable(const std::vector<std::string>& devices)
{
    std::vector<llvm::Constant*> entries{
        m_tables.structure({m_tables.string("cpu"), m_tables.string(cpuOf(m_lowered.target.isa).needs)})};
    for (const std::string& device : devices)
        entries.push_back(m_tables.structure({m_tables.string(device), m_tables.string("")}));
    return m_tables.table(entries);
}

// Of each device but the CPU, the routine that asks for it.
llvm::Constant* EntryEmitter::queryTable(const std::vector<std::string>& devices)
{
    std::vector<llvm::Constant*> entries;
    for (const std::string& device : devices)
        entries.push_back(runtimeFunction(queryRoutine(device), {m_pointer, m_pointer}));
    return entries.empty() ? m_tables.null() : m_tables.table(entries);
}

// Whether an instance needs a table of texts.
bool EntryEmitter::hasTexts() const
{
    const std::vector<std::string> called = calledFunctions(m_program);
    return std::any_of(m_program.buffers.begin(), m_program.buffers.end(),
                       [](const HostBuffer& buffer) { return buffer.type.dtype == DType::String; })
           || std::any_of(called.begin(), called.end(), [this](const std::string& name) {
                  const FunctionPtr function = m_lowered.find(name);
                  return function && speaksOfTexts(*function);
              });
}

// The strata_model of runtime.h.
llvm::Constant* EntryEmitter::modelTable(llvm::Function* entry, llvm::Function* derivation)
{
    const bool any = m_options.weightsBytes > 0, embedded = any && m_options.weights == WeightsMode::Embedded;
    const std::string file = any && !embedded ? m_options.weightsFile.substr(m_options.weightsFile.rfind('/') + 1)
                                              : std::string();
    const std::vector<std::string> called = calledFunctions(m_program);
    const bool parallel = std::any_of(called.begin(), called.end(), [this](const std::string& name) {
        const FunctionPtr function = m_lowered.find(name);
        return function && hasParallelLoop(*function);
    });
    const std::vector<std::string> devices = launchingDevices(m_program);
    const auto texts = m_options.weightOffsets.find(STRATA_TEXTS_WEIGHT);
    return m_tables.structure({number(STRATA_ABI),
                               m_tables.string(m_lowered.name),
                               number(std::int64_t(m_program.inputs.size())),
                               number(std::int64_t(m_program.outputs.size())),
                               number(std::int64_t(m_program.sizes.size())),
                               number(1 + std::int64_t(devices.size())),
                               tensorTable(m_program.inputs),
                               tensorTable(m_program.outputs),
                               m_program.sizes.empty() ? m_tables.null() : sizeTable(),
                               deviceTable(devices),
                               m_tables.number(m_program.arenaBytes, 64),
                               m_tables.number(m_options.weightsBytes, 64),
                               inoutTable(),
                               embedded ? embeddedWeights() : m_tables.null(),
                               textOrNull(file),
                               textOrNull(any ? m_options.weightsHash : std::string()),
                               number(parallel),
                               number(std::int64_t(m_program.calls.size())),
                               m_tables.strings(m_program.calls),
                               entry,
                               file.empty() ? m_tables.null() : runtimeFunction("strata_rt_map_weights", {m_pointer}),
                               number(m_lowered.target.threads),
                               queryTable(devices),
                               number(std::int64_t(m_program.derived.size())),
                               number(std::int64_t(m_program.storages.size())),
                               derivation ? static_cast<llvm::Constant*>(derivation) : m_tables.null(),
                               number(std::int64_t(m_program.dataSizes.size() + resultDimensions(m_program).size())),
                               resultTable(),
                               hasTexts() ? runtimeFunction("strata_rt_make_texts", {m_pointer}) : m_tables.null(),
                               m_tables.number(texts == m_options.weightOffsets.end() ? -1 : texts->second, 64)});
}

// PREFIX_NAME(arguments) hands them on to strata_rt_RUNTIME, behind `first` if there is one.
void EntryEmitter::exportFunction(const char* name, const char* runtime, llvm::Type* result,
                                  const std::vector<llvm::Type*>& parameters, llvm::Constant* first)
{
    auto* const function = llvm::Function::Create(llvm::FunctionType::get(result, parameters, false),
                                                  llvm::GlobalValue::ExternalLinkage, m_options.prefix + "_" + name,
                                                  m_module);
    function->addFnAttr(llvm::Attribute::NoUnwind);
    std::vector<llvm::Value*> arguments;
    if (first)
        arguments.push_back(first);
    for (llvm::Argument& argument : function->args())
        arguments.push_back(&argument);
    std::vector<llvm::Type*> types;
    for (const llvm::Value* const argument : arguments)
        types.push_back(argument->getType());
    llvm::FunctionCallee callee = m_module.getOrInsertFunction(std::string("strata_rt_") + runtime,
                                                               llvm::FunctionType::get(result, types, false));
    llvm::cast<llvm::Function>(callee.getCallee())->setVisibility(llvm::GlobalValue::HiddenVisibility);
    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(m_module.getContext(), "", function));
    llvm::CallInst* const call = builder.CreateCall(callee, arguments);
    call->setTailCall();
    if (result == m_void)
        builder.CreateRetVoid();
    else
        builder.CreateRet(call);
}

void EntryEmitter::exportFunctions(llvm::Constant* model)
{
    exportFunction("describe", "describe", m_pointer, {}, model);
    exportFunction("create", "create", m_int, {m_pointer, m_pointer}, model);
    exportFunction("run", "run", m_int, {m_pointer, m_pointer, m_pointer}, nullptr);
    exportFunction("query_device", "query_device", m_int, {m_int, m_pointer}, model);
    exportFunction("output_shapes", "output_shapes", m_int, {m_pointer, m_pointer, m_pointer}, nullptr);
    exportFunction("result_shapes", "result_shapes", m_int, {m_pointer, m_pointer}, nullptr);
    exportFunction("last_error", "last_error", m_pointer, {m_pointer}, nullptr);
    exportFunction("set_threads", "set_threads", m_int, {m_pointer, m_int}, nullptr);
    exportFunction("set_profile", "set_profile", m_int, {m_pointer, m_int}, nullptr);
    exportFunction("profile", "profile_read", m_int, {m_pointer, m_pointer}, nullptr);
    exportFunction("destroy", "destroy", m_void, {m_pointer}, nullptr);
    if (std::none_of(m_program.inputs.begin(), m_program.inputs.end(), isText)
        && std::none_of(m_program.outputs.begin(), m_program.outputs.end(), isText))
        return;
    llvm::Type* const number = llvm::Type::getInt64Ty(m_module.getContext());
    exportFunction("text_number", "text_number", m_int, {m_pointer, m_pointer, number, m_pointer}, nullptr);
    exportFunction("text", "text_read", m_int, {m_pointer, number, m_pointer, m_pointer}, nullptr);
    exportFunction("forget_texts", "forget_texts", m_int, {m_pointer}, nullptr);
}

}  // namespace

Result<std::string> compileEntry(const Module& lowered, const HostProgram& program, const BuildOptions& options,
                                 const CodeSymbols& codeOf)
{
    llvm::LLVMContext context;
    llvm::Module module("entry", context);
    module.setTargetTriple(cpuOf(lowered.target.isa).llvmTriple);
    STRATA_CHECK(EntryEmitter(module, lowered, program, options).run(codeOf));
    std::string message;
    llvm::raw_string_ostream stream(message);
    if (llvm::verifyModule(module, &stream))
        return bug("The code of the host program does not verify: " + stream.str());
    return Machine(lowered.target.isa).object(module);
}

}  // namespace strata
