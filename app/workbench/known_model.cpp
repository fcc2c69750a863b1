// A second start knows a model by its files: what it opens as and runs on is looked up, nothing of it is read. As
// ccache's direct mode, which hashes no preprocessed source.
#include "app/workbench/known.h"
#include "app/workbench/onnx_place.h"

#include "backends/store/store.h"

#include <filesystem>
#include <nlohmann/json.hpp>

namespace strata {

namespace {

using Json = nlohmann::json;

// "" if there is no such file, or if it was changed just now.
std::string identityOf(const std::string& path)
{
    const Result<SourceFilePtr> file = SourceFile::open(path);
    return file ? (*file)->identity() : std::string();
}

// All that is known of a model before it is opened; a text of Strata opens faster than it is known.
std::optional<std::string> keyOf(const Toolchain& toolchain, const std::string& path, const Sizes& sizes,
                                 Target::Isa isa)
{
    const std::optional<OnnxPlace> place = onnxPlaceOf(path);
    if (!place)
        return std::nullopt;
    std::error_code error;
    std::vector<std::string> files{place->file};
    if (!place->dataFolder.empty())
        for (std::string& file : onnx::testDataFiles(place->dataFolder))
            files.push_back(std::move(file));
    for (std::string& file : onnx::definitionFiles(std::filesystem::path(place->file).parent_path().string()))
        files.push_back(std::move(file));
    files.insert(files.end(), sizes.definitions.begin(), sizes.definitions.end());
    Json question{{"path", path},
                  {"folder", std::filesystem::current_path(error).string()},
                  {"dimensions", sizes.dimensions},
                  {"shapes", sizes.shapes},
                  {"any", sizes.any},
                  {"isa", name(isa)}};
    for (const std::string& file : files) {
        const std::string identity = identityOf(file);
        if (identity.empty())
            return std::nullopt;
        question["files"].push_back({file, identity});
    }
    return questionOf(toolchain, "model " + question.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Json toJson(const TensorType& type) { return {int(type.dtype), constants(type.shape)}; }

TensorType typeFrom(const Json& json)
{
    return {DType(json.at(0).get<int>()), toShape(json.at(1).get<std::vector<std::int64_t>>())};
}

// Bytes are in the store by their content.
Result<Json> keepInput(const Toolchain& toolchain, const Tensor& tensor)
{
    STRATA_TRY(const ConstantPtr constant, toConstant(tensor));
    STRATA_TRY(const BytesPtr bytes, constant->materialize());
    const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    const std::string key = BuildStore::keyOf(text);
    if (!toolchain.store->find(BuildStore::Kind::Known, key))
        STRATA_CHECK(toolchain.store->write(BuildStore::Kind::Known, key, text));
    return Json{toJson(tensor.type), key};
}

std::optional<Tensor> inputFrom(const Toolchain& toolchain, const Json& json)
{
    const std::string key = json.at(1);
    const std::optional<std::string> text = toolchain.store->read(BuildStore::Kind::Known, key);
    if (!text || BuildStore::keyOf(*text) != key)
        return std::nullopt;
    const auto* data = reinterpret_cast<const std::byte*>(text->data());
    const Result<ConstantPtr> constant = Constant::fromBytes(typeFrom(json.at(0)),
                                                             std::make_shared<const Bytes>(data, data + text->size()));
    const Result<Tensor> tensor = constant ? toTensor(**constant) : Result<Tensor>(constant.error());
    return tensor ? std::optional(*tensor) : std::nullopt;
}

bool areAsTheyWere(const Json& files)
{
    return std::all_of(files.begin(), files.end(), [](const Json& file) {
        return identityOf(file.at(0).get<std::string>()) == file.at(1).get<std::string>();
    });
}

std::optional<KnownModel> modelFrom(const Toolchain& toolchain, const Json& json)
try {
    KnownModel model;
    model.content = json.at("content");
    model.notes = json.at("notes").get<std::vector<std::string>>();
    for (const Json& one : json.at("inputs")) {
        std::optional<Tensor> input = inputFrom(toolchain, one);
        if (!input)
            return std::nullopt;
        model.inputs.push_back(std::move(*input));
    }
    return areAsTheyWere(json.at("files")) ? std::optional(std::move(model)) : std::nullopt;
} catch (const Json::exception&) {
    return std::nullopt;
}

}  // namespace

ModelQuestion::ModelQuestion(const Toolchain& toolchain, std::string path, Sizes sizes, Target::Isa isa)
    : m_toolchain(toolchain)
    , m_path(std::move(path))
    , m_sizes(std::move(sizes))
    , m_isa(isa)
    , m_key(toolchain.store ? keyOf(toolchain, m_path, m_sizes, m_isa) : std::nullopt)
{
}

std::optional<KnownModel> ModelQuestion::answer() const
{
    const std::optional<Json> json = m_key ? answerTo(m_toolchain, *m_key) : std::nullopt;
    return json ? modelFrom(m_toolchain, *json) : std::nullopt;
}

void ModelQuestion::keep(const OpenedModel& opened, const KnownModel& model) const
{
    // A file that was changed while the model was opened: nobody can tell what it was opened from.
    if (!m_key || m_key != keyOf(m_toolchain, m_path, m_sizes, m_isa))
        return;
    Json answer{
        {"content", model.content}, {"notes", model.notes}, {"inputs", Json::array()}, {"files", Json::array()}};
    for (const Tensor& tensor : model.inputs) {
        const Result<Json> kept = keepInput(m_toolchain, tensor);
        if (!kept)
            return;
        answer["inputs"].push_back(*kept);
    }
    for (const auto& [path, file] : opened.files) {
        if (file->identity().empty())
            return;
        answer["files"].push_back({path, file->identity()});
    }
    keepAnswer(m_toolchain, *m_key, answer);
}

}  // namespace strata
