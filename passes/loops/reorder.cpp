// loops.reorder: loops of a chain change places.
//
//     for i: for j: for k: B   ->   for k: for i: for j: B
//
// By form: if the loops that are no reduction tell all written elements apart, every element is touched in one
// sequence, that of the reduction loops; as long as these keep their order among themselves, nothing changes for it,
// and if they swap around one update, its terms come in another order. Otherwise isl compares the two orders. TVM:
// reorder.
#include "passes/loops/legality.h"

#include "core/base/condition.h"
#include "passes/loops/suggest.h"

#include <algorithm>

namespace strata::loops {

namespace {

struct Plan {
    FunctionPtr function;
    std::vector<const Loop*> chain;  // from the outermost named loop to the innermost, all loops between included
    std::vector<const Loop*> order;  // the same in their new order
};

Error notAChain(const Function& function, const Loop& loop, const std::string& sought)
{
    std::vector<Cursor> nodes{loopCursor(function, loop.name)};
    std::vector<std::string> children;
    for (const StmtPtr& stmt : loop.body) {
        if (const Loop* inner = as<Loop>(stmt)) {
            children.push_back("loop " + inner->name);
            nodes.push_back(loopCursor(function, inner->name));
        } else if (const Block* block = as<Block>(stmt)) {
            children.push_back("block " + block->name);
            nodes.push_back(blockCursor(function, block->name));
        }
    }
    if (loop.body.size() > 1)
        return refused(say("The nest is not perfect: loop {} holds {}, so loop {} cannot change places with it "
                           "alone.",
                           loop.name, listed(children), sought),
                       std::move(nodes),
                       "Reorder before decompose_reduction or compute_at put several statements into it.");
    return refused(say("Loop {} is not inside loop {} in one chain of loops.", sought, loop.name), std::move(nodes));
}

// The outermost of the named loops, and the chain down to the innermost of them.
Result<std::vector<const Loop*>> chainOf(const Function& function, const std::vector<std::string>& names)
{
    Located outermost;
    for (const std::string& name : names) {
        STRATA_TRY(Located found, loopOf(function, name));
        if (!outermost.stmt || found.ancestors.size() < outermost.ancestors.size())
            outermost = std::move(found);
    }
    std::set<std::string> missing(names.begin(), names.end());
    std::vector<const Loop*> chain;
    for (const Loop* loop = outermost.loop();;) {
        chain.push_back(loop);
        missing.erase(loop->name);
        if (missing.empty())
            return chain;
        const Loop* inner = loop->body.size() == 1 ? as<Loop>(loop->body[0]) : nullptr;
        if (!inner)
            return notAChain(function, *loop, *missing.begin());
        loop = inner;
    }
}

Status requireFreeExtents(const Function& function, const std::vector<const Loop*>& order)
{
    std::set<std::string> inside;
    for (auto loop = order.rbegin(); loop != order.rend(); ++loop) {
        if (mentions((*loop)->extent, inside))
            return refused(say("The extent of loop {} depends on a loop that would be inside it.", (*loop)->name),
                           {loopCursor(function, (*loop)->name)});
        inside.insert((*loop)->name);
    }
    return {};
}

Result<Plan> planOf(const Module& module, const Arguments& arguments)
{
    Plan plan;
    STRATA_TRY(plan.function, functionOf(module, arguments));
    const std::vector<std::string>& names = arguments.texts("loops");
    const std::set<std::string> distinct(names.begin(), names.end());
    if (names.size() < 2 || distinct.size() != names.size())
        return refused("Reordering needs two or more different loops.", {functionCursor(plan.function->name)},
                       "Name them in the order that they shall have, outermost first.");
    STRATA_TRY(plan.chain, chainOf(*plan.function, names));
    std::map<std::string, const Loop*> byName;
    for (const Loop* loop : plan.chain)
        byName[loop->name] = loop;
    auto next = names.begin();
    for (const Loop* loop : plan.chain)
        plan.order.push_back(distinct.count(loop->name) ? byName[*next++] : loop);
    STRATA_CHECK(requireFreeExtents(*plan.function, plan.order));
    return plan;
}

Body rebuilt(const Plan& plan)
{
    Body body = plan.chain.back()->body;
    for (auto loop = plan.order.rbegin(); loop != plan.order.rend(); ++loop) {
        Loop copy = **loop;
        copy.body = std::move(body);
        body = {makeStmt(std::move(copy))};
    }
    return replaceLoop(plan.function->loops()->body, plan.chain[0]->name, [&](const Loop&) { return body; });
}

std::vector<std::string> among(const std::vector<const Loop*>& loops, const std::set<std::string>& wanted)
{
    std::vector<std::string> result;
    for (const Loop* loop : loops)
        if (wanted.count(loop->name))
            result.push_back(loop->name);
    return result;
}

// If loops that tell elements apart change places with anything, and reduction loops keep their order or are those
// of one update: decided by the form. nullopt: needs exact analysis.
std::optional<Effect> effectByForm(const Module& module, const Plan& plan)
{
    const Loop& root = *plan.chain[0];
    const std::set<std::string> reduce = loopsOfKind(root, IterKind::Reduce),
                                spatial = loopsOfKind(root, IterKind::Spatial),
                                ordered = loopsOfKind(root, IterKind::Ordered);
    for (const Loop* loop : plan.chain)
        if (reduce.count(loop->name) && (spatial.count(loop->name) || ordered.count(loop->name)))
            return std::nullopt;
    std::set<std::string> others;
    for (const Loop* loop : plan.chain)
        if (!reduce.count(loop->name))
            others.insert(loop->name);
    if (!STRATA_CONDITION("reorder.disjoint", disjointByForm(module, root, others)))
        return std::nullopt;
    if (among(plan.chain, reduce) == among(plan.order, reduce))
        return Effect::Exact;
    const Body& inner = plan.chain.back()->body;
    const Block* block = inner.size() == 1 ? as<Block>(inner[0]) : nullptr;
    const auto update = block ? updateOf(&module, *block) : std::nullopt;
    if (!STRATA_CONDITION("reorder.update", update.has_value()))
        return std::nullopt;
    return update && update->exact ? Effect::Exact : Effect::Reassociated;
}

Status requireInnermostVectors(const Plan& plan)
{
    for (const Loop* loop : plan.order)
        if (loop->kind == LoopKind::Vectorized && loop != plan.order.back())
            return refused(say("Loop {} is vectorized and would not be innermost any more.", loop->name),
                           {loopCursor(*plan.function, loop->name)}, "Apply serial to it first.");
    return {};
}

Result<Effect> effectOf(const Module& module, const Plan& plan)
{
    STRATA_REQUIRE("reorder.vectors", requireInnermostVectors(plan));
    if (const auto effect = effectByForm(module, plan))
        return *effect;
    std::vector<Cursor> nodes;
    for (const Loop* loop : plan.chain)
        nodes.push_back(loopCursor(*plan.function, loop->name));
    const FunctionPtr after = withBody(*plan.function, rebuilt(plan));
    return requireOrder(module, *plan.function, *after, "This order of loops", std::move(nodes));
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const Plan plan, planOf(module, arguments));
    STRATA_TRY(const Effect effect, effectOf(module, plan));
    return changeOf(withBody(*plan.function, rebuilt(plan)), {}, effect);
}

Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    STRATA_TRY(const std::vector<std::string> two, loopAndChild(module, selection));
    return Arguments{{{"function", selection.function}, {"loops", std::vector{two[1], two[0]}}}};
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_reorder)
{
    Transform transform;
    transform.id = "loops.reorder";
    transform.title = "Reorder nested loops";
    transform.summary = "Puts loops of one nest into another order.";
    transform.documentation =
        "The loops named take the places that they have among themselves in the new order; loops between them that are not named stay where they "
        "are.\n\n"
        "Legal if every value is still written before it is read and every element gets its last write last, which is decided by the form of the "
        "indices or else by exact integer analysis; a refusal names two instances that would run in the wrong order. The loops must form a chain, each "
        "the only statement in the one before.\n\n"
        "Exact, unless two loops of one reduction change places: then sums and products of floats are put together in another order (reassociated); integers, "
        "logic, maximum and minimum come out the same.";
    transform.alsoKnownAs = {"interchange", "permute", "T.reorder", "reorder_loops (Exo)", "reorder (Halide)"};
    transform.parameters = {
        loops::functionParameter(),
        loops::parameter("loops", ParameterKind::Loops, "The loops in their new order, outermost first.")};
    transform.appliesTo = {NodeKind::Loop};
    transform.example = loops::example(R"(@loops
def scale(x: f32[4, 8]) -> (y: f32[4, 8]):
    for i, j in grid(4, 8):
        with block("scale") as (vi: spatial(4) = i, vj: spatial(8) = j):
            y[vi, vj] = x[vi, vj] * 2.0
)",
                                       "loops.reorder(scale, [j, i])", R"(@loops
def scale(x: f32[4, 8]) -> (y: f32[4, 8]):
    for j, i in grid(8, 4):
        with block("scale") as (vi: spatial(4) = i, vj: spatial(8) = j):
            y[vi, vj] = x[vi, vj] * 2.0
)");
    loops::setPlan(transform, loops::plan);
    transform.suggest = loops::suggest;
    return transform;
}

}  // namespace strata
