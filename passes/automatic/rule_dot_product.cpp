// Sums of products of bytes (MatMulInteger, ConvInteger without zero points): a tile of sums becomes a dot product of
// the processor's.
//
//     y[m, n] += i32(a[m, k]) * i32(b[k, n])
//         ->   b lies in panels of columns, in groups of four of k
//              for n0, m0:
//                  sums[4, 32] = 0
//                  dot_u8_4x32x64(a[m0 * 4, 0], b[n0, 0, 0, 0], sums)
//                  y[m0 * 4 .., n0 * 32 ..] = ... of sums
//
// Four neighbours of k are one step, so k has to be the last dimension of a (channels last) and a multiple of four.
// Integers come out the same in any order: exact.
#include "passes/automatic/tile.h"

#include "core/analysis/dot_product.h"

#include <algorithm>

namespace strata::automatic {

namespace {

struct Product {
    Plan plan;
    DotProduct dot;
    Access left, right;
    std::string rows, columns, terms;  // iterators; no rows: a vector times a matrix
};

bool findOperands(const Schedule& schedule, Product& product)
{
    const std::optional<Bytes> bytes = productOfBytes(schedule, product.plan);
    if (!bytes)
        return false;
    product.dot.left = bytes->type;
    product.left = bytes->left;
    product.right = bytes->right;
    return product.left.begin.size() == schedule.shapeOf(product.left.buffer).size() && product.left.begin.size() > 1;
}

// k runs along the last dimension of a, the columns along one of b and the rows along the last but one of a.
bool findIterators(Product& product)
{
    const auto isWhole = [&](const std::string& iter) {
        return std::any_of(product.right.begin.begin(), product.right.begin.end(),
                           [&](const ExprPtr& index) { return isVariable(index, iter); });
    };
    for (const BlockIter& iter : product.plan.reduce)
        if (isVariable(product.left.begin.back(), iter.name) && isWhole(iter.name))
            product.terms = iter.name;
    const ExprPtr& row = product.left.begin[product.left.begin.size() - 2];
    for (const BlockIter& iter : product.plan.spatial) {
        const bool inLeft = std::any_of(product.left.begin.begin(), product.left.begin.end(),
                                        [&](const ExprPtr& index) { return mentions(index, iter.name); });
        if (!inLeft && isWhole(iter.name))
            product.columns = iter.name;
        else if (const std::int64_t stride = linear(row).coefficient(iter.name); stride >= 1 && sizeOf(iter) > 1) {
            product.rows = iter.name;
            product.dot.stride = stride;
        }
    }
    return !product.terms.empty() && !product.columns.empty();
}

std::int64_t extentOf(const Plan& plan, const std::string& iter)
{
    for (const auto* list : {&plan.spatial, &plan.reduce})
        for (const BlockIter& one : *list)
            if (one.name == iter)
                return sizeOf(one);
    return 1;
}

// Registers for so many columns, the last ones perhaps half full.
std::int64_t registersFor(std::int64_t columns, std::int64_t lanes)
{
    std::int64_t registers = columns / lanes;
    for (std::int64_t rest = columns % lanes, width = lanes / 2; rest > 0; width /= 2)
        for (; rest >= width && rest > 0; rest -= width)
            ++registers;
    return registers;
}

// Sums in a cycle: two products and two reads at once, five cycles until a sum takes its next product.
double speedOf(const DotProduct& dot, const Schedule& schedule)
{
    const std::int64_t registers = registersFor(dot.n, schedule.lanes());
    const bool fits = dot.m * registers + 2 * registers + 3 <= schedule.registers();
    const auto products = double(dot.m * registers + (dot.left == DType::I8 ? registers + dot.m : 0)),
               reads = double(registers + dot.m);
    return fits ? double(dot.m * dot.n) / std::max({products / 2, reads / 2, 5.0}) : 0;
}

std::string textOf(const DotProduct& dot)
{
    return "dot products of " + std::to_string(dot.m) + " rows and " + std::to_string(dot.n) + " columns";
}

// Tiles that fit the registers and whose sides divide the result's, the fastest first.
std::vector<DotProduct> tilesFor(const Schedule& schedule, const Product& product)
{
    const std::int64_t rows = extentOf(product.plan, product.rows), columns = extentOf(product.plan, product.columns),
                       terms = extentOf(product.plan, product.terms);
    std::vector<DotProduct> tiles;
    if (terms % DotProduct::group != 0)
        return tiles;
    for (std::int64_t n = DotProduct::group; n <= std::min<std::int64_t>(columns, 64); n += DotProduct::group)
        for (std::int64_t m = 1; m <= std::min<std::int64_t>(rows, 16); ++m) {
            const DotProduct dot{product.dot.left, m, n, terms, m == 1 ? 1 : product.dot.stride};
            if (columns % n == 0 && rows % m == 0 && speedOf(dot, schedule) > 0)
                tiles.push_back(dot);
        }
    std::stable_sort(tiles.begin(), tiles.end(), [&](const DotProduct& a, const DotProduct& b) {
        return speedOf(a, schedule) > speedOf(b, schedule);
    });
    return tiles;
}

std::optional<Product> productOf(const Schedule& schedule, const std::string& block)
{
    std::optional<Plan> plan = planOf(schedule, block);
    if (!plan)
        return std::nullopt;
    Product product;
    product.plan = std::move(*plan);
    return findOperands(schedule, product) && findIterators(product) ? std::optional(product) : std::nullopt;
}

// b in panels of columns, in groups of four terms: (k, n) -> (n // 32, k // 4, n % 32, k % 4).
std::string panels(const Schedule& schedule, const Product& product)
{
    const std::string n = std::to_string(product.dot.n), group = std::to_string(DotProduct::group);
    std::string variables, middle, column, term;
    const auto runsAlong = [&](std::size_t d, const std::string& iter) {
        return d < product.right.begin.size() && isVariable(product.right.begin[d], iter);
    };
    for (std::size_t d = 0; d < schedule.shapeOf(product.right.buffer).size(); ++d) {
        const std::string v = "i" + std::to_string(d);
        variables += (d ? ", " : "") + v;
        if (runsAlong(d, product.columns))
            column = v;
        else if (runsAlong(d, product.terms))
            term = v;
        else
            middle += v + ", ";
    }
    return "(" + variables + ") -> (" + column + " // " + n + ", " + middle + term + " // " + group + ", " + column
           + " % " + n + ", " + term + " % " + group + ")";
}

// Panels stay in the cache while rows pass by; what a window adds up runs around the tile.
Result<CallLoops> orderLoops(Schedule& schedule, const Product& product)
{
    const Plan& plan = product.plan;
    STRATA_TRY(const Halves columns, split(schedule, plan.block, product.columns, product.dot.n));
    STRATA_TRY(const Halves rows, split(schedule, plan.block, product.rows, product.dot.m));
    STRATA_TRY(const Halves terms, split(schedule, plan.block, product.terms, DotProduct::group));
    CallLoops order;
    order.append(order.outer, {columns.outer});
    for (const BlockIter& iter : plan.spatial)
        if (iter.name != product.columns && iter.name != product.rows)
            order.append(order.outer, schedule.loopsOf(plan.block, iter.name));
    order.append(order.outer, {rows.outer});
    for (const BlockIter& iter : plan.reduce)
        if (iter.name != product.terms)
            order.append(order.reduce, schedule.loopsOf(plan.block, iter.name));
    order.append(order.tile, {rows.inner, columns.inner, terms.outer, terms.inner});
    return order;
}

std::string primitiveOf(const DotProduct& dot)
{
    return std::string("dot_") + name(dot.left) + "_" + std::to_string(dot.m) + "x" + std::to_string(dot.n) + "x"
           + std::to_string(dot.k) + (dot.stride > 1 ? "x" + std::to_string(dot.stride) : "");
}

Status apply(Schedule& schedule, Product product)
{
    STRATA_CHECK(schedule.step("transform_layout", nameText(product.right.buffer) + ", " + panels(schedule, product)));
    CallLoops order;
    STRATA_CHECK(
        callForTile(schedule, product.plan, product.columns, primitiveOf(product.dot), [&]() -> Result<CallLoops> {
            STRATA_TRY(order, orderLoops(schedule, product));
            return order;
        }));
    // Short sums stay in registers from one place of the window to the next.
    constexpr std::int64_t mostGroups = 36;
    std::int64_t groups = product.dot.k / DotProduct::group;
    for (const BlockIter& iter : product.plan.reduce)
        groups *= iter.name == product.terms ? 1 : sizeOf(iter);
    for (const std::string& loop : order.reduce)
        if (groups <= mostGroups && schedule.extent(loop) > 1)
            STRATA_CHECK(schedule.offer("unroll", nameText(loop)));
    return {};
}

}  // namespace

std::vector<std::string> dotProductsOf(const Schedule& schedule, const std::string& block)
{
    std::vector<std::string> texts;
    if (const std::optional<Product> product = productOf(schedule, block))
        for (const DotProduct& dot : tilesFor(schedule, *product))
            texts.push_back(textOf(dot));
    return texts;
}

bool scheduleDotProduct(Schedule& schedule, const std::string& block)
{
    std::optional<Product> product = productOf(schedule, block);
    if (!product)
        return false;
    const std::optional<DotProduct> tile = chosenOf<DotProduct>(schedule, block, tilesFor(schedule, *product), textOf);
    if (!tile)
        return false;
    product->dot = *tile;
    return schedule.attempt("dot product", block, [&] { return apply(schedule, *product); });
}

}  // namespace strata::automatic
