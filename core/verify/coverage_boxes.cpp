// Coverage by boxes: what one writer fills below the loops that it shares with the reader, against what the reader
// reads there. Predicates may cut off what nobody reads, or cut off reader and writer alike.
#include "core/verify/coverage.h"

#include "core/analysis/regions.h"

#include <algorithm>
#include <set>
#include <utility>

namespace strata {

std::optional<std::size_t> sharedLoops(const Site& writer, const Site& reader)
{
    std::size_t shared = 0;
    for (std::size_t i = 0; i < std::min(writer.path.size(), reader.path.size()); ++i) {
        if (writer.path[i].position != reader.path[i].position)
            return writer.path[i].position < reader.path[i].position ? std::optional(shared) : std::nullopt;
        shared += writer.path[i].loop >= 0;
    }
    return std::nullopt;
}

Ranges rangesOf(const Site& site)
{
    Ranges ranges;
    for (const Loop* loop : site.loops)
        enter(ranges, loop->name, loop->extent);
    return ranges;
}

bool runsToNumbers(const Site& site)
{
    return std::all_of(site.loops.begin(), site.loops.end(), [](const Loop* loop) { return number(loop->extent); });
}

bool contiguous(const Linear& index, const Ranges& inner)
{
    std::vector<std::pair<std::int64_t, std::int64_t>> digits;  // weight, extent
    for (const Linear::Term& term : index.terms) {
        const auto names = freeVariables(term.atom);
        if (std::none_of(names.begin(), names.end(), [&](const std::string& name) { return inner.count(name); }))
            continue;
        if (term.atom->op != Op::Var || term.coefficient < 0)
            return false;
        digits.emplace_back(term.coefficient, inner.at(term.atom->name).extent);
    }
    std::sort(digits.begin(), digits.end());
    std::int64_t reach = 1;  // values 0 .. reach-1 are taken
    for (const auto& [weight, extent] : digits) {
        if (weight > reach)
            return false;
        reach += weight * (extent - 1);
    }
    return true;
}

std::optional<Side> sideOf(const ExprPtr& index, std::int64_t extent, const Ranges& inner)
{
    const Region swept = sweep({"", {index}, {intConst(extent)}}, inner, {});
    const auto names = freeVariables(swept.begin[0]);
    if (std::any_of(names.begin(), names.end(), [&](const std::string& name) { return inner.count(name); }))
        return std::nullopt;
    const auto count = number(swept.extent[0]);
    return count ? std::optional(Side{swept.begin[0], swept.begin[0] + *count - 1}) : std::nullopt;
}

namespace {

// Loops of the site that run below the shared ones; other threads of a block count as below, since a barrier lies
// between.
Ranges innerRanges(const Site& site, std::size_t shared, const std::vector<std::string>& privateTo)
{
    Ranges inner;
    for (std::size_t i = 0; i < site.loops.size(); ++i) {
        const Loop& loop = *site.loops[i];
        const bool thread = loop.kind == LoopKind::Bound && loop.axis.rfind("threadIdx", 0) == 0
                            && std::find(privateTo.begin(), privateTo.end(), loop.name) == privateTo.end();
        if (i >= shared || thread)
            enter(inner, loop.name, loop.extent);
    }
    return inner;
}

bool atMost(const ExprPtr& a, const ExprPtr& b, const Ranges& ranges)
{
    const auto range = bounds(binary(Op::Sub, b, a), ranges);
    return range && range->first >= 0;
}

class Boxes {
public:
    Boxes(const Site& writer, const Access& write, const Site& reader, const Access& read, std::size_t shared,
          const std::vector<std::string>& privateTo)
        : m_writer(writer)
        , m_write(write)
        , m_reader(reader)
        , m_read(read)
        , m_ranges(rangesOf(reader))
        , m_writerInner(innerRanges(writer, shared, privateTo))
        , m_readerInner(innerRanges(reader, shared, privateTo))
    {
        m_writerInner.insert(write.inner.begin(), write.inner.end());
        m_readerInner.insert(read.inner.begin(), read.inner.end());
        const Ranges writerRanges = rangesOf(writer);
        m_ranges.insert(writerRanges.begin(), writerRanges.end());
        const auto clips = exactGuards(writer.conditions, {});
        m_countable = clips && write.conditions.empty();
        m_clips = clips.value_or(std::vector<Linear>{});
        m_readerGuards = exactGuards(reader.conditions, {}).value_or(std::vector<Linear>{});
    }

