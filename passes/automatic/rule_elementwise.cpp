// Blocks without a reduction: the innermost loop becomes vectors where the elements lie side by side, the outermost is
// shared by threads.
//
//     for i, j in grid(64, 96):                 for i in parallel(64):
//         y[i, j] = relu(x[i, j])       ->          for j0 in range(6):
//                                                       for j1 in vectorized(16):
//                                                           y[i, j0 * 16 + j1] = relu(x[i, j0 * 16 + j1])
//
// Such a block is bound by memory, so the vectors need to fill the loads and stores, no more. All of it is exact.
#include "passes/automatic/schedule.h"

#include <algorithm>

namespace strata::automatic {

namespace {

bool dependsOnData(const Access& access)
{
    return std::any_of(access.begin.begin(), access.begin.end(), [](const ExprPtr& e) {
        bool found = false;
        walk(e, [&](const Expr& node) { found = found || node.op == Op::Load; });
        return found;
    });
}

// The iterator whose neighbours are neighbours in memory, for the writes and all reads; empty if there is none.
std::string vectorIter(const Schedule& schedule, const Block& block)
{
    const std::vector<Access> all = accessesOf(schedule, block);
    for (auto iter = block.iters.rbegin(); iter != block.iters.rend(); ++iter) {
        const bool fits = std::all_of(all.begin(), all.end(), [&](const Access& access) {
            const Stride stride = strideOf(access, iter->name);
            return stride == Stride::Contiguous || (!access.write && stride == Stride::None && !dependsOnData(access));
        });
        if (fits)
            return iter->name;
    }
    return {};
}

// Elements in a register: of four bytes, or of one where bytes are moved and nothing is computed.
std::int64_t lanesFor(const Schedule& schedule, const Block& block)
{
    bool movesBytes = true;
    std::map<std::string, int> bits;
    for (const Buffer& buffer : buffers(schedule.function()))
        bits[buffer.name] = bitSize(buffer.type.dtype);
    for (const Access& access : accesses(&schedule.module(), block))
        movesBytes = movesBytes && bits[access.buffer] == 8;
    for (const StmtPtr& stmt : block.body)
        if (const Store* store = as<Store>(stmt))
            walk(store->value, [&](const Expr& e) { movesBytes = movesBytes && e.op != Op::Cast && e.op != Op::Call; });
    return schedule.lanes() * (movesBytes ? 4 : 1);
}

// Whole registers where the extent allows it, all of a short row; else two registers, of which the last ones are
// masked.
std::int64_t vectorLength(std::int64_t extent, std::int64_t lanes)
{
    for (std::int64_t whole : {2 * lanes, lanes})
        if (extent % whole == 0)
            return whole;
    return extent <= 4 * lanes ? extent : 2 * lanes;
}

// The loops in the order in which the elements lie that are written, so that memory is walked through.
Status orderLoops(Schedule& schedule, const std::string& name, const Block& block)
{
    std::vector<std::string> order;
    for (const Access& access : accesses(&schedule.module(), block))
        for (const ExprPtr& index : access.begin)
            for (const BlockIter& iter : block.iters)
                if (access.write && mentions(index, iter.name))
                    for (const std::string& loop : schedule.loopsOf(name, iter.name))
                        if (std::find(order.begin(), order.end(), loop) == order.end())
                            order.push_back(loop);
    const std::vector<std::string> around = schedule.loopsAround(name);
    std::vector<std::string> all;
    for (const std::string& loop : around)  // what is written does not speak of
        if (std::find(order.begin(), order.end(), loop) == order.end())
            all.push_back(loop);
    all.insert(all.end(), order.begin(), order.end());
    if (all == around)
        return {};
    const Result<bool> taken = schedule.offer("reorder", nameList(all));
    return taken ? Status() : taken.error();
}

}  // namespace

Status innermostVectors(Schedule& schedule, const std::string& name)
{
    const std::string iter = vectorIter(schedule, schedule.block(name));
    const std::vector<std::string> own = iter.empty() ? std::vector<std::string>{} : schedule.loopsOf(name, iter);
    if (own.size() != 1 || own[0] != schedule.loopsAround(name).back())
        return {};
    const std::int64_t extent = schedule.extent(own[0]),
                       vector = vectorLength(extent, lanesFor(schedule, schedule.block(name)));
    if (vector <= 1)
        return {};
    if (extent != vector)
        STRATA_CHECK(schedule.step("split", nameText(own[0]) + ", [_, " + std::to_string(vector) + "]"));
    return schedule.step("vectorize", nameText(schedule.loopsAround(name).back()));
}

void scheduleElementwise(Schedule& schedule, const std::string& name)
{
    const Block block = schedule.block(name);
    const std::int64_t work = instances(block);
    if (isReduction(block) || work < 64)
        return;
    schedule.attempt("elementwise", name, [&]() -> Status {
        STRATA_CHECK(orderLoops(schedule, name, block));
        return innermostVectors(schedule, name);
    });
    schedule.attempt("elementwise", name, [&] { return parallelize(schedule, name); });
}

}  // namespace strata::automatic
