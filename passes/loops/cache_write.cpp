// loops.cache_write: a block writes another buffer, which is copied to the old one after it. Right because whoever else
// uses the old buffer does so after the copy, and the block has finished its elements where the copy stands: no loop of
// its reduction is around both.
#include "passes/loops/cache.h"
#include "passes/loops/legality.h"
#include "passes/loops/suggest.h"

#include <algorithm>

namespace strata::loops {

namespace {

// Other blocks that touch the buffer. Those that write come later in the program.
Result<std::vector<std::string>> othersOf(const Function& function, const Block& owner, const std::string& buffer)
{
    std::vector<std::string> others;
    const std::string& block = owner.name;
    std::set<std::string> own = blocksInside(owner);
    own.insert(block);
    const std::vector<std::string> order = blockNames(function);
    const auto place = [&](const std::string& name) { return std::find(order.begin(), order.end(), name); };
    for (const std::string& writer : writersOf(function, buffer)) {
        if (own.count(writer))
            continue;
        if (place(writer) < place(block))
            return refused(say("Block {} writes {} before block {} does, and would not reach the new buffer.", writer,
                               buffer, block),
                           {blockCursor(function, writer), blockCursor(function, block)},
                           "Apply cache_write before decompose_reduction.");
        others.push_back(writer);
    }
    for (const std::string& reader : readersOf(function, buffer))
        if (!own.count(reader))
            others.push_back(reader);
    return others;
}

Status requireWhole(const Function& function, const Block& block, const Place& place, const std::string& buffer)
{
    const Located located = *findBlock(function, block.name);
    for (const StmtPtr& stmt : located.ancestors) {
        const Loop* loop = as<Loop>(stmt);
        if (!loop || place.loop.empty())
            return {};
        for (const BlockIter& iter : block.iters)
            if (iter.kind != IterKind::Spatial && mentions(iter.binding, loop->name))
                return refused(say("Loop {} runs over the reduction of block {} and over other blocks that touch {}.",
                                   loop->name, block.name, buffer),
                               {loopCursor(function, loop->name), blockCursor(function, block.name)});
        if (loop->name == place.loop)
            return {};
    }
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Located located, blockOf(*function, arguments.text("block")));
    STRATA_TRY(const Buffer buffer, bufferOf(*function, arguments.text("buffer")));
    const Block& block = *located.block();
    const std::vector<Cursor> nodes{blockCursor(*function, block.name), bufferCursor(*function, buffer.name)};
    const std::vector<std::string> writers = writersOf(*function, buffer.name);
    if (std::find(writers.begin(), writers.end(), block.name) == writers.end())
        return refused(say("Block {} does not write {}.", block.name, buffer.name), nodes);
    STRATA_TRY(const std::vector<std::string> others, othersOf(*function, block, buffer.name));
    Names names(*function);
    STRATA_TRY(const Buffer cache, cacheBuffer(*function, arguments, buffer, names));
    STRATA_TRY(const Place place, placeFor(*function, block.name, buffer.name, others));
    STRATA_CHECK(requireWhole(*function, block, place, buffer.name));
    const std::string copyBlock = freshBlock(*function, cache.name);
    STRATA_TRY(const Region box, boxOf(module, *function, block, buffer, place, true));
    const CopyNest nest = copyNest({copyBlock, cache.name, buffer.name, box, buffer.type.shape,
                                    premisesAt(*function, place), dimensionNames(block, buffer)},
                                   buffer.type.dtype, names);
    const Body body = replaceBlock(function->loops()->body, block.name, [&](const Block& old) {
        return Body{makeStmt(redirected(old, buffer.name, cache.name, true))};
    });
    Forwarding forwarding;
    std::vector<Cursor>& made = forwarding[nodes[1]] = {nodes[1], bufferCursor(*function, cache.name),
                                                        blockCursor(*function, copyBlock)};
    for (const std::string& loop : nest.loops)
        made.push_back(loopCursor(*function, loop));
    const FunctionPtr after = withBody(*function, withCache(body, place, cache, nest.stmt, true));
    STRATA_CHECK(requireVerified(module, *after, "Writing " + buffer.name + " through a copy", nodes,
                                 "Make the copy before other steps divide or pad the buffer."));
    return changeOf(after, std::move(forwarding));
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_cache_write)
{
    Transform transform;
    transform.id = "loops.cache_write";
    transform.title = "Write through a buffer of its own";
    transform.summary = "Lets a block compute into a new buffer, and copies the finished values to where they belong.";
    transform.documentation =
        "The copy is a block of its own, with a loop for each dimension, just after the statement that holds the block. reverse_compute_at then moves it to where "
        "a part is finished, and a local buffer shrinks to that part: this is how the accumulators of a register tile come about.\n\n"
        "Legal if no other block writes the buffer before. Exact.";
    transform.alsoKnownAs = {"T.cache_write", "stage_mem (Exo)", "promote (MLIR)"};
    transform.parameters = {
        loops::functionParameter(), loops::parameter("block", ParameterKind::Block, "The block that writes."),
        loops::parameter("buffer", ParameterKind::Buffer, "What it writes."), loops::memoryParameter("local"),
        loops::optionalParameter("name", ParameterKind::Name, "Name of the new buffer.")};
    transform.appliesTo = {NodeKind::Block, NodeKind::Buffer};
    transform.example = loops::example(R"(@loops
def sum_rows(x: f32[4, 8]) -> (y: f32[4]):
    for i, k in grid(4, 8):
        with block("sum") as (vi: spatial(4) = i, vk: reduce(8) = k):
            with init(): y[vi] = 0.0
            y[vi] = y[vi] + x[vi, vk]
)",
                                       "loops.cache_write(sum_rows, sum, y, scope=local)", R"(@loops
def sum_rows(x: f32[4, 8]) -> (y: f32[4]):
    y_local = alloc f32[4] in local
    for i, k in grid(4, 8):
        with block("sum") as (vi: spatial(4) = i, vk: reduce(8) = k):
            with init(): y_local[vi] = 0.0
            y_local[vi] = y_local[vi] + x[vi, vk]
    for i_y_local in range(4):
        with block("y_local") as (vi: spatial(4) = i_y_local):
            y[vi] = y_local[vi]
)");
    loops::setPlan(transform, loops::plan);
    transform.suggest = [](const Module& module, const Cursor& selection) {
        return loops::suggestBlockAndBuffer(module, selection, loops::plan, "local");
    };
    return transform;
}

}  // namespace strata
