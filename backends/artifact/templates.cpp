#include "backends/artifact/templates.h"

#include "backends/runtime/runtime_object.h"
#include "core/index/sizes.h"
#include "core/ir/cpu.h"

#include <cctype>
#include <nlohmann/json.hpp>

extern "C" {
extern const char strata_embedded_example[], strata_embedded_example_end[];
extern const char strata_embedded_python[], strata_embedded_python_end[];
}

namespace strata {

namespace {

using Json = nlohmann::ordered_json;

std::string filled(std::string_view text, const std::map<std::string, std::string>& values)
{
    std::string result;
    while (!text.empty()) {
        const std::size_t begin = text.find('@');
        const std::size_t end = begin == text.npos ? text.npos : text.find('@', begin + 1);
        result += text.substr(0, begin);
        if (end == text.npos)
            break;
        const auto value = values.find(std::string(text.substr(begin + 1, end - begin - 1)));
        if (value == values.end()) {
            result += '@';
            text.remove_prefix(begin + 1);
            continue;
        }
        result += value->second;
        text.remove_prefix(end + 1);
    }
    return result;
}

// A name within a C comment.
std::string harmless(std::string name)
{
    for (std::size_t at = 0; (at = name.find("*/", at)) != name.npos;)
        name.replace(at, 2, "* ");
    return name;
}

// Dimensions that sizes say are texts, "n" or "2*n + 1"; then the bytes are null.
Json describe(const std::vector<TypedName>& tensors)
{
    Json list = Json::array();
    for (const TypedName& tensor : tensors) {
        const TensorType& type = tensor.type.tensor;
        const auto bytes = byteCount(type);
        Json shape = Json::array();
        for (const Dim& dim : type.shape)
            shape.push_back(dim.isConstant() ? Json(dim.constant()) : Json(dim.text()));
        list.push_back({{"name", tensor.name},
                        {"dtype", name(type.dtype)},
                        {"shape", shape},
                        {"bytes", bytes ? Json(*bytes) : Json()}});
    }
    return list;
}

Json describe(const std::vector<Contribution>& contributions)
{
    Json list = Json::array();
    for (const Contribution& c : contributions) {
        Json nodes = Json::array();
        for (const Cursor& node : c.neededBy)
            nodes.push_back(toString(node));
        list.push_back({{"kind", c.kind}, {"name", c.name}, {"bytes", c.bytes}, {"needed_by", nodes}});
    }
    return list;
}

Json describe(const std::vector<ManifestFile>& files)
{
    Json list = Json::array();
    for (const ManifestFile& file : files)
        list.push_back({{"path", file.path}, {"bytes", file.bytes}, {"sha256", file.sha256}});
    return list;
}

}  // namespace

std::string cIdentifier(const std::string& name)
{
    std::string identifier;
    for (const unsigned char c : name)
        identifier += c < 128 && std::isalnum(c) ? char(c) : '_';
    const bool letterFirst = !identifier.empty() && !std::isdigit(static_cast<unsigned char>(identifier[0]));
    return letterFirst ? identifier : "model_" + identifier;
}

std::string exportedHeader(const std::string& name, const std::string& prefix, bool hasTexts)
{
    std::string guard = prefix + "_H";
    for (char& c : guard)
        c = char(std::toupper(static_cast<unsigned char>(c)));
    return filled(headerTemplate(),
                  {{"NAME", harmless(name)}, {"PREFIX", prefix}, {"GUARD", guard}, {"TEXTS", hasTexts ? "1" : "0"}});
}

bool loadsHere(const Module& lowered)
{
    return cpuOf(lowered.target.isa).architecture == runtimes().front().architecture;
}

std::string exportedBuildCommand(const std::string& prefix, const std::string& compiler)
{
    return compiler + " example.c -o example -L. -l" + prefix + " -Wl,-rpath,'$ORIGIN'";
}

std::string exportedExample(const std::string& name, const std::string& prefix, const std::string& buildCommand,
                            std::size_t inputs, std::size_t outputs)
{
    const std::string_view text(strata_embedded_example,
                                std::size_t(strata_embedded_example_end - strata_embedded_example));
    return filled(text, {{"NAME", harmless(name)},
                         {"PREFIX", prefix},
                         {"BUILD", buildCommand},
                         {"INPUTS", std::to_string(inputs)},
                         {"OUTPUTS", std::to_string(outputs)}});
}

std::string exportedPython(const std::string& name, const std::string& prefix)
{
    std::string plain;  // within a string of Python
    for (const char c : name)
        plain += c == '"' || c == '\\' ? '\'' : c;
    const std::string_view text(strata_embedded_python,
                                std::size_t(strata_embedded_python_end - strata_embedded_python));
    return filled(text, {{"NAME", plain}, {"PREFIX", prefix}});
}

std::string exportedManifest(const Module& lowered, const ExportOptions& options, const std::string& prefix,
                             const Exported& exported, const std::vector<ManifestFile>& files)
{
    const FunctionPtr entry = lowered.entryFunction();
    Json json;
    json["format"] = "strata-export 1";
    json["name"] = options.name;
    json["prefix"] = prefix;
    json["build_example"] = exported.buildCommand;
    json["target"] = {
        {"architecture", cpuOf(lowered.target.isa).gnuTriple}, {"isa", name(lowered.target.isa)}, {"glibc", "2.34"}};
    json["inputs"] = describe(entry->params);
    json["outputs"] = describe(entry->results);
    json["sizes"] = sizesOf(*entry);
    json["memory"] = {{"arena_bytes", entry->library() ? entry->library()->arenaBytes : 0}};
    json["weights"] = options.weights == WeightsMode::Embedded ? "embedded" : "file";
    json["needs"] = {{"libraries", exported.built.needed}, {"opened_at_run_time", exported.built.opened}};
    json["deployment"] = {{"contributions", describe(exported.built.contributions)},
                          {"left_out", exported.built.leftOut}};
    json["checked"] = loadsHere(lowered)
                          ? Json{{"equal_bits", exported.verified}, {"max_absolute_difference", exported.maxAbsolute}}
                          : Json();
    for (const auto& [key, value] : options.facts)
        json[key] = value;
    json["recipe"] = options.recipe;
    json["files"] = describe(files);
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace strata
