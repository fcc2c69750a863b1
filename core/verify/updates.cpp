// What a block promises by its iterators is checked, not believed.
//
// A reduce iterator says that its iterations may run in any order and be put together from partial results. That holds
// of updates only (see core/analysis/update.h), so a block with reduce iterators is one; a block around others promises
// nothing of its own. And an intrinsic does what its description says only if the boxes it writes are apart from the
// others that it is given.
#include "core/verify/parts.h"

#include "core/analysis/arguments.h"
#include "core/base/condition.h"

#include <algorithm>

namespace strata {

namespace {

bool holdsBlocks(const Block& block)
{
    bool found = false;
    walk(block.body, [&](const StmtPtr& stmt) { found = found || as<Block>(stmt); });
    return found;
}

void verifyUpdate(const Module& module, const Function& function, const Block& block, Findings& findings)
{
    const auto reduce = std::find_if(block.iters.begin(), block.iters.end(),
                                     [](const BlockIter& iter) { return iter.kind == IterKind::Reduce; });
    if (reduce == block.iters.end() || holdsBlocks(block)
        || STRATA_CONDITION("verify.reduce", updateOf(&module, block).has_value()))
        return;
    findings.push_back(refused(
        say("Block {} has the reduce iterator {}, whose iterations may run in any order, but its "
            "body is no update: one store a[...] = a[...] op e where op is associative and "
            "commutative and e does not read a.",
            block.name, reduce->name),
        {{function.name, NodeKind::Block, block.name}},
        "If the order matters, make " + reduce->name + " an ordered iterator, and the init a block before it."));
}

void verifyArguments(const Module& module, const Function& function, const Block& block, const IntrinsicCall& call,
                     Findings& findings)
{
    const IntrinsicPtr intrinsic = module.intrinsic(call.intrinsic);
    if (!intrinsic)
        return;
    if (const auto meeting = meetingArguments(*intrinsic, call, iterRanges(block));
        !STRATA_CONDITION("verify.arguments", !meeting))
        findings.push_back(
            refused(say("Block {} gives {} boxes of one buffer for {} and {} that may share elements, and it "
                        "writes one of them.",
                        block.name, call.intrinsic, meeting->first, meeting->second),
                    {{function.name, NodeKind::Block, block.name}},
                    "Its description takes them for two buffers. Copy one by cache_read first."));
}

}  // namespace

void verifyUpdates(const Module& module, const Function& function, Findings& findings)
{
    walk(function.loops()->body, [&](const StmtPtr& stmt) {
        const Block* block = as<Block>(stmt);
        if (!block)
            return;
        verifyUpdate(module, function, *block, findings);
        for (const StmtPtr& inner : block->body)
            if (const IntrinsicCall* call = as<IntrinsicCall>(inner))
                verifyArguments(module, function, *block, *call, findings);
    });
}

}  // namespace strata
