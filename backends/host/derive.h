// From a lowered module to the host program of its artifact.
#pragma once

#include "backends/host/program.h"

namespace strata {

struct HostOptions {
    std::string device;  // functions whose loops are bound to axes of a device are launched there, unless their call is
                         // placed elsewhere; "": none are
};

// Of the entry, a runtime program, or of one call if the entry is a kernel itself.
Result<HostProgram> hostProgram(const Module& lowered, const HostOptions& options);

}  // namespace strata
