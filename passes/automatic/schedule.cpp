// What the rules look at, and the step that they take: one line of text, tried in the session.
//
// How an access moves with an iterator (not at all, from neighbour to neighbour, along one whole dimension, otherwise)
// is read off the linear form of its index; that one question decides what can become vectors and what must be packed
// first.
#include "passes/automatic/schedule.h"

#include "core/ir/calls.h"
#include "core/ir/cpu.h"
#include "passes/automatic/cost_model.h"

#include <algorithm>
#include <set>

namespace strata::automatic {

namespace {

// Parameters for which every caller passes a constant.
std::set<std::string> constantParameters(const Module& module, const Function& function)
{
    std::vector<bool> isConstant(function.params.size(), true);
    int calls = 0;
    forEachCall(module, [&](const Function&, const Call& call) {
        if (call.callee != function.name)
            return;
        ++calls;
        for (std::size_t i = 0; i < isConstant.size(); ++i)
            isConstant[i] = isConstant[i] && i < call.inputs.size() && call.inputs[i].kind == Operand::Kind::Constant;
    });
    std::set<std::string> names;
    for (std::size_t i = 0; i < isConstant.size() && calls > 0; ++i)
        if (isConstant[i])
            names.insert(function.params[i].name);
    return names;
}

// A nest that takes less on one thread gains nothing by others: waking them and waiting for the last takes some
// microseconds, and what they read lies in the first one's caches.
constexpr double parallelSeconds = 10e-6;

// Of the outermost statement around a block, on one thread, as if it were a function.
double secondsOfNest(const Schedule& schedule, const std::string& block)
{
    const Located located = *findBlock(schedule.function(), block);
    const StmtPtr outermost = located.ancestors.empty() ? located.stmt : located.ancestors.front();
    Function nest = schedule.function();
    Body body;
    for (const StmtPtr& stmt : nest.loops()->body)
        if (stmt == outermost || as<Alloc>(stmt))
            body.push_back(stmt);
    std::set<std::string> touched;
    for (const Access& access : accesses(&schedule.module(), body))
        touched.insert(access.buffer);
    for (auto* list : {&nest.params, &nest.results})
        std::erase_if(*list, [&](const TypedName& parameter) { return !touched.count(parameter.name); });
    nest.body = LoopsBody{std::move(body)};
    return predict(schedule.module(), nest, commonMachine(schedule.module().target)).seconds;
}

}  // namespace

bool mentions(const ExprPtr& e, const std::string& name)
{
    const std::vector<std::string> names = freeVariables(e);
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string nameList(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + nameText(name);
    return "[" + text + "]";
}

std::string permutation(const std::vector<std::size_t>& order)
{
    std::string from, to;
    for (std::size_t d = 0; d < order.size(); ++d) {
        from += (d ? ", i" : "i") + std::to_string(d);
        to += (d ? ", i" : "i") + std::to_string(order[d]);
    }
    return "(" + from + ") -> (" + to + ")";
}

Status Schedule::attempt(const std::string& rule, const std::function<Status()>& steps)
{
    const Session before = m_session;  // states are shared, so this costs a list of pointers
    m_rule = rule;
    const Status status = steps();
    if (!status)
        m_session = before;
    return status;
}

bool Schedule::attempt(const std::string& rule, const std::string& where, const std::function<Status()>& steps)
{
    const Status status = attempt(rule, steps);
    if (!status)
        report(rule, where, status.error());
    return status.ok();
}

bool Schedule::keepIf(const std::string& rule, const std::function<bool()>& steps)
{
    const Session before = m_session;
    m_rule = rule;
    const bool keep = steps();
    if (!keep)
        m_session = before;
    return keep;
}

void Schedule::report(const std::string& rule, const std::string& where, const Error& error)
{
    m_report.failures.push_back({rule, where + " of " + m_function, error});
}

Status Schedule::step(const std::string& transform, const std::string& arguments)
{
    const std::string line = "loops." + transform + "(" + nameText(m_function) + ", " + arguments + ")";
    Result<Step> parsed = parseStep(line, m_session.registry());
    if (!parsed)
        return bug("Automatic scheduling writes a step that cannot be read, " + line + ": " + parsed.error().message);
    parsed->automatic = m_rule;
    const Result<StatePtr> taken = m_session.apply(*parsed);
    if (taken)
        return {};
    Error error = taken.error();
    error.message = line + ": " + error.message;
    return error;
}

Result<bool> Schedule::offer(const std::string& transform, const std::string& arguments)
{
    const Status taken = step(transform, arguments);
    if (!taken && taken.error().kind == ErrorKind::Bug)
        return taken.error();
    return taken.ok();
}

std::vector<std::string> Schedule::loopsAround(const std::string& block, const std::string& outer) const
{
    std::vector<std::string> names;
    const std::string& last = outer.empty() ? m_stay : outer;
    bool inside = last.empty();
    const Located located = *findBlock(function(), block);
    for (const StmtPtr& stmt : located.ancestors)
        if (const Loop* loop = as<Loop>(stmt)) {
            if (inside)
                names.push_back(loop->name);
            inside = inside || loop->name == last;
        }
    return names;
}

std::int64_t Schedule::extent(const std::string& loop) const
{
    return number(findLoop(function(), loop)->loop()->extent).value_or(0);
}

std::vector<std::string> Schedule::loopsOf(const std::string& block, const std::string& iter,
                                           const std::string& outer) const
{
    std::vector<std::string> names;
    const Block node = this->block(block);
    for (const BlockIter& candidate : node.iters)
        if (candidate.name == iter)
            for (const std::string& loop : loopsAround(block, outer))
                if (mentions(candidate.binding, loop))
                    names.push_back(loop);
    return names;
}

std::vector<std::int64_t> Schedule::shapeOf(const std::string& buffer) const
{
    for (const Buffer& known : buffers(function()))
        if (known.name == buffer && strata::isConstant(known.type.shape))
            return constants(known.type.shape);
    return {};
}

bool Schedule::isParameter(const std::string& buffer) const { return findParam(function(), buffer) != nullptr; }

// Asked once a function: no step on its loops changes which of its arguments are constants.
bool Schedule::isConstant(const std::string& buffer) const
{
    if (!m_constants)
        m_constants = constantParameters(module(), function());
    return m_constants->count(buffer) != 0;
}

int Schedule::lanes() const { return vectorBytes(module().target.isa) / 4; }
int Schedule::registers() const { return cpuOf(module().target.isa).vectorRegisters; }

Stride strideOf(const Access& access, const std::string& iter)
{
    int found = -1;
    for (std::size_t d = 0; d < access.begin.size(); ++d)
        if (mentions(access.begin[d], iter)) {
            if (found >= 0)
                return Stride::Other;
            found = int(d);
        }
    if (found < 0)
        return Stride::None;
    const ExprPtr& index = access.begin[std::size_t(found)];
    const Linear form = linear(index);
    const bool once = std::count_if(form.terms.begin(), form.terms.end(),
                                    [&](const Linear::Term& term) { return mentions(term.atom, iter); })
                      == 1;
    if (std::size_t(found) + 1 == access.begin.size())
        return once && form.coefficient(iter) == 1 ? Stride::Contiguous
               : index->op == Op::Var              ? Stride::Single
                                                   : Stride::Other;
    return index->op == Op::Var ? Stride::Single : Stride::Other;
}

std::int64_t panelOf(const Access& access, const std::string& iter)
{
    const auto isOf = [&](const ExprPtr& e, Op op) {
        return e->op == op && e->args[0]->op == Op::Var && e->args[0]->name == iter && isConst(e->args[1]);
    };
    if (access.begin.empty() || !isOf(access.begin.back(), Op::FloorMod))
        return 0;
    const std::int64_t panel = access.begin.back()->args[1]->i;
    int panels = 0;
    for (std::size_t d = 0; d + 1 < access.begin.size(); ++d)
        if (mentions(access.begin[d], iter)) {
            const Linear index = linear(access.begin[d]);
            const bool isPanel = index.terms.size() == 1 && index.terms[0].coefficient == 1
                                 && isOf(index.terms[0].atom, Op::FloorDiv) && index.terms[0].atom->args[1]->i == panel;
            panels += isPanel ? 1 : 2;
        }
    return panels == 1 ? panel : 0;
}

std::vector<Access> accessesOf(const Schedule& schedule, const Block& block)
{
    std::vector<Access> all = accesses(&schedule.module(), block);
    std::map<std::string, std::vector<std::int64_t>> shapes;
    for (Access& access : all) {
        const auto [shape, isNew] = shapes.try_emplace(access.buffer);
        if (isNew)
            shape->second = schedule.shapeOf(access.buffer);
        while (access.begin.size() > 1 && access.begin.size() <= shape->second.size()
               && shape->second[access.begin.size() - 1] == 1)
            access.begin.pop_back();
    }
    return all;
}

std::int64_t instances(const Block& block)
{
    std::int64_t count = 1;
    for (const BlockIter& iter : block.iters)
        count *= number(iter.extent).value_or(0);
    return count;
}

std::int64_t instancesBelow(const Schedule& schedule, const Block& block)
{
    std::int64_t count = 1;
    for (const BlockIter& iter : block.iters)
        if (schedule.stay().empty() || iter.kind != IterKind::Ordered)
            count *= number(iter.extent).value_or(0);
    return count;
}

std::string orderedLoopOf(const Schedule& schedule, const std::string& block)
{
    std::string last;
    const Located located = *findBlock(schedule.function(), block);
    for (const StmtPtr& stmt : located.ancestors)
        for (const BlockIter& iter : located.block()->iters)
            if (const Loop* loop = as<Loop>(stmt);
                loop && iter.kind == IterKind::Ordered && mentions(iter.binding, loop->name))
                last = loop->name;
    return last;
}

bool isReduction(const Block& block)
{
    return std::any_of(block.iters.begin(), block.iters.end(),
                       [](const BlockIter& iter) { return iter.kind == IterKind::Reduce; });
}

bool isUntouched(const Schedule& schedule, const std::string& block)
{
    const Located located = *findBlock(schedule.function(), block);
    auto first = located.ancestors.begin();
    if (!schedule.stay().empty())
        first = std::find_if(first, located.ancestors.end(), [&](const StmtPtr& stmt) {
            const Loop* loop = as<Loop>(stmt);
            return loop && loop->name == schedule.stay();
        });
    if (first != located.ancestors.end() && !schedule.stay().empty())
        ++first;
    return std::all_of(first, located.ancestors.end(), [](const StmtPtr& stmt) {
        const Loop* loop = as<Loop>(stmt);
        return loop && loop->kind == LoopKind::Serial && loop->body.size() == 1;
    });
}

namespace {

// Rough cost of an expression in simple operations.
int costOf(const ExprPtr& e)
{
    int cost = 0;
    walk(e, [&](const Expr& node) {
        const bool slow = node.op == Op::Div || node.op == Op::Sqrt || node.op == Op::Load;
        cost += node.op == Op::Call ? 20 : slow ? 4 : node.op == Op::Const || node.op == Op::Var ? 0 : 1;
    });
    return cost;
}

int sizeOf(const ExprPtr& e)
{
    int size = 0;
    walk(e, [&](const Expr&) { ++size; });
    return size;
}

// A value that is used twice is written twice by inlining, so a chain of such values doubles with every link. Nothing
// that is used once is ever too large: sizes add up then.
bool staysSmall(const Store& producer, const Block& consumer)
{
    constexpr int limit = 256;
    int uses = 0, size = 0;
    for (const StmtPtr& stmt : consumer.body)
        if (const Store* store = as<Store>(stmt)) {
            size += sizeOf(store->value);
            walk(store->value, [&](const Expr& e) { uses += e.op == Op::Load && e.name == producer.buffer; });
        }
    return uses <= 1 || size + uses * sizeOf(producer.value) <= limit;
}

// Inlining saves a trip through memory; it pays if it computes nothing again, or only what is about as cheap as a read.
bool pays(const Schedule& schedule, const Block& producer, const Store& store, const Block& consumer)
{
    if (isReduction(consumer))
        return false;
    std::vector<Access> reads;
    for (Access& access : accesses(&schedule.module(), consumer)) {
        const auto same = [&](const Access& known) {
            return std::equal(known.begin.begin(), known.begin.end(), access.begin.begin(),
                              [](const ExprPtr& a, const ExprPtr& b) { return equal(a, b); });
        };
        if (access.buffer == store.buffer && std::none_of(reads.begin(), reads.end(), same))
            reads.push_back(std::move(access));
    }
    const double times = double(reads.size()) * double(instances(consumer))
                         / double(std::max<std::int64_t>(1, instances(producer)));
    return times <= 1.01 || costOf(store.value) <= 6;
}

}  // namespace

void inlineChains(Schedule& schedule)
{
    // From the back, so that a block with two readers that become one is inlined, too.
    std::vector<std::string> names = schedule.blocks();
    std::reverse(names.begin(), names.end());
    for (const std::string& name : names) {
        const Block block = schedule.block(name);
        const Store* store = block.body.size() == 1 ? as<Store>(block.body[0]) : nullptr;
        if (!store || isReduction(block) || schedule.isParameter(store->buffer))
            continue;
        const auto readers = readersOf(schedule.function(), store->buffer),
                   writers = writersOf(schedule.function(), store->buffer);
        if (readers.size() == 1 && writers.size() == 1 && readers[0] != name
            && staysSmall(*store, schedule.block(readers[0]))
            && pays(schedule, block, *store, schedule.block(readers[0])))
            schedule.attempt("inline", name, [&]() -> Status {
                STRATA_CHECK(schedule.offer("compute_inline", nameText(name)));
                return {};
            });
    }
}

std::string threadsOf(const std::string& block) { return "threads of " + block; }

const std::vector<std::string>& threadChoices()
{
    static const std::vector<std::string> choices{"one", "all"};
    return choices;
}

namespace {

// Whether two and four threads have about as many iterations each.
bool isEven(std::int64_t iterations)
{
    constexpr double mostIdle = 1.15;
    const auto isEvenFor = [&](std::int64_t threads) {
        return double((iterations + threads - 1) / threads * threads) <= mostIdle * double(iterations);
    };
    return isEvenFor(2) && isEvenFor(4);
}

bool hasPredicates(const Body& body)
{
    bool found = false;
    walk(body, [&](const StmtPtr& stmt) {
        const Block* block = as<Block>(stmt);
        found = found || (block && block->predicate);
    });
    return found;
}

// Where threads cannot share the iterations of a loop evenly, those of the loop inside join them: three panels are too
// few for two threads, three panels times 56 rows are not. Not where a last tile is cut off, which is the last of its
// own loop. Returns the loop to share.
Result<std::string> joinForThreads(Schedule& schedule, const std::string& block, std::string loop)
{
    for (;;) {
        const Loop& outer = *findLoop(schedule.function(), loop)->loop();
        const Loop* inner = outer.body.size() == 1 ? as<Loop>(outer.body[0]) : nullptr;
        if (isEven(schedule.extent(loop)) || !inner || inner->kind != LoopKind::Serial || hasPredicates(outer.body))
            return loop;
        const std::vector<std::string> before = schedule.loopsAround(block);
        STRATA_TRY(const bool joined, schedule.offer("fuse", nameList({loop, inner->name})));
        if (!joined)
            return loop;
        for (const std::string& name : schedule.loopsAround(block))
            if (std::find(before.begin(), before.end(), name) == before.end())
                loop = name;
    }
}

}  // namespace

Status parallelize(Schedule& schedule, const std::string& block)
{
    if (!schedule.stay().empty())
        return {};  // a step of a sequence is short
    const std::string decided = schedule.decision(threadsOf(block));
    if (decided == "one" || (decided != "all" && secondsOfNest(schedule, block) < parallelSeconds))
        return {};
    for (const std::string& loop : schedule.loopsAround(block)) {
        if (findLoop(schedule.function(), loop)->loop()->kind != LoopKind::Serial)
            return {};
        if (schedule.extent(loop) > 1) {
            STRATA_TRY(const std::string shared, joinForThreads(schedule, block, loop));
            STRATA_CHECK(schedule.offer("parallel", nameText(shared)));
            return {};
        }
    }
    return {};
}

}  // namespace strata::automatic
