// The model's graph, each product a routine and the rest scheduled by the rules, runs once a library; times are those
// of the routines' calls.
#include "app/workbench/library_kernels.h"

#include "core/ir/calls.h"
#include "passes/automatic/automatic.h"

namespace strata {

namespace {

struct Library {
    const char *convolution, *product;  // its routines; nullptr: it has none
};
constexpr Library libraries[] = {{"onednn.conv", "onednn.matmul"}, {nullptr, "openblas.matmul"}};

const char* routineOf(const Library& library, const GraphNode& node)
{
    if (node.isCall() || !node.domain.empty())
        return nullptr;
    return node.op == "Conv"                          ? library.convolution
           : node.op == "MatMul" || node.op == "Gemm" ? library.product
                                                      : nullptr;
}

// Node of the graph -> function of the lowered program whose call has taken it in: a group is called as its last node.
std::map<std::string, std::string> functionsOf(const Function& graph, const Module& lowered)
{
    std::map<std::string, std::string> byCall, result;
    forEachCall(*lowered.entryFunction(), [&](const Call& call) { byCall[call.name] = call.callee; });
    std::map<std::string, std::vector<GraphNodePtr>> readers;
    for (const GraphNodePtr& node : graph.graph()->nodes)
        for (const Operand& input : node->inputs)
            if (input.kind == Operand::Kind::Value)
                readers[input.name].push_back(node);
    for (const GraphNodePtr& node : graph.graph()->nodes) {
        GraphNodePtr at = node;
        while (at && !byCall.count(at->name)) {
            const std::vector<GraphNodePtr>& next = readers[at->outputs[0].name];
            at = next.size() == 1 ? next[0] : nullptr;
        }
        if (at)
            result[node->name] = byCall.at(at->name);
    }
    return result;
}

// Each product that the library takes is a call of it; which routine, by node.
std::map<std::string, std::string> callLibrary(Session& session, const Library& library)
{
    std::map<std::string, std::string> taken;
    const FunctionPtr entry = session.current()->module->entryFunction();
    for (const GraphNodePtr& node : entry->graph()->nodes) {
        const char* routine = routineOf(library, *node);
        if (!routine)
            continue;
        Step step;
        step.transform = "library.call_library";
        step.arguments.values = {{"function", entry->name},
                                 {"nodes", std::vector<std::string>{node->name}},
                                 {"routine", std::string(routine)}};
        if (session.apply(step).ok())  // what it does not take stays a function of loops
            taken[node->name] = routine;
    }
    return taken;
}

}  // namespace

Result<std::map<std::string, LibraryKernel>> libraryKernels(Toolchain& toolchain, const ModulePtr& untouched,
                                                            const Module& lowered, const MeasureInTurn& how,
                                                            std::stop_token stop, const Progress& progress)
{
    std::map<std::string, LibraryKernel> best;
    const FunctionPtr entry = untouched->entryFunction();
    if (!entry || !entry->graph())
        return best;
    const std::map<std::string, std::string> functions = functionsOf(*entry, lowered);
    for (const Library& library : libraries) {
        Session session(untouched, makeRegistry(), makeContext(toolchain));
        const std::map<std::string, std::string> routines = callLibrary(session, library);
        if (routines.empty())
            continue;
        STRATA_CHECK(autoScheduleAll(session, stop, progress));
        MeasureInTurn request = how;
        request.modules = {session.current()->module};
        STRATA_TRY(const std::vector<MeasuredModule> measured, measureInTurn(toolchain, request, stop, progress));
        std::map<std::string, LibraryKernel> kernels;
        const std::vector<std::string>& calls = measured[0].artifact.loaded.calls;
        for (std::size_t i = 0; i < std::min(calls.size(), measured[0].timing.quickestMs.size()); ++i)
            if (const auto routine = routines.find(calls[i]); routine != routines.end() && functions.count(calls[i])) {
                LibraryKernel& kernel = kernels[functions.at(calls[i])];
                kernel.routine = routine->second;
                kernel.ms += measured[0].timing.quickestMs[i];
            }
        for (const auto& [function, kernel] : kernels)
            if (LibraryKernel& known = best[function]; known.routine.empty() || kernel.ms < known.ms)
                known = kernel;
    }
    return best;
}

}  // namespace strata
