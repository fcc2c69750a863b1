// For a device: each element that a nest computes is a thread's, neighbours in memory being neighbours among the
// threads, so that what they read and write lies side by side.
//
//     for i, j, k in grid(64, 100, 32):         for i in bound(64, "blockIdx.x"):
//         y[i, j] += a[i, k] * w[k, j]   ->         for j in bound(100, "threadIdx.x"):
//                                                       s = 0
//                                                       for k in range(32):
//                                                           s += a[i, k] * w[k, j]
//                                                       y[i, j] = s
//
// Short innermost loops are threads together, a long one is split; the loops around become one, of blocks.
// A sum is kept in a register and handed to what follows it there. Where two loops share no read (the rows and columns
// of a product, the channels and pixels of a convolution), a thread keeps a tile of sums along both, so that what it
// reads once serves four of them. All of it is exact. A kernel is a nest of the function, so either all nests of one
// become kernels or none does, and the CPU runs it.
#include "passes/automatic/schedule.h"

#include <algorithm>

namespace strata::automatic {

namespace {

// Threads of a block: what innermost loops give between the first two, else that many of them.
constexpr std::int64_t fewThreads = 32, manyThreads = 256, threadsOfBlock = 128;
// To launch a kernel takes as long as the CPU needs for so many instances.
constexpr std::int64_t fewInstances = 1 << 12;

struct NestLoops {
    std::vector<std::string> spatial, others;
};

NestLoops loopsOf(const Schedule& schedule, const std::string& name)
{
    std::set<std::string> others;
    for (const BlockIter& iter : schedule.block(name).iters)
        if (iter.kind != IterKind::Spatial)
            for (const std::string& loop : schedule.loopsOf(name, iter.name))
                others.insert(loop);
    NestLoops loops;
    for (const std::string& loop : schedule.loopsAround(name))
        (others.count(loop) ? loops.others : loops.spatial).push_back(loop);
    return loops;
}

// The block that reads what a reduction has summed up: all of it, one to one, and nothing else does.
std::optional<std::string> readerOfSum(const Schedule& schedule, const std::string& name, const std::string& buffer)
{
    const std::vector<std::string> readers = readersOf(schedule.function(), buffer);
    if (schedule.isParameter(buffer) || readers.size() != 2)  // the reduction itself is one
        return std::nullopt;
    const std::string reader = readers[0] == name ? readers[1] : readers[0];
    const Block block = schedule.block(reader);
    if (isReduction(block) || !isUntouched(schedule, reader))
        return std::nullopt;
    return reader;
}

std::string writtenBy(const Block& block)
{
    for (const StmtPtr& stmt : block.body)
        if (const Store* store = as<Store>(stmt))
            return store->buffer;
    return {};
}

// What works on a finished sum goes to where it is one; the sum needs no memory but a register then.
Status followSum(Schedule& schedule, const std::string& name, const std::string& loop)
{
    const std::string buffer = writtenBy(schedule.block(name));
    std::optional<std::string> reader = readerOfSum(schedule, name, buffer);
    if (!reader) {
        STRATA_CHECK(schedule.step("cache_write", nameText(name) + ", " + nameText(buffer) + ", scope=local"));
        for (const std::string& block : readersOf(schedule.function(), writtenBy(schedule.block(name))))
            if (block != name)
                reader = block;
    }
    STRATA_CHECK(schedule.step("reverse_compute_at", nameText(reader.value_or(name)) + ", " + nameText(loop)));
    const std::string sum = writtenBy(schedule.block(name));
    if (schedule.isParameter(sum))
        return {};
    STRATA_CHECK(schedule.offer("set_scope", nameText(sum) + ", local"));  // shrinks to what one thread sums up
    return {};
}

std::int64_t product(const Schedule& schedule, const std::vector<std::string>& loops)
{
    std::int64_t iterations = 1;
    for (const std::string& loop : loops)
        iterations *= schedule.extent(loop);
    return iterations;
}

Status fuse(Schedule& schedule, const std::vector<std::string>& loops)
{
    return loops.size() > 1 ? schedule.step("fuse", nameList(loops)) : Status();
}

// The innermost loops that make a block of threads together; all around them are blocks.
Status shareOut(Schedule& schedule, const std::string& name, std::vector<std::string> blocks)
{
    std::vector<std::string> threads;
    while (!blocks.empty() && product(schedule, threads) < fewThreads) {
        threads.insert(threads.begin(), blocks.back());
        blocks.pop_back();
    }
    const std::size_t at = blocks.size();
    const bool isLarge = product(schedule, threads) > manyThreads;
    STRATA_CHECK(fuse(schedule, threads));
    if (isLarge) {
        const std::string loop = schedule.loopsAround(name)[at];
        STRATA_CHECK(schedule.step("split", nameText(loop) + ", [_, " + std::to_string(threadsOfBlock) + "]"));
        blocks.push_back(schedule.loopsAround(name)[at]);
    }
    STRATA_CHECK(fuse(schedule, blocks));
    const std::vector<std::string> shared = schedule.loopsAround(name);
    if (!blocks.empty())
        STRATA_CHECK(schedule.step("bind", nameText(shared[0]) + ", \"blockIdx.x\""));
    return schedule.step("bind", nameText(shared[blocks.empty() ? 0 : 1]) + ", \"threadIdx.x\"");
}

// The sums that a thread keeps: so many along two loops.
struct Sums {
    std::string rows, columns;
    std::int64_t ofRows = 1, ofColumns = 1;
};

// A loop of which threads may take several iterations, and what is read anew in each.
struct Shared {
    std::string loop;
    std::set<std::string> reads;
};

std::vector<Shared> sharedLoops(const Schedule& schedule, const std::string& name)
{
    const Block block = schedule.block(name);
    const std::string sums = writtenBy(block);
    std::vector<Shared> all;
    for (const BlockIter& iter : block.iters) {
        const std::vector<std::string> loops = schedule.loopsOf(name, iter.name);
        if (iter.kind != IterKind::Spatial || loops.size() != 1 || schedule.extent(loops[0]) % 2 != 0)
            continue;
        Shared shared{loops[0], {}};
        for (const Access& access : accessesOf(schedule, block))
            if (!access.write && access.buffer != sums && strideOf(access, iter.name) != Stride::None)
                shared.reads.insert(access.buffer);
        if (!shared.reads.empty())
            all.push_back(std::move(shared));
    }
    return all;
}

bool haveNothingInCommon(const std::set<std::string>& a, const std::set<std::string>& b)
{
    return std::none_of(a.begin(), a.end(), [&](const std::string& name) { return b.count(name) > 0; });
}

// As many as divide the loops and leave enough threads; none: there are no two such loops.
std::optional<Sums> sumsOf(const Schedule& schedule, const std::string& name)
{
    constexpr std::int64_t enoughThreads = 256;
    const std::vector<Shared> loops = sharedLoops(schedule, name);
    const std::int64_t results = product(schedule, loopsOf(schedule, name).spatial);
    for (auto columns = loops.rbegin(); columns != loops.rend(); ++columns)
        for (auto rows = std::next(columns); rows != loops.rend(); ++rows)
            for (const std::int64_t most : {4, 2}) {
                const auto of = [&](const Shared& one) { return schedule.extent(one.loop) % most == 0 ? most : 2; };
                if (haveNothingInCommon(columns->reads, rows->reads)
                    && results >= enoughThreads * of(*rows) * of(*columns))
                    return Sums{rows->loop, columns->loop, of(*rows), of(*columns)};
            }
    return std::nullopt;
}

// Splits a loop into what threads share and what one of them takes, which is the name that is returned.
Result<std::string> splitOff(Schedule& schedule, const std::string& name, const std::string& loop, std::int64_t count)
{
    const std::vector<std::string> before = schedule.loopsAround(name);
    const auto at = std::size_t(std::find(before.begin(), before.end(), loop) - before.begin());
    STRATA_CHECK(schedule.step("split", nameText(loop) + ", [_, " + std::to_string(count) + "]"));
    return schedule.loopsAround(name).at(at + 1);
}

// The loops of the sums that one thread keeps, unrolled: then they are registers.
Status unrollSums(Schedule& schedule, const std::vector<std::string>& kept)
{
    for (const std::string& loop : kept)
        STRATA_CHECK(schedule.step("unroll", nameText(loop)));
    return {};
}

// A nest whose loops are threads of `sums` each.
Status bindSums(Schedule& schedule, const std::string& name, const Sums& sums)
{
    STRATA_TRY(const std::string row, splitOff(schedule, name, sums.rows, sums.ofRows));
    STRATA_TRY(const std::string column, splitOff(schedule, name, sums.columns, sums.ofColumns));
    const std::vector<std::string> kept{row, column};
    NestLoops loops = loopsOf(schedule, name);
    std::erase_if(loops.spatial, [&](const std::string& loop) { return loop == row || loop == column; });
    std::vector<std::string> order = loops.spatial;
    order.insert(order.end(), loops.others.begin(), loops.others.end());
    order.insert(order.end(), kept.begin(), kept.end());
    STRATA_CHECK(schedule.step("reorder", nameList(order)));
    STRATA_CHECK(followSum(schedule, name, loops.spatial.back()));
    STRATA_CHECK(schedule.step("decompose_reduction", nameText(name) + ", " + nameText(loops.others.front())));
    STRATA_CHECK(unrollSums(schedule, kept));
    return shareOut(schedule, name, loops.spatial);
}

Status bindNest(Schedule& schedule, const std::string& name)
{
    if (const auto sums = isReduction(schedule.block(name)) ? sumsOf(schedule, name) : std::nullopt)
        if (schedule.attempt("threads", [&] { return bindSums(schedule, name, *sums); }))
            return {};
    const NestLoops loops = loopsOf(schedule, name);
    if (loops.spatial.empty())
        return refused(say("Block {} has no iterations that threads could share.", name),
                       {{schedule.name(), NodeKind::Block, name}});
    std::vector<std::string> order = loops.spatial;
    order.insert(order.end(), loops.others.begin(), loops.others.end());
    if (order != schedule.loopsAround(name))
        STRATA_CHECK(schedule.step("reorder", nameList(order)));
    if (isReduction(schedule.block(name)))
        STRATA_CHECK(followSum(schedule, name, loops.spatial.back()));
    if (isReduction(schedule.block(name)) && !loops.others.empty())
        STRATA_CHECK(schedule.offer("decompose_reduction", nameText(name) + ", " + nameText(loops.others.front())));
    return shareOut(schedule, name, loops.spatial);
}

}  // namespace

bool scheduleThreads(Schedule& schedule)
{
    std::int64_t most = 0;
    for (const std::string& name : schedule.blocks())
        most = std::max(most, instances(schedule.block(name)));
    if (most < fewInstances)
        return false;
    return schedule.attempt("threads", schedule.name(), [&]() -> Status {
        const std::vector<std::string> blocks = schedule.blocks();
        for (const std::string& name : blocks) {
            const Located located = *findBlock(schedule.function(), name);
            const bool isDone = std::any_of(located.ancestors.begin(), located.ancestors.end(),
                                            [](const StmtPtr& stmt) {
                                                const Loop* loop = as<Loop>(stmt);
                                                return loop && loop->kind == LoopKind::Bound;
                                            });
            if (!isDone)
                STRATA_CHECK(bindNest(schedule, name));
        }
        return {};
    });
}

}  // namespace strata::automatic
