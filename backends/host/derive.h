// From a lowered module to the host program of its artifact.
#pragma once

#include "backends/host/program.h"

namespace strata {

struct HostOptions {
    bool devices = false;  // functions whose loops are bound to device axes become launches of their kernels
};

// Of the entry, a runtime program, or of one call if the entry is a kernel itself.
Result<HostProgram> hostProgram(const Module& lowered, const HostOptions& options);

}  // namespace strata
