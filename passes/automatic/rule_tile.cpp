// Reductions (matrix products, convolutions, pooling, sums over an axis): a tile of results is held in registers while
// the sum runs.
//
// The tile is `rows` x `lanes`: one spatial iterator becomes vectors (its neighbours lie side by side in what is read,
// or can be packed so because it is a constant), another one is unrolled, so that every vector read serves several
// rows. Where no iterator can become vectors, rows alone hide the latency of the additions. The order of each sum stays
// as it is, so all of this is exact.
#include "passes/automatic/tile.h"

#include "core/ir/cpu.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace strata::automatic {

namespace {

// Where the panels of what is packed pass by: all rows for one panel, all panels for the rows along one line of the
// result (a line of a picture, a matrix of a batch), or all panels for one tile of rows.
enum class Panels { Outside, AroundLines, Inside };

struct Tile {
    std::string vectorIter, rowIter;  // empty: none
    std::int64_t lanes = 1, rows = 1;
    std::vector<std::string> pack;  // constant operands to rearrange so that vectorIter comes last
    Panels panels = Panels::Outside;
    double score = 0;

    std::string text() const
    {
        std::string all = vectorIter.empty() ? "" : "vectors of " + std::to_string(lanes) + " along " + vectorIter;
        if (!rowIter.empty())
            all += (all.empty() ? "" : ", ") + std::to_string(rows) + " along " + rowIter;
        return all
               + (panels == Panels::Inside        ? ", panels inside"
                  : panels == Panels::AroundLines ? ", panels around lines"
                                                  : "");
    }
};

// Whether the iterator can run along a vector, what to pack for it, and what its length has to divide (0: anything).
bool canBeVector(const Schedule& schedule, const Plan& plan, const BlockIter& iter, std::vector<std::string>& pack,
                 std::int64_t& panel)
{
    for (const Access& read : plan.reads) {
        const Stride stride = strideOf(read, iter.name);
        if (stride == Stride::None)
            continue;
        if (const std::int64_t packed = panelOf(read, iter.name)) {
            panel = std::gcd(panel, packed);
            continue;
        }
        if (stride == Stride::Contiguous
            && !(read.begin.back()->op == Op::Var && read.begin.size() > 1 && schedule.isConstant(read.buffer)))
            continue;  // side by side already; a constant is packed all the same, so that the sum runs through memory
                       // in order
        if (stride != Stride::Contiguous && (stride != Stride::Single || !schedule.isConstant(read.buffer)))
            return false;
        pack.push_back(read.buffer);
    }
    const Stride written = strideOf(plan.write, iter.name);
    return written == Stride::Contiguous || written == Stride::Single;
}

// Vectors to read for one more term of the sum, and whether a row shares the vectors of the others. `scatters`: each
// lane of a finished vector is stored by itself.
double scoreOf(const Plan& plan, const Tile& tile, int registerLanes, int registers, bool scatters)
{
    const double vectors = std::ceil(double(tile.lanes) / registerLanes),
                 sums = std::max(1.0, vectors) * double(tile.rows);
    double loads = 0;
    for (const Access& read : plan.reads) {
        const bool alongVector = !tile.vectorIter.empty() && strideOf(read, tile.vectorIter) != Stride::None;
        const bool alongRows = !tile.rowIter.empty() && strideOf(read, tile.rowIter) != Stride::None;
        // What runs along the vector is new for every term, and comes from the second cache level; what does not is
        // read again and again.
        loads += (alongVector ? 1.5 * std::max(1.0, vectors) : 1.0) * (alongRows ? double(tile.rows) : 1.0);
    }
    if (sums > 0.75 * registers)
        return 0;  // does not fit into the registers with what is read
    // Eight sums hide the latency of two multiply-add units; 1.5 sums a read keep the two read ports from being the
    // limit.
    const double reached = std::min(sums, 8.0) / 8 * std::min(1.0, sums / loads / 1.5);
    double terms = 1;
    for (const BlockIter& iter : plan.reduce)
        terms *= double(sizeOf(iter));
    const double cycles = terms * sums / 2 / reached, stores = scatters ? double(tile.lanes * tile.rows) - sums : 0;
    return reached * cycles / (cycles + stores) * double(tile.vectorIter.empty() ? 1 : registerLanes);
}

using Tiles = std::vector<Tile>;

// Tiles of a block, as they are found.
struct Search {
    const Plan& plan;
    int registerLanes, registers;
    bool scatters = false;  // vectors along the iterator at hand do not lie in the results as they do in registers
    Tiles tiles;

