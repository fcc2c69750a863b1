// Statements: loops of every kind, blocks, stores. The schedule decides the code: what the loops ask for is emitted
// here, and LLVM's vectorizers and unroller stay off.
//
// A vectorized loop is emitted as its stores, each in pieces of a register's width: all lanes of one statement, then
// the next statement, which its independent iterations allow. Predicates that depend on the lane become masks, and the
// common case that all lanes run is a branch of its own without one. A block's iterators are bound to expressions over
// loops, its init runs where the reduce iterators are 0.
#include "backends/llvm/codegen/emitter.h"

#include "core/ir/cpu.h"

#include <llvm/IR/MDBuilder.h>

#include <bit>

namespace strata {

namespace {

constexpr std::int64_t mostUnrolled = 1 << 15;  // statements that unrolled loops of one function may make
constexpr std::int64_t mostPieces = 16;  // vectors of one vectorized loop that stand side by side; more make a loop

std::int64_t statementCount(const Body& body)
{
    std::int64_t count = 0;
    walk(body, [&](const StmtPtr& stmt) { count += as<Store>(stmt) || as<IntrinsicCall>(stmt); });
    return count;
}

}  // namespace

llvm::BasicBlock* Emitter::newBlock(const char* name) { return llvm::BasicBlock::Create(m_context, name, m_llvm); }

// Iterators replaced by what they are bound to.
ExprPtr Emitter::overLoops(const ExprPtr& e) const
{
    std::vector<Substitution> values;
    for (const auto& name : freeVariables(e))
        if (const auto found = m_names.find(name); found != m_names.end())
            values.push_back({name, found->second.expr});
    return substitute(e, values);
}

void Emitter::emit(const Body& body)
{
    for (const auto& stmt : body) {
        if (m_error)
            return;
        locate();
        if (const auto* loop = as<Loop>(stmt))
            emitLoop(*loop);
        else if (const auto* block = as<Block>(stmt))
            emitBlock(*block);
        else if (const auto* store = as<Store>(stmt))
            emitStore(*store);
        else if (const auto* alloc = as<Alloc>(stmt))
            emitAlloc(*alloc);
        else if (const auto* call = as<IntrinsicCall>(stmt))
            emitIntrinsic(*call);
    }
}

void Emitter::emitLoop(const Loop& loop)
{
    const auto saved = m_names.extract(loop.name);
    const bool shown = !m_inIntrinsic;
    if (shown)
        m_places.push_back({m_function.name, NodeKind::Loop, loop.name});
    locate();
    const Piece piece = std::exchange(m_piece, Piece{});
    const Index extent = index(loop.extent);
    m_piece = piece;
    const std::size_t hoisted = m_hoisted.size();
    hoistChecks(loop);
    const bool parallel = loop.kind == LoopKind::Parallel && !m_inParallel && m_lanes == 0;
    if (parallel)
        parallelLoop(loop, extent);
    else if (loop.kind == LoopKind::Unrolled && extent.isConstant())
        unrolledLoop(loop, extent.constant);
    else if (loop.kind == LoopKind::Vectorized && extent.isConstant())
        vectorizedLoop(loop, extent.constant);
    else
        loopWhileBusy(loop, extent);
    m_hoisted.resize(hoisted);
    if (shown)
        m_places.pop_back();
    m_names.erase(loop.name);
    if (!saved.empty())
        m_names[saved.key()] = saved.mapped();
}

// A loop without the iterations at its end that change nothing, where data tell them (core/analysis/idle.h).
void Emitter::loopWhileBusy(const Loop& loop, const Index& extent)
{
    const std::optional<BusyPart> busy = m_lanes == 0 && !m_inIntrinsic ? busyPart(loop) : std::nullopt;
    if (!busy || (extent.isConstant() && extent.constant <= 1))
        return serialLoop(loop.name, extent, [&] { emitIteration(loop, extent); });
    const Index count = iterationsOf(*busy, extent);
    serialLoop(loop.name, count, [&] { emitIteration(loop, count, busy->conditions); });
}

// Not read where the loop has no iteration: then the buffer may be empty, too.
Index Emitter::iterationsOf(const BusyPart& busy, const Index& extent)
{
    llvm::Value* const all = materialize(extent);
    auto* before = m_builder.GetInsertBlock();
    auto* some = newBlock("some");
    auto* after = newBlock("busy");
    m_builder.CreateCondBr(m_builder.CreateICmpSGT(all, m_builder.getInt64(0)), some, after);
    m_builder.SetInsertPoint(some);
    llvm::Value* const read = value(busy.iterations);
    auto* end = m_builder.GetInsertBlock();
    m_builder.CreateBr(after);
    m_builder.SetInsertPoint(after);
    auto* told = m_builder.CreatePHI(m_builder.getInt64Ty(), 2);
    told->addIncoming(m_builder.getInt64(0), before);
    told->addIncoming(read, end);
    auto* count = m_builder.CreateBinaryIntrinsic(llvm::Intrinsic::smin, told, all);
    if (const auto range = rangeOf(extent))
        m_facts[count] = {0, range->second, 1};
    return termIndex(count);
}

// A counted loop with its test at the end; `name` is bound to the counter times `step`.
void Emitter::serialLoop(const std::string& name, const Index& extent, const std::function<void()>& body,
                         std::int64_t step)
{
    const auto bind = [&](Index value) { m_names[name] = {std::move(value), var(name)}; };
    if (extent.isConstant() && extent.constant <= 1) {
        bind(constantIndex(0));
        return extent.constant == 1 ? body() : void();
    }
    llvm::Value* count = materialize(extent);
    auto* before = m_builder.GetInsertBlock();
    auto* head = newBlock("loop");
    auto* after = newBlock("end");
    if (extent.isConstant())
        m_builder.CreateBr(head);
    else
        m_builder.CreateCondBr(m_builder.CreateICmpSGT(count, m_builder.getInt64(0)), head, after);
    m_builder.SetInsertPoint(head);
    auto* counter = m_builder.CreatePHI(m_builder.getInt64Ty(), 2, name);
    counter->addIncoming(m_builder.getInt64(0), before);
    const auto range = rangeOf(extent);
    if (range)
        m_facts[counter] = {0, std::max<std::int64_t>(range->second - 1, 0), 1};
    bind(addLinear({}, termIndex(counter), step));
    body();
    locate();
    auto* next = m_builder.CreateAdd(counter, m_builder.getInt64(1), "", true, true);
    counter->addIncoming(next, m_builder.GetInsertBlock());
    auto* back = m_builder.CreateCondBr(m_builder.CreateICmpSLT(next, count), head, after);
    auto* progress = llvm::MDNode::get(m_context, llvm::MDString::get(m_context, "llvm.loop.mustprogress"));
    auto* id = llvm::MDNode::getDistinct(m_context, {nullptr, progress});
    id->replaceOperandWith(0, id);
    back->setMetadata(llvm::LLVMContext::MD_loop, id);
    m_builder.SetInsertPoint(after);
}

void Emitter::unrolledLoop(const Loop& loop, std::int64_t extent)
{
    m_unrolled += (extent - 1) * statementCount(loop.body);
    if (m_unrolled > mostUnrolled) {
        m_unrolled -= (extent - 1) * statementCount(loop.body);
        remark("Loop " + loop.name + " stays a loop: unrolling it makes more than " + std::to_string(mostUnrolled)
                   + " statements.",
               NodeKind::Loop, loop.name);
        return serialLoop(loop.name, constantIndex(extent), [&] { emit(loop.body); });
    }
    for (std::int64_t i = 0; i < extent && !m_error; ++i) {
        m_names[loop.name] = {constantIndex(i), var(loop.name)};
        emit(loop.body);
    }
}

// Lanes of a vector register for the widest type that the body computes in.
int Emitter::nativeLanes(const Loop& loop) const
{
    int bytes = 1;
    std::set<std::string> varying{loop.name};  // with the lane
    const auto varies = [&](const ExprPtr& e) {
        const std::vector<std::string> names = freeVariables(e);
        return std::any_of(names.begin(), names.end(),
                           [&](const std::string& name) { return varying.count(name) != 0; });
    };
    const auto need = [&](DType type) { bytes = std::max(bytes, isShortFloat(type) ? 4 : byteSize(type)); };
    // Indices are linear in the lane, as a rule, and take no vector.
    const std::function<void(const ExprPtr&)> values = [&](const ExprPtr& e) {
        if (e->op == Op::Load ? varies(e) : e->type != DType::I64)
            need(e->type);
        if (e->op != Op::Load)
            std::for_each(e->args.begin(), e->args.end(), values);
    };
    bool any = false;
    walk(loop.body, [&](const StmtPtr& stmt) {
        if (const auto* block = as<Block>(stmt))
            for (const BlockIter& iter : block->iters)
                if (varies(iter.binding))
                    varying.insert(iter.name);
        if (const auto* store = as<Store>(stmt)) {
            any = true;
            need(store->value->type);
            values(store->value);
        }
    });
    return vectorBytes(m_module.target.isa) / (any ? bytes : 4);
}

void Emitter::vectorizedLoop(const Loop& loop, std::int64_t extent)
{
    if (m_lanes > 0) {
        remark("Loop " + loop.name + " runs lane by lane: the loop around it is vectorized already.", NodeKind::Loop,
               loop.name);
        return serialLoop(loop.name, constantIndex(extent), [&] { emit(loop.body); });
    }
    const int native = nativeLanes(loop);
    m_native = native;
    if (extent <= native * mostPieces)
        return vectorBody(loop, {}, extent);
    const std::int64_t chunk = native * 4;
    const std::string counter = loop.name + "/chunk";
    serialLoop(
        counter, constantIndex(extent / chunk), [&] { vectorBody(loop, *m_names.at(counter).index, chunk); }, chunk);
    m_names.erase(counter);
    if (extent % chunk != 0)
        vectorBody(loop, constantIndex(extent / chunk * chunk), extent % chunk);
}

void Emitter::vectorBody(const Loop& loop, const Index& first, std::int64_t lanes)
{
    Index variable = first;
    variable.lane = 1;
    m_names[loop.name] = {variable, var(loop.name)};
    m_lanes = lanes;
    emit(loop.body);
    m_lanes = 0;
}

void Emitter::bindIterators(const Block& block)
{
    std::map<std::string, Binding> bound;
    for (const auto& iter : block.iters) {
        bound[iter.name].expr = overLoops(iter.binding);
        bound[iter.name].index = bindable(iter.binding);
    }
    for (auto& [name, binding] : bound)
        m_names[name] = std::move(binding);
}

void Emitter::emitBlock(const Block& block)
{
    const Names saved = m_names;
    const bool shown = !m_inIntrinsic;
    if (shown)
        m_places.push_back({m_function.name, NodeKind::Block, block.name});
    locate();
    const Block* outer = m_block;
    const auto run = [&] {
        bindIterators(block);
        m_block = &block;
        if (!block.init.empty()) {
            ExprPtr first = boolConst(true);
            for (const auto& iter : block.iters)
                if (iter.kind == IterKind::Reduce) {
                    const ExprPtr isFirst = binary(Op::Eq, m_names.at(iter.name).expr, intConst(0));
                    first = isConst(first, 1) ? isFirst : binary(Op::And, first, isFirst);
                }
            conditional(first, [&] { emit(block.init); });
        }
        emit(block.body);
        m_block = outer;
    };
    if (block.predicate)
        conditional(overLoops(open(block.predicate)), run);
    else
        run();
    if (shown)
        m_places.pop_back();
    m_names = saved;
}

// `condition` speaks of loops only.
void Emitter::conditional(const ExprPtr& condition, const std::function<void()>& body)
{
    if (dependsOnLane(condition)) {
        m_predicates.push_back(condition);
        body();
        m_predicates.pop_back();
        return;
    }
    llvm::Value* holds = value(condition);
    if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(holds))
        return constant->isOne() ? body() : void();
    auto* then = newBlock("if");
    auto* after = newBlock("endif");
    m_builder.CreateCondBr(holds, then, after);
    m_builder.SetInsertPoint(then);
    body();
    m_builder.CreateBr(after);
    m_builder.SetInsertPoint(after);
}

