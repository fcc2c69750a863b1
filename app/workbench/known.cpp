#include "app/workbench/known.h"

#include "backends/store/store.h"
#include "core/text/content.h"

#include <nlohmann/json.hpp>

namespace strata {

namespace {

using Json = nlohmann::json;

std::optional<Json> read(const Toolchain& toolchain, const std::string& question)
{
    const auto text = toolchain.store ? toolchain.store->read(BuildStore::Kind::Known, question) : std::nullopt;
    Json json = Json::parse(text.value_or(std::string()), nullptr, false);
    return json.is_object() ? std::optional(std::move(json)) : std::nullopt;
}

// A store that cannot be written costs time, nothing else.
void write(const Toolchain& toolchain, const std::string& question, const Json& json)
{
    if (toolchain.store)
        (void)toolchain.store->write(BuildStore::Kind::Known, question, json.dump());
}

Json toJson(const Target& target)
{
    return {int(target.isa), target.threads, target.l1Bytes, target.l2Bytes, target.l3Bytes};
}

Target targetFrom(const Json& json)
{
    return {Target::Isa(json.at(0).get<int>()), json.at(1), json.at(2), json.at(3), json.at(4)};
}

}  // namespace

std::optional<std::string> questionOf(const Toolchain& toolchain, const Module& module, const std::string& more)
{
    const Result<std::string> content = contentOf(module);
    if (toolchain.build.empty() || !content)
        return std::nullopt;
    return BuildStore::keyOf(toolchain.build + '\n' + more + '\n' + *content);
}

std::optional<KnownBuild> knownBuild(const Toolchain& toolchain, const std::string& question)
try {
    const std::optional<Json> json = read(toolchain, question);
    if (!json)
        return std::nullopt;
    KnownBuild build;
    build.artifact = json->at("artifact");
    build.weights.hash = json->at("weights");
    build.weights.bytes = json->at("bytes");
    build.name = json->at("name");
    build.target = targetFrom(json->at("target"));
    build.remarks = json->at("remarks").get<std::vector<std::string>>();
    return build;
} catch (const Json::exception&) {
    return std::nullopt;  // a damaged file is no answer
}

void keepKnown(const Toolchain& toolchain, const std::string& question, const KnownBuild& build)
{
    write(toolchain, question,
          {{"artifact", build.artifact},
           {"weights", build.weights.hash},
           {"bytes", build.weights.bytes},
           {"name", build.name},
           {"target", toJson(build.target)},
           {"remarks", build.remarks}});
}

namespace {

std::optional<std::string> questionOfWeights(const Toolchain& toolchain, const Module& lowered)
{
    std::string content = "weights of " + toolchain.build;
    for (const std::string& name : weightNames(lowered)) {
        const auto found = lowered.constants.find(name);
        const auto constant = found == lowered.constants.end() ? Result<std::string>(bug("not there"))
                                                               : contentOf(*found->second);
        if (!constant)
            return std::nullopt;
        content += '\n' + name + " is " + *constant;
    }
    return toolchain.build.empty() ? std::nullopt : std::optional(BuildStore::keyOf(content));
}

std::optional<Weights> knownWeights(const Toolchain& toolchain, const std::string& question)
try {
    const std::optional<Json> json = read(toolchain, question);
    if (!json)
        return std::nullopt;
    Weights weights;
    weights.hash = json->at("hash");
    weights.bytes = json->at("bytes");
    weights.offsets = json->at("offsets").get<std::map<std::string, std::int64_t>>();
    return weights;
} catch (const Json::exception&) {
    return std::nullopt;
}

}  // namespace

Result<Weights> weightsOf(const Toolchain& toolchain, const Module& lowered)
{
    const std::optional<std::string> question = questionOfWeights(toolchain, lowered);
    if (const auto known = question ? knownWeights(toolchain, *question) : std::nullopt)
        return *known;
    STRATA_TRY(Weights weights, layOutWeights(lowered));
    if (question)
        write(toolchain, *question, {{"hash", weights.hash}, {"bytes", weights.bytes}, {"offsets", weights.offsets}});
    return weights;
}

}  // namespace strata
