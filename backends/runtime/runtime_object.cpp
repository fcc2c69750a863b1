#include "backends/runtime/runtime_object.h"

// Defined by embedded.S: begin and end of each file.
extern "C" {
extern const std::byte strata_embedded_runtime[], strata_embedded_runtime_end[];
extern const std::byte strata_embedded_libc[], strata_embedded_libc_end[];
extern const std::byte strata_embedded_libm[], strata_embedded_libm_end[];
extern const char strata_embedded_header[], strata_embedded_header_end[];
}

namespace strata {

std::span<const std::byte> runtimeObject() { return {strata_embedded_runtime, strata_embedded_runtime_end}; }
std::span<const std::byte> libcStub() { return {strata_embedded_libc, strata_embedded_libc_end}; }
std::span<const std::byte> libmStub() { return {strata_embedded_libm, strata_embedded_libm_end}; }
std::string_view headerTemplate()
{
    return {strata_embedded_header, std::size_t(strata_embedded_header_end - strata_embedded_header)};
}

}  // namespace strata
