// loops.decompose_reduction: the init part of a reduction becomes a block of its own, before a loop.
//
//     for i: for k: (init y[i] = 0; y[i] += x[i, k])   ->   for i: y[i] = 0;  for k: y[i] += x[i, k]
//
// Right if all updates of an element come after its init: all loops of the reduction are at or below the chosen loop;
// and if no other block below it touches what the init writes, or isl shows that moving it keeps the order. TVM:
// decompose_reduction.
#include "passes/loops/legality.h"

#include "core/base/condition.h"
#include "passes/loops/suggest.h"

#include "core/analysis/accesses.h"

#include <algorithm>

namespace strata::loops {

namespace {

struct Plan {
    FunctionPtr function;
    Located block, loop;
    std::vector<const Loop*> copied;  // loops from `loop` down that the init's iterators are bound to
    std::vector<Substitution> start;  // loop -> its copy, or 0 where only reduce iterators are bound to it
    std::string name;
    std::vector<std::string> copyNames;
};

// Loops around the block from the given one down.
Result<std::vector<const Loop*>> loopsFrom(const Plan& plan)
{
    std::vector<const Loop*> below;
    for (const StmtPtr& stmt : plan.block.ancestors) {
        const Loop* loop = as<Loop>(stmt);
        if (stmt == plan.loop.stmt || (!below.empty() && loop))
            below.push_back(loop);
        else if (!below.empty())
            return refused(say("Block {} stands inside another block below loop {}.", plan.block.block()->name,
                               plan.loop.loop()->name),
                           {blockCursor(*plan.function, plan.block.block()->name)}, "Choose a loop inside that block.");
    }
    if (below.empty())
        return refused(
            say("Loop {} is not around block {}.", plan.loop.loop()->name, plan.block.block()->name),
            {loopCursor(*plan.function, plan.loop.loop()->name), blockCursor(*plan.function, plan.block.block()->name)},
            "Around it are " + listed(loopsAround(plan.block)) + ".");
    return below;
}

std::string zeros(const Block& block, const std::string& but)
{
    std::string text;
    for (const BlockIter& iter : block.iters)
        text += (text.empty() ? "" : ", ") + iter.name + "=" + (iter.name == but ? "1" : "0");
    return block.name + "(" + text + ")";
}

// The init part may not run again after updates: no reduce iterator is bound to a loop above.
Status requireAllUpdatesBelow(const Plan& plan, const std::set<std::string>& below)
{
    const Block& block = *plan.block.block();
    for (const BlockIter& iter : block.iters) {
        if (iter.kind != IterKind::Reduce)
            continue;
        for (const std::string& name : freeVariables(iter.binding))
            if (!below.count(name))
                return refused(say("Reduction iterator {} of block {} runs over loop {}, which is outside loop {}: the "
                                   "init of a later iteration of {} would erase what {} computed before {} adds to it.",
                                   iter.name, block.name, name, plan.loop.loop()->name, name, zeros(block, {}),
                                   zeros(block, iter.name)),
                               {loopCursor(*plan.function, name), blockCursor(*plan.function, block.name)},
                               "Choose loop " + name + " or one around it.");
    }
    return {};
}

Status chooseCopies(Plan& plan, const std::vector<const Loop*>& below, const Arguments& arguments)
{
    const Block& block = *plan.block.block();
    std::set<std::string> spatial, reduce;
    for (const BlockIter& iter : block.iters)
        for (const std::string& name : freeVariables(iter.binding))
            (iter.kind == IterKind::Reduce ? reduce : spatial).insert(name);
    Names names(*plan.function);
    STRATA_TRY(plan.name, names.argumentOr(*plan.function, arguments, "name", block.name + "_init"));
    for (const Loop* loop : below) {
        if (!spatial.count(loop->name)) {
            plan.start.push_back({loop->name, intConst(0)});
            continue;
        }
        if (reduce.count(loop->name))
            return refused(
                say("Loop {} runs over spatial and reduction iterators of block {} at once.", loop->name, block.name),
                {loopCursor(*plan.function, loop->name), blockCursor(*plan.function, block.name)},
                "Split it so that each has its own loop.");
        plan.copied.push_back(loop);
        plan.copyNames.push_back(names.fresh(loop->name + "_init"));
        plan.start.push_back({loop->name, var(plan.copyNames.back())});
    }
    return {};
}

Result<Plan> planOf(const Module& module, const Arguments& arguments)
{
    Plan plan;
    STRATA_TRY(plan.function, functionOf(module, arguments));
    STRATA_TRY(plan.block, blockOf(*plan.function, arguments.text("block")));
    STRATA_TRY(plan.loop, loopOf(*plan.function, arguments.text("loop")));
    const Block& block = *plan.block.block();
    if (block.init.empty())
        return refused(say("Block {} has no init part to take out.", block.name),
                       {blockCursor(*plan.function, block.name)},
                       "Only a reduction that still holds its init is decomposed.");
    STRATA_TRY(const std::vector<const Loop*> below, loopsFrom(plan));
    std::set<std::string> names;
    for (const Loop* loop : below)
        names.insert(loop->name);
    STRATA_REQUIRE("decompose_reduction.below", requireAllUpdatesBelow(plan, names));
    STRATA_CHECK(chooseCopies(plan, below, arguments));
    for (const Access& access : accesses(nullptr, block))
        if (access.init)
            STRATA_CHECK(requireVisible(*plan.function, access.buffer, Located{nullptr, plan.loop.ancestors}));
    return plan;
}

Ranges rangesOfCopies(const Plan& plan)
{
    Ranges ranges = rangesAround(plan.loop.ancestors);
    for (std::size_t i = 0; i < plan.copied.size(); ++i)
        enter(ranges, plan.copyNames[i], plan.copied[i]->extent);
    return ranges;
}

StmtPtr initNest(const Plan& plan)
{
    const Block& block = *plan.block.block();
    const Ranges ranges = rangesOfCopies(plan);
    Block init;
    init.name = plan.name;
    init.body = block.init;
    for (const BlockIter& iter : block.iters)
        if (iter.kind != IterKind::Reduce)
            init.iters.push_back(
                {iter.name, iter.kind, iter.extent, simplify(substitute(iter.binding, plan.start), ranges)});
    std::vector<ExprPtr> conditions;
    for (const ExprPtr& condition : conjuncts(block.predicate))
        if (ExprPtr holds = simplify(substitute(condition, plan.start), ranges); !isConst(holds, 1))
            conditions.push_back(std::move(holds));
    init.predicate = conjunction(conditions);
    StmtPtr nest = makeStmt(std::move(init));
    for (std::size_t i = plan.copied.size(); i-- > 0;) {
        Loop copy = *plan.copied[i];
        copy.name = plan.copyNames[i];
        copy.body = {nest};
        nest = makeStmt(std::move(copy));
    }
    return nest;
}

FunctionPtr decomposed(const Plan& plan)
{
    const std::string& name = plan.block.block()->name;
    const Body body = replaceBlock(plan.function->loops()->body, name, [](const Block& block) {
        Block update = block;
        update.init.clear();
        return Body{makeStmt(std::move(update))};
    });
    return withBody(*plan.function, replaceLoop(body, plan.loop.loop()->name, [&](const Loop& loop) {
        return Body{initNest(plan), makeStmt(loop)};
    }));
}

// Other blocks below the loop that touch what the init writes: only exact analysis can tell whether it may move before
// them.
bool isAlone(const Plan& plan)
{
    std::set<std::string> written, own = blocksInside(*plan.block.block());
    own.insert(plan.block.block()->name);
    walk(plan.block.block()->init, [&](const StmtPtr& stmt) {
        if (const Store* store = as<Store>(stmt))
            written.insert(store->buffer);
    });
    const std::vector<std::string> around = loopsAround(plan.block);
    for (const std::string& buffer : written)
        for (const auto& list : {readersOf(*plan.function, buffer), writersOf(*plan.function, buffer)})
            for (const std::string& name : list) {
                const std::vector<std::string> loops = loopsAround(*findBlock(*plan.function, name));
                const bool below = std::find(loops.begin(), loops.end(), plan.loop.loop()->name) != loops.end();
                if (below && !own.count(name))
                    return false;
            }
    return true;
}

// Each init is of elements of its own, so that it may come before the updates of all others.
bool initsApart(const Module& module, const Plan& plan)
{
    std::set<std::string> names;
    for (const Loop* loop : plan.copied)
        names.insert(loop->name);
    return names.empty() || disjointByForm(module, *plan.loop.loop(), names);
}

// By exact analysis, which knows an init by the name of its block.
Status requireInitsInOrder(const Module& module, const Plan& plan)
{
    const std::string& block = plan.block.block()->name;
    const Cursor cursor = blockCursor(*plan.function, block);
    Plan named = plan;
    named.name = block + "_init";
    if (findBlock(*plan.function, named.name))
        return refused(say("The init of block {} cannot be told from block {}.", block, named.name), {cursor});
    STRATA_CHECK(requireOrder(module, *plan.function, *decomposed(named),
                              "Moving the init of block " + block + " before loop " + plan.loop.loop()->name,
                              {cursor}));
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const Plan plan, planOf(module, arguments));
    const FunctionPtr after = decomposed(plan);
    const std::string& block = plan.block.block()->name;
    const Cursor cursor = blockCursor(*plan.function, block);
    if (!STRATA_CONDITION("decompose_reduction.alone", isAlone(plan))
        || !STRATA_CONDITION("decompose_reduction.apart", initsApart(module, plan)))
        STRATA_CHECK(requireInitsInOrder(module, plan));
    Forwarding forwarding{{cursor, {cursor, blockCursor(*plan.function, plan.name)}}};
    for (std::size_t i = 0; i < plan.copied.size(); ++i) {
        const Cursor loop = loopCursor(*plan.function, plan.copied[i]->name);
        forwarding[loop] = {loop, loopCursor(*plan.function, plan.copyNames[i])};
    }
    return changeOf(after, std::move(forwarding));
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_decompose_reduction)
{
    Transform transform;
    transform.id = "loops.decompose_reduction";
    transform.title = "Take the init out of a reduction";
    transform.summary = "Makes the init part of a reduction block a block of its own that runs before a loop.";
    transform.documentation =
        "The init block gets copies of the loops that its elements run over, named after them (j1 becomes j1_init), and stands just before the chosen loop. "
        "What remains is a pure update, as vector and matrix instructions want it.\n\n"
        "Legal if the loop is around the block and no reduction iterator runs over a loop outside it: otherwise the init would run again after updates and "
        "erase them. Exact: the same additions in the same order.";
    transform.alsoKnownAs = {"T.decompose_reduction", "hoist the init", "update definition (Halide)"};
    transform.parameters = {loops::functionParameter(),
                            loops::parameter("block", ParameterKind::Block, "The reduction block."),
                            loops::parameter("loop", ParameterKind::Loop, "The init runs just before this loop."),
                            loops::optionalParameter("name", ParameterKind::Name, "Name of the init block.")};
    transform.appliesTo = {NodeKind::Block};
    transform.example = loops::example(R"(@loops
def sum_rows(x: f32[4, 8]) -> (y: f32[4]):
    for i, k in grid(4, 8):
        with block("sum") as (vi: spatial(4) = i, vk: reduce(8) = k):
            with init(): y[vi] = 0.0
            y[vi] = y[vi] + x[vi, vk]
)",
                                       "loops.decompose_reduction(sum_rows, sum, k)", R"(@loops
def sum_rows(x: f32[4, 8]) -> (y: f32[4]):
    for i in range(4):
        with block("sum_init") as (vi: spatial(4) = i):
            y[vi] = 0.0
        for k in range(8):
            with block("sum") as (vi: spatial(4) = i, vk: reduce(8) = k):
                y[vi] = y[vi] + x[vi, vk]
)");
    loops::setPlan(transform, loops::plan);
    transform.suggest = [](const Module& module, const Cursor& selection) {
        return loops::suggestLoopFor(module, selection, loops::plan);
    };
    return transform;
}

}  // namespace strata
