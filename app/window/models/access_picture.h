// Which element of which buffer is touched when, and what a cache of lines holds at that moment: a trace with the
// hits and misses of a simulation beside it, made so that any moment can be looked at at once.
#pragma once

#include "core/analysis/cache.h"
#include "core/machine/trace.h"

#include <QString>

#include <map>
#include <memory>
#include <optional>

namespace strata {

// Of a whole trace: loads and stores that go to memory (buffers in local memory are registers, if all goes well), and
// how many of them each cache did not hold; a cache is asked where the one before it does not hold a line.
struct AccessCounts {
    std::int64_t memory = 0, registers = 0;
    std::int64_t missed[3] = {0, 0, 0};  // L1, L2, L3
    bool complete = true;                // of the whole run
};

struct AccessPicture {
    QString function;
    reference::AccessTrace trace;
    std::vector<std::int64_t> addresses;  // of buffers, in bytes; one after the other, each at a line
    CacheShape caches[3];
    bool scaled = false;  // L1 is not the machine's
    std::map<std::string, std::string> axes;  // of loops that are bound to blocks and threads of a device
    AccessCounts counts;
    std::optional<AccessCounts> before;  // of the state that is compared with
    std::vector<bool> missed;            // of each entry: in L1

    static constexpr std::size_t stride = 1 << 15;
    std::vector<Cache> snapshots;           // L1 before entry i * stride
    std::vector<std::int64_t> missedUntil;  // L1 misses before entry i * stride

    std::size_t size() const { return trace.entries.size(); }
    bool isLocal(std::int32_t buffer) const
    {
        return trace.buffers[static_cast<std::size_t>(buffer)].scope == Scope::Local;
    }
    std::int32_t bufferOf(const reference::AccessEntry& entry) const { return trace.sites[entry.site].buffer; }
    std::int64_t lineOf(const reference::AccessEntry& entry) const;
    std::int32_t bufferAt(std::int64_t line) const;  // whose elements lie there; -1: nobody's

    Cache l1After(std::size_t entry) const;             // once the entry is done
    std::int64_t missesUntil(std::size_t entry) const;  // with it
    // The first entry of the same site at which the loop has the value, loops around it as they are at `entry` and
    // those inside at their beginning; nullopt: there is none in the trace.
    std::optional<std::size_t> entryWhere(std::size_t entry, std::size_t loop, std::int64_t value) const;
    // The next entry (or the one before) at which the loop of this depth turns.
    std::size_t nextTurn(std::size_t entry, std::size_t loop, bool forward) const;
    // Whether the buffers are those of a product: left, above, and what comes out; indices into trace.buffers.
    struct Product {
        std::int32_t left, above, result;
    };
    std::optional<Product> product() const;
};
using AccessPicturePtr = std::shared_ptr<const AccessPicture>;

// `l1Bytes`: another size of L1 than the target's; 0: the target's.
AccessPicture accessPicture(QString function, reference::AccessTrace trace, const Target& target, std::int64_t l1Bytes);
AccessCounts countAccesses(const reference::AccessTrace& trace, const CacheShape (&caches)[3]);

}  // namespace strata
