// strata-random [--seed FIRST] [--programs N] [--steps N] [--seconds N] [--list]
//
// Random programs of the loops level and random steps; says what came out wrong (exit 1), and how many steps were
// refused that the oracles call harmless (--list: which).
#include "passes/registry.h"
#include "tests/passes/random/random_run.h"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>

using namespace strata;

int main(int count, char** words)
{
    std::map<std::string, long> options{{"--seed", 0}, {"--programs", 200}, {"--steps", 5}, {"--seconds", 1'000'000}};
    bool list = false;
    for (int i = 1; i < count; ++i) {
        if (!std::strcmp(words[i], "--list")) {
            list = true;
        } else if (options.count(words[i]) && i + 1 < count) {
            options[words[i]] = std::atol(words[i + 1]);
            ++i;
        } else {
            std::fprintf(stderr, "strata-random [--seed FIRST] [--programs N] [--steps N] [--seconds N] [--list]\n");
            return 2;
        }
    }
    const Registry registry{passTransforms()};
    RandomReport report;
    const auto begin = std::chrono::steady_clock::now();
    for (long i = 0; i < options["--programs"] && report.wrong.size() < 10; ++i) {
        if (std::chrono::steady_clock::now() - begin > std::chrono::seconds(options["--seconds"]))
            break;
        runRandomProgram(unsigned(options["--seed"] + i), int(options["--steps"]), registry, report);
    }
    for (const std::string& wrong : report.wrong)
        std::printf("WRONG %s\n", wrong.c_str());
    if (list)
        for (const std::string& harmless : report.harmless)
            std::printf("HARMLESS %s\n", harmless.c_str());
    std::printf(
        "%lld programs (%lld functions for any size, %lld of them for two, %lld with facts), %lld steps, %lld refused; %zu wrong; of %lld steps that are harmless %lld were refused (%.1f %%)\n",
        static_cast<long long>(report.programs), static_cast<long long>(report.sized),
        static_cast<long long>(report.twoSizes), static_cast<long long>(report.facts),
        static_cast<long long>(report.steps), static_cast<long long>(report.refused), report.wrong.size(),
        static_cast<long long>(report.judged), static_cast<long long>(report.overcautious),
        100.0 * double(report.overcautious) / double(std::max<std::int64_t>(1, report.judged)));
    return report.wrong.empty() ? 0 : 1;
}
