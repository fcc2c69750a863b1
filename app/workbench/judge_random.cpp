#include "app/workbench/judge_random.h"

#include "core/ir/calls.h"
#include "core/operators/random.h"

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

constexpr double deviations = 5;  // of the standard error

// Whether a function, or one that it calls, has a random operator.
bool hasRandom(const Module& module, const std::string& name, std::set<std::string>& seen)
{
    const FunctionPtr function = module.find(name);
    if (!function || !seen.insert(name).second)
        return false;
    bool found = false;
    if (const GraphBody* graph = function->graph())
        found = std::any_of(graph->nodes.begin(), graph->nodes.end(), [](const GraphNodePtr& node) { return isRandom(*node); });
    forEachUse(*function, [&](const std::string& used) { found = found || hasRandom(module, used, seen); });
    return found;
}

bool isRandomNode(const Module& module, const GraphNode& node)
{
    if (isRandom(node))
        return true;
    std::set<std::string> seen;
    if (node.isCall())
        return hasRandom(module, node.callee, seen);
    return std::any_of(node.attributes.begin(), node.attributes.end(), [&](const auto& attribute) {
        const auto* function = std::get_if<FunctionRef>(&attribute.second);
        return function && hasRandom(module, function->name, seen);
    });
}

struct Sample {
    double mean = 0, variance = 0;
    std::set<double> values = {};  // three at most
};

std::optional<Sample> sampleOf(const Tensor& tensor)
{
    Sample sample;
    const std::int64_t count = tensor.count();
    for (std::int64_t i = 0; i < count; ++i) {
        const double value = tensor.at(i);
        if (!std::isfinite(value))
            return std::nullopt;
        sample.mean += value / double(count);
        if (sample.values.size() < 3)
            sample.values.insert(value);
    }
    for (std::int64_t i = 0; i < count; ++i)
        sample.variance += std::pow(tensor.at(i) - sample.mean, 2) / double(count);
    return sample;
}

}  // namespace

std::set<std::size_t> randomResults(const Module& module)
{
    std::set<std::size_t> places;
    const FunctionPtr entry = module.entryFunction();
    const GraphBody* graph = entry ? entry->graph() : nullptr;
    std::set<std::string> random;
    const auto reached = [&](const Operand& operand) {
        return operand.kind == Operand::Kind::Value && random.count(operand.name) != 0;
    };
    for (const GraphNodePtr& node : graph ? graph->nodes : std::vector<GraphNodePtr>())
        if (isRandomNode(module, *node) || std::any_of(node->inputs.begin(), node->inputs.end(), reached))
            for (const TypedName& output : node->outputs)
                random.insert(output.name);
    for (std::size_t i = 0; graph && i < graph->returns.size(); ++i)
        if (reached(graph->returns[i]))
            places.insert(i);
    return places;
}

bool mayBeOfOneDistribution(const Tensor& actual, const Tensor& expected)
{
    if (!(actual.type == expected.type) || actual.count() == 0 || actual.type.dtype == DType::String)
        return actual.type == expected.type;
    const std::optional<Sample> a = sampleOf(actual), b = sampleOf(expected);
    if (!a || !b)
        return false;
    if (b->values.size() == 2
        && !std::includes(b->values.begin(), b->values.end(), a->values.begin(), a->values.end()))
        return false;
    const double count = double(actual.count()), variance = std::max(a->variance, b->variance);
    // A deviation of n elements is known to about its 2 n-th root, twice that for tails heavier than a normal one's.
    return std::abs(a->mean - b->mean) <= deviations * std::sqrt((a->variance + b->variance) / count) + 1e-12
           && std::abs(std::sqrt(a->variance) - std::sqrt(b->variance)) <= 2 * deviations * std::sqrt(variance / (2 * count)) + 1e-12;
}

void judgeRandom(const Module& root, const std::vector<Tensor>& expected, const std::vector<Tensor>& actual,
                 std::vector<OutputVerdict>& verdicts)
{
    for (const std::size_t i : randomResults(root))
        if (i < verdicts.size() && !verdicts[i].passed && mayBeOfOneDistribution(actual[i], expected[i]))
            verdicts[i].passed = verdicts[i].byDistribution = true;
}

}  // namespace strata
