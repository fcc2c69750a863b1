// strata-bench-onednn: an exported model against oneDNN, A B A B in one process on one thread.
//
//   strata-bench-onednn matmul M N K [EXPORT]
//   strata-bench-onednn conv CHANNELS OUTPUTS HEIGHT WIDTH [EXPORT]        3x3, padding 1
//
// EXPORT is a folder that `strata export` wrote. Weights are packed beforehand on both sides; the convolution's padding
// is timed on both sides. Times are the thread's own processor time. Closes with the ratio of the medians and, because
// a machine's speed drifts, the median of the ratios of neighbouring samples.
#include "backends/libraries/bench/onednn_subject.h"
#include "backends/runner/program/artifact.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <optional>

#include <dlfcn.h>

using namespace strata;

namespace {

constexpr double secondsEach = 3;
constexpr int leastSamples = 21;

// Time that this thread ran: what other programs take of the processor in between is nobody's speed.
double threadMilliseconds()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e3 * double(now.tv_sec) + 1e-6 * double(now.tv_nsec);
}

double milliseconds(const std::function<void()>& work)
{
    const double begin = threadMilliseconds();
    work();
    return threadMilliseconds() - begin;
}

double quantile(std::vector<double> values, double q)
{
    std::sort(values.begin(), values.end());
    return values[std::size_t(q * double(values.size() - 1) + 0.5)];
}

Result<std::unique_ptr<runner::Artifact>> loadExport(const std::string& folder)
{
    std::ifstream stream(folder + "/manifest.json");
    const nlohmann::json manifest = nlohmann::json::parse(stream, nullptr, false);
    if (!manifest.is_object() || !manifest.contains("prefix"))
        return refused(say("The folder {} is no export.", folder), {}, "strata export writes one.");
    const std::string prefix = manifest["prefix"];
    return runner::Artifact::load(folder + "/lib" + prefix + ".so", prefix, "");
}

void fill(runner::Tensors& tensors)
{
    auto blob = Bytes(std::size_t(tensors.bytes()));
    auto* data = reinterpret_cast<float*>(blob.data());
    for (std::int64_t i = 0; i < tensors.bytes() / 4; ++i)
        data[i] = float(int(i * 53 % 255) - 127) / 128;
    tensors.write(blob);
}

void report(const char* name, const std::vector<double>& ms, double flops)
{
    std::printf("%-8s median %9.4f ms   10%% %9.4f   90%% %9.4f   %7.1f GFLOP/s   %zu runs\n", name, quantile(ms, 0.5),
                quantile(ms, 0.1), quantile(ms, 0.9), flops / quantile(ms, 0.5) / 1e6, ms.size());
}

int compareInTurn(bench::OneDnn& onednn, runner::Artifact* artifact)
{
    std::vector<double> theirs, ours, ratios;
    double elapsed = 0;
    const double budget = 1000 * secondsEach * (artifact ? 2 : 1);
    for (int round = -5; elapsed < budget || theirs.size() < leastSamples; ++round) {
        Status ran;
        const double a = milliseconds([&] { onednn.run(); });
        const double b = artifact ? milliseconds([&] { ran = artifact->run(); }) : 0;
        if (!ran.ok()) {
            std::fprintf(stderr, "%s\n", ran.error().text().c_str());
            return 1;
        }
        if (round < 0)
            continue;  // warm-up
        elapsed += a + b;
        theirs.push_back(a);
        ours.push_back(b);
        ratios.push_back(a / std::max(b, 1e-9));
    }
    std::printf("oneDNN's implementation: %s\n", onednn.implementation());
    report("oneDNN", theirs, onednn.flops());
    if (artifact) {
        report("Strata", ours, onednn.flops());
        std::printf("Strata's speed is %.3f of oneDNN's (by neighbouring samples %.3f, by the fastest tenth %.3f)\n",
                    quantile(theirs, 0.5) / quantile(ours, 0.5), quantile(ratios, 0.5),
                    quantile(theirs, 0.1) / quantile(ours, 0.1));
    }
    return 0;
}

std::optional<bench::OneDnn> subject(int argc, char** argv, int& used)
{
    const auto number = [&](int i) { return std::max(1L, std::atol(argv[i])); };
    if (argc >= 5 && std::strcmp(argv[1], "matmul") == 0) {
        used = 5;
        return bench::OneDnn::matmul(number(2), number(3), number(4));
    }
    if (argc >= 6 && std::strcmp(argv[1], "conv") == 0) {
        used = 6;
        return bench::OneDnn::convolution(number(2), number(3), number(4), number(5));
    }
    return std::nullopt;
}

}  // namespace

int main(int argc, char** argv)
{
    // oneDNN runs on the OpenMP that it brings along.
    if (auto* setThreads = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads")))
        setThreads(1);
    int used = 0;
    std::optional<bench::OneDnn> onednn = subject(argc, argv, used);
    if (!onednn || argc > used + 1) {
        std::fputs("usage: strata-bench-onednn matmul M N K [EXPORT]\n"
                   "       strata-bench-onednn conv CHANNELS OUTPUTS HEIGHT WIDTH [EXPORT]\n",
                   stderr);
        return 2;
    }
    if (argc == used)
        return compareInTurn(*onednn, nullptr);
    Result<std::unique_ptr<runner::Artifact>> artifact = loadExport(argv[used]);
    if (!artifact) {
        std::fprintf(stderr, "%s\n", artifact.error().text().c_str());
        return 2;
    }
    fill((*artifact)->inputs());
    return compareInTurn(*onednn, artifact->get());
}
