// A statement of the host program is a call or two. Memory is an offset from one of four pointers, computed where it is
// used, so that nothing of a long program is kept in registers; all calls that fail meet in one block that returns
// their code. Which call of the entry that was the runtime knows from strata_rt_begin.
#include "backends/llvm/codegen/emit_host.h"

#include "backends/device/device.h"
#include "core/index/sizes.h"
#include "core/ir/cpu.h"
#include "core/operators/data_sizes.h"

#include <algorithm>

namespace strata {

HostEmitter::HostEmitter(llvm::Module& module, const HostProgram& program, const CodeSymbols& codeOf, Tables& tables)
    : m_module(module)
    , m_program(program)
    , m_codeOf(codeOf)
    , m_tables(tables)
    , m_builder(module.getContext())
{
}

Result<llvm::Function*> HostEmitter::run(const std::map<std::string, std::int64_t>& weightOffsets)
{
    STRATA_CHECK(placeConstants(weightOffsets));
    open();
    emit(m_program.body);
    close();
    return m_function;
}

Status HostEmitter::placeConstants(const std::map<std::string, std::int64_t>& weightOffsets)
{
    for (std::size_t i = 0; i < m_program.buffers.size(); ++i) {
        const HostBuffer& buffer = m_program.buffers[i];
        if (buffer.base != HostBuffer::Base::Constant)
            continue;
        const auto offset = weightOffsets.find(buffer.name);
        if (offset == weightOffsets.end())
            return bug("The weights file does not hold the constant " + buffer.name + ".");
        m_constantOffset[BufferIndex(i)] = offset->second;
    }
    return {};
}

// What is asked of the machine is asked once, here: every branch comes from this block.
void HostEmitter::open()
{
    llvm::Type* const pointerType = m_builder.getPtrTy();
    auto* const type = llvm::FunctionType::get(m_builder.getInt32Ty(), std::vector(6, pointerType), false);
    m_function = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, "entry", m_module);
    m_function->addFnAttr(llvm::Attribute::NoUnwind);
    m_builder.SetInsertPoint(newBlock("begin"));
    m_run = m_function->getArg(0);
    m_arena = m_function->getArg(3);
    m_weights = m_function->getArg(4);
    m_sizes = m_function->getArg(5);
    loadTensors(HostBuffer::Base::Input, m_function->getArg(1));
    loadTensors(HostBuffer::Base::Output, m_function->getArg(2));
    bool chooses = false;
    forEachStatement(m_program, [&](const HostStatement& statement, int) {
        chooses |= std::holds_alternative<HostChoose>(statement.is);
    });
    if (chooses)
        m_isa = call("strata_rt_isa", m_builder.getInt32Ty(), {});
}

void HostEmitter::loadTensors(HostBuffer::Base base, llvm::Value* array)
{
    llvm::Type* const pointerType = m_builder.getPtrTy();
    for (std::size_t i = 0; i < m_program.buffers.size(); ++i)
        if (const HostBuffer& buffer = m_program.buffers[i]; buffer.base == base) {
            llvm::Value* const slot = m_builder.CreateConstInBoundsGEP1_64(pointerType, array,
                                                                           std::uint64_t(buffer.place));
            m_tensors[BufferIndex(i)] = m_builder.CreateLoad(pointerType, slot);
        }
}

void HostEmitter::close()
{
    if (!m_program.calls.empty())
        emit(HostBegin{-1});
    tellResults();
    m_builder.CreateRet(m_builder.getInt32(0));
    if (!m_failed)
        return;
    m_builder.SetInsertPoint(m_failed);
    m_builder.CreateRet(m_code);
}

void HostEmitter::emit(const HostBlock& block)
{
    for (const HostStatement& statement : block)
        std::visit([this](const auto& one) { emit(one); }, statement.is);
}

void HostEmitter::emit(const HostBegin& begin)
{
    call("strata_rt_begin", m_builder.getVoidTy(), {m_run, m_builder.getInt32(std::uint32_t(begin.call))});
}

void HostEmitter::emit(const HostCall& code)
{
    const CodeSymbol symbol = m_codeOf(code.function);
    std::vector<llvm::Value*> arguments = pointers(code.inputs);
    for (llvm::Value* const output : pointers(code.outputs))
        arguments.push_back(output);
    for (const Dim& size : code.sizes)
        arguments.push_back(dimension(size));
    if (!symbol.takesRun) {
        call(symbol.name, m_builder.getVoidTy(), arguments);
        return;
    }
    arguments.insert(arguments.begin(), m_run);
    checked(symbol.name, arguments);
}

