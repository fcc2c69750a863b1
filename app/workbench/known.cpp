#include "app/workbench/known.h"

#include "backends/store/store.h"
#include "core/text/content.h"

#include <nlohmann/json.hpp>
#include <unordered_set>

namespace strata {

namespace {

using Json = nlohmann::json;

std::string seal(const std::string& question, std::string_view answer)
{
    return BuildStore::keyOf(question + '\n' + std::string(answer));
}

Json toJson(const Target& target)
{
    return {name(target.isa), target.threads, target.l1Bytes, target.l2Bytes, target.l3Bytes};
}

Target targetFrom(const Json& json)
{
    return {isaByName(json.at(0).get<std::string>()).value_or(Target{}.isa), json.at(1), json.at(2), json.at(3),
            json.at(4)};
}

}  // namespace

std::optional<std::string> questionOf(const Toolchain& toolchain, const std::string& text)
{
    return toolchain.build.empty() ? std::nullopt : std::optional(BuildStore::keyOf(toolchain.build + '\n' + text));
}

std::optional<std::string> contentKeyOf(const Module& module)
{
    const Result<std::string> content = contentOf(module);
    return content ? std::optional(BuildStore::keyOf(*content)) : std::nullopt;
}

std::optional<std::string> questionOf(const Toolchain& toolchain, const Module& module, const std::string& more)
{
    const std::optional<std::string> content = contentKeyOf(module);
    return content ? questionOf(toolchain, more + '\n' + *content) : std::nullopt;
}

namespace {

std::optional<Json> readAnswer(const BuildStore& store, const std::string& question)
{
    const auto text = store.read(BuildStore::Kind::Known, question);
    const std::size_t end = text ? text->rfind('\n') : std::string::npos;
    if (end == std::string::npos || seal(question, std::string_view(*text).substr(0, end)) != text->substr(end + 1))
        return std::nullopt;
    Json json = Json::parse(text->begin(), text->begin() + std::ptrdiff_t(end), nullptr, false);
    return json.is_object() ? std::optional(std::move(json)) : std::nullopt;
}

void writeAnswer(BuildStore& store, const std::string& question, const Json& answer)
{
    const std::string text = answer.dump(-1, ' ', false, Json::error_handler_t::replace);
    (void)store.write(BuildStore::Kind::Known, question, text + '\n' + seal(question, text));
}

}  // namespace

std::optional<Json> answerTo(const Toolchain& toolchain, const std::string& question)
{
    return toolchain.store ? readAnswer(*toolchain.store, question) : std::nullopt;
}

void keepAnswer(const Toolchain& toolchain, const std::string& question, const Json& answer)
{
    if (toolchain.store)
        writeAnswer(*toolchain.store, question, answer);
}

std::optional<KnownBuild> knownBuild(const Toolchain& toolchain, const std::string& question)
try {
    const std::optional<Json> json = answerTo(toolchain, question);
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
    return std::nullopt;
}

void keepKnown(const Toolchain& toolchain, const std::string& question, const KnownBuild& build)
{
    keepAnswer(toolchain, question,
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
    std::string content = "weights";
    for (const std::string& name : weightNames(lowered)) {
        const auto found = lowered.constants.find(name);
        const auto constant = found == lowered.constants.end() ? Result<std::string>(bug("not there"))
                                                               : contentOf(*found->second);
        if (!constant)
            return std::nullopt;
        content += '\n' + name + " is " + *constant;
    }
    return questionOf(toolchain, content);
}

std::optional<Weights> knownWeights(const Toolchain& toolchain, const std::string& question)
try {
    const std::optional<Json> json = answerTo(toolchain, question);
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

Result<Weights> weightsOf(const Toolchain& toolchain, const Module& lowered, const std::string& path)
{
    const std::optional<std::string> question = questionOfWeights(toolchain, lowered);
    if (const auto known = question ? knownWeights(toolchain, *question) : std::nullopt)
        return *known;
    STRATA_TRY(Weights weights, writeWeights(lowered, path));
    if (question)
        keepAnswer(toolchain, *question,
                   {{"hash", weights.hash}, {"bytes", weights.bytes}, {"offsets", weights.offsets}});
    return weights;
}

namespace {

constexpr std::size_t mostVerified = 8192;  // half a megabyte

std::vector<std::string> verifiedBefore(const BuildStore& store, const std::string& question)
try {
    const std::optional<Json> json = readAnswer(store, question);
    return json ? json->at("hashes").get<std::vector<std::string>>() : std::vector<std::string>();
} catch (const Json::exception&) {
    return {};
}

// Those that were asked for last stand at the end. Of two programs that end at once, what one tells is forgotten.
void tellVerified(BuildStore& store, const std::string& question, const VerifiedHashes& found)
{
    if (!found.anyNew)
        return;
    std::vector<std::string> all = verifiedBefore(store, question);
    const std::unordered_set<std::string_view> asked(found.all.begin(), found.all.end());
    std::erase_if(all, [&](const std::string& hash) { return asked.count(hash) != 0; });
    all.insert(all.end(), found.all.begin(), found.all.end());
    if (all.size() > mostVerified)
        all.erase(all.begin(), all.end() - std::ptrdiff_t(mostVerified));
    writeAnswer(store, question, {{"hashes", all}});
}

}  // namespace

std::shared_ptr<VerifiedFunctions> verifiedFunctions(const Toolchain& toolchain)
{
    const std::optional<std::string> question = questionOf(toolchain, "functions that verify");
    if (!question || !toolchain.store)
        return makeVerifiedFunctions();
    const auto tell = [store = toolchain.store, question = *question](VerifiedFunctions* known) {
        tellVerified(*store, question, known->hashes());
        delete known;
    };
    return {new VerifiedFunctions(verifiedBefore(*toolchain.store, *question)), tell};
}

}  // namespace strata
