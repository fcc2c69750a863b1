// loops.rfactor: each iteration of a reduction loop gets a partial result of its own, and a second reduction joins
// them.
//
//     for k0: for k1: y += x[k0, k1]   ->   for k0: for k1: p[k1] += x[k0, k1];   for k1: y += p[k1]
//
// Right for updates (core/analysis/update.h): a[i] = a[i] op e with op associative and commutative and e free of a, so
// terms may be put together apart, each partial result starting from the neutral element. Floats are rounded in other
// places; all else keeps its bits. Every partial result needs its first term, or its init would not run: where a
// predicate may leave that out, as that of a size does which is smaller than the tile, terms are left out by a select
// instead. TVM: rfactor.
#include "passes/loops/cache.h"
#include "passes/loops/legality.h"

#include "core/base/condition.h"
#include "core/base/tiny_float.h"
#include "passes/loops/suggest.h"

#include "core/analysis/accesses.h"
#include "core/analysis/update.h"
#include "core/index/sizes.h"

#include <algorithm>

namespace strata::loops {

namespace {

struct Plan {
    FunctionPtr function;
    Located loop, located;
    const Block* block = nullptr;
    const Store *init = nullptr, *update = nullptr;
    Update reducer;
    Buffer buffer, partial;
    std::string partialBlock, factorIter, finalLoop;
    std::int64_t extent = 1;
    std::vector<BlockIter> iters;        // of the partial block
    std::vector<Substitution> replaced;  // reduce iterators over the factored loop -> iterators of the partial block
    std::map<std::string, std::string> iterOf;  // loops of these -> iterators of the partial block
    ExprPtr predicate, guard;                   // of the partial block, over loops; of its terms, over its iterators
    std::vector<const Loop*> copied;            // spatial loops inside the outermost reduction loop
    std::vector<std::string> copyNames;
    std::string root;  // the outermost reduction loop

