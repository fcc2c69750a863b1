#include "core/text/short_form.h"

#include "core/index/simplify.h"

#include <algorithm>
#include <set>

namespace strata::text {

namespace {

using Names = std::set<std::string>;

void addVariables(const ExprPtr& e, Names& into)
{
    for (std::string& name : freeVariables(e))
        into.insert(std::move(name));
}

bool equal(const std::vector<ExprPtr>& a, const std::vector<ExprPtr>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const ExprPtr& x, const ExprPtr& y) { return strata::equal(x, y); });
}

void walkLoads(const ExprPtr& e, const std::function<void(const Expr&)>& visit)
{
    if (e->op == Op::Load)
        visit(*e);
    for (const ExprPtr& arg : e->args)
        walkLoads(arg, visit);
}

// What one store says of the loops that it mentions.
struct Roles {
    Names written, mentioned;  // in the indices; anywhere
    Names apart;               // loops around the allocation: each of their iterations has a buffer of its own
    bool updates = false;      // it reads the element that it writes
    bool passesOn = false;     // it reads another element of what it writes
    bool places(const std::string& loop) const { return written.count(loop) > 0 || apart.count(loop) > 0; }
};

Names loopsAroundAllocation(const std::string& buffer, const std::vector<Around>& around)
{
    Names loops;
    for (const Around& one : around) {
        if (!one.extent && one.name == buffer)
            return loops;
        if (one.extent)
            loops.insert(one.name);
    }
    return {};
}

Roles rolesOf(const Store& store, const std::vector<Around>& around)
{
    Roles roles;
    for (const ExprPtr& index : store.indices)
        addVariables(index, roles.written);
    roles.mentioned = roles.written;
    addVariables(store.value, roles.mentioned);
    roles.apart = loopsAroundAllocation(store.buffer, around);
    walkLoads(store.value, [&](const Expr& load) {
        if (load.name == store.buffer)
            (equal(load.args, store.indices) ? roles.updates : roles.passesOn) = true;
    });
    return roles;
}

bool isApart(const std::string& loop, const std::vector<Roles>& stores)
{
    return std::all_of(stores.begin(), stores.end(), [&loop](const Roles& store) { return store.apart.count(loop); });
}

IterKind kindOf(const std::string& loop, const std::vector<Roles>& stores)
{
    const auto all = [&stores](auto holds) { return std::all_of(stores.begin(), stores.end(), holds); };
    const auto places = [&loop](const Roles& store) { return store.places(loop); };
    if (isApart(loop, stores))
        return IterKind::Spatial;
    if (!all([](const Roles& store) { return !store.passesOn; }))
        return IterKind::Ordered;
    if (all(places))
        return IterKind::Spatial;
    const bool none = std::none_of(stores.begin(), stores.end(), places);
    return none && all([](const Roles& store) { return store.updates; }) ? IterKind::Reduce : IterKind::Ordered;
}

// nullopt: it does more than store.
std::optional<std::vector<Roles>> rolesOf(const Body& body, const std::vector<Around>& around)
{
    std::vector<Roles> all;
    for (const StmtPtr& stmt : body) {
        const Store* store = as<Store>(stmt);
        if (!store)
            return std::nullopt;
        all.push_back(rolesOf(*store, around));
    }
    return all;
}

Names mentionedIn(const std::vector<Roles>& stores)
{
    Names all;
    for (const Roles& store : stores)
        all.insert(store.mentioned.begin(), store.mentioned.end());
    return all;
}

Ranges rangesOf(const std::vector<Around>& around)
{
    Ranges ranges;
    for (const Around& one : around)
        if (one.extent && isConst(one.extent))
            ranges[one.name] = {0, one.extent->i};
    return ranges;
}

Body simplified(const Body& body, const Ranges& ranges)
{
    return transformExprs(body, [&ranges](const ExprPtr& e) { return simplify(e, ranges); });
}

Body substituted(const Body& body, const std::vector<Substitution>& values)
{
    return values.empty() ? body : transformExprs(body, [&values](const ExprPtr& e) { return substitute(e, values); });
}

