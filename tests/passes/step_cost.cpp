// What a step costs in models of different sizes: a step on one function should cost the same whatever stands around.
//
//   strata-step-cost [NODES...]      (100 1000 7000 without)
//
// Prints the median of some takings of each step, in milliseconds, a column for each size, and the ratio of the last
// column to the first. What grows at most is what a module has to be: a list of pointers.
#include "core/session/session.h"
#include "core/text/text.h"
#include "passes/registry.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

using namespace strata;

namespace {

constexpr int takings = 7;

// A chain of operators: x -> Relu -> Add -> Sigmoid -> Mul -> ...
std::string chain(int nodes)
{
    constexpr const char* ops[] = {"Relu(%s, node=\"n%d\", version=14)", "Add(%s, x, node=\"n%d\", version=14)",
                                   "Sigmoid(%s, node=\"n%d\", version=13)", "Mul(%s, x, node=\"n%d\", version=14)"};
    std::string text = "module chain(entry=main):\n\ndef main(x: f32[64, 64]) -> (y: f32[64, 64]):\n", last = "x";
    for (int i = 0; i < nodes; ++i) {
        char call[128];
        std::snprintf(call, sizeof call, ops[i % 4], last.c_str(), i);
        last = "v" + std::to_string(i);
        text += "    " + last + ": f32[64, 64] = " + call + "\n";
    }
    return text + "    return " + last + "\n";
}

// In this order; each stands on those before it.
constexpr const char* steps[] = {"graph.fuse(main, [n0, n1], name=pair)",
                                 "any.add_implementation(pair, name=pair_loops)",
                                 "loops.split(pair_loops, j, factors=[_, 8])",
                                 "loops.vectorize(pair_loops, j1)",
                                 "loops.parallel(pair_loops, i)",
                                 "any.choose_implementation(pair, pair_loops)",
                                 "graph.lower_to_loops(main, nodes=[n2])"};

double milliseconds(std::chrono::steady_clock::duration time)
{
    return std::chrono::duration<double, std::milli>(time).count();
}

// Step -> median; the session's plan cache is left out, so that each taking plans.
std::vector<double> costs(const ModulePtr& module, const std::shared_ptr<const Registry>& registry)
{
    std::vector<std::vector<double>> times(std::size(steps));
    for (int taking = 0; taking < takings; ++taking) {
        Session session(module, registry);
        for (std::size_t i = 0; i < std::size(steps); ++i) {
            const auto step = parseStep(steps[i], *registry);
            const auto begin = std::chrono::steady_clock::now();
            const auto state = step ? session.apply(*step) : Result<StatePtr>(step.error());
            times[i].push_back(milliseconds(std::chrono::steady_clock::now() - begin));
            if (!state) {
                std::fprintf(stderr, "%s: %s\n", steps[i], state.error().text().c_str());
                std::exit(1);
            }
        }
    }
    std::vector<double> medians;
    for (std::vector<double>& list : times) {
        std::nth_element(list.begin(), list.begin() + takings / 2, list.end());
        medians.push_back(list[takings / 2]);
    }
    return medians;
}

}  // namespace

int main(int argc, char** argv)
{
    std::vector<int> sizes;
    for (int i = 1; i < argc; ++i)
        sizes.push_back(std::max(4, std::atoi(argv[i])));
    if (sizes.empty())
        sizes = {100, 1000, 7000};
    const auto registry = std::make_shared<const Registry>(passTransforms());
    std::vector<std::vector<double>> columns;
    for (const int nodes : sizes) {
        const auto module = parseModule(chain(nodes));
        if (!module) {
            std::fprintf(stderr, "%s\n", module.error().text().c_str());
            return 1;
        }
        columns.push_back(costs(*module, registry));
    }
    std::printf("%-48s", "milliseconds, median, nodes:");
    for (const int nodes : sizes)
        std::printf(" %9d", nodes);
    std::printf("     ratio\n");
    for (std::size_t i = 0; i < std::size(steps); ++i) {
        std::printf("%-48s", steps[i]);
        for (const std::vector<double>& column : columns)
            std::printf(" %9.3f", column[i]);
        std::printf(" %9.1f\n", columns.back()[i] / columns.front()[i]);
    }
    return 0;
}
