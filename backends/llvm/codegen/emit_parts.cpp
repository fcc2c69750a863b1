// Functions of very many loop nests, one after the other: a Concat of a thousand inputs, a long unrolled recurrence.
//
// Several of LLVM's passes look back over all that dominates a loop (its guards, its live values), so that compile time
// grows with the square of the nests in one LLVM function. Nests share nothing but buffers: a part of the body becomes
// an LLVM function of its own that gets the buffers it uses, and LLVM sees functions of bounded size. No nest is
// changed, and what a call costs is nothing beside its nests.
#include "backends/llvm/codegen/emitter.h"

#include "core/index/sizes.h"

#include <set>

namespace strata {

namespace {

constexpr std::size_t nestsInPart = 64;
constexpr std::size_t nestsInOne = 2 * nestsInPart;  // as many stay in one function

std::set<std::string> buffersOf(const Body& body)
{
    std::set<std::string> names;
    walk(body, [&](const StmtPtr& stmt) {
        if (const Store* store = as<Store>(stmt))
            names.insert(store->buffer);
        if (const IntrinsicCall* call = as<IntrinsicCall>(stmt))
            for (const IntrinsicCall::Argument& argument : call->arguments)
                names.insert(argument.buffer);
    });
    walkExprs(body, [&](const ExprPtr& root) {
        walk(root, [&](const Expr& e) {
            if (e.op == Op::Load)
                names.insert(e.name);
        });
    });
    return names;
}

}  // namespace

void Emitter::emitInParts(const Body& body)
{
    std::vector<Body> parts;
    Body allocations;
    for (const StmtPtr& stmt : body)
        if (as<Alloc>(stmt)) {
            allocations.push_back(stmt);
        } else {
            if (parts.empty() || parts.back().size() == nestsInPart)
                parts.emplace_back();
            parts.back().push_back(stmt);
        }
    if (body.size() - allocations.size() <= nestsInOne)
        return emit(body);
    emit(allocations);
    for (std::size_t i = 0; i < parts.size() && !m_error; ++i)
        callPart(parts[i], m_function.name + ".part" + std::to_string(i));
}

// void NAME(run, status, buffers..., sizes...), called with what the names stand for here. A part that ends early has
// said why in the status.
void Emitter::callPart(const Body& body, const std::string& name)
{
    std::map<std::string, Storage> used;
    for (const std::string& buffer : buffersOf(body))
        if (const auto found = m_storage.find(buffer); found != m_storage.end())
            used.insert(*found);
    std::vector<llvm::Value*> arguments{m_run, m_status};
    for (const auto& [buffer, storage] : used)
        arguments.push_back(storage.base);
    for (const std::string& size : sizesOf(m_function))
        arguments.push_back(materialize(variable(size)));
    llvm::Function* part = emitPart(body, name, used);
    m_builder.CreateCall(part, arguments);
    auto* go = newBlock("go");
    auto* status = m_builder.CreateLoad(m_builder.getInt32Ty(), m_status);
    m_builder.CreateCondBr(m_builder.CreateICmpEQ(status, m_builder.getInt32(0)), go, m_exit);
    m_builder.SetInsertPoint(go);
}

llvm::Function* Emitter::emitPart(const Body& body, const std::string& name, std::map<std::string, Storage> used)
{
    std::vector<llvm::Type*> types(2 + used.size(), m_builder.getPtrTy());
    types.resize(types.size() + sizesOf(m_function).size(), m_builder.getInt64Ty());
    auto* type = llvm::FunctionType::get(m_builder.getVoidTy(), types, false);
    auto* part = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, name, *m_out.module);
    Frame outer = leave();
    m_facts.clear();
    attributes(*part);
    part->addFnAttr(llvm::Attribute::NoInline);
    unsigned argument = 0;
    m_run = part->getArg(argument++);
    openBody(part);
    m_status = part->getArg(argument++);
    for (auto& [buffer, storage] : used) {
        describeBuffer(*part->getArg(argument), storage);
        storage.base = part->getArg(argument++);
        storage.onStack = false;
    }
    m_storage = std::move(used);
    m_names.clear();
    bindSizes(*part, argument);
    emit(body);
    closeBody();
    enter(std::move(outer));
    return part;
}

}  // namespace strata
