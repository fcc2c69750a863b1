// Checks of indices that are data.
//
// An index out of range counts as 0, so no address ever leaves its buffer. A branch that is never taken as long as the
// data are right leads to a cold block that hands instances and indices to the
// runtime (strata_rt_outside), which keeps the smallest (block, instance, check): the report is the same whatever the
// threads, the vectors and the unrolling. The function runs to its end and then returns the code for it; the store that
// such an index addresses does not happen. Lanes that do not run are not looked at.
//
// A check that does not depend on the loops directly around its block (a row that is copied element by element) is made
// before them, for their first iteration: that is the smallest instance of those that would fail.
#include "backends/llvm/codegen/emitter.h"

#include <llvm/IR/MDBuilder.h>

#include <set>

namespace strata {

namespace {

constexpr std::uint64_t mostLanes = 64;

// A check as it stands in a block: inner ones before the outer ones, as they are evaluated.
struct Found {
    ExprPtr check;
    std::string buffer;  // that is indexed
    bool always;         // made whenever the block runs
};

void findChecks(const ExprPtr& e, const std::string& buffer, bool always, std::vector<Found>& found)
{
    for (std::size_t i = 0; i < e->args.size(); ++i) {
        const bool sometimes = (e->op == Op::Select && i > 0) || e->op == Op::Let;
        findChecks(e->args[i], e->op == Op::Load ? e->name : buffer, always && !sometimes, found);
    }
    if (e->op == Op::Checked && !e->i)
        found.push_back({e, buffer, always});
}

std::vector<Found> findChecks(const Block& block)
{
    std::vector<Found> found;
    const auto visit = [&](const Body& body, bool always) {
        for (const StmtPtr& stmt : body)
            if (const Store* store = as<Store>(stmt)) {
                for (const ExprPtr& index : store->indices)
                    findChecks(index, store->buffer, always, found);
                findChecks(store->value, "", always, found);
            }
    };
    visit(block.init, false);
    visit(block.body, true);
    return found;
}

// The loops from this one down to a block that is all they hold, and always runs.
struct Nest {
    std::set<std::string> loops;
    const Block* block = nullptr;
};

Nest nestOf(const Loop& outermost)
{
    Nest nest;
    for (const Loop* loop = &outermost; loop;) {
        nest.loops.insert(loop->name);
        const bool plain = isConst(loop->extent) && loop->extent->i > 0 && loop->kind != LoopKind::Parallel
                           && loop->body.size() == 1;
        if (!plain)
            return {};
        nest.block = as<Block>(loop->body[0]);
        loop = as<Loop>(loop->body[0]);
    }
    return nest.block && !nest.block->predicate ? nest : Nest{};
}

// Neither its iterators nor what it reads change below the loops.
bool isInvariant(const ExprPtr& check, const Nest& nest)
{
    bool invariant = true;
    walk(check, [&](const Expr& e) {
        for (const BlockIter& iter : nest.block->iters)
            if (e.op == Op::Var && e.name == iter.name)
                for (const std::string& loop : freeVariables(iter.binding))
                    invariant = invariant && !nest.loops.count(loop);
        for (const Body* body : {&nest.block->init, &nest.block->body})
            for (const StmtPtr& stmt : *body) {
                const Store* store = as<Store>(stmt);
                invariant = invariant && store && !(e.op == Op::Load && e.name == store->buffer);
            }
    });
    return invariant;
}

}  // namespace

void Emitter::hoistChecks(const Loop& loop)
{
    const Nest nest = nestOf(loop);
    if (!nest.block || !m_predicates.empty() || m_mask)
        return;
    const Names names = m_names;
    const Block* outer = std::exchange(m_block, nest.block);
    const std::string indexed = m_indexed;
    const Piece piece = std::exchange(m_piece, Piece{});
    for (const std::string& inner : nest.loops)
        m_names[inner] = {constantIndex(0), intConst(0)};
    bindIterators(*nest.block);
    for (const Found& found : findChecks(*nest.block))
        if (found.always && isInvariant(found.check, nest) && !dependsOnLane(found.check) && !hoisted(*found.check)) {
            m_indexed = found.buffer;
            const auto before = std::exchange(m_outside, {});
            const Index result = checkedIndex(*found.check);
            m_hoisted.push_back({m_llvm, nest.block, found.check, result, anyOutside()});
            m_outside = before;
        }
    m_piece = piece;
    m_indexed = indexed;
    m_block = outer;
    m_names = names;
}

const Emitter::Hoisted* Emitter::hoisted(const Expr& check) const
{
    for (const Hoisted& known : m_hoisted)
        if (known.function == m_llvm && known.block == m_block
            && equal(known.check, std::make_shared<const Expr>(check)))
            return &known;
    return nullptr;
}

Index Emitter::checkedIndex(const Expr& e)
{
    if (const Hoisted* known = hoisted(e)) {
        if (known->outside)
            m_outside.push_back(known->outside);
        return known->result;
    }
    const Index i = index(e.args[0]), extent = index(e.args[1]);
    const auto range = rangeOf(i);
    if (range && !i.vector && extent.isConstant() && range->first >= 0 && range->second < extent.constant)
        return i;
    std::vector<llvm::Value*> values{materialize(i), materialize(extent)};
    agree(values);
    llvm::Value* result = values[0];
    if (!e.i) {
        llvm::Value* zero = llvm::Constant::getNullValue(result->getType());
        llvm::Value* outside = m_builder.CreateICmpUGE(result, values[1]);
        if (!extent.isConstant())  // a negative extent is a large unsigned one
            outside = m_builder.CreateOr(outside, m_builder.CreateICmpSLE(values[1], zero));
        llvm::Value* failing = m_mask ? m_builder.CreateAnd(broadcast(outside, m_piece.width), m_mask) : outside;
        llvm::Value* inside = m_builder.CreateSelect(outside, zero, result);
        auto* before = m_builder.GetInsertBlock();
        auto* cold = report(e, failing, values[0], values[1]);
        m_outside.push_back(failing);
        if (cold && failing == outside && !isVector(result)) {  // a select would only lengthen the way
            auto* phi = m_builder.CreatePHI(result->getType(), 2);
            phi->addIncoming(result, before);
            phi->addIncoming(zero, cold);
            inside = phi;
        }
        result = inside;
    }
    if (extent.isConstant() && extent.constant > 0 && !isVector(result) && !llvm::isa<llvm::Constant>(result))
        m_facts[result] = {0, extent.constant - 1, 1};
    return opaque(result);
}

// The number of the running instance of the block: its iterators as the digits of one number.
ExprPtr Emitter::instance() const
{
    ExprPtr number = intConst(0);
    if (m_block)
        for (const BlockIter& iter : m_block->iters)
            number = number * iter.extent + var(iter.name);
    return number;
}

// Three rows of one number a lane: instances, indices, extents; shared by all checks of the function being filled.
llvm::Value* Emitter::reportRows()
{
    llvm::Value*& rows = m_reportRows[m_llvm];
    if (!rows) {
        llvm::IRBuilder<> atEntry(m_allocaPoint);
        auto* slot = atEntry.CreateAlloca(llvm::ArrayType::get(m_builder.getInt64Ty(), 3 * mostLanes), nullptr,
                                          "outside");
        slot->setAlignment(llvm::Align(64));
        rows = slot;
    }
    return rows;
}

// The cold block's end, from where the way goes on here; nullptr if no check can fail.
llvm::BasicBlock* Emitter::report(const Expr& e, llvm::Value* outside, llvm::Value* index, llvm::Value* extent)
{
    if (const auto* constant = llvm::dyn_cast<llvm::Constant>(outside); constant && constant->isNullValue())
        return nullptr;
    auto* cold = newBlock("outside");
    auto* after = newBlock("checked");
    m_builder.CreateCondBr(isVector(outside) ? m_builder.CreateOrReduce(outside) : outside, cold, after,
                           llvm::MDBuilder(m_context).createUnlikelyBranchWeights());
    m_builder.SetInsertPoint(cold);
    std::vector<llvm::Value*> lanes{outside, value(instance()), index, extent};
    agree(lanes);
    llvm::Type* type = lanes[1]->getType();
    lanes[1] = m_builder.CreateSelect(lanes[0], lanes[1],
                                      llvm::Constant::getAllOnesValue(type));  // -1: this one is fine
    auto* ptr = m_builder.getPtrTy();
    std::vector<llvm::Value*> arguments{m_run, checkSite(e)};
    for (std::uint64_t row = 0; row < 3; ++row) {
        arguments.push_back(
            m_builder.CreateConstInBoundsGEP1_64(m_builder.getInt64Ty(), reportRows(), row * mostLanes));
        m_builder.CreateAlignedStore(lanes[row + 1], arguments.back(), llvm::Align(8));
    }
    const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(type);
    arguments.push_back(m_builder.getInt32(vector ? vector->getNumElements() : 1));
    auto callee = runtime("strata_rt_outside", m_builder.getVoidTy(),
                          {ptr, ptr, ptr, ptr, ptr, m_builder.getInt32Ty()});
    if (auto* function = llvm::dyn_cast<llvm::Function>(callee.getCallee())) {
        function->addFnAttr(llvm::Attribute::Cold);
        function->addFnAttr(llvm::Attribute::WillReturn);
        // What it knows lies in the runtime: loads of buffers are hoisted past it.
        function->setMemoryEffects(llvm::MemoryEffects::inaccessibleOrArgMemOnly());
    }
    m_builder.CreateCall(callee, arguments);
    auto* end = m_builder.GetInsertBlock();
    m_builder.CreateBr(after);
    m_builder.SetInsertPoint(after);
    return end;
}

llvm::Constant* Emitter::text(const std::string& content)
{
    auto* data = llvm::ConstantDataArray::getString(m_context, content);
    auto* global = new llvm::GlobalVariable(*m_out.module, data->getType(), true, llvm::GlobalValue::PrivateLinkage,
                                            data);
    global->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
    return global;
}

llvm::Constant* Emitter::table(llvm::Type* type, const std::vector<llvm::Constant*>& entries)
{
    auto* data = llvm::ConstantArray::get(llvm::ArrayType::get(type, entries.size()), entries);
    return new llvm::GlobalVariable(*m_out.module, data->getType(), true, llvm::GlobalValue::PrivateLinkage, data);
}

// The strata_check of runtime.h that says where the check stands: one for all copies that unrolling makes of it.
llvm::Constant* Emitter::checkSite(const Expr& e)
{
    const ExprPtr expr = std::make_shared<const Expr>(e);
    int block = -1, number = 0, blocks = 0;
    for (const Check& known : m_checks) {
        blocks = std::max(blocks, known.blockNumber + 1);
        if (known.block != m_block)
            continue;
        if (known.buffer == m_indexed && equal(known.expr, expr))
            return known.site;
        block = known.blockNumber;
    }
    if (block < 0)
        block = blocks;
    if (m_block)
        for (const Found& found : findChecks(*m_block)) {
            if (equal(found.check, expr))
                break;
            ++number;
        }
    std::vector<llvm::Constant*> names, extents;
    if (m_block)
        for (const BlockIter& iter : m_block->iters) {
            names.push_back(text(iter.name));
            extents.push_back(m_builder.getInt64(std::uint64_t(isConst(iter.extent) ? iter.extent->i : 0)));
        }
    const std::string where = (m_block ? "block \"" + m_block->name + "\" of " : "") + m_function.name;
    auto* data = llvm::ConstantStruct::getAnon(
        {m_builder.getInt32(unsigned(block)), m_builder.getInt32(unsigned(number)),
         text(m_indexed.empty() ? "" : " of " + m_indexed), text(where), m_builder.getInt32(unsigned(names.size())),
         table(m_builder.getPtrTy(), names), table(m_builder.getInt64Ty(), extents)});
    auto* site = new llvm::GlobalVariable(*m_out.module, data->getType(), true, llvm::GlobalValue::PrivateLinkage,
                                          data);
    m_checks.push_back({m_block, m_indexed, expr, block, site});
    return site;
}

// Whether some of the checks failed that were met since m_outside was cleared; nullptr: there were none.
llvm::Value* Emitter::anyOutside()
{
    llvm::Value* any = nullptr;
    for (llvm::Value* outside : m_outside) {
        std::vector<llvm::Value*> both{any ? any : outside, outside};
        agree(both);
        any = any ? m_builder.CreateOr(both[0], both[1]) : outside;
    }
    return any;
}

// The function's answer: the code that it has already, or that of a check that failed.
llvm::Value* Emitter::withChecks(llvm::Value* status)
{
    if (m_checks.empty())
        return status;
    auto code = runtime("strata_rt_outside_code", m_builder.getInt32Ty(), {m_builder.getPtrTy()});
    llvm::Value* found = m_builder.CreateCall(code, {m_run});
    return m_builder.CreateSelect(m_builder.CreateICmpEQ(status, m_builder.getInt32(0)), found, status);
}

}  // namespace strata
