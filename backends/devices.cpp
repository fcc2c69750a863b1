#include "backends/devices.h"

namespace strata {

const DeviceBackend* deviceByName(std::string_view name)
{
    for (const DeviceBackend& device : devices())
        if (device.name == name)
            return &device;
    return nullptr;
}

Result<KernelProgram> kernelsFor(const std::string& device, const Function& function)
{
    if (const DeviceBackend* backend = deviceByName(device))
        return backend->kernels(function);
    return refused(say("This build of Strata knows no device {}.", device), {functionCursor(function.name)},
                   "Which ones it knows is chosen when it is built: -DSTRATA_DEVICES=...");
}

}  // namespace strata
