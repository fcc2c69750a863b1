// Lowering by default: what no step has lowered becomes a runtime program over functions of loops. The entry is the
// only runtime program; what it calls are loops. The same code makes the preview of the panes and what is compiled, so
// what is shown is what runs.
#include "passes/lowering/lower.h"

#include "core/ir/calls.h"
#include "core/ir/control.h"
#include "core/ir/implementations.h"
#include "core/operators/operator.h"
#include "core/text/text.h"
#include "passes/library/memory_plan.h"
#include "passes/lowering/choose.h"
#include "passes/lowering/lower_nodes.h"
#include "passes/lowering/runtime_program.h"
#include "passes/rewrite/function.h"

#include <set>

namespace strata {

namespace {

// A runtime program for a module whose entry is a kernel.
FunctionPtr wrapped(const Function& kernel, const std::string& name)
{
    Function program = calling(withoutStanding(kernel), kernel.name);
    program.name = name;
    program.attributes.clear();
    return std::make_shared<const Function>(std::move(program));
}

// Functions that the entry reaches, with what may run in their place, callees first: the lowered module holds no
// others.
class Reached {
public:
    explicit Reached(const Module& module)
        : m_module(module)
    {
        for (const FunctionPtr& function : module.functions)
            if (function->implements)
                m_implementations[function->implements->definition].push_back(function);
    }
    void add(const FunctionPtr& function)
    {
        if (!function || !m_seen.insert(function->name).second)
            return;
        if (!function->loops())
            forEachUse(*function, [&](const std::string& used) { add(m_module.find(used)); });
        for (const FunctionPtr& one : m_implementations[function->name])
            add(one);
        m_order.push_back(function);
    }
    std::vector<FunctionPtr> take() { return std::move(m_order); }

private:
    const Module& m_module;
    std::map<std::string, std::vector<FunctionPtr>> m_implementations;
    std::set<std::string> m_seen;
    std::vector<FunctionPtr> m_order;
};

FunctionPtr planned(const FunctionPtr& function)
{
    const LibraryBody* body = function->library();
    if (!body || body->arenaBytes > 0)
        return function;
    Function result = *function;
    result.body = planMemory(*body);
    return std::make_shared<const Function>(std::move(result));
}

// Functions that a runtime program runs by control flow, and those that it is a choice of.
std::vector<std::string> regionsOf(const Function& program)
{
    std::vector<std::string> regions;
    for (const Choice& choice : program.choices)
        if (choice.implementation != program.name)
            regions.push_back(choice.implementation);
    if (!program.choices.empty())
        forEachCall(program, [&](const Call& call) { regions.push_back(call.callee); });
    for (const LibraryStmtPtr& stmt : program.library()->statements)
        if (const auto* call = std::get_if<LibraryCall>(stmt.get()); call && isControlFlow(*call))
            for (const auto& [name, attribute] : call->attributes)
                if (const auto* function = std::get_if<FunctionRef>(&attribute))
                    regions.push_back(function->name);
    return regions;
}

// Of the functions that control flow runs.
void planRegions(Module& module)
{
    std::set<std::string> regions;
    for (const FunctionPtr& function : module.functions)
        if (function->library())
            for (const std::string& name : regionsOf(*function))
                regions.insert(name);
    for (FunctionPtr& function : module.functions)
        if (regions.count(function->name))
            function = planned(function);
}

struct Lowering {
    LoweredPart part;
    FunctionPtr program;
};

ModulePtr with(const ModulePtr& module, const std::map<std::string, ConstantPtr>& constants)
{
    if (constants.empty())
        return module;
    Module result = *module;
    for (const auto& [name, constant] : constants)
        result.constants[name] = constant;
    return std::make_shared<const Module>(std::move(result));
}

Result<Lowering> loweredGraph(const Module& module, const FunctionPtr& entry, LoweringCache& cache);

// Those of them that are graphs still become runtime programs, too, under their names.
Status lowerRegions(Lowering& lowering, LoweringCache& cache)
{
    for (const std::string& name : regionsOf(*lowering.program)) {
        const FunctionPtr region = lowering.part.module->find(name);
        if (!region || !region->graph())
            continue;
        STRATA_TRY(Lowering inner, loweredGraph(*lowering.part.module, region, cache));
        lowering.part.module = inner.part.module->withFunction(inner.program);
        lowering.part.forwarding.merge(inner.part.forwarding);
        lowering.part.functions.insert(lowering.part.functions.end(), inner.part.functions.begin(),
                                       inner.part.functions.end());
        lowering.part.functions.push_back(name);
    }
    return {};
}

Result<Lowering> loweredGraph(const Module& module, const FunctionPtr& entry, LoweringCache& cache)
{
    STRATA_TRY(const NodeLowering nodes, NodeLowering::of(module, entry, cache));
    const NodeNames needed = nodes.types().faults.empty() ? NodeNames() : nodes.needed();
    for (const Error& fault : nodes.types().faults)
        if (needed.count(fault.nodes.front().name))
            return fault;
    Lowering result;
    STRATA_TRY(result.part, nodes.lower(nodes.computing()));
    const Module& calls = *result.part.module;
    STRATA_TRY(RuntimeProgram program, runtimeProgram(calls, *calls.find(entry->name), nodes.types()));
    result.program = program.function;
    result.part.module = with(result.part.module, program.constants);
    result.part.forwarding.merge(program.forwarding);  // the one speaks of callees, the other of the entry
    STRATA_CHECK(lowerRegions(result, cache));
    return result;
}

// Graph functions that a runtime program calls.
Result<Lowering> loweredCallees(const Module& module, const FunctionPtr& entry, LoweringCache& cache)
{
    std::set<std::string> graphs;
    forEachCall(*entry, [&](const Call& call) {
        const FunctionPtr callee = entry->choices.empty() ? module.find(call.callee) : nullptr;
        if (callee && lowersWithCaller(*callee))
            graphs.insert(call.callee);
    });
    Lowering result;
    STRATA_TRY(result.part, lowerFunctions(module, graphs, cache));
    result.program = result.part.module->find(entry->name);
    STRATA_CHECK(lowerRegions(result, cache));
    return result;
}

Result<Lowering> lowered(const Module& module, const FunctionPtr& entry, LoweringCache& cache)
{
    if (entry->graph())
        return loweredGraph(module, entry, cache);
    if (entry->library())
        return loweredCallees(module, entry, cache);
    const auto taken = [&](const std::string& name) { return module.find(name) != nullptr; };
    Lowering result;
    result.part.module = std::make_shared<const Module>(module);
    result.program = wrapped(*entry, freshName("main", taken));
    return result;
}

// The runtime program that runs in the place of the entry on every machine; nullptr: there is none.
FunctionPtr chosenProgram(const Module& module, const Function& entry)
{
    const FunctionPtr one = module.find(byDefault(entry));
    return one && one->implements && one->library() ? one : nullptr;
}

// The nodes of the entry are those of the program, as far as it kept their names.
void takePlace(Lowering& lowering, const Module& module, const FunctionPtr& entry, LoweringCache& cache)
{
    lowering.program = std::make_shared<const Function>(withoutStanding(*lowering.program));
    if (const Result<Lowering> own = lowered(module, entry, cache))
        lowering.part.forwarding.merge(
            followed(own->part.forwarding, *entry, *lowering.program, *lowering.part.module));
}

}  // namespace

Result<LoweredModule> lowerKeepingChoices(const Module& module, LoweringCache* cache, bool planMemory)
{
    const FunctionPtr entry = module.entryFunction();
    if (!entry)
        return refused("The module has no entry function.", {}, "Name one: module NAME(entry=FUNCTION).");
    LoweringCache local;
    LoweringCache& known = cache ? *cache : local;
    const FunctionPtr chosen = chosenProgram(module, *entry);
    STRATA_TRY(Lowering lowering, lowered(module, chosen ? chosen : entry, known));
    if (chosen)
        takePlace(lowering, module, entry, known);
    if (planMemory)
        lowering.program = planned(lowering.program);

    LoweredModule result;
    Module whole = *lowering.part.module->withFunction(lowering.program);
    Reached reached(whole);
    reached.add(lowering.program);
    whole.functions = reached.take();
    if (planMemory)
        planRegions(whole);
    whole.entry = lowering.program->name;
    result.forwarding = std::move(lowering.part.forwarding);
    result.preview = std::move(lowering.part.functions);
    if (!chosen && !entry->library())
        result.preview.push_back(lowering.program->name);
    result.module = std::make_shared<const Module>(std::move(whole));
    return result;
}

Result<LoweredModule> lowerByDefault(const Module& module, LoweringCache* cache, bool planMemory)
{
    const FunctionPtr entry = module.entryFunction();
    ModulePtr called = std::make_shared<const Module>(module);
    if (entry && !entry->choices.empty() && !entry->graph() && !entry->library()) {  // so that the kernel is called
        const FunctionPtr program = wrapped(
            *entry, freshName("main", [&](const std::string& name) { return module.find(name) != nullptr; }));
        Module whole = *module.withFunction(program);
        whole.entry = program->name;
        called = std::make_shared<const Module>(std::move(whole));
    }
    LoweringCache local;
    const ChosenModule chosen = choose(*called, cache ? *cache : local);
    STRATA_TRY(LoweredModule result, lowerKeepingChoices(*chosen.module, cache, planMemory));
    if (!chosen.forwarding.empty())
        result.forwarding = compose(chosen.forwarding, result.forwarding);
    return result;
}

}  // namespace strata
