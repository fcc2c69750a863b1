// What the machine should need for an iteration of a loop: llvm-mca's simulation of its instructions, in a child
// process that is part of LLVM's own tools. Where the tool is not installed, that is said.
#pragma once

#include "app/window/jobs/job_runner.h"
#include "app/window/models/instruction_mix.h"
#include "core/base/result.h"
#include "core/ir/module.h"

namespace strata {

// Of one instruction, as LLVM's model of the processor has it.
struct InstructionCost {
    int latency = 0;        // cycles until its result is there
    double throughput = 0;  // cycles between two of it at best
};

struct LoopEstimate {
    double cycles = 0;                               // of an iteration, as simulated
    double throughput = 0;                           // at best, if nothing waited for anything but its unit
    QString bound;                                   // "data dependencies"; empty: nothing holds it up
    std::vector<InstructionCost> instructions = {};  // of the loop, in order
};

// `lines`: of the whole listing; `loop` one of its innermost loops.
Result<LoopEstimate> estimate(const QStringList& lines, const LoopMix& loop, Target::Isa isa, const JobSink& sink);
// Of the tool's report; nullopt: it is none.
std::optional<LoopEstimate> parseEstimate(const QString& report);
// "llvm-mca: latency 4 cycles, one every 0.5"
QString describe(const InstructionCost& cost);
// "llvm-mca: 4.3 cycles an iteration, 4.0 at best; bound by data dependencies"
QString describe(const LoopEstimate& estimate);

}  // namespace strata
