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

}  // namespace

void followLayouts(Schedule& schedule)
{
    std::set<std::string> settled;
    for (const Buffer& buffer : buffers(schedule.function()))
        if (schedule.isParameter(buffer.name))
            settled.insert(buffer.name);
    while (const std::optional<Found> found = nextBuffer(schedule, settled)) {
        settled.insert(found->buffer);
        if (!std::is_sorted(found->order.begin(), found->order.end()))
            schedule.attempt("layout", found->buffer, [&] {
                return schedule.step("transform_layout", nameText(found->buffer) + ", " + permutation(found->order));
            });
    }
}

}  // namespace strata::automatic