void HostEmitter::emit(const HostRoutine& routine)
{
    std::vector<llvm::Value*> arguments = pointers(routine.inputs);
    arguments.insert(arguments.begin(), m_run);
    arguments.push_back(pointer(routine.output));
    arguments.push_back(m_tables.numbers(routine.routine.sizes));
    arguments.push_back(m_builder.getInt32(std::uint32_t(routine.routine.flags)));
    checked(routine.routine.symbol, arguments);
}

void HostEmitter::emit(const HostSize& size)
{
    const auto number = [&](std::int64_t value) { return m_builder.getInt64(std::uint64_t(value)); };
    llvm::Type* const type = m_builder.getInt64Ty();
    llvm::Value* const value = size.source == absent
                                   ? dimension(size.is)
                                   : m_builder.CreateAlignedLoad(type,
                                                                 m_builder.CreateConstInBoundsGEP1_64(
                                                                     type, pointer(size.source),
                                                                     std::uint64_t(size.element)),
                                                                 llvm::Align(1));
    const bool isKnown = size.size.empty();
    llvm::Value *const least = isKnown ? dimension(size.is) : number(0), *const most = dimension(size.most);
    checked("strata_rt_size",
            {m_run, value, least, isKnown ? least : most, m_tables.string(isKnown ? size.is.text() : size.size)});
    if (!isKnown)
        tell(placeOf(size.size), value);
}

// Behind the sizes that data tell: the dimensions of what came out that are no numbers.
void HostEmitter::tellResults()
{
    std::size_t place = firstDataSize(m_program) + m_program.dataSizes.size();
    for (const Dim& dim : resultDimensions(m_program))
        tell(place++, dimension(dim));
}

void HostEmitter::emit(const HostCopy& copy)
{
    m_builder.CreateMemCpy(pointer(copy.target), alignment(copy.target), pointer(copy.source), alignment(copy.source),
                           dimension(copy.bytes));
}

// Rows lie one after the other.
llvm::Align HostEmitter::alignment(BufferIndex index) const
{
    return llvm::Align(m_program.buffers[std::size_t(index)].base == HostBuffer::Base::Row ? 1 : 64);
}

llvm::Value* HostEmitter::fits(const HostChoose::Choice& choice)
{
    llvm::Value* all = m_builder.getTrue();
    const auto ask = [&](llvm::Value* one) { all = m_builder.CreateAnd(all, one); };
    const auto number = [&](std::int64_t value) { return m_builder.getInt64(std::uint64_t(value)); };
    if (choice.least)
        ask(m_builder.CreateICmpSGE(m_isa, m_builder.getInt32(std::uint32_t(cpuOf(*choice.least).level))));
    for (const auto& [size, fact] : choice.where) {
        llvm::Value* const value = dimension(size);
        ask(m_builder.CreateICmpSGE(value, number(fact.least)));
        ask(m_builder.CreateICmpSLE(value, number(fact.most)));
        if (fact.multipleOf > 1)
            ask(m_builder.CreateICmpEQ(m_builder.CreateSRem(value, number(fact.multipleOf)), number(0)));
    }
    return all;
}

void HostEmitter::emit(const HostChoose& choose)
{
    llvm::BasicBlock* const done = newBlock("chosen");
    for (const HostChoose::Choice& choice : choose.choices) {
        llvm::BasicBlock *const take = newBlock("take"), *const next = newBlock("next");
        m_builder.CreateCondBr(fits(choice), take, next);
        m_builder.SetInsertPoint(take);
        emit(choice.body);
        m_builder.CreateBr(done);
        m_builder.SetInsertPoint(next);
    }
    emit(choose.otherwise);
    m_builder.CreateBr(done);
    m_builder.SetInsertPoint(done);
}

void HostEmitter::emit(const HostIf& branch)
{
    llvm::BasicBlock *const then = newBlock("then"), *const otherwise = newBlock("else"),
                            *const done = newBlock("done");
    llvm::Value* const condition = m_builder.CreateLoad(m_builder.getInt8Ty(), pointer(branch.condition));
    m_builder.CreateCondBr(m_builder.CreateICmpNE(condition, m_builder.getInt8(0)), then, otherwise);
    for (const auto& [block, body] : {std::pair(then, &branch.then), std::pair(otherwise, &branch.otherwise)}) {
        m_builder.SetInsertPoint(block);
        emit(*body);
        m_builder.CreateBr(done);
    }
    m_builder.SetInsertPoint(done);
}

