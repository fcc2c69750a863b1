// The devices that this build of Strata knows: those of the CMake list STRATA_DEVICES.
#pragma once

#include "backends/device/device.h"

#include <string_view>

namespace strata {

const std::vector<DeviceBackend>& devices();

// nullptr: this build knows none of that name.
const DeviceBackend* deviceByName(std::string_view name);

// A function as kernels of a device. Refused where this build does not know the device.
Result<KernelProgram> kernelsFor(const std::string& device, const Function& function);

}  // namespace strata
