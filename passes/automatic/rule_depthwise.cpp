// Windows of bytes that slide over each channel by itself (a depthwise ConvInteger without zero points, channels last):
// the window becomes a primitive, which adds up four rows of it at once.
//
//     y[i, j, c] += i32(x[i * s + ki, j * s + kj, c]) * i32(w[c, ki, kj])
//         ->   w lies in panels of channels
//              for c0, i, j0:
//                  sums[14, 64] = 0
//                  depthwise_u8_14x64x3x3x1(x[i * s, j0 * 14 * s, c0 * 64], w[c0, 0, 0, 0], sums)
//                  y[i, j0 * 14 .., c0 * 64 ..] = ... of sums
//
// A border around the picture stays a copy of it, since the primitive reads whole boxes. Integers come out the same in
// any order: exact.
#include "passes/automatic/tile.h"

#include "core/analysis/dot_product.h"

#include <algorithm>

namespace strata::automatic {

namespace {

constexpr std::int64_t channelsInStep = 16;  // the smallest register

struct SlidingProduct {
    Plan plan;
    DepthwiseProduct product;
    Access weights;
    std::string column, channel, windowRow, windowColumn;  // iterators
};

bool findIterators(SlidingProduct& found, const Access& picture)
{
    const std::size_t rank = picture.begin.size();
    if (rank < 3 || found.weights.begin.size() < 3)
        return false;
    const ExprPtr &row = picture.begin[rank - 3], &column = picture.begin[rank - 2], &channel = picture.begin[rank - 1];
    found.windowRow = summedIn(found.plan, row);
    found.windowColumn = summedIn(found.plan, column);
    found.column = movesAlong(found.plan, column);
    found.channel = movesAlong(found.plan, channel);
    if (found.windowRow.empty() || found.windowColumn.empty() || found.windowRow == found.windowColumn
        || found.column.empty() || !isVariable(channel, found.channel))
        return false;
    found.product.stride = linear(column).coefficient(found.column);
    found.product.height = sizeIn(found.plan.reduce, found.windowRow);
    found.product.width = sizeIn(found.plan.reduce, found.windowColumn);
    const bool sumsWindowOnly = std::all_of(
        found.plan.reduce.begin(), found.plan.reduce.end(), [&](const BlockIter& iter) {
            return sizeOf(iter) == 1 || iter.name == found.windowRow || iter.name == found.windowColumn;
        });
    return sumsWindowOnly && isWhole(found.weights, found.channel) && isWhole(found.weights, found.windowRow)
           && isWhole(found.weights, found.windowColumn);
}

std::optional<SlidingProduct> slidingProductOf(const Schedule& schedule, const std::string& block)
{
    std::optional<Plan> plan = planOf(schedule, block);
    if (!plan)
        return std::nullopt;
    const std::optional<Bytes> bytes = productOfBytes(schedule, *plan);
    if (!bytes)
        return std::nullopt;
    SlidingProduct found{std::move(*plan), {}, bytes->right, {}, {}, {}, {}};
    found.product.left = bytes->type;
    return findIterators(found, bytes->left) ? std::optional(std::move(found)) : std::nullopt;
}

// Instructions a result takes. A register of channels takes as many whether it is full or not; a column of the picture
// is interleaved once for all results in a tile whose windows it is in.
double costOf(const Schedule& schedule, const DepthwiseProduct& product)
{
    constexpr double interleaving = 12, products = 4;  // of four rows in a column
    const std::int64_t registers = registersOfBytes(schedule, product.n);
    const auto rows = double((product.height + DotProduct::group - 1) / DotProduct::group);
    return double(registers) * rows
           * (interleaving * double(product.columns()) + products * double(product.width * product.m))
           / double(product.m * product.n);
}

std::string textOf(const DepthwiseProduct& product)
{
    return "windows of " + std::to_string(product.m) + " results and " + std::to_string(product.n) + " channels";
}

// Tiles that divide the result, the cheapest first.
std::vector<DepthwiseProduct> tilesFor(const Schedule& schedule, const SlidingProduct& found)
{
    constexpr std::int64_t widest = 16, mostChannels = 256, mostProducts = 1 << 16;
    const std::int64_t columns = sizeIn(found.plan.spatial, found.column),
                       channels = sizeIn(found.plan.spatial, found.channel);
    std::vector<DepthwiseProduct> tiles;
    for (std::int64_t n = channelsInStep; n <= std::min(channels, mostChannels); n += channelsInStep)
        for (std::int64_t m = std::min(columns, widest); m >= 1; --m) {
            DepthwiseProduct tile = found.product;
            tile.m = m;
            tile.n = n;
            tile.stride = m == 1 ? 1 : tile.stride;
            if (channels % n == 0 && columns % m == 0 && m * n * tile.height * tile.width <= mostProducts)
                tiles.push_back(tile);
        }
    std::stable_sort(tiles.begin(), tiles.end(), [&](const DepthwiseProduct& a, const DepthwiseProduct& b) {
        return costOf(schedule, a) < costOf(schedule, b);
    });
    return tiles;
}

// w in panels of channels: (c, i, j) -> (c // 64, i, j, c % 64).
std::string panelsOf(const Schedule& schedule, const SlidingProduct& found)
{
    const std::string n = std::to_string(found.product.n);
    std::string variables, channel, row, column, others;
    for (std::size_t d = 0; d < schedule.shapeOf(found.weights.buffer).size(); ++d) {
        const std::string v = "i" + std::to_string(d);
        const auto is = [&](const std::string& iter) {
            return d < found.weights.begin.size() && isVariable(found.weights.begin[d], iter);
        };
        variables += (d ? ", " : "") + v;
        (is(found.channel)     ? channel
         : is(found.windowRow) ? row
         : is(found.windowColumn)
             ? column
             : others) += is(found.channel) || is(found.windowRow) || is(found.windowColumn) ? v : v + ", ";
    }
    return "(" + variables + ") -> (" + channel + " // " + n + ", " + others + row + ", " + column + ", " + channel
           + " % " + n + ")";
}

Result<CallLoops> loopsFor(Schedule& schedule, const SlidingProduct& found)
{
    const Plan& plan = found.plan;
    STRATA_TRY(const Halves channels, split(schedule, plan.block, found.channel, found.product.n));
    STRATA_TRY(const Halves columns, split(schedule, plan.block, found.column, found.product.m));
    CallLoops order;
    order.append(order.outer, {channels.outer});
    for (const BlockIter& iter : plan.spatial)
        if (iter.name != found.channel && iter.name != found.column)
            order.append(order.outer, schedule.loopsOf(plan.block, iter.name));
    order.append(order.outer, {columns.outer});
    for (const BlockIter& iter : plan.reduce)
        if (iter.name != found.windowRow && iter.name != found.windowColumn)
            order.append(order.reduce, schedule.loopsOf(plan.block, iter.name));
    order.append(order.tile, {columns.inner, channels.inner});
    for (const std::string& iter : {found.windowRow, found.windowColumn})
        order.append(order.tile, schedule.loopsOf(plan.block, iter));
    return order;
}

std::string primitiveFor(const DepthwiseProduct& product)
{
    std::string text = std::string("depthwise_") + name(product.left) + "_" + std::to_string(product.m);
    for (const std::int64_t side : {product.n, product.height, product.width, product.stride})
        text += "x" + std::to_string(side);
    return text;
}

Status callWindows(Schedule& schedule, const SlidingProduct& found)
{
    STRATA_CHECK(schedule.step("transform_layout", nameText(found.weights.buffer) + ", " + panelsOf(schedule, found)));
    return callForTile(schedule, found.plan, found.channel, primitiveFor(found.product),
                       [&] { return loopsFor(schedule, found); });
}

}  // namespace

bool isDepthwise(const Schedule& schedule, const std::string& block)
{
    const std::optional<SlidingProduct> found = slidingProductOf(schedule, block);
    return found && !tilesFor(schedule, *found).empty();
}

std::vector<std::string> depthwiseTilesOf(const Schedule& schedule, const std::string& block)
{
    std::vector<std::string> texts;
    if (const std::optional<SlidingProduct> found = slidingProductOf(schedule, block))
        for (const DepthwiseProduct& tile : tilesFor(schedule, *found))
            texts.push_back(textOf(tile));
    return texts;
}

bool scheduleDepthwise(Schedule& schedule, const std::string& block)
{
    std::optional<SlidingProduct> found = slidingProductOf(schedule, block);
    if (!found)
        return false;
    const std::optional<DepthwiseProduct> tile = chosenOf<DepthwiseProduct>(schedule, block, tilesFor(schedule, *found),
                                                                            textOf);
    if (!tile)
        return false;
    found->product = *tile;
    return schedule.attempt("depthwise", block, [&] { return callWindows(schedule, *found); });
}

}  // namespace strata::automatic
