// A function of loops as the integer problem that isl is asked about.
//
// A site is a place in the text where elements are touched; with the loops around it, what block iterators are over
// them, predicates and accesses, it becomes three relations over its executions: to instances (iterRelation), to
// elements (accessRelation), and between executions of two sites (orderCases). The order of two executions is
// lexicographic along the path from the root: the first list in which they stand at different positions decides,
// otherwise the first loop whose values differ; where that loop's iterations run at the same time, the order is open.
// Blocks of a device wait for each other only where a kernel ends, so within a kernel executions by different blocks
// are not ordered by anything.
//
// A buffer that is allocated inside loops is another one in each of their iterations; its elements carry the values of
// these loops in front. What toIsl cannot express is left out: more elements, more executions, so that a proof stays a
// proof.
#include "core/analysis/sites.h"

#include "core/base/condition.h"

#include <algorithm>
#include <set>

namespace strata {

namespace {

bool holdsBlock(const Body& body)
{
    bool found = false;
    walk(body, [&](const StmtPtr& stmt) { found = found || as<Block>(stmt); });
    return found;
}

bool callsIntrinsic(const Body& body)
{
    bool found = false;
    walk(body, [&](const StmtPtr& stmt) { found = found || as<IntrinsicCall>(stmt); });
    return found;
}

class Builder {
public:
    Builder(const Module* module, const Function& function, SiteTable& program)
        : m_module(module)
        , m_global(globalBuffers(function))
        , m_program(program)
    {
    }
    void visitKernels(const Body& body);

private:
    void visit(const StmtPtr& stmt, int position);
    void visit(const Body& body);
    void visitLoop(const Loop& loop, int position);
    void visitBlock(const Block& block, int position);
    void visitNested(const Block& block);
    void addLeaf(const Block& block, bool init);
    void addLone(const StmtPtr& stmt, int position);
    void add(Site site);
    Site siteHere(const Block& block) const;
    void addBindings(const Block& block);
    ExprPtr overLoops(const ExprPtr& e) const { return substitute(e, m_bindings); }
    bool isSize(const std::string& name) const
    {
        return std::find(m_program.sizes.begin(), m_program.sizes.end(), name) != m_program.sizes.end();
    }
    std::vector<ExprPtr> initConditions(const Block& block) const;

