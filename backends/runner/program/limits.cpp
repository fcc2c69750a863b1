// The loops are written as instructions, so that no compiler and no build type can send an accumulator through memory,
// widen a vector or drop a load. Each is measured as the best of many short rounds: a limit is what the machine does
// when nothing disturbs it, and a round of a fraction of a millisecond often runs undisturbed on a busy machine as
// well.
//
// Multiply-adds: twelve chains that do not wait for each other cover latency times ports of every core there is (4 x 2
// on Intel, 4 x 2 on AMD, 5 x 2 on the oldest with fma). Without fma (x86-64-v2), seven chains of multiplications
// beside seven of additions. Bytes: the better of reading alone and of two reads to one write, because cores can load
// and store at once and code may do either.
#include "backends/runner/program/limits.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>
#include <unistd.h>

namespace strata::runner {

namespace {

#define STRATA_TIMES_7(I) I("0") I("1") I("2") I("3") I("4") I("5") I("6")
#define STRATA_TIMES_12(I) STRATA_TIMES_7(I) I("7") I("8") I("9") I("10") I("11")
#define STRATA_CLOBBERED                                                                                               \
    "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",  \
        "xmm12", "xmm13", "xmm14", "xmm15"

// Ones and zeros: no round makes a denormal or an infinity of them.
constexpr float one = 1;

#define STRATA_ZERO(n) "vxorps %%xmm" n ", %%xmm" n ", %%xmm" n "\n\t"  // clears the whole register
#define STRATA_FMA_LOOP(reg, I)                                                                                        \
    __asm__ volatile("vbroadcastss %[one], %%" reg "14\n\t" STRATA_TIMES_12(STRATA_ZERO)                               \
                         STRATA_ZERO("15") "1:\n\t" STRATA_TIMES_12(I)                                                 \
                             STRATA_TIMES_12(I) "dec %[rounds]\n\tjnz 1b\n\tvzeroupper"                                \
                     : [rounds] "+r"(rounds)                                                                           \
                     : [one] "m"(one)                                                                                  \
                     : STRATA_CLOBBERED)
#define STRATA_FMA_YMM(n) "vfmadd213ps %%ymm15, %%ymm14, %%ymm" n "\n\t"
#define STRATA_FMA_ZMM(n) "vfmadd213ps %%zmm15, %%zmm14, %%zmm" n "\n\t"

void multiplyAdd256(long rounds) { STRATA_FMA_LOOP("ymm", STRATA_FMA_YMM); }
void multiplyAdd512(long rounds) { STRATA_FMA_LOOP("zmm", STRATA_FMA_ZMM); }

#define STRATA_CLEAR(n) "xorps %%xmm" n ", %%xmm" n "\n\t"
#define STRATA_MUL(n) "mulps %%xmm14, %%xmm" n "\n\t"
#define STRATA_ADD(n) "addps %%xmm15, %%xmm" n "\n\t"
#define STRATA_BOTH                                                                                                    \
    STRATA_MUL("0")                                                                                                    \
    STRATA_ADD("7")                                                                                                    \
    STRATA_MUL("1")                                                                                                    \
    STRATA_ADD("8")                                                                                                    \
    STRATA_MUL("2") STRATA_ADD("9") STRATA_MUL("3") STRATA_ADD("10") STRATA_MUL("4") STRATA_ADD("11") STRATA_MUL("5")  \
        STRATA_ADD("12") STRATA_MUL("6") STRATA_ADD("13")

void multiplyAdd128(long rounds)
{
    __asm__ volatile("movss %[one], %%xmm14\n\tshufps $0, %%xmm14, %%xmm14\n\t" STRATA_TIMES_12(STRATA_CLEAR)
                         STRATA_CLEAR("12") STRATA_CLEAR("13") STRATA_CLEAR("15") "1:\n\t" STRATA_BOTH STRATA_BOTH
                                                                                  "dec %[rounds]\n\tjnz 1b"
                     : [rounds] "+r"(rounds)
                     : [one] "m"(one)
                     : STRATA_CLOBBERED);
}

// Eight vectors a round.
#define STRATA_READ_LOOP(move, reg, width)                                                                             \
    __asm__ volatile("1:\n\t" move " 0*" width "(%[from]), %%" reg "0\n\t" move " 1*" width "(%[from]), %%" reg        \
                     "1\n\t" move " 2*" width "(%[from]), %%" reg "2\n\t" move " 3*" width "(%[from]), %%" reg         \
                     "3\n\t" move " 4*" width "(%[from]), %%" reg "4\n\t" move " 5*" width "(%[from]), %%" reg         \
                     "5\n\t" move " 6*" width "(%[from]), %%" reg "6\n\t" move " 7*" width "(%[from]), %%" reg         \
                     "7\n\tadd $8*" width ", %[from]\n\tdec %[rounds]\n\tjnz 1b"                                       \
                     : [rounds] "+r"(rounds), [from] "+r"(from)                                                        \
                     :                                                                                                 \
                     : STRATA_CLOBBERED)

// Four vectors from each of two sources, four to the target.
#define STRATA_MIX_STEP(move, reg, width, k)                                                                           \
    move " " k "*" width "(%[a]), %%" reg "0\n\t" move " " k "*" width "(%[b]), %%" reg "1\n\t" move " %%" reg "0, " k \
         "*" width "(%[to])\n\t"
#define STRATA_MIX_LOOP(move, reg, width)                                                                              \
    __asm__ volatile("1:\n\t" STRATA_MIX_STEP(move, reg, width, "0") STRATA_MIX_STEP(move, reg, width, "1")            \
                         STRATA_MIX_STEP(move, reg, width, "2")                                                        \
                             STRATA_MIX_STEP(move, reg, width, "3") "add $4*" width ", %[a]\n\tadd $4*" width          \
                                                                    ", %[b]\n\tadd $4*" width                          \
                                                                    ", %[to]\n\tdec %[rounds]\n\tjnz 1b"               \
                     : [rounds] "+r"(rounds), [a] "+r"(a), [b] "+r"(b), [to] "+r"(to)                                  \
                     :                                                                                                 \
                     : STRATA_CLOBBERED)

void read128(const std::byte* from, long rounds) { STRATA_READ_LOOP("movaps", "xmm", "16"); }
void read256(const std::byte* from, long rounds) { STRATA_READ_LOOP("vmovaps", "ymm", "32"); }
void read512(const std::byte* from, long rounds) { STRATA_READ_LOOP("vmovaps", "zmm", "64"); }
void mix128(const std::byte* a, const std::byte* b, std::byte* to, long rounds)
{
    STRATA_MIX_LOOP("movaps", "xmm", "16");
}
void mix256(const std::byte* a, const std::byte* b, std::byte* to, long rounds)
{
    STRATA_MIX_LOOP("vmovaps", "ymm", "32");
}
void mix512(const std::byte* a, const std::byte* b, std::byte* to, long rounds)
{
    STRATA_MIX_LOOP("vmovaps", "zmm", "64");
}

struct Loops {
    void (*multiplyAdd)(long rounds);
    double flopsPerRound;
    void (*read)(const std::byte* from, long rounds);                                 // eight vectors a round
    void (*mix)(const std::byte* a, const std::byte* b, std::byte* to, long rounds);  // twelve
    long width;
};
constexpr Loops loops128{multiplyAdd128, 28 * 4.0, read128, mix128, 16};
constexpr Loops loops256{multiplyAdd256, 24 * 8 * 2.0, read256, mix256, 32};
constexpr Loops loops512{multiplyAdd512, 24 * 16 * 2.0, read512, mix512, 64};

Result<Loops> loopsFor(const std::string& isa)
{
    const auto lacks = [&] {
        return environmentError("This processor does not run code for " + isa + ".", "Choose another instruction set.");
    };
    if (isa == "x86-64-v4")
        return __builtin_cpu_supports("x86-64-v4") ? Result<Loops>(loops512) : lacks();
    if (isa == "x86-64-v3")
        return __builtin_cpu_supports("x86-64-v3") ? Result<Loops>(loops256) : lacks();
    return loops128;  // every x86-64 has it
}

// --- rounds

using Clock = std::chrono::steady_clock;
using Piece = std::function<void(int thread, int round)>;

constexpr int leastRounds = 20;
constexpr double patienceSeconds = 0.06;  // for each kind of round

double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

// Lets threads begin a round at the same moment: the last to arrive opens it. They spin, since to be woken takes longer
// than what is measured, and yield now and then, since there may be more of them than cores.
class Gate {
public:
    explicit Gate(int threads)
        : m_threads(threads)
    {
    }
    void pass()
    {
        const int turn = m_turn.load();
        if (m_arrived.fetch_add(1) + 1 == m_threads) {
            m_arrived.store(0);
            m_turn.store(turn + 1);
            return;
        }
        for (int spins = 1; m_turn.load() == turn; ++spins)
            if (spins % 4096 == 0)
                std::this_thread::yield();
    }

private:
    const int m_threads;
    std::atomic<int> m_arrived{0}, m_turn{0};
};

// Seconds of the fastest round in which all threads do their piece, from when the first begins to when the last ends.
double fastestRound(int threads, const Piece& piece)
{
    struct alignas(64) Span {
        Clock::time_point begin, end;
    };
    std::vector<Span> spans(static_cast<std::size_t>(threads));
    Gate gate(threads);
    std::atomic<bool> goesOn{true};
    double best = 0;
    const auto started = Clock::now();
    const auto take = [&](int thread) {
        for (int round = 0; goesOn.load(); ++round) {
            gate.pass();
            spans[std::size_t(thread)].begin = Clock::now();
            piece(thread, round);
            spans[std::size_t(thread)].end = Clock::now();
            gate.pass();
            if (thread == 0) {
                auto begin = spans[0].begin, end = spans[0].end;
                for (const Span& span : spans) {
                    begin = std::min(begin, span.begin);
                    end = std::max(end, span.end);
                }
                const double time = seconds(end - begin);
                best = best == 0 ? time : std::min(best, time);
                goesOn = round + 1 < leastRounds || seconds(Clock::now() - started) < patienceSeconds;
            }
            gate.pass();
        }
    };
    std::vector<std::jthread> others;
    for (int thread = 1; thread < threads; ++thread)
        others.emplace_back(take, thread);
    take(0);
    return best;
}

double flopsPerSecond(const Loops& loops, int threads)
{
    constexpr long rounds = 10'000;  // about a tenth of a millisecond
    const double time = fastestRound(threads, [&](int, int) { loops.multiplyAdd(rounds); });
    return threads * loops.flopsPerRound * rounds / time;
}

// --- memory

struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<std::byte, Free>;

constexpr long pieceBytes = 3 << 20;  // that a thread moves in a round, over and over where its share is smaller

// Of `share` bytes a thread; each walks through its own, and goes on in the next round where it ended.
double bytesPerSecond(const Loops& loops, int threads, long share)
{
    const long step = 24 * loops.width;  // whole rounds of both loops
    share = std::max(step, share / (3 * step) * (3 * step));
    const long chunk = std::min(share, pieceBytes / (3 * step) * (3 * step));
    const Memory memory(
        static_cast<std::byte*>(std::aligned_alloc(4096, std::size_t(threads * share + 4095) / 4096 * 4096)));
    if (!memory)
        return 0;
    std::memset(memory.get(), 0, std::size_t(threads * share));
    const long repeats = std::max(1L, pieceBytes / chunk), chunks = std::max(1L, share / chunk);
    const auto place = [&](int thread, int round) { return memory.get() + thread * share + round % chunks * chunk; };
    const double reading = fastestRound(threads, [&](int thread, int round) {
        for (long i = 0; i < repeats; ++i)
            loops.read(place(thread, round), chunk / (8 * loops.width));
    });
    const double mixing = fastestRound(threads, [&](int thread, int round) {
        std::byte* const a = place(thread, round);
        for (long i = 0; i < repeats; ++i)
            loops.mix(a, a + chunk / 3, a + 2 * (chunk / 3), chunk / (12 * loops.width));
    });
    return double(threads) * double(repeats) * double(chunk) / std::min(reading, mixing);
}

std::vector<MemoryLevel> memoryLevels(const Loops& loops, int threads)
{
    constexpr long mostBytes = 256 << 20, usualLast = 32 << 20;
    const long first = sysconf(_SC_LEVEL1_DCACHE_SIZE), second = sysconf(_SC_LEVEL2_CACHE_SIZE),
               third = sysconf(_SC_LEVEL3_CACHE_SIZE);
    std::vector<MemoryLevel> levels;
    if (first > 0)
        levels.push_back({"L1", threads * first, bytesPerSecond(loops, threads, first / 2)});
    if (second > 0)
        levels.push_back({"L2", threads * second, bytesPerSecond(loops, threads, second / 2)});
    if (third > 2 * second)  // shared by the threads
        levels.push_back({"L3", third, bytesPerSecond(loops, threads, std::min(third / 2, usualLast) / threads)});
    const long behind = std::clamp(4 * std::max(third, usualLast), 2 * usualLast, mostBytes);
    levels.push_back({"memory", 0, bytesPerSecond(loops, threads, behind / threads)});
    for (std::size_t i = levels.size() - 1; i > 0; --i)  // a nearer one is never slower, whatever disturbed it
        levels[i - 1].bytesPerSecond = std::max(levels[i - 1].bytesPerSecond, levels[i].bytesPerSecond);
    return levels;
}

}  // namespace

Result<Limits> measureLimits(const std::string& isa, int threads)
{
    STRATA_TRY(const Loops loops, loopsFor(isa));
    threads = std::clamp(threads, 1, 1024);
    return Limits{flopsPerSecond(loops, threads), memoryLevels(loops, threads)};
}

}  // namespace strata::runner
