// Two orders of the same block instances: does every dependence still run forward?
//
// Instances are matched by block name and the values of block iterators, so a schedule is nothing but two relations
// from executions (values of the loops) to instances, one before and one after. For two accesses of one element of
// which one writes, the pairs that ran in this order before are built by isl and carried over to the new executions;
// the change is legal if none of them runs the other way, or at the same time, now. Otherwise the lexicographically
// smallest pair is the witness. This is the classical test of a schedule (Feautrier 1991; Verdoolaege's isl), with two
// refinements:
//
// An update by an associative and commutative operation may change places with another of the same reduction and
// element (the verdict is then `reassociated`); the init part, a site of its own, may not. Where an instance runs
// several times (compute_at recomputes it), a reader needs one execution of its writer before it, in memory that both
// see: checkFlow asks for reads that none serves.
#include "core/analysis/witness.h"

#include <algorithm>

namespace strata {

namespace {

class Comparison {
public:
    Comparison(const Function& before, const Function& after, const Module* module)
        : m_before(siteTable(module, before))
        , m_after(siteTable(module, after))
        , m_context(operationQuota)
    {
    }
    OrderVerdict run();

private:
    const Site* counterpart(const Site& site) const;
    bool orderedByPlaceAlone(const Site& a, const Site& b) const;
    void compare(const Site& a, const Site& b);
    void compareAccesses(const Site& a, const Access& x, const Site& b, const Access& y, const Relation& earlier);
    void checkReduction(const Relation& dependence, const Site& a, const Access& x, const Access& y);
    void checkFlow(const Relation& dependence, const Site& a, const Access& x, const Site& b, const Access& y);
    void checkOrder(const Relation& dependence, const Site& a, const Access& x, const Site& b, const Access& y);
    void violated(const Relation& violation, const Site& a, const Access& x, const Site& b, const Access& y);
    const Relation& iters(const Site& site);
    Relation executions(const Relation& instances, const Site& a, const Site& b);  // of the new program
    std::string sameMemory(const std::string& buffer, const Site& a, const Site& b) const;