    const Module* m_module;
    std::set<std::string> m_global;
    SiteTable& m_program;
    std::vector<const Loop*> m_grid;
    std::vector<const Loop*> m_loops;
    std::vector<Site::Step> m_path;
    std::vector<Substitution> m_bindings;  // iterators of all blocks around
    std::vector<ExprPtr> m_conditions;
    int m_lone = 0;
};

void Builder::visitKernels(const Body& body)
{
    for (std::size_t i = 0; i < body.size(); ++i) {
        m_grid = gridOf(body[i]);
        visit(body[i], int(i));
    }
}

void Builder::visit(const Body& body)
{
    for (std::size_t i = 0; i < body.size(); ++i)
        visit(body[i], int(i));
}

void Builder::visit(const StmtPtr& stmt, int position)
{
    if (const Loop* loop = as<Loop>(stmt)) {
        visitLoop(*loop, position);
    } else if (const Block* block = as<Block>(stmt)) {
        visitBlock(*block, position);
    } else if (const Alloc* alloc = as<Alloc>(stmt)) {
        std::vector<std::string>& around = m_program.privateLoops[alloc->buffer.name];
        for (const Loop* loop : m_loops)
            around.push_back(loop->name);
    } else {
        addLone(stmt, position);
    }
}

void Builder::add(Site site)
{
    site.grid = m_grid;
    site.sizes = m_program.sizes;
    site.writesGlobal = std::any_of(site.accesses.begin(), site.accesses.end(), [&](const Access& access) {
        return access.write && m_global.count(access.buffer);
    });
    m_program.sites.push_back(std::move(site));
}

void Builder::visitLoop(const Loop& loop, int position)
{
    const std::vector<std::string> names = freeVariables(loop.extent);
    if (!std::all_of(names.begin(), names.end(), [this](const std::string& name) { return isSize(name); }))
        m_program.trouble = "The extent of loop " + loop.name + " is not the same each time.";
    m_path.push_back({position, int(m_loops.size())});
    m_loops.push_back(&loop);
    visit(loop.body);
    m_loops.pop_back();
    m_path.pop_back();
}

void Builder::addBindings(const Block& block)
{
    std::vector<Substitution> bindings;
    for (const BlockIter& iter : block.iters)
        bindings.push_back({iter.name, overLoops(iter.binding)});
    m_bindings.insert(m_bindings.begin(), bindings.begin(), bindings.end());  // the innermost of a name comes first
}

std::vector<ExprPtr> Builder::initConditions(const Block& block) const
{
    std::vector<ExprPtr> conditions;
    for (const BlockIter& iter : block.iters)
        if (iter.kind == IterKind::Reduce)
            conditions.push_back(binary(Op::Eq, overLoops(var(iter.name)), intConst(0)));
    return conditions;
}

void Builder::visitBlock(const Block& block, int position)
{
    const std::vector<Substitution> bindings = m_bindings;
    const std::size_t conditions = m_conditions.size();
    if (block.predicate)
        m_conditions.push_back(overLoops(block.predicate));
    addBindings(block);
    m_path.push_back({position, -1});
    if (holdsBlock(block.body) || holdsBlock(block.init)) {
        visitNested(block);
    } else {
        if (!block.init.empty())
            addLeaf(block, true);
        addLeaf(block, false);
    }
    m_path.pop_back();
    m_bindings = bindings;
    m_conditions.resize(conditions);
}

void Builder::visitNested(const Block& block)
{
    const std::size_t conditions = m_conditions.size();
    for (ExprPtr& condition : initConditions(block))
        m_conditions.push_back(std::move(condition));
    m_path.push_back({0, -1});
    visit(block.init);
    m_conditions.resize(conditions);
    m_path.back().position = 1;
    visit(block.body);
    m_path.pop_back();
}

Site Builder::siteHere(const Block& block) const
{
    Site site;
    site.name = block.name;
    site.block = &block;
    site.loops = m_loops;
    site.conditions = m_conditions;
    site.bindings = m_bindings;
    site.path = m_path;
    return site;
}

void Builder::addLeaf(const Block& block, bool init)
{
    Site site = siteHere(block);
    site.init = init;
    if (!init)
        site.update = updateOf(m_module, block);
    site.path.push_back({init ? 0 : 1, -1});
    for (BlockIter iter : block.iters) {
        if (init && iter.kind == IterKind::Reduce)
            continue;
        iter.binding = overLoops(var(iter.name));
        site.iters.push_back(std::move(iter));
    }
    if (init) {
        site.name += "_init";
        for (ExprPtr& condition : initConditions(block))
            site.conditions.push_back(std::move(condition));
    }
    for (Access& access : accesses(m_module, block))
        if (access.init == init)
            site.accesses.push_back(std::move(access));
    add(std::move(site));
}

// A store or intrinsic call outside of any innermost block: its instances are those of the loops around.
void Builder::addLone(const StmtPtr& stmt, int position)
{
    Site site;
    site.name = "statement " + std::to_string(++m_lone);
    site.loops = m_loops;
    site.conditions = m_conditions;
    site.bindings = m_bindings;
    site.path = m_path;
    site.path.push_back({position, -1});
    for (const Loop* loop : m_loops)
        site.iters.push_back({loop->name, IterKind::Ordered, loop->extent, var(loop->name)});
    site.accesses = accesses(m_module, Body{stmt});
    add(std::move(site));
}

std::string joined(const std::vector<std::string>& parts, const char* separator)
{
    std::string text;
    for (const std::string& part : parts)
        text += (text.empty() ? "" : separator) + part;
    return text;
}

std::map<std::string, std::string> loopNames(const Site& site, const std::string& prefix)
{
    std::map<std::string, std::string> names;
    for (const std::string& size : site.sizes)
        names[size] = asParameter(size);
    for (std::size_t i = 0; i < site.loops.size(); ++i)
        names[site.loops[i]->name] = prefix + std::to_string(i);
    return names;
}

}  // namespace

bool isUnordered(const Loop& loop) { return loop.kind != LoopKind::Serial && loop.kind != LoopKind::Unrolled; }

bool isBlockLoop(const Loop& loop) { return loop.kind == LoopKind::Bound && loop.axis.starts_with("blockIdx"); }

std::vector<const Loop*> gridOf(const StmtPtr& kernel)
{
    std::map<std::string, const Loop*> axes;
    walk({kernel}, [&](const StmtPtr& stmt) {
        if (const Loop* loop = as<Loop>(stmt); loop && isBlockLoop(*loop) && !isConst(loop->extent, 1))
            axes.try_emplace(loop->axis, loop);
    });
    std::vector<const Loop*> grid;
    for (const auto& [axis, loop] : axes)
        grid.push_back(loop);
    return grid;
}

std::set<std::string> globalBuffers(const Function& function)
{
    std::set<std::string> names;
    for (const auto* side : {&function.params, &function.results})
        for (const TypedName& tensor : *side)
            names.insert(tensor.name);
    for (const StmtPtr& stmt : function.loops()->body)
        if (const Alloc* alloc = as<Alloc>(stmt); alloc && alloc->buffer.scope == Scope::Global)
            names.insert(alloc->buffer.name);
    return names;
}

SiteTable siteTable(const Module* module, const Function& function)
{
    SiteTable program;
    for (const std::string& size : sizesOf(function))
        program.sizes.push_back(size);
    for (Buffer& buffer : buffers(function))
        program.shapes[buffer.name] = std::move(buffer.type.shape);
    if (const LoopsBody* loops = function.loops()) {
        if (!module && callsIntrinsic(loops->body))
            program.trouble = "What the intrinsics of " + function.name + " touch is not known here.";
        program.unfused = unfuse(loops->body);
        Builder(module, function, program).visitKernels(program.unfused.body);
        for (Site& site : program.sites)
            site.facts = factsOf(function);
    }
    return program;
}

namespace {

// The cases along the path: the first place where two executions part decides. Where that is a loop whose iterations
// run at the same time, the order is open.
class Cases {
public:
    Cases(const Site& first, const Site& second, const std::string& parallel)
        : m_first(first)
        , m_second(second)
        , m_parallel(parallel)
    {
    }
    std::vector<Case> take()
    {
        alongPath();
        acrossBlocks();
        return std::move(m_cases);
    }

private:
    void alongPath();
    void addLoop(int loop);
    void add(Case::Order order, const Loop* unordered, const std::string& last);
    void acrossBlocks();
    std::vector<Case> acrossBlocks(const Case& one, const Loop& axis) const;

