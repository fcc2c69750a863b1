// Instruction sets, as data: what schedules and code generation ask of a processor.
//
// Each is a file of resources/targets, which the build puts into the programs; files in the folder that the environment
// variable STRATA_TARGETS names come on top. Nothing else names one.
#pragma once

#include "core/ir/module.h"

namespace strata {

struct Cpu {
    std::string name;          // as --target, texts and steps have it
    std::string about;         // a few words
    std::string architecture;  // code for one runs on those of the same that are at least of its level
    int level = 1;
    std::string gnuTriple;  // as compilers and folders of a system have it: aarch64-linux-gnu
    std::string needs;      // what a library asks of the machine that loads it (strata_device in runtime.h)
    bool byDefault = false;

    int vectorBytes = 16, vectorRegisters = 16;
    bool fusedMultiplyAdd = false;    // has an instruction; without, a helper computes the same bits
    bool halfConversions = false;     // between f16 and f32
    std::vector<int> maskedElements;  // bytes of elements of which a part of a register is loaded and stored
    std::int64_t l1Bytes = 0, l2Bytes = 0, l3Bytes = 0;  // what a core has of each cache; l3 is shared

    std::string llvmTriple, llvmCpu, llvmFeatures;
    // Dot products of bytes that such a processor may have on top, and the bit by which the runtime tells of them
    // (strata_rt_dot_products); "": none.
    std::string llvmDotFeature;
    int dotBit = 0;
};

// From "key = value" lines; # begins a comment. Everything that has no value of its own here has to be said.
Result<Cpu> parseCpu(const std::string& text, const std::string& file);

// Of an instruction set, which is the number of its description: those of the default's architecture by level, then the
// others.
const Cpu& cpuOf(Target::Isa isa);

// The caches of a target: its own, where it says them, else those of its processor's description.
struct Caches {
    std::int64_t l1Bytes = 0, l2Bytes = 0, l3Bytes = 0;
};
Caches cachesOf(const Target& target);

// Whether a processor of `isa` runs all code for `least`: of the same architecture, and of at least its level.
bool runsCodeOf(Target::Isa isa, Target::Isa least);

// All that there are.
std::vector<Target::Isa> knownIsas();
std::vector<std::string> isaNames();
// "There are a, b and c.", and what is wrong with a file of STRATA_TARGETS, if anything is.
std::string isaHint();

}  // namespace strata