// With rows, it ends where they do; an iteration that is left then is one too many.
void HostEmitter::emit(const HostLoop& loop)
{
    llvm::Type *const bit = m_builder.getInt8Ty(), *const number = m_builder.getInt64Ty();
    llvm::Value* const first = loop.first == absent ? static_cast<llvm::Value*>(m_builder.getInt8(1))
                                                    : m_builder.CreateLoad(bit, pointer(loop.first));
    llvm::Value* const trips = loop.trips == absent ? static_cast<llvm::Value*>(m_builder.getInt64(INT64_MAX))
                                                    : m_builder.CreateLoad(number, pointer(loop.trips));
    llvm::BasicBlock *const before = m_builder.GetInsertBlock(), *const head = newBlock("loop"),
                            *const body = newBlock("body"), *const done = newBlock("done");
    m_builder.CreateBr(head);
    m_builder.SetInsertPoint(head);
    llvm::PHINode *const iteration = m_builder.CreatePHI(number, 2), *const condition = m_builder.CreatePHI(bit, 2);
    iteration->addIncoming(m_builder.getInt64(0), before);
    condition->addIncoming(first, before);
    llvm::Value* const wanted = m_builder.CreateAnd(m_builder.CreateICmpSLT(iteration, trips),
                                                    m_builder.CreateICmpNE(condition, m_builder.getInt8(0)));
    llvm::Value* const goes = loop.rows ? m_builder.CreateAnd(
                                  wanted, m_builder.CreateICmpSLT(iteration, m_builder.getInt64(*loop.rows)))
                                        : wanted;
    m_builder.CreateCondBr(goes, body, done);
    m_builder.SetInsertPoint(body);
    m_builder.CreateStore(iteration, pointer(loop.iteration));
    m_builder.CreateStore(condition, pointer(loop.condition));
    emit(loop.body);
    condition->addIncoming(m_builder.CreateLoad(bit, pointer(loop.next)), m_builder.GetInsertBlock());
    iteration->addIncoming(m_builder.CreateAdd(iteration, m_builder.getInt64(1)), m_builder.GetInsertBlock());
    m_builder.CreateBr(head);
    m_builder.SetInsertPoint(done);
    if (loop.rows)
        checked("strata_rt_rows", {m_run, iteration, m_builder.getInt64(*loop.rows),
                                   m_builder.CreateZExt(wanted, m_builder.getInt32Ty())});
}

// The strata_check of runtime.h for each check of the kernel.
llvm::Constant* HostEmitter::checkTable(const Kernel& kernel)
{
    std::vector<llvm::Constant*> entries;
    for (const KernelCheck& check : kernel.checks)
        entries.push_back(m_tables.structure({m_tables.number(check.block, 32), m_tables.number(check.number, 32),
                                              m_tables.string(check.of), m_tables.string(check.where),
                                              m_tables.number(std::int64_t(check.iterators.size()), 32),
                                              m_tables.strings(check.iterators), m_tables.numbers(check.extents)}));
    return m_tables.table(entries);
}

// Its strata_kernel.
llvm::Constant* HostEmitter::kernelTable(const Kernel& kernel)
{
    const auto three = [this](const std::array<std::int64_t, 3>& values) {
        return m_tables.array(
            {m_tables.number(values[0], 64), m_tables.number(values[1], 64), m_tables.number(values[2], 64)});
    };
    return m_tables.table({m_tables.structure(
        {m_tables.string(kernel.name), m_tables.string(kernel.source),
         m_tables.number(std::int64_t(kernel.arguments.size()), 32), m_tables.numbers(kernel.argumentBytes),
         three(kernel.blocks), three(kernel.threads), m_tables.number(std::int64_t(kernel.checks.size()), 32), checkTable(kernel)})});
}

void HostEmitter::emit(const HostLaunch& launch)
{
    std::vector<std::int64_t> places(launch.places.begin(), launch.places.end());
    checked(launchRoutine(launch.device), {m_run, kernelTable(*launch.kernel), m_tables.numbers(places, 32)});
}

void HostEmitter::emit(const HostUpload& copy)
{
    checked(uploadRoutine(copy.device),
            {m_run, m_builder.getInt32(std::uint32_t(copy.place)), m_builder.getInt64(std::uint64_t(copy.bytes)),
             pointer(copy.source), m_builder.getInt32(copy.once)});
}

void HostEmitter::emit(const HostDownload& copy)
{
    checked(downloadRoutine(copy.device),
            {m_run, m_builder.getInt32(std::uint32_t(copy.place)), m_builder.getInt64(std::uint64_t(copy.bytes)),
             pointer(copy.target)});
}