    const Site &m_first, &m_second;
    const std::string& m_parallel;
    std::vector<std::string> m_equal;  // loops entered so far in the same iteration
    std::vector<Case> m_cases;
};

void Cases::add(Case::Order order, const Loop* unordered, const std::string& last)
{
    std::vector<std::string> parts = m_equal;
    if (!last.empty())
        parts.push_back(last);
    m_cases.push_back({order, unordered, parts.empty() ? "1 = 1" : joined(parts, " and "), m_equal.size()});
}

void Cases::addLoop(int index)
{
    const Loop& loop = *m_first.loops[std::size_t(index)];
    const std::string x = "x" + std::to_string(index), y = "y" + std::to_string(index);
    const Loop* open = isUnordered(loop) || loop.name == m_parallel ? &loop : nullptr;
    add(Case::Order::Before, open, x + " < " + y);
    add(Case::Order::After, open, x + " > " + y);
    m_equal.push_back(x + " = " + y);
}

void Cases::alongPath()
{
    for (std::size_t i = 0; i < std::min(m_first.path.size(), m_second.path.size()); ++i) {
        const Site::Step a = m_first.path[i], b = m_second.path[i];
        if (a.position != b.position)
            return add(a.position < b.position ? Case::Order::Before : Case::Order::After, nullptr, "");
        if (a.loop >= 0)
            addLoop(a.loop);
    }
    add(Case::Order::Same, nullptr, "");
}

// The loops around that are bound to the axis (several are the digits of one that was fused), by index.
std::vector<std::size_t> loopsOf(const Site& site, const std::string& axis)
{
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < site.loops.size(); ++i)
        if (site.loops[i]->kind == LoopKind::Bound && site.loops[i]->axis == axis)
            found.push_back(i);
    return found;
}

// Which block of the axis runs an execution, as isl text.
std::string blockNumber(const Site& site, const std::vector<std::size_t>& digits, const char* prefix)
{
    std::string sum = "0";
    std::int64_t stride = 1;
    for (std::size_t i = digits.size(); i-- > 0;) {
        sum = std::to_string(stride) + "*" + prefix + std::to_string(digits[i]) + " + " + sum;
        stride *= number(site.loops[digits[i]]->extent).value_or(1);  // bound loops have numbers
    }
    return sum;
}

std::vector<Case> Cases::acrossBlocks(const Case& one, const Loop& axis) const
{
    const auto a = loopsOf(m_first, axis.axis), b = loopsOf(m_second, axis.axis);
    if (a.empty() && b.empty())  // by the first block if that is sure of both
        return {
            {one.order, m_first.writesGlobal && m_second.writesGlobal ? nullptr : &axis, one.condition, one.shared}};
    if ((a.empty() && !m_first.writesGlobal) || (b.empty() && !m_second.writesGlobal))  // by any block
        return {{one.order, &axis, one.condition, one.shared}};
    std::vector<Case> result;
    std::string same = one.condition;
    const bool alike = a.size() == b.size()
                       && std::equal(a.begin(), a.end(), b.begin(), [&](std::size_t x, std::size_t y) {
                              return m_first.loops[x] == m_second.loops[y];
                          });
    const auto part = [&](const std::string& x, const std::string& y, const Loop* open) {
        result.push_back({one.order, open, same + " and " + x + " != " + y, one.shared});
        same += " and " + x + " = " + y;
    };
    for (std::size_t i = 0; alike && i < a.size(); ++i)
        if (a[i] >= one.shared)
            part("x" + std::to_string(a[i]), "y" + std::to_string(b[i]), m_first.loops[a[i]]);
    if (!alike)
        part(blockNumber(m_first, a, "x"), blockNumber(m_second, b, "y"),
             a.empty() ? m_second.loops[b[0]] : m_first.loops[a[0]]);
    result.push_back({one.order, nullptr, same, one.shared});
    return result;
}

// Blocks wait for each other only where a kernel ends. So executions of one kernel by different blocks are not ordered,
// wherever they stand in it: neither one statement after the other nor a serial loop around the blocks orders them.
void Cases::acrossBlocks()
{
    if (STRATA_CONDITION("blocks.unordered", m_first.path.front().position != m_second.path.front().position))
        return;
    for (const Loop* axis : m_first.grid) {
        std::vector<Case> refined;
        for (const Case& one : m_cases) {
            const bool decided = one.unordered || one.order == Case::Order::Same;
            const std::vector<Case> parts = decided ? std::vector{one} : acrossBlocks(one, *axis);
            refined.insert(refined.end(), parts.begin(), parts.end());
        }
        m_cases = std::move(refined);
    }
}

}  // namespace

