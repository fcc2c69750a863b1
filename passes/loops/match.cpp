// Does a tile compute what a primitive's description says? Both are one nest around one store; they are unified.
//
// Loops of the description map to loops of the tile one to one, with the same extents, reductions in the same order;
// each argument stands for one box of one buffer, whose beginning is what an index holds outside of the tile:
//
//     C[vio * 4 + i, vjo * 16 + j]   against   c[i, j]   ->   c is the box that begins at C[vio * 4, vjo * 16]
//
// The expressions must be equal operation by operation, so the call computes the same bits. Exo calls this unification.
#include "passes/loops/match.h"

#include <algorithm>

namespace strata::loops {

namespace {

// A perfect nest around one block with one store, everything over its loops (and what is outside of it).
struct Tile {
    std::vector<const Loop*> loops;
    Ranges ranges;
    std::vector<Substitution> bindings;
    std::set<std::string> reduce;  // loops of reduce iterators
    const Block* block = nullptr;
    const Store* store = nullptr;

    Linear index(const ExprPtr& e) const { return linear(substitute(e, bindings), ranges); }
};

std::optional<Tile> tileOf(const Body& body)
{
    Tile tile;
    const Body* list = &body;
    while (list->size() == 1) {
        if (const Loop* loop = as<Loop>((*list)[0])) {
            if (!number(loop->extent))
                return std::nullopt;
            tile.loops.push_back(loop);
            enter(tile.ranges, loop->name, loop->extent);
            list = &loop->body;
            continue;
        }
        tile.block = as<Block>((*list)[0]);
        if (!tile.block || !tile.block->init.empty() || tile.block->predicate || tile.block->body.size() != 1)
            return std::nullopt;
        for (const BlockIter& iter : tile.block->iters) {
            tile.bindings.push_back({iter.name, iter.binding});
            if (iter.kind == IterKind::Reduce)
                for (const std::string& loop : freeVariables(iter.binding))
                    tile.reduce.insert(loop);
        }
        tile.store = as<Store>(tile.block->body[0]);
        return tile.store ? std::optional(tile) : std::nullopt;
    }
    return std::nullopt;
}

class Matcher {
public:
    Matcher(const Function& function, const Block& block, const Intrinsic& intrinsic)
        : m_function(function)
        , m_outer(block)
        , m_intrinsic(intrinsic)
        , m_description(*intrinsic.description)
    {
    }
    Result<IntrinsicCall> run();

private:
    Error no(const std::string& why) const
    {
        return refused(say("Block {} does not compute what {} does: {}", m_outer.name, m_intrinsic.name, why),
                       {blockCursor(m_function, m_outer.name)});
    }
    Status access(const std::string& buffer, const std::vector<ExprPtr>& indices, const std::string& argument,
                  const std::vector<ExprPtr>& described);
    bool standsFor(const std::string& loop, const std::string& described) const;
    Status dimension(const std::string& buffer, Linear index, const Linear& described, Linear& begin);
    Status value(const ExprPtr& e, const ExprPtr& described);
    Status loopsMatch() const;
    DType typeOf(const std::string& buffer) const;
    std::vector<TypedName> arguments() const;

