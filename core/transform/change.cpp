// Splicing: one walk over the functions by name, then the few constants and primitives that a change puts.
#include "core/transform/change.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace strata {

FunctionPtr Change::function(std::string_view name) const
{
    const auto found = std::find_if(put.begin(), put.end(), [&](const FunctionPtr& f) { return f->name == name; });
    return found == put.end() ? nullptr : *found;
}

namespace {

void putFunctions(Module& module, const Change& change)
{
    std::unordered_map<std::string_view, FunctionPtr> put;
    for (const FunctionPtr& function : change.put)
        put[function->name] = function;
    const std::unordered_set<std::string_view> removed(change.removed.begin(), change.removed.end());
    for (FunctionPtr& function : module.functions)
        if (const auto found = put.find(function->name); found != put.end()) {
            function = found->second;
            put.erase(found);
        }
    if (!removed.empty())
        std::erase_if(module.functions,
                      [&](const FunctionPtr& f) { return removed.count(f->name) && !change.function(f->name); });
    for (const FunctionPtr& function : change.put)
        if (const auto found = put.find(function->name); found != put.end() && found->second == function) {
            module.functions.push_back(function);
            put.erase(found);
        }
}

void putIntrinsic(Module& module, const IntrinsicPtr& intrinsic)
{
    const auto known = std::find_if(module.intrinsics.begin(), module.intrinsics.end(),
                                    [&](const IntrinsicPtr& candidate) { return candidate->name == intrinsic->name; });
    if (known == module.intrinsics.end())
        module.intrinsics.push_back(intrinsic);
    else
        *known = intrinsic;
}

}  // namespace

ModulePtr splice(const Module& module, const Change& change)
{
    auto result = std::make_shared<Module>(module);
    putFunctions(*result, change);
    for (const auto& [name, constant] : change.constants)
        if (constant)
            result->constants[name] = constant;
        else
            result->constants.erase(name);
    for (const IntrinsicPtr& intrinsic : change.intrinsics)
        putIntrinsic(*result, intrinsic);
    if (change.target)
        result->target = *change.target;
    return result;
}

Change difference(const Module& before, const Module& after, Forwarding forwarding, Effect effect)
{
    Change change;
    change.forwarding = std::move(forwarding);
    change.effect = effect;
    std::unordered_map<std::string_view, const Function*> old;
    for (const FunctionPtr& function : before.functions)
        old[function->name] = function.get();
    for (const FunctionPtr& function : after.functions) {
        const auto found = old.find(function->name);
        if (found == old.end() || found->second != function.get())
            change.put.push_back(function);
        if (found != old.end())
            old.erase(found);
    }
    for (const FunctionPtr& function : before.functions)
        if (old.count(function->name))
            change.removed.push_back(function->name);
    if (!before.constants.shares(after.constants)) {
        for (const auto& [name, constant] : after.constants)
            if (const auto found = before.constants.find(name);
                found == before.constants.end() || found->second != constant)
                change.constants[name] = constant;
        for (const auto& [name, constant] : before.constants)
            if (!after.constants.count(name))
                change.constants[name] = nullptr;
    }
    for (const IntrinsicPtr& intrinsic : after.intrinsics)
        if (before.intrinsic(intrinsic->name) != intrinsic)
            change.intrinsics.push_back(intrinsic);
    if (!(after.target == before.target))
        change.target = after.target;
    return change;
}

}  // namespace strata
