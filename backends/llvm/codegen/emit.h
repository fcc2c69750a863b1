// A loops function as LLVM IR.
//
//   i32 @NAME(ptr run, ptr params..., ptr results..., i64 sizes...)      0, or STRATA's code for "out of memory"
//
// Sizes are those of the signature in the order of their names, 1 to mostSize each, as the caller has checked.
// Buffers are dense and row-major, aligned to 64 bytes, and overlap nothing else. The generator emits what the loops
// ask for: a vectorized loop becomes vector instructions, an unrolled one straight code, a parallel one a body handed
// to strata_rt_parallel. LLVM adds nothing of the sort. Bound loops are made for a device; here they run one iteration
// after the other, which is what they mean.
#pragma once

#include "core/base/result.h"
#include "core/ir/module.h"

#include <memory>

namespace llvm {
class Function;
class LLVMContext;
class Module;
}  // namespace llvm

namespace strata {

struct Emitted {
    std::unique_ptr<llvm::Module> module;
    std::vector<std::vector<Cursor>> lines;  // debug line - 1 -> what it belongs to, innermost first
    std::vector<Error> remarks;
    std::vector<Buffer>
        locals;  // local buffers that were meant to become registers: an alloca of that name that is left did not
};

Result<Emitted> emitLoops(llvm::LLVMContext& context, const Module& module, const Function& function);

// What code for an instruction set is marked with: the processor, and how wide its vectors are.
void setTarget(llvm::Function& function, Target::Isa isa);

}  // namespace strata
