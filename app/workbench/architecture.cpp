#include "app/workbench/architecture.h"

#include "core/ir/cpu.h"

namespace strata {

Status requireOwnArchitecture(const Module& module)
{
    const Target::Isa wanted = module.target.isa, here = machineIsa();
    if (cpuOf(wanted).architecture == cpuOf(here).architecture)
        return {};
    return refused(say("Code for {} does not run on this machine, which is {}.", cpuOf(wanted).name, cpuOf(here).architecture), {},
                   "strata export writes it, to be run elsewhere.");
}

ModulePtr asRunHere(const Module& module)
{
    auto here = std::make_shared<Module>(module);
    if (!requireOwnArchitecture(module))
        here->target.isa = machineIsa();
    return here;
}

}  // namespace strata