std::vector<Case> orderCases(const Site& first, const Site& second, const std::string& parallel)
{
    return Cases(first, second, parallel).take();
}

std::string tuple(const char* prefix, std::size_t count)
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i)
        names.push_back(prefix + std::to_string(i));
    return "[" + joined(names, ", ") + "]";
}

namespace {

// "0 <= x0 < 8"; open above where isl cannot say the extent.
std::string range(const std::string& variable, const ExprPtr& extent, const std::map<std::string, std::string>& names)
{
    const auto count = number(extent);
    const auto text = count ? std::to_string(*count) : toIsl(extent, names);
    return "0 <= " + variable + (text ? " < " + *text : "");
}

}  // namespace

std::string domainOf(const Site& site, const char* prefix)
{
    const auto names = loopNames(site, prefix);
    std::vector<std::string> parts{"1 = 1"};
    for (const Loop* loop : site.loops)
        parts.push_back(range(names.at(loop->name), loop->extent, names));
    for (const auto* conditions : {&site.conditions, &site.facts})
        for (const ExprPtr& condition : *conditions)
            if (const auto text = toIsl(condition, names))
                parts.push_back("(" + *text + ")");
    return joined(parts, " and ");
}

Relation iterRelation(const IslContext& context, const Site& site)
{
    const auto names = loopNames(site, "x");
    std::string text = parameters(site.sizes) + "{ " + tuple("x", site.loops.size()) + " -> "
                       + tuple("i", site.iters.size()) + " : " + domainOf(site, "x");
    for (std::size_t i = 0; i < site.iters.size(); ++i) {
        const std::string iter = "i" + std::to_string(i);
        const auto binding = toIsl(site.iters[i].binding, names);
        text += " and " + (binding ? iter + " = " + *binding : range(iter, site.iters[i].extent, names));
    }
    return Relation(context, text + " }");
}

