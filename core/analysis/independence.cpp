// May the iterations of a loop run at the same time?
#include "core/analysis/independence.h"

#include "core/analysis/witness.h"

#include <algorithm>

namespace strata {

namespace {

using Interval = std::optional<std::pair<std::int64_t, std::int64_t>>;

// Decides by one dimension: if its index moves further with the loop than everything else in it can, two iterations
// cannot meet there.
bool apartByInterval(const Site& a, const Access& x, const Site& b, const Access& y, const std::string& loop,
                     std::size_t d)
{
    Ranges ranges = x.inner;
    ranges.insert(y.inner.begin(), y.inner.end());
    for (const Site* site : {&a, &b})
        for (const Loop* around : site->loops)
            ranges[around->name] = {0, linear(around->extent).constant};
    Linear first = linear(substitute(x.begin[d], a.bindings), ranges),
           second = linear(substitute(y.begin[d], b.bindings), ranges);
    const std::int64_t stride = first.coefficient(loop);
    if (stride == 0 || second.coefficient(loop) != stride)
        return ranges[loop].extent == 1;
    bool outer = true;
    for (std::size_t i = 0; i < a.loops.size(); ++i) {
        const std::string& name = a.loops[i]->name;
        outer = outer && name != loop;
        const std::int64_t both = first.coefficient(name);
        // Loops outside of this one have one value in both iterations, and so cancel where they are linear.
        if (outer && i < b.loops.size() && b.loops[i] == a.loops[i] && both == second.coefficient(name)) {
            first = add(first, {{{var(name), 1}}, 0}, -both);
            second = add(second, {{{var(name), 1}}, 0}, -both);
        }
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
    std::string sameOuter(const Site& a, const Site& b) const;
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

std::string Independence::sameOuter(const Site& a, const Site& b) const
{
    std::string text;
    for (std::size_t i = 0;
         i < std::min(a.loops.size(), b.loops.size()) && a.loops[i] == b.loops[i] && a.loops[i]->name != m_loop; ++i)
        text += " and x" + std::to_string(i) + " = y" + std::to_string(i);
    return text;
}

void Independence::compare(const Site& a, const Site& b)
{
    const auto cases = orderCases(a, b, m_loop);
    auto conditions = conditionsOf(cases,
                                   [&](const Case& one) { return one.unordered && one.unordered->name == m_loop; });
    if (conditions.empty())
        return;
    for (std::string& condition : conditions)  // other threads are the business of their own loop
        condition += sameOuter(a, b);
    for (const Access& x : a.accesses)
        for (const Access& y : b.accesses) {
            if (x.buffer != y.buffer || !(x.write || y.write) || !m_verdict.legal
                || isPrivate(m_program, x.buffer, m_loop) || apart(a, x, b, y))
                continue;
            const Relation meeting =
                accessRelation(m_context, m_program, a, x).then(accessRelation(m_context, m_program, b, y).inverse())
                & Relation(m_context, pairRelation(a, b, conditions));
            if (const auto pair = meeting.sample()) {
                m_verdict.legal = false;
                m_verdict.witness = witnessOf(a, x, b, y, *pair, caseOf(a, b, cases, *pair));
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

OrderVerdict independentIterations(const Function& function, const std::string& loop)
{
    return independentIterations(siteTable(nullptr, function), loop);
}

}  // namespace strata
