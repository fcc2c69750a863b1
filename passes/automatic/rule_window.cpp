// Windows that slide over each channel by itself, as those of depthwise convolutions and pools: what fills the border
// around a picture goes into the reads of the window.
//
//     p[i, j, c] = select(inside, x[i - 1, j - 1, c], 0.0)
//     y[i, j, c] = fma(p[i + ki, j + kj, c], ...)    ->    y[i, j, c] = fma(select(inside, x[i + ki - 1, ...], 0.0),
//     ...)
//
// Each element is read a few times only, so that a padded copy costs more than the tests, one a vector where the
// channels are last. Exact. Not so for bytes, whose products read whole boxes (rule_depthwise.cpp).
#include "passes/automatic/schedule.h"

#include <algorithm>

namespace strata::automatic {

namespace {

bool movesOver(const BlockIter& iter, const std::vector<ExprPtr>& indices)
{
    return std::any_of(indices.begin(), indices.end(), [&](const ExprPtr& e) { return mentions(e, iter.name); });
}

// Each sum reads elements of its own and of the windows beside it: all results move with the read, the last dimension
// with none of the sum, and no dimension with an iterator of the sum alone.
bool slidesAlone(const Block& block, const Access& read)
{
    for (const BlockIter& iter : block.iters) {
        if (isConst(iter.extent, 1))
            continue;
        if (iter.kind == IterKind::Spatial ? !movesOver(iter, read.begin) : mentions(read.begin.back(), iter.name))
            return false;
        if (iter.kind == IterKind::Reduce && std::any_of(read.begin.begin(), read.begin.end(), [&](const ExprPtr& e) {
                return e->op == Op::Var && e->name == iter.name;
            }))
            return false;
    }
    return true;
}

// The block that alone reads what this one writes, if it slides windows over it.
bool feedsWindows(const Schedule& schedule, const std::string& name)
{
    const Block block = schedule.block(name);
    const Store* store = block.body.size() == 1 ? as<Store>(block.body[0]) : nullptr;
    if (!store || store->value->op != Op::Select || isReduction(block) || schedule.isParameter(store->buffer))
        return false;
    const std::vector<std::string> readers = readersOf(schedule.function(), store->buffer);
    if (readers.size() != 1 || writersOf(schedule.function(), store->buffer).size() != 1)
        return false;
    const Block reader = schedule.block(readers[0]);
    int reads = 0;
    for (const Access& access : accesses(&schedule.module(), reader)) {
        reads += access.buffer == store->buffer;
        if (access.buffer == store->buffer && !slidesAlone(reader, access))
            return false;
    }
    return isReduction(reader) && reads == 1 && !isDepthwise(schedule, readers[0]);
}

}  // namespace

void inlineBorders(Schedule& schedule)
{
    for (const std::string& name : schedule.blocks())
        if (feedsWindows(schedule, name))
            schedule.attempt("inline", name, [&]() -> Status {
                STRATA_CHECK(schedule.offer("compute_inline", nameText(name)));
                return {};
            });
}

}  // namespace strata::automatic
