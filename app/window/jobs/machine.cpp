#include "app/window/jobs/measure.h"

#include <chrono>
#include <immintrin.h>
#include <vector>

namespace strata {

namespace {

using Clock = std::chrono::steady_clock;

double seconds(Clock::time_point from) { return std::chrono::duration<double>(Clock::now() - from).count(); }

// Twelve independent accumulators hide the latency of the multiply-add on every x86-64 core with AVX2.
__attribute__((target("avx2,fma"))) double vectorFlops(int rounds)
{
    __m256 sums[12];
    for (auto& sum : sums)
        sum = _mm256_set1_ps(0.5f);
    const __m256 factor = _mm256_set1_ps(0.999f), term = _mm256_set1_ps(0.001f);
    const auto start = Clock::now();
    for (int i = 0; i < rounds; ++i)
        for (auto& sum : sums) {
            sum = _mm256_fmadd_ps(sum, factor, term);
            __asm__ volatile("" : "+x"(sum));  // keep every one of them
        }
    return 12.0 * 8 * 2 * rounds / seconds(start);
}

double scalarFlops(int rounds)
{
    float sums[8] = {};
    const auto start = Clock::now();
    for (int i = 0; i < rounds; ++i)
        for (float& sum : sums) {
            sum = sum * 0.999f + 0.001f;
            __asm__ volatile("" : "+x"(sum));
        }
    return 8.0 * 2 * rounds / seconds(start);
}

double streamedBytes(const std::vector<std::uint64_t>& data)
{
    const auto start = Clock::now();
    std::uint64_t sums[8] = {};
    for (std::size_t i = 0; i + 8 <= data.size(); i += 8)
        for (int k = 0; k < 8; ++k)
            sums[k] += data[i + k];
    const double time = seconds(start);
    for (std::uint64_t& sum : sums)
        __asm__ volatile("" : "+r"(sum));
    return data.size() * sizeof data[0] / time;
}

}  // namespace

MachineLimits measureMachine(std::stop_token stop)
{
    constexpr int rounds = 400'000;
    constexpr int tries = 5;
    const bool vector = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const std::vector<std::uint64_t> data(8 << 20, 1);  // 64 MiB, beyond the caches
    MachineLimits limits;
    for (int i = 0; i < tries && !stop.stop_requested(); ++i) {
        limits.flopsPerSecond = std::max(limits.flopsPerSecond, vector ? vectorFlops(rounds) : scalarFlops(rounds));
        limits.bytesPerSecond = std::max(limits.bytesPerSecond, streamedBytes(data));
    }
    return limits;
}

}  // namespace strata
