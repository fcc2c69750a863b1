#include "backends/runner/program/memory.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

namespace strata::runner {

namespace {

constexpr std::size_t alignment = 64;
constexpr unsigned char filler = 0xa5;

std::size_t roundedUp(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

// What was mapped for a block: a page that nobody may touch, the pages of the block, another such page.
struct Mapping {
    std::byte* begin;
    std::size_t size, bytes;
};

class Mappings {
public:
    void* allocate(Guard guard, std::size_t bytes)
    {
        const std::size_t page = std::size_t(sysconf(_SC_PAGESIZE)), inner = roundedUp(bytes + 1, page);
        void* const begin = mmap(nullptr, inner + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (begin == MAP_FAILED)
            return nullptr;
        std::byte* const first = static_cast<std::byte*>(begin) + page;
        if (mprotect(first, inner, PROT_READ | PROT_WRITE) != 0)
            return nullptr;
        std::byte* const memory = guard == Guard::Before ? first : first + inner - roundedUp(bytes, alignment);
        std::memset(first, filler, inner);
        std::memset(memory, 0, bytes);
        const std::lock_guard lock(m_mutex);
        m_mappings[memory] = {static_cast<std::byte*>(begin), inner + 2 * page, bytes};
        return memory;
    }

    void release(void* memory)
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_mappings.find(memory);
        if (found == m_mappings.end())
            return;
        check(found->first, found->second);
        munmap(found->second.begin, found->second.size);
        m_mappings.erase(found);
    }

    void check()
    {
        const std::lock_guard lock(m_mutex);
        for (const auto& [memory, mapping] : m_mappings)
            check(memory, mapping);
    }

private:
    static void check(const void* memory, const Mapping& mapping)
    {
        const std::size_t page = std::size_t(sysconf(_SC_PAGESIZE));
        const std::byte* const block = static_cast<const std::byte*>(memory);
        checkFilled(mapping.begin + page, block);
        checkFilled(block + mapping.bytes, mapping.begin + mapping.size - page);
    }

    static void checkFilled(const std::byte* begin, const std::byte* end)
    {
        for (; begin < end; ++begin)
            if (*begin != std::byte(filler)) {
                std::fputs("strata-runner: the code wrote outside its memory\n", stderr);
                std::abort();
            }
    }

    std::mutex m_mutex;
    std::map<void*, Mapping> m_mappings;
};

Mappings& mappings()
{
    static Mappings all;  // a library's allocator has no other place to find what it gave out
    return all;
}

}  // namespace

Guard guardAsked()
{
    const char* const asked = std::getenv("STRATA_RUNNER_GUARD");
    const std::string_view word = asked ? asked : "";
    return word == "after" ? Guard::After : word == "before" ? Guard::Before : Guard::None;
}

void* allocateMemory(Guard guard, std::size_t bytes)
{
    if (guard != Guard::None)
        return mappings().allocate(guard, bytes);
    void* const memory = std::aligned_alloc(alignment, roundedUp(bytes + 1, alignment));
    if (memory)
        std::memset(memory, 0, bytes);
    return memory;
}

void releaseMemory(Guard guard, void* memory)
{
    if (guard == Guard::None)
        std::free(memory);
    else
        mappings().release(memory);
}

void checkMemory(Guard guard)
{
    if (guard != Guard::None)
        mappings().check();
}

}  // namespace strata::runner