namespace {

// Constraints on e0.. that hold for the elements of the access.
std::string elementConstraints(const SiteTable& program, const Site& site, const Access& access,
                               const std::map<std::string, std::string>& names, std::size_t first)
{
    std::string text;
    const auto shape = program.shapes.find(access.buffer);
    for (std::size_t d = 0; d < access.begin.size(); ++d) {
        const std::string e = "e" + std::to_string(first + d);
        const auto begin = toIsl(substitute(access.begin[d], site.bindings), names);
        if (begin && access.extent[d] == 1)
            text += " and " + e + " = " + *begin;
        else if (begin)
            text += " and " + *begin + " <= " + e + " < " + *begin + " + " + std::to_string(access.extent[d]);
        else if (shape != program.shapes.end() && d < shape->second.size())
            text += " and " + range(e, toExpr(shape->second[d]), names);
    }
    return text;
}

}  // namespace

Relation accessRelation(const IslContext& context, const SiteTable& program, const Site& site, const Access& access)
{
    auto names = loopNames(site, "x");
    std::vector<std::string> inner;
    std::string constraints;
    for (const auto& [name, range] : access.inner) {
        inner.push_back("n" + std::to_string(inner.size()));
        names[name] = inner.back();
        constraints += " and 0 <= " + inner.back() + " < " + std::to_string(range.extent);
    }
    std::vector<std::string> around;
    if (auto found = program.privateLoops.find(access.buffer); found != program.privateLoops.end())
        around = found->second;
    for (std::size_t p = 0; p < around.size(); ++p)
        constraints += " and e" + std::to_string(p) + " = " + names.at(around[p]);
    constraints += elementConstraints(program, site, access, names, around.size());
    for (const ExprPtr& condition : access.conditions)
        if (const auto text = toIsl(substitute(condition, site.bindings), names))
            constraints += " and (" + *text + ")";
    const std::string exists = inner.empty() ? "" : "exists " + joined(inner, ", ") + " : ";
    return Relation(context, parameters(site.sizes) + "{ " + tuple("x", site.loops.size()) + " -> "
                                 + tuple("e", around.size() + access.begin.size()) + " : " + exists
                                 + domainOf(site, "x") + constraints + " }");
}

std::optional<std::int64_t> evaluate(const ExprPtr& e, const std::map<std::string, std::int64_t>& values)
{
    std::vector<Substitution> constants;
    for (const auto& [name, value] : values)
        constants.push_back({name, intConst(value)});
    const ExprPtr result = simplify(substitute(e, constants), {});
    return isConst(result) ? std::optional(result->i) : std::nullopt;
}

std::map<std::string, std::int64_t> iterValues(const Site& site, const Execution& execution)
{
    std::map<std::string, std::int64_t> around = execution.sizes, values;
    for (std::size_t i = 0; i < site.loops.size() && i < execution.loops.size(); ++i)
        around[site.loops[i]->name] = execution.loops[i];
    for (const Substitution& binding : site.bindings)
        if (const auto value = evaluate(binding.value, around))
            values[binding.name] = *value;
    values.merge(around);
    return values;
}

std::string instanceText(const Site& site, const Execution& execution)
{
    return instanceOf(site, {}, execution).text();
}

Instance instanceOf(const Site& site, const Access& access, const Execution& execution)
{
    const auto values = iterValues(site, execution);
    Instance instance{site.name, {}, access.write, elementText(site, access, execution)};
    for (const BlockIter& iter : site.iters)
        if (auto value = values.find(iter.name); value != values.end())
            instance.iters.emplace_back(iter.name, value->second);
    return instance;
}

std::string sizesText(const SizeValues& sizes)
{
    std::string text;
    for (const auto& [name, value] : sizes)
        text += (text.empty() ? " (" : ", ") + name + " = " + std::to_string(value);
    return text.empty() ? "" : text + ")";
}

std::string elementText(const Site& site, const Access& access, const Execution& execution)
{
    const auto values = iterValues(site, execution);
    std::vector<std::string> parts;
    for (std::size_t d = 0; d < access.begin.size(); ++d) {
        const auto value = access.extent[d] == 1 ? evaluate(access.begin[d], values) : std::nullopt;
        parts.push_back(value ? std::to_string(*value) : ":");
    }
    return access.buffer + "[" + joined(parts, ", ") + "]";
}

}  // namespace strata
