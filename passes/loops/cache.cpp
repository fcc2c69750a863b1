// Copies of a buffer, before its readers or after its writer: where they go, how large they are, and the loops that
// make them.
//
//     for i: a[i] = f(i)                for i: a[i] = f(i)
//     for j: y[j] = g(a[j])      ->     for c: a_cache[c] = a[c]
//                                       for j: y[j] = g(a_cache[j])
//
// The place is the outermost list of statements in which the buffer is visible and nothing that matters stands between
// copy and block: for a read no writer, for a write no other user. There the copy sees the values that the block saw.
// The box is what the block touches in one run of that list, over-approximated (regions never miss an element); loops
// may run beyond the buffer's end at the edge, which a predicate cuts off. TVM: cache_read, cache_write.
#include "passes/loops/cache.h"

#include "core/analysis/accesses.h"
#include "core/index/sizes.h"
#include "passes/loops/place.h"

#include <algorithm>

namespace strata::loops {

namespace {

bool holds(const StmtPtr& stmt, const std::function<bool(const StmtPtr&)>& wanted)
{
    bool found = false;
    walk({stmt}, [&](const StmtPtr& inner) { found = found || wanted(inner); });
    return found;
}

bool holdsBlock(const StmtPtr& stmt, const std::string& name)
{
    return holds(stmt, [&](const StmtPtr& inner) { return as<Block>(inner) && as<Block>(inner)->name == name; });
}

bool holdsAlloc(const StmtPtr& stmt, const std::string& name)
{
    return holds(stmt, [&](const StmtPtr& inner) { return as<Alloc>(inner) && as<Alloc>(inner)->buffer.name == name; });
}

}  // namespace

Result<Place> placeFor(const Function& function, const std::string& block, const std::string& buffer,
                       const std::vector<std::string>& others)
{
    Place place;
    const Body* list = &function.loops()->body;
    for (;;) {
        const auto child = std::find_if(list->begin(), list->end(),
                                        [&](const StmtPtr& stmt) { return holdsBlock(stmt, block); });
        place.position = std::size_t(child - list->begin());
        const auto inside = std::find_if(others.begin(), others.end(),
                                         [&](const std::string& name) { return holdsBlock(*child, name); });
        const bool visible = !holdsAlloc(*child, buffer);
        if (visible && inside == others.end())
            return place;
        const Loop* loop = as<Loop>(*child);
        const std::vector<Cursor> nodes{blockCursor(function, block), bufferCursor(function, buffer)};
        const std::string where = loop ? "vectorized loop" : "block";
        if ((!loop || loop->kind == LoopKind::Vectorized) && !visible)
            return refused(say("Buffer {} lives in a {}, in which there is no room for a copy.", buffer, where), nodes);
        if (!loop || loop->kind == LoopKind::Vectorized)
            return refused(say("Blocks {} and {} touch {} in one {}, in which there is no room for a copy.", block,
                               *inside, buffer, where),
                           nodes);
        place.loop = loop->name;
        list = &loop->body;
    }
}

namespace {

// The iterator of one dimension: 0 .. extent-1 from a constant beginning, or an index of the whole dimension where the
// beginning depends on loops.
struct CopyIndex {
    BlockIter iter;
    ExprPtr index;
    std::vector<ExprPtr> conditions;
};

CopyIndex copyIndex(const Copy& copy, std::size_t d, const ExprPtr& loop, const Premises& premises)
{
    const std::string name = "v" + copy.dimensions[d];
    const ExprPtr& begin = copy.box.begin[d];
    if (isConst(begin))
        return {{name, IterKind::Spatial, copy.box.extent[d], loop}, var(name) + begin, {}};
    const ExprPtr size = toExpr(copy.shape[d]), binding = simplify(begin + loop, premises.ranges);
    CopyIndex result{{name, IterKind::Spatial, size, binding}, var(name), {}};
    if (!plainlyNotNegative(binding, premises))
        result.conditions.push_back(binary(Op::Le, intConst(0), binding));
    if (!plainlyNotNegative(size - 1 - binding, premises))
        result.conditions.push_back(binary(Op::Lt, binding, size));
    return result;
}

}  // namespace

CopyNest copyNest(const Copy& copy, DType type, Names& names)
{
    CopyNest nest;
    Block block;
    block.name = copy.block;
    std::vector<ExprPtr> indices, conditions;
    std::vector<Loop> loops;
    Premises premises = copy.premises;
    for (std::size_t d = 0; d < copy.box.begin.size(); ++d) {
        const ExprPtr extent = simplify(copy.box.extent[d], {});
        if (isConst(extent, 1) && isConst(copy.box.begin[d])) {
            indices.push_back(copy.box.begin[d]);
            continue;
        }
        ExprPtr variable = intConst(0);
        if (const auto count = number(extent); !count || *count > 1) {
            Loop loop;
            loop.name = names.fresh(copy.dimensions[d] + "_" + copy.block);
            loop.extent = extent;
            enter(premises, loop.name, extent);
            variable = var(loop.name);
            nest.loops.push_back(loop.name);
            loops.push_back(std::move(loop));
        }
        CopyIndex index = copyIndex(copy, d, variable, premises);
        block.iters.push_back(std::move(index.iter));
        indices.push_back(index.index);
        conditions.insert(conditions.end(), index.conditions.begin(), index.conditions.end());
    }
    block.predicate = conjunction(conditions);
    block.body = {makeStmt(Store{copy.target, indices, load(copy.source, type, indices)})};
    nest.stmt = makeStmt(std::move(block));
    for (std::size_t i = loops.size(); i-- > 0;) {
        loops[i].body = {nest.stmt};
        nest.stmt = makeStmt(std::move(loops[i]));
    }
    return nest;
}

namespace {

// Of a dimension that is a size all of it.
Region boxOfAll(const Module& module, const Block& block, const Buffer& buffer, bool write)
{
    std::vector<std::int64_t> shape;
    for (const Dim& dim : buffer.type.shape)
        shape.push_back(dim.isConstant() ? dim.constant() : 0);
    std::vector<std::int64_t> low = shape, high(shape.size(), -1);
    for (const Access& access : accesses(&module, block)) {
        if (access.buffer != buffer.name || access.write != write)
            continue;
        Ranges ranges = iterRanges(block);
        ranges.insert(access.inner.begin(), access.inner.end());
        for (std::size_t d = 0; d < shape.size(); ++d) {
            const auto range = bounds(access.begin[d], ranges);
            low[d] = std::max<std::int64_t>(0, range ? std::min(low[d], range->first) : 0);
            high[d] = std::min(shape[d] - 1,
                               range ? std::max(high[d], range->second + access.extent[d] - 1) : shape[d] - 1);
        }
    }
    Region box{buffer.name, {}, {}};
    for (std::size_t d = 0; d < shape.size(); ++d) {
        const bool isNumber = buffer.type.shape[d].isConstant();
        box.begin.push_back(intConst(isNumber ? low[d] : 0));
        box.extent.push_back(isNumber ? intConst(high[d] - low[d] + 1) : toExpr(buffer.type.shape[d]));
    }
    return box;
}

}  // namespace

Result<Region> boxOf(const Module& module, const Function& function, const Block& block, const Buffer& buffer,
                     const Place& place, bool write)
{
    if (place.loop.empty())
        return boxOfAll(module, block, buffer, write);
    if (block.predicate)
        return refused(say("Block {} has a predicate, so it is not sure which part of {} it touches in one "
                           "iteration of loop {}.",
                           block.name, buffer.name, place.loop),
                       {blockCursor(function, block.name), bufferCursor(function, buffer.name)},
                       "Make the copy before the split that does not divide.");
    std::set<std::string> own = blocksInside(block);
    own.insert(block.name);
    return *touchedBelow(module, function, *findLoop(function, place.loop)->loop(), buffer.name, !write, write, own);
}

Premises premisesAt(const Function& function, const Place& place)
{
    if (place.loop.empty())
        return premisesAround(function, {});
    const Located loop = *findLoop(function, place.loop);
    Premises premises = premisesAround(function, loop.ancestors);
    enter(premises, place.loop, loop.loop()->extent);
    return premises;
}

std::vector<std::string> dimensionNames(const Block& block, const Buffer& buffer)
{
    std::vector<std::string> result;
    for (const Access& access : accesses(nullptr, block)) {
        if (access.buffer != buffer.name || !result.empty())
            continue;
        for (std::size_t d = 0; d < access.begin.size(); ++d) {
            const std::vector<std::string> used = freeVariables(access.begin[d]);
            const bool plain = used.size() == 1 && used[0].size() > 1 && used[0][0] == 'v';
            const std::string name = plain ? used[0].substr(1) : "ax" + std::to_string(d);
            result.push_back(std::find(result.begin(), result.end(), name) == result.end() ? name
                                                                                           : "ax" + std::to_string(d));
        }
    }
    return result;
}

namespace {

Body redirectedBody(const Body& body, const std::string& from, const std::string& to, bool writes)
{
    const Body reads = transformExprs(body, [&](const ExprPtr& e) {
        return transform(e, [&](const ExprPtr& node) -> ExprPtr {
            return node->op == Op::Load && node->name == from ? load(to, node->type, node->args) : nullptr;
        });
    });
    return transform(reads, [&](const StmtPtr& stmt) -> std::optional<Body> {
        if (const Store* store = as<Store>(stmt); store && writes && store->buffer == from)
            return Body{makeStmt(Store{to, store->indices, store->value})};
        const IntrinsicCall* call = as<IntrinsicCall>(stmt);
        if (!call)
            return std::nullopt;
        IntrinsicCall copy = *call;
        for (std::size_t i = 0; i < copy.arguments.size(); ++i)
            if (copy.arguments[i].buffer == from && (writes || i + 1 < copy.arguments.size()))
                copy.arguments[i].buffer = to;
        return Body{makeStmt(std::move(copy))};
    });
}

void redirectRegions(std::optional<std::vector<Region>>& regions, const std::string& from, const std::string& to)
{
    if (regions)
        for (Region& region : *regions)
            if (region.buffer == from)
                region.buffer = to;
}

}  // namespace

Block redirected(Block block, const std::string& from, const std::string& to, bool writes)
{
    block.init = redirectedBody(block.init, from, to, writes);
    block.body = redirectedBody(block.body, from, to, writes);
    redirectRegions(block.reads, from, to);
    if (writes)
        redirectRegions(block.writes, from, to);
    return block;
}

Result<Buffer> cacheBuffer(const Function& function, const Arguments& arguments, const Buffer& buffer, Names& names)
{
    Buffer cache = buffer;
    cache.scope = scopeOf(arguments);
    const std::string suffix = cache.scope == Scope::Global ? "cache" : name(cache.scope);
    const std::string memory = memoryName(arguments);
    STRATA_TRY(cache.name,
               names.argumentOr(function, arguments, "name", memory.empty() ? buffer.name + "_" + suffix : memory));
    return cache;
}

std::string freshBlock(const Function& function, const std::string& base)
{
    const std::vector<std::string> taken = blockNames(function);
    return freshName(
        base, [&](const std::string& name) { return std::find(taken.begin(), taken.end(), name) != taken.end(); });
}

Body withCache(const Body& body, const Place& place, const Buffer& cache, const StmtPtr& nest, bool after)
{
    const auto change = [&](Body list) {
        list.insert(list.begin() + std::ptrdiff_t(place.position) + (after ? 1 : 0), nest);
        const auto head = std::find_if(list.begin(), list.end(), [](const StmtPtr& stmt) { return !as<Alloc>(stmt); });
        list.insert(head, makeStmt(Alloc{cache}));
        return list;
    };
    if (place.loop.empty())
        return change(body);
    return replaceLoop(body, place.loop, [&](const Loop& loop) {
        Loop copy = loop;
        copy.body = change(loop.body);
        return Body{makeStmt(std::move(copy))};
    });
}

}  // namespace strata::loops
