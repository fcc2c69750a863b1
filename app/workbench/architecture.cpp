#include "app/workbench/architecture.h"

#include "core/ir/cpu.h"

namespace strata {

namespace {

// Whether this machine has what a description of a processor needs.
bool machineHas(const std::string& needs)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    return needs == "x86-64-v1" || (needs == "x86-64-v2" && __builtin_cpu_supports("x86-64-v2"))
           || (needs == "x86-64-v3" && __builtin_cpu_supports("x86-64-v3"))
           || (needs == "x86-64-v4" && __builtin_cpu_supports("x86-64-v4"));
#elif defined(__aarch64__)
    return needs == "aarch64";
#else
    return false;
#endif
}

}  // namespace

Target::Isa machineIsa()
{
    Target::Isa best = Target::usual();
    bool found = false;
    for (const Target::Isa isa : knownIsas()) {
        const Cpu& cpu = cpuOf(isa);
        // A description under another name than what it needs is somebody's own: it is used where it is named.
        if (cpu.name == cpu.needs && machineHas(cpu.needs) && (!found || cpu.level > cpuOf(best).level)) {
            best = isa;
            found = true;
        }
    }
    return best;
}

Status requireOwnArchitecture(const Module& module)
{
    const Target::Isa wanted = module.target.isa, here = machineIsa();
    if (cpuOf(wanted).architecture == cpuOf(here).architecture)
        return {};
    return refused(
        say("Code for {} does not run on this machine, which is {}.", cpuOf(wanted).name, cpuOf(here).architecture), {},
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
