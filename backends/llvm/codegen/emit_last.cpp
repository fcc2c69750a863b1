// The last iteration of a loop, apart from the others, where those need no predicate.
//
//     for j0: for k: for j1 in vectorized(16): where(j0 * 16 + j1 < 1001) ...
//
// A tile that does not divide what it covers is cut off in the last iteration of j0 alone. There j0 is a constant, so
// the mask is one too, and what no lane needs is not emitted; all other iterations run without a test in their inner
// loops, so that sums can stay in registers.
#include "backends/llvm/codegen/emitter.h"

#include "core/analysis/locate.h"
#include "core/index/simplify.h"

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
        const auto extent = loop ? linear(loop->extent) : Linear{};
        if (!loop || !extent.isConstant())
            return;
        inner.ranges[loop->name] = {0, extent.constant};
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

}  // namespace

// Predicates below that always hold but in the last iteration.
std::vector<ExprPtr> Emitter::holdBeforeLast(const Loop& loop) const
{
    const Linear extent = linear(loop.extent);
    if (m_lanes > 0 || m_inIntrinsic || !extent.isConstant() || extent.constant < 2)
        return {};
    Inner inner = innerLoops(loop.body);
    if (inner.straight.empty())
        return {};
    Ranges ranges = m_ranges;
    ranges.merge(inner.ranges);
    ranges[loop.name] = {0, extent.constant - 1};
    std::vector<ExprPtr> found;
    walk(loop.body, [&](const StmtPtr& stmt) {
        if (const Block* block = as<Block>(stmt); block && block->predicate)
            forEachConjunct(block->predicate, [&](const ExprPtr& e) {
                if (speaksOf(e, {loop.name}) && speaksOf(e, inner.straight) && !contains(m_holding, e)
                    && !contains(found, e) && isConst(simplify(e, ranges), 1))
                    found.push_back(e);
            });
    });
    return found;
}

// The condition without what is known to hold.
ExprPtr Emitter::open(const ExprPtr& condition) const
{
    ExprPtr rest = boolConst(true);
    forEachConjunct(condition, [&](const ExprPtr& e) {
        if (!contains(m_holding, e))
            rest = isConst(rest, 1) ? e : binary(Op::And, rest, e);
    });
    return rest;
}

void Emitter::emitIteration(const Loop& loop)
{
    const Linear extent = linear(loop.extent);
    const auto outer = m_ranges.extract(loop.name);
    if (extent.isConstant())
        m_ranges[loop.name] = {0, extent.constant};
    if (const std::vector<ExprPtr> proved = holdBeforeLast(loop); proved.empty())
        emit(loop.body);
    else
        lastApart(loop, extent.constant - 1, proved);
    m_ranges.erase(loop.name);
    if (!outer.empty())
        m_ranges[outer.key()] = outer.mapped();
}

void Emitter::lastApart(const Loop& loop, std::int64_t last, const std::vector<ExprPtr>& proved)
{
    auto* others = newBlock("others");
    auto* end = newBlock("last");
    auto* after = newBlock("after");
    const Binding counter = m_names.at(loop.name);
    m_builder.CreateCondBr(
        m_builder.CreateICmpSLT(materialize(*counter.index), m_builder.getInt64(std::uint64_t(last))), others, end);
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
    m_names[loop.name] = {constantIndex(last), counter.expr};
    emit(loop.body);
    m_names[loop.name] = counter;
    m_builder.CreateBr(after);
    m_builder.SetInsertPoint(after);
}

}  // namespace strata
