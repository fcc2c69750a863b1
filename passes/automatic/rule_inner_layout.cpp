// Intermediate buffers lie as the parameters and results that elementwise blocks compute them from or into: where those
// have their channels last, so has the padded input of a convolution, and so have its sums. Exact.
#include "passes/automatic/schedule.h"

#include <algorithm>

namespace strata::automatic {

namespace {

// The one iterator that each index speaks of, "" for dimensions of one element; empty where that is not so or one comes
// twice.
std::vector<std::string> iteratorsOf(const Access& access, const std::vector<std::int64_t>& shape)
{
    std::vector<std::string> result;
    std::set<std::string> seen;
    for (std::size_t d = 0; d < access.begin.size() && d < shape.size(); ++d) {
        const std::vector<std::string> names = freeVariables(access.begin[d]);
        if (shape[d] > 1 && (names.size() != 1 || !seen.insert(names[0]).second))
            return {};
        result.push_back(shape[d] > 1 ? names[0] : "");
    }
    return result;
}

// The order of the dimensions of `from` in which its iterators stand in `to`; empty if they are not the same.
std::vector<std::size_t> orderLike(const std::vector<std::string>& from, const std::vector<std::string>& to)
{
    std::vector<std::size_t> order;
    std::vector<bool> used(from.size(), false);
    for (const std::string& name : to) {
        std::size_t d = 0;
        while (d < from.size() && (used[d] || from[d] != name))
            ++d;
        if (d == from.size())
            return {};
        used[d] = true;
        order.push_back(d);
    }
    return order.size() == from.size() ? order : std::vector<std::size_t>();
}

// An order for an intermediate buffer from an elementwise block that touches it and something whose order is settled.
struct Found {
    std::string buffer;
    std::vector<std::size_t> order;
};

std::optional<Found> nextBuffer(const Schedule& schedule, const std::set<std::string>& settled)
{
    for (const std::string& name : schedule.blocks()) {
        const Block block = schedule.block(name);
        if (isReduction(block))
            continue;
        const std::vector<Access> all = accesses(&schedule.module(), block);
        for (const Access& known : all)
            for (const Access& open : all) {
                if (!settled.count(known.buffer) || settled.count(open.buffer))
                    continue;
                const std::vector<std::string> from = iteratorsOf(open, schedule.shapeOf(open.buffer)),
                                               to = iteratorsOf(known, schedule.shapeOf(known.buffer));
                if (const std::vector<std::size_t> order = orderLike(from, to); from.size() > 2 && !order.empty())
                    return Found{open.buffer, order};
            }
    }
    return std::nullopt;
}

// Channels in one block of a picture: a line of the cache, in elements of four bytes.
constexpr std::int64_t channelsTogether = 16;

bool holdsBytes(const Schedule& schedule, const std::string& name)
{
    for (const Buffer& buffer : buffers(schedule.function()))
        if (buffer.name == name)
            return bitSize(buffer.type.dtype) == 8;
    return false;
}

// Whether a sum runs over windows of the buffer and its channels, which are the second dimension. Then the elements of
// a window that are read for one channel lie as far apart as there are channels, often a power of two, and share few
// lines of the cache; in blocks of channels they are neighbours. Bytes are read four channels at once, all of a pixel
// one after the other, so they lie well as they are.
bool isReadByWindows(const Schedule& schedule, const std::string& buffer)
{
    if (holdsBytes(schedule, buffer))
        return false;
    const std::vector<std::int64_t> shape = schedule.shapeOf(buffer);
    if (shape.size() < 3 || shape[1] <= channelsTogether || shape[1] % channelsTogether != 0)
        return false;
    for (const std::string& name : readersOf(schedule.function(), buffer)) {
        const Block block = schedule.block(name);
        const auto isSummed = [&](const ExprPtr& index) {
            return std::any_of(block.iters.begin(), block.iters.end(), [&](const BlockIter& iter) {
                return iter.kind == IterKind::Reduce && !isConst(iter.extent, 1) && mentions(index, iter.name);
            });
        };
        for (const Access& access : accesses(&schedule.module(), block))
            if (access.buffer == buffer && !access.write && isSummed(access.begin[1])
                && std::any_of(access.begin.begin() + 2, access.begin.end(), isSummed))
                return true;
    }
    return false;
}

// Whether a sum reads some channels for each group of results: then neighbours among the results have none in common
// that lie side by side, but pixels do, where the channels come second.
bool isReadByGroups(const Schedule& schedule, const std::string& buffer)
{
    if (holdsBytes(schedule, buffer) || schedule.shapeOf(buffer).size() < 3)
        return false;
    const auto isGrouped = [](const ExprPtr& index) {
        const Linear channel = linear(index);
        return channel.terms.size() > 1
               && std::any_of(channel.terms.begin(), channel.terms.end(), [](const Linear::Term& term) {
                      return term.atom->op == Op::FloorDiv && term.coefficient > 1;
                  });
    };
    for (const std::string& name : readersOf(schedule.function(), buffer))
        for (const Access& access : accesses(&schedule.module(), schedule.block(name)))
            if (access.buffer == buffer && !access.write && isReduction(schedule.block(name))
                && isGrouped(access.begin[1]))
                return true;
    return false;
}

// The block that fills the buffer goes through it pixel by pixel, a block of channels a vector.
Status fillInBlocks(Schedule& schedule, const std::string& buffer)
{
    const std::string size = std::to_string(channelsTogether);
    const std::string writer = writersOf(schedule.function(), buffer).front();
    const Block block = schedule.block(writer);
    const ExprPtr channel = as<Store>(block.body.front())->indices[1];
    std::string from, rest;
    for (std::size_t d = 0; d < schedule.shapeOf(buffer).size(); ++d) {
        const std::string v = "i" + std::to_string(d);
        from += (d ? ", " : "") + v;
        rest += d > 1 ? v + ", " : "";
    }
    STRATA_CHECK(schedule.step("transform_layout", nameText(buffer) + ", (" + from + ") -> (i0, i1 // " + size + ", "
                                                       + rest + "i1 % " + size + ")"));
    const std::vector<std::string> own = schedule.loopsOf(writer, channel->name);
    STRATA_CHECK(schedule.step("split", nameText(own.at(0)) + ", [_, " + size + "]"));
    const std::vector<std::string> parts = schedule.loopsOf(writer, channel->name);
    std::vector<std::string> order = schedule.loopsAround(writer);
    std::erase_if(order, [&](const std::string& loop) { return loop == parts[0] || loop == parts[1]; });
    order.insert(order.end(), parts.begin(), parts.end());
    if (order != schedule.loopsAround(writer))
        STRATA_CHECK(schedule.step("reorder", nameList(order)));
    STRATA_CHECK(schedule.step("vectorize", nameText(parts[1])));
    return parallelize(schedule, writer);
}

// One elementwise block writes the buffer, all of it, and each index is an iterator.
bool isFilledPlainly(const Schedule& schedule, const std::string& buffer)
{
    const std::vector<std::string> writers = writersOf(schedule.function(), buffer);
    if (writers.size() != 1)
        return false;
    const Block block = schedule.block(writers[0]);
    const Store* store = block.body.size() == 1 ? as<Store>(block.body.front()) : nullptr;
    return store && !isReduction(block) && isUntouched(schedule, writers[0]) && store->indices.size() > 2
           && store->indices[1]->op == Op::Var && schedule.loopsOf(writers[0], store->indices[1]->name).size() == 1;
}

}  // namespace

void followLayouts(Schedule& schedule)
{
    std::set<std::string> settled;
    for (const Buffer& buffer : buffers(schedule.function()))
        if (schedule.isParameter(buffer.name))
            settled.insert(buffer.name);
    while (const std::optional<Found> found = nextBuffer(schedule, settled)) {
        settled.insert(found->buffer);
        if (std::is_sorted(found->order.begin(), found->order.end()) || isReadByGroups(schedule, found->buffer))
            continue;
        if (isReadByWindows(schedule, found->buffer) && isFilledPlainly(schedule, found->buffer))
            schedule.attempt("layout", found->buffer, [&] { return fillInBlocks(schedule, found->buffer); });
        else
            schedule.attempt("layout", found->buffer, [&] {
                return schedule.step("transform_layout", nameText(found->buffer) + ", " + permutation(found->order));
            });
    }
}

}  // namespace strata::automatic
