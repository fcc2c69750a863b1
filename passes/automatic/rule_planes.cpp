// Convolutions of bytes over few channels that each lie by themselves (a ConvInteger without zero points of a picture's
// colours): the window over all of them becomes one primitive.
//
//     y[i, j, o] += i32(x[c, i * s + ki, j * s + kj]) * i32(w[o, c, ki, kj])
//         ->   w lies in panels of the results' channels
//              for o0, i, j0:
//                  sums[112, 32] = 0
//                  planes_u8_112x32x3x3x3x2(x[0, i * s, j0 * 112 * s], w[o0, 0, 0, 0, 0], sums)
//                  y[i, j0 * 112 .., o0 * 32 ..] = ... of sums
//
// Four channels at most are one step of a dot product, so that more are better off with channels last. Integers come
// out the same in any order: exact.
#include "passes/automatic/tile.h"

#include "core/analysis/dot_product.h"

#include <algorithm>

namespace strata::automatic {

namespace {

struct Convolution {
    Plan plan;
    PlanesProduct product;
    Access weights;
    std::string column, output, plane, windowRow, windowColumn;  // iterators
};

bool findIterators(Convolution& found, const Access& picture)
{
    const std::size_t rank = picture.begin.size();
    if (rank < 3 || found.weights.begin.size() < 4)
        return false;
    const ExprPtr &plane = picture.begin[rank - 3], &row = picture.begin[rank - 2], &column = picture.begin[rank - 1];
    found.plane = summedIn(found.plan, plane);
    found.windowRow = summedIn(found.plan, row);
    found.windowColumn = summedIn(found.plan, column);
    found.column = movesAlong(found.plan, column);
    if (!isVariable(plane, found.plane) || found.windowRow.empty() || found.windowColumn.empty() || found.column.empty()
        || found.windowRow == found.windowColumn)
        return false;
    for (const BlockIter& iter : found.plan.spatial)
        if (isWhole(found.weights, iter.name))
            found.output = iter.name;
    found.product.stride = linear(column).coefficient(found.column);
    found.product.planes = sizeIn(found.plan.reduce, found.plane);
    found.product.height = sizeIn(found.plan.reduce, found.windowRow);
    found.product.width = sizeIn(found.plan.reduce, found.windowColumn);
    const std::set<std::string> summed{found.plane, found.windowRow, found.windowColumn};
    return !found.output.empty() && std::all_of(summed.begin(), summed.end(), [&](const std::string& iter) {
        return isWhole(found.weights, iter);
    }) && std::all_of(found.plan.reduce.begin(), found.plan.reduce.end(), [&](const BlockIter& iter) {
        return sizeOf(iter) == 1 || summed.count(iter.name) != 0;
    });
}

std::optional<Convolution> convolutionOf(const Schedule& schedule, const std::string& block)
{
    std::optional<Plan> plan = planOf(schedule, block);
    if (!plan)
        return std::nullopt;
    const std::optional<Bytes> bytes = productOfBytes(schedule, *plan);
    if (!bytes)
        return std::nullopt;
    Convolution found{std::move(*plan), {}, bytes->right, {}, {}, {}, {}, {}};
    found.product.left = bytes->type;
    const bool fits = findIterators(found, bytes->left) && found.product.planes <= DotProduct::group;
    return fits ? std::optional(std::move(found)) : std::nullopt;
}

// Instructions a result takes: products, what they read, and what brings bytes together before.
double costOf(const Schedule& schedule, const PlanesProduct& product)
{
    constexpr double interleaving = 16, words = 4;
    const double window = double(product.height * product.width), m = double(product.m);
    const double registers = double(registersOfBytes(schedule, product.n));
    std::int64_t together = (schedule.registers() - 7) / 4;  // results that share what is read of the weights
    while (together > 1 && product.m % together != 0)
        --together;
    const double products = window * (words + 1 + words / double(std::max<std::int64_t>(together, 1))),
                 weights = window * interleaving / m,
                 picture = double(product.height * product.columns()) * interleaving / (16 * m);
    return (registers * (products + weights) + picture) / double(product.n);
}

std::string textOf(const PlanesProduct& product)
{
    return "planes for " + std::to_string(product.m) + " results and " + std::to_string(product.n) + " channels";
}

// Tiles that divide the result, the cheapest first.
std::vector<PlanesProduct> planeTiles(const Schedule& schedule, const Convolution& found)
{
    constexpr std::int64_t smallestRegister = 16, mostColumns = 256, mostChannels = 128, mostSums = 1 << 13;
    const std::int64_t columns = sizeIn(found.plan.spatial, found.column),
                       channels = sizeIn(found.plan.spatial, found.output);
    std::vector<PlanesProduct> tiles;
    for (std::int64_t n = smallestRegister; n <= std::min(channels, mostChannels); n += smallestRegister)
        for (std::int64_t m = 2; m <= std::min(columns, mostColumns); ++m) {
            PlanesProduct tile = found.product;
            tile.m = m;
            tile.n = n;
            if (channels % n == 0 && columns % m == 0 && m * n <= mostSums && tile.columns() >= smallestRegister)
                tiles.push_back(tile);
        }
    std::stable_sort(tiles.begin(), tiles.end(), [&](const PlanesProduct& a, const PlanesProduct& b) {
        return costOf(schedule, a) < costOf(schedule, b);
    });
    return tiles;
}

// w in panels of the results' channels: (o, c, i, j) -> (o // 32, c, i, j, o % 32).
std::string weightPanels(const Schedule& schedule, const Convolution& found)
{
    const std::string n = std::to_string(found.product.n);
    std::string variables, output, others;
    std::map<std::string, std::string> window;
    for (std::size_t d = 0; d < schedule.shapeOf(found.weights.buffer).size(); ++d) {
        const std::string v = "i" + std::to_string(d);
        variables += (d ? ", " : "") + v;
        const ExprPtr& index = found.weights.begin[std::min(d, found.weights.begin.size() - 1)];
        const bool isLast = d >= found.weights.begin.size();
        if (!isLast && isVariable(index, found.output))
            output = v;
        else if (!isLast && index->op == Op::Var)
            window[index->name] = v;
        else
            others += v + ", ";
    }
    return "(" + variables + ") -> (" + output + " // " + n + ", " + others + window[found.plane] + ", "
           + window[found.windowRow] + ", " + window[found.windowColumn] + ", " + output + " % " + n + ")";
}

Result<CallLoops> planeLoops(Schedule& schedule, const Convolution& found)
{
    const Plan& plan = found.plan;
    STRATA_TRY(const Halves outputs, split(schedule, plan.block, found.output, found.product.n));
    STRATA_TRY(const Halves columns, split(schedule, plan.block, found.column, found.product.m));
    CallLoops order;
    order.append(order.outer, {outputs.outer});
    for (const BlockIter& iter : plan.spatial)
        if (iter.name != found.output && iter.name != found.column)
            order.append(order.outer, schedule.loopsOf(plan.block, iter.name));
    order.append(order.outer, {columns.outer});
    order.append(order.tile, {columns.inner, outputs.inner});
    for (const std::string& iter : {found.plane, found.windowRow, found.windowColumn})
        order.append(order.tile, schedule.loopsOf(plan.block, iter));
    return order;
}

std::string nameOf(const PlanesProduct& product)
{
    std::string text = std::string("planes_") + name(product.left) + "_" + std::to_string(product.m);
    for (const std::int64_t side : {product.n, product.planes, product.height, product.width, product.stride})
        text += "x" + std::to_string(side);
    return text;
}

}  // namespace

std::vector<std::string> planeTilesOf(const Schedule& schedule, const std::string& block)
{
    std::vector<std::string> texts;
    if (const std::optional<Convolution> found = convolutionOf(schedule, block))
        for (const PlanesProduct& tile : planeTiles(schedule, *found))
            texts.push_back(textOf(tile));
    return texts;
}

bool schedulePlanes(Schedule& schedule, const std::string& block)
{
    std::optional<Convolution> found = convolutionOf(schedule, block);
    if (!found)
        return false;
    const std::optional<PlanesProduct> tile = chosenOf<PlanesProduct>(schedule, block, planeTiles(schedule, *found),
                                                                      textOf);
    if (!tile)
        return false;
    found->product = *tile;
    return schedule.attempt("planes", block, [&]() -> Status {
        STRATA_CHECK(
            schedule.step("transform_layout", nameText(found->weights.buffer) + ", " + weightPanels(schedule, *found)));
        return callForTile(schedule, found->plan, found->output, nameOf(found->product),
                           [&] { return planeLoops(schedule, *found); });
    });
}

}  // namespace strata::automatic
