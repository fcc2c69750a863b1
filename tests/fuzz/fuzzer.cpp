// A program of libFuzzer for the target STRATA_FUZZ_TARGET (targets.h).
#include "tests/fuzz/targets.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz::STRATA_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
    return 0;
}