void Emitter::emitStore(const Store& store)
{
    if (m_lanes == 0)
        return storePiece(store);
    for (std::int64_t base = 0; base < m_lanes;) {
        const std::uint64_t rest = std::uint64_t(std::min<std::int64_t>(m_native, m_lanes - base));
        const bool masked = !std::has_single_bit(rest) && std::bit_ceil(rest) <= std::uint64_t(m_native)
                            && canMask(store);
        m_piece = {base, int(masked ? std::bit_ceil(rest) : std::bit_floor(rest))};
        storePiece(store);
        base += m_piece.width;
    }
    m_piece = {};
}

// Whether the machine loads and stores a part of the elements of a register.
bool Emitter::canMask(const Store& store) const
{
    const auto fits = [this](DType type) {
        const std::vector<int>& masked = cpuOf(m_module.target.isa).maskedElements;
        return !isPacked(type) && std::find(masked.begin(), masked.end(), byteSize(type)) != masked.end();
    };
    const auto target = m_storage.find(store.buffer);
    bool all = target != m_storage.end() && fits(target->second.buffer.type.dtype);
    walk(store.value, [&](const Expr& e) { all = all && (e.op != Op::Load || fits(e.type)); });
    return all;
}

// The lanes of this piece that run: true, false, a scalar condition, or a vector of them.
llvm::Value* Emitter::runningLanes()
{
    llvm::Value* mask = m_builder.getTrue();
    if (m_lanes > 0 && m_piece.base + m_piece.width > m_lanes) {
        std::vector<llvm::Constant*> inside;
        for (int lane = 0; lane < m_piece.width; ++lane)
            inside.push_back(m_builder.getInt1(m_piece.base + lane < m_lanes));
        mask = llvm::ConstantVector::get(inside);
    }
    auto lets = std::exchange(m_lets, {});
    for (const auto& predicate : m_predicates) {
        std::vector<llvm::Value*> both{mask, value(predicate)};
        agree(both);
        const auto* before = llvm::dyn_cast<llvm::Constant>(both[0]);
        mask = before && before->isAllOnesValue() ? both[1] : m_builder.CreateAnd(both[0], both[1]);
    }
    m_lets = std::move(lets);
    return mask;
}