    SiteTable m_before, m_after;
    IslContext m_context;
    std::map<const Site*, Relation> m_iters;
    std::map<const Site*, bool> m_once;  // each instance runs once
    OrderVerdict m_verdict;
};

const Site* Comparison::counterpart(const Site& site) const
{
    for (const Site& other : m_after.sites)
        if (other.name == site.name && other.iters.size() == site.iters.size())
            return &other;
    return nullptr;
}

const Relation& Comparison::iters(const Site& site)
{
    auto found = m_iters.find(&site);
    return found != m_iters.end() ? found->second : m_iters.emplace(&site, iterRelation(m_context, site)).first->second;
}

Relation Comparison::executions(const Relation& instances, const Site& a, const Site& b)
{
    return iters(a).then(instances).then(iters(b).inverse());
}

// a lies before b in both programs whatever the loops do.
bool Comparison::orderedByPlaceAlone(const Site& a, const Site& b) const
{
    const auto before = orderCases(a, b), after = orderCases(*counterpart(a), *counterpart(b));
    return before.size() == 1 && after.size() == 1 && before[0].order == after[0].order;
}

OrderVerdict Comparison::run()
{
    for (const SiteTable* program : {&m_before, &m_after})
        if (!program->trouble.empty())
            return {false, false, {}, program->trouble};
    for (const Site& a : m_before.sites)
        for (const Site& b : m_before.sites)
            if (m_verdict.legal && counterpart(a) && counterpart(b) && !orderedByPlaceAlone(a, b))
                compare(a, b);
    if (const std::string failure = m_context.failure(); !failure.empty() && m_verdict.legal)
        return {false, false, {}, failure};
    return m_verdict;
}

void Comparison::compare(const Site& a, const Site& b)
{
    std::optional<Relation> earlier;
    std::vector<std::pair<const Access*, const Access*>> done;
    for (const Access& x : a.accesses)
        for (const Access& y : b.accesses) {
            if (x.buffer != y.buffer || !(x.write || y.write) || !m_verdict.legal)
                continue;
            if (!earlier)
                earlier = Relation(m_context, pairRelation(a, b, conditionsOf(orderCases(a, b), [](const Case& one) {
                                                               return one.order == Case::Order::Before;
                                                           })));
            compareAccesses(a, x, b, y, *earlier);
        }
}

void Comparison::compareAccesses(const Site& a, const Access& x, const Site& b, const Access& y,
                                 const Relation& earlier)
{
    const Relation touching =
        accessRelation(m_context, m_before, a, x).then(accessRelation(m_context, m_before, b, y).inverse()) & earlier;
    if (touching.empty())
        return;
    Relation dependence = iters(a).inverse().then(touching).then(iters(b));
    if (&a == &b) {
        std::string same, fixed;
        for (std::size_t i = 0; i < a.iters.size(); ++i) {
            const std::string equal = " and i" + std::to_string(i) + " = j" + std::to_string(i);
            same += equal;
            fixed += a.iters[i].kind == IterKind::Reduce ? "" : equal;
        }
        const std::string spaces = "{ " + tuple("i", a.iters.size()) + " -> " + tuple("j", a.iters.size()) + " : 1 = 1";
        dependence = dependence
                     - Relation(m_context, spaces + same + " }");  // an instance that runs twice does the same twice
        if (a.update && x.write != y.write) {
            const Relation reduction(m_context, spaces + fixed + " }");
            checkReduction(dependence & reduction, a, x, y);
            dependence = dependence - reduction;
        } else if (a.update && x.write && y.write) {
            dependence = dependence - Relation(m_context, spaces + fixed + " }");
        }
    }
    if (dependence.empty())
        return;
    if (kindOf(x, y) == Conflict::Kind::Flow)
        checkFlow(dependence, a, x, b, y);
    else
        checkOrder(dependence, a, x, b, y);
}

void Comparison::violated(const Relation& violation, const Site& a, const Access& x, const Site& b, const Access& y)
{
    if (!m_verdict.legal || violation.empty())
        return;
    m_verdict.legal = false;
    const auto pair = violation.sample();
    if (!pair) {
        m_verdict.unknown = m_context.failure();
        return;
    }
    const Site &first = *counterpart(a), &second = *counterpart(b);
    const auto cases = orderCases(first, second);
    // The elements are those of the old program: same instances, so the same values of block iterators.
    m_verdict.witness = witnessOf(first, x, second, y, *pair, caseOf(first, second, cases, *pair));
}

// Updates of one element by one reduction: may swap, but not run at the same time.
void Comparison::checkReduction(const Relation& dependence, const Site& a, const Access& x, const Access& y)
{
    const Site& now = *counterpart(a);
    const auto cases = orderCases(now, now);
    const Relation there = executions(dependence, now, now);
    const Relation racing(m_context, pairRelation(now, now, conditionsOf(cases, [](const Case& one) {
                                                      return one.unordered != nullptr;
                                                  })));
    violated(there & racing, a, x, a, y);
    if (!m_verdict.legal && m_verdict.witness)
        m_verdict.witness->conflict.kind = Conflict::Kind::Reduction;
    const Relation swapped(m_context, pairRelation(now, now, conditionsOf(cases, [](const Case& one) {
                                                       return one.order == Case::Order::After;
                                                   })));
    m_verdict.reassociated = m_verdict.reassociated || (!a.update->exact && !(there & swapped).empty());
}

std::string Comparison::sameMemory(const std::string& buffer, const Site& a, const Site& b) const
{
    std::string text;
    auto found = m_after.privateLoops.find(buffer);
    if (found == m_after.privateLoops.end())
        return text;
    auto index = [](const Site& site, const std::string& loop) {
        return std::to_string(
            std::find_if(site.loops.begin(), site.loops.end(), [&](const Loop* l) { return l->name == loop; })
            - site.loops.begin());
    };
    for (const std::string& loop : found->second)
        text += " and x" + index(a, loop) + " = y" + index(b, loop);
    return text;
}

bool runsOk(const Case& one) { return one.order == Case::Order::Before && !one.unordered; }

// Every execution of the reader needs the writer to have run before it. A writer that runs several times (compute_at
// recomputes) only needs one of them.
void Comparison::checkFlow(const Relation& dependence, const Site& a, const Access& x, const Site& b, const Access& y)
{
    const Site &first = *counterpart(a), &second = *counterpart(b);
    if (!m_once.count(&first))
        m_once[&first] = iters(first).injective();
    if (m_once[&first])
        return checkOrder(dependence, a, x, b, y);
    std::vector<std::string> good = conditionsOf(orderCases(first, second), runsOk);
    for (std::string& condition : good)
        condition += sameMemory(x.buffer, first, second);
    const Relation needed = dependence.then(iters(second).inverse());
    const Relation served = iters(first).inverse().then(Relation(m_context, pairRelation(first, second, good)));
    const Relation missing = needed - served;
    if (!missing.empty())  // any execution of the writer will do as a witness
        violated(iters(first).then(missing), a, x, b, y);
}

void Comparison::checkOrder(const Relation& dependence, const Site& a, const Access& x, const Site& b, const Access& y)
{
    const Site &first = *counterpart(a), &second = *counterpart(b);
    std::vector<std::string> wrong = conditionsOf(orderCases(first, second),
                                                  [](const Case& one) { return !runsOk(one); });
    if (kindOf(x, y) != Conflict::Kind::Flow)  // other iterations have memory of their own
        for (std::string& condition : wrong)
            condition += sameMemory(x.buffer, first, second);
    violated(executions(dependence, first, second) & Relation(m_context, pairRelation(first, second, wrong)), a, x, b,
             y);
}

}  // namespace

OrderVerdict compareOrder(const Function& before, const Function& after, const Module* module)
{
    if (!before.loops() || !after.loops())
        return {false, false, {}, "Only functions at the loops level have an order of instances."};
    return Comparison(before, after, module).run();
}

}  // namespace strata
