#include "app/workbench/draw.h"
#include "app/workbench/workbench.h"

#include <filesystem>
#include <random>

namespace strata {

namespace fs = std::filesystem;

namespace {

// Symbols of the entry's inputs as the first data set shows them, by position.
std::map<std::string, std::int64_t> dimensionsFromData(const Function& entry, const onnx::TestData& data)
{
    std::map<std::string, std::int64_t> found;
    for (std::size_t i = 0; i < entry.params.size() && i < data.inputs.size(); ++i) {
        const Shape& declared = entry.params[i].type.tensor.shape;
        const Shape& actual = data.inputs[i].second.type.shape;
        for (std::size_t d = 0; d < declared.size() && d < actual.size(); ++d)
            if (const std::vector<std::string> symbols = declared[d].symbols();
                symbols.size() == 1 && declared[d] == Dim::symbol(symbols[0]))
                found.try_emplace(symbols[0], actual[d].constant());
    }
    return found;
}

// ONNX's files name the values; where they do, the order in the folder does not matter.
void orderByName(std::vector<std::pair<std::string, Tensor>>& tensors, const std::vector<TypedName>& wanted)
{
    std::vector<std::pair<std::string, Tensor>> ordered;
    for (const TypedName& value : wanted)
        for (const auto& tensor : tensors)
            if (tensor.first == value.name) {
                ordered.push_back(tensor);
                break;
            }
    if (ordered.size() == tensors.size())
        tensors = std::move(ordered);
}

// NumPy has no bf16, so ONNX's test data keep its bits as u16.
void readAsDeclared(std::vector<std::pair<std::string, Tensor>>& tensors, const std::vector<TypedName>& declared)
{
    for (std::size_t i = 0; i < tensors.size() && i < declared.size(); ++i)
        if (declared[i].type.tensor.dtype == DType::BF16 && tensors[i].second.type.dtype == DType::U16)
            tensors[i].second.type.dtype = DType::BF16;
}

Result<OpenedModel> openOnnx(const std::string& file, OpenedModel opened,
                             std::map<std::string, std::int64_t> dimensions, const Progress& progress,
                             std::stop_token stop)
{
    onnx::ImportOptions options;
    options.progress = progress;
    options.stop = stop;
    STRATA_TRY(onnx::Imported imported, onnx::importModel(file, options));
    const FunctionPtr entry = imported.module->entryFunction();
    if (entry && !opened.data.empty())
        for (const auto& [name, value] : dimensionsFromData(*entry, opened.data[0]))
            dimensions.try_emplace(name, value);
    opened.module = imported.module;
    if (!dimensions.empty()) {
        STRATA_TRY(opened.module, onnx::bindDimensions(*imported.module, dimensions));
    }
    // Models are called model.onnx more often than not: the folder says what it is.
    Module named = *opened.module;
    named.name = opened.name;
    opened.module = std::make_shared<const Module>(std::move(named));
    opened.warnings = std::move(imported.warnings);
    if (entry)
        for (onnx::TestData& set : opened.data) {
            orderByName(set.inputs, entry->params);
            orderByName(set.outputs, entry->results);
            readAsDeclared(set.inputs, entry->params);
            readAsDeclared(set.outputs, entry->results);
        }
    return opened;
}

Result<OpenedModel> openFolder(const std::string& folder, OpenedModel opened,
                               const std::map<std::string, std::int64_t>& dimensions, const Progress& progress,
                               std::stop_token stop)
{
    const std::string file = (fs::path(folder) / "model.onnx").string();
    if (!fs::exists(file))
        return refused("The folder " + folder + " holds no model.onnx.", {},
                       "Name a .onnx or .strata file, or a folder in ONNX's test layout.");
    STRATA_TRY(opened.data, onnx::readTestData(folder));
    return openOnnx(file, std::move(opened), dimensions, progress, stop);
}

std::string nameOf(fs::path path)
{
    path = fs::absolute(path).lexically_normal();
    if (!path.has_filename())
        path = path.parent_path();
    return path.stem() == "model" ? path.parent_path().filename().string() : path.stem().string();
}

}  // namespace

Result<OpenedModel> openModel(const std::string& path, const std::map<std::string, std::int64_t>& dimensions,
                              const Progress& progress, std::stop_token stop)
{
    OpenedModel opened;
    opened.path = path;
    opened.name = nameOf(path);
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status))
        return refused("There is no file " + path + ".");
    if (fs::is_directory(status))
        return openFolder(path, std::move(opened), dimensions, progress, stop);
    const std::string extension = fs::path(path).extension().string();
    if (extension == ".strata") {
        STRATA_TRY(opened.module, loadText(path));
        return opened;
    }
    if (extension != ".onnx")
        return refused(path + " is neither a .onnx nor a .strata file.", {},
                       "Name a model file, or a folder that holds model.onnx.");
    const std::string folder = fs::path(path).parent_path().string();
    if (fs::path(path).filename() == "model.onnx" && fs::exists(fs::path(folder) / "test_data_set_0"))
        return openFolder(folder.empty() ? "." : folder, std::move(opened), dimensions, progress, stop);
    return openOnnx(path, std::move(opened), dimensions, progress, stop);
}

Result<std::vector<Tensor>> inputsFor(const Module& module, const std::vector<onnx::TestData>& data)
{
    const FunctionPtr entry = module.entryFunction();
    if (!entry)
        return refused("The module has no entry function.", {}, "Name one: module NAME(entry=FUNCTION).");
    std::vector<Tensor> inputs;
    const bool given = !data.empty() && data[0].inputs.size() == entry->params.size();
    for (std::size_t i = 0; i < entry->params.size(); ++i) {
        const TypedName& param = entry->params[i];
        if (!param.type.tensor.ranked || !isConstant(param.type.tensor.shape))
            return refused("Input " + param.name + " has the shape " + toString(param.type.tensor) + ".",
                           {functionCursor(entry->name)},
                           "Bind its dimensions first: --dim NAME=SIZE, or the step graph.bind_dimension.");
        if (given && data[0].inputs[i].second.type == param.type.tensor)
            inputs.push_back(data[0].inputs[i].second);
        else if (given)
            return refused("Input " + param.name + " is " + toString(param.type.tensor) + ", its test data is "
                           + toString(data[0].inputs[i].second.type) + ".");
    }
    return given ? inputs : drawInputs(module);
}

}  // namespace strata