// Where lanes are cut off by predicates, the case that all of them run is apart: it needs no masks.
void Emitter::storePiece(const Store& store)
{
    llvm::Value* mask = runningLanes();
    if (const auto* constant = llvm::dyn_cast<llvm::Constant>(mask)) {
        if (constant->isAllOnesValue())
            return storeElements(store);
        if (constant->isNullValue())
            return;
        m_mask = m_anyKnown = mask;
        storeElements(store);
        m_mask = m_anyKnown = nullptr;
        return;
    }
    auto* after = newBlock("endif");
    const auto guarded = [&](llvm::Value* condition, llvm::BasicBlock* otherwise) {
        auto* then = newBlock("if");
        m_builder.CreateCondBr(condition, then, otherwise);
        m_builder.SetInsertPoint(then);
        storeElements(store);
        m_builder.CreateBr(after);
    };
    if (mask->getType()->isVectorTy()) {
        auto* some = newBlock("some");
        guarded(m_builder.CreateAndReduce(mask), some);
        m_builder.SetInsertPoint(some);
        m_mask = m_anyKnown = mask;
        guarded(m_builder.CreateOrReduce(mask), after);
        m_mask = m_anyKnown = nullptr;
    } else {
        guarded(mask, after);
    }
    m_builder.SetInsertPoint(after);
}

