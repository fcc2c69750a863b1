// loops.blockize: a tile of loops with its block becomes one block, whose iterators count tiles.
//
//     vi = i0 * 4 + i1  (i1 inside)   ->   vio = i0 outside,  vi = vio * 4 + i1 inside
//
// Each binding is a sum; the terms over inner loops must take every value 0 .. size-1 once (mixed radix) and the rest
// be a multiple of size. Then tile and place in the tile are quotient and remainder, so the same instances run in the
// same order, but for inits: those of a tile come before all of its updates, so each must be of elements of its own.
// TVM: blockize.
#include "core/base/condition.h"
#include "passes/loops/legality.h"
#include "passes/loops/place.h"
#include "passes/loops/suggest.h"

#include <algorithm>

namespace strata::loops {

namespace {

// One iterator of the block: outer * size + inner, inner running over the loops that go inside.
struct Division {
    const BlockIter* iter = nullptr;
    std::string outerName;  // "" if it does not depend on anything outside
    ExprPtr outer, inner;
    std::int64_t size = 1, outerExtent = 1;
};

struct Plan {
    FunctionPtr function;
    Located root;
    std::vector<const Loop*> loops;  // from the root down to the block
    const Block* block = nullptr;
    std::vector<Division> divisions;
    std::vector<ExprPtr> conditions;  // of the predicate, all outside
    std::string name;
};

Status findNest(Plan& plan)
{
    for (StmtPtr stmt = plan.root.stmt;;) {
        if (const Block* block = as<Block>(stmt)) {
            plan.block = block;
            return {};
        }
        const Loop* loop = as<Loop>(stmt);
        if (!loop || loop->body.size() != 1)
            return refused(say("Below loop {} there is more than one nest with one block.", plan.root.loop()->name),
                           {loopCursor(*plan.function, plan.root.loop()->name)},
                           "Take the init out first, or choose a loop further inside.");
        STRATA_CHECK(extentOf(*plan.function, *loop));
        plan.loops.push_back(loop);
        stmt = loop->body[0];
    }
}

Error indivisible(const Plan& plan, const BlockIter& iter, const std::string& why)
{
    return refused(say("Iterator {} of block {} does not divide into a part outside and a part inside loop "
                       "{}: {}",
                       iter.name, plan.block->name, plan.root.loop()->name, why),
                   {blockCursor(*plan.function, plan.block->name), loopCursor(*plan.function, plan.root.loop()->name)},
                   "Split the loops so that the tile divides the extents.");
}

Result<Division> divide(const Plan& plan, const BlockIter& iter, const Ranges& inside)
{
    Division division{&iter, {}, nullptr, nullptr, 1};
    const Linear form = linear(iter.binding);
    Linear inner, outer{{}, form.constant};
    for (const Linear::Term& term : form.terms) {
        const bool isInner = term.atom->op == Op::Var && inside.count(term.atom->name);
        for (const std::string& name : freeVariables(term.atom))
            if (!isInner && inside.count(name))
                return indivisible(plan, iter, "its binding is not linear in loop " + name + ".");
        (isInner ? inner : outer).terms.push_back(term);
    }
    division.size = boxSize(inner, inside);
    if (division.size == 0)
        return indivisible(plan, iter, "the loops inside do not cover a contiguous range.");
    for (Linear::Term& term : outer.terms) {
        if (term.coefficient % division.size != 0)
            return indivisible(plan, iter, "it does not start at multiples of " + std::to_string(division.size) + ".");
        term.coefficient /= division.size;
    }
    const auto extent = number(iter.extent);
    if (outer.constant % division.size != 0 || !extent || *extent % division.size != 0)
        return indivisible(plan, iter, "its extent is no multiple of " + std::to_string(division.size) + ".");
    outer.constant /= division.size;
    division.outerExtent = *extent / division.size;
    division.outer = outer.expr();
    division.inner = inner.expr();
    return division;
}

// Iterators of the new block: "vio" for vi, unless something around or inside has that name.
void nameOuter(Plan& plan)
{
    std::set<std::string> taken;
    std::vector<StmtPtr> around = plan.root.ancestors;
    around.push_back(plan.root.stmt);
    walk({plan.root.stmt}, [&](const StmtPtr& stmt) { around.push_back(stmt); });
    for (const StmtPtr& stmt : around) {
        if (const Loop* loop = as<Loop>(stmt))
            taken.insert(loop->name);
        if (const Block* block = as<Block>(stmt))
            for (const BlockIter& iter : block->iters)
                taken.insert(iter.name);
    }
    for (Division& division : plan.divisions)
        if (!isConst(division.outer, 0))
            division.outerName = *taken
                                      .insert(
                                          freshName(division.iter->name + "o",
                                                    [&](const std::string& name) { return taken.count(name) != 0; }))
                                      .first;
}

Result<Plan> planOf(const Module& module, const Arguments& arguments)
{
    Plan plan;
    STRATA_TRY(plan.function, functionOf(module, arguments));
    STRATA_TRY(plan.root, loopOf(*plan.function, arguments.text("loop")));
    STRATA_CHECK(findNest(plan));
    Ranges inside;
    std::set<std::string> names;
    for (const Loop* loop : plan.loops) {
        enter(inside, loop->name, loop->extent);
        names.insert(loop->name);
    }
    for (const BlockIter& iter : plan.block->iters) {
        STRATA_TRY(Division division, divide(plan, iter, inside));
        plan.divisions.push_back(std::move(division));
    }
    nameOuter(plan);
    plan.conditions = conjuncts(plan.block->predicate);
    for (const ExprPtr& condition : plan.conditions)
        if (mentions(condition, names))
            return refused(say("The predicate of block {} holds for a part of the tile only.", plan.block->name),
                           {blockCursor(*plan.function, plan.block->name)},
                           "Split the loops so that the tile divides the extents.");
    Names fresh(*plan.function);
    STRATA_TRY(plan.name, fresh.argumentOr(*plan.function, arguments, "name", plan.block->name + "_outer"));
    return plan;
}

ExprPtr innerBinding(const Division& division)
{
    return division.outerName.empty() ? division.inner : var(division.outerName) * division.size + division.inner;
}

Body nestOf(const std::vector<Loop>& loops, StmtPtr stmt)
{
    for (std::size_t i = loops.size(); i-- > 0;) {
        Loop loop = loops[i];
        loop.body = {stmt};
        stmt = makeStmt(std::move(loop));
    }
    return {stmt};
}

Body updateNest(const Plan& plan)
{
    Block inner = *plan.block;
    inner.init.clear();
    inner.predicate = nullptr;
    for (std::size_t i = 0; i < inner.iters.size(); ++i)
        inner.iters[i].binding = innerBinding(plan.divisions[i]);
    std::vector<Loop> loops;
    for (const Loop* loop : plan.loops)
        loops.push_back(*loop);
    return nestOf(loops, makeStmt(std::move(inner)));
}

// The init over the tile's elements, in loops of its own.
Body initNest(const Plan& plan)
{
    if (plan.block->init.empty())
        return {};
    Names names(*plan.function);
    std::vector<Substitution> values;
    std::vector<Loop> loops;
    for (const Loop* loop : plan.loops) {
        const bool spatial = std::any_of(plan.divisions.begin(), plan.divisions.end(), [&](const Division& division) {
            return division.iter->kind != IterKind::Reduce && mentions(division.inner, loop->name);
        });
        if (!spatial)
            continue;
        Loop copy = *loop;
        copy.name = names.fresh(loop->name + "_init");
        values.push_back({loop->name, var(copy.name)});
        loops.push_back(std::move(copy));
    }
    Block init;
    init.name = names.fresh(plan.block->name + "_init");
    init.body = plan.block->init;
    for (const Division& division : plan.divisions)
        if (division.iter->kind != IterKind::Reduce)
            init.iters.push_back({division.iter->name, division.iter->kind, division.iter->extent,
                                  substitute(innerBinding(division), values)});
    return nestOf(loops, makeStmt(std::move(init)));
}

// The inits of a tile come before all of its updates, so each is to be of elements of its own.
Status requireInitsApart(const Module& module, const Plan& plan)
{
    std::set<std::string> loops;
    for (const Loop* loop : plan.loops)
        for (const Division& division : plan.divisions)
            if (division.iter->kind != IterKind::Reduce && mentions(division.inner, loop->name))
                loops.insert(loop->name);
    if (plan.block->init.empty() || loops.empty() || disjointByForm(module, *plan.root.loop(), loops))
        return {};
    return refused(say("The init of block {} would come before updates of the same elements of which it "
                       "comes after some: the tile's loops do not tell apart what it writes.",
                       plan.block->name),
                   {blockCursor(*plan.function, plan.block->name)},
                   "Take the init out first, or choose a loop further inside.");
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const Plan plan, planOf(module, arguments));
    STRATA_REQUIRE("blockize.inits", requireInitsApart(module, plan));
    Block outer;
    outer.name = plan.name;
    for (const Division& division : plan.divisions)
        if (!division.outerName.empty())
            outer.iters.push_back(
                {division.outerName, division.iter->kind, intConst(division.outerExtent), division.outer});
    outer.predicate = conjunction(plan.conditions);
    outer.init = initNest(plan);
    outer.body = updateNest(plan);
    const Function& function = *plan.function;
    const FunctionPtr after = withBody(function, replaceLoop(function.loops()->body, plan.root.loop()->name,
                                                             [&](const Loop&) { return Body{makeStmt(outer)}; }));
    const Cursor block = blockCursor(function, plan.block->name);
    return changeOf(after, {{block, {block, blockCursor(function, plan.name)}}});
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_blockize)
{
    Transform transform;
    transform.id = "loops.blockize";
    transform.title = "Make a tile one block";
    transform.summary = "Wraps a loop and all in it into a block of its own, whose iterators count tiles.";
    transform.documentation =
        "The loops inside stay as the tile's body; the loops outside see one block that computes a tile. This is the form that tensorize replaces by a hardware "
        "primitive. An init part becomes the init of the tile.\n\n"
        "Legal if below the loop there is one nest with one block, and each of its iterators is tile number times tile size plus a place inside the tile, the size "
        "dividing its extent. Exact: nothing moves.";
    transform.alsoKnownAs = {"T.blockize"};
    transform.parameters = {
        loops::functionParameter(), loops::parameter("loop", ParameterKind::Loop, "The outermost loop of the tile."),
        loops::optionalParameter("name", ParameterKind::Name, "Name of the block around the tile.")};
    transform.appliesTo = {NodeKind::Loop};
    transform.example = loops::example(R"(@loops
def f(x: f32[32]) -> (y: f32[32]):
    for i0, i1 in grid(8, 4):
        with block("double") as (vi: spatial(32) = i0 * 4 + i1):
            y[vi] = x[vi] * 2.0
)",
                                       "loops.blockize(f, i1)", R"(@loops
def f(x: f32[32]) -> (y: f32[32]):
    for i0 in range(8):
        with block("double_outer") as (vio: spatial(8) = i0):
            for i1 in range(4):
                with block("double") as (vi: spatial(32) = vio * 4 + i1):
                    y[vi] = x[vi] * 2.0
)");
    loops::setPlan(transform, loops::plan);
    return transform;
}

}  // namespace strata
