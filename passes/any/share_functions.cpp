// any.share_functions: equal functions become one.
//
// Two functions are equal if their texts are, but for their own names: what they mean and how they are computed. The
// first in the module's order stays. A function that becomes equal by that (it calls one of two equal ones) is found in
// the next round.
#include "core/ir/calls.h"
#include "core/ir/implementations.h"
#include "core/text/text.h"
#include "core/transform/transform.h"
#include "passes/rewrite/function.h"

#include <map>

namespace strata {

namespace {

using Instead = std::map<std::string, std::string>;  // function -> the equal one that stays

// What has a part beside others keeps it: the entry, definitions with implementations, and these.
bool isFree(const Module& module, const Function& function)
{
    return function.name != module.entry && !function.implements && function.choices.empty()
           && !hasImplementations(module, function.name);
}

Instead equalOnes(const Module& module)
{
    std::map<std::string, std::string> first;  // text -> function
    Instead result;
    for (const FunctionPtr& function : module.functions) {
        if (!isFree(module, *function))
            continue;
        const auto [known, isNew] = first.emplace(print(renamed(*function, "f")), function->name);
        if (!isNew)
            result[function->name] = known->second;
    }
    return result;
}

// Graph attributes name functions, too, and are no calls; what they name stays.
void keepReferred(const Module& module, Instead& instead)
{
    for (const FunctionPtr& function : module.functions)
        if (const GraphBody* graph = function->graph())
            for (const GraphNodePtr& node : graph->nodes)
                for (const auto& [name, attribute] : node->attributes)
                    if (const auto* referred = std::get_if<FunctionRef>(&attribute))
                        instead.erase(referred->name);
}

ModulePtr shared(const Module& module, const Instead& instead, Forwarding& forwarding)
{
    Module result = *mapCalls(module, [&](const Call& call) -> std::optional<CallEdit> {
        const auto found = instead.find(call.callee);
        return found == instead.end() ? std::nullopt : std::optional(CallEdit{found->second, call.inputs});
    });
    std::erase_if(result.functions, [&](const FunctionPtr& function) { return instead.count(function->name) != 0; });
    for (const auto& [gone, stays] : instead)
        forwarding[functionCursor(gone)] = {functionCursor(stays)};
    return std::make_shared<const Module>(std::move(result));
}

Instead found(const Module& module)
{
    Instead instead = equalOnes(module);
    keepReferred(module, instead);
    return instead;
}

Status applies(const Module& module, const Arguments&)
{
    if (found(module).empty())
        return refused(say("No two functions of {} are equal.", module.name));
    return {};
}

Result<Change> plan(const Module& module, const Arguments&, const TransformContext&)
{
    Forwarding forwarding;
    ModulePtr after = std::make_shared<const Module>(module);
    for (Instead instead = found(*after); !instead.empty(); instead = found(*after)) {
        Forwarding step;
        after = shared(*after, instead, step);
        forwarding = forwarding.empty() ? step : compose(forwarding, step);
    }
    return difference(module, *after, std::move(forwarding));
}

}  // namespace

STRATA_TRANSFORM(any_share_functions)
{
    Transform t;
    t.id = "any.share_functions";
    t.level = Level::Graph;
    t.title = "Share equal functions";
    t.summary = "Makes one function of those that are equal but for their names; their callers call that one.";
    t.documentation =
        "Functions that steps make are shared from the beginning; those of a text may be given twice. A step on the one that stays acts on all callers "
        "(any.clone_function gives one of them a function of its own again). Always legal: what is equal computes the same. The entry, and functions that "
        "have or are implementations, stay apart.";
    t.alsoKnownAs = {"function merging (LLVM)", "deduplication"};
    t.appliesTo = {NodeKind::Function};
    t.example.before = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    h: f32[4] = call one(x, node="first")
    y: f32[4] = call two(h, node="second")
    return y

@loops
def one(a: f32[4]) -> (b: f32[4]):
    for i in range(4):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = a[vi] + a[vi]

@loops
def two(a: f32[4]) -> (b: f32[4]):
    for i in range(4):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = a[vi] + a[vi]
)";
    t.example.step = "any.share_functions()";
    t.example.after = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    h: f32[4] = call one(x, node="first")
    y: f32[4] = call one(h, node="second")
    return y

@loops
def one(a: f32[4]) -> (b: f32[4]):
    for i in range(4):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = a[vi] + a[vi]
)";
    t.applies = applies;
    t.plan = plan;
    t.suggest = [](const Module&, const Cursor&) -> Result<Arguments> { return Arguments{}; };
    return t;
}

}  // namespace strata
