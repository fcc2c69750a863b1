// Parallel loops: the body becomes a function that the runtime's pool calls on ranges of iterations.
//
//     for i in parallel(n): B   ->   strata_rt_parallel(run, NAME.i.range, closure, n)
//
// What the body uses (buffers, values of the loops around) travels in a closure. A small function unpacks it and calls
// the body with one argument a buffer, so that LLVM still hears that buffers do not overlap. Iterations are independent
// (the step that made the loop parallel proved it, the verifier checks it), so any division into ranges gives the same
// bits.
#include "backends/llvm/codegen/emitter.h"

#include <set>

namespace strata {

namespace {

// The scalar values that the names in scope stand for, each once, in a fixed order.
std::vector<llvm::Value*> captured(const std::map<std::string, Binding>& names)
{
    std::vector<llvm::Value*> values;
    std::set<llvm::Value*> seen;
    for (const auto& [name, binding] : names)
        if (binding.index)
            for (const auto& term : binding.index->terms)
                if (seen.insert(term.value).second)
                    values.push_back(term.value);
    return values;
}

}  // namespace

Emitter::Frame Emitter::leave()
{
    return {m_llvm,  m_allocaPoint, m_run,     m_status, std::exchange(m_owned, {}), m_prologue, m_exit,
            m_scope, m_names,       m_storage, m_facts,  m_builder.saveIP()};
}

void Emitter::enter(Frame frame)
{
    m_llvm = frame.llvm;
    m_allocaPoint = frame.allocaPoint;
    m_run = frame.run;
    m_status = frame.status;
    m_owned = std::move(frame.owned);
    m_prologue = frame.prologue;
    m_exit = frame.exit;
    m_scope = frame.scope;
    m_names = std::move(frame.names);
    m_storage = std::move(frame.storage);
    m_facts = std::move(frame.facts);
    m_builder.restoreIP(frame.point);
    locate();
}

// void NAME.LOOP(run, status, buffers..., values..., begin, end)
llvm::Function* Emitter::parallelBody(const Loop& loop, const std::vector<llvm::Value*>& values, const Index& extent)
{
    std::vector<llvm::Type*> types(2 + m_storage.size(), m_builder.getPtrTy());
    types.resize(types.size() + values.size() + 2, m_builder.getInt64Ty());
    auto* type = llvm::FunctionType::get(m_builder.getVoidTy(), types, false);
    auto* body = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, m_function.name + "." + loop.name,
                                        *m_out.module);
    const auto range = rangeOf(extent);
    Frame outer = leave();
    const Facts facts = m_facts;
    m_facts.clear();
    attributes(*body);
    body->addFnAttr(llvm::Attribute::NoInline);
    unsigned argument = 0;
    m_run = body->getArg(argument++);
    openBody(body);
    m_status = body->getArg(argument++);
    for (auto& [name, storage] : m_storage) {
        describeBuffer(*body->getArg(argument), storage);
        storage.base = body->getArg(argument++);
        storage.onStack = false;
    }
    std::map<llvm::Value*, llvm::Value*> inside;
    for (auto* value : values) {
        auto* copy = body->getArg(argument++);
        copy->setName(value->getName());
        inside[value] = copy;
        if (const auto fact = facts.find(value); fact != facts.end())
            m_facts[copy] = fact->second;
    }
    for (auto& [name, binding] : m_names)
        if (binding.index)
            for (auto& term : binding.index->terms)
                term.value = inside.at(term.value);
    rangeLoop(loop, body->getArg(argument), body->getArg(argument + 1), range);
    closeBody();
    m_allocates |= !m_owned.empty();
    enter(std::move(outer));
    return body;
}

// for i in begin .. end - 1, at least one iteration.
void Emitter::rangeLoop(const Loop& loop, llvm::Value* begin, llvm::Value* end, const std::optional<Interval>& extent)
{
    auto* before = m_builder.GetInsertBlock();
    auto* head = newBlock("loop");
    auto* after = newBlock("end");
    m_builder.CreateBr(head);
    m_builder.SetInsertPoint(head);
    auto* counter = m_builder.CreatePHI(m_builder.getInt64Ty(), 2, loop.name);
    counter->addIncoming(begin, before);
    if (extent)
        m_facts[counter] = {0, std::max<std::int64_t>(extent->second - 1, 0), 1};
    m_names[loop.name] = {termIndex(counter), var(loop.name)};
    m_inParallel = true;
    emitIteration(loop, index(loop.extent));
    m_inParallel = false;
    auto* next = m_builder.CreateAdd(counter, m_builder.getInt64(1), "", true, true);
    counter->addIncoming(next, m_builder.GetInsertBlock());
    m_builder.CreateCondBr(m_builder.CreateICmpSLT(next, end), head, after);
    m_builder.SetInsertPoint(after);
}

void Emitter::parallelLoop(const Loop& loop, const Index& extent)
{
    if (extent.isConstant() && extent.constant <= 1)
        return serialLoop(loop.name, extent, [&] { emit(loop.body); });
    std::vector<llvm::Value*> fields{m_run, m_status};
    for (const auto& [name, storage] : m_storage)
        fields.push_back(storage.base);
    const auto values = captured(m_names);
    fields.insert(fields.end(), values.begin(), values.end());
    std::vector<llvm::Type*> types;
    for (auto* field : fields)
        types.push_back(field->getType());
    auto* closureType = llvm::StructType::get(m_context, types);
    m_allocates = false;
    llvm::Function* body = parallelBody(loop, values, extent);
    llvm::Function* unpack = unpacker(*body, *closureType);

    llvm::IRBuilder<> atEntry(m_allocaPoint);
    auto* closure = atEntry.CreateAlloca(closureType, nullptr, "closure." + loop.name);
    for (unsigned i = 0; i < fields.size(); ++i)
        m_builder.CreateStore(fields[i], m_builder.CreateStructGEP(closureType, closure, i));
    auto* ptr = m_builder.getPtrTy();
    auto parallel = runtime("strata_rt_parallel", m_builder.getVoidTy(), {ptr, ptr, ptr, m_builder.getInt64Ty()});
    m_builder.CreateCall(parallel, {m_run, unpack, closure, materialize(extent)});
    if (!m_allocates)
        return;
    auto* go = newBlock("go");
    m_builder.CreateCondBr(
        m_builder.CreateICmpEQ(m_builder.CreateLoad(m_builder.getInt32Ty(), m_status), m_builder.getInt32(0)), go,
        m_exit);
    m_builder.SetInsertPoint(go);
}

// void NAME.LOOP.range(closure, begin, end), as strata_rt_parallel calls it.
llvm::Function* Emitter::unpacker(llvm::Function& body, llvm::StructType& closureType)
{
    llvm::IRBuilder<> builder(m_context);
    auto* type = llvm::FunctionType::get(builder.getVoidTy(),
                                         {builder.getPtrTy(), builder.getInt64Ty(), builder.getInt64Ty()}, false);
    auto* function = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, body.getName() + ".range",
                                            *m_out.module);
    attributes(*function);
    builder.SetInsertPoint(llvm::BasicBlock::Create(m_context, "entry", function));
    std::vector<llvm::Value*> arguments;
    for (unsigned i = 0; i < closureType.getNumElements(); ++i)
        arguments.push_back(builder.CreateLoad(closureType.getElementType(i),
                                               builder.CreateStructGEP(&closureType, function->getArg(0), i)));
    arguments.push_back(function->getArg(1));
    arguments.push_back(function->getArg(2));
    builder.CreateCall(&body, arguments);
    builder.CreateRetVoid();
    return function;
}

}  // namespace strata
