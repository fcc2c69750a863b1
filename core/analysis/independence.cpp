// May the iterations of a loop run at the same time? Yes, unless two iterations touch one element of which one writes.
//
// This is asked pair by pair of accesses: isl gets the relation of instance pairs that meet in an element, restricted
// to pairs that differ in the loop at hand and agree in the loops around it; it is empty, or a point of it is the
// witness. Two shortcuts decide most pairs without isl, and each is a proof by itself: memory that is allocated inside
// the loop belongs to one iteration, and two accesses whose index moves further with the loop than everything else in
// it can make up for never meet.
//
// A fused loop is asked digit by digit (unfuse): two of its iterations differ in some digit, the outermost of which
// tells them apart.
#include "core/analysis/independence.h"

#include "core/analysis/witness.h"

#include <algorithm>

namespace strata {

namespace {

using Interval = std::optional<std::pair<std::int64_t, std::int64_t>>;

bool isBelow(const Site& site, const std::string& loop)
{
    return std::any_of(site.loops.begin(), site.loops.end(), [&](const Loop* l) { return l->name == loop; });
}

// The iterations that a pair of executions of both sites is in agree in these loops: those around both outside of
// `loop`. Blocks of a device meet in any of its iterations.
std::size_t sharedLoops(const Site& a, const Site& b, const std::string& loop)
{
    std::size_t count = 0;
    while (count < std::min(a.loops.size(), b.loops.size()) && a.loops[count] == b.loops[count]
           && a.loops[count]->name != loop)
        ++count;
    return count < a.loops.size() && isBlockLoop(*a.loops[count]) ? 0 : count;
}

// Decides by one dimension: if its index moves further with the loop than everything else in it can, two iterations
// cannot meet there.
bool apartByInterval(const Site& a, const Access& x, const Site& b, const Access& y, const std::string& loop,
                     std::size_t d)
{
    if (!isBelow(a, loop) || !isBelow(b, loop))
        return false;
    Ranges ranges = x.inner;
    ranges.insert(y.inner.begin(), y.inner.end());
    for (const Site* site : {&a, &b})
        for (const Loop* around : site->loops)
            enter(ranges, around->name, around->extent);
    Linear first = linear(substitute(x.begin[d], a.bindings), ranges),
           second = linear(substitute(y.begin[d], b.bindings), ranges);
    const std::int64_t stride = first.coefficient(loop);
    if (stride == 0 || second.coefficient(loop) != stride) {
        const auto range = ranges.find(loop);
        return range != ranges.end() && range->second.extent == 1;
    }
    for (std::size_t i = 0; i < sharedLoops(a, b, loop); ++i) {  // they cancel where they are linear
        const std::string& name = a.loops[i]->name;
        const std::int64_t both = first.coefficient(name);
        if (both != second.coefficient(name))
            continue;
        first = add(first, {{{var(name), 1}}, 0}, -both);
        second = add(second, {{{var(name), 1}}, 0}, -both);
    }
    first = add(first, {{{var(loop), 1}}, 0}, -stride);
    second = add(second, {{{var(loop), 1}}, 0}, -stride);
    const Interval one = bounds(first.expr(), ranges), two = bounds(second.expr(), ranges);
    if (!one || !two)
        return false;
    const std::int64_t size = std::abs(stride);
    return one->second + x.extent[d] - 1 - two->first < size && two->second + y.extent[d] - 1 - one->first < size;
}

bool isPrivate(const SiteTable& program, const std::string& buffer, const std::string& loop)
{
    auto found = program.privateLoops.find(buffer);
    return found != program.privateLoops.end()
           && std::find(found->second.begin(), found->second.end(), loop) != found->second.end();
}

class Independence {
public:
    Independence(const SiteTable& program, const std::string& loop)
        : m_program(program)
        , m_loop(loop)
        , m_context(operationQuota)
    {
    }
    OrderVerdict run();

private:
    void compare(const Site& a, const Site& b);
    bool apart(const Site& a, const Access& x, const Site& b, const Access& y) const;

    const SiteTable& m_program;
    std::string m_loop;
    IslContext m_context;
    OrderVerdict m_verdict;
};

bool Independence::apart(const Site& a, const Access& x, const Site& b, const Access& y) const
{
    for (std::size_t d = 0; d < std::min(x.begin.size(), y.begin.size()); ++d)
        if (apartByInterval(a, x, b, y, m_loop, d))
            return true;
    return false;
}

void Independence::compare(const Site& a, const Site& b)
{
    const auto cases = orderCases(a, b, m_loop);
    const auto conditions = conditionsOf(
        cases, [&](const Case& one) { return one.unordered && one.unordered->name == m_loop; });
    if (conditions.empty())
        return;
    for (const Access& x : a.accesses)
        for (const Access& y : b.accesses) {
            if (x.buffer != y.buffer || !(x.write || y.write) || !m_verdict.legal
                || isPrivate(m_program, x.buffer, m_loop) || apart(a, x, b, y))
                continue;
            const Relation meeting =
                accessRelation(m_context, m_program, a, x).then(accessRelation(m_context, m_program, b, y).inverse())
                & Relation(m_context, pairRelation(a, b, conditions));
            if (const auto pair = meeting.sample()) {
                const Case* now = caseOf(a, b, cases, *pair);
                const bool after = now && now->order == Case::Order::After;  // the one that comes first is told first
                m_verdict.legal = false;
                m_verdict.witness = after ? witnessOf(b, y, a, x, {pair->to, pair->from, pair->sizes}, now)
                                          : witnessOf(a, x, b, y, *pair, now);
            }
        }
}

OrderVerdict Independence::run()
{
    if (!m_program.trouble.empty())
        return {false, false, {}, m_program.trouble};
    for (std::size_t i = 0; i < m_program.sites.size(); ++i)
        for (std::size_t j = i; j < m_program.sites.size(); ++j)
            if (m_verdict.legal)
                compare(m_program.sites[i], m_program.sites[j]);
    if (const std::string failure = m_context.failure(); !failure.empty() && m_verdict.legal)
        return {false, false, {}, failure};
    return m_verdict;
}

}  // namespace

// Two iterations of a fused loop differ in some digit, the outermost of which tells them apart.
OrderVerdict independentIterations(const SiteTable& program, const std::string& loop)
{
    const auto digits = program.unfused.digits.find(loop);
    if (digits == program.unfused.digits.end())
        return Independence(program, loop).run();
    OrderVerdict verdict;
    for (const std::string& digit : digits->second)
        if (verdict.legal)
            verdict = Independence(program, digit).run();
    return verdict;
}

OrderVerdict independentIterations(const Function& function, const std::string& loop, const Module* module)
{
    return independentIterations(siteTable(module, function), loop);
}

}  // namespace strata
