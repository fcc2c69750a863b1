// loops.cache_read: a block reads a copy that is made before it. Right because no writer of the buffer stands between
// copy and block (see cache.cpp), and the copy holds all that the block reads.
#include "passes/loops/cache.h"

#include "core/base/condition.h"
#include "passes/loops/legality.h"
#include "passes/loops/suggest.h"

#include <algorithm>

namespace strata::loops {

namespace {

bool has(const std::vector<std::string>& names, const std::string& name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Located located, blockOf(*function, arguments.text("block")));
    STRATA_TRY(const Buffer buffer, bufferOf(*function, arguments.text("buffer")));
    const Block& block = *located.block();
    const std::vector<Cursor> nodes{blockCursor(*function, block.name), bufferCursor(*function, buffer.name)};
    const std::vector<std::string> writers = writersOf(*function, buffer.name);
    if (!has(readersOf(*function, buffer.name), block.name))
        return refused(say("Block {} does not read {}.", block.name, buffer.name), nodes);
    if (!STRATA_CONDITION("cache_read.update", !has(writers, block.name)))
        return refused(
            say("Block {} reads {} to update it, so a copy made before would be stale.", block.name, buffer.name),
            nodes, "Use cache_write for what a block updates.");
    Names names(*function);
    STRATA_TRY(const Buffer cache, cacheBuffer(*function, arguments, buffer, names));
    STRATA_TRY(const Place place, placeFor(*function, block.name, buffer.name, writers));
    const std::string copyBlock = freshBlock(*function, cache.name);
    STRATA_TRY(const Region box, boxOf(module, *function, block, buffer, place, false));
    const CopyNest nest = copyNest({copyBlock, buffer.name, cache.name, box, buffer.type.shape,
                                    premisesAt(*function, place), dimensionNames(block, buffer)},
                                   buffer.type.dtype, names);
    const Body body = replaceBlock(function->loops()->body, block.name, [&](const Block& old) {
        return Body{makeStmt(redirected(old, buffer.name, cache.name, false))};
    });
    Forwarding forwarding;
    std::vector<Cursor>& made = forwarding[nodes[1]] = {nodes[1], bufferCursor(*function, cache.name),
                                                        blockCursor(*function, copyBlock)};
    for (const std::string& loop : nest.loops)
        made.push_back(loopCursor(*function, loop));
    const FunctionPtr after = withBody(*function, withCache(body, place, cache, nest.stmt, false));
    STRATA_CHECK(requireVerified(module, *after, "Reading " + buffer.name + " through a copy", nodes,
                                 "Make the copy before other steps divide or pad the buffer."));
    return changeOf(after, std::move(forwarding));
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_cache_read)
{
    Transform transform;
    transform.id = "loops.cache_read";
    transform.title = "Read through a copy";
    transform.summary = "Copies what a block reads of a buffer into a new buffer, and lets the block read that.";
    transform.documentation =
        "The copy is a block of its own, with a loop for each dimension, just before the statement that holds the reader and after whatever writes the buffer. "
        "compute_at then moves it to where a part is needed, and a local or shared copy shrinks to that part: the cooperative fetch of GPU programs is "
        "cache_read into shared memory, compute_at, split and bind.\n\n"
        "Legal if the block does not itself write the buffer. Exact.";
    transform.alsoKnownAs = {"T.cache_read", "stage_mem (Exo)", "in (Halide)", "promote (MLIR)"};
    transform.parameters = {
        loops::functionParameter(), loops::parameter("block", ParameterKind::Block, "The block that reads."),
        loops::parameter("buffer", ParameterKind::Buffer, "What it reads."), loops::memoryParameter("global"),
        loops::optionalParameter("name", ParameterKind::Name, "Name of the new buffer.")};
    transform.appliesTo = {NodeKind::Block, NodeKind::Buffer};
    transform.example = loops::example(R"(@loops
def window(x: f32[10]) -> (y: f32[8]):
    for i in range(8):
        with block("sum") as (vi: spatial(8) = i):
            y[vi] = x[vi] + x[vi + 2]
)",
                                       "loops.cache_read(window, sum, x, scope=shared)", R"(@loops
def window(x: f32[10]) -> (y: f32[8]):
    x_shared = alloc f32[10] in shared
    for i_x_shared in range(10):
        with block("x_shared") as (vi: spatial(10) = i_x_shared):
            x_shared[vi] = x[vi]
    for i in range(8):
        with block("sum") as (vi: spatial(8) = i):
            y[vi] = x_shared[vi] + x_shared[vi + 2]
)");
    loops::setPlan(transform, loops::plan);
    transform.suggest = [](const Module& module, const Cursor& selection) {
        return loops::suggestBlockAndBuffer(module, selection, loops::plan, "shared");
    };
    return transform;
}

}  // namespace strata
