// Moving a block below another loop: which of its loops come along, which are made anew over a part, which go.
//
//     for i: a[i] = f(i)                                for j: for i in range(3): a[j * 2 + i] = f(j * 2 + i)
//     for j: y[j] = a[j * 2 : +3]               ->              y[j] = a[j * 2 : +3]
//
// The caller says which iterators are needed over which span there. The loops of those are replaced by loops over the
// span; the loops of the others come along whole; a loop that serves both kinds cannot be narrowed and is refused. A
// span that may reach beyond the iterator's domain gets a predicate, and a predicate that the block had is kept, or
// implied by that. Whether the moved instances still run after what they need is not decided here: compute_at and
// reverse_compute_at ask for coverage and order.
//
// Coverage (does every instance run, and once?) is a question of mixed radix: the bindings take each combination of
// values once if the digits of all loops stand in them without gap or overlap.
#include "passes/loops/place.h"

#include "core/analysis/accesses.h"
#include "core/analysis/regions.h"
#include "core/analysis/witness.h"

#include <algorithm>

namespace strata::loops {

namespace {

// Everything about one move.
class Move {
public:
    Move(const Function& function, const Located& block, const Located& target, const Spans& spans)
        : m_function(function)
        , m_located(block)
        , m_target(target)
        , m_block(*block.block())
        , m_spans(spans)
        , m_names(function)
    {
    }
    Result<Placed> run(std::size_t position);

private:
    Status sortLoops();
    void addSpanLoops(const std::string& oldLoop);
    std::string nameOf(const BlockIter& iter);
    std::string nameFor(const std::string& loop);
    Status keepPredicate();
    void bindIters();
    bool impliedByDomain(const ExprPtr& condition) const;
    Body insert(Body body, std::size_t position) const;
    void addForwarding();