// An entry of the table of sizes: those that the caller chose, what is derived from them, then the storages.
llvm::Value* HostEmitter::told(std::size_t place)
{
    llvm::Type* const type = m_builder.getInt64Ty();
    return m_builder.CreateLoad(type, m_builder.CreateConstInBoundsGEP1_64(type, m_sizes, place));
}

void HostEmitter::tell(std::size_t place, llvm::Value* value)
{
    m_builder.CreateStore(value, m_builder.CreateConstInBoundsGEP1_64(m_builder.getInt64Ty(), m_sizes, place));
}

std::size_t HostEmitter::placeOf(const std::string& size) const
{
    const auto chosen = std::find(m_program.sizes.begin(), m_program.sizes.end(), size);
    if (chosen != m_program.sizes.end())
        return std::size_t(chosen - m_program.sizes.begin());
    const auto found = std::find_if(m_program.dataSizes.begin(), m_program.dataSizes.end(),
                                    [&](const auto& one) { return one.first == size; });
    return firstDataSize(m_program) + std::size_t(found - m_program.dataSizes.begin());
}

Dim HostEmitter::most(const Dim& dim) const
{
    return atMost(dim, {m_program.dataSizes.begin(), m_program.dataSizes.end()});
}

// Of the sizes that the caller chose, or that data told.
llvm::Value* HostEmitter::dimension(const Dim& dim)
{
    llvm::Value* sum = m_builder.getInt64(0);
    for (const auto& [monomial, coefficient] : dim.terms()) {
        llvm::Value* product = m_builder.getInt64(std::uint64_t(coefficient));
        for (const std::string& size : monomial) {
            product = m_builder.CreateMul(product, told(placeOf(size)));
        }
        sum = m_builder.CreateAdd(sum, product);
    }
    return sum;
}

llvm::Function* HostEmitter::derivation()
{
    if (m_program.derived.empty() && m_program.storages.empty())
        return nullptr;
    auto* const type = llvm::FunctionType::get(m_builder.getVoidTy(), {m_builder.getPtrTy()}, false);
    m_function = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, "derive", m_module);
    m_function->addFnAttr(llvm::Attribute::NoUnwind);
    m_builder.SetInsertPoint(newBlock("begin"));
    m_sizes = m_function->getArg(0);
    const std::size_t derived = m_program.sizes.size(), storages = derived + m_program.derived.size();
    for (std::size_t i = 0; i < m_program.derived.size(); ++i)
        tell(derived + i, dimension(m_program.derived[i]));
    llvm::Value* end = m_builder.getInt64(std::uint64_t(m_program.arenaBytes));
    for (std::size_t i = 0; i < m_program.storages.size(); ++i) {
        llvm::Value* largest = m_builder.getInt64(0);
        for (const Dim& bytes : m_program.storages[i])
            largest = m_builder.CreateBinaryIntrinsic(llvm::Intrinsic::smax, largest, dimension(bytes));
        tell(storages + i, end);
        llvm::Value* const up = m_builder.CreateAdd(largest, m_builder.getInt64(63));
        end = m_builder.CreateAdd(end, m_builder.CreateAnd(up, m_builder.getInt64(~std::uint64_t(63))));
    }
    if (!m_program.storages.empty())
        tell(storages + m_program.storages.size(),
             m_builder.CreateSelect(areTooLarge(), m_builder.getInt64(std::uint64_t(-1)), end));
    m_builder.CreateRetVoid();
    return m_function;
}

// Whether 64 bits may not hold what the storages need, or a kernel is given a size above the most that it counts with.
// Floats answer that: they do not wrap around.
llvm::Value* HostEmitter::areTooLarge()
{
    llvm::Value* result = m_builder.getFalse();
    const auto limit = [&](const Dim& dim, double most) {
        llvm::Value* const isAbove = m_builder.CreateFCmpOGT(real(dim),
                                                             llvm::ConstantFP::get(m_builder.getDoubleTy(), most));
        result = m_builder.CreateOr(result, isAbove);
    };
    for (const std::vector<Dim>& storage : m_program.storages)
        for (const Dim& bytes : storage)
            limit(bytes, 0x1p62 / double(m_program.storages.size()));
    std::vector<Dim> seen;
    forEachStatement(m_program, [&](const HostStatement& statement, int) {
        if (const auto* code = std::get_if<HostCall>(&statement.is))
            for (const Dim& own : code->sizes)
                if (const Dim size = most(own); !size.isConstant() && std::find(seen.begin(), seen.end(), size) == seen.end()) {
                    seen.push_back(size);
                    limit(size, double(mostSize));
                }
    });
    return result;
}

