// OpenCL C from loops functions whose loops are bound to block and thread axes.
//
// Each statement at the top of the function becomes a kernel; blockIdx and threadIdx are its group and local ids,
// shared buffers __local, local ones private arrays. Threads of a block meet at a barrier wherever one writes memory
// that another touches before or after. The text is exact: explicit fma, FP_CONTRACT OFF, elementary functions
// expanded; what rounds otherwise on a device is its division and its denormals.
#pragma once

#include "backends/device/kernel.h"
#include "core/base/result.h"

namespace strata {

// What a device must have; a kernel beyond that is refused here rather than by the driver.
struct OpenClLimits {
    std::int64_t threads = 1024;          // a block
    std::int64_t sharedBytes = 48 << 10;  // a block
};

// A refusal names the loop, buffer or block that a device cannot have.
Result<KernelProgram> printOpenCl(const Function& function, const OpenClLimits& limits = {});

}  // namespace strata
