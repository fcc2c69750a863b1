// OpenCL C from loops functions whose loops are bound to block and thread axes.
//
// Each statement at the top of the function becomes a kernel; blockIdx and threadIdx are its group and local ids,
// shared buffers __local, local ones private arrays. Threads of a block meet at a barrier wherever one writes memory
// that another touches before or after. The text is exact: explicit fma, FP_CONTRACT OFF, elementary functions
// expanded; what rounds otherwise on a device is its division and its denormals.
#pragma once

#include "core/ir/module.h"

#include <array>

namespace strata {

// What a device must have; a kernel beyond that is refused here rather than by the driver.
struct OpenClLimits {
    std::int64_t threads = 1024;          // a block
    std::int64_t sharedBytes = 48 << 10;  // a block
};

// Where an index that is data is checked; see strata_check of backends/runtime/runtime.h.
struct OpenClCheck {
    int block = 0, number = 0;
    std::string of, where;
    std::vector<std::string> iterators;
    std::vector<std::int64_t> extents;
};

struct OpenClKernel {
    std::string name, source;
    std::vector<std::string> arguments;  // params, results and temporaries of the function, by name
    std::vector<std::int64_t> argumentBytes;
    std::vector<bool> written;  // by argument
    std::array<std::int64_t, 3> blocks{1, 1, 1}, threads{1, 1, 1};
    std::int64_t sharedBytes = 0;
    std::vector<OpenClCheck> checks;  // not empty: one argument more, an int for each
};

// Kernels run one after the other. Temporaries are buffers that one writes and a later one reads; the host allocates
// them.
struct OpenClProgram {
    std::vector<OpenClKernel> kernels;
    std::vector<std::pair<std::string, std::int64_t>> temporaries;  // name, bytes
};

// Some loop is bound to a device axis.
bool isDeviceFunction(const Function& function);

// A refusal names the loop, buffer or block that a device cannot have.
Result<OpenClProgram> printOpenCl(const Function& function, const OpenClLimits& limits = {});

}  // namespace strata
