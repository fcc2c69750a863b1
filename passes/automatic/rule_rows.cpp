// Rows: normalizations, softmax and other sums of what lies side by side, where no results of a tile lie side by side.
//
//     for j, k: sum[j] += x[j, k]                    for j:
//     for j: mean[j] = sum[j] / n          ->            for k0, k1 in vectorized(64): part[k1] += x[j, k0 * 64 + k1]
//     for j, k: y[j, k] = x[j, k] - mean[j]              sum = part[0] + part[1] + ...
//                                                        mean = sum / n
//                                                        for k0, k1 in vectorized(32): y[j, k] = x[j, k] - mean
//
// All that is done with one row is done while it lies in the nearest cache, so the loops over rows become one. A sum
// gets a partial result for each lane of some registers; sums of floats are put together in another order by that
// (reassociated), a maximum is exact.
#include "passes/automatic/tile.h"

#include "core/analysis/update.h"

#include <algorithm>

namespace strata::automatic {

namespace {

// The reduce iterator along which a sum reads what lies side by side, if that fills more than a register and nothing
// better can become vectors.
std::string alongRow(const Schedule& schedule, const std::string& name)
{
    const Block block = schedule.block(name);
    const std::optional<Update> update = updateOf(&schedule.module(), block);
    if (!update || block.init.size() != 1 || block.body.size() != 1 || block.predicate
        || (!update->exact && schedule.most() < Effect::Reassociated) || hasVectorTiles(schedule, name))
        return {};
    const std::vector<Access> all = accessesOf(schedule, block);
    for (const BlockIter& iter : block.iters) {
        if (iter.kind != IterKind::Reduce || iter.binding->op != Op::Var || sizeOf(iter) <= schedule.lanes())
            continue;
        bool moves = false, fits = true;
        for (const Access& access : all) {
            const Stride stride = strideOf(access, iter.name);
            fits = fits && (stride == Stride::None || (stride == Stride::Contiguous && !access.write));
            moves = moves || stride == Stride::Contiguous;
        }
        if (moves && fits)
            return iter.name;
    }
    return {};
}

double runsOf(const Schedule& schedule, const std::string& block)
{
    double count = 1;
    for (const std::string& loop : schedule.loopsAround(block))
        count *= double(schedule.extent(loop));
    return count;
}

// Moves a block to its readers below the loop, if it computes nothing twice there.
bool moveIntoRow(Schedule& schedule, const std::string& block, const std::string& loop)
{
    return schedule.keepIf("rows", [&] {
        const double before = runsOf(schedule, block);
        return schedule.step("compute_at", nameText(block) + ", " + nameText(loop)).ok()
               && runsOf(schedule, block) <= before;
    });
}

// The blocks that could be moved below a loop of the last one, the last first.
std::vector<std::string> moveAll(Schedule& schedule, const std::string& last, const std::string& loop)
{
    std::vector<std::string> moved, names = schedule.blocks();
    std::reverse(names.begin(), names.end());
    for (const std::string& name : names)
        if (name != last && moveIntoRow(schedule, name, loop))
            moved.push_back(name);
    return moved;
}

// What one block of a row leaves for the next lies in registers and the nearest cache, if that holds it.
void keepNear(Schedule& schedule, const std::string& block)
{
    constexpr std::int64_t mostElements = 4096;
    const Block node = schedule.block(block);
    const Store* store = node.body.size() == 1 ? as<Store>(node.body[0]) : nullptr;
    if (!store || schedule.isParameter(store->buffer))
        return;
    schedule.keepIf("rows", [&] {
        if (!schedule.step("set_scope", nameText(store->buffer) + ", local"))
            return false;
        std::int64_t elements = 1;
        for (const std::int64_t size : schedule.shapeOf(store->buffer))
            elements *= size;
        return elements <= mostElements;
    });
}

// The loops around a block but those of its own sum, innermost first.
std::vector<std::string> rowLoops(const Schedule& schedule, const std::string& name)
{
    std::vector<std::string> loops = schedule.loopsAround(name);
    for (const BlockIter& iter : schedule.block(name).iters)
        if (iter.kind == IterKind::Reduce)
            for (const std::string& loop : schedule.loopsOf(name, iter.name))
                std::erase(loops, loop);
    std::reverse(loops.begin(), loops.end());
    return loops;
}

// The loops over rows become one: the innermost of the last block's below which all sums, or if that is the only one,
// what it adds up, can be moved. Empty if there is none.
std::string joinRows(Schedule& schedule, const std::string& last, const std::vector<std::string>& sums)
{
    for (const std::string& loop : rowLoops(schedule, last)) {
        std::vector<std::string> moved;
        const auto isThere = [&](const std::string& sum) {
            return sum == last || std::find(moved.begin(), moved.end(), sum) != moved.end();
        };
        if (!schedule.keepIf("rows", [&] {
                moved = moveAll(schedule, last, loop);
                return !moved.empty() && std::all_of(sums.begin(), sums.end(), isThere);
            }))
            continue;
        for (const std::string& block : moved)
            keepNear(schedule, block);
        return loop;
    }
    return {};
}

// The outermost loop that a sum runs through.
std::string firstOfSum(const Schedule& schedule, const std::string& sum)
{
    const std::vector<std::string> rows = rowLoops(schedule, sum), all = schedule.loopsAround(sum);
    return *std::find_if(all.begin(), all.end(), [&](const std::string& loop) {
        return std::find(rows.begin(), rows.end(), loop) == rows.end();
    });
}

// A partial result for each lane of so many registers, in a buffer of its own.
Status partialResults(Schedule& schedule, const std::string& sum, const std::string& lanes)
{
    const std::vector<std::string> before = schedule.blocks();
    STRATA_CHECK(schedule.step("rfactor", nameText(lanes)));
    for (const std::string& block : schedule.blocks()) {
        if (std::find(before.begin(), before.end(), block) != before.end())
            continue;
        STRATA_CHECK(
            schedule.step("set_scope", nameText(as<Store>(schedule.block(block).body[0])->buffer) + ", local"));
        STRATA_CHECK(schedule.step("vectorize", nameText(lanes)));
        return schedule.step("decompose_reduction", nameText(block) + ", " + nameText(firstOfSum(schedule, block)));
    }
    return bug("The rule for rows finds no partial results of " + sum + ".");
}

// Several registers of sums, so that none waits for the last addition, become one, that the half of it, and so on.
Status addLanes(Schedule& schedule, const std::string& sum, const std::string& iter)
{
    const std::int64_t lanes = schedule.lanes();
    const std::string row = schedule.loopsOf(sum, iter).at(0);
    std::vector<std::string> inside = schedule.loopsAround(sum, row);
    if (!inside.empty()) {
        inside.push_back(row);
        STRATA_CHECK(schedule.step("reorder", nameList(inside)));
    }
    const std::int64_t registers = schedule.extent(row) >= 8 * lanes ? 4 : schedule.extent(row) >= 4 * lanes ? 2 : 1;
    const auto halve = [&](const std::string& loop, std::int64_t width) -> Result<Halves> {
        const std::vector<std::string> before = schedule.loopsAround(sum);
        STRATA_CHECK(schedule.step("split", nameText(loop) + ", [_, " + std::to_string(width) + "]"));
        Halves halves;
        for (const std::string& made : schedule.loopsAround(sum))
            if (std::find(before.begin(), before.end(), made) == before.end())
                (halves.outer.empty() ? halves.outer : halves.inner) = made;
        return halves;
    };
    STRATA_TRY(const Halves terms, halve(row, registers * lanes));
    STRATA_CHECK(partialResults(schedule, sum, terms.inner));
    for (std::int64_t width = registers > 1 ? lanes : lanes / 2; width > 1; width /= 2) {
        STRATA_TRY(const Halves parts, halve(schedule.loopsAround(sum).back(), width));
        STRATA_CHECK(partialResults(schedule, sum, parts.inner));
        STRATA_CHECK(schedule.step("unroll", nameText(parts.outer)));
    }
    return schedule.step("unroll", nameText(schedule.loopsAround(sum).back()));
}

}  // namespace

bool runsAlongRows(const Schedule& schedule)
{
    bool sums = false;
    for (const std::string& block : schedule.blocks())
        if (isReduction(schedule.block(block))) {
            sums = true;
            if (alongRow(schedule, block).empty())
                return false;
        }
    return sums;
}

bool scheduleRows(Schedule& schedule)
{
    if (!runsAlongRows(schedule))
        return false;
    std::vector<std::string> sums, iters;
    const std::vector<std::string> blocks = schedule.blocks();
    for (const std::string& block : blocks)
        if (isReduction(schedule.block(block))) {
            sums.push_back(block);
            iters.push_back(alongRow(schedule, block));
        }
    const std::string last = blocks.back();
    const std::string joined = isUntouched(schedule, last) ? joinRows(schedule, last, sums) : "";
    for (std::size_t i = 0; i < sums.size(); ++i)
        schedule.attempt("row of partial sums", sums[i], [&] { return addLanes(schedule, sums[i], iters[i]); });
    for (const std::string& block : blocks)
        if (isReduction(schedule.block(block)) && joined.empty())
            schedule.attempt("rows", block, [&] { return parallelize(schedule, block); });
        else if (isUntouched(schedule, block))
            scheduleElementwise(schedule, block);
        else if (!isReduction(schedule.block(block)) && !schedule.loopsAround(block, joined).empty())
            schedule.attempt("elementwise", block, [&] { return innermostVectors(schedule, block); });
    if (!joined.empty())
        schedule.attempt("rows", last, [&] { return parallelize(schedule, last); });
    return true;
}

}  // namespace strata::automatic
