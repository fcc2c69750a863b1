// What ended up in a library, read back from LLD's link map and the library itself; private to this folder.
#pragma once

#include "backends/llvm/link/link.h"

namespace strata {

inline constexpr const char* runtimeObjectName = "strata-runtime.o";
inline constexpr const char* weightsObjectName = "strata-weights.o";

// Bytes by object, for the runtime by routine (one section each), and the routines that were dropped.
Result<Linked> readLinkMap(const std::string& map, const std::vector<LinkObject>& objects);
// DT_NEEDED of an ELF shared library.
Result<std::vector<std::string>> neededLibraries(const std::string& library);

}  // namespace strata