// An upper bound of a dimension's value.
llvm::Value* HostEmitter::real(const Dim& dim)
{
    llvm::Type* const type = m_builder.getDoubleTy();
    llvm::Value* sum = llvm::ConstantFP::get(type, 0);
    for (const auto& [monomial, coefficient] : dim.terms()) {
        llvm::Value* product = llvm::ConstantFP::get(type, double(std::max<std::int64_t>(coefficient, 0)));
        for (const std::string& size : monomial)
            product = m_builder.CreateFMul(product, m_builder.CreateSIToFP(dimension(Dim::symbol(size)), type));
        sum = m_builder.CreateFAdd(sum, product);
    }
    return sum;
}

llvm::Value* HostEmitter::pointer(BufferIndex index)
{
    if (index == absent)
        return m_tables.null();
    const HostBuffer& buffer = m_program.buffers[std::size_t(index)];
    const auto at = [&](llvm::Value* base, std::int64_t offset) {
        return offset == 0 ? base
                           : m_builder.CreateConstInBoundsGEP1_64(m_builder.getInt8Ty(), base, std::uint64_t(offset));
    };
    switch (buffer.base) {
    case HostBuffer::Base::Input:
    case HostBuffer::Base::Output: return m_tensors.at(index);
    case HostBuffer::Base::Arena: return at(m_arena, buffer.place);
    case HostBuffer::Base::Storage:
        return m_builder.CreateInBoundsGEP(
            m_builder.getInt8Ty(), m_arena,
            told(m_program.sizes.size() + m_program.derived.size() + std::size_t(buffer.place)));
    case HostBuffer::Base::View: return pointer(BufferIndex(buffer.place));
    case HostBuffer::Base::Row: {
        llvm::Value* const row = m_builder.CreateLoad(m_builder.getInt64Ty(), pointer(buffer.iteration));
        llvm::Value* const offset = m_builder.CreateMul(
            row, m_builder.getInt64(std::uint64_t(byteCount(buffer.type).value_or(0))));
        return m_builder.CreateInBoundsGEP(m_builder.getInt8Ty(), pointer(BufferIndex(buffer.place)), offset);
    }
    case HostBuffer::Base::Constant: return at(m_weights, m_constantOffset.at(index));
    }
    return m_tables.null();
}

std::vector<llvm::Value*> HostEmitter::pointers(const std::vector<BufferIndex>& indices)
{
    std::vector<llvm::Value*> result;
    for (const BufferIndex index : indices)
        result.push_back(pointer(index));
    return result;
}

// Within the artifact: no call goes through a table of the loader.
llvm::FunctionCallee HostEmitter::declared(const std::string& name, llvm::Type* result,
                                           const std::vector<llvm::Value*>& arguments)
{
    std::vector<llvm::Type*> types;
    for (const llvm::Value* const argument : arguments)
        types.push_back(argument->getType());
    llvm::FunctionCallee callee = m_module.getOrInsertFunction(name, llvm::FunctionType::get(result, types, false));
    llvm::cast<llvm::Function>(callee.getCallee())->setVisibility(llvm::GlobalValue::HiddenVisibility);
    return callee;
}

llvm::Value* HostEmitter::call(const std::string& name, llvm::Type* result, const std::vector<llvm::Value*>& arguments)
{
    return m_builder.CreateCall(declared(name, result, arguments), arguments);
}

// Returns the call's code unless it is 0.
void HostEmitter::checked(const std::string& name, const std::vector<llvm::Value*>& arguments)
{
    llvm::Value* const code = call(name, m_builder.getInt32Ty(), arguments);
    if (!m_failed) {
        m_failed = newBlock("failed");
        m_code = llvm::PHINode::Create(m_builder.getInt32Ty(), 0, "code", m_failed);
    }
    m_code->addIncoming(code, m_builder.GetInsertBlock());
    llvm::BasicBlock* const next = newBlock("next");
    m_builder.CreateCondBr(m_builder.CreateICmpEQ(code, m_builder.getInt32(0)), next, m_failed);
    m_builder.SetInsertPoint(next);
}

llvm::BasicBlock* HostEmitter::newBlock(const char* name)
{
    return llvm::BasicBlock::Create(m_module.getContext(), name, m_function);
}

}  // namespace strata
