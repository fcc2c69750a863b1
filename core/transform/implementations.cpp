#include "core/transform/implementations.h"

#include "core/ir/calls.h"
#include "core/ir/implementations.h"

#include <algorithm>
#include <set>

namespace strata {

namespace {

// Graphs that differ in a node are told apart before either is copied.
bool sameBody(const Function& a, const Function& b)
{
    if (const GraphBody* x = a.graph(), *y = b.graph();
        x && y
        && !std::equal(x->nodes.begin(), x->nodes.end(), y->nodes.begin(), y->nodes.end(),
                       [](const auto& one, const auto& other) { return one == other || equal(*one, *other); }))
        return false;
    Function other = b;
    other.choices = a.choices;
    return equal(a, other);
}

// The function with the effect of one more step in its claim.
FunctionPtr withStep(const FunctionPtr& function, Effect effect)
{
    const Implements& claim = *function->implements;
    if (claim.effect >= effect || (claim.asserted && effect == Effect::Unsafe))
        return function;
    Function claimed = *function;
    claimed.implements->effect = effect;
    return std::make_shared<const Function>(std::move(claimed));
}

// Does the change leave what the definition promises to its callers?
bool keepsPromise(const Function& before, const Function& after, Effect effect)
{
    return sameSignature(before, after) && before.facts == after.facts && before.told == after.told
           && before.inouts == after.inouts && (effect == Effect::Exact || sameBody(before, after));
}

// Definitions whose implementations say something of another function now.
std::set<std::string> brokenDefinitions(const Module& before, const Change& change)
{
    std::set<std::string> broken;
    for (const FunctionPtr& after : change.put)
        if (const FunctionPtr old = before.find(after->name);
            old && !old->implements && !keepsPromise(*old, *after, change.effect))
            broken.insert(old->name);
    for (const std::string& name : change.removed)
        if (!change.function(name))
            broken.insert(name);
    return broken;
}

FunctionPtr withoutChoices(const Function& function, const std::set<std::string>& gone)
{
    Function result = function;
    std::erase_if(result.choices, [&](const Choice& choice) { return gone.count(choice.implementation) != 0; });
    return std::make_shared<const Function>(std::move(result));
}

bool isRemoved(const Change& change, const std::string& name)
{
    return std::find(change.removed.begin(), change.removed.end(), name) != change.removed.end();
}

}  // namespace

namespace {

// Claims of the implementations that the change put.
void claim(const Module& before, Change& change)
{
    for (FunctionPtr& function : change.put)
        if (const FunctionPtr old = function->implements ? before.find(function->name) : nullptr;
            old && old->implements && old->implements->definition == function->implements->definition)
            function = withStep(function, change.effect);
}

// Implementations whose definition the change breaks; what chose them chooses the next.
void drop(const Module& before, Change& change)
{
    const std::set<std::string> broken = brokenDefinitions(before, change);
    std::set<std::string> gone(change.removed.begin(), change.removed.end());
    std::string dropped;
    for (const FunctionPtr& function : before.functions)
        if (function->implements && broken.count(function->implements->definition) && !change.function(function->name)
            && !isRemoved(change, function->name)) {
            change.removed.push_back(function->name);
            change.forwarding.try_emplace(functionCursor(function->name), std::vector<Cursor>());
            gone.insert(function->name);
            dropped += (dropped.empty() ? "" : ", ") + function->name;
        }
    for (FunctionPtr& function : change.put)
        if (std::any_of(function->choices.begin(), function->choices.end(), [&](const Choice& choice) {
                return gone.count(choice.implementation) && !change.function(choice.implementation);
            }))
            function = withoutChoices(*function, gone);
    if (!dropped.empty())
        change.notes.push_back("Implementations of what was, which go with it: " + dropped + ".");
}

bool usesAny(const Module& module, const Function& user, const std::set<std::string>& wanted,
             std::set<std::string>& seen)
{
    bool found = false;
    if (!user.loops())
        forEachUse(user, [&](const std::string& used) {
            if (found || !seen.insert(used).second)
                return;
            const FunctionPtr next = module.find(used);
            found = wanted.count(used) || (next && usesAny(module, *next, wanted, seen));
        });
    return found;
}

// An implementation that calls functions is no more exact than they are.
void claimOfCallers(const Module& before, Change& change)
{
    if (change.effect == Effect::Exact)
        return;
    std::set<std::string> changed;
    for (const FunctionPtr& function : change.put)
        if (const FunctionPtr old = before.find(function->name);
            old && !function->implements && !sameBody(*old, *function))
            changed.insert(function->name);
    for (const FunctionPtr& function : before.functions) {
        std::set<std::string> seen;
        if (!function->implements || change.function(function->name) || isRemoved(change, function->name)
            || !usesAny(before, *function, changed, seen))
            continue;
        if (const FunctionPtr claimed = withStep(function, change.effect); claimed != function)
            change.put.push_back(claimed);
    }
}

}  // namespace

std::shared_ptr<const Change> settled(const Module& before, std::shared_ptr<const Change> change)
{
    const bool any = std::any_of(before.functions.begin(), before.functions.end(),
                                 [](const FunctionPtr& function) { return function->implements.has_value(); });
    if (!any)
        return change;
    Change result = *change;
    claim(before, result);
    drop(before, result);
    claimOfCallers(before, result);
    return std::make_shared<const Change>(std::move(result));
}

bool onlyImplementations(const Module& before, const Change& change)
{
    return std::all_of(change.put.begin(), change.put.end(), [&](const FunctionPtr& function) {
        const FunctionPtr old = before.find(function->name);
        return function->implements || (old && sameBody(*old, *function));
    });
}

bool keepsStanding(const Module& before, const Function& function)
{
    if (!function.implements && function.choices.empty())
        return true;
    const FunctionPtr old = before.find(function.name);
    return old && old->choices == function.choices && old->implements.has_value() == function.implements.has_value()
           && (!old->implements || old->implements->definition == function.implements->definition)
           && sameSignature(*old, function) && old->facts == function.facts && old->told == function.told
           && old->inouts == function.inouts;
}

Arguments onDefaultChoice(const Transform& transform, const Module& module, Arguments arguments)
{
    if (transform.parameters.empty() || transform.parameters[0].kind != ParameterKind::Function
        || (transform.level != Level::Loops && transform.level != Level::Hardware) || transform.id.starts_with("any."))
        return arguments;
    const auto named = arguments.values.find(transform.parameters[0].name);
    const FunctionPtr function = named == arguments.values.end() ? nullptr
                                                                 : module.find(std::get<std::string>(named->second));
    if (function)
        named->second = byDefault(*function);
    return arguments;
}

}  // namespace strata