    void consider(Tile tile, double factor)
    {
        tile.score = scoreOf(plan, tile, registerLanes, registers, scatters) * factor;
        if (tile.score > 0)
            tiles.push_back(std::move(tile));
    }
};

// What part of the lanes is used. The last tile is masked where tiles do not divide what they cover, and its registers
// without any element fall away.
double filled(std::int64_t extent, std::int64_t lanes, std::int64_t registerLanes)
{
    const auto registers = [&](std::int64_t elements) { return (elements + registerLanes - 1) / registerLanes; };
    const std::int64_t count = extent / lanes * registers(lanes) + registers(extent % lanes);
    return (extent % lanes == 0 ? 1 : 0.95) * double(extent) / double(count * registerLanes);
}

void considerRows(Search& search, const Tile& tile, double factor = 1)
{
    search.consider(tile, factor);
    for (auto iter = search.plan.spatial.rbegin(); iter != search.plan.spatial.rend(); ++iter) {
        if (iter->name == tile.vectorIter)
            continue;
        for (std::int64_t rows : {6, 4, 2, 3, 5, 7, 8}) {
            Tile taller = tile;
            taller.rowIter = iter->name;
            taller.rows = rows;
            if (sizeOf(*iter) % rows == 0)
                search.consider(taller, factor);
            else if (rows == 6 && sizeOf(*iter) >= 32)
                search.consider(taller, 0.95 * factor);  // the last rows are guarded
        }
    }
}

// Several registers, with a last tile that is masked where they do not divide the extent; all of a short one; half a
// register where that divides it.
std::vector<std::int64_t> vectorLengths(std::int64_t extent, std::int64_t registerLanes)
{
    std::vector<std::int64_t> lengths;
    for (std::int64_t vectors : {2, 4, 1, 8})
        if (vectors * registerLanes <= extent)
            lengths.push_back(vectors * registerLanes);
    if (extent % registerLanes != 0 && extent <= 4 * registerLanes)
        lengths.push_back(extent);
    if (extent % registerLanes != 0 && extent % (registerLanes / 2) == 0 && registerLanes >= 8)
        lengths.push_back(registerLanes / 2);
    return lengths;
}

// Whether neighbours along the iterator are no neighbours where the finished sums are stored, by the block itself or by
// the epilogue that takes them out of their registers.
bool scattersAlong(const Schedule& schedule, const Plan& plan, const std::string& iter)
{
    const std::string epilogue = epilogueOf(schedule, plan);
    if (epilogue.empty())
        return strideOf(plan.write, iter) != Stride::Contiguous;
    const std::string same = sameIter(schedule, plan, iter, epilogue);
    const std::vector<Access> all = accesses(&schedule.module(), schedule.block(epilogue));
    return std::any_of(all.begin(), all.end(), [&](const Access& access) {
        return access.write && strideOf(access, same) != Stride::Contiguous;
    });
}

Tiles vectorTiles(const Schedule& schedule, const Plan& plan)
{
    Search search{plan, schedule.lanes(), schedule.registers(), false, {}};
    for (const BlockIter& iter : plan.spatial) {
        Tile tile;
        tile.vectorIter = iter.name;
        std::int64_t panel = 0;
        if (!canBeVector(schedule, plan, iter, tile.pack, panel))
            continue;
        search.scatters = scattersAlong(schedule, plan, iter.name);
        for (std::int64_t lanes : vectorLengths(sizeOf(iter), schedule.lanes())) {
            if (panel % lanes != 0)
                continue;
            tile.lanes = lanes;
            considerRows(search, tile, filled(sizeOf(iter), lanes, schedule.lanes()));
        }
    }
    return std::move(search.tiles);
}

// The first of the best.
std::optional<Tile> bestOf(const Tiles& tiles)
{
    std::optional<Tile> best;
    for (const Tile& tile : tiles)
        if (!best || tile.score > best->score + 1e-9)
            best = tile;
    return best;
}

std::string mapToPanels(const Schedule& schedule, const Access& read, const std::string& iter, std::int64_t lanes)
{
    std::string variables, middle, panel;
    for (std::size_t d = 0; d < schedule.shapeOf(read.buffer).size(); ++d) {
        const std::string v = "i" + std::to_string(d);
        variables += (d ? ", " : "") + v;
        if (d < read.begin.size() && read.begin[d]->op == Op::Var && read.begin[d]->name == iter)
            panel = v;
        else
            middle += v + ", ";
    }
    const std::string n = std::to_string(lanes);
    return "(" + variables + ") -> (" + panel + " // " + n + ", " + middle + panel + " % " + n + ")";
}

// Panels of what was packed stay in the cache while rows pass by; vectors along the output come inside of the other
// loops.
struct Order {
    std::vector<std::string> outer, reduce, inner;
    std::vector<std::string> all() const
    {
        std::vector<std::string> loops = outer;
        loops.insert(loops.end(), reduce.begin(), reduce.end());
        loops.insert(loops.end(), inner.begin(), inner.end());
        return loops;
    }
};

// Whether each element of the tile reads something of its own, as in depthwise convolutions and pools: then what is
// read decides the order of the loops, not what is packed.
bool movesWithAll(const Plan& plan, const Tile& tile)
{
    const auto moves = [](const Access& read, const std::string& iter) {
        return iter.empty() || strideOf(read, iter) != Stride::None;
    };
    return !tile.vectorIter.empty() && std::any_of(plan.reads.begin(), plan.reads.end(), [&](const Access& read) {
        return moves(read, tile.vectorIter) && moves(read, tile.rowIter);
    });
}

Result<Order> orderOf(const Schedule& schedule, const Plan& plan, const Tile& tile, const Halves& vector,
                      const Halves& rows)
{
    Order order;
    const auto append = [&](const BlockIter& iter, std::vector<std::string>& loops) -> Status {
        const std::vector<std::string> own = schedule.loopsOf(plan.block, iter.name);
        if (own.size() != 1)
            return refused(say("Iterator {} of {} has no loop of its own.", iter.name, plan.block));
        loops.push_back(own[0]);
        return {};
    };
    for (const BlockIter& iter : plan.spatial)
        if (iter.name != tile.vectorIter && iter.name != tile.rowIter)
            STRATA_CHECK(append(iter, order.outer));
    const bool ownData = movesWithAll(plan, tile);
    if (!rows.outer.empty() && ownData)
        order.outer.push_back(rows.outer);
    const bool outermost = tile.panels == Panels::Outside && !tile.pack.empty() && !ownData;
    if (!vector.outer.empty())
        order.outer.insert(outermost ? order.outer.begin() : order.outer.end(), vector.outer);
    if (!rows.outer.empty() && !ownData)
        order.outer.push_back(rows.outer);
    if (tile.panels == Panels::Inside)
        std::stable_partition(order.outer.begin(), order.outer.end(),
                              [&](const std::string& loop) { return loop != vector.outer; });
    for (const BlockIter& iter : plan.reduce)
        STRATA_CHECK(append(iter, order.reduce));
    for (const std::string& loop : {rows.inner, vector.inner})
        if (!loop.empty())
            order.inner.push_back(loop);
    return order;
}

Status pack(Schedule& schedule, const Plan& plan, const Tile& tile)
{
    for (const Access& read : plan.reads)
        if (std::find(tile.pack.begin(), tile.pack.end(), read.buffer) != tile.pack.end())
            STRATA_CHECK(
                schedule.step("transform_layout",
                              nameText(read.buffer) + ", " + mapToPanels(schedule, read, tile.vectorIter, tile.lanes)));
    return {};
}

Status apply(Schedule& schedule, Plan plan, const Tile& tile)
{
    STRATA_CHECK(pack(schedule, plan, tile));
    std::string consumer = epilogueOf(schedule, plan);
    const bool ownBuffer = !consumer.empty();
    if (consumer.empty()) {
        STRATA_TRY(consumer, writeThroughCache(schedule, plan));
    }
    const std::string along = consumer.empty() ? "" : sameIter(schedule, plan, tile.vectorIter, consumer);
    STRATA_TRY(const Halves vector, split(schedule, plan.block, tile.vectorIter, tile.lanes));
    STRATA_TRY(const Halves rows, split(schedule, plan.block, tile.rowIter, tile.rows));
    STRATA_TRY(const Order order, orderOf(schedule, plan, tile, vector, rows));
    if (order.all() != schedule.loopsAround(plan.block))
        STRATA_CHECK(schedule.step("reorder", nameList(order.all())));
    const std::string target = order.outer.empty() ? "" : order.outer.back();
    STRATA_TRY(const bool moved, moveBehind(schedule, consumer, target));
    if (moved && ownBuffer)
        STRATA_CHECK(schedule.offer("set_scope", nameText(plan.buffer) + ", local"));
    if (!vector.inner.empty())
        STRATA_CHECK(turnAccumulators(schedule, plan, vector.inner));
    STRATA_CHECK(fillWithInit(schedule, plan, order.reduce.front(), target, tile.vectorIter));
    if (!vector.inner.empty())
        STRATA_CHECK(schedule.step("vectorize", nameText(vector.inner)));
    if (!rows.inner.empty())
        STRATA_CHECK(schedule.step("unroll", nameText(rows.inner)));
    if (!consumer.empty())
        STRATA_CHECK(fillTile(schedule, consumer, target, along));
    return parallelize(schedule, plan.block);
}

// Tries the best tile; where a step of it is refused, the best of those that use other iterators, and so on. The first
// refusal is the one to report if none can be applied.
Status applyBest(Schedule& schedule, const Plan& plan, Tiles tiles)
{
    std::optional<Error> first;
    while (const std::optional<Tile> tile = bestOf(tiles)) {
        const std::string rule = tile->lanes > 1 ? "register tile" : "rows together";
        const Status applied = schedule.attempt(rule, [&] { return apply(schedule, plan, *tile); });
        if (applied || applied.error().kind == ErrorKind::Bug)
            return applied;
        if (!first)
            first = applied.error();
        std::erase_if(tiles, [&](const Tile& other) {
            return other.vectorIter == tile->vectorIter && other.rowIter == tile->rowIter;
        });
    }
    return first ? Status(*first) : Status();
}

std::int64_t bytesOf(const Schedule& schedule, const std::string& buffer)
{
    std::int64_t bytes = 4;
    for (const std::int64_t size : schedule.shapeOf(buffer))
        bytes *= size;
    return bytes;
}

// Whether the results have lines beside those that the tile runs along: of a picture, of matrices in a batch.
bool hasLines(const Plan& plan, const Tile& tile)
{
    return std::any_of(plan.spatial.begin(), plan.spatial.end(), [&](const BlockIter& iter) {
        return iter.name != tile.vectorIter && iter.name != tile.rowIter && sizeOf(iter) > 1;
    });
}

// Panels that all stay in the cache, beside data that do not: then these pass by once, line by line, instead of once
// for each panel.
Panels placeOfPanels(const Schedule& schedule, const Plan& plan, const Tile& tile)
{
    std::int64_t packed = 0, passing = bytesOf(schedule, plan.buffer);
    for (const Access& read : plan.reads) {
        const bool isPacked = std::find(tile.pack.begin(), tile.pack.end(), read.buffer) != tile.pack.end();
        (isPacked ? packed : passing) += bytesOf(schedule, read.buffer);
    }
    // Of the second cache level a half may be taken for what stays.
    const std::int64_t cacheBytes = cachesOf(schedule.module().target).l2Bytes;
    return hasLines(plan, tile) && packed <= cacheBytes / 2 && passing > cacheBytes ? Panels::AroundLines
                                                                                    : Panels::Outside;
}

// All that fit the registers, the rule's own order of loops first; the others have no score, so that somebody has to
// decide for them.
Tiles tilesFor(const Schedule& schedule, const Plan& plan)
{
    Tiles tiles = vectorTiles(schedule, plan);
    if (tiles.empty()) {
        Search rows{plan, 1, schedule.registers(), false, {}};
        considerRows(rows, Tile{});
        return std::move(rows.tiles);
    }
    for (Tile& tile : tiles)
        if (!tile.pack.empty())
            tile.panels = placeOfPanels(schedule, plan, tile);
    Tiles all = tiles;
    for (const Tile& tile : tiles)
        for (const Panels other : {Panels::Inside, Panels::AroundLines, Panels::Outside})
            if (!tile.pack.empty() && other != tile.panels && (other != Panels::AroundLines || hasLines(plan, tile))) {
                all.push_back(tile);
                all.back().panels = other;
                all.back().score = 0;
            }
    return all;
}

std::optional<Plan> worthATile(const Schedule& schedule, const std::string& block)
{
    const std::optional<Plan> plan = planOf(schedule, block);
    return plan && plan->work >= 256 && !plan->reduce.empty() ? plan : std::nullopt;
}

}  // namespace

bool hasVectorTiles(const Schedule& schedule, const std::string& block)
{
    const std::optional<Plan> plan = worthATile(schedule, block);
    return plan && !vectorTiles(schedule, *plan).empty();
}

std::vector<std::string> tilesOf(const Schedule& schedule, const std::string& block)
{
    std::vector<std::string> texts;
    if (const std::optional<Plan> plan = worthATile(schedule, block))
        for (const Tile& tile : tilesFor(schedule, *plan))
            texts.push_back(tile.text());
    return texts;
}

void scheduleTile(Schedule& schedule, const std::string& block)
{
    const std::optional<Plan> plan = worthATile(schedule, block);
    if (!plan)
        return;
    Tiles tiles = tilesFor(schedule, *plan);
    if (const std::string decided = schedule.decision(block); !decided.empty())
        std::erase_if(tiles, [&](const Tile& tile) { return tile.text() != decided; });
    else
        std::erase_if(tiles, [](const Tile& tile) { return tile.score == 0; });
    const Status applied = applyBest(schedule, *plan, tiles);
    if (!applied)
        schedule.report("register tile", block, applied.error());
}

}  // namespace strata::automatic
