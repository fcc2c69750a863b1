// A build without a device backend: no function is made for a device.
#include "backends/opencl/kernel.h"

namespace strata {

bool isDeviceFunction(const Function&) { return false; }
Result<OpenClProgram> printOpenCl(const Function& function, const OpenClLimits&)
{
    return refused("This build of Strata has no OpenCL, which " + function.name + " needs.", {functionCursor(function.name)});
}

}  // namespace strata
