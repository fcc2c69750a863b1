#include "app/workbench/workbench.h"

#include "core/ir/implementations.h"
#include "core/ir/placement.h"
#include "core/reference/evaluate.h"

namespace strata {

const RunTarget RunTarget::Cpu{};
const RunTarget RunTarget::Reference{true, {}};

bool hasDeviceFunctions(const Module& module)
{
    return std::any_of(module.functions.begin(), module.functions.end(),
                       [](const FunctionPtr& function) { return isDeviceFunction(*function); });
}

Error noDeviceFunctions()
{
    return refused("No function of the module is made for a device: no loop is bound to blockIdx or threadIdx.", {},
                   "Bind loops by loops.bind first, or run on the cpu.");
}

Result<std::vector<Tensor>> runModule(Toolchain& toolchain, const Module& module, const RunTarget& target,
                                      const std::vector<Tensor>& inputs, int threads, std::stop_token stop,
                                      const Progress& progress)
{
    if (target.evaluator) {
        const FunctionPtr entry = module.entryFunction();
        if (!entry)
            return refused("The module has no entry function.", {}, "Name one: module NAME(entry=FUNCTION).");
        if (progress)
            progress("evaluating", 0);
        return evaluate(module, *chosen(module, entry, module.target.isa), inputs, stop);
    }
    if (!target.device.empty() && !hasDeviceFunctions(module))
        return noDeviceFunctions();
    STRATA_TRY(Artifact artifact, buildArtifact(toolchain, module, stop, progress, target.device));
    if (progress)
        progress("running", 0.9);
    CallOptions options;
    options.what = "running " + module.name;
    options.stop = stop;
    options.timeout = toolchain.runLimit;
    return toolchain.runner.run(artifact.loaded.handle, inputs, threads, options);
}

}  // namespace strata