void Emitter::storeElements(const Store& store)
{
    const Storage* target = storage(store.buffer);
    if (!target)
        return;
    const auto before = std::exchange(m_outside, {});
    const Index at = offset(*target, store.indices);
    llvm::Value* outside = anyOutside();
    m_outside = before;
    if (isEmpty(*target))
        return;
    noteAccess(*target, at);
    llvm::Value* stored = toMemory(target->buffer.type.dtype, value(store.value));
    storeInside(outside, at.uniform(), [&] { storeAt(*target, at, stored); });
}

// Stores only where no check of the indices failed.
void Emitter::storeInside(llvm::Value* outside, bool scalar, const std::function<void()>& store)
{
    if (!outside)
        return store();
    if (scalar || m_piece.width == 1) {
        outside = outside->getType()->isVectorTy() ? m_builder.CreateOrReduce(outside) : outside;
        auto* then = newBlock("inside");
        auto* after = newBlock("stored");
        m_builder.CreateCondBr(outside, after, then, llvm::MDBuilder(m_context).createUnlikelyBranchWeights());
        m_builder.SetInsertPoint(then);
        store();
        m_builder.CreateBr(after);
        m_builder.SetInsertPoint(after);
        return;
    }
    llvm::Value* inside = broadcast(m_builder.CreateNot(outside), m_piece.width);
    llvm::Value* outer = std::exchange(m_mask, m_mask ? m_builder.CreateAnd(m_mask, inside) : inside);
    store();
    m_mask = outer;
}

void Emitter::storeAt(const Storage& target, const Index& at, llvm::Value* stored)
{
    if (target.packed)
        return storePacked(target, at, stored);
    if (at.uniform()) {
        if (stored->getType()->isVectorTy())
            stored = m_builder.CreateExtractElement(stored, std::uint64_t(m_piece.width - 1));
        m_builder.CreateAlignedStore(stored, address(target, at), alignment(target, at));
        return;
    }
    stored = broadcast(stored, m_piece.width);
    if (at.lane != 1 || at.vector)
        scatter(target, at, stored);
    else if (m_mask && target.onStack && isWithin(target, at))  // nobody else sees it, and it can become registers
        m_builder.CreateAlignedStore(m_builder.CreateSelect(m_mask, stored, plainVector(target, at)),
                                     address(target, at), alignment(target, at));
    else if (m_mask)
        m_builder.CreateMaskedStore(stored, address(target, at), alignment(target, at), m_mask);
    else
        m_builder.CreateAlignedStore(stored, address(target, at), alignment(target, at));
}

}  // namespace strata