// Is zero only where every loop in it is: a loop, or loops with positive factors added up.
bool startsWithItsLoops(const ExprPtr& binding)
{
    switch (binding->op) {
    case Op::Var: return true;
    case Op::Add: return startsWithItsLoops(binding->args[0]) && startsWithItsLoops(binding->args[1]);
    case Op::Mul: return startsWithItsLoops(binding->args[0]) && isConst(binding->args[1]) && binding->args[1]->i > 0;
    default: return false;
    }
}

// The kind that each loop of the bindings must have when iterators are made anew; nullopt: two iterators share a loop.
std::optional<std::map<std::string, IterKind>> kindsOfLoops(const Block& block)
{
    std::map<std::string, IterKind> kinds;
    for (const BlockIter& iter : block.iters)
        for (const std::string& loop : freeVariables(iter.binding))
            if (const auto [at, isNew] = kinds.emplace(loop, iter.kind); !isNew && at->second != iter.kind)
                return std::nullopt;
    return kinds;
}

bool isAround(const std::string& loop, const std::vector<Around>& around)
{
    return std::any_of(around.begin(), around.end(),
                       [&loop](const Around& one) { return one.extent && one.name == loop; });
}

bool isUnit(const std::string& loop, const std::vector<Around>& around)
{
    return std::any_of(around.begin(), around.end(),
                       [&loop](const Around& one) { return one.extent && one.name == loop && isConst(one.extent, 1); });
}

bool isSayable(const Block& block)
{
    if (block.reads || block.writes || !block.annotations.empty() || block.body.empty())
        return false;
    return block.init.empty() || std::all_of(block.iters.begin(), block.iters.end(), [](const BlockIter& iter) {
               return iter.kind != IterKind::Reduce || startsWithItsLoops(iter.binding);
           });
}

}  // namespace

Block withIterators(Block block, const std::vector<Around>& around)
{
    const std::vector<Roles> stores = rolesOf(block.body, around).value_or(std::vector<Roles>());
    Names mentioned = mentionedIn(stores), taken;
    mentioned.merge(mentionedIn(rolesOf(block.init, around).value_or(std::vector<Roles>())));
    for (const Around& one : around)
        taken.insert(one.name);
    std::vector<Substitution> values;
    for (const Around& one : around) {
        if (!one.extent || !mentioned.count(one.name))
            continue;
        std::string name = "v" + one.name;
        while (!taken.insert(name).second)
            name += "_";
        values.push_back({one.name, var(name)});
        block.iters.push_back({name, kindOf(one.name, stores), one.extent, var(one.name)});
    }
    block.body = substituted(block.body, values);
    block.init = substituted(block.init, values);
    return block;
}

std::optional<Block> spoken(const Block& block, const std::vector<Around>& around)
{
    if (!isSayable(block))
        return std::nullopt;
    Block said = block;
    said.iters.clear();
    std::vector<Substitution> values;
    for (const BlockIter& iter : block.iters)
        values.push_back({iter.name, iter.binding});
    const Ranges ranges = rangesOf(around);
    said.body = simplified(substituted(block.body, values), ranges);
    said.init = simplified(substituted(block.init, values), ranges);
    const auto stores = rolesOf(said.body, around), inits = rolesOf(said.init, around);
    const auto kinds = kindsOfLoops(block);
    if (!stores || !inits || !kinds)
        return std::nullopt;
    Names mentioned = mentionedIn(*stores);
    mentioned.merge(mentionedIn(*inits));
    // A loop that only numbers instances needs no iterator where it has but one iteration, or each of them a buffer.
    for (const auto& [loop, kind] : *kinds) {
        const bool needed = mentioned.count(loop) > 0 || !isApart(loop, *stores);
        if (!isUnit(loop, around) && needed && (!mentioned.count(loop) || kindOf(loop, *stores) != kind))
            return std::nullopt;
    }
    for (const std::string& name : mentioned)
        if (!kinds->count(name) || !isAround(name, around))
            return std::nullopt;
    return said;
}

}  // namespace strata::text
