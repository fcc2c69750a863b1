// Routines of libraries (oneDNN, OpenBLAS): which library a provider's are in, and what a call of one becomes.
//
// All have one signature in the runtime (see runtime.h): three tensors, of which the last may be absent, the result, a
// table of sizes, flags. What a routine's sizes are is said here and where the runtime reads them
// (backends/runtime/routines/onednn_conv.c for convolutions), nowhere else.
#pragma once

#include "core/ir/library.h"

namespace strata {

// "libdnnl.so.2": what the routine "onednn.matmul" opens at its first call; empty if nobody provides it.
std::string libraryOf(const std::string& routine);
// The same by the symbol in the runtime, strata_rt_onednn_matmul, or a part of it.
std::string libraryOfSymbol(const std::string& symbol);

struct RoutineCall {
    std::string symbol;               // "strata_rt_onednn_matmul"
    std::vector<std::int64_t> sizes;  // as the routine reads them
    int flags = 0;                    // 1 transpose a, 2 transpose b, 4 relu
};
// Of tensors of constant shapes. A refusal is the end of a sentence that begins with the call.
Result<RoutineCall> routineCall(const LibraryCall& call, const std::vector<TensorType>& inputs,
                                const TensorType& output);

}  // namespace strata
