// Kernels: what a function whose loops are bound to block and thread axes becomes on a device.
//
// Each statement at the top of the function is one. How its text is written, compiled and launched is up to the backend
// of a device (device.h); what is here holds for all of them.
#pragma once

#include "core/ir/placement.h"

#include <array>

namespace strata {

// Where an index that is data is checked; see strata_check of backends/runtime/runtime.h.
struct KernelCheck {
    int block = 0, number = 0;
    std::string of, where;
    std::vector<std::string> iterators;
    std::vector<std::int64_t> extents;
};

struct Kernel {
    std::string name, source;
    std::vector<std::string> arguments;  // params, results and temporaries of the function, by name
    std::vector<std::int64_t> argumentBytes;
    std::vector<bool> written;  // by argument
    std::array<std::int64_t, 3> blocks{1, 1, 1}, threads{1, 1, 1};
    std::int64_t sharedBytes = 0;
    std::vector<KernelCheck> checks;  // not empty: one argument more, an int for each
};

// Kernels run one after the other. Temporaries are buffers that one writes and a later one reads; the host allocates
// them.
struct KernelProgram {
    std::vector<Kernel> kernels;
    std::vector<std::pair<std::string, std::int64_t>> temporaries;  // name, bytes
};

// A line of a kernel's text, with what of the function it belongs to.
struct KernelLine {
    std::string text;
    std::vector<Cursor> cursors;
};

}  // namespace strata
