#include "app/cli/commands.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

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

std::string domainText(const std::string& domain) { return domain.empty() ? "ai.onnx" : domain; }

nlohmann::json notesJson(const onnx::Notes& notes)
{
    nlohmann::json metadata = nlohmann::json::object();
    for (const auto& [key, value] : notes.values)
        metadata[key] = value;
    return {{"text", notes.text}, {"metadata", std::move(metadata)}};
}

nlohmann::json nodeNotesJson(const onnx::NodeNotes& all)
{
    nlohmann::json result = nlohmann::json::object();
    for (const auto& [function, nodes] : all)
        for (const auto& [node, notes] : nodes)
            result[function][node] = notesJson(*notes);
    return result;
}

// "ai.onnx 17, com.microsoft 1"
std::string opsetsText(const std::map<std::string, int>& opsets)
{
    std::string text;
    for (const auto& [domain, version] : opsets)
        text += (text.empty() ? "" : ", ") + domainText(domain) + " " + std::to_string(version);
    return text;
}

std::string listText(const std::vector<std::string>& words)
{
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

void printLine(const char* title, const std::string& text)
{
    if (!text.empty())
        std::printf("%-12s%s\n", title, printable(text).c_str());
}

void printOrigin(const OpenedModel& model, const ModelInfo& facts)
{
    std::printf("%-12s%s, %lld nodes\n", "model", model.name.c_str(), static_cast<long long>(facts.nodes));
    printLine("producer", model.producer);
    printLine("opsets", opsetsText(model.opsets));
    printLine("functions", listText(facts.functions));
}

void printParameters(const ModelInfo& facts)
{
    std::printf("%-12s%s(%s)", "parameters",
                (countText(double(facts.parameters)) + (facts.parameters < 1000 ? "" : " ")).c_str(),
                bytesText(facts.parameterBytes).c_str());
    for (const auto& [type, some] : facts.parametersByType)
        if (facts.parametersByType.size() > 1)
            std::printf("%s%s %s", &some == &facts.parametersByType.begin()->second ? ": " : ", ", type.c_str(),
                        bytesText(some.bytes).c_str());
    std::printf("\n");
}

// "8.21G*batch + 1.2k", the largest powers first.
std::string operationsText(const Dim& operations)
{
    const Dim::Terms terms = operations.terms();
    std::vector<std::pair<std::vector<std::string>, std::int64_t>> sorted(terms.begin(), terms.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
    std::string text;
    for (const auto& [symbols, coefficient] : sorted) {
        std::string count = countText(double(coefficient));
        std::erase(count, ' ');
        text += (text.empty() ? "" : " + ") + count;
        for (const std::string& symbol : symbols)
            text += "*" + symbol;
    }
    return text.empty() ? "0" : text;
}

void printWork(const std::optional<ModelWork>& work, const std::optional<Dim>& operations)
{
    if (work)
        std::printf("%-12s%sFLOP, %s of activations written\n", "work", countText(work->flops).c_str(),
                    bytesText(std::int64_t(work->activationBytes)).c_str());
    else if (operations)
        std::printf("%-12s%s FLOP\n", "work", printable(operationsText(*operations)).c_str());
    else
        std::printf("%-12sdepends on symbolic dimensions; bind them with --dim NAME=SIZE\n", "work");
}

// A value of several lines goes on below its first.
void printNote(const std::string& indent, const std::string& title, const std::string& text)
{
    std::string line = title;
    std::istringstream lines(text);
    for (std::string one; std::getline(lines, one); line = "   ")
        std::printf("%s%s %s\n", indent.c_str(), printable(line).c_str(), printable(one).c_str());
}

void printNotes(const std::string& indent, const onnx::Notes& notes)
{
    printNote(indent, "text:", notes.text);
    for (const auto& [key, value] : notes.values)
        printNote(indent, key + ":", value);
}

void printNodeNotes(const OpenedModel& model, bool each)
{
    std::size_t count = 0;
    for (const auto& [function, nodes] : *model.nodeNotes)
        count += nodes.size();
    if (count == 0)
        return;
    std::printf("%-12sof %zu nodes%s\n", "notes", count, each ? ":" : ", which --notes shows");
    for (const auto& [function, nodes] : each ? *model.nodeNotes : onnx::NodeNotes())
        for (const auto& [node, notes] : nodes) {
            std::printf("%-12s%s in %s\n", "", printable(node).c_str(), printable(function).c_str());
            printNotes("              ", *notes);
        }
}

void printText(const OpenedModel& model, const ModelInfo& facts, const std::optional<ModelWork>& work,
               const std::optional<Dim>& operations, bool eachNote)
{
    printOrigin(model, facts);
    printNotes("            ", model.notes);
    printValues("inputs", facts.inputs);
    printValues("outputs", facts.outputs);
    printOperators("operators", facts.known);
    printOperators("opaque", facts.opaque);
    for (const auto& [op, why] : facts.because)
        printLine("because", why);
    printLine("sizes", listText(facts.sizes));
    printParameters(facts);
    printWork(work, operations);
    for (const auto& [name, place] : model.defined)
        std::printf("%-12s%s by %s\n", "defined", printable(name).c_str(), printable(place).c_str());
    printNodeNotes(model, eachNote);
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
    const std::optional<Dim> operations = work ? std::nullopt : operationsOf(*model->module);
    if (!options.json) {
        printText(*model, facts, work, operations, options.notes);
        return Fine;
    }
    nlohmann::json opsets = nlohmann::json::object(), byType = nlohmann::json::object();
    for (const auto& [domain, version] : model->opsets)
        opsets[domainText(domain)] = version;
    for (const auto& [type, some] : facts.parametersByType)
        byType[type] = {{"count", some.count}, {"bytes", some.bytes}};
    nlohmann::json object{{"model", model->name},
                          {"nodes", facts.nodes},
                          {"producer", model->producer},
                          {"opsets", std::move(opsets)},
                          {"functions", facts.functions},
                          {"sizes", facts.sizes},
                          {"inputs", valuesJson(facts.inputs)},
                          {"outputs", valuesJson(facts.outputs)},
                          {"known", facts.known},
                          {"opaque", facts.opaque},
                          {"because", facts.because},
                          {"parameters", facts.parameters},
                          {"parameter_bytes", facts.parameterBytes},
                          {"parameters_by_type", std::move(byType)},
                          {"defined", model->defined},
                          {"notes", notesJson(model->notes)},
                          {"node_notes", nodeNotesJson(*model->nodeNotes)},
                          {"warnings", model->warnings}};
    object["flops"] = work ? nlohmann::json(work->flops) : nlohmann::json();
    object["flops_by_sizes"] = operations ? nlohmann::json(operations->text()) : nlohmann::json();
    object["activation_bytes"] = work ? nlohmann::json(work->activationBytes) : nlohmann::json();
    print(object);
    return Fine;
}

}  // namespace strata::cli