    const Function& m_function;
    const Block& m_outer;
    const Intrinsic& m_intrinsic;
    const Function& m_description;
    Tile m_tile, m_described;
    std::map<std::string, std::string> m_loops;                  // described loop -> tile's loop
    std::map<std::string, IntrinsicCall::Argument> m_arguments;  // by the description's name
};

std::vector<TypedName> Matcher::arguments() const
{
    std::vector<TypedName> all = m_description.params;
    all.insert(all.end(), m_description.results.begin(), m_description.results.end());
    return all;
}

DType Matcher::typeOf(const std::string& buffer) const
{
    const auto found = bufferOf(m_function, buffer);
    return found ? found->type.dtype : DType::Bool;
}

// Whether a loop of the tile is the described one, or may still be.
bool Matcher::standsFor(const std::string& loop, const std::string& described) const
{
    const auto known = m_loops.find(described);
    if (known != m_loops.end())
        return known->second == loop;
    return std::none_of(m_loops.begin(), m_loops.end(), [&](const auto& pair) { return pair.second == loop; });
}

// One dimension: what is outside the tile is where the box begins, what is inside is one loop, as in the description.
Status Matcher::dimension(const std::string& buffer, Linear index, const Linear& described, Linear& begin)
{
    Linear inside;
    begin = {{}, index.constant};
    for (const Linear::Term& term : index.terms) {
        const bool isInside = term.atom->op == Op::Var && m_tile.ranges.count(term.atom->name);
        if (!isInside && mentions(term.atom, [this] {
                std::set<std::string> names;
                for (const auto& [name, range] : m_tile.ranges)
                    names.insert(name);
                return names;
            }()))
            return no("an index of " + buffer + " is not linear in its loops.");
        (isInside ? inside : begin).terms.push_back(term);
    }
    if (described.constant != 0 || described.terms.size() != inside.terms.size())
        return no("an index of " + buffer + " runs through " + std::to_string(inside.terms.size())
                  + " loops of the tile where the description has " + std::to_string(described.terms.size()) + ".");
    for (const Linear::Term& wanted : described.terms) {
        const auto isAlike = [&](const Linear::Term& term) { return term.coefficient == wanted.coefficient; };
        // Of several loops with the same step, the one that is known to stand for the described one, or none yet.
        auto same = std::find_if(inside.terms.begin(), inside.terms.end(), [&](const Linear::Term& term) {
            return isAlike(term) && standsFor(term.atom->name, wanted.atom->name);
        });
        if (same == inside.terms.end())
            same = std::find_if(inside.terms.begin(), inside.terms.end(), isAlike);
        if (same == inside.terms.end())
            return no("an index of " + buffer + " runs through no loop of the tile in steps of "
                      + std::to_string(wanted.coefficient) + ".");
        const std::string loop = same->atom->name;
        const std::string& expected = m_loops.try_emplace(wanted.atom->name, loop).first->second;
        if (expected != loop)
            return no(buffer + " runs over loop " + loop + " where " + expected + " is expected.");
        inside.terms.erase(same);
    }
    return {};
}

Status Matcher::access(const std::string& buffer, const std::vector<ExprPtr>& indices, const std::string& argument,
                       const std::vector<ExprPtr>& described)
{
    const std::size_t rank = indices.size(), small = described.size();
    if (rank < small)
        return no("its buffer " + buffer + " has " + std::to_string(rank) + " dimensions, the description's " + argument
                  + " has " + std::to_string(small) + ".");
    IntrinsicCall::Argument found{buffer, {}};
    for (std::size_t d = 0; d < rank; ++d) {
        const Linear expected = d + small < rank ? Linear{} : m_described.index(described[d + small - rank]);
        Linear begin;
        STRATA_CHECK(dimension(buffer, m_tile.index(indices[d]), expected, begin));
        found.begin.push_back(begin.expr());
    }
    const auto [known, isNew] = m_arguments.try_emplace(argument, found);
    if (!isNew
        && (known->second.buffer != buffer
            || !std::equal(found.begin.begin(), found.begin.end(), known->second.begin.begin(),
                           known->second.begin.end(),
                           [](const ExprPtr& a, const ExprPtr& b) { return difference(a, b) == 0; })))
        return no(argument + " stands for one box, but " + buffer + " and " + known->second.buffer
                  + " are accessed at different places.");
    const TypedName* typed = findParam(m_description, argument);
    if (typed && typed->type.tensor.dtype != typeOf(buffer))
        return no("its buffer " + buffer + " holds " + name(typeOf(buffer)) + ", the description's " + argument
                  + " holds " + name(typed->type.tensor.dtype) + ".");
    return {};
}

Status Matcher::value(const ExprPtr& e, const ExprPtr& described)
{
    if (described->op == Op::Load && e->op == Op::Load)
        return access(e->name, e->args, described->name, described->args);
    if (e->op != described->op || e->type != described->type || e->args.size() != described->args.size())
        return no("it has " + opName(e->op) + " where the description has " + opName(described->op) + ".");
    if (isConst(e) && !equal(e, described))
        return no("a constant differs.");
    if (e->name != described->name)
        return no("it has " + e->name + " where the description has " + described->name + ".");
    for (std::size_t i = 0; i < e->args.size(); ++i)
        STRATA_CHECK(value(e->args[i], described->args[i]));
    return {};
}

Status Matcher::loopsMatch() const
{
    std::set<std::string> used;
    std::vector<std::string> reduceOrder, describedOrder;
    for (const Loop* loop : m_described.loops) {
        const auto found = m_loops.find(loop->name);
        const std::int64_t extent = m_described.ranges.at(loop->name).extent;
        if (found == m_loops.end() && extent > 1)
            return no("nothing in it runs over the description's loop " + loop->name + ".");
        if (found == m_loops.end())
            continue;
        used.insert(found->second);
        if (m_tile.ranges.at(found->second).extent != extent)
            return no("loop " + found->second + " has " + std::to_string(m_tile.ranges.at(found->second).extent)
                      + " iterations, the primitive " + std::to_string(extent) + ".");
        if (m_described.reduce.count(loop->name))
            describedOrder.push_back(found->second);
    }
    for (const Loop* loop : m_tile.loops) {
        if (!used.count(loop->name) && m_tile.ranges.at(loop->name).extent > 1)
            return no("the description has no loop for " + loop->name + ".");
        if (used.count(loop->name) && m_tile.reduce.count(loop->name))
            reduceOrder.push_back(loop->name);
    }
    if (reduceOrder != describedOrder)
        return no("its reduction loops run in another order.");
    return {};
}

Result<IntrinsicCall> Matcher::run()
{
    const auto tile = tileOf(m_outer.body), described = tileOf(m_description.loops()->body);
    if (!described)
        return bug("The description of " + m_intrinsic.name + " is not one nest around one store.");
    if (!tile)
        return no("it is not one nest of loops around one block with one store and no init.");
    m_tile = *tile;
    m_described = *described;
    STRATA_CHECK(
        access(m_tile.store->buffer, m_tile.store->indices, m_described.store->buffer, m_described.store->indices));
    STRATA_CHECK(value(m_tile.store->value, m_described.store->value));
    STRATA_CHECK(loopsMatch());
    IntrinsicCall call{m_intrinsic.name, {}};
    for (const TypedName& argument : arguments()) {
        const auto found = m_arguments.find(argument.name);
        if (found == m_arguments.end())
            return no("nothing stands for " + argument.name + ".");
        call.arguments.push_back(found->second);
    }
    return call;
}

}  // namespace

Result<IntrinsicCall> matchIntrinsic(const Function& function, const Block& block, const Intrinsic& intrinsic)
{
    return Matcher(function, block, intrinsic).run();
}

}  // namespace strata::loops
