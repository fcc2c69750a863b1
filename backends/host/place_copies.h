// Copies between the host and devices: what a kernel reads is brought to its device unless it lies there, and what it
// wrote stays there until the host, or another device, needs it. So what one kernel hands to the next is not copied.
#pragma once

#include "backends/host/program.h"

namespace strata {

// Adds the copies, and the places of what kernels are launched with. A buffer of the entry's results is handed over
// when the call that wrote it ends; constants are copied once in the life of an instance. Devices work in order.
void placeCopies(HostProgram& program);

}  // namespace strata
