// loops.compute_inline: readers compute the value themselves, and the block and its buffer vanish.
//
//     a[vi] = x[vi] * 2;  y[vj] = a[vj] + a[vj + 1]   ->   y[vj] = x[vj] * 2 + x[vj + 1] * 2
//
// The same operations on the same numbers, so it is exact if the producer's inputs are not overwritten before its
// readers run: by no later block, and by no later iteration of a loop that the value would leave (see inline.cpp). TVM:
// compute_inline.
#include "passes/loops/inline.h"

#include "core/base/condition.h"
#include "passes/loops/legality.h"

#include <algorithm>

namespace strata::loops {

namespace {

Status requireIntermediate(const Function& function, const Elementwise& producer)
{
    const std::string& buffer = producer.store->buffer;
    const std::vector<Cursor> nodes{blockCursor(function, producer.block->name), bufferCursor(function, buffer)};
    if (isParameter(function, buffer))
        return refused(say("Block {} writes {}, which the caller wants.", producer.block->name, buffer), nodes,
                       "Only an intermediate buffer can vanish.");
    if (const auto others = writersBut(function, buffer, producer.block->name); !others.empty())
        return refused(say("Block {} writes {} too.", others[0], buffer), nodes);
    if (readersBut(function, buffer, producer.block->name).empty())
        return refused(say("Nobody reads {}.", buffer), nodes);
    return {};
}

std::set<std::string> inputsOf(const Elementwise& producer)
{
    std::set<std::string> inputs;
    walk(producer.store->value, [&](const Expr& node) {
        if (node.op == Op::Load)
            inputs.insert(node.name);
    });
    return inputs;
}

// Loops around both blocks that are not around the third.
std::vector<std::string> loopsLeft(const Function& function, const std::string& one, const std::string& other,
                                   const std::string& outside)
{
    const auto around = [&](const std::string& block) { return loopsAround(*findBlock(function, block)); };
    const std::vector<std::string> first = around(one), second = around(other), third = around(outside);
    std::vector<std::string> left;
    for (const std::string& loop : first)
        if (std::find(second.begin(), second.end(), loop) != second.end()
            && std::find(third.begin(), third.end(), loop) == third.end())
            left.push_back(loop);
    return left;
}

// Out of a loop in which the input is written, too: later iterations may not write what an earlier one read.
Status requireFinalInput(const Module& module, const Function& function, const Elementwise& producer,
                         const std::string& input, const std::string& writer, const std::string& consumer)
{
    for (const std::string& name : loopsLeft(function, producer.block->name, writer, consumer)) {
        const Loop& loop = *findLoop(function, name)->loop();
        if (!disjointByForm(module, loop, {name})
            && !STRATA_CONDITION("compute_inline.final", independentIterations(function, name, &module).legal))
            return refused(say("Block {} overwrites {} in other iterations of loop {}, out of which the value would "
                               "go to block {}.",
                               writer, input, name, consumer),
                           {blockCursor(function, writer), blockCursor(function, producer.block->name),
                            loopCursor(function, name), bufferCursor(function, input)});
    }
    return {};
}

// What the producer reads is the same wherever its consumers stand.
Status requireConstantInputs(const Module& module, const Function& function, const Elementwise& producer)
{
    const std::vector<std::string> order = blockNames(function);
    const auto place = [&](const std::string& name) { return std::find(order.begin(), order.end(), name); };
    const std::vector<std::string> consumers = readersBut(function, producer.store->buffer, producer.block->name);
    const std::set<std::string> inputs = inputsOf(producer);
    for (const std::string& input : inputs)
        for (const std::string& consumer : consumers)
            STRATA_CHECK(requireVisible(function, input, *findBlock(function, consumer)));
    for (const std::string& input : inputs)
        for (const std::string& writer : writersOf(function, input)) {
            if (place(writer) > place(producer.block->name))
                return refused(say("Block {} overwrites {} after block {} reads it, so {} would compute with other "
                                   "values.",
                                   writer, input, producer.block->name, consumers.back()),
                               {blockCursor(function, writer), blockCursor(function, producer.block->name),
                                bufferCursor(function, input)});
            for (const std::string& consumer : consumers)
                STRATA_CHECK(requireFinalInput(module, function, producer, input, writer, consumer));
        }
    return {};
}

ExprPtr valueAt(const Elementwise& producer, const std::vector<ExprPtr>& indices)
{
    std::vector<Substitution> values;
    for (std::size_t d = 0; d < indices.size(); ++d)
        if (!producer.iters[d].empty())
            values.push_back({producer.iters[d], indices[d]});
    return substitute(producer.store->value, values);
}

bool isArgumentOfIntrinsic(const Body& body, const std::string& buffer)
{
    bool found = false;
    walk(body, [&](const StmtPtr& stmt) {
        if (const IntrinsicCall* call = as<IntrinsicCall>(stmt))
            for (const IntrinsicCall::Argument& argument : call->arguments)
                found = found || argument.buffer == buffer;
    });
    return found;
}

Body inlined(const Body& body, const Elementwise& producer)
{
    const Body without = removeAlloc(removeBlock(body, producer.block->name), producer.store->buffer);
    const Body rewritten = transformExprs(without, [&](const ExprPtr& e) {
        return transform(e, [&](const ExprPtr& node) -> ExprPtr {
            return node->op == Op::Load && node->name == producer.store->buffer ? valueAt(producer, node->args)
                                                                                : nullptr;
        });
    });
    return transform(rewritten, [&](const StmtPtr& stmt) -> std::optional<Body> {  // declared reads are inferred again
        const Block* block = as<Block>(stmt);
        if (!block || !block->reads)
            return std::nullopt;
        Block copy = *block;
        copy.reads.reset();
        return Body{makeStmt(std::move(copy))};
    });
}

// What walks over expressions takes a frame a level, and text holds a thousand: a chain that is inlined link by link
// stops well before.
constexpr int deepestExpression = 256;

int depthOf(const ExprPtr& e)
{
    int depth = 0;
    for (const ExprPtr& arg : e->args)
        depth = std::max(depth, depthOf(arg));
    return depth + 1;
}

Status requireShallow(const Function& after, const Elementwise& producer)
{
    int depth = 0;
    walkExprs(after.loops()->body, [&](const ExprPtr& e) { depth = std::max(depth, depthOf(e)); });
    if (depth <= deepestExpression)
        return {};
    return refused(say("Inlining block {} would nest an expression {} levels deep; {} are allowed.",
                       producer.block->name, depth, deepestExpression),
                   {blockCursor(after, producer.block->name)}, "Keep a buffer in between.");
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Located located, blockOf(*function, arguments.text("block")));
    STRATA_TRY(const Elementwise producer, elementwiseBlock(*function, located));
    STRATA_REQUIRE("compute_inline.intermediate", requireIntermediate(*function, producer));
    STRATA_REQUIRE("compute_inline.inputs", requireConstantInputs(module, *function, producer));
    const std::string& buffer = producer.store->buffer;
    if (isArgumentOfIntrinsic(function->loops()->body, buffer))
        return refused(say("An intrinsic reads {} from memory.", buffer), {bufferCursor(*function, buffer)});
    const FunctionPtr after = withBody(*function, inlined(function->loops()->body, producer));
    STRATA_CHECK(requireShallow(*after, producer));
    Forwarding forwarding{{bufferCursor(*function, buffer), {}}};
    for (const std::string& consumer : readersBut(*function, buffer, producer.block->name))
        forwarding[blockCursor(*function, producer.block->name)].push_back(blockCursor(*function, consumer));
    const std::vector<std::string> left = loopNames(*after);
    for (const std::string& loop : loopsAround(located))
        if (std::find(left.begin(), left.end(), loop) == left.end())
            forwarding[loopCursor(*function, loop)] = {};
    return changeOf(after, std::move(forwarding));
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_compute_inline)
{
    Transform transform;
    transform.id = "loops.compute_inline";
    transform.title = "Inline a producer";
    transform.summary =
        "Puts the expression of an elementwise block where its elements are read, and drops its buffer.";
    transform.documentation =
        "The block must write an intermediate buffer by one store to plain, distinct iterators, without a reduction, and what it reads must not be overwritten "
        "later. Every reader then computes the elements that it needs; one that is read several times is computed several times.\n\n"
        "Exact: each element is computed by the same operations.";
    transform.alsoKnownAs = {"T.compute_inline", "compute_inline (Halide)", "elementwise fusion"};
    transform.parameters = {loops::functionParameter(),
                            loops::parameter("block", ParameterKind::Block, "The producer.")};
    transform.appliesTo = {NodeKind::Block};
    transform.example = loops::example(R"(@loops
def f(A: f32[8, 8]) -> (C: f32[8, 8]):
    B = alloc f32[8, 8]
    for i, j in grid(8, 8):
        with block("B") as (vi: spatial(8) = i, vj: spatial(8) = j):
            B[vi, vj] = A[vi, vj] * 2.0
    for i_c, j_c in grid(8, 8):
        with block("C") as (vi: spatial(8) = i_c, vj: spatial(8) = j_c):
            C[vi, vj] = B[vi, vj] + 1.0
)",
                                       "loops.compute_inline(f, B)", R"(@loops
def f(A: f32[8, 8]) -> (C: f32[8, 8]):
    for i_c, j_c in grid(8, 8):
        with block("C") as (vi: spatial(8) = i_c, vj: spatial(8) = j_c):
            C[vi, vj] = A[vi, vj] * 2.0 + 1.0
)");
    loops::setPlan(transform, loops::plan);
    return transform;
}

}  // namespace strata
