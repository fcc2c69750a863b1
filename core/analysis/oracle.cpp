// The instance oracle: runs programs instance by instance and looks at who touches what, when, and in which iteration
// of what runs at the same time. Shares nothing with the isl path but the list of accesses and what an update is, which
// is what makes it a test of it.
#include "core/analysis/dependence.h"

#include "core/analysis/sites.h"

#include <algorithm>
#include <set>

namespace strata {

namespace {

using Values = std::map<std::string, std::int64_t>;

std::optional<std::int64_t> number(const ExprPtr& e, const Values& values)
{
    auto arg = [&](std::size_t i) { return number(e->args[i], values); };
    if (e->op == Op::Const)
        return e->i;
    if (e->op == Op::Var) {
        auto found = values.find(e->name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
    }
    if (e->op == Op::Load || e->args.empty())
        return std::nullopt;
    const auto a = arg(0), b = e->args.size() > 1 ? arg(1) : std::optional<std::int64_t>(0);
    if (!a || !b)
        return std::nullopt;
    switch (e->op) {
    case Op::Add: return *a + *b;
    case Op::Sub: return *a - *b;
    case Op::Mul: return *a * *b;
    case Op::FloorDiv: return *b == 0 ? 0 : *a / *b - (*a % *b != 0 && (*a < 0) != (*b < 0));
    case Op::FloorMod: return *b == 0 ? 0 : (*a % *b + *b) % *b;
    case Op::Min:
    case Op::Minimum: return std::min(*a, *b);
    case Op::Max:
    case Op::Maximum: return std::max(*a, *b);
    case Op::Checked: return *a >= 0 && *a < *b ? a : std::nullopt;
    case Op::And: return *a && *b;
    case Op::Or: return *a || *b;
    case Op::Not: return !*a;
    case Op::Neg: return -*a;
    case Op::Eq: return *a == *b;
    case Op::Ne: return *a != *b;
    case Op::Lt: return *a < *b;
    case Op::Le: return *a <= *b;
    default: return std::nullopt;
    }
}

// The way to an instance: positions in lists of statements, and iterations of loops.
struct Step {
    const Loop* loop = nullptr;  // nullptr: a position
    std::int64_t value = 0;
};
using Way = std::vector<Step>;

// One access of one element by one instance.
struct Event {
    std::string instance;     // "dense(0, 3, 783)"; its init part is an instance of its own
    std::string group;        // of an updating block: without the reduce iterators; else empty
    bool anyOrder = false;    // and its updates give the same bits in any order
    std::int64_t memory = 0;  // which allocation of the buffer
    std::int64_t time = 0;
    bool write = false;
    bool writesGlobal = false;  // the instance writes memory that all blocks of a device see
    std::shared_ptr<const Way> way = nullptr;
};

struct Trace {
    std::map<std::string, std::vector<Event>> events;  // by element, "acc[3]", in order
    std::map<std::string, int> instances;              // and how often each runs
    std::string trouble;
};

class Runner {
public:
    explicit Runner(std::int64_t limit, std::set<std::string> global = {})
        : m_left(limit)
        , m_global(std::move(global))
    {
    }
    Trace run(const Body& body)
    {
        execute(body);
        return std::move(m_trace);
    }

private:
    void execute(const Body& body);
    void loop(const Loop& loop);
    void block(const Block& block);
    void leaf(const Block& block, bool first);
    void enumerate(const Access& access, Ranges::const_iterator inner);
    void touch(const Access& access, std::size_t d, const std::string& element);
    const std::vector<Access>& accessesOf(const Block& block);

    std::int64_t m_left;
    std::set<std::string> m_global;  // buffers in memory that all blocks of a device see
    Trace m_trace;
    Way m_way;
    Values m_values;                               // loops and iterators
    std::map<std::string, std::int64_t> m_memory;  // buffer -> which allocation is current
    std::map<const Block*, std::vector<Access>> m_accesses;
    std::int64_t m_allocations = 0, m_time = 0;
    Event m_event;  // what the instance at hand has in common
};

const std::vector<Access>& Runner::accessesOf(const Block& block)
{
    auto found = m_accesses.find(&block);
    return found != m_accesses.end() ? found->second
                                     : m_accesses.emplace(&block, accesses(nullptr, block)).first->second;
}

void Runner::execute(const Body& body)
{
    m_way.push_back({nullptr, -1});
    for (const StmtPtr& stmt : body) {
        if (!m_trace.trouble.empty())
            break;
        ++m_way.back().value;
        if (const Loop* inner = as<Loop>(stmt))
            loop(*inner);
        else if (const Block* inner = as<Block>(stmt))
            block(*inner);
        else if (const Alloc* alloc = as<Alloc>(stmt))
            m_memory[alloc->buffer.name] = ++m_allocations;
        else
            m_trace.trouble = "The instance oracle knows accesses in innermost blocks only.";
    }
    m_way.pop_back();
}

void Runner::loop(const Loop& loop)
{
    const auto extent = number(loop.extent, m_values);
    if (!extent)
        m_trace.trouble = "The extent of loop " + loop.name + " is not a number.";
    for (std::int64_t i = 0; extent && i < *extent; ++i) {
        m_values[loop.name] = i;
        m_way.push_back({&loop, i});
        execute(loop.body);
        m_way.pop_back();
    }
    m_values.erase(loop.name);
}

void Runner::block(const Block& block)
{
    if (block.predicate && number(block.predicate, m_values) == 0)
        return;
    if (--m_left < 0)
        m_trace.trouble = "There are more instances than the oracle may enumerate.";
    const Values saved = m_values;
    bool first = true;
    Values bound;
    for (const BlockIter& iter : block.iters) {
        bound[iter.name] = number(iter.binding, saved).value_or(0);
        first = first && (iter.kind != IterKind::Reduce || bound[iter.name] == 0);
    }
    for (const auto& [name, value] : bound)
        m_values[name] = value;
    if (std::all_of(block.body.begin(), block.body.end(), [](const StmtPtr& s) { return as<Store>(s); })) {
        leaf(block, first);
    } else {
        m_way.push_back({nullptr, 0});
        if (first)
            execute(block.init);
        m_way.back().value = 1;
        execute(block.body);
        m_way.pop_back();
    }
    m_values = saved;
}

void Runner::leaf(const Block& block, bool first)
{
    std::string all = block.name + "(", fixed = all;
    for (const BlockIter& iter : block.iters) {
        const std::string text = std::to_string(m_values[iter.name]) + ", ";
        all += text;
        fixed += iter.kind == IterKind::Reduce ? "" : text;
    }
    for (const bool init : {true, false}) {
        if (init && (!first || block.init.empty()))
            continue;
        m_way.push_back({nullptr, init ? 0 : 1});
        const auto update = init ? std::nullopt : updateOf(nullptr, block);
        m_event = {(init ? "init of " : "") + all, update ? fixed : "", update && update->exact, 0, ++m_time};
        m_event.way = std::make_shared<const Way>(m_way);
        for (const Access& access : accessesOf(block))
            m_event.writesGlobal = m_event.writesGlobal
                                   || (access.init == init && access.write && m_global.count(access.buffer));
        m_way.pop_back();
        ++m_trace.instances[m_event.instance];
        for (const Access& access : accessesOf(block))
            if (access.init == init)
                enumerate(access, access.inner.begin());
    }
}

void Runner::enumerate(const Access& access, Ranges::const_iterator inner)
{
    if (inner != access.inner.end()) {
        for (std::int64_t i = 0; i < inner->second.extent; ++i) {
            m_values[inner->first] = i;
            enumerate(access, std::next(inner));
        }
        m_values.erase(inner->first);
        return;
    }
    for (const ExprPtr& condition : access.conditions)
        if (number(condition, m_values) == 0)
            return;
    touch(access, 0, access.buffer + "[");
}

void Runner::touch(const Access& access, std::size_t d, const std::string& element)
{
    if (d == access.begin.size()) {
        Event event = m_event;
        event.write = access.write;
        event.memory = m_memory[access.buffer];
        m_trace.events[element].push_back(event);
        return;
    }
    const auto begin = number(access.begin[d], m_values);
    if (!begin)
        m_trace.trouble = "An index of " + access.buffer + " depends on data.";
    for (std::int64_t i = 0; begin && i < access.extent[d]; ++i)
        touch(access, d + 1, element + std::to_string(*begin + i) + ", ");
}

std::string shortened(std::string list, const char* end)
{
    if (list.ends_with(", "))
        list.resize(list.size() - 2);
    return list + end;
}

// Every two accesses of one element of which one writes keep their order; or (`accumulation`) so do the updates of one
// reduction. An instance that runs several times, around which loops turn that it does not look at, has no one place.
Status sameOrder(const std::string& element, const std::vector<Event>& before, const std::vector<Event>& after,
                 const std::map<std::string, int>& times, bool accumulation)
{
    const auto once = [&](const Event& event) { return times.at(event.instance) == 1; };
    std::map<std::pair<std::string, bool>, const Event*> now;
    for (const Event& event : after)
        now.try_emplace({event.instance, event.write}, &event);
    for (std::size_t i = 0; i < before.size(); ++i)
        for (std::size_t j = i + 1; j < before.size(); ++j) {
            const Event &a = before[i], &b = before[j];
            if (!(a.write || b.write) || a.instance == b.instance || !once(a) || !once(b)
                || (accumulation && a.anyOrder) || accumulation != (!a.group.empty() && a.group == b.group))
                continue;
            auto first = now.find({a.instance, a.write}), second = now.find({b.instance, b.write});
            if (first == now.end() || second == now.end() || first->second->time < second->second->time)
                continue;
            const std::string where = shortened(element, "]");
            return refused(say("{}{}{} before {}{}", shortened(b.instance, ")"),
                               accumulation ? " accumulates into "
                               : b.write    ? " writes "
                                            : " reads ",
                               where, shortened(a.instance, ")"),
                               accumulation ? " does."
                               : a.write    ? " writes it."
                                            : " reads it."));
        }
    return {};
}

// Which block of an axis; nullopt if no loop around is bound to it.
std::optional<std::int64_t> blockOn(const Way& way, const std::string& axis)
{
    for (const Step& step : way)
        if (step.loop && step.loop->kind == LoopKind::Bound && step.loop->axis == axis)
            return step.value;
    return std::nullopt;
}

// Two executions of one kernel whose order nothing sees to: they part at a loop whose iterations run at the same time,
// or blocks of a device run them of which nobody knows that they are the same.
const Loop* openLoop(const Event& a, const Event& b, const std::vector<const Loop*>& grid)
{
    const auto [x, y] = std::mismatch(a.way->begin(), a.way->end(), b.way->begin(), b.way->end(),
                                      [](const Step& p, const Step& q) { return p.value == q.value; });
    if (x == a.way->end() || y == b.way->end() || x == a.way->begin())
        return nullptr;
    if (x->loop && isUnordered(*x->loop))
        return x->loop;
    for (const Loop* axis : grid) {
        const auto one = blockOn(*a.way, axis->axis), two = blockOn(*b.way, axis->axis);
        const bool knownA = one || a.writesGlobal, knownB = two || b.writesGlobal;
        if (!knownA || !knownB || one.value_or(0) != two.value_or(0))
            return axis;
    }
    return nullptr;
}

Status noRace(const Event& a, const Event& b, const std::string& element, const Body& kernels)
{
    if (a.memory != b.memory || !(a.write || b.write))
        return {};
    const Loop* open = openLoop(a, b, gridOf(kernels[std::size_t(a.way->front().value)]));
    if (!open)
        return {};
    return refused(say("{}{}{} and {}{}, and loop {} leaves their order open.", shortened(a.instance, ")"),
                       a.write ? " writes " : " reads ", shortened(element, "]"), shortened(b.instance, ")"),
                       b.write ? " writes it" : " reads it", open->name));
}

}  // namespace

Status checkRaces(const Function& function, std::int64_t limit)
{
    if (!function.loops())
        return refused("Only functions at the loops level have instances.");
    const Body& kernels = function.loops()->body;
    const Trace trace = Runner(limit, globalBuffers(function)).run(kernels);
    if (!trace.trouble.empty())
        return refused(trace.trouble);
    for (const auto& [element, events] : trace.events)
        for (std::size_t i = 0; i < events.size(); ++i)
            for (std::size_t j = i + 1; j < events.size(); ++j)
                STRATA_CHECK(noRace(events[i], events[j], element, kernels));
    return {};
}

Status checkInstances(const Function& before, const Function& after, std::int64_t limit)
{
    if (!before.loops() || !after.loops())
        return refused("Only functions at the loops level have instances.");
    const Trace old = Runner(limit).run(before.loops()->body), now = Runner(limit).run(after.loops()->body);
    for (const Trace* trace : {&old, &now})
        if (!trace->trouble.empty())
            return refused(trace->trouble);
    for (const auto& [instance, times] : old.instances)
        if (const auto found = now.instances.find(instance); found == now.instances.end())
            return refused(say("{} does not run any more.", shortened(instance, ")")));
        else if (found->second != times)
            return refused(say("{} runs {} times instead of {}.", shortened(instance, ")"), found->second, times));
    for (const auto& [instance, times] : now.instances)
        if (!old.instances.count(instance))
            return refused(say("{} did not run before.", shortened(instance, ")")));
    for (const bool accumulation : {false, true})
        for (const auto& [element, events] : old.events)
            if (auto found = now.events.find(element); found != now.events.end())
                STRATA_CHECK(sameOrder(element, events, found->second, old.instances, accumulation));
    return {};
}

}  // namespace strata
