// Every read of a buffer that the function itself fills is covered by earlier writes, and every result is wholly
// written: as if something read all of it at the end.
//
// First by boxes: what one writer fills below the loops that it shares with the reader, against what the reader reads
// there; over sizes by writers that fill all of a buffer. Where that does not decide (several writers together, scans,
// odd predicates), exactly, by isl.
#include "core/verify/parts.h"

#include "core/analysis/regions.h"
#include "core/analysis/witness.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace strata {

namespace {

class CoverageVerifier {
public:
    CoverageVerifier(const Function& function, const SiteTable& program, const std::set<std::string>& updated,
                     Findings& findings)
        : m_function(function)
        , m_program(program)
        , m_findings(findings)
        , m_given(updated)
    {
        for (const TypedName& param : function.params)
            m_given.insert(param.name);
        for (const Buffer& buffer : buffers(function))
            m_shapes[buffer.name] = buffer.type.shape;
        m_end.name = "the end";
        m_end.path = {{std::numeric_limits<int>::max(), -1}};
        m_end.sizes = program.sizes;
        m_end.facts = factsOf(function);
    }

    void run()
    {
        for (const Site& site : m_program.sites)
            for (const Access& access : site.accesses)
                if (!access.write && !m_given.count(access.buffer) && !covered(site, access))
                    return;  // one finding is enough: others tend to follow from it
        for (const TypedName& result : m_function.results)
            if (!m_given.count(result.name) && !whollyWritten(result))
                return;
    }

private:
    bool covered(const Site& reader, const Access& read);
    bool readsOwnUpdate(const Site& reader, const Access& read) const;
    bool coveredByBox(const Site& reader, const Access& read, const Site& writer, const Access& write) const;
    bool coveredByWhole(const Site& reader, const std::string& buffer) const;
    bool coveredByTiles(const Site& reader, const Access& read) const;
    bool coveredByParts(const TypedName& result) const;
    bool coveredExactly(const Site& reader, const Access& read);
    bool whollyWritten(const TypedName& result);
    void report(const Site& reader, const Access& read, const std::optional<Relation::Pair>& pair,
                const std::string& doubt);

