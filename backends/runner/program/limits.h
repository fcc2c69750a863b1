// What this processor can do at most: multiply-adds from registers, and bytes read and written at each level of the
// memory. The roof over a roofline.
#pragma once

#include "core/base/result.h"

#include <cstdint>

namespace strata::runner {

struct MemoryLevel {
    std::string name;        // "L1"; "memory" for what lies behind the caches
    std::int64_t bytes = 0;  // that it holds for all threads together; 0: no end
    double bytesPerSecond = 0;
};

struct Limits {
    double flopsPerSecond = 0;  // f32
    std::vector<MemoryLevel> levels;
};

// `isa`: "x86-64-v3": with the widest vectors that code for it may use. `threads` at once, all together.
Result<Limits> measureLimits(const std::string& isa, int threads);

}  // namespace strata::runner
