#include "core/analysis/sites.h"

#include <algorithm>

namespace strata {

namespace {

bool holdsBlock(const Body& body)
{
    bool found = false;
    walk(body, [&](const StmtPtr& stmt) { found = found || as<Block>(stmt); });
    return found;
}

bool readsBuffer(const ExprPtr& e, const std::string& buffer)
{
    bool found = false;
    walk(e, [&](const Expr& node) { found = found || (node.op == Op::Load && node.name == buffer); });
    return found;
}

bool isSelf(const ExprPtr& e, const Store& store)
{
    return e->op == Op::Load && e->name == store.buffer && e->args.size() == store.indices.size()
           && std::equal(e->args.begin(), e->args.end(), store.indices.begin(),
                         [](const ExprPtr& a, const ExprPtr& b) { return equal(a, b); });
}

// buffer[i] = buffer[i] op other, op associative and commutative up to rounding.
bool isUpdate(const Store& store)
{
    ExprPtr value = store.value;
    while (value->op == Op::Let && !readsBuffer(value->args[0], store.buffer))
        value = value->args[1];
    const auto operation = {Op::Add,     Op::Mul, Op::Min, Op::Max, Op::Minimum,
                            Op::Maximum, Op::And, Op::Or,  Op::Xor, Op::Fma};
    if (std::find(operation.begin(), operation.end(), value->op) == operation.end())
        return false;
    const auto self = value->op == Op::Fma ? value->args.end() - 1
                                           : std::find_if(value->args.begin(), value->args.end(),
                                                          [&](const ExprPtr& e) { return isSelf(e, store); });
    if (self == value->args.end() || !isSelf(*self, store))
        return false;
    return std::all_of(value->args.begin(), value->args.end(),
                       [&](const ExprPtr& e) { return &e == &*self || !readsBuffer(e, store.buffer); });
}

}  // namespace

bool isUpdate(const Block& block)
{
    if (block.body.size() != 1 || std::none_of(block.iters.begin(), block.iters.end(), [](const BlockIter& i) {
            return i.kind == IterKind::Reduce;
        }))
        return false;
    if (const Store* store = as<Store>(block.body[0]))
        return isUpdate(*store);
    return as<IntrinsicCall>(block.body[0]) != nullptr;  // tensorize matched its description against such an update
}

namespace {

class Builder {
public:
    Builder(const Module* module, SiteTable& program)
        : m_module(module)
        , m_program(program)
    {
    }
    void visit(const Body& body);

private:
    void visitLoop(const Loop& loop, int position);
    void visitBlock(const Block& block, int position);
    void visitNested(const Block& block);
    void addLeaf(const Block& block, bool init);
    void addLone(const StmtPtr& stmt, int position);
    Site siteHere(const Block& block) const;
    void addBindings(const Block& block);
    ExprPtr overLoops(const ExprPtr& e) const { return substitute(e, m_bindings); }
    std::vector<ExprPtr> initConditions(const Block& block) const;

