// loops.tensorize: a tile becomes the call of a hardware primitive that computes the same (see match.cpp).
//
// The tile's block stays and its body becomes the call. What the primitive writes must share no element with its other
// arguments, since its code may hold elements in registers meanwhile. TVM: tensorize; Exo: replace.
#include "core/text/text.h"
#include "passes/loops/intrinsics.h"

#include "core/base/condition.h"
#include "passes/loops/match.h"
#include "passes/loops/suggest.h"

#include "core/analysis/arguments.h"

#include <algorithm>

namespace strata::loops {

namespace {

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Located located, blockOf(*function, arguments.text("block")));
    STRATA_TRY(const IntrinsicPtr intrinsic, intrinsicByName(module, arguments.text("intrinsic")));
    const Block& block = *located.block();
    const Cursor cursor = blockCursor(*function, block.name);
    if (!block.init.empty())
        return refused(say("Block {} still holds its init part, which {} does not do.", block.name, intrinsic->name),
                       {cursor}, "Apply decompose_reduction first.");
    if (std::none_of(block.body.begin(), block.body.end(),
                     [](const StmtPtr& stmt) { return as<Loop>(stmt) || as<Block>(stmt); }))
        return refused(say("Block {} holds no tile of loops.", block.name), {cursor},
                       "Apply blockize to the tile's outermost loop first.");
    STRATA_TRY(const IntrinsicCall call, matchIntrinsic(*function, block, *intrinsic));
    if (const auto meeting = meetingArguments(*intrinsic, call, iterRanges(block));
        !STRATA_CONDITION("tensorize.arguments", !meeting))
        return refused(say("Block {} would give {} boxes of one buffer for {} and {} that may share elements, "
                           "and it writes one of them.",
                           block.name, intrinsic->name, meeting->first, meeting->second),
                       {cursor}, "Its description takes them for two buffers. Copy one by cache_read first.");
    Block replaced = block;
    replaced.body = {makeStmt(call)};
    const FunctionPtr after = withBody(*function, replaceBlock(function->loops()->body, block.name,
                                                               [&](const Block&) { return Body{makeStmt(replaced)}; }));
    Forwarding forwarding;
    walk(block.body, [&](const StmtPtr& stmt) {
        if (const Loop* loop = as<Loop>(stmt))
            forwarding[loopCursor(*function, loop->name)] = {};
        if (const Block* inner = as<Block>(stmt))
            forwarding[blockCursor(*function, inner->name)] = {cursor};
    });
    Change change = changeOf(after, std::move(forwarding));
    if (!module.intrinsic(intrinsic->name))
        change.intrinsics = {intrinsic};
    return change;
}

// The built-in multiply whose sides are the extents of the tile.
Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    STRATA_TRY(const FunctionPtr function, selectedFunction(module, selection, NodeKind::Block));
    STRATA_TRY(const Located located, blockOf(*function, selection.name));
    std::string name = "fma_f32";
    walk(located.block()->body, [&](const StmtPtr& stmt) {
        if (const Loop* loop = as<Loop>(stmt))
            name += (name == "fma_f32" ? "_" : "x") + print(loop->extent);
    });
    return Arguments{{{"function", selection.function}, {"block", selection.name}, {"intrinsic", name}}};
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_tensorize)
{
    Transform transform;
    transform.id = "loops.tensorize";
    transform.title = "Replace a tile by a hardware primitive";
    transform.summary =
        "Lets a hardware primitive compute the tile of a block, if the tile is what the primitive's description says.";
    transform.documentation =
        "A primitive has a description, a loops function on the boxes that it touches, and code of its own or the code that the generator makes of the description. The "
        "tile must be a block made by blockize, without init, whose loops, indices, element types and expression are those of the description up to names; a buffer may "
        "have more dimensions in front. A refusal says what differs.\n\n"
        "fma_f32_4x16 and the like are built in: c[M, N] += a[M, K] b[K, N] by fused multiply-adds, the same bits as the loops that it replaces. They are entered in "
        "the module's table with their description.";
    transform.alsoKnownAs = {"T.tensorize", "replace (Exo)", "micro-kernel"};
    transform.parameters = {loops::functionParameter(),
                            loops::parameter("block", ParameterKind::Block, "The block around the tile."),
                            loops::parameter("intrinsic", ParameterKind::Name,
                                             "A primitive of the module, or fma_f32_MxN, fma_f32_MxNxK.")};
    transform.appliesTo = {NodeKind::Block};
    const std::string head = R"(@loops
def mm(a: f32[4, 8], b: f32[8, 8]) -> (c: f32[4, 8]):
    for i, j in grid(4, 8):
        with block("init") as (vi: spatial(4) = i, vj: spatial(8) = j):
            c[vi, vj] = 0.0
    for k0, j0 in grid(8, 2):
        with block("mm_outer") as (vjo: spatial(2) = j0, vko: reduce(8) = k0):
)";
    transform.example = loops::example(head + R"(            for i1, j1 in grid(4, 4):
                with block("mm") as (vi: spatial(4) = i1, vj: spatial(8) = vjo * 4 + j1, vk: reduce(8) = vko):
                    c[vi, vj] = fma(a[vi, vk], b[vk, vj], c[vi, vj])
)",
                                       "loops.tensorize(mm, mm_outer, fma_f32_4x4)",
                                       head + R"(            fma_f32_4x4(a[0, vko], b[vko, vjo * 4], c[0, vjo * 4])
)");
    transform.example.after.insert(transform.example.after.find("@loops"), R"(intrinsic fma_f32_4x4:
    @loops
    def fma_f32_4x4(a: f32[4, 1], b: f32[1, 4]) -> (c: f32[4, 4]):
        for i, j, k in grid(4, 4, 1):
            with block("fma") as (vi: spatial(4) = i, vj: spatial(4) = j, vk: reduce(1) = k):
                c[vi, vj] = fma(a[vi, vk], b[vk, vj], c[vi, vj])

)");
    loops::setPlan(transform, loops::plan);
    transform.suggest = loops::suggest;
    return transform;
}

}  // namespace strata
