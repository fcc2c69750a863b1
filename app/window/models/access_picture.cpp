#include "app/window/models/access_picture.h"

#include "core/ir/cpu.h"

#include <algorithm>

namespace strata {

namespace {

std::vector<std::int64_t> addressesOf(const reference::AccessTrace& trace, std::int64_t lineBytes)
{
    std::vector<std::int64_t> addresses;
    std::int64_t next = 0;
    for (const Buffer& buffer : trace.buffers) {
        addresses.push_back(next);
        const std::int64_t bytes = std::max<std::int64_t>(1, byteCount(buffer.type).value_or(0));
        next += (bytes + lineBytes - 1) / lineBytes * lineBytes;
    }
    return addresses;
}

std::int64_t lineOf(const reference::AccessTrace& trace, const std::vector<std::int64_t>& addresses,
                    const reference::AccessEntry& entry, std::int64_t lineBytes)
{
    const auto buffer = static_cast<std::size_t>(trace.sites[entry.site].buffer);
    return (addresses[buffer] + std::int64_t(entry.element) * bitSize(trace.buffers[buffer].type.dtype) / 8)
           / lineBytes;
}

// Calls `seen(entry, line, missed in L1)` for each in order; line -1: it is local.
template<class Seen>
AccessCounts simulate(const reference::AccessTrace& trace, const std::vector<std::int64_t>& addresses,
                      const CacheShape (&shapes)[3], std::vector<Cache>& caches, const Seen& seen)
{
    AccessCounts counts;
    counts.complete = trace.complete;
    std::vector<bool> local;
    for (const Buffer& buffer : trace.buffers)
        local.push_back(buffer.scope == Scope::Local);
    for (std::size_t i = 0; i < trace.entries.size(); ++i) {
        const reference::AccessEntry& entry = trace.entries[i];
        const bool kept = local[static_cast<std::size_t>(trace.sites[entry.site].buffer)];
        ++(kept ? counts.registers : counts.memory);
        seen(i, false, true);
        if (kept)
            continue;
        const std::int64_t line = lineOf(trace, addresses, entry, shapes[0].lineBytes);
        bool missed = true;
        for (std::size_t level = 0; level < 3 && missed; ++level) {
            missed = !caches[level].touch(line);
            counts.missed[level] += missed ? 1 : 0;
            if (level == 0 && missed)
                seen(i, true, false);
        }
    }
    return counts;
}

std::vector<Cache> emptyCaches(const CacheShape (&shapes)[3])
{
    return {Cache(shapes[0]), Cache(shapes[1]), Cache(shapes[2])};
}

}  // namespace

AccessCounts countAccesses(const reference::AccessTrace& trace, const CacheShape (&shapes)[3])
{
    std::vector<Cache> caches = emptyCaches(shapes);
    return simulate(trace, addressesOf(trace, shapes[0].lineBytes), shapes, caches, [](std::size_t, bool, bool) {});
}

AccessPicture accessPicture(QString function, reference::AccessTrace trace, const Target& target, std::int64_t l1Bytes)
{
    const Caches caches = cachesOf(target);
    AccessPicture picture;
    picture.function = std::move(function);
    picture.caches[0] = cacheOf(l1Bytes > 0 ? l1Bytes : caches.l1Bytes);
    picture.caches[1] = cacheOf(caches.l2Bytes);
    picture.caches[2] = cacheOf(caches.l3Bytes);
    picture.scaled = l1Bytes > 0 && l1Bytes != caches.l1Bytes;
    picture.addresses = addressesOf(trace, picture.caches[0].lineBytes);
    picture.missed.resize(trace.entries.size());
    std::vector<Cache> held = emptyCaches(picture.caches);
    std::int64_t misses = 0;
    picture.counts = simulate(trace, picture.addresses, picture.caches, held,
                              [&](std::size_t entry, bool missed, bool begins) {
                                  if (begins && entry % AccessPicture::stride == 0) {
                                      picture.snapshots.push_back(held[0]);
                                      picture.missedUntil.push_back(misses);
                                  }
                                  if (missed) {
                                      picture.missed[entry] = true;
                                      ++misses;
                                  }
                              });
    picture.trace = std::move(trace);
    return picture;
}

std::int64_t AccessPicture::lineOf(const reference::AccessEntry& entry) const
{
    return strata::lineOf(trace, addresses, entry, caches[0].lineBytes);
}

std::int32_t AccessPicture::bufferAt(std::int64_t line) const
{
    const auto after = std::upper_bound(addresses.begin(), addresses.end(), line * caches[0].lineBytes);
    return line < 0 ? -1 : std::int32_t(after - addresses.begin()) - 1;
}

Cache AccessPicture::l1After(std::size_t entry) const
{
    Cache cache = snapshots[entry / stride];
    for (std::size_t i = entry / stride * stride; i <= entry; ++i)
        if (!isLocal(bufferOf(trace.entries[i])))
            cache.touch(lineOf(trace.entries[i]));
    return cache;
}

std::int64_t AccessPicture::missesUntil(std::size_t entry) const
{
    std::int64_t count = missedUntil[entry / stride];
    for (std::size_t i = entry / stride * stride; i <= entry; ++i)
        count += missed[i] ? 1 : 0;
    return count;
}

namespace {

std::int64_t productOf(const std::vector<std::int64_t>& extents, std::size_t from)
{
    std::int64_t product = 1;
    for (std::size_t k = from; k < extents.size(); ++k)
        product *= extents[k];
    return product;
}

}  // namespace

// Iterations of one site grow with time, so that it is searched by halving; between two entries of a site others stand.
std::optional<std::size_t> AccessPicture::entryWhere(std::size_t entry, std::size_t loop, std::int64_t value) const
{
    const reference::AccessEntry& at = trace.entries[entry];
    const reference::AccessSite& site = trace.sites[at.site];
    const std::int64_t inner = productOf(site.extents, loop + 1), turns = site.extents[loop];
    const std::int64_t around = at.iteration / (inner * turns);
    const std::int64_t wanted = (around * turns + std::clamp<std::int64_t>(value, 0, turns - 1)) * inner;
    const auto siteFrom = [&](std::size_t i) {
        while (i < size() && trace.entries[i].site != at.site)
            ++i;
        return i;
    };
    std::size_t low = 0, high = size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2, found = siteFrom(middle);
        if (found < high && std::int64_t(trace.entries[found].iteration) < wanted)
            low = found + 1;
        else
            high = middle;
    }
    low = siteFrom(low);
    return low < size() && std::int64_t(trace.entries[low].iteration) / inner == wanted / inner ? std::optional(low)
                                                                                                : std::nullopt;
}