    const Function& m_function;
    const Located &m_located, &m_target;
    const Block& m_block;
    const Spans& m_spans;
    Names m_names;
    std::set<std::string> m_taken;                   // names of loops that stay where they are, and of new ones
    std::vector<Substitution> m_renamed;             // kept loops that need another name in the new place
    std::vector<const Loop*> m_below;                // loops around the block that are not around the target
    std::set<std::string> m_spanLoops, m_keptLoops;  // of these
    std::vector<Loop> m_nest;                        // new loops, outermost first, bodies empty
    std::map<std::string, ExprPtr> m_bindings;       // of iterators with a span
    std::vector<ExprPtr> m_conditions;
    Premises m_premises;  // of the loops around the new place
    Placed m_result;
};

Status Move::sortLoops()
{
    if (m_target.loop()->kind == LoopKind::Vectorized)
        return refused(say("Loop {} is vectorized, so nothing can move into it.", m_target.loop()->name),
                       {loopCursor(m_function, m_target.loop()->name)},
                       "Apply serial to it first, or choose a loop around it.");
    for (const StmtPtr& stmt : m_target.ancestors)
        if (as<Block>(stmt)
            && std::find(m_located.ancestors.begin(), m_located.ancestors.end(), stmt) == m_located.ancestors.end())
            return refused(say("Loop {} belongs to the tile of block {}; block {} cannot move into it.",
                               m_target.loop()->name, as<Block>(stmt)->name, m_block.name),
                           {loopCursor(m_function, m_target.loop()->name), blockCursor(m_function, m_block.name)},
                           "Choose a loop around that block.");
    std::set<StmtPtr> around(m_target.ancestors.begin(), m_target.ancestors.end());
    around.insert(m_target.stmt);
    for (const StmtPtr& stmt : m_located.ancestors) {
        if (around.count(stmt))
            continue;
        if (!as<Loop>(stmt))
            return refused(
                say("Block {} stands inside block {} and cannot leave it.", m_block.name, as<Block>(stmt)->name),
                {blockCursor(m_function, m_block.name)}, "Move block " + as<Block>(stmt)->name + ".");
        m_below.push_back(as<Loop>(stmt));
    }
    for (const BlockIter& iter : m_block.iters)
        for (const std::string& name : freeVariables(iter.binding))
            (m_spans.count(iter.name) ? m_spanLoops : m_keptLoops).insert(name);
    for (const Loop* loop : m_below) {
        if (m_spanLoops.count(loop->name) && m_keptLoops.count(loop->name))
            return refused(say("Loop {} runs over several iterators of block {} of which only some can be narrowed.",
                               loop->name, m_block.name),
                           {loopCursor(m_function, loop->name)}, "Split the loop so that each iterator has its own.");
    }
    return {};
}

// A loop keeps its name unless it also stays in its old place, around other blocks.
std::string Move::nameFor(const std::string& loop) { return m_taken.insert(loop).second ? loop : m_names.fresh(loop); }

std::string Move::nameOf(const BlockIter& iter)
{
    if (iter.binding->op == Op::Var)
        for (const Loop* loop : m_below)
            if (loop->name == iter.binding->name)
                return nameFor(loop->name);
    const bool prefixed = iter.name.size() > 1 && iter.name[0] == 'v';
    return m_names.fresh(m_block.name + "_" + (prefixed ? iter.name.substr(1) : iter.name));
}

// Loops for the iterators whose binding first meets the old loop ("" for those that meet none).
void Move::addSpanLoops(const std::string& oldLoop)
{
    for (const BlockIter& iter : m_block.iters) {
        const auto span = m_spans.find(iter.name);
        if (span == m_spans.end() || m_bindings.count(iter.name))
            continue;
        std::set<std::string> below;
        for (const Loop* loop : m_below)
            below.insert(loop->name);
        if (oldLoop.empty() ? mentions(iter.binding, below) : !mentions(iter.binding, oldLoop))
            continue;
        ExprPtr binding = span->second.begin;
        if (const auto count = number(span->second.extent); !count || *count > 1) {
            Loop loop;
            loop.name = nameOf(iter);
            loop.extent = span->second.extent;
            enter(m_premises, loop.name, loop.extent);
            binding = binding + var(loop.name);
            m_nest.push_back(std::move(loop));
        }
        m_bindings[iter.name] = binding;
    }
}

// Of the forms that a clipped domain gives back: binding < extent, 0 <= binding.
bool Move::impliedByDomain(const ExprPtr& condition) const
{
    const Ranges old = rangesAround(m_located.ancestors);
    for (const BlockIter& iter : m_block.iters) {
        if (condition->op == Op::Lt && difference(condition->args[0], iter.binding, old) == 0
            && difference(condition->args[1], iter.extent) == 0)
            return true;
        if (condition->op == Op::Le && isConst(condition->args[0], 0)
            && difference(condition->args[1], iter.binding, old) == 0)
            return true;
    }
    return false;
}

Status Move::keepPredicate()
{
    std::set<std::string> gone;
    for (const Loop* loop : m_below)
        if (!m_keptLoops.count(loop->name))
            gone.insert(loop->name);
    for (const ExprPtr& condition : conjuncts(m_block.predicate)) {
        if (!mentions(condition, gone))
            m_conditions.push_back(substitute(condition, m_renamed));
        else if (!impliedByDomain(condition))
            return refused(say("The predicate of block {} speaks of loops that would go.", m_block.name),
                           {blockCursor(m_function, m_block.name)});
    }
    return {};
}

void Move::bindIters()
{
    for (const BlockIter& iter : m_block.iters) {
        const auto found = m_bindings.find(iter.name);
        if (found == m_bindings.end())
            continue;
        found->second = simplify(found->second, m_premises.ranges);
        if (!plainlyNotNegative(found->second, m_premises))
            m_conditions.push_back(binary(Op::Le, intConst(0), found->second));
        if (!plainlyNotNegative(iter.extent - 1 - found->second, m_premises))
            m_conditions.push_back(binary(Op::Lt, found->second, iter.extent));
    }
}

Body Move::insert(Body body, std::size_t position) const
{
    Block moved = m_block;
    for (BlockIter& iter : moved.iters)
        if (const auto found = m_bindings.find(iter.name); found != m_bindings.end())
            iter.binding = found->second;
        else
            iter.binding = substitute(iter.binding, m_renamed);
    moved.predicate = conjunction(m_conditions);
    StmtPtr nest = makeStmt(std::move(moved));
    for (std::size_t i = m_nest.size(); i-- > 0;) {
        Loop loop = m_nest[i];
        loop.body = {nest};
        nest = makeStmt(std::move(loop));
    }
    body.insert(body.begin() + std::ptrdiff_t(position), nest);
    return body;
}

void Move::addForwarding()
{
    const std::vector<std::string> left = loopNames(*m_result.function);
    for (const Loop* loop : m_below)
        if (std::find(left.begin(), left.end(), loop->name) == left.end())
            m_result.forwarding[loopCursor(m_function, loop->name)] = {};
}

Result<Placed> Move::run(std::size_t position)
{
    for (const Access& access : accesses(nullptr, m_block))
        STRATA_CHECK(requireVisible(m_function, access.buffer, m_target));
    STRATA_CHECK(sortLoops());
    m_premises = premisesAround(m_function, m_target.ancestors);
    enter(m_premises, m_target.loop()->name, m_target.loop()->extent);
    const Body without = removeBlock(m_function.loops()->body,
                                     m_block.name);  // the target does not hold it, so positions stay
    for (const std::string& name : loopNames(*withBody(m_function, without)))
        m_taken.insert(name);
    addSpanLoops("");
    for (const Loop* loop : m_below) {
        if (m_spanLoops.count(loop->name)) {
            addSpanLoops(loop->name);
            if (loop->kind != LoopKind::Serial)
                m_result.notes.push_back("Loop " + loop->name + " was " + name(loop->kind)
                                         + "; the loops in its place are serial.");
            continue;
        }
        if (loop->kind == LoopKind::Bound)
            return refused(say("Loop {} would come along, and is bound to {}.", loop->name, loop->axis),
                           {loopCursor(m_function, loop->name)},
                           "Apply serial to it first, and bind when all blocks are in their places.");
        Loop kept = *loop;
        kept.body.clear();
        kept.name = nameFor(loop->name);
        if (kept.name != loop->name)
            m_renamed.push_back({loop->name, var(kept.name)});
        enter(m_premises, kept.name, loop->extent);
        m_nest.push_back(std::move(kept));
    }
    STRATA_CHECK(keepPredicate());
    bindIters();
    m_result.function = withBody(m_function, replaceLoop(without, m_target.loop()->name, [&](const Loop& loop) {
                                     Loop copy = loop;
                                     copy.body = insert(loop.body, position);
                                     return Body{makeStmt(std::move(copy))};
                                 }));
    addForwarding();
    return m_result;
}

// A piece of a loop variable: value // lower % extent.
struct Digit {
    std::string loop;
    std::int64_t lower = 1, extent = 1;
};

std::optional<Digit> digitOf(const ExprPtr& e, const Ranges& ranges)
{
    const auto constant = [](const ExprPtr& x) { return x->op == Op::Const ? x->i : 0; };
    if (e->op == Op::FloorMod && constant(e->args[1]) > 0) {
        auto digit = digitOf(e->args[0], ranges);
        if (digit)
            digit->extent = constant(e->args[1]);
        return digit;
    }
    if (e->op == Op::FloorDiv && constant(e->args[1]) > 0) {
        auto digit = digitOf(e->args[0], ranges);
        if (!digit || digit->lower != 1)
            return std::nullopt;
        digit->lower = constant(e->args[1]);
        digit->extent = (digit->extent + digit->lower - 1) / digit->lower;
        return digit;
    }
    const auto range = e->op == Op::Var ? ranges.find(e->name) : ranges.end();
    if (range == ranges.end())
        return std::nullopt;
    return Digit{e->name, 1, range->second.extent};
}

// The smallest box that holds both, a dimension whole where their places cannot be compared.
Region joined(const Region& a, const Region& b, const Shape& shape)
{
    Region result = a;
    for (std::size_t d = 0; d < a.begin.size(); ++d) {
        const Region one{a.buffer, {a.begin[d]}, {a.extent[d]}}, other{a.buffer, {b.begin[d]}, {b.extent[d]}};
        const auto both = hull(one, other);
        result.begin[d] = both ? both->begin[0] : intConst(0);
        result.extent[d] = both ? both->extent[0] : toExpr(d < shape.size() ? shape[d] : Dim(1));
    }
    return result;
}

using Digits = std::map<std::string, std::vector<Digit>>;

// The size of a mixed-radix number whose digits have neither gap nor overlap; 0 if the expression is none. A constant
// is left out.
std::int64_t mixedRadixSize(Linear form, const Ranges& ranges, Digits& digits)
{
    std::sort(form.terms.begin(), form.terms.end(),
              [](const auto& a, const auto& b) { return a.coefficient < b.coefficient; });
    std::int64_t expected = 1;
    for (const Linear::Term& term : form.terms) {
        const auto digit = digitOf(term.atom, ranges);
        if (!digit || term.coefficient != expected)
            return 0;
        expected *= digit->extent;
        digits[digit->loop].push_back(*digit);
    }
    return expected;
}

// Every digit of the loop is used once, none is left out.
bool usedOnce(std::vector<Digit> digits, std::int64_t extent)
{
    std::sort(digits.begin(), digits.end(), [](const Digit& a, const Digit& b) { return a.lower < b.lower; });
    std::int64_t expected = 1;
    for (const Digit& digit : digits) {
        if (digit.lower != expected)
            return false;
        expected *= digit.extent;
    }
    return expected >= extent;
}

}  // namespace

Result<Placed> placeBlock(const Function& function, const Located& block, const Located& target, const Spans& spans,
                          std::size_t position)
{
    return Move(function, block, target, spans).run(position);
}

namespace {

bool runsToSize(const std::vector<StmtPtr>& ancestors)
{
    return std::any_of(ancestors.begin(), ancestors.end(),
                       [](const StmtPtr& stmt) { return as<Loop>(stmt) && !number(as<Loop>(stmt)->extent); });
}

// The combinations of iterators that there are, as a relation from nothing.
Relation domainOfIters(const IslContext& context, const Site& site)
{
    std::map<std::string, std::string> names;
    for (const std::string& size : site.sizes)
        names[size] = asParameter(size);
    std::string text = parameters(site.sizes) + "{ [] -> " + tuple("i", site.iters.size()) + " : 1 = 1";
    for (const ExprPtr& fact : site.facts)
        text += " and (" + toIsl(fact, names).value_or("1 = 1") + ")";
    for (std::size_t i = 0; i < site.iters.size(); ++i)
        text += " and 0 <= i" + std::to_string(i) + " < " + toIsl(site.iters[i].extent, names).value_or("0");
    return Relation(context, text + " }");
}

// By isl: executions to instances is injective and reaches every instance.
Coverage coverageExactly(const Function& function, const Located& block)
{
    const SiteTable program = siteTable(nullptr, function);
    const auto site = std::find_if(program.sites.begin(), program.sites.end(), [&](const Site& one) {
        return !one.init && one.block && one.block->name == block.block()->name;
    });
    if (site == program.sites.end() || !program.trouble.empty())
        return {};
    std::set<std::string> bound;
    for (const BlockIter& iter : site->iters)
        for (std::string& name : freeVariables(iter.binding))
            bound.insert(std::move(name));
    Coverage coverage;
    for (const Loop* loop : site->loops)
        if (!bound.count(loop->name) && !isConst(loop->extent, 1))
            coverage.repeats.push_back(loop->name);
    const IslContext context(operationQuota);
    const Relation runs = iterRelation(context, *site);
    const Relation reached(context, parameters(site->sizes) + "{ [] -> " + tuple("x", site->loops.size()) + " }");
    const bool all = (domainOfIters(context, *site) - reached.then(runs)).empty();
    coverage.exact = all && runs.injective() && context.failure().empty();
    return coverage;
}

}  // namespace

Coverage coverageOf(const Function& function, const std::string& block)
{
    const auto found = findBlock(function, block);
    if (runsToSize(found->ancestors))
        return coverageExactly(function, *found);
    const Ranges ranges = rangesAround(found->ancestors);
    Digits digits;
    for (const BlockIter& iter : found->block()->iters) {
        const Linear form = linear(iter.binding, ranges);
        const auto extent = number(iter.extent);
        if (form.constant != 0 || !extent || mixedRadixSize(form, ranges, digits) < *extent)
            return {};
    }
    Coverage coverage{true, {}};
    for (const StmtPtr& stmt : found->ancestors) {
        const Loop* loop = as<Loop>(stmt);
        if (!loop)
            return {};
        const std::int64_t extent = ranges.count(loop->name) ? ranges.at(loop->name).extent : 0;
        if (extent == 1)
            continue;
        coverage.exact = coverage.exact && usedOnce(digits[loop->name], extent);
        if (digits[loop->name].empty())
            coverage.repeats.push_back(loop->name);
    }
    return coverage;
}

std::int64_t boxSize(const Linear& form, const Ranges& ranges)
{
    Digits digits;
    return form.constant == 0 ? mixedRadixSize(form, ranges, digits) : 0;
}

bool tellsApart(const std::vector<ExprPtr>& indices, const std::string& variable, const Ranges& ranges)
{
    const auto range = ranges.find(variable);
    if (range == ranges.end())
        return false;
    Digits digits;
    for (const ExprPtr& index : indices)
        if (mixedRadixSize(linear(index), ranges, digits) == 0)
            return false;
    return range->second.extent == 1 || usedOnce(digits[variable], range->second.extent);
}

std::optional<Region> touchedBelow(const Module& module, const Function& function, const Loop& loop,
                                   const std::string& buffer, bool reads, bool writes,
                                   const std::set<std::string>& blocks)
{
    Shape shape;
    for (const Buffer& known : buffers(function))
        if (known.name == buffer)
            shape = known.type.shape;
    Ranges single;  // loops of one iteration, around or inside, are 0 wherever they are mentioned
    walk(function.loops()->body, [&](const StmtPtr& stmt) {
        if (const Loop* other = as<Loop>(stmt); other && isConst(other->extent, 1))
            single[other->name] = {0, 1};
    });
    std::set<std::string> open;  // what below runs to a size, and so sweeps no box of numbers
    walk(loop.body, [&](const StmtPtr& stmt) {
        if (const Loop* below = as<Loop>(stmt); below && !number(below->extent))
            open.insert(below->name);
    });
    std::optional<Region> all;
    for (const Access& access : accesses(&module, loop.body)) {
        if (access.buffer != buffer || (access.write ? !writes : !reads)
            || (!blocks.empty() && (!access.owner || !blocks.count(access.owner->name))))
            continue;
        Region region{buffer, {}, {}};
        for (const ExprPtr& begin : access.begin)
            region.begin.push_back(simplify(begin, single));
        for (std::int64_t extent : access.extent)
            region.extent.push_back(intConst(extent));
        region = sweep(region, access.inner, shape);
        for (std::size_t d = 0; d < region.begin.size(); ++d)
            if (const auto names = freeVariables(region.begin[d]); std::any_of(
                    names.begin(), names.end(), [&open](const std::string& name) { return open.count(name); })) {
                region.begin[d] = intConst(0);
                region.extent[d] = toExpr(shape.at(d));
            }
        all = all ? joined(*all, region, shape) : region;
    }
    return all;
}

bool contains(const Region& outer, const Region& inner)
{
    for (std::size_t d = 0; d < outer.begin.size(); ++d) {
        const auto offset = difference(inner.begin[d], outer.begin[d]);
        const auto left = difference(outer.extent[d], inner.extent[d]);
        if (!offset || *offset < 0 || !left || *offset > *left)
            return false;
    }
    return true;
}

}  // namespace strata::loops
