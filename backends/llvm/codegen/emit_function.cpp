// The function around the body: arguments and what LLVM may know of them, allocations, the way out, debug locations.
//
// Three blocks come before the body: `entry` with the stack slots, `prologue` with the allocations that may fail, and
// from any of them a way to `exit`, which frees what was had and returns the status. So an allocation deep in the nest
// costs nothing per iteration and no path leaks. LLVM hears that buffers do not overlap (noalias), how they are aligned
// and how long they are, which is what the language guarantees and all that its passes need.
#include "backends/llvm/codegen/emitter.h"

#include "core/elementary/elementary.h"
#include "core/index/sizes.h"
#include "core/ir/cpu.h"

#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>

#include <bit>
#include <numeric>

namespace strata {

namespace {

constexpr std::int64_t largestOnStack =
    64 << 10;                   // bytes of all local buffers of a function; what exceeds it comes from the allocator
constexpr int outOfMemory = 2;  // PREFIX_MEMORY

}  // namespace

void setTarget(llvm::Function& function, Target::Isa isa)
{
    const std::string bits = std::to_string(vectorBytes(isa) * 8);
    function.addFnAttr("target-cpu", cpuOf(isa).llvmCpu);
    if (!cpuOf(isa).llvmFeatures.empty())
        function.addFnAttr("target-features", cpuOf(isa).llvmFeatures);
    function.addFnAttr("prefer-vector-width", bits);
    function.addFnAttr("min-legal-vector-width", bits);
}

Result<Emitted> emitLoops(llvm::LLVMContext& context, const Module& module, const Function& function)
{
    return Emitter(context, module, function).run();
}

Emitter::Emitter(llvm::LLVMContext& context, const Module& module, const Function& function)
    : m_module(module)
    , m_function(function)
    , m_context(context)
    , m_builder(context)
{
}

void Emitter::fail(Error error)
{
    if (!m_error)
        m_error = std::move(error);
}

void Emitter::remark(std::string message, NodeKind kind, const std::string& name)
{
    if (std::exchange(m_remarked[std::string(nodeKindName(kind)) + name], true))
        return;
    m_out.remarks.push_back(refused(std::move(message), {{m_function.name, kind, name}}));
}

std::vector<Cursor> Emitter::place() const { return {m_places.rbegin(), m_places.rend()}; }

// Instructions from here on belong to the loops and blocks around.
void Emitter::locate()
{
    auto places = place();
    auto& line = m_lineOf[places];
    if (line == 0) {
        m_out.lines.push_back(std::move(places));
        line = unsigned(m_out.lines.size());
    }
    m_builder.SetCurrentDebugLocation(llvm::DILocation::get(m_context, line, 1, m_scope));
}

void Emitter::attributes(llvm::Function& function)
{
    function.setDoesNotThrow();
    function.setMustProgress();
    setTarget(function, m_module.target.isa);
}

llvm::FunctionCallee Emitter::runtime(const char* name, llvm::Type* result, std::vector<llvm::Type*> parameters)
{
    auto callee = m_out.module->getOrInsertFunction(name, llvm::FunctionType::get(result, parameters, false));
    if (auto* function = llvm::dyn_cast<llvm::Function>(callee.getCallee())) {
        function->setDoesNotThrow();
        function->setVisibility(llvm::GlobalValue::HiddenVisibility);
    }
    return callee;
}

// Dense, with rows of so many elements.
void Emitter::lay(Storage& storage, const ExprPtr& row)
{
    const Shape& shape = storage.buffer.type.shape;
    storage.strides.assign(shape.size(), intConst(1));
    storage.room = intConst(1);
    for (std::size_t d = shape.size(); d-- > 0;) {
        storage.strides[d] = storage.room;
        storage.room = storage.room * (d + 1 == shape.size() ? row : toExpr(shape[d]));
    }
}

Storage Emitter::storageOf(Buffer buffer)
{
    Storage storage;
    storage.buffer = std::move(buffer);
    const Shape& shape = storage.buffer.type.shape;
    lay(storage, shape.empty() ? intConst(1) : toExpr(shape.back()));
    return storage;
}

// Rows of a local buffer begin where a register may, so that a register holds elements of one row.
void Emitter::padRows(Storage& storage) const
{
    const Shape& shape = storage.buffer.type.shape;
    if (shape.empty() || !shape.back().isConstant() || shape.back().constant() < 2 || isConst(storage.room, 0))
        return;
    const auto whole = std::uint64_t(vectorBytes(m_module.target.isa) / byteSize(storage.buffer.type.dtype));
    const auto row = std::uint64_t(shape.back().constant());
    lay(storage, intConst(std::int64_t(row < whole ? std::bit_ceil(row) : (row + whole - 1) / whole * whole)));
}

void Emitter::describeBuffer(llvm::Argument& argument, const Storage& storage)
{
    const auto bytes = byteCount(storage.buffer.type).value_or(0) * storage.lanes;
    argument.setName(storage.buffer.name);
    argument.addAttr(llvm::Attribute::NoAlias);
    argument.addAttr(llvm::Attribute::NoUndef);
    argument.addAttr(llvm::Attribute::getWithAlignment(m_context, llvm::Align(std::uint64_t(storage.alignment))));
    if (bytes > 0)
        argument.addAttr(llvm::Attribute::getWithDereferenceableBytes(m_context, std::uint64_t(bytes)));
}

// Entry (stack slots), prologue (allocations that may fail), body; m_exit frees and returns. Leaves the builder in the
// body.
void Emitter::openBody(llvm::Function* function)
{
    m_llvm = function;
    auto* types = m_debug->createSubroutineType(m_debug->getOrCreateTypeArray({}));
    m_scope = m_debug->createFunction(m_file, function->getName(), {}, m_file, 1, types, 1, llvm::DINode::FlagZero,
                                      llvm::DISubprogram::SPFlagDefinition);
    function->setSubprogram(m_scope);
    auto* entry = newBlock("entry");
    m_prologue = newBlock("prologue");
    auto* body = newBlock("body");
    m_exit = newBlock("exit");
    locate();
    m_builder.SetInsertPoint(entry);
    m_status = m_builder.CreateAlloca(m_builder.getInt32Ty(), nullptr, "status");
    m_builder.CreateStore(m_builder.getInt32(0), m_status);
    m_allocaPoint = m_builder.CreateBr(m_prologue);
    m_builder.SetInsertPoint(m_prologue);
    m_builder.CreateBr(body);
    m_builder.SetInsertPoint(body);
}

void Emitter::closeBody()
{
    locate();
    m_builder.CreateBr(m_exit);
    m_builder.SetInsertPoint(m_exit);
    auto* ptr = m_builder.getPtrTy();
    for (auto* slot : m_owned)
        m_builder.CreateCall(runtime("strata_rt_free", m_builder.getVoidTy(), {ptr, ptr}),
                             {m_run, m_builder.CreateLoad(ptr, slot)});
    if (m_llvm->getReturnType()->isVoidTy())
        m_builder.CreateRetVoid();
    else
        m_builder.CreateRet(withChecks(m_builder.CreateLoad(m_builder.getInt32Ty(), m_status)));
}

llvm::Value* Emitter::onStack(const Storage& storage, std::int64_t bytes)
{
    llvm::IRBuilder<> atEntry(m_allocaPoint);
    const std::int64_t count = bytes / byteSize(storage.buffer.type.dtype);
    auto* slot = atEntry.CreateAlloca(llvm::ArrayType::get(memoryType(storage.buffer.type.dtype), std::uint64_t(count)),
                                      nullptr, storage.buffer.name);
    slot->setAlignment(llvm::Align(64));
    return slot;
}

// Allocated before the body, freed on the way out; if there is no memory, the function ends with the code for it.
llvm::Value* Emitter::onHeap(const ExprPtr& bytes)
{
    auto* ptr = m_builder.getPtrTy();
    llvm::IRBuilder<> atEntry(m_allocaPoint);
    auto* slot = atEntry.CreateAlloca(ptr, nullptr, "owned");
    atEntry.CreateStore(llvm::ConstantPointerNull::get(ptr), slot);
    m_owned.push_back(slot);

    auto* jump = m_prologue->getTerminator();
    auto* next = llvm::BasicBlock::Create(m_context, "prologue", m_llvm, m_prologue->getSingleSuccessor());
    auto* none = newBlock("no_memory");
    const auto here = m_builder.saveIP();
    m_builder.SetInsertPoint(jump);
    llvm::Value* const amount = materialize(index(bytes));
    m_builder.restoreIP(here);
    llvm::IRBuilder<> builder(jump);
    builder.SetCurrentDebugLocation(m_builder.getCurrentDebugLocation());
    auto* memory = builder.CreateCall(runtime("strata_rt_allocate", ptr, {ptr, builder.getInt64Ty()}), {m_run, amount});
    memory->addRetAttr(llvm::Attribute::NoAlias);
    memory->addRetAttr(llvm::Attribute::getWithAlignment(m_context, llvm::Align(64)));
    builder.CreateStore(memory, slot);
    builder.CreateCondBr(builder.CreateIsNull(memory), none, next);
    jump->removeFromParent();
    jump->insertInto(next, next->end());
    builder.SetInsertPoint(none);
    builder.CreateStore(builder.getInt32(outOfMemory), m_status)->setAtomic(llvm::AtomicOrdering::Monotonic);
    builder.CreateBr(m_exit);
    m_prologue = next;
    return memory;
}

// One place for a buffer however often its allocation is met (unrolled): it holds nothing that an iteration before
// left.
void Emitter::emitAlloc(const Alloc& alloc)
{
    Storage storage = storageOf(alloc.buffer);
    storage.lanes = m_lanes > 0 ? m_lanes : 1;
    const auto known = m_storage.find(alloc.buffer.name);
    if (known != m_storage.end() && known->second.lanes == storage.lanes)
        return;
    if (alloc.buffer.scope == Scope::Local)
        padRows(storage);
    const ExprPtr size = storage.room * (storage.lanes * byteSize(alloc.buffer.type.dtype));
    const std::int64_t bytes = std::max<std::int64_t>(number(size).value_or(largestOnStack + 1), 1);
    storage.onStack = m_stackBytes + bytes <= largestOnStack;
    if (storage.onStack)
        m_stackBytes += bytes;
    storage.base = storage.onStack ? onStack(storage, bytes) : onHeap(number(size) ? intConst(bytes) : size);
    const bool isNew = std::none_of(m_out.locals.begin(), m_out.locals.end(),
                                    [&](const Buffer& known) { return known.name == alloc.buffer.name; });
    if (storage.onStack && alloc.buffer.scope == Scope::Local && isNew)
        m_out.locals.push_back(alloc.buffer);
    m_storage[alloc.buffer.name] = std::move(storage);
}

void Emitter::declare()
{
    m_out.module = std::make_unique<llvm::Module>(m_function.name, m_context);
    m_out.module->setTargetTriple(cpuOf(m_module.target.isa).llvmTriple);
    m_out.module->addModuleFlag(llvm::Module::Warning, "Debug Info Version", llvm::DEBUG_METADATA_VERSION);
    m_out.module->addModuleFlag(llvm::Module::Warning, "Dwarf Version", 4);
    m_debug = std::make_unique<llvm::DIBuilder>(*m_out.module);
    m_file = m_debug->createFile(m_function.name, "");
    m_debug->createCompileUnit(llvm::dwarf::DW_LANG_C, m_file, "Strata", true, "", 0, "",
                               llvm::DICompileUnit::LineTablesOnly);

    std::vector<llvm::Type*> types(1 + m_function.params.size() + m_function.results.size(), m_builder.getPtrTy());
    types.resize(types.size() + sizesOf(m_function).size(), m_builder.getInt64Ty());
    auto* type = llvm::FunctionType::get(m_builder.getInt32Ty(), types, false);
    auto* function = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, m_function.name, *m_out.module);
    function->setVisibility(llvm::GlobalValue::HiddenVisibility);
    function->setDSOLocal(true);
    attributes(*function);
    m_run = function->getArg(0);
    m_run->setName("run");
    openBody(function);
    unsigned argument = 1;
    for (const auto* list : {&m_function.params, &m_function.results})
        for (const auto& parameter : *list) {
            Storage storage = storageOf({parameter.name, parameter.type.tensor, Scope::Global});
            storage.packed = isPacked(parameter.type.tensor.dtype);
            storage.base = function->getArg(argument++);
            describeBuffer(*llvm::cast<llvm::Argument>(storage.base), storage);
            m_storage[parameter.name] = std::move(storage);
        }
    bindSizes(*function, argument);
}

// The sizes are the last arguments.
void Emitter::bindSizes(llvm::Function& function, unsigned first)
{
    for (const std::string& size : sizesOf(m_function)) {
        llvm::Argument* const value = function.getArg(first++);
        value->setName(size);
        const auto known = m_function.facts.find(size);
        const SizeFact fact = known == m_function.facts.end() ? SizeFact{} : known->second;
        m_facts[value] = {fact.least, fact.most, fact.multipleOf};
        m_names[size] = {termIndex(value), var(size)};
    }
}

Result<Emitted> Emitter::run()
{
    m_body = transformExprs(m_function.loops()->body, [this](const ExprPtr& e) -> ExprPtr {
        auto expanded = expandElementary(e);
        if (!expanded)
            fail(expanded.error());
        return expanded ? *expanded : e;
    });
    declare();
    emitInParts(m_body);
    closeBody();
    m_debug->finalize();
    if (m_error)
        return *m_error;
    std::string message;
    llvm::raw_string_ostream stream(message);
    if (llvm::verifyModule(*m_out.module, &stream))
        return bug("The code generator makes LLVM IR for " + m_function.name
                   + " that does not verify: " + stream.str());
    return std::move(m_out);
}

}  // namespace strata