std::size_t AccessPicture::nextTurn(std::size_t entry, std::size_t loop, bool forward) const
{
    const reference::AccessEntry& at = trace.entries[entry];
    const std::int64_t inner = productOf(trace.sites[at.site].extents, loop + 1);
    const auto turned = [&](std::size_t i) {
        return trace.entries[i].site == at.site && trace.entries[i].iteration / inner != at.iteration / inner;
    };
    std::size_t i = entry;
    while (forward ? i + 1 < size() : i > 0) {
        i = forward ? i + 1 : i - 1;
        if (turned(i))
            return i;
    }
    return forward ? size() - 1 : 0;
}

std::optional<AccessPicture::Product> AccessPicture::product() const
{
    std::vector<std::int32_t> read, written;
    for (std::int32_t buffer = 0; buffer < std::int32_t(trace.buffers.size()); ++buffer) {
        const auto isWrite = [&](const reference::AccessSite& site) { return site.buffer == buffer && site.write; };
        const bool writes = std::any_of(trace.sites.begin(), trace.sites.end(), isWrite);
        if (trace.buffers[std::size_t(buffer)].type.shape.size() == 2 && !isLocal(buffer))
            (writes ? written : read).push_back(buffer);
    }
    const auto fits = [&](std::int32_t a, std::int32_t b, std::int32_t c) {
        const auto x = constants(trace.buffers[std::size_t(a)].type.shape),
                   y = constants(trace.buffers[std::size_t(b)].type.shape),
                   z = constants(trace.buffers[std::size_t(c)].type.shape);
        return x[0] == z[0] && x[1] == y[0] && y[1] == z[1];
    };
    if (read.size() == 2 && !written.empty() && fits(read[0], read[1], written.back()))
        return Product{read[0], read[1], written.back()};
    return std::nullopt;
}

}  // namespace strata
