// loops.reverse_compute_inline: a consumer's expression goes into the block of its only producer, and the buffer
// between vanishes.
//
//     a[vi] = f(vi);  y[vj] = g(a[vj], vj)   ->   y[vi] = g(f(vi), vi)
//
// The consumer reads one element, at distinct plain iterators, so the producer's instance tells the consumer's. It runs
// earlier than it did, which is right if what it reads besides is there by then and nobody touches its output in
// between. TVM: reverse_compute_inline.
#include "passes/loops/inline.h"

#include "core/analysis/accesses.h"

#include <algorithm>

namespace strata::loops {

namespace {

struct Plan {
    FunctionPtr function;
    Located consumer, producer;
    Elementwise writer;  // the consumer: out[...] = g(in[vi, vj])
    std::string input;
    std::vector<ExprPtr> read;      // the indices of in: distinct plain iterators
    const Store* source = nullptr;  // the producer's store
};

// The one buffer that some block writes and this one reads, everywhere at the same plain iterators.
Status findInput(Plan& plan)
{
    const Cursor cursor = blockCursor(*plan.function, plan.writer.block->name);
    std::map<std::string, std::vector<std::vector<ExprPtr>>> reads;
    walk(plan.writer.store->value, [&](const Expr& node) {
        if (node.op == Op::Load && !writersOf(*plan.function, node.name).empty())
            reads[node.name].push_back(node.args);
    });
    if (reads.size() != 1)
        return refused(say("Block {} reads {} computed buffers; it can go into one producer only.",
                           plan.writer.block->name, reads.size()),
                       {cursor});
    plan.input = reads.begin()->first;
    plan.read = reads.begin()->second[0];
    for (const std::vector<ExprPtr>& other : reads.begin()->second)
        for (std::size_t d = 0; d < other.size(); ++d)
            if (!equal(other[d], plan.read[d]))
                return refused(
                    say("Block {} reads several elements of {} for one result.", plan.writer.block->name, plan.input),
                    {cursor});
    return {};
}

Status requirePlainReads(const Plan& plan)
{
    const Block& block = *plan.writer.block;
    std::set<std::string> used;
    for (const ExprPtr& index : plan.read)
        if (!isConst(index) && (index->op != Op::Var || !used.insert(index->name).second))
            return refused(say("Block {} does not read {} at plain, distinct iterators.", block.name, plan.input),
                           {blockCursor(*plan.function, block.name)});
    for (const BlockIter& iter : block.iters)
        if (!used.count(iter.name) && !isConst(iter.extent, 1))
            return refused(
                say("Iterator {} of block {} does not say where it reads {}.", iter.name, block.name, plan.input),
                {blockCursor(*plan.function, block.name)});
    return {};
}

Status findProducer(Plan& plan)
{
    const Function& function = *plan.function;
    const std::string& name = plan.writer.block->name;
    const std::vector<Cursor> nodes{blockCursor(function, name), bufferCursor(function, plan.input)};
    const std::vector<std::string> writers = writersOf(function, plan.input);
    if (writers.size() != 1)
        return refused(say("Blocks {} write {}, so there is no one producer to go into.", listed(writers), plan.input),
                       nodes);
    if (isParameter(function, plan.input))
        return refused(say("{} is a result of the function, which the caller wants.", plan.input), nodes);
    if (const auto others = readersBut(function, plan.input, name); others.size() > (others == writers ? 1u : 0u))
        return refused(say("Block {} reads {} too.", others[0] == writers[0] ? others[1] : others[0], plan.input),
                       nodes);
    STRATA_TRY(plan.producer, blockOf(function, writers[0]));
    STRATA_TRY(const Elementwise producer, elementwiseBlock(function, plan.producer));
    plan.source = producer.store;
    for (const Access& access : accesses(nullptr, *plan.writer.block))
        STRATA_CHECK(requireVisible(function, access.buffer, plan.producer));
    const std::string& output = plan.writer.store->buffer;
    std::vector<std::string> touching = readersBut(function, output, name);
    for (const std::string& writer : writersBut(function, output, name))
        touching.push_back(writer);
    const std::vector<std::string> order = blockNames(function);
    for (const std::string& other : touching)
        if (std::find(order.begin(), order.end(), other) < std::find(order.begin(), order.end(), name))
            return refused(say("Block {} touches {} before block {} writes it.", other, output, name), nodes);
    return {};
}

Result<Plan> planOf(const Module& module, const Arguments& arguments)
{
    Plan plan;
    STRATA_TRY(plan.function, functionOf(module, arguments));
    STRATA_TRY(plan.consumer, blockOf(*plan.function, arguments.text("block")));
    STRATA_TRY(plan.writer, elementwiseBlock(*plan.function, plan.consumer));
    STRATA_CHECK(findInput(plan));
    STRATA_CHECK(requirePlainReads(plan));
    STRATA_CHECK(findProducer(plan));
    return plan;
}

// The producer's block with the consumer's store.
Block joined(const Plan& plan)
{
    std::vector<Substitution> values;
    for (std::size_t d = 0; d < plan.read.size(); ++d)
        if (plan.read[d]->op == Op::Var)
            values.push_back({plan.read[d]->name, plan.source->indices[d]});
    for (const BlockIter& iter : plan.writer.block->iters)
        values.push_back({iter.name, intConst(0)});  // the others have one value only
    const ExprPtr value = transform(substitute(plan.writer.store->value, values), [&](const ExprPtr& node) -> ExprPtr {
        return node->op == Op::Load && node->name == plan.input ? plan.source->value : nullptr;
    });
    Store store{plan.writer.store->buffer, {}, value};
    for (const ExprPtr& index : plan.writer.store->indices)
        store.indices.push_back(substitute(index, values));
    Block block = *plan.producer.block();
    block.body = {makeStmt(std::move(store))};
    block.reads.reset();
    block.writes.reset();
    return block;
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const Plan plan, planOf(module, arguments));
    const Function& function = *plan.function;
    const std::string& producer = plan.producer.block()->name;
    Body body = removeBlock(function.loops()->body, plan.writer.block->name);
    body = replaceBlock(body, producer, [&](const Block&) { return Body{makeStmt(joined(plan))}; });
    const FunctionPtr after = withBody(function, removeAlloc(body, plan.input));
    Forwarding forwarding{{bufferCursor(function, plan.input), {}},
                          {blockCursor(function, plan.writer.block->name), {blockCursor(function, producer)}}};
    const std::vector<std::string> left = loopNames(*after);
    for (const std::string& loop : loopsAround(plan.consumer))
        if (std::find(left.begin(), left.end(), loop) == left.end())
            forwarding[loopCursor(function, loop)] = {};
    return changeOf(after, std::move(forwarding));
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_reverse_compute_inline)
{
    Transform transform;
    transform.id = "loops.reverse_compute_inline";
    transform.title = "Inline a consumer";
    transform.summary =
        "Puts an elementwise block into the block that produces what it reads, and drops the buffer between.";
    transform.documentation =
        "The consumer must be one store whose only computed input is read at plain, distinct iterators; the producer must be one store without a reduction, and "
        "nobody else may read its buffer. The producer then writes the consumer's result, in the producer's loops.\n\n"
        "Exact: each element is computed by the same operations. A relu goes into the write-back of a cache_write this way.";
    transform.alsoKnownAs = {"T.reverse_compute_inline", "epilogue fusion"};
    transform.parameters = {loops::functionParameter(),
                            loops::parameter("block", ParameterKind::Block, "The consumer.")};
    transform.appliesTo = {NodeKind::Block};
    transform.example = loops::example(R"(@loops
def f(A: f32[8, 8]) -> (C: f32[8, 8]):
    B = alloc f32[8, 8]
    for i, j in grid(8, 8):
        with block("B") as (vi: spatial(8) = i, vj: spatial(8) = j):
            B[vi, vj] = A[vi, vj] * 2.0
    for j_c, i_c in grid(8, 8):
        with block("C") as (vj: spatial(8) = j_c, vi: spatial(8) = i_c):
            C[vj, vi] = B[vi, vj] + 1.0
)",
                                       "loops.reverse_compute_inline(f, C)", R"(@loops
def f(A: f32[8, 8]) -> (C: f32[8, 8]):
    for i, j in grid(8, 8):
        with block("B") as (vi: spatial(8) = i, vj: spatial(8) = j):
            C[vj, vi] = A[vi, vj] * 2.0 + 1.0
)");
    loops::setPlan(transform, loops::plan);
    return transform;
}

}  // namespace strata
