// Per access and dimension, the index is linear in the loops around; while some of these run and the others stand
// still, it sweeps an interval. Accesses that differ by constants only (a stencil) sweep one box, others boxes of their
// own, which are added up and are never more than the buffer.
#include "core/analysis/footprint.h"

#include "core/analysis/sites.h"

#include <algorithm>

namespace strata {

namespace {

struct SweptInterval {
    std::int64_t low = 0, high = 0;
    void include(const SweptInterval& other)
    {
        low = std::min(low, other.low);
        high = std::max(high, other.high);
    }
    std::int64_t size() const { return high - low + 1; }
};
using SweptBox = std::vector<SweptInterval>;

// What the index sweeps, but for what the loops that stand still add, which is told by `standing`.
SweptInterval swept(const Linear& index, std::int64_t extent, std::int64_t size, const Ranges& moving,
                    std::string& standing)
{
    SweptInterval interval{index.constant, index.constant + extent - 1};
    for (const Linear::Term& term : index.terms) {
        if (term.atom->op != Op::Var) {
            bool moves = false;
            walk(term.atom, [&](const Expr& e) {
                moves = moves || e.op == Op::Load || (e.op == Op::Var && moving.count(e.name));
            });
            if (moves)
                return {0, size - 1};
            standing += std::to_string(term.coefficient) + "*" + std::to_string(term.atom->args.size()) + ",";
            continue;
        }
        const auto range = moving.find(term.atom->name);
        if (range == moving.end()) {
            standing += std::to_string(term.coefficient) + term.atom->name + ",";
            continue;
        }
        const std::int64_t far = term.coefficient * (range->second.extent - 1);
        (far < 0 ? interval.low : interval.high) += far;
    }
    return interval;
}

struct Swept {
    std::int64_t bytes = 0, lineBytes = 0;
};

class Sweep {
public:
    Sweep(const SiteTable& program, const std::map<std::string, Buffer>& buffers)
        : m_program(program)
        , m_buffers(buffers)
    {
    }

    // While the loops from `first` on run (an index into those around each site that is below).
    std::map<std::string, Swept> run(const std::string& loop, bool itself, std::vector<std::string>& order) const
    {
        std::map<std::string, std::map<std::string, SweptBox>> boxes;
        for (const Site& site : m_program.sites)
            if (const int from = firstMoving(site, loop, itself); from >= 0)
                for (const Access& access : site.accesses)
                    add(boxes, site, access, std::size_t(from), order);
        std::map<std::string, Swept> result;
        for (const auto& [buffer, all] : boxes)
            result[buffer] = total(m_buffers.at(buffer), all);
        return result;
    }

private:
    // -1: the loop is not around the site.
    int firstMoving(const Site& site, const std::string& loop, bool itself) const
    {
        const auto digits = m_program.unfused.digits.find(loop);
        const std::vector<std::string> names = digits == m_program.unfused.digits.end()
                                                   ? std::vector<std::string>{loop}
                                                   : std::vector<std::string>(digits->second.begin(),
                                                                              digits->second.end());
        for (std::size_t i = 0; i < site.loops.size(); ++i)
            if (site.loops[i]->name == names.front())
                return int(itself ? i : i + names.size());
        return -1;
    }

    void add(std::map<std::string, std::map<std::string, SweptBox>>& boxes, const Site& site, const Access& access,
             std::size_t from, std::vector<std::string>& order) const
    {
        const auto buffer = m_buffers.find(access.buffer);
        if (buffer == m_buffers.end() || !isConstant(buffer->second.type.shape))
            return;
        if (std::find(order.begin(), order.end(), access.buffer) == order.end())
            order.push_back(access.buffer);
        Ranges all = access.inner, moving = access.inner;
        for (std::size_t i = 0; i < site.loops.size(); ++i) {
            enter(all, site.loops[i]->name, site.loops[i]->extent);
            if (i >= from)
                enter(moving, site.loops[i]->name, site.loops[i]->extent);
        }
        const std::vector<std::int64_t> shape = constants(buffer->second.type.shape);
        std::string standing;
        SweptBox box;
        for (std::size_t d = 0; d < access.begin.size() && d < shape.size(); ++d) {
            const Linear index = linear(simplify(substitute(access.begin[d], site.bindings), all), all);
            box.push_back(swept(index, access.extent[d], shape[d], moving, standing));
            standing += ";";
        }
        const auto [found, isNew] = boxes[access.buffer].try_emplace(standing, box);
        for (std::size_t d = 0; d < box.size() && !isNew; ++d)
            found->second[d].include(box[d]);
    }

