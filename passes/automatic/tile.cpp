// Tiles of sums, step by step: the iterators' loops are split, what reads the sums follows each tile, the sums live in
// a buffer of the tile's size and start with stores of their own. Which loops are vectors is the rules' choice.
#include "passes/automatic/tile.h"

#include "core/analysis/update.h"

#include <algorithm>
#include <set>

namespace strata::automatic {

std::optional<Plan> planOf(const Schedule& schedule, const std::string& name)
{
    const Block block = schedule.block(name);
    if (!updateOf(&schedule.module(), block) || block.init.empty() || !as<Store>(block.body[0]) || block.predicate)
        return std::nullopt;
    Plan plan{name, as<Store>(block.body[0])->buffer, {}, {}, {}, {}, instances(block)};
    for (const BlockIter& iter : block.iters) {
        if (iter.kind == IterKind::Ordered && !schedule.stay().empty())
            continue;
        if (iter.binding->op != Op::Var || iter.kind == IterKind::Ordered)
            return std::nullopt;  // somebody was here before
        if (schedule.loopsOf(name, iter.name).size() != 1)
            return std::nullopt;  // it runs around what stays
        (iter.kind == IterKind::Reduce ? plan.reduce : plan.spatial).push_back(iter);
    }
    for (Access& access : accessesOf(schedule, block)) {
        if (access.write && !access.init)
            plan.write = std::move(access);
        else if (access.buffer != plan.buffer && !access.write)
            plan.reads.push_back(std::move(access));
    }
    // As the results lie, so that the tile that is last walks through memory.
    const auto place = [&](const BlockIter& iter) {
        return std::find_if(plan.write.begin.begin(), plan.write.begin.end(),
                            [&](const ExprPtr& index) { return mentions(index, iter.name); });
    };
    std::stable_sort(plan.spatial.begin(), plan.spatial.end(),
                     [&](const BlockIter& a, const BlockIter& b) { return place(a) < place(b); });
    return plan;
}

std::int64_t sizeOf(const BlockIter& iter) { return number(iter.extent).value_or(0); }

std::optional<Bytes> productOfBytes(const Schedule& schedule, const Plan& plan)
{
    const auto isWidened = [](const ExprPtr& e) {
        return e->op == Op::Cast && e->type == DType::I32 && e->args[0]->op == Op::Load;
    };
    const Store store = *as<Store>(schedule.block(plan.block).body[0]);
    const ExprPtr& e = store.value;
    if (e->op != Op::Fma || e->type != DType::I32 || !isWidened(e->args[0]) || !isWidened(e->args[1])
        || e->args[2]->op != Op::Load || e->args[2]->name != store.buffer || plan.reads.size() != 2)
        return std::nullopt;
    const ExprPtr &left = e->args[0]->args[0], &right = e->args[1]->args[0];
    Bytes bytes;
    for (const Access& read : plan.reads)
        (read.buffer == left->name ? bytes.left : bytes.right) = read;
    bytes.type = left->type;
    const bool fits = left->name != right->name && (left->type == DType::I8 || left->type == DType::U8)
                      && right->type == DType::I8 && schedule.isConstant(right->name);
    return fits ? std::optional(bytes) : std::nullopt;
}

bool isVariable(const ExprPtr& index, const std::string& iter) { return index->op == Op::Var && index->name == iter; }

std::string summedIn(const Plan& plan, const ExprPtr& index)
{
    for (const BlockIter& iter : plan.reduce)
        if (sizeOf(iter) > 1 && linear(index).coefficient(iter.name) == 1)
            return iter.name;
    return {};
}

std::string movesAlong(const Plan& plan, const ExprPtr& index)
{
    for (const BlockIter& iter : plan.spatial)
        if (linear(index).coefficient(iter.name) >= 1)
            return iter.name;
    return {};
}

bool isWhole(const Access& access, const std::string& iter)
{
    return std::any_of(access.begin.begin(), access.begin.end(),
                       [&](const ExprPtr& index) { return isVariable(index, iter); });
}

std::int64_t sizeIn(const std::vector<BlockIter>& iters, const std::string& name)
{
    const auto found = std::find_if(iters.begin(), iters.end(),
                                    [&](const BlockIter& iter) { return iter.name == name; });
    return found == iters.end() ? 1 : sizeOf(*found);
}

std::int64_t registersOfBytes(const Schedule& schedule, std::int64_t channels)
{
    const std::int64_t bytes = 4 * schedule.lanes();
    std::int64_t registers = channels / bytes;
    for (std::int64_t rest = channels % bytes, width = bytes / 2; rest > 0 && width > 0; width /= 2)
        for (; rest >= width && rest > 0; rest -= width)
            ++registers;
    return registers;
}

Result<Halves> split(Schedule& schedule, const std::string& block, const std::string& iter, std::int64_t size)
{
    const std::vector<std::string> own = schedule.loopsOf(block, iter);
    if (iter.empty() || own.size() != 1)
        return Halves{};
    if (schedule.extent(own[0]) == size)
        return Halves{"", own[0]};
    STRATA_CHECK(schedule.step("split", nameText(own[0]) + ", [_, " + std::to_string(size) + "]"));
    const std::vector<std::string> parts = schedule.loopsOf(block, iter);
    return parts.size() == 2 ? Halves{parts[0], parts[1]} : Halves{};
}

std::string epilogueOf(const Schedule& schedule, const Plan& plan)
{
    if (schedule.isParameter(plan.buffer))
        return {};
    std::vector<std::string> readers = readersOf(schedule.function(), plan.buffer);
    std::erase(readers, plan.block);
    if (readers.size() != 1)
        return {};
    const Block reader = schedule.block(readers[0]);
    std::int64_t sums = 1;
    for (const BlockIter& iter : plan.spatial)
        sums *= sizeOf(iter);
    if (isReduction(reader) || instancesBelow(schedule, reader) != sums
        || orderedLoopOf(schedule, readers[0]) != schedule.stay())
        return {};
    for (const Access& access : accesses(&schedule.module(), reader)) {
        if (access.buffer != plan.buffer)
            continue;
        std::set<std::string> used;
        for (const ExprPtr& index : access.begin)
            if (!isConst(index) && (index->op != Op::Var || !used.insert(index->name).second))
                return {};
    }
    return readers[0];
}

Result<std::string> writeThroughCache(Schedule& schedule, Plan& plan)
{
    const std::vector<std::string> before = schedule.blocks();
    STRATA_TRY(const bool cached, schedule.offer("cache_write", nameText(plan.block) + ", " + nameText(plan.buffer)));
    if (!cached)
        return std::string();
    plan.buffer = as<Store>(schedule.block(plan.block).body[0])->buffer;
    for (const std::string& name : schedule.blocks())
        if (std::find(before.begin(), before.end(), name) == before.end())
            return name;
    return std::string();
}

Status turnAccumulators(Schedule& schedule, const Plan& plan, const std::string& loop)
{
    const Block block = schedule.block(plan.block);
    std::vector<Substitution> bindings;
    for (const BlockIter& iter : block.iters)
        bindings.push_back({iter.name, iter.binding});
    const Store store = *as<Store>(block.body[0]);
    std::string variables, results, last;
    for (std::size_t d = 0; d < store.indices.size(); ++d) {
        const std::string v = "i" + std::to_string(d);
        const std::vector<std::string> names = freeVariables(substitute(store.indices[d], bindings));
        const bool along = std::find(names.begin(), names.end(), loop) != names.end();
        variables += (d ? ", " : "") + v;
        (along ? last : results) += along ? v : v + ", ";
        if (along && d + 1 == store.indices.size())
            return {};
    }
    if (!last.empty())
        STRATA_CHECK(schedule.offer("transform_layout",
                                    nameText(plan.buffer) + ", (" + variables + ") -> (" + results + last + ")"));
    return {};
}

Status fillTile(Schedule& schedule, const std::string& block, const std::string& outer, const std::string& vectorIter)
{
    const std::vector<std::string> below = schedule.loopsAround(block, outer);
    std::string along;
    std::vector<std::string> order;
    for (const std::string& loop : below) {
        const std::vector<std::string> own = vectorIter.empty() ? std::vector<std::string>{}
                                                                : schedule.loopsOf(block, vectorIter, outer);
        if (std::find(own.begin(), own.end(), loop) != own.end())
            along = loop;
        else
            order.push_back(loop);
    }
    if (!along.empty() && below.back() != along) {
        std::vector<std::string> wanted = order;
        wanted.push_back(along);
        STRATA_CHECK(schedule.offer("reorder", nameList(wanted)));
    }
    if (!along.empty())
        STRATA_CHECK(schedule.offer("vectorize", nameText(along)));
    for (const std::string& loop : order)
        if (schedule.extent(loop) > 1 && schedule.extent(loop) <= 16)
            STRATA_CHECK(schedule.offer("unroll", nameText(loop)));
    return {};
}

std::string sameIter(const Schedule& schedule, const Plan& plan, const std::string& iter, const std::string& block)
{
    const auto indexOf = [&](const std::string& name, bool write) {
        std::vector<ExprPtr> indices;
        for (const Access& access : accesses(&schedule.module(), schedule.block(name)))
            if (access.buffer == plan.buffer && access.write == write)
                indices = access.begin;
        return indices;
    };
    const std::vector<ExprPtr> mine = indexOf(plan.block, true), other = indexOf(block, false);
    for (std::size_t d = 0; d < std::min(mine.size(), other.size()); ++d)
        if (mine[d]->op == Op::Var && mine[d]->name == iter && other[d]->op == Op::Var)
            return other[d]->name;
    return {};
}

Status fillWithInit(Schedule& schedule, const Plan& plan, const std::string& first, const std::string& target,
                    const std::string& vectorIter)
{
    const std::vector<std::string> before = schedule.blocks();
    STRATA_CHECK(schedule.step("decompose_reduction", nameText(plan.block) + ", " + nameText(first)));
    for (const std::string& block : schedule.blocks())
        if (std::find(before.begin(), before.end(), block) == before.end())
            STRATA_CHECK(fillTile(schedule, block, target, vectorIter));
    return {};
}

Result<bool> moveBehind(Schedule& schedule, const std::string& consumer, const std::string& loop)
{
    if (consumer.empty() || loop.empty())
        return !consumer.empty();
    return schedule.offer("reverse_compute_at", nameText(consumer) + ", " + nameText(loop));
}

void CallLoops::append(std::vector<std::string>& loops, const std::vector<std::string>& names)
{
    for (const std::string& name : names)
        if (!name.empty())
            loops.push_back(name);
}

std::vector<std::string> CallLoops::all() const
{
    std::vector<std::string> loops = outer;
    loops.insert(loops.end(), reduce.begin(), reduce.end());
    loops.insert(loops.end(), tile.begin(), tile.end());
    return loops;
}

namespace {

// Returns the block around the call.
Result<std::string> callPrimitive(Schedule& schedule, const std::string& primitive, const std::string& loop)
{
    const std::vector<std::string> before = schedule.blocks();
    STRATA_CHECK(schedule.step("blockize", nameText(loop)));
    for (const std::string& block : schedule.blocks())
        if (std::find(before.begin(), before.end(), block) == before.end()) {
            STRATA_CHECK(schedule.step("tensorize", nameText(block) + ", " + primitive));
            return block;
        }
    return bug("Automatic scheduling finds no block around its tile.");
}

}  // namespace

Status callForTile(Schedule& schedule, Plan plan, const std::string& columns, const std::string& primitive,
                   const std::function<Result<CallLoops>()>& orderLoops)
{
    std::string consumer = epilogueOf(schedule, plan);
    const bool ownBuffer = !consumer.empty();
    if (consumer.empty()) {
        STRATA_TRY(consumer, writeThroughCache(schedule, plan));
    }
    const std::string along = consumer.empty() ? "" : sameIter(schedule, plan, columns, consumer);
    STRATA_TRY(const CallLoops order, orderLoops());
    if (order.all() != schedule.loopsAround(plan.block))
        STRATA_CHECK(schedule.step("reorder", nameList(order.all())));
    const std::string target = order.outer.empty() ? "" : order.outer.back();
    STRATA_TRY(const bool moved, moveBehind(schedule, consumer, target));
    if (moved && ownBuffer)
        STRATA_CHECK(schedule.offer("set_scope", nameText(plan.buffer) + ", local"));
    const std::vector<std::string> inner = schedule.loopsOf(plan.block, columns, target);
    if (inner.size() == 1)
        STRATA_CHECK(turnAccumulators(schedule, plan, inner[0]));
    const std::string first = order.reduce.empty() ? order.tile.front() : order.reduce.front();
    STRATA_CHECK(fillWithInit(schedule, plan, first, target, columns));
    if (!consumer.empty())
        STRATA_CHECK(fillTile(schedule, consumer, target, along));
    STRATA_TRY(const std::string block, callPrimitive(schedule, primitive, order.tile.front()));
    return parallelize(schedule, block);
}

}  // namespace strata::automatic
