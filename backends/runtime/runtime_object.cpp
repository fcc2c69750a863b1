#include "backends/runtime/runtime_object.h"

// Defined by embedded.S: begin and end of the file.
extern "C" {
extern const char strata_embedded_header[], strata_embedded_header_end[];
}

namespace strata {

const Runtime* runtimeFor(std::string_view architecture)
{
    for (const Runtime& runtime : runtimes())
        if (runtime.architecture == architecture)
            return &runtime;
    return nullptr;
}

std::string_view headerTemplate()
{
    return {strata_embedded_header, std::size_t(strata_embedded_header_end - strata_embedded_header)};
}

}  // namespace strata