    static Swept total(const Buffer& buffer, const std::map<std::string, SweptBox>& boxes)
    {
        const std::vector<std::int64_t> shape = constants(buffer.type.shape);
        const DType type = buffer.type.dtype;
        const std::int64_t whole = byteCount(buffer.type).value_or(0);
        Swept sum;
        for (const auto& [standing, box] : boxes) {
            std::int64_t rows = 1;
            for (std::size_t d = 0; d + 1 < box.size(); ++d)
                rows *= std::clamp<std::int64_t>(box[d].size(), 1, shape[d]);
            const std::int64_t columns = box.empty() ? 1 : std::clamp<std::int64_t>(box.back().size(), 1, shape.back());
            sum.bytes += byteCount(type, rows * columns);
            const bool dense = !box.empty() && columns == shape.back();  // rows follow each other
            const auto lines = [](std::int64_t bytes) { return (bytes + cacheLineBytes - 1) / cacheLineBytes; };
            sum.lineBytes += cacheLineBytes
                             * (dense ? lines(byteCount(type, rows * columns))
                                      : rows * lines(byteCount(type, columns)));
        }
        const std::int64_t wholeLines = (whole + cacheLineBytes - 1) / cacheLineBytes * cacheLineBytes;
        return {std::min(sum.bytes, whole), std::min(sum.lineBytes, wholeLines)};
    }

    const SiteTable& m_program;
    const std::map<std::string, Buffer>& m_buffers;
};

}  // namespace

std::int64_t LoopFootprint::bytes() const
{
    std::int64_t sum = 0;
    for (const Touched& one : buffers)
        sum += one.bytes;
    return sum;
}

std::int64_t LoopFootprint::lineBytes() const
{
    std::int64_t sum = 0;
    for (const Touched& one : buffers)
        sum += one.scope == Scope::Local ? 0 : one.lineBytes;
    return sum;
}

std::vector<LoopFootprint> footprints(const Module& module, const Function& function)
{
    std::vector<LoopFootprint> result;
    const SiteTable program = siteTable(&module, function);
    if (!function.loops() || !program.trouble.empty())
        return result;
    std::map<std::string, Buffer> named;
    for (const Buffer& buffer : buffers(function))
        named[buffer.name] = buffer;
    const Sweep sweep(program, named);
    walk(function.loops()->body, [&](const StmtPtr& stmt) {
        const Loop* loop = as<Loop>(stmt);
        if (!loop || !isConst(loop->extent))
            return;
        LoopFootprint footprint{loop->name, loop->extent->i, {}};
        std::vector<std::string> order;
        const auto whole = sweep.run(loop->name, true, order), turn = sweep.run(loop->name, false, order);
        if (std::any_of(order.begin(), order.end(), [&](const auto& one) { return !byteCount(named.at(one).type); }))
            return;
        for (const std::string& buffer : order) {
            const Swept& all = whole.at(buffer);
            const double once = double(turn.at(buffer).bytes);
            footprint.buffers.push_back({buffer, all.bytes, all.lineBytes, named.at(buffer).scope,
                                         all.bytes > 0 ? once * double(footprint.turns) / double(all.bytes) : 1});
        }
        result.push_back(std::move(footprint));
    });
    return result;
}

}  // namespace strata
