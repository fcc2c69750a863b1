// idea: an update under a condition that fails from some iteration on stores what it has read, so the rest of the loop
// is left out.
#include "core/analysis/idle.h"

#include "core/analysis/update.h"
#include "core/index/simplify.h"

#include <algorithm>
#include <limits>

namespace strata {

namespace {

// The loops from one down to the block that is all they hold; none: they hold more.
struct Nest {
    std::map<std::string, ExprPtr> loops;  // with their extents
    const Block* block = nullptr;
};

Nest nestOf(const Loop& outermost)
{
    Nest nest;
    for (const Loop* loop = &outermost; loop && loop->body.size() == 1;) {
        nest.loops.emplace(loop->name, loop->extent);
        nest.block = as<Block>(loop->body[0]);
        loop = as<Loop>(loop->body[0]);
    }
    return nest;
}

// The conditions under which the block's one store changes its element.
std::vector<ExprPtr> conditionsOf(const Store& store)
{
    std::vector<ExprPtr> conditions;
    ExprPtr value = store.value;
    for (; value->op == Op::Select && isSelf(value->args[2], store); value = value->args[1])
        conditions.push_back(value->args[0]);
    for (std::size_t i = 0; i < conditions.size(); ++i)
        if (const ExprPtr both = conditions[i]; both->op == Op::And) {
            conditions[i] = both->args[0];
            conditions.push_back(both->args[1]);
            --i;
        }
    return conditions;
}

// One of the conditions of the block's store, over loops.
class Condition {
public:
    Condition(const Nest& nest, const std::string& loop, const std::string& written)
        : m_nest(nest)
        , m_loop(loop)
        , m_written(written)
    {
        for (const BlockIter& iter : nest.block->iters)
            m_bindings.push_back({iter.name, iter.binding});
    }

    // Of `index < end`: the iterations before the first one in which it fails everywhere.
    void addTo(std::optional<BusyPart>& busy, const ExprPtr& condition) const
    {
        const ExprPtr overLoops = substitute(condition, m_bindings);
        if (overLoops->op != Op::Lt || overLoops->args[0]->type != DType::I64)
            return;
        const Linear index = linear(overLoops->args[0]);
        const ExprPtr& end = overLoops->args[1];
        const std::int64_t step = index.coefficient(m_loop);
        if (step < 1 || !growsFromZero(index) || !isSettled(end))
            return;
        // The least is not negative, so nothing overflows whatever the data say.
        const ExprPtr least = leastOf(index), reached = binary(Op::Max, end, least) - least,
                      count = simplify(step == 1 ? reached : floorDiv(reached - 1, step) + 1, {});
        busy = busy ? BusyPart{binary(Op::Min, busy->iterations, count), std::move(busy->conditions)}
                    : BusyPart{count, {}};
        if (reachOf(index) < step)
            busy->conditions.push_back(overLoops);
    }

private:
    // Nothing in it is less than 0, so nothing overflows.
    static bool growsFromZero(const Linear& index)
    {
        return index.isAffine() && index.constant >= 0
               && std::all_of(index.terms.begin(), index.terms.end(),
                              [](const Linear::Term& term) { return term.coefficient > 0; });
    }
    // How much further it comes in the loops below.
    std::int64_t reachOf(const Linear& index) const
    {
        std::int64_t reach = 0;
        for (const Linear::Term& term : index.terms)
            if (const auto loop = m_nest.loops.find(term.atom->name);
                loop != m_nest.loops.end() && loop->first != m_loop)
                reach += term.coefficient
                         * (number(loop->second).value_or(std::numeric_limits<std::int32_t>::max()) - 1);
        return reach;
    }
    // In the first iteration of the loops below.
    ExprPtr leastOf(Linear index) const
    {
        std::erase_if(index.terms, [&](const Linear::Term& term) { return m_nest.loops.count(term.atom->name) != 0; });
        return index.expr();
    }
    // Data, and the same in all iterations.
    bool isSettled(const ExprPtr& end) const
    {
        bool settled = true, isData = false;
        walk(end, [&](const Expr& e) {
            isData = isData || e.op == Op::Load;
            settled = settled && !(e.op == Op::Load && e.name == m_written) && e.op != Op::Checked && e.op != Op::Call
                      && !(e.op == Op::Var && m_nest.loops.count(e.name));
        });
        return settled && isData;
    }

    const Nest& m_nest;
    const std::string &m_loop, &m_written;
    std::vector<Substitution> m_bindings;
};

}  // namespace

std::optional<BusyPart> busyPart(const Loop& loop)
{
    const Nest nest = nestOf(loop);
    const Store* store = nest.block && nest.block->init.empty() && nest.block->body.size() == 1
                             ? as<Store>(nest.block->body[0])
                             : nullptr;
    std::optional<BusyPart> busy;
    if (store)
        for (const ExprPtr& condition : conditionsOf(*store))
            Condition(nest, loop.name, store->buffer).addTo(busy, condition);
    return busy;
}

}  // namespace strata
