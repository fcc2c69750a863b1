#include "app/cli/commands.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace strata::cli {

namespace {

nlohmann::json valuesJson(const std::vector<TypedName>& values)
{
    nlohmann::json result = nlohmann::json::array();
    for (const TypedName& value : values)
        result.push_back({{"name", value.name}, {"type", toString(value.type)}});
    return result;
}

void printValues(const char* title, const std::vector<TypedName>& values)
{
    for (const TypedName& value : values) {
        std::printf("%-12s%s: %s\n", title, value.name.c_str(), toString(value.type).c_str());
        title = "";
    }
}

void printOperators(const char* title, const std::map<std::string, int>& counts)
{
    if (counts.empty())
        return;
    std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    std::printf("%-12s", title);
    for (std::size_t i = 0; i < sorted.size(); ++i)
        std::printf("%s%s %d", i == 0 ? "" : ", ", sorted[i].first.c_str(), sorted[i].second);
    std::printf("\n");
}

void printText(const OpenedModel& model, const ModelInfo& facts, const std::optional<ModelWork>& work)
{
    std::printf("%-12s%s, %lld nodes\n", "model", model.name.c_str(), static_cast<long long>(facts.nodes));
    printValues("inputs", facts.inputs);
    printValues("outputs", facts.outputs);
    printOperators("operators", facts.known);
    printOperators("opaque", facts.opaque);
    std::printf("%-12s%s(%s)\n", "parameters",
                (countText(double(facts.parameters)) + (facts.parameters < 1000 ? "" : " ")).c_str(),
                bytesText(facts.parameterBytes).c_str());
    if (work)
        std::printf("%-12s%sFLOP, %s of activations written\n", "work", countText(work->flops).c_str(),
                    bytesText(std::int64_t(work->activationBytes)).c_str());
    else
        std::printf("%-12sdepends on symbolic dimensions; bind them with --dim NAME=SIZE\n", "work");
    for (const auto& [name, place] : model.defined)
        std::printf("%-12s%s by %s\n", "defined", printable(name).c_str(), printable(place).c_str());
    for (const std::string& warning : model.warnings)
        std::printf("%-12s%s\n", "warning", warning.c_str());
}

}  // namespace

int info(const Options& options)
{
    const Result<std::string> path = modelPath(options);
    if (!path)
        return fail(path.error(), options);
    const Result<OpenedModel> model = openModel(*path, {options.dimensions, options.shapes, options.definitions});
    if (!model)
        return fail(model.error(), options);
    const ModelInfo facts = modelInfo(*model->module);
    const std::optional<ModelWork> work = workOf(*model->module);
    if (!options.json) {
        printText(*model, facts, work);
        return Fine;
    }
    nlohmann::json object{{"model", model->name},
                          {"nodes", facts.nodes},
                          {"inputs", valuesJson(facts.inputs)},
                          {"outputs", valuesJson(facts.outputs)},
                          {"known", facts.known},
                          {"opaque", facts.opaque},
                          {"parameters", facts.parameters},
                          {"parameter_bytes", facts.parameterBytes},
                          {"defined", model->defined},
                          {"warnings", model->warnings}};
    object["flops"] = work ? nlohmann::json(work->flops) : nlohmann::json();
    object["activation_bytes"] = work ? nlohmann::json(work->activationBytes) : nlohmann::json();
    print(object);
    return Fine;
}

}  // namespace strata::cli
