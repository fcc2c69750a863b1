#include "app/workbench/workbench.h"

#include "backends/opencl/kernel.h"
#include "core/ir/implementations.h"
#include "core/reference/evaluate.h"

namespace strata {

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

Result<std::vector<Tensor>> runModule(Toolchain& toolchain, const Module& module, RunTarget target,
                                      const std::vector<Tensor>& inputs, int threads, std::stop_token stop,
                                      const Progress& progress)
{
    if (target == RunTarget::Reference) {
        const FunctionPtr entry = module.entryFunction();
        if (!entry)
            return refused("The module has no entry function.", {}, "Name one: module NAME(entry=FUNCTION).");
        if (progress)
            progress("evaluating", 0);
        return evaluate(module, *chosen(module, entry, module.target.isa), inputs, stop);
    }
    if (target == RunTarget::OpenCl && !hasDeviceFunctions(module))
        return noDeviceFunctions();
    STRATA_TRY(Artifact artifact, buildArtifact(toolchain, module, stop, progress, target == RunTarget::OpenCl));
    if (progress)
        progress("running", 0.9);
    CallOptions options;
    options.what = "running " + module.name;
    options.stop = stop;
    options.timeout = toolchain.runLimit;
    return toolchain.runner.run(artifact.loaded.handle, inputs, threads, options);
}

}  // namespace strata
