// Buffers of the runtime program as rectangles: offset in the arena over the statements during which they are alive.
#pragma once

#include "core/ir/module.h"

#include <QString>

#include <algorithm>
#include <vector>

namespace strata {

struct MemoryBlock {
    QString name;
    std::int64_t offset = 0, bytes = 0;
    int first = 0, last = 0;  // statements
    QString parameter = {};   // of a result in the caller's memory: of this parameter
};
struct MemoryPicture {
    std::vector<MemoryBlock> blocks;   // of the arena
    std::vector<MemoryBlock> updated;  // results that are written where a parameter lies
    std::int64_t arenaBytes = 0;
    int statements = 0;
    std::int64_t unplanned = 0;      // bytes of buffers that no arena holds
    std::int64_t savedBytes() const  // that the blocks would take besides, each in memory of its own
    {
        std::int64_t sum = 0;
        for (const MemoryBlock& block : blocks)
            sum += block.bytes;
        return std::max<std::int64_t>(0, sum - arenaBytes);
    }
    int sized = 0, storages = 0;  // buffers whose bytes follow from sizes, and the storages that they share
};
MemoryPicture memoryPicture(const Function& library);

}  // namespace strata
