// The last iteration of a loop, apart from the others, where those need no predicate.
//
//     for j0: for k: for j1 in vectorized(16): where(j0 * 16 + j1 < 1001) ...
//
// A tile that does not divide what it covers is cut off in the last iteration of j0 alone. There j0 is a constant, so
// the mask is one too, and what no lane needs is not emitted; all other iterations run without a test in their inner
// loops, so that sums can stay in registers. Of a loop that runs to a size the last iteration keeps its tests, since
// nothing says where it is cut off.
#include "backends/llvm/codegen/emitter.h"

#include "core/analysis/locate.h"
#include "core/index/premises.h"

namespace strata {

namespace {

void forEachConjunct(const ExprPtr& condition, const std::function<void(const ExprPtr&)>& visit)
{
    if (condition->op != Op::And)
        return visit(condition);
    for (const ExprPtr& part : condition->args)
        forEachConjunct(part, visit);
}

bool contains(const std::vector<ExprPtr>& known, const ExprPtr& e)
{
    return std::any_of(known.begin(), known.end(), [&](const ExprPtr& one) { return equal(one, e); });
}

// Loops of a body: the ranges of all, the names of those that become straight code.
struct Inner {
    Ranges ranges;
    std::set<std::string> straight;
};

Inner innerLoops(const Body& body)
{
    Inner inner;
    walk(body, [&](const StmtPtr& stmt) {
        const Loop* loop = as<Loop>(stmt);
        if (!loop || !number(loop->extent))
            return;
        enter(inner.ranges, loop->name, loop->extent);
        if (loop->kind == LoopKind::Vectorized || loop->kind == LoopKind::Unrolled)
            inner.straight.insert(loop->name);
    });
    return inner;
}

bool speaksOf(const ExprPtr& e, const std::set<std::string>& names)
{
    const std::vector<std::string> variables = freeVariables(e);
    return std::any_of(variables.begin(), variables.end(), [&](const std::string& v) { return names.count(v) != 0; });
}

bool holds(const ExprPtr& e, const Premises& premises)
{
    if (isConst(simplify(e, premises.ranges), 1))
        return true;
    if (premises.conditions.empty())
        return false;  // intervals have said all
    if (e->op == Op::Lt && e->args[0]->type == DType::I64)
        return plainlyNotNegative(e->args[1] - 1 - e->args[0], premises);
    return e->op == Op::Le && e->args[0]->type == DType::I64 && plainlyNotNegative(e->args[1] - e->args[0], premises);
}

// Of predicates, and of terms that an update leaves out; over loops.
void forEachCondition(const Body& body, const std::function<void(const ExprPtr&)>& visit)
{
    std::vector<Substitution> bindings;
    walk(body, [&](const StmtPtr& stmt) {
        if (const Block* block = as<Block>(stmt)) {
            bindings.clear();
            for (const BlockIter& iter : block->iters)
                bindings.push_back({iter.name, iter.binding});
            if (block->predicate)
                forEachConjunct(block->predicate, visit);
        }
        if (const Store* store = as<Store>(stmt))
            for (ExprPtr value = store->value; value->op == Op::Select; value = value->args[1])
                forEachConjunct(substitute(value->args[0], bindings), visit);
    });
}

}  // namespace

// Conditions below that always hold but in the last iteration.
std::vector<ExprPtr> Emitter::holdBeforeLast(const Loop& loop) const
{
    const auto count = number(loop.extent);
    if (m_lanes > 0 || m_inIntrinsic || (count && *count < 2))
        return {};
    Inner inner = innerLoops(loop.body);
    if (inner.straight.empty())
        return {};
    Premises premises{m_ranges, {}};
    premises.ranges.merge(inner.ranges);
    enterSizes(premises, m_function);
    strata::enter(premises, loop.name, simplify(loop.extent - 1, {}));
    std::vector<ExprPtr> found;
    forEachCondition(loop.body, [&](const ExprPtr& e) {
        if (speaksOf(e, {loop.name}) && speaksOf(e, inner.straight) && !contains(m_holding, e) && !contains(found, e)
            && holds(e, premises))
            found.push_back(e);
    });
    return found;
}

// The condition without what is known to hold.
ExprPtr Emitter::open(const ExprPtr& condition) const
{
    ExprPtr rest = boolConst(true);
    forEachConjunct(condition, [&](const ExprPtr& e) {
        if (!contains(m_holding, overLoops(e)))
            rest = isConst(rest, 1) ? e : binary(Op::And, rest, e);
    });
    return rest;
}

// One of so many iterations; what is known to hold in all but the last of them.
void Emitter::emitIteration(const Loop& loop, const Index& extent, const std::vector<ExprPtr>& knownBeforeLast)
{
    const auto outer = m_ranges.extract(loop.name);
    strata::enter(m_ranges, loop.name, loop.extent);
    std::vector<ExprPtr> proved = holdBeforeLast(loop);
    proved.insert(proved.end(), knownBeforeLast.begin(), knownBeforeLast.end());
    if (proved.empty())
        emit(loop.body);
    else
        lastApart(loop, extent, proved);
    m_ranges.erase(loop.name);
    if (!outer.empty())
        m_ranges[outer.key()] = outer.mapped();
}

void Emitter::lastApart(const Loop& loop, const Index& extent, const std::vector<ExprPtr>& proved)
{
    const Index last = addLinear(extent, constantIndex(1), -1);
    auto* others = newBlock("others");
    auto* end = newBlock("last");
    auto* after = newBlock("after");
    const Binding counter = m_names.at(loop.name);
    m_builder.CreateCondBr(m_builder.CreateICmpSLT(materialize(*counter.index), materialize(last)), others, end);
    m_builder.SetInsertPoint(others);
    const std::size_t held = m_holding.size();
    m_holding.insert(m_holding.end(), proved.begin(), proved.end());
    emit(loop.body);
    m_holding.resize(held);
    m_builder.CreateBr(after);
    m_builder.SetInsertPoint(end);
    walk(loop.body, [&](const StmtPtr& stmt) {
        const Alloc* alloc = as<Alloc>(stmt);
        const auto known = alloc ? m_storage.find(alloc->buffer.name) : m_storage.end();
        if (known != m_storage.end() && known->second.onStack)
            m_storage.erase(known);  // registers of its own
    });
    if (last.isConstant())
        m_names[loop.name] = {last, counter.expr};
    emit(loop.body);
    m_names[loop.name] = counter;
    m_builder.CreateBr(after);
    m_builder.SetInsertPoint(after);
}

}  // namespace strata
