// Where calls run: on the CPU, or on a device as kernels of the function that is called.
//
// A function is made for devices by its loops that are bound to blocks and threads; the CPU runs those one iteration
// after the other. The target of a run says where such functions run, unless the call does: call f(x, device="cpu"), in
// a graph or a runtime program (library.place).
#pragma once

#include "core/ir/module.h"

namespace strata {

constexpr const char* placementAttribute = "device";
constexpr const char* onCpu = "cpu";

// What the attributes of a call say: onCpu, the name of a device, or "": as the target has it.
std::string placement(const Attributes& attributes);

// Some loop is bound to a device axis.
bool isDeviceFunction(const Function& function);

// Devices that calls of the module are placed on, each once.
std::set<std::string> placedDevices(const Module& module);

}  // namespace strata