    const Function& m_function;
    const SiteTable& m_program;
    Findings& m_findings;
    std::set<std::string> m_given;  // buffers that hold something from the beginning
    std::map<std::string, Shape> m_shapes;
    Site m_end;                    // after all statements
    std::vector<Loop> m_endLoops;  // over dimensions that are sizes
};

bool sameIndices(const Access& a, const Access& b)
{
    return a.buffer == b.buffer && a.begin.size() == b.begin.size()
           && std::equal(a.begin.begin(), a.begin.end(), b.begin.begin(),
                         [](const ExprPtr& x, const ExprPtr& y) { return equal(x, y); });
}

// Linear with no negative coefficients.
bool grows(const Linear& a)
{
    return a.isAffine() && std::all_of(a.terms.begin(), a.terms.end(), [](const Linear::Term& term) {
               return term.coefficient > 0;
           });
}

// The init part of a reduction runs first if the reduce iterators are 0 exactly where the loops they are made of start,
// and these loops are not also those of spatial iterators. Tail predicates hold for smaller values, too.
bool CoverageVerifier::readsOwnUpdate(const Site& reader, const Access& read) const
{
    if (!reader.block || reader.init || reader.block->init.empty())
        return false;
    const auto init = std::find_if(m_program.sites.begin(), m_program.sites.end(),
                                   [&](const Site& site) { return site.init && site.block == reader.block; });
    if (init == m_program.sites.end())
        return false;
    const bool writes = std::any_of(init->accesses.begin(), init->accesses.end(),
                                    [&](const Access& a) { return a.write && sameIndices(a, read); });
    std::set<std::string> reduceLoops, otherLoops;
    for (const BlockIter& iter : reader.iters) {
        const Linear binding = linear(iter.binding);
        if (iter.kind == IterKind::Reduce && (!grows(binding) || binding.constant != 0))
            return false;
        for (std::string& loop : freeVariables(iter.binding))
            (iter.kind == IterKind::Reduce ? reduceLoops : otherLoops).insert(std::move(loop));
    }
    const bool apart = std::none_of(reduceLoops.begin(), reduceLoops.end(),
                                    [&](const std::string& loop) { return otherLoops.count(loop); });
    const auto predicates = exactGuards(reader.conditions, {});
    return writes && apart && predicates
           && std::all_of(predicates->begin(), predicates->end(), [](const Linear& guard) {
                  return grows(add({}, add(guard, {{}, guard.constant}, -1), -1));
              });
}

// --- Boxes
// -----------------------------------------------------------------------------------------------------------------

// How many loops from the outside both sites share, before their ways part with the writer first; nullopt if the writer
// is not first.
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

// A box is numbers; what runs to a size is left to isl.
bool runsToNumbers(const Site& site)
{
    return std::all_of(site.loops.begin(), site.loops.end(), [](const Loop* loop) { return number(loop->extent); });
}

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

// Whether the index takes every value between its smallest and largest while the inner variables run: digits of a mixed
// radix.
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

// One dimension of a box: smallest index and largest, over the shared loops.
struct Side {
    ExprPtr low, high;
};

std::optional<Side> sideOf(const ExprPtr& index, std::int64_t extent, const Ranges& inner)
{
    const Region swept = sweep({"", {index}, {intConst(extent)}}, inner, {});
    const auto names = freeVariables(swept.begin[0]);
    if (std::any_of(names.begin(), names.end(), [&](const std::string& name) { return inner.count(name); }))
        return std::nullopt;
    const auto count = number(swept.extent[0]);
    return count ? std::optional(Side{swept.begin[0], swept.begin[0] + *count - 1}) : std::nullopt;
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

bool CoverageVerifier::coveredByBox(const Site& reader, const Access& read, const Site& writer,
                                    const Access& write) const
{
    const auto shared = sharedLoops(writer, reader);
    if (!shared || !runsToNumbers(writer) || !runsToNumbers(reader))
        return false;
    auto around = m_program.privateLoops.find(read.buffer);
    return Boxes(writer, write, reader, read, *shared,
                 around == m_program.privateLoops.end() ? std::vector<std::string>{} : around->second)
        .cover();
}

// --- Wholes
// ----------------------------------------------------------------------------------------------------------------

// Whether an access writes every element of a buffer in each iteration of the loops that it shares: over numbers or
// sizes, also in tiles whose last one is cut off at the buffer's end.
class Whole {
public:
    Whole(const Site& site, const Access& access, std::size_t shared, const Shape& shape)
        : m_site(site)
        , m_access(access)
        , m_shape(shape)
    {
        for (std::size_t i = shared; i < site.loops.size(); ++i)
            m_open[site.loops[i]->name] = site.loops[i]->extent;
    }

    bool covers()
    {
        if (!m_access.conditions.empty() || !m_access.inner.empty() || m_access.init
            || m_access.begin.size() != m_shape.size())
            return false;
        for (std::size_t d = 0; d < m_shape.size(); ++d)
            if (m_access.extent[d] != 1 || !coversDimension(d))
                return false;
        const bool allRun = std::all_of(m_open.begin(), m_open.end(), [](const auto& loop) {
            const auto count = number(loop.second);
            return count && *count > 0;
        });
        return allRun && cutsOffNothing();
    }

private:
    struct Digit {
        std::int64_t weight = 1;
        ExprPtr extent;
    };

    // The index runs over the digits of a mixed radix from 0 on. Of these the largest may run to a size.
    bool coversDimension(std::size_t d)
    {
        const Linear index = linear(simplify(substitute(m_access.begin[d], m_site.bindings), {}));
        m_indices.push_back(index);
        std::vector<Digit> digits;
        for (const Linear::Term& term : index.terms) {
            const auto loop = term.atom->op == Op::Var ? m_open.find(term.atom->name) : m_open.end();
            if (loop == m_open.end() || term.coefficient < 0)
                return false;
            digits.push_back({term.coefficient, loop->second});
            m_open.erase(loop);  // an index of another dimension with it would be a diagonal
        }
        std::sort(digits.begin(), digits.end(), [](const Digit& a, const Digit& b) { return a.weight < b.weight; });
        std::int64_t reach = 1;  // 0 .. reach-1 are taken
        for (std::size_t i = 0; i < digits.size(); ++i) {
            if (digits[i].weight > reach)
                return false;
            const auto count = number(digits[i].extent);
            if (!count)
                return index.constant == 0 && i + 1 == digits.size() && reachesSize(digits[i], d);
            if (*count <= 0)
                return false;
            reach += digits[i].weight * (*count - 1);
        }
        return index.constant == 0 && m_shape[d].isConstant() && reach >= m_shape[d].constant();
    }
    // As many pieces as the dimension has, the last one perhaps in part.
    bool reachesSize(const Digit& digit, std::size_t d) const
    {
        const ExprPtr size = toExpr(m_shape[d]);
        const ExprPtr pieces = digit.weight == 1 ? size : floorDiv(size + intConst(digit.weight - 1), digit.weight);
        return difference(simplify(digit.extent, {}), simplify(pieces, {})) == 0;
    }
    // Each condition says only that an index stays inside the buffer.
    bool cutsOffNothing() const
    {
        const auto conditions = exactGuards(m_site.conditions, {});
        return conditions && std::all_of(conditions->begin(), conditions->end(), [&](const Linear& guard) {
                   for (std::size_t d = 0; d < m_shape.size(); ++d) {
                       const Linear room = add(add(guard, m_indices[d]), linear(toExpr(m_shape[d])), -1);
                       if (room.isConstant() && room.constant >= -1)  // guard >= 0 is index < size
                           return true;
                   }
                   return false;
               });
    }

    const Site& m_site;
    const Access& m_access;
    const Shape& m_shape;
    std::map<std::string, ExprPtr> m_open;  // loops below the shared ones that no dimension has yet
    std::vector<Linear> m_indices;
};

// Whatever is read lies inside the buffer (bounds.cpp), so that an earlier writer of all of it is enough.
bool CoverageVerifier::coveredByWhole(const Site& reader, const std::string& buffer) const
{
    const auto shape = m_shapes.find(buffer);
    if (shape == m_shapes.end())
        return false;
    for (const Site& writer : m_program.sites)
        for (const Access& write : writer.accesses)
            if (write.write && write.buffer == buffer)
                if (const auto shared = sharedLoops(writer, reader);
                    shared && Whole(writer, write, *shared, shape->second).covers())
                    return true;
    return false;
}

// --- Tiles
// -----------------------------------------------------------------------------------------------------------------

using Span = std::pair<std::int64_t, std::int64_t>;  // first and last index

// All that an access touches over all loops of its site, if that is a box and nothing is left out of it.
std::optional<std::vector<Span>> boxOf(const Site& site, const Access& access)
{
    if (!site.conditions.empty() || !access.conditions.empty() || access.init || !runsToNumbers(site))
        return std::nullopt;
    Ranges all = rangesOf(site);
    all.insert(access.inner.begin(), access.inner.end());
    for (const auto& [name, range] : all)
        if (range.extent <= 0)
            return std::nullopt;
    std::vector<Span> box;
    std::set<std::string> used;
    for (std::size_t d = 0; d < access.begin.size(); ++d) {
        const ExprPtr index = simplify(substitute(access.begin[d], site.bindings), all);
        for (const std::string& name : freeVariables(index))
            if (!used.insert(name).second)
                return std::nullopt;  // a diagonal
        const auto side = sideOf(index, access.extent[d], all);
        if (!side || !contiguous(linear(index), all) || !isConst(side->low) || !isConst(side->high))
            return std::nullopt;
        box.emplace_back(side->low->i, side->high->i);
    }
    return box;
}

bool contains(const Span& outer, const Span& inner)
{
    return outer.first <= inner.first && inner.second <= outer.second;
}

// Many writers that lie side by side along one dimension, as those of a Concat: their spans follow each other without a
// gap. Only writers whose nests are through before the reader's begins. (isl would need a quota for each of thousands.)
bool CoverageVerifier::coveredByTiles(const Site& reader, const Access& read) const
{
    const auto wanted = boxOf(reader, read);
    if (!wanted)
        return false;
    std::map<std::size_t, std::vector<Span>>
        along;  // dimension -> spans of the writers that lack something there alone
    for (const Site& writer : m_program.sites)
        for (const Access& write : writer.accesses) {
            if (!write.write || write.buffer != read.buffer || sharedLoops(writer, reader) != std::size_t(0))
                continue;
            const auto box = boxOf(writer, write);
            std::optional<std::size_t> dimension;
            bool several = !box;
            for (std::size_t d = 0; !several && d < wanted->size(); ++d)
                if (!contains((*box)[d], (*wanted)[d]))
                    several = std::exchange(dimension, d).has_value();
            if (!several && dimension)
                along[*dimension].push_back((*box)[*dimension]);
        }
    return std::any_of(along.begin(), along.end(), [&](auto& tiles) {
        auto& [dimension, spans] = tiles;
        std::sort(spans.begin(), spans.end());
        std::int64_t next = (*wanted)[dimension].first;
        for (const auto& [first, last] : spans)
            if (first <= next)
                next = std::max(next, last + 1);
        return next > (*wanted)[dimension].second;
    });
}

// The part of each dimension that a site writes, where that is a box over sizes and nothing is left out of it: from
// which index on, and how many.
struct Part {
    Dim begin, count;
};

std::optional<std::vector<Part>> partsOf(const Site& site, const Access& access)
{
    if (!site.conditions.empty() || !access.conditions.empty() || !access.inner.empty() || access.init)
        return std::nullopt;
    std::map<std::string, Dim> open;  // loops that no dimension has yet
    for (const Loop* loop : site.loops) {
        const std::optional<Dim> count = toDim(simplify(loop->extent, {}));
        if (!count)
            return std::nullopt;
        open[loop->name] = *count;
    }
    std::vector<Part> parts;
    for (std::size_t d = 0; d < access.begin.size(); ++d) {
        const std::optional<Dim> index = toDim(simplify(substitute(access.begin[d], site.bindings), {}));
        if (!index || access.extent[d] != 1)
            return std::nullopt;
        Part part{*index, Dim(1)};
        for (const std::string& symbol : index->symbols())
            if (const auto loop = open.find(symbol); loop != open.end()) {
                part = {part.begin - Dim::symbol(symbol), loop->second};
                open.erase(loop);
                break;
            }
        for (const Loop* loop : site.loops)
            if (!(withDims(part.begin, {{loop->name, Dim(0)}}) == part.begin))
                return std::nullopt;  // twice in one index, or in two
        parts.push_back(part);
    }
    const bool all = std::all_of(open.begin(), open.end(), [](const auto& loop) { return loop.second == Dim(1); });
    return all ? std::optional(parts) : std::nullopt;
}

// Writers that lie side by side along one dimension over sizes, as those of a Concat of many.
bool CoverageVerifier::coveredByParts(const TypedName& result) const
{
    const Shape& shape = result.type.tensor.shape;
    std::map<std::size_t, std::vector<Part>> along;  // dimension -> parts that are whole in all others
    for (const Site& writer : m_program.sites)
        for (const Access& write : writer.accesses) {
            const auto parts = write.write && write.buffer == result.name ? partsOf(writer, write) : std::nullopt;
            std::optional<std::size_t> dimension;
            bool several = !parts || parts->size() != shape.size();
            for (std::size_t d = 0; !several && d < shape.size(); ++d)
                if (!((*parts)[d].begin == Dim(0) && (*parts)[d].count == shape[d]))
                    several = std::exchange(dimension, d).has_value();
            if (!several && !dimension)
                return true;
            if (!several)
                along[*dimension].push_back((*parts)[*dimension]);
        }
    for (auto& [dimension, parts] : along) {
        Dim next;
        for (;;) {
            const auto found = std::find_if(parts.begin(), parts.end(), [&](const Part& p) { return p.begin == next; });
            if (found == parts.end())
                break;
            next = next + found->count;
            parts.erase(found);
        }
        if (next == shape[dimension])
            return true;
    }
    return false;
}

// --- Exactly
// ---------------------------------------------------------------------------------------------------------------

// Whether a relation says exactly when and where the access happens: a condition or an index that depends on data is
// left out of it, so that it holds more than what happens.
bool isExact(const Site& site, const Access& access)
{
    std::map<std::string, std::string> names;
    for (const std::string& size : site.sizes)
        names[size] = "x";
    for (const Loop* loop : site.loops)
        names[loop->name] = "x";
    for (const auto& [name, range] : access.inner)
        names[name] = "x";
    const auto exact = [&](const ExprPtr& e) { return toIsl(substitute(e, site.bindings), names).has_value(); };
    return std::all_of(site.conditions.begin(), site.conditions.end(), exact)
           && std::all_of(access.conditions.begin(), access.conditions.end(), exact)
           && std::all_of(access.begin.begin(), access.begin.end(), exact);
}

// Whether a statement of the body writes before another of the same instance reads.
bool writesFirst(const Site& site, const Access& write, const Access& read)
{
    return write.inner.empty() && &write >= site.accesses.data() && &read < site.accesses.data() + site.accesses.size()
           && &write < &read;
}

// What is written earlier, where that is certain, taken away from what is read.
bool CoverageVerifier::coveredExactly(const Site& reader, const Access& read)
{
    const IslContext context(operationQuota / 4);
    Relation missing = accessRelation(context, m_program, reader, read);
    bool allExact = isExact(reader, read);
    for (const Site& writer : m_program.sites)
        for (const Access& write : writer.accesses) {
            if (!write.write || write.buffer != read.buffer)
                continue;
            if (!isExact(writer, write)) {
                allExact = false;
                continue;
            }
            const auto good = conditionsOf(orderCases(writer, reader), [](const Case& one) {
                return one.order == Case::Order::Before && !one.unordered;
            });
            const Relation earlier(context, pairRelation(writer, reader, good));
            const Relation written = accessRelation(context, m_program, writer, write);
            missing = missing - earlier.inverse().then(written);
            if (&writer == &reader && writesFirst(reader, write, read))
                missing = missing - written;
        }
    const auto pair = missing.sample();
    const std::string failure = context.failure();
    if (!pair && failure.empty())
        return true;
    report(reader, read, pair, !failure.empty() ? failure : allExact ? "" : "What is written or read depends on data.");
    return false;
}

// "acc[3, 0]": of the buffer's own dimensions, which come last in the pair.
std::string elementOf(const Site& reader, const Access& read, const Relation::Pair& pair)
{
    if (std::all_of(read.extent.begin(), read.extent.end(), [](std::int64_t extent) { return extent == 1; })
        && reader.block)
        return elementText(reader, read, {pair.from, pair.sizes});
    std::string text;
    for (std::size_t i = pair.to.size() - read.begin.size(); i < pair.to.size(); ++i)
        text += (text.empty() ? "" : ", ") + std::to_string(pair.to[i]);
    return read.buffer + "[" + text + "]";
}

// `doubt`: why the pair may be none.
void CoverageVerifier::report(const Site& reader, const Access& read, const std::optional<Relation::Pair>& pair,
                              const std::string& doubt)
{
    const bool atEnd = &reader == &m_end;
    const Cursor where = atEnd || !reader.block ? functionCursor(m_function.name)
                                                : Cursor{m_function.name, NodeKind::Block, reader.block->name};
    const Cursor node = atEnd ? Cursor{m_function.name, NodeKind::Buffer, read.buffer} : where;
    if (!doubt.empty()) {
        const std::string what = atEnd ? "every element of the result " + read.buffer + " is written"
                                       : "all that " + reader.name + " reads of " + read.buffer + " is written before";
        m_findings.push_back(
            {refused(say("It cannot be proved that {}: {}", what, doubt), {node}), Finding::Kind::Unproved});
        return;
    }
    const std::string element = elementOf(reader, read, *pair) + sizesText(pair->sizes);
    m_findings.push_back(atEnd ? refused(say("Nothing writes the element {} of a result.", element), {node},
                                         "Results are wholly written.")
                               : refused(say("{} reads {} before anything writes it.",
                                             instanceText(reader, {pair->from, pair->sizes}), element),
                                         {node}));
}

// A reader of the whole result after everything else: of a box, or of one element of a dimension in each iteration.
bool CoverageVerifier::whollyWritten(const TypedName& result)
{
    const Shape& shape = result.type.tensor.shape;
    Access read;
    read.buffer = result.name;
    m_endLoops.clear();
    for (std::size_t d = 0; d < shape.size(); ++d) {
        if (!shape[d].isConstant())
            m_endLoops.push_back({"at " + std::to_string(d), toExpr(shape[d]), LoopKind::Serial, {}, {}, {}});
        read.begin.push_back(shape[d].isConstant() ? intConst(0) : var(m_endLoops.back().name));
        read.extent.push_back(shape[d].isConstant() ? shape[d].constant() : 1);
        if (shape[d] == Dim(0))
            return true;
    }
    if (!m_endLoops.empty() && coveredByParts(result))
        return true;
    m_end.loops.clear();
    for (const Loop& loop : m_endLoops)
        m_end.loops.push_back(&loop);
    return covered(m_end, read);
}

bool CoverageVerifier::covered(const Site& reader, const Access& read)
{
    if (readsOwnUpdate(reader, read))
        return true;
    for (const Site& writer : m_program.sites)
        for (const Access& write : writer.accesses)
            if (write.write && write.buffer == read.buffer && coveredByBox(reader, read, writer, write))
                return true;
    return coveredByWhole(reader, read.buffer) || coveredByTiles(reader, read) || coveredExactly(reader, read);
}

}  // namespace

void verifyCoverage(const Function& function, const SiteTable& program, const std::set<std::string>& updated,
                    Findings& findings)
{
    CoverageVerifier(function, program, updated, findings).run();
}

}  // namespace strata
