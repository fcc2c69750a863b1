// Links an artifact with LLD as a library: no linker program is called, nothing of the machine's libc is read.
//
// Objects of the functions, the prebuilt runtime and, if asked, the weights become one shared library that exports only the given symbols and needs
// only libc and libm. Unused routines of the runtime are left out section by section.
#pragma once

#include "backends/llvm/compiler.h"

#include <span>

namespace strata {

struct LinkObject {
    std::string name;                          // of the function or part, for the link map: a file name without slash
    std::string kind;                          // Contribution's: "code", "tables", "interface"
    std::span<const std::byte> bytes;          // an ELF relocatable; must outlive the call
};

struct LinkRequest {
    std::vector<LinkObject> objects;
    std::vector<std::string> exported;         // symbols; all others are local
    std::string output;                        // written to a temporary beside it, then renamed
    std::string soname;
    std::string weightsFile;                   // "" or a file to embed; its bytes start at the hidden symbol strata_weights, aligned to 64
};

struct Linked {
    std::int64_t fileBytes = 0;
    std::vector<Contribution> contributions;   // by object and, for the runtime, by routine
    std::vector<std::string> leftOut;          // routines of the runtime that nothing needs
    std::vector<std::string> needed;           // DT_NEEDED
};

// One thread at a time (LLD keeps global state). A crash inside LLD is a Bug error and leaves the process usable if LLD says so.
Result<Linked> link(const LinkRequest& request);

// Writes an ELF relocatable that holds `weightsFile` as the read-only section .strata.weights under the hidden symbol strata_weights, without passing
// the bytes through memory.
Status writeWeightsObject(const std::string& weightsFile, const std::string& object);

}  // namespace strata
