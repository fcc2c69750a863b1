// A routine of the runtime is found by the name of its device, so that no list pairs the two.
#include "backends/device/device.h"

namespace strata {

std::string launchRoutine(const std::string& device) { return "strata_rt_" + device + "_launch"; }
std::string uploadRoutine(const std::string& device) { return "strata_rt_" + device + "_upload"; }
std::string downloadRoutine(const std::string& device) { return "strata_rt_" + device + "_download"; }
std::string queryRoutine(const std::string& device) { return "strata_rt_" + device + "_query"; }

}  // namespace strata