    Cursor blockAt() const { return blockCursor(*function, block->name); }
    Cursor loopAt() const { return loopCursor(*function, loop.loop()->name); }
};

Result<Update> reducerOf(const Module& module, const Plan& plan)
{
    for (const BlockIter& iter : plan.block->iters)
        for (const ExprPtr& index : plan.update->indices)
            if (!STRATA_CONDITION("rfactor.element", iter.kind != IterKind::Reduce || !mentions(index, iter.name)))
                return refused(
                    say("Block {} writes other elements of {} for other values of its reduce iterator {}, so "
                        "it makes no one result of partial ones.",
                        plan.block->name, plan.update->buffer, iter.name),
                    {plan.blockAt()});
    const auto update = updateOf(&module, *plan.block);
    if (STRATA_CONDITION("rfactor.update", update.has_value()))
        return update.value_or(Update{});
    return refused(say("Block {} is no update of {}: one store a[...] = a[...] op e where op is associative "
                       "and commutative and e does not read a.",
                       plan.block->name, plan.update->buffer),
                   {plan.blockAt()}, "Only such reductions can be put together from partial results.");
}

// All bits 1: -1 of signed types and 64 bits, the greatest number of the others.
std::int64_t allOnes(DType type)
{
    const int bits = bitSize(type);
    return isSigned(type) || bits == 64 ? -1 : std::int64_t((std::uint64_t(1) << bits) - 1);
}

ExprPtr greatest(DType type)
{
    if (isFloat(type))
        return floatConst(greatestFloat(type), type);
    const int bits = bitSize(type);
    return intConst(isSigned(type) ? std::int64_t((std::uint64_t(1) << (bits - 1)) - 1) : allOnes(type), type);
}

ExprPtr least(DType type)
{
    if (isFloat(type))
        return floatConst(-greatestFloat(type), type);
    return intConst(isSigned(type) ? -greatest(type)->i - 1 : 0, type);
}

// neutral op x is x.
ExprPtr neutral(Op op, DType type)
{
    switch (op) {
    case Op::Mul: return isFloat(type) ? floatConst(1.0, type) : intConst(1, type);
    case Op::Min:
    case Op::Minimum: return greatest(type);
    case Op::Max:
    case Op::Maximum: return least(type);
    case Op::And: return type == DType::Bool ? boolConst(true) : intConst(allOnes(type), type);
    default: return zero(type);
    }
}

// One block below the loop, a reduction that still holds its init.
Status findBlock(Plan& plan)
{
    plan.located.ancestors = plan.loop.ancestors;
    for (StmtPtr stmt = plan.loop.stmt;;) {
        const Loop* loop = as<Loop>(stmt);
        if (!loop)
            break;
        if (loop->body.size() != 1)
            return refused(say("Loop {} holds more than one block.", plan.loop.loop()->name), {plan.loopAt()},
                           "Apply rfactor before decompose_reduction.");
        plan.located.ancestors.push_back(stmt);
        stmt = loop->body[0];
        plan.located.stmt = stmt;
    }
    plan.block = plan.located.block();
    const bool plain = plan.block && plan.block->init.size() == 1 && plan.block->body.size() == 1;
    plan.init = plain ? as<Store>(plan.block->init[0]) : nullptr;
    plan.update = plain ? as<Store>(plan.block->body[0]) : nullptr;
    if (!plan.init || !plan.update || plan.init->buffer != plan.update->buffer)
        return refused(
            say("Below loop {} there is no reduction block of one init and one update.", plan.loop.loop()->name),
            {plan.loopAt()}, "Apply rfactor before decompose_reduction.");
    return {};
}

// The iterators of the partial block: the factored loop becomes spatial, the other loops of its reduction get an
// iterator each.
Status divideIters(Plan& plan)
{
    const std::string& factored = plan.loop.loop()->name;
    std::set<std::string> taken;
    for (const BlockIter& iter : plan.block->iters)
        taken.insert(iter.name);
    for (const std::string& loop : loopsAround(plan.located))
        taken.insert(loop);
    const auto iterFor = [&](const std::string& loop, const ExprPtr& extent, IterKind kind) {
        if (const auto known = plan.iterOf.find(loop); known != plan.iterOf.end())
            return known->second;
        const std::string name =
            *taken
                 .insert(
                     freshName("v" + loop, [&](const std::string& candidate) { return taken.count(candidate) != 0; }))
                 .first;
        plan.iters.push_back({name, kind, extent, var(loop)});
        return plan.iterOf[loop] = name;
    };
    std::map<std::string, ExprPtr> extents;
    for (const StmtPtr& stmt : plan.located.ancestors)
        if (const Loop* loop = as<Loop>(stmt))
            extents[loop->name] = loop->extent;
    for (const BlockIter& iter : plan.block->iters) {
        if (!mentions(iter.binding, factored)) {
            plan.iters.push_back(iter);
            continue;
        }
        if (iter.kind != IterKind::Reduce)
            return refused(say("Loop {} runs over {} iterator {}, so there is no reduction to factor.", factored,
                               name(iter.kind), iter.name),
                           {plan.loopAt(), plan.blockAt()});
        std::vector<Substitution> values;
        for (const std::string& loop : freeVariables(iter.binding))
            if (const auto extent = extents.find(loop); extent != extents.end())  // else a size, which stays
                values.push_back({loop, var(iterFor(loop, extent->second,
                                                    loop == factored ? IterKind::Spatial : IterKind::Reduce))});
        plan.replaced.push_back({iter.name, substitute(iter.binding, values)});
    }
    if (!plan.iterOf.count(factored))
        return refused(say("Block {} does not depend on loop {}.", plan.block->name, factored),
                       {plan.loopAt(), plan.blockAt()});
    plan.factorIter = plan.iterOf[factored];
    return {};
}

// Loops that the final block has, too.
std::set<std::string> loopsOfFinal(const Plan& plan)
{
    std::set<std::string> known;
    for (const StmtPtr& stmt : plan.located.ancestors)
        if (as<Loop>(stmt)->name == plan.root)
            break;
        else
            known.insert(as<Loop>(stmt)->name);
    for (const Loop* loop : plan.copied)
        known.insert(loop->name);
    return known;
}

// Whether a condition speaks of sizes and of these loops alone.
bool speaksOf(const Plan& plan, const ExprPtr& condition, const std::set<std::string>& loops)
{
    const std::vector<std::string> variables = freeVariables(condition), all = loopsAround(plan.located);
    return std::all_of(variables.begin(), variables.end(), [&](const std::string& name) {
        return loops.count(name) != 0 || std::find(all.begin(), all.end(), name) == all.end();
    });
}

// What sizes may be.
Ranges rangesOfSizes(const Function& function)
{
    Ranges ranges;
    for (const std::string& size : sizesOf(function)) {
        const auto said = function.facts.find(size);
        const SizeFact fact = said == function.facts.end() ? SizeFact() : said->second;
        ranges[size] = {fact.least, fact.most - fact.least + 1};
    }
    return ranges;
}

// Whether a condition holds in the first iterations of the loops that go on adding, so that each partial result gets
// its first term: k0 * 16 + k1 < 197 does, for k1 below 16.
bool keepsFirstTerms(const Plan& plan, const std::set<std::string>& known, const ExprPtr& condition)
{
    std::vector<Substitution> first;
    Ranges ranges = rangesOfSizes(*plan.function);
    for (const StmtPtr& stmt : plan.located.ancestors) {
        const Loop& loop = *as<Loop>(stmt);
        if (loop.name != plan.loop.loop()->name && !known.count(loop.name))
            first.push_back({loop.name, intConst(0)});
        else if (isConst(loop.extent))
            ranges[loop.name] = {0, loop.extent->i};
    }
    const ExprPtr e = simplify(substitute(condition, first), ranges);
    return e->op == Op::Const && e->i != 0;
}

// A condition over the iterators of the partial block.
Result<ExprPtr> overIters(const Plan& plan, const ExprPtr& condition)
{
    std::vector<Substitution> values;
    for (const std::string& loop : loopsAround(plan.located)) {
        if (!mentions(condition, loop))
            continue;
        const auto made = plan.iterOf.find(loop);
        const auto own = std::find_if(plan.iters.begin(), plan.iters.end(), [&](const BlockIter& iter) {
            return iter.binding->op == Op::Var && iter.binding->name == loop;
        });
        if (made == plan.iterOf.end() && own == plan.iters.end())
            return refused(say("The predicate of block {} leaves out a part of what loop {} runs through.",
                               plan.block->name, loop),
                           {plan.blockAt()}, "Choose factors that divide.");
        values.push_back({loop, var(made != plan.iterOf.end() ? made->second : own->name)});
    }
    return substitute(condition, values);
}

// A predicate may cut off the end of the reduction, as a split does that does not divide it, or speak of loops that the
// final block has, too. What may leave out the first term of a partial result guards the terms.
Status dividePredicate(Plan& plan)
{
    const std::set<std::string> known = loopsOfFinal(plan);
    std::vector<ExprPtr> kept, guards;
    for (const ExprPtr& condition : conjuncts(plan.block->predicate)) {
        if (speaksOf(plan, condition, known)
            || STRATA_CONDITION("rfactor.whole", keepsFirstTerms(plan, known, condition))) {
            kept.push_back(condition);
            continue;
        }
        STRATA_TRY(const ExprPtr guard, overIters(plan, condition));
        guards.push_back(guard);
    }
    plan.predicate = conjunction(kept);
    plan.guard = conjunction(guards);
    return {};
}

Status chooseNames(Plan& plan, const Arguments& arguments)
{
    const Function& function = *plan.function;
    Names names(function);
    plan.partial = plan.buffer;
    plan.partial.scope = Scope::Global;
    STRATA_TRY(plan.partial.name, names.argumentOr(function, arguments, "name", plan.buffer.name + "_rf"));
    plan.partial.type.shape.insert(plan.partial.type.shape.begin(), Dim(plan.extent));
    plan.partialBlock = freshBlock(function, plan.block->name + "_rf");
    plan.finalLoop = names.fresh(plan.loop.loop()->name + "_final");
    bool inside = false;
    for (const StmtPtr& stmt : plan.located.ancestors) {
        const Loop* loop = as<Loop>(stmt);
        if (!loop)
            return refused(say("Block {} stands inside another block.", plan.block->name), {plan.blockAt()});
        bool spatial = false, reduce = false;  // ordered iterators are as spatial ones here: they have an init each
        for (const BlockIter& iter : plan.block->iters)
            if (mentions(iter.binding, loop->name))
                (iter.kind == IterKind::Reduce ? reduce : spatial) = true;
        if (reduce && !inside) {
            inside = true;
            plan.root = loop->name;
        }
        if (reduce && spatial)
            return refused(say("Loop {} runs over spatial and reduction iterators at once.", loop->name),
                           {loopCursor(function, loop->name)});
        if (inside && spatial) {
            plan.copied.push_back(loop);
            plan.copyNames.push_back(names.fresh(loop->name + "_final"));
        }
    }
    return {};
}

// The final block comes after the outermost loop of the reduction: nobody else may touch the result inside of it, and
// its other loops tell the elements apart.
Status requireOneResult(const Module& module, const Plan& plan)
{
    const Loop& root = *findLoop(*plan.function, plan.root)->loop();
    std::set<std::string> others;
    walk(root.body, [&](const StmtPtr& stmt) {
        const Block* block = as<Block>(stmt);
        if (!block || block->name == plan.block->name)
            return;
        for (const Access& access : accesses(&module, *block))
            if (access.buffer == plan.buffer.name)
                others.insert(block->name);
    });
    if (!others.empty())
        return refused(say("Block {} touches {} inside loop {}, before the partial results are put together.",
                           *others.begin(), plan.buffer.name, plan.root),
                       {blockCursor(*plan.function, *others.begin()), plan.blockAt()});
    std::set<std::string> copied;
    for (const Loop* loop : plan.copied)
        copied.insert(loop->name);
    if (copied.empty() || disjointByForm(module, root, copied))
        return {};
    return refused(say("Several values of {} write one element of {}, so it is more than one result.",
                       listed({copied.begin(), copied.end()}), plan.buffer.name),
                   {plan.blockAt()});
}

Result<Plan> planOf(const Module& module, const Arguments& arguments)
{
    Plan plan;
    STRATA_TRY(plan.function, functionOf(module, arguments));
    STRATA_TRY(plan.loop, loopOf(*plan.function, arguments.text("loop")));
    STRATA_CHECK(requireSerial(*plan.function, *plan.loop.loop(), "rfactor"));
    STRATA_TRY(plan.extent, extentOf(*plan.function, *plan.loop.loop()));
    STRATA_CHECK(findBlock(plan));
    STRATA_TRY(plan.reducer, reducerOf(module, plan));
    STRATA_TRY(plan.buffer, bufferOf(*plan.function, plan.update->buffer));
    STRATA_CHECK(divideIters(plan));
    STRATA_CHECK(chooseNames(plan, arguments));
    STRATA_CHECK(dividePredicate(plan));
    STRATA_REQUIRE("rfactor.result", requireOneResult(module, plan));
    return plan;
}

std::vector<ExprPtr> partialIndex(const Plan& plan, const std::vector<ExprPtr>& indices)
{
    std::vector<ExprPtr> result{var(plan.factorIter)};
    result.insert(result.end(), indices.begin(), indices.end());
    return result;
}

Block partialBlock(const Plan& plan)
{
    Block block = *plan.block;
    block.name = plan.partialBlock;
    block.iters = plan.iters;
    block.predicate = plan.predicate;
    block.reads.reset();
    block.writes.reset();
    const ExprPtr value = transform(substitute(plan.update->value, plan.replaced), [&](const ExprPtr& node) -> ExprPtr {
        return node->op == Op::Load && node->name == plan.buffer.name
                   ? load(plan.partial.name, node->type, partialIndex(plan, node->args))
                   : nullptr;
    });
    const DType type = plan.buffer.type.dtype;
    const std::vector<ExprPtr> self = partialIndex(plan, plan.update->indices);
    block.init = {
        makeStmt(Store{plan.partial.name, partialIndex(plan, plan.init->indices), neutral(plan.reducer.op, type)})};
    block.body = {makeStmt(Store{plan.partial.name, self,
                                 plan.guard ? select(plan.guard, value, load(plan.partial.name, type, self)) : value})};
    return block;
}

StmtPtr finalNest(const Plan& plan)
{
    std::vector<Substitution> values;
    for (std::size_t i = 0; i < plan.copied.size(); ++i)
        values.push_back({plan.copied[i]->name, var(plan.copyNames[i])});
    Block block;
    block.name = plan.block->name;
    for (const BlockIter& iter : plan.block->iters)
        if (iter.kind != IterKind::Reduce)
            block.iters.push_back({iter.name, iter.kind, iter.extent, substitute(iter.binding, values)});
    block.iters.push_back({plan.factorIter, IterKind::Reduce, intConst(plan.extent), var(plan.finalLoop)});
    std::vector<ExprPtr> conditions;
    for (const ExprPtr& condition : conjuncts(plan.block->predicate))
        if (speaksOf(plan, condition, loopsOfFinal(plan)))
            conditions.push_back(substitute(condition, values));
    block.predicate = conjunction(conditions);
    const DType type = plan.buffer.type.dtype;
    const ExprPtr self = load(plan.buffer.name, type, plan.update->indices),
                  part = load(plan.partial.name, type, partialIndex(plan, plan.update->indices));
    block.init = {makeStmt(*plan.init)};
    block.body = {makeStmt(
        Store{plan.buffer.name, plan.update->indices,
              plan.reducer.selfFirst ? binary(plan.reducer.op, self, part) : binary(plan.reducer.op, part, self)})};
    std::vector<Loop> loops;
    for (std::size_t i = 0; i < plan.copied.size(); ++i) {
        loops.push_back(*plan.copied[i]);
        loops.back().name = plan.copyNames[i];
    }
    Loop last;
    last.name = plan.finalLoop;
    last.extent = intConst(plan.extent);
    loops.push_back(std::move(last));
    StmtPtr nest = makeStmt(std::move(block));
    for (std::size_t i = loops.size(); i-- > 0;) {
        loops[i].body = {nest};
        nest = makeStmt(std::move(loops[i]));
    }
    return nest;
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const Plan plan, planOf(module, arguments));
    const Function& function = *plan.function;
    Body body = replaceBlock(function.loops()->body, plan.block->name,
                             [&](const Block&) { return Body{makeStmt(partialBlock(plan))}; });
    body = replaceLoop(body, plan.root, [&](const Loop& loop) { return Body{makeStmt(loop), finalNest(plan)}; });
    body.insert(std::find_if(body.begin(), body.end(), [](const StmtPtr& stmt) { return !as<Alloc>(stmt); }),
                makeStmt(Alloc{plan.partial}));
    const Cursor buffer = bufferCursor(function, plan.buffer.name);
    Forwarding forwarding{{plan.blockAt(), {plan.blockAt(), blockCursor(function, plan.partialBlock)}},
                          {plan.loopAt(), {plan.loopAt(), loopCursor(function, plan.finalLoop)}},
                          {buffer, {buffer, bufferCursor(function, plan.partial.name)}}};
    for (std::size_t i = 0; i < plan.copied.size(); ++i) {
        const Cursor loop = loopCursor(function, plan.copied[i]->name);
        forwarding[loop] = {loop, loopCursor(function, plan.copyNames[i])};
    }
    return changeOf(withBody(function, std::move(body)), std::move(forwarding),
                    plan.reducer.exact ? Effect::Exact : Effect::Reassociated);
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_rfactor)
{
    Transform transform;
    transform.id = "loops.rfactor";
    transform.title = "Give a reduction partial results";
    transform.summary =
        "Lets each iteration of a reduction loop sum up on its own, and adds the partial results afterwards.";
    transform.documentation =
        "The block becomes two: one that computes a partial result for each iteration of the loop, which is spatial there and may be vectorized or run in "
        "parallel, and one that puts the partial results together after the reduction.\n\n"
        "Legal if the loop runs over reduction iterators only and the block is one update, a[...] = a[...] op e with an associative and commutative operation and "
        "an e that does not read a, its init still inside. Sums and products of floats are put together in another order (reassociated); everything else is exact.";
    transform.alsoKnownAs = {"T.rfactor", "rfactor (Halide)", "split_reduction (MLIR)"};
    transform.parameters = {
        loops::functionParameter(), loops::parameter("loop", ParameterKind::Loop, "A loop of the reduction."),
        loops::optionalParameter("name", ParameterKind::Name, "Name of the buffer of partial results.")};
    transform.appliesTo = {NodeKind::Loop};
    transform.effect = Effect::Reassociated;
    transform.example = loops::example(R"(@loops
def sum_rows(x: f32[4, 32]) -> (y: f32[4]):
    for i, k0, k1 in grid(4, 4, 8):
        with block("sum") as (vi: spatial(4) = i, vk: reduce(32) = k0 * 8 + k1):
            with init(): y[vi] = 0.0
            y[vi] = y[vi] + x[vi, vk]
)",
                                       "loops.rfactor(sum_rows, k1)", R"(@loops
def sum_rows(x: f32[4, 32]) -> (y: f32[4]):
    y_rf = alloc f32[8, 4]
    for i in range(4):
        for k0, k1 in grid(4, 8):
            with block("sum_rf") as (vi: spatial(4) = i, vk0: reduce(4) = k0, vk1: spatial(8) = k1):
                with init(): y_rf[vk1, vi] = 0.0
                y_rf[vk1, vi] = y_rf[vk1, vi] + x[vi, vk0 * 8 + vk1]
        for k1_final in range(8):
            with block("sum") as (vi: spatial(4) = i, vk1: reduce(8) = k1_final):
                with init(): y[vi] = 0.0
                y[vi] = y[vi] + y_rf[vk1, vi]
)");
    loops::setPlan(transform, loops::plan);
    return transform;
}

}  // namespace strata
