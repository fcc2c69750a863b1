// hardware.choose_isa: which instructions the module is compiled to.
#include "core/transform/transform.h"

#include "core/ir/cpu.h"

namespace strata {

namespace {

Target wanted(const Module& module, const Arguments& arguments)
{
    Target target = module.target;
    target.isa = *isaByName(arguments.text("isa"));
    if (arguments.has("threads"))
        target.threads = int(arguments.integer("threads"));
    return target;
}

// What the module is compiled for already may be said again: a recipe that names it fits on every machine.
Status applies(const Module&, const Arguments& arguments)
{
    if (!isaByName(arguments.text("isa")))
        return refused(say("There is no instruction set '{}'.", arguments.text("isa")), {},
                       isaHint());
    if (arguments.has("threads") && (arguments.integer("threads") < 0 || arguments.integer("threads") > 4096))
        return refused("A module runs on 1 to 4096 threads, or on 0: as many as the machine has when it runs.");
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    Change change;
    change.target = wanted(module, arguments);
    if (!cpuOf(change.target->isa).fusedMultiplyAdd)
        change.notes.push_back(
            std::string(name(change.target->isa))
            + " has no fused multiply-add instruction: fma is computed by a helper with the same bits, many times slower.");
    return change;
}

}  // namespace

STRATA_TRANSFORM(hardware_choose_isa)
{
    Transform t;
    t.id = "hardware.choose_isa";
    t.level = Level::Hardware;
    t.title = "Choose the instruction set";
    t.summary =
        "Compiles the module for another instruction set, or for a fixed number of threads.";
    t.documentation =
        "Instruction sets are described by the files of resources/targets: the levels of x86-64 (v1 and v2 have vectors of 16 bytes, v3, with AVX2 "
        "and FMA, of 32 bytes, v4, with AVX-512, of 64 bytes), and aarch64 with vectors of 16 bytes, whose code is exported and runs elsewhere. "
        "The loops do not change: a vectorized loop that is longer than a vector becomes several instructions, a shorter one uses a part. "
        "The numbers stay the same to the last bit, because a fused multiply-add rounds once on every level. The artifact refuses to start on a "
        "machine that lacks the instructions. Threads: 0 leaves the number to the machine it runs on.";
    t.alsoKnownAs = {"-march (GCC, Clang)", "target (TVM)"};
    t.parameters = {{"isa",
                     ParameterKind::Choice,
                     "The instruction set.",
                     "x86-64-v3",
                     false,
                     isaNames()},
                    {"threads",
                     ParameterKind::Integer,
                     "Threads that parallel loops run on; 0 is decided when run.",
                     "",
                     true,
                     {}}};
    t.example.before = R"(module example(entry=double_it, isa=x86-64-v3):

@loops
def double_it(x: f32[8]) -> (y: f32[8]):
    for i in vectorized(8):
        with block("y") as (vi: spatial(8) = i):
            y[vi] = x[vi] + x[vi]
)";
    t.example.step = "hardware.choose_isa(x86-64-v4)";
    t.example.after = R"(module example(entry=double_it, isa=x86-64-v4):

@loops
def double_it(x: f32[8]) -> (y: f32[8]):
    for i in vectorized(8):
        with block("y") as (vi: spatial(8) = i):
            y[vi] = x[vi] + x[vi]
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
