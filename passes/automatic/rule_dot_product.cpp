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

bool isVariable(const ExprPtr& index, const std::string& iter) { return index->op == Op::Var && index->name == iter; }

// i32(a) * i32(b) + sum.
bool multipliesBytes(const Store& store)
{
    const auto isWidened = [](const ExprPtr& e) {
        return e->op == Op::Cast && e->type == DType::I32 && e->args[0]->op == Op::Load;
    };
    const ExprPtr& e = store.value;
    return e->op == Op::Fma && e->type == DType::I32 && isWidened(e->args[0]) && isWidened(e->args[1])
           && e->args[2]->op == Op::Load && e->args[2]->name == store.buffer;
}

DType typeOf(const Schedule& schedule, const std::string& buffer)
{
    for (const Buffer& known : buffers(schedule.function()))
        if (known.name == buffer)
            return known.type.dtype;
    return DType::Bool;
}

bool findOperands(const Schedule& schedule, Product& product)
{
    const Store store = *as<Store>(schedule.block(product.plan.block).body[0]);
    if (!multipliesBytes(store) || product.plan.reads.size() != 2)
        return false;
    const std::string left = store.value->args[0]->args[0]->name, right = store.value->args[1]->args[0]->name;
    for (const Access& read : product.plan.reads)
        (read.buffer == left ? product.left : product.right) = read;
    product.dot.left = typeOf(schedule, left);
    return left != right && (product.dot.left == DType::I8 || product.dot.left == DType::U8)
           && typeOf(schedule, right) == DType::I8 && schedule.isConstant(right)
           && product.left.begin.size() == schedule.shapeOf(left).size() && product.left.begin.size() > 1;
}

// k runs along the last dimension of a, the columns along one of b and the rows along the last but one of a, in steps
// of one.
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
        else if (linear(row).coefficient(iter.name) == 1 && sizeOf(iter) > 1)
            product.rows = iter.name;
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
            const DotProduct dot{product.dot.left, m, n, terms};
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

struct DotLoops {
    std::vector<std::string> outer, reduce, tile;
};

// Panels stay in the cache while rows pass by; what a window adds up runs around the tile.
Result<DotLoops> orderLoops(Schedule& schedule, const Product& product)
{
    const Plan& plan = product.plan;
    STRATA_TRY(const Halves columns, split(schedule, plan.block, product.columns, product.dot.n));
    STRATA_TRY(const Halves rows, split(schedule, plan.block, product.rows, product.dot.m));
    STRATA_TRY(const Halves terms, split(schedule, plan.block, product.terms, DotProduct::group));
    DotLoops order;
    const auto append = [](const std::string& loop, std::vector<std::string>& loops) {
        if (!loop.empty())
            loops.push_back(loop);
    };
    append(columns.outer, order.outer);
    for (const BlockIter& iter : plan.spatial)
        if (iter.name != product.columns && iter.name != product.rows)
            for (const std::string& loop : schedule.loopsOf(plan.block, iter.name))
                append(loop, order.outer);
    append(rows.outer, order.outer);
    for (const BlockIter& iter : plan.reduce)
        if (iter.name != product.terms)
            for (const std::string& loop : schedule.loopsOf(plan.block, iter.name))
                append(loop, order.reduce);
    for (const std::string& loop : {rows.inner, columns.inner, terms.outer, terms.inner})
        append(loop, order.tile);
    std::vector<std::string> all = order.outer;
    all.insert(all.end(), order.reduce.begin(), order.reduce.end());
    all.insert(all.end(), order.tile.begin(), order.tile.end());
    if (all != schedule.loopsAround(plan.block))
        STRATA_CHECK(schedule.step("reorder", nameList(all)));
    return order;
}

std::string primitiveOf(const DotProduct& dot)
{
    return std::string("dot_") + name(dot.left) + "_" + std::to_string(dot.m) + "x" + std::to_string(dot.n) + "x"
           + std::to_string(dot.k);
}

// The tile as one call. Returns the block around it.
Result<std::string> callPrimitive(Schedule& schedule, const Product& product, const std::string& tile)
{
    const std::vector<std::string> before = schedule.blocks();
    STRATA_CHECK(schedule.step("blockize", nameText(tile)));
    for (const std::string& block : schedule.blocks())
        if (std::find(before.begin(), before.end(), block) == before.end()) {
            STRATA_CHECK(schedule.step("tensorize", nameText(block) + ", " + primitiveOf(product.dot)));
            return block;
        }
    return bug("The rule for dot products finds no block around its tile.");
}

Status apply(Schedule& schedule, Product product)
{
    Plan& plan = product.plan;
    STRATA_CHECK(schedule.step("transform_layout", nameText(product.right.buffer) + ", " + panels(schedule, product)));
    std::string consumer = epilogueOf(schedule, plan);
    const bool ownBuffer = !consumer.empty();
    if (consumer.empty()) {
        STRATA_TRY(consumer, writeThroughCache(schedule, plan));
    }
    const std::string along = consumer.empty() ? "" : sameIter(schedule, plan, product.columns, consumer);
    STRATA_TRY(const DotLoops order, orderLoops(schedule, product));
    const std::string target = order.outer.empty() ? "" : order.outer.back();
    STRATA_TRY(const bool moved, moveBehind(schedule, consumer, target));
    if (moved && ownBuffer)
        STRATA_CHECK(schedule.offer("set_scope", nameText(plan.buffer) + ", local"));
    const std::vector<std::string> columns = schedule.loopsOf(plan.block, product.columns, target);
    if (columns.size() == 1)
        STRATA_CHECK(turnAccumulators(schedule, plan, columns[0]));
    const std::string first = order.reduce.empty() ? order.tile.front() : order.reduce.front();
    STRATA_CHECK(fillWithInit(schedule, plan, first, target, product.columns));
    if (!consumer.empty())
        STRATA_CHECK(fillTile(schedule, consumer, target, along));
    STRATA_TRY(const std::string block, callPrimitive(schedule, product, order.tile.front()));
    return parallelize(schedule, block);
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
    std::vector<DotProduct> tiles = tilesFor(schedule, *product);
    if (const std::string decided = schedule.decision(block); !decided.empty())
        std::erase_if(tiles, [&](const DotProduct& dot) { return textOf(dot) != decided; });
    if (tiles.empty())
        return false;
    product->dot = tiles.front();
    return schedule.attempt("dot product", block, [&] { return apply(schedule, *product); });
}

}  // namespace strata::automatic
