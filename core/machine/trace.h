// The order of accesses of a loops function: which element of which buffer each load and store touches, one after the
// other, as the evaluator runs it.
#pragma once

#include "core/machine/run_loops.h"

namespace strata::reference {

// A load or store of the program.
struct AccessSite {
    std::int32_t buffer = 0;  // in AccessTrace::buffers
    bool write = false;
    std::string block;
    std::vector<std::string> loops;     // around, outermost first
    std::vector<std::int64_t> extents;  // of each
};

// The element counts row-major; the iteration those of the loops around the site, as one number.
struct AccessEntry {
    std::uint32_t element = 0;
    std::uint32_t site : 8 = 0, iteration : 24 = 0;
};
static_assert(sizeof(AccessEntry) == 8);

struct AccessTrace {
    std::vector<Buffer> buffers;  // parameters, results, then what is allocated
    std::vector<AccessSite> sites;
    std::vector<AccessEntry> entries;
    bool complete = true;  // false: there is more than was asked for

    // Of the loops around the entry's site.
    std::vector<std::int64_t> loopValues(const AccessEntry& entry) const;
};

// At most `most` accesses, from the beginning. Loops run one iteration after the other, whatever their kind; what
// primitives touch is left out. Refused where an extent is no constant or there are too many sites to tell apart.
Result<AccessTrace> traceAccesses(const Module& module, const Function& function, const Tensors& inputs,
                                  std::size_t most, std::stop_token stop = {});

}  // namespace strata::reference
