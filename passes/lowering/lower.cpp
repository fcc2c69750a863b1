// Lowering by default: what no step has lowered becomes a runtime program over functions of loops. The entry is the
// only runtime program; what it calls are loops. The same code makes the preview of the panes and what is compiled, so
// what is shown is what runs.
#include "passes/lowering/lower.h"

#include "core/ir/calls.h"
#include "core/operators/operator.h"
#include "core/text/text.h"
#include "passes/library/memory_plan.h"
#include "passes/lowering/lower_graph.h"
#include "passes/lowering/lowering_cache.h"
#include "passes/rewrite/function.h"

#include <set>

namespace strata {

namespace {

// A library function that calls one kernel, for a module whose entry is a kernel.
FunctionPtr wrapped(const Function& kernel, const std::string& name)
{
    LibraryCall call;
    call.name = kernel.name;
    call.callee = kernel.name;
    for (const TypedName& param : kernel.params)
        call.inputs.push_back(Operand::value(param.name));
    for (const TypedName& result : kernel.results)
        call.outputs.push_back(result.name);
    Function wrapper;
    wrapper.name = name;
    wrapper.params = kernel.params;
    wrapper.results = kernel.results;
    LibraryBody body;
    body.statements.push_back(std::make_shared<const LibraryStmt>(std::move(call)));
    wrapper.body = std::move(body);
    return std::make_shared<const Function>(std::move(wrapper));
}

// Functions that the entry reaches, callees first, so that the lowered module holds no others.
void collect(const Module& module, const FunctionPtr& function, std::set<std::string>& seen,
             std::vector<FunctionPtr>& order)
{
    if (!function || !seen.insert(function->name).second)
        return;
    if (function->library())
        forEachCall(*function, [&](const Call& call) { collect(module, module.find(call.callee), seen, order); });
    order.push_back(function);
}

FunctionPtr planned(const FunctionPtr& function)
{
    const LibraryBody* body = function->library();
    if (!body || body->arenaBytes > 0)
        return function;
    Function result = *function;
    result.body = planMemory(*body);
    return std::make_shared<const Function>(std::move(result));
}

}  // namespace

Result<LoweredModule> lowerByDefault(const Module& module, LoweringCache* cache, bool planMemory)
{
    const FunctionPtr entry = module.entryFunction();
    if (!entry)
        return refused("The module has no entry function.", {}, "Name one: module NAME(entry=FUNCTION).");
    LoweringCache local;
    GraphLowering lowering(module, cache ? *cache : local);
    FunctionPtr lowered = entry;
    if (entry->graph()) {
        STRATA_TRY(lowered, lowering.function(entry));
    } else if (entry->library()) {
        STRATA_TRY(lowered, lowering.callees(entry));
    } else {
        const auto taken = [&](const std::string& name) { return module.find(name) != nullptr; };
        lowered = wrapped(*entry, freshName("main", taken));
    }
    if (planMemory)
        lowered = planned(lowered);

    LoweredModule result;
    Module whole = module;
    whole.functions = lowering.made();
    for (const FunctionPtr& function : module.functions)
        if (function != entry || !entry->graph())
            whole.functions.push_back(function);
    std::vector<FunctionPtr> order;
    std::set<std::string> seen;
    whole = *whole.withFunction(lowered);
    collect(whole, lowered, seen, order);
    whole.functions = std::move(order);
    whole.entry = lowered->name;
    for (const auto& [name, constant] : lowering.constants())
        whole.constants[name] = constant;
    result.forwarding = lowering.forwarding();
    result.preview = lowering.previewed();
    if (!entry->library())
        result.preview.push_back(lowered->name);
    result.module = std::make_shared<const Module>(std::move(whole));
    return result;
}

Result<FunctionPtr> lowerOne(const Module& module, const Cursor& cursor, LoweringCache* cache)
{
    STRATA_TRY(const FunctionPtr function, findFunction(module, cursor.function));
    if (function->loops() || function->hardware())
        return function;
    LoweringCache local;
    GraphLowering lowering(module, cache ? *cache : local);
    if (function->graph() && cursor.kind == NodeKind::Operator)
        return lowering.node(function, cursor.name);
    if (function->graph())
        return lowering.group(function);
    return refused("Function " + function->name + " is a runtime program; it has no loops of its own.",
                   {functionCursor(function->name)}, "Select one of its calls.");
}

}  // namespace strata
