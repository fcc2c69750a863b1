// Every read of a buffer that the function itself fills is covered by earlier writes, and every result is wholly
// written: as if something read all of it at the end.
//
// First by form (coverage.h): by boxes, by a writer that fills all of a buffer, by writers side by side. Where that
// does not decide (several writers together, scans, odd predicates), exactly, by isl.
#include "core/verify/coverage.h"

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
    if (!m_endLoops.empty() && coveredByParts(m_program, result))
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
            if (write.write && write.buffer == read.buffer && coveredByBox(m_program, reader, read, writer, write))
                return true;
    const auto shape = m_shapes.find(read.buffer);
    const bool isWhole = shape != m_shapes.end() && coveredByWhole(m_program, reader, read.buffer, shape->second);
    return isWhole || coveredByTiles(m_program, reader, read) || coveredExactly(reader, read);
}

}  // namespace

void verifyCoverage(const Function& function, const SiteTable& program, const std::set<std::string>& updated,
                    Findings& findings)
{
    CoverageVerifier(function, program, updated, findings).run();
}

}  // namespace strata
