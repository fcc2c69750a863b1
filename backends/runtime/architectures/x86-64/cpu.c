/* The levels of the x86-64 psABI, asked of cpuid directly: libc's own answer would tie the artifact to its version. */
#include "backends/runtime/routines/cpu.h"

#include "backends/runtime/runtime.h"

#include <cpuid.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { EAX, EBX, ECX, EDX };

typedef struct {
    const char* name;
    unsigned char level, bit, reg;
    uint32_t leaf;
} feature;

static const feature features[] = {
    {"cmpxchg16b", 2, 13, ECX, 1},    {"popcnt", 2, 23, ECX, 1},   {"sse3", 2, 0, ECX, 1},
    {"sse4.1", 2, 19, ECX, 1},        {"sse4.2", 2, 20, ECX, 1},   {"ssse3", 2, 9, ECX, 1},
    {"lahf", 2, 0, ECX, 0x80000001},  {"avx", 3, 28, ECX, 1},      {"f16c", 3, 29, ECX, 1},
    {"fma", 3, 12, ECX, 1},           {"movbe", 3, 22, ECX, 1},    {"osxsave", 3, 27, ECX, 1},
    {"avx2", 3, 5, EBX, 7},           {"bmi1", 3, 3, EBX, 7},      {"bmi2", 3, 8, EBX, 7},
    {"lzcnt", 3, 5, ECX, 0x80000001}, {"avx512f", 4, 16, EBX, 7},  {"avx512dq", 4, 17, EBX, 7},
    {"avx512cd", 4, 28, EBX, 7},      {"avx512bw", 4, 30, EBX, 7}, {"avx512vl", 4, 31, EBX, 7},
};

static int has_bit(uint32_t leaf, uint32_t subleaf, int reg, int bit)
{
    uint32_t regs[4] = {0, 0, 0, 0};
    return __get_cpuid_count(leaf, subleaf, &regs[EAX], &regs[EBX], &regs[ECX], &regs[EDX]) && (regs[reg] >> bit & 1);
}

static int has(const feature* wanted) { return has_bit(wanted->leaf, 0, wanted->reg, wanted->bit); }

/* Register state that the system saves when it switches threads. */
static uint32_t saved_state(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

const char* strata_missing_instructions(const char* isa)
{
    const size_t length = strlen(isa);
    const int level = length ? isa[length - 1] - '0' : 1;
    if (level < 1 || level > 4)
        return "instructions of that level";
    for (size_t i = 0; i < sizeof features / sizeof *features; ++i)
        if (features[i].level <= level && !has(&features[i]))
            return features[i].name;
    if (level >= 3 && (saved_state() & 0x6) != 0x6)
        return "avx (switched off by the system)";
    if (level >= 4 && (saved_state() & 0xe6) != 0xe6)
        return "avx512 (switched off by the system)";
    return NULL;
}

void strata_processor_name(char* name)
{
    uint32_t text[12];
    memset(text, 0, sizeof text);
    for (uint32_t i = 0; i < 3; ++i)
        __get_cpuid(0x80000002 + i, &text[4 * i], &text[4 * i + 1], &text[4 * i + 2], &text[4 * i + 3]);
    memcpy(name, text, sizeof text);
    name[sizeof text] = 0;
}

/* The same answer whoever asks first, so that threads need not wait for each other. */
int32_t strata_rt_isa(void)
{
    static const char* const levels[] = {"x86-64-v2", "x86-64-v3", "x86-64-v4"};
    static int32_t known;
    int32_t level = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (level)
        return level;
    for (level = 1; level < 4 && !strata_missing_instructions(levels[level - 1]); ++level)
        ;
    __atomic_store_n(&known, level, __ATOMIC_RELAXED);
    return level;
}

/* Asked by code that is made for a level, so that the system is known to save the registers. */
int32_t strata_rt_dot_products(void)
{
    static int32_t known; /* 4: asked */
    int32_t found = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (!found) {
        found = 4 | (has_bit(7, 1, EAX, 4) ? 1 : 0) | (has_bit(7, 0, ECX, 11) ? 2 : 0);
        __atomic_store_n(&known, found, __ATOMIC_RELAXED);
    }
    return found & 3;
}
