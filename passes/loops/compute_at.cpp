// loops.compute_at: a producer moves below a loop of its consumers and computes there what they read, no more.
//
// Legal by construction if all readers are below the loop and the inputs keep their values: every element that is read
// was computed just before, from the same numbers, perhaps several times. Otherwise every instance must still run once
// (coverage) and every dependence forward (isl). TVM: compute_at; Halide: compute_at.
#include "passes/loops/compact.h"

#include "core/base/condition.h"
#include "passes/loops/legality.h"
#include "passes/loops/place.h"
#include "passes/loops/suggest.h"

#include "core/analysis/accesses.h"

#include <algorithm>

namespace strata::loops {

namespace {

struct Plan {
    FunctionPtr function;
    Located producer, target;
    Buffer buffer;                       // what the producer writes
    std::vector<std::string> consumers;  // blocks that read it
    std::size_t position = 0;            // before the first consumer below the target
    std::string threads;                 // a loop over threads that was asked for, which the buffer's threads share
    Spans spans;

    const Block& block() const { return *producer.block(); }
    const Loop& loop() const { return *target.loop(); }
};

bool isAround(const Located& node, const std::string& loop)
{
    const std::vector<std::string> around = loopsAround(node);
    return std::find(around.begin(), around.end(), loop) != around.end();
}

bool isBelow(const Function& function, const std::string& block, const std::string& loop)
{
    return isAround(*findBlock(function, block), loop);
}

// The only buffer that the block writes, an intermediate that nobody else writes.
Status findBuffer(Plan& plan)
{
    const Cursor cursor = blockCursor(*plan.function, plan.block().name);
    std::set<std::string> written;
    for (const Access& access : accesses(nullptr, plan.block()))
        if (access.write)
            written.insert(access.buffer);
    if (written.size() != 1)
        return refused(
            say("Block {} writes {} buffers; compute_at moves producers of one.", plan.block().name, written.size()),
            {cursor});
    STRATA_TRY(plan.buffer, bufferOf(*plan.function, *written.begin()));
    if (!STRATA_CONDITION("compute_at.result", !isParameter(*plan.function, plan.buffer.name)))
        return refused(say("Block {} writes {}, a result of the function, all of which is wanted.", plan.block().name,
                           plan.buffer.name),
                       {cursor, bufferCursor(*plan.function, plan.buffer.name)},
                       "Move its consumers with reverse_compute_at.");
    std::set<std::string> same = blocksInside(plan.block());  // they and those around write as parts of one another
    same.insert(plan.block().name);
    for (const StmtPtr& around : plan.producer.ancestors)
        if (const Block* outer = as<Block>(around))
            same.insert(outer->name);
    for (const std::string& writer : writersOf(*plan.function, plan.buffer.name))
        if (!STRATA_CONDITION("compute_at.writers", same.count(writer) != 0))
            return refused(say("Block {} writes {} too.", writer, plan.buffer.name),
                           {cursor, blockCursor(*plan.function, writer)},
                           "Apply compute_at before the reduction is decomposed.");
    return {};
}

// What threads share is not one thread's: asked to stand in a loop over threads, it stands in front of all of them, for
// what all of them read. (So the region widens by itself where TVM relaxes it over the threads.)
Status leaveThreads(Plan& plan)
{
    if (plan.buffer.scope != Scope::Shared)
        return {};
    const Loop* block = nullptr;  // the loop in which the threads' loops stand
    std::vector<StmtPtr> around = plan.target.ancestors;
    around.push_back(plan.target.stmt);
    for (const StmtPtr& stmt : around)
        if (const Loop* loop = as<Loop>(stmt)) {
            if (loop->kind == LoopKind::Bound && loop->axis.starts_with("threadIdx")) {
                if (!block)
                    return {};
                plan.threads = loop->name;
                STRATA_TRY(plan.target, loopOf(*plan.function, block->name));
                return {};
            }
            block = loop;
        }
    return {};
}

Status findConsumers(Plan& plan)
{
    for (const std::string& reader : readersOf(*plan.function, plan.buffer.name))
        if (reader != plan.block().name)
            plan.consumers.push_back(reader);
    const auto& body = plan.loop().body;
    const auto reads = [&](const StmtPtr& stmt) {
        for (const Access& access : accesses(nullptr, Body{stmt}))
            if (access.buffer == plan.buffer.name && !access.write)
                return true;
        return false;
    };
    plan.position = std::size_t(std::find_if(body.begin(), body.end(), reads) - body.begin());
    if (plan.position == body.size())
        return refused(say("Nothing below loop {} reads {}, which block {} writes.", plan.loop().name, plan.buffer.name,
                           plan.block().name),
                       {blockCursor(*plan.function, plan.block().name), loopCursor(*plan.function, plan.loop().name)},
                       plan.consumers.empty() ? "Nobody reads it." : "It is read by " + listed(plan.consumers) + ".");
    return {};
}

// Where the producer's iterators stand plainly in what it writes, they need to run through the region that is read
// only.
void findSpans(Plan& plan, const Region& needed)
{
    for (const Access& access : accesses(nullptr, plan.block())) {
        if (!access.write || access.init)
            continue;
        for (std::size_t d = 0; d < access.begin.size(); ++d) {
            const Linear index = linear(access.begin[d]);
            const auto extent = number(needed.extent[d]);
            if (index.terms.size() != 1 || index.terms[0].coefficient != 1 || index.terms[0].atom->op != Op::Var)
                continue;
            for (const BlockIter& iter : plan.block().iters) {
                if (iter.name != index.terms[0].atom->name || iter.kind == IterKind::Reduce)
                    continue;
                const auto domain = number(iter.extent);
                const bool whole = !extent || (domain && *extent >= *domain);
                plan.spans[iter.name] = whole ? Span{intConst(0), iter.extent}
                                              : Span{needed.begin[d] - index.constant, intConst(*extent)};
            }
        }
    }
}

Result<Plan> planOf(const Module& module, const Arguments& arguments)
{
    Plan plan;
    STRATA_TRY(plan.function, functionOf(module, arguments));
    STRATA_TRY(plan.producer, blockOf(*plan.function, arguments.text("block")));
    STRATA_TRY(plan.target, loopOf(*plan.function, arguments.text("loop")));
    STRATA_CHECK(findBuffer(plan));
    STRATA_CHECK(leaveThreads(plan));
    if (isAround(plan.producer, plan.loop().name))
        return refused(say("Loop {} is around block {} already.", plan.loop().name, plan.block().name),
                       {blockCursor(*plan.function, plan.block().name), loopCursor(*plan.function, plan.loop().name)});
    STRATA_CHECK(findConsumers(plan));
    findSpans(plan, *touchedBelow(module, *plan.function, plan.loop(), plan.buffer.name, true, false));
    return plan;
}

// Nothing writes what the producer reads between its old place and the new one, so that it reads the same values there.
bool inputsStay(const Plan& plan)
{
    const std::vector<std::string> order = blockNames(*plan.function);
    const auto place = [&](const std::string& name) { return std::find(order.begin(), order.end(), name); };
    std::set<std::string> around;
    for (const std::string& loop : loopsAround(plan.target))
        around.insert(loop);
    const std::vector<std::string> producerLoops = loopsAround(plan.producer);
    for (const Access& access : accesses(nullptr, plan.block())) {
        if (access.buffer == plan.buffer.name)
            continue;
        for (const std::string& writer : writersOf(*plan.function, access.buffer)) {
            if (place(writer) > place(plan.block().name))
                return false;
            for (const std::string& loop : loopsAround(*findBlock(*plan.function, writer)))
                if (!around.count(loop)
                    && std::find(producerLoops.begin(), producerLoops.end(), loop) != producerLoops.end())
                    return false;
        }
    }
    return true;
}

bool allConsumersBelow(const Plan& plan)
{
    return std::all_of(plan.consumers.begin(), plan.consumers.end(),
                       [&](const std::string& name) { return isBelow(*plan.function, name, plan.loop().name); });
}

bool updatesInPlace(const Plan& plan)
{
    if (!plan.block().init.empty())
        return false;
    const std::vector<Access> all = accesses(nullptr, plan.block());
    return std::any_of(all.begin(), all.end(),
                       [&](const Access& access) { return !access.write && access.buffer == plan.buffer.name; });
}

// Legal by construction if everything that reads the result is below the loop and the inputs keep their values; else by
// exact analysis, which needs that every instance still runs once.
Result<Effect> effectOf(const Module& module, const Plan& plan, const Function& after)
{
    const std::vector<Cursor> nodes{blockCursor(*plan.function, plan.block().name),
                                    loopCursor(*plan.function, plan.loop().name)};
    if (STRATA_CONDITION("compute_at.consumers", allConsumersBelow(plan))
        && STRATA_CONDITION("compute_at.inputs", inputsStay(plan))
        && STRATA_CONDITION("compute_at.in_place", !updatesInPlace(plan)))
        return Effect::Exact;
    STRATA_TRY(const Effect effect,
               requireOrder(module, *plan.function, after,
                            "Computing " + plan.block().name + " at loop " + plan.loop().name, nodes));
    if (!STRATA_CONDITION("compute_at.once", coverageOf(after, plan.block().name).exact))
        return refused(say("Some instances of block {} would run several times or never at loop {}, which is "
                           "right only if all that read {} are below it and nothing overwrites its inputs.",
                           plan.block().name, plan.loop().name, plan.buffer.name),
                       nodes, "Readers are " + listed(plan.consumers) + ".");
    return effect;
}

using Count = std::optional<std::int64_t>;  // unknown where something runs to a size

Count times(Count count, const ExprPtr& extent)
{
    const Count more = number(extent);
    return count && more ? Count(*count * *more) : std::nullopt;
}

// Of its iterators, each once.
Count domainSize(const Block& block)
{
    Count count = 1;
    for (const BlockIter& iter : block.iters)
        count = times(count, iter.extent);
    return count;
}

Count instances(const Function& function, const std::string& block)
{
    Count count = 1;
    const Located located = *findBlock(function, block);
    for (const StmtPtr& stmt : located.ancestors) {
        if (const Loop* loop = as<Loop>(stmt))
            count = times(count, loop->extent);
        else if (const Block* outer = as<Block>(stmt))
            for (const BlockIter& iter : outer->iters)
                count = times(count, iter.extent);
    }
    return count;
}

// "24 times instead of 16"; empty if every instance runs once.
std::string howOften(const Plan& plan, const Function& after)
{
    const std::string& block = plan.block().name;
    const Count once = domainSize(plan.block()), now = instances(after, block);
    if (once && now)
        return *now > *once ? std::to_string(*now) + " times instead of " + std::to_string(*once) : "";
    return coverageOf(after, block).exact ? "" : "several times instead of once for some instances";
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const Plan plan, planOf(module, arguments));
    STRATA_TRY(Placed placed, placeBlock(*plan.function, plan.producer, plan.target, plan.spans, plan.position));
    STRATA_TRY(const Effect effect, effectOf(module, plan, *placed.function));
    if (const std::string often = howOften(plan, *placed.function); !often.empty())
        placed.notes.push_back("Block " + plan.block().name + " runs " + often
                               + ": elements that several iterations of " + plan.loop().name
                               + " or the loops around it read are computed for each.");
    if (!plan.threads.empty())
        placed.notes.push_back("The threads of " + plan.threads + " share " + plan.buffer.name + ", so block "
                               + plan.block().name + " stands before them, under " + plan.loop().name
                               + ", and computes what all of them read.");
    FunctionPtr function = plan.buffer.scope == Scope::Global ? placed.function
                                                              : compacted(module, placed.function, plan.buffer.name);
    Change result = changeOf(std::move(function), std::move(placed.forwarding), effect);
    result.notes = std::move(placed.notes);
    return result;
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_compute_at)
{
    Transform transform;
    transform.id = "loops.compute_at";
    transform.title = "Compute a producer where it is used";
    transform.summary = "Moves a block under a loop of its consumer and computes there just what that iteration reads.";
    transform.documentation =
        "The block gets new loops over the region that one iteration of the chosen loop reads; they are named after those they replace. Where regions "
        "of neighbouring iterations overlap, elements are computed again: a note says how often.\n\n"
        "Legal if every reader of the result still finds it written and the producer's own inputs have their values there. A refusal names two "
        "instances that would run in the wrong order. Exact.\n\n"
        "A local or shared buffer shrinks to what is live in one iteration and is allocated inside the loop. Asked to stand in a loop over threads, a "
        "shared buffer stands before all of them, under the loop around, for what all of them read.";
    transform.alsoKnownAs = {"T.compute_at", "compute_at (Halide)", "fuse_into_containing_op (MLIR)"};
    transform.parameters = {loops::functionParameter(),
                            loops::parameter("block", ParameterKind::Block, "The producer."),
                            loops::parameter("loop", ParameterKind::Loop, "A loop around its consumers.")};
    transform.appliesTo = {NodeKind::Block};
    transform.example = loops::example(R"(@loops
def shifted(x: f32[8, 16]) -> (y: f32[8, 16]):
    a = alloc f32[8, 16]
    for i, j in grid(8, 16):
        with block("double") as (vi: spatial(8) = i, vj: spatial(16) = j):
            a[vi, vj] = x[vi, vj] * 2.0
    for i_add, j_add in grid(8, 16):
        with block("add") as (vi: spatial(8) = i_add, vj: spatial(16) = j_add):
            y[vi, vj] = a[vi, vj] + 1.0
)",
                                       "loops.compute_at(shifted, double, i_add)", R"(@loops
def shifted(x: f32[8, 16]) -> (y: f32[8, 16]):
    a = alloc f32[8, 16]
    for i_add in range(8):
        for j in range(16):
            with block("double") as (vi: spatial(8) = i_add, vj: spatial(16) = j):
                a[vi, vj] = x[vi, vj] * 2.0
        for j_add in range(16):
            with block("add") as (vi: spatial(8) = i_add, vj: spatial(16) = j_add):
                y[vi, vj] = a[vi, vj] + 1.0
)");
    loops::setPlan(transform, loops::plan);
    transform.suggest = [](const Module& module, const Cursor& selection) {
        return loops::suggestLoopFor(module, selection, loops::plan);
    };
    return transform;
}

}  // namespace strata
