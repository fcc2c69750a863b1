// A graph function keeps its name and its callers when it becomes loops: they pass the constants that were its own and
// that the loops now read as parameters. What it was lowered from is found by pointer and constants, so a function that
// no step touched comes back as the same pointer.
#include "passes/lowering/lower_functions.h"

#include "core/index/sizes.h"
#include "core/ir/calls.h"
#include "core/verify/verify.h"

namespace strata {

namespace {

using ConstantArguments = std::map<std::string, std::vector<std::string>>;  // callee -> constants passed at the end

void addReads(const Module& module, const Function& graph, LoweringCache::Reads& reads)
{
    for (const GraphNodePtr& node : graph.graph()->nodes) {
        for (const Operand& operand : node->inputs)
            if (const auto found = module.constants.find(operand.name);
                operand.kind == Operand::Kind::Constant && found != module.constants.end())
                reads.push_back(found->second);
        const FunctionPtr callee = node->isCall() ? module.find(node->callee) : nullptr;
        if (!callee)
            continue;
        reads.push_back(callee);
        if (callee->graph())
            addReads(module, *callee, reads);
    }
}

ModulePtr passing(ModulePtr module, const ConstantArguments& constants)
{
    if (constants.empty())
        return module;
    return mapCalls(*module, [&](const Call& call) -> std::optional<CallEdit> {
        const auto found = constants.find(call.callee);
        if (found == constants.end())
            return std::nullopt;
        CallEdit edit{call.callee, call.inputs};
        for (const std::string& constant : found->second)
            edit.inputs.push_back(Operand::constant(constant));
        return edit;
    });
}

// Where the nodes of a graph function went: those that have no counterpart in its loops are gone.
void addForwarding(const Function& graph, const LoweredGraph& lowered, Forwarding& forwarding)
{
    forwarding.insert(lowered.forwarding.begin(), lowered.forwarding.end());
    const std::vector<Cursor> now = cursors(*lowered.function);
    const std::set<Cursor> kept(now.begin(), now.end());
    for (const Cursor& node : cursors(graph))
        if (!kept.count(node))
            forwarding.try_emplace(node, std::vector<Cursor>());
}

}  // namespace

Status holdForAllSizes(const Module& module, const Function& loops, const std::string& what)
{
    if (!hasSizes(loops))
        return {};
    const Findings findings = examine(module, loops);
    return findings.empty() ? Status()
                            : refused(say("{} has no loops for any size. {}", what, findings.front().error.text()), {},
                                      "Bind the dimension first.");
}

Result<LoweredGraph> loopsOf(const Module& module, const FunctionPtr& graph, LoweringCache& cache)
{
    LoweringCache::Reads reads;
    addReads(module, *graph, reads);
    if (std::optional<LoweredGraph> kept = cache.graph(graph, reads))
        return *kept;
    STRATA_TRY(const LoweredGraph lowered, lowerGraphFunction(module, *graph));
    STRATA_CHECK(holdForAllSizes(module, *lowered.function, "Function " + graph->name));
    cache.keep(graph, reads, lowered);
    return lowered;
}

Result<LoweredPart> lowerFunctions(const Module& module, const std::set<std::string>& functions, LoweringCache& cache)
{
    LoweredPart result;
    ConstantArguments constants;
    Module changed = module;
    for (FunctionPtr& function : changed.functions) {
        if (!functions.count(function->name))
            continue;
        STRATA_TRY(const LoweredGraph lowered, loopsOf(module, function, cache));
        addForwarding(*function, lowered, result.forwarding);
        if (!lowered.constantParams.empty())
            constants[function->name] = lowered.constantParams;
        result.functions.push_back(function->name);
        function = lowered.function;
    }
    result.module = passing(std::make_shared<const Module>(std::move(changed)), constants);
    return result;
}

}  // namespace strata
