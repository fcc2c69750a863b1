// What the rules share that hold a tile of sums in registers.
#pragma once

#include "passes/automatic/schedule.h"

#include <algorithm>

namespace strata::automatic {

// A reduction as lowering made it.
struct Plan {
    std::string block, buffer;  // what it updates
    std::vector<BlockIter> spatial, reduce;
    std::vector<Access> reads;  // without the updated element
    Access write;
    std::int64_t work = 0;
};
std::optional<Plan> planOf(const Schedule& schedule, const std::string& name);
std::int64_t sizeOf(const BlockIter& iter);

// i32(left) * i32(right) + sum, where left holds bytes and right constant ones of i8.
struct Bytes {
    Access left, right;
    DType type = DType::I8;  // of left: or u8
};
std::optional<Bytes> productOfBytes(const Schedule& schedule, const Plan& plan);
bool isVariable(const ExprPtr& index, const std::string& iter);
bool isWhole(const Access& access, const std::string& iter);  // one of its indices
// The iterator of the sum that an index is, or moves along by one; what a picture's index moves along besides.
std::string summedIn(const Plan& plan, const ExprPtr& index);
std::string movesAlong(const Plan& plan, const ExprPtr& index);
std::int64_t sizeIn(const std::vector<BlockIter>& iters, const std::string& name);  // 1: it is none of them
// That so many channels of bytes fill, the last ones of half the width and so on.
std::int64_t registersOfBytes(const Schedule& schedule, std::int64_t channels);

// Of tiles, the best first: the one that was decided for the block, else the best; none fits where that is not among
// them.
template<class Tile>
std::optional<Tile> chosenOf(const Schedule& schedule, const std::string& block, const std::vector<Tile>& tiles,
                             std::string (*textOf)(const Tile&))
{
    const std::string decided = schedule.decision(block);
    const auto chosen = std::find_if(tiles.begin(), tiles.end(),
                                     [&](const Tile& tile) { return decided.empty() || textOf(tile) == decided; });
    return chosen == tiles.end() ? std::nullopt : std::optional(*chosen);
}

// What is left of a loop after splitting it: the outer part (may be none) and the inner part.
struct Halves {
    std::string outer, inner;
};
Result<Halves> split(Schedule& schedule, const std::string& block, const std::string& iter, std::int64_t size);

// The elementwise block that alone reads the finished sums, element by element; empty if there is none.
std::string epilogueOf(const Schedule& schedule, const Plan& plan);
// A block that copies finished sums out of registers; empty if there can be none.
Result<std::string> writeThroughCache(Schedule& schedule, Plan& plan);
// The accumulators' last dimension is the one that vectors run along, the dimension that moves with `loop`.
Status turnAccumulators(Schedule& schedule, const Plan& plan, const std::string& loop);
// Vectors along one iterator, the other loops below `outer` unrolled.
Status fillTile(Schedule& schedule, const std::string& block, const std::string& outer, const std::string& vectorIter);
// The name of the iterator in `block` that indexes the same dimension of the buffer as `iter` does in the plan's block.
std::string sameIter(const Schedule& schedule, const Plan& plan, const std::string& iter, const std::string& block);
// The sums start with stores of their own, before loop `first`; those, like the sums, run over the tile below `target`.
Status fillWithInit(Schedule& schedule, const Plan& plan, const std::string& first, const std::string& target,
                    const std::string& vectorIter);
// What reads the sums follows each tile; where one tile is all there is, it does so already.
Result<bool> moveBehind(Schedule& schedule, const std::string& consumer, const std::string& loop);

// The order of the loops around a tile that a primitive computes.
struct CallLoops {
    std::vector<std::string> outer, reduce, tile;
    static void append(std::vector<std::string>& loops, const std::vector<std::string>& names);  // those that there are
    std::vector<std::string> all() const;
};
// The tile becomes one call, its sums a buffer of its size, and what reads them follows. `orderLoops` splits the loops;
// `columns` is the iterator along which sums lie side by side.
Status callForTile(Schedule& schedule, Plan plan, const std::string& columns, const std::string& primitive,
                   const std::function<Result<CallLoops>()>& orderLoops);

}  // namespace strata::automatic