    const Module* m_module;
    SiteTable& m_program;
    std::vector<const Loop*> m_loops;
    std::vector<Site::Step> m_path;
    std::vector<Substitution> m_bindings;  // iterators of all blocks around
    std::vector<ExprPtr> m_conditions;
    int m_lone = 0;
};

void Builder::visit(const Body& body)
{
    for (std::size_t i = 0; i < body.size(); ++i) {
        const int position = int(i);
        if (const Loop* loop = as<Loop>(body[i])) {
            visitLoop(*loop, position);
        } else if (const Block* block = as<Block>(body[i])) {
            visitBlock(*block, position);
        } else if (const Alloc* alloc = as<Alloc>(body[i])) {
            std::vector<std::string>& around = m_program.privateLoops[alloc->buffer.name];
            for (const Loop* loop : m_loops)
                around.push_back(loop->name);
        } else {
            addLone(body[i], position);
        }
    }
}

void Builder::visitLoop(const Loop& loop, int position)
{
    if (!linear(loop.extent).isConstant())
        m_program.trouble = "The extent of loop " + loop.name + " is not a constant.";
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
    site.update = !init && isUpdate(block);
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
    m_program.sites.push_back(std::move(site));
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
    m_program.sites.push_back(std::move(site));
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
    for (std::size_t i = 0; i < site.loops.size(); ++i)
        names[site.loops[i]->name] = prefix + std::to_string(i);
    return names;
}

bool isThread(const Loop& loop) { return loop.kind == LoopKind::Bound && loop.axis.rfind("threadIdx", 0) == 0; }
bool isUnordered(const Loop& loop)
{
    return loop.kind == LoopKind::Parallel || loop.kind == LoopKind::Vectorized || loop.kind == LoopKind::Bound;
}

}  // namespace

SiteTable siteTable(const Module* module, const Function& function)
{
    SiteTable program;
    for (Buffer& buffer : buffers(function))
        program.shapes[buffer.name] = std::move(buffer.type.shape);
    if (const LoopsBody* loops = function.loops()) {
        program.unfused = unfuse(loops->body);
        Builder(module, program).visit(program.unfused.body);
    }
    return program;
}

std::vector<Case> orderCases(const Site& first, const Site& second, const std::string& parallel)
{
    std::vector<Case> cases;
    std::vector<std::string> equal;
    auto add = [&](Case::Order order, const Loop* unordered, const std::string& last) {
        std::vector<std::string> parts = equal;
        if (!last.empty())
            parts.push_back(last);
        cases.push_back({order, unordered, parts.empty() ? "1 = 1" : joined(parts, " and ")});
    };
    auto addLoop = [&](int loop, bool unordered) {
        const std::string x = "x" + std::to_string(loop), y = "y" + std::to_string(loop);
        const Loop* open = unordered ? first.loops[std::size_t(loop)] : nullptr;
        add(Case::Order::Before, open, x + " < " + y);
        add(Case::Order::After, open, x + " > " + y);
        equal.push_back(x + " = " + y);
    };
    std::vector<int> threads;
    for (std::size_t i = 0; i < std::min(first.path.size(), second.path.size()); ++i) {
        const Site::Step a = first.path[i], b = second.path[i];
        if (a.position != b.position) {
            add(a.position < b.position ? Case::Order::Before : Case::Order::After, nullptr, "");
            return cases;
        }
        if (a.loop < 0)
            continue;
        const Loop& loop = *first.loops[std::size_t(a.loop)];
        if (isThread(loop))  // a barrier lies between what comes later in the path, so that the thread decides last
            threads.push_back(a.loop);
        else
            addLoop(a.loop, isUnordered(loop) || loop.name == parallel);
    }
    for (int loop : threads)
        addLoop(loop, true);
    add(Case::Order::Same, nullptr, "");
    return cases;
}

std::string tuple(const char* prefix, std::size_t count)
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i)
        names.push_back(prefix + std::to_string(i));
    return "[" + joined(names, ", ") + "]";
}

std::string domainOf(const Site& site, const char* prefix)
{
    const auto names = loopNames(site, prefix);
    std::vector<std::string> parts{"1 = 1"};
    for (const Loop* loop : site.loops)
        parts.push_back("0 <= " + names.at(loop->name) + " < " + std::to_string(linear(loop->extent).constant));
    for (const ExprPtr& condition : site.conditions)
        if (const auto text = toIsl(condition, names))
            parts.push_back("(" + *text + ")");
    return joined(parts, " and ");
}

Relation iterRelation(const IslContext& context, const Site& site)
{
    const auto names = loopNames(site, "x");
    std::string text = "{ " + tuple("x", site.loops.size()) + " -> " + tuple("i", site.iters.size()) + " : "
                       + domainOf(site, "x");
    for (std::size_t i = 0; i < site.iters.size(); ++i) {
        const std::string iter = "i" + std::to_string(i);
        const auto binding = toIsl(site.iters[i].binding, names);
        text += " and "
                + (binding ? iter + " = " + *binding
                           : "0 <= " + iter + " < " + std::to_string(linear(site.iters[i].extent).constant));
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
        else if (shape != program.shapes.end() && d < shape->second.size() && shape->second[d].isConstant())
            text += " and 0 <= " + e + " < " + std::to_string(shape->second[d].constant());
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
    return Relation(context, "{ " + tuple("x", site.loops.size()) + " -> "
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

std::map<std::string, std::int64_t> iterValues(const Site& site, const std::vector<std::int64_t>& loops)
{
    std::map<std::string, std::int64_t> around, values;
    for (std::size_t i = 0; i < site.loops.size() && i < loops.size(); ++i)
        around[site.loops[i]->name] = loops[i];
    for (const Substitution& binding : site.bindings)
        if (const auto value = evaluate(binding.value, around))
            values[binding.name] = *value;
    values.merge(around);
    return values;
}

std::string instanceText(const Site& site, const std::vector<std::int64_t>& loops)
{
    const auto values = iterValues(site, loops);
    std::vector<std::string> parts;
    for (const BlockIter& iter : site.iters)
        if (auto value = values.find(iter.name); value != values.end())
            parts.push_back(iter.name + "=" + std::to_string(value->second));
    return site.name + "(" + joined(parts, ", ") + ")";
}

std::string elementText(const Site& site, const Access& access, const std::vector<std::int64_t>& loops)
{
    const auto values = iterValues(site, loops);
    std::vector<std::string> parts;
    for (std::size_t d = 0; d < access.begin.size(); ++d) {
        const auto value = access.extent[d] == 1 ? evaluate(access.begin[d], values) : std::nullopt;
        parts.push_back(value ? std::to_string(*value) : ":");
    }
    return access.buffer + "[" + joined(parts, ", ") + "]";
}

}  // namespace strata