    bool cover()
    {
        if (!m_countable || m_write.begin.size() != m_read.begin.size() || !runs())
            return false;
        std::set<std::string> used;
        for (std::size_t d = 0; d < m_write.begin.size(); ++d)
            if (!coverDimension(d, used))
                return false;
        // Every predicate only cut off the end of a dimension that reaches far enough, or always holds.
        return std::all_of(m_clips.begin(), m_clips.end(),
                           [&](const Linear& guard) { return atMost(intConst(0), guard.expr(), m_ranges); });
    }

private:
    // A loop that runs never writes nothing, whatever the others do.
    bool runs() const
    {
        const auto some = [](const auto& range) { return range.second.extent > 0; };
        const Ranges around = rangesOf(m_writer);
        return std::all_of(around.begin(), around.end(), some)
               && std::all_of(m_write.inner.begin(), m_write.inner.end(), some);
    }
    bool coverDimension(std::size_t d, std::set<std::string>& used)
    {
        const ExprPtr written = simplify(substitute(m_write.begin[d], m_writer.bindings), m_ranges);
        const ExprPtr wanted = simplify(substitute(m_read.begin[d], m_reader.bindings), m_ranges);
        const Linear index = linear(written);
        for (const std::string& name : freeVariables(written))
            if (m_writerInner.count(name) && !used.insert(name).second)
                return false;  // two dimensions move together: a diagonal, not a box
        const auto have = sideOf(written, m_write.extent[d], m_writerInner),
                   want = sideOf(wanted, m_read.extent[d], m_readerInner);
        if (!have || !want || !contiguous(index, m_writerInner) || !atMost(have->low, want->low, m_ranges)
            || !reaches(have->high, want->high, d))
            return false;
        dropClips(index, linear(wanted), want->high, d);
        return true;
    }
    // The reader's last index is bounded by its loops, or by the domain of its iterators.
    bool reaches(const ExprPtr& have, const ExprPtr& want, std::size_t d) const
    {
        if (atMost(want, have, m_ranges))
            return true;
        const auto last = lastByDomain(d);
        const auto lowest = bounds(have, m_ranges);
        return last && lowest && *last <= lowest->first;
    }
    std::optional<std::int64_t> lastByDomain(std::size_t d) const
    {
        Ranges ranges = m_read.inner;
        if (m_reader.block) {
            const Ranges iters = iterRanges(*m_reader.block);
            ranges.insert(iters.begin(), iters.end());
        }
        const auto range = bounds(m_read.begin[d], ranges);
        return range ? std::optional(range->second + m_read.extent[d] - 1) : std::nullopt;
    }
    static bool mentionsAny(const Linear& index, const Ranges& variables)
    {
        return std::any_of(index.terms.begin(), index.terms.end(), [&](const Linear::Term& term) {
            const auto names = freeVariables(term.atom);
            return std::any_of(names.begin(), names.end(),
                               [&](const std::string& name) { return variables.count(name) != 0; });
        });
    }
    // Whether the reader runs only where what it reads is `limit` at most, in the same iteration of the shared loops:
    // it is cut off where the writer is.
    bool readerKeeps(const Linear& limit, const Linear& wanted, std::size_t d) const
    {
        return !mentionsAny(limit, m_writerInner)
               && std::any_of(m_readerGuards.begin(), m_readerGuards.end(), [&](const Linear& guard) {
                      const Linear most = add(guard, wanted);  // guard >= 0 is wanted <= most
                      const Linear room = add(limit, most, -1);
                      return !mentionsAny(most, m_readerInner) && room.isConstant()
                             && room.constant >= m_read.extent[d] - 1;
                  });
    }
    // Predicates `index < c` that leave all that is wanted.
    void dropClips(const Linear& index, const Linear& wanted, const ExprPtr& want, std::size_t d)
    {
        std::erase_if(m_clips, [&](const Linear& guard) {
            const Linear limit = add(guard, index);  // guard >= 0 is index <= limit
            if (!limit.isConstant())
                return readerKeeps(limit, wanted, d);
            const auto last = lastByDomain(d);
            return atMost(want, intConst(limit.constant), m_ranges) || (last && *last <= limit.constant);
        });
    }

    const Site& m_writer;
    const Access& m_write;
    const Site& m_reader;
    const Access& m_read;
    Ranges m_ranges, m_writerInner, m_readerInner;
    std::vector<Linear> m_clips, m_readerGuards;
    bool m_countable = false;
};

}  // namespace

bool coveredByBox(const SiteTable& program, const Site& reader, const Access& read, const Site& writer,
                  const Access& write)
{
    const auto shared = sharedLoops(writer, reader);
    if (!shared || !runsToNumbers(writer) || !runsToNumbers(reader))
        return false;
    auto around = program.privateLoops.find(read.buffer);
    return Boxes(writer, write, reader, read, *shared,
                 around == program.privateLoops.end() ? std::vector<std::string>{} : around->second)
        .cover();
}

}  // namespace strata
