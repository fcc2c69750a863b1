// What a kind of device is to Strata. A backend of one is a folder here that defines it in device.cpp,
//
//     STRATA_DEVICE(NAME) { return {"NAME", ...}; }
//
// and brings, in runtime.c, the routines of the runtime that run its kernels: strata_rt_NAME_launch, _upload, _download
// and _query (see strata_kernel in backends/runtime/runtime.h). Which ones a build has says the CMake list
// STRATA_DEVICES; nothing else names one.
#pragma once

#include "backends/device/kernel.h"
#include "core/base/result.h"

namespace strata {

struct DeviceBackend {
    std::string name;   // as --target, the host program and the exported description have it
    std::string title;  // as a person reads it
    // The kernels of a function; a refusal names the loop, buffer or block that such a device cannot have.
    Result<KernelProgram> (*kernels)(const Function& function);
    // Their text.
    std::vector<KernelLine> (*lines)(const Function& function, const KernelProgram& program);
    std::string library;  // that its routines open by name when they run
};

// Names of its routines.
std::string launchRoutine(const std::string& device);
std::string uploadRoutine(const std::string& device);
std::string downloadRoutine(const std::string& device);
std::string queryRoutine(const std::string& device);

#define STRATA_DEVICE(name) DeviceBackend strata_device_##name()

}  // namespace strata
