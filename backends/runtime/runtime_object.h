// The prebuilt parts of every artifact, as bytes of ELF files made when Strata was built.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace strata {

struct Runtime {
    std::string_view architecture;  // as descriptions of processors name it (core/ir/isa.h)
    // One relocatable object: every routine of runtime.h in a section of its own, symbols hidden. Needs nothing beyond
    // libc.
    std::span<const std::byte> object;
    // Shared libraries that hold only the versioned names of libc.so.6 and libm.so.6 that artifacts may use, to link
    // against where no libc is installed. The lowest glibc that has them all is 2.34 (pthread and dl functions in libc
    // itself).
    std::span<const std::byte> libc, libm;
};

// Of the architectures that this build makes artifacts for.
const std::vector<Runtime>& runtimes();
const Runtime* runtimeFor(std::string_view architecture);  // nullptr: none

// The template of the exported header (artifact.h.in): @NAME@, @PREFIX@ and @GUARD@ are to be replaced.
std::string_view headerTemplate();

}  // namespace strata
