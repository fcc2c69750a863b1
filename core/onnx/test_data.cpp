// ONNX's test data: folders of TensorProto files beside a model.
#include "core/onnx/import.h"
#include "core/onnx/proto.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace strata::onnx {

namespace fs = std::filesystem;

namespace {

struct NamedTensor {
    std::string name;
    Tensor tensor;
};

Result<NamedTensor> readNamed(const std::string& path)
{
    ::onnx::TensorProto proto;
    STRATA_CHECK(parseFile(path, "a tensor in ONNX's form", proto));
    auto tensor = toTensor(proto);
    // A sequence or an optional starts with other fields and parses as a tensor without a type, or with what it is not.
    if (!tensor)
        return refused(say("The file {} holds no tensor that Strata reads (a sequence or an optional, perhaps).", path),
                       {}, tensor.error().text());
    return NamedTensor{proto.name(), std::move(*tensor)};
}

// The number in "prefix_NUMBER" with an optional ".pb"; -1 if the name is another.
int numberOf(const fs::path& path, const std::string& prefix)
{
    const std::string stem = path.stem().string();
    if (stem.size() <= prefix.size() || stem.size() > prefix.size() + 6 || stem.compare(0, prefix.size(), prefix) != 0)
        return -1;
    const std::string digits = stem.substr(prefix.size());
    return digits.find_first_not_of("0123456789") == std::string::npos ? std::stoi(digits) : -1;
}

std::vector<fs::path> numbered(const fs::path& folder, const std::string& prefix)
{
    std::map<int, fs::path> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
        if (const int number = numberOf(entry.path(), prefix); number >= 0)
            found[number] = entry.path();
    std::vector<fs::path> paths;
    for (const auto& [number, path] : found)
        paths.push_back(path);
    return paths;
}

Status readAll(const fs::path& folder, const std::string& prefix, std::vector<std::pair<std::string, Tensor>>& tensors)
{
    for (const fs::path& path : numbered(folder, prefix)) {
        STRATA_TRY(NamedTensor named, readNamed(path.string()));
        tensors.emplace_back(std::move(named.name), std::move(named.tensor));
    }
    return {};
}

}  // namespace

Result<Tensor> readTensor(const std::string& path)
{
    STRATA_TRY(NamedTensor named, readNamed(path));
    return std::move(named.tensor);
}

Status writeTensor(const Tensor& tensor, const std::string& name, const std::string& path)
{
    ::onnx::TensorProto proto;
    proto.set_name(name);
    proto.set_data_type(onnxTypeOf(tensor.type.dtype));
    for (const std::int64_t size : constants(tensor.type.shape))
        proto.add_dims(size);
    if (tensor.type.dtype == DType::String)
        for (const std::string& text : tensor.strings)
            proto.add_string_data(text);
    else
        proto.set_raw_data(tensor.bytes.data(), tensor.bytes.size());
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    if (!file || !proto.SerializeToOstream(&file) || !file.flush())
        return environmentError("The tensor file " + path + " cannot be written.");
    return {};
}

Result<std::vector<TestData>> readTestData(const std::string& folder)
{
    std::vector<TestData> sets;
    for (const fs::path& path : numbered(folder, "test_data_set_")) {
        TestData data;
        STRATA_CHECK(readAll(path, "input_", data.inputs));
        STRATA_CHECK(readAll(path, "output_", data.outputs));
        sets.push_back(std::move(data));
    }
    return sets;
}

std::vector<std::string> testDataFiles(const std::string& folder)
{
    std::vector<std::string> files;
    for (const fs::path& set : numbered(folder, "test_data_set_"))
        for (const char* prefix : {"input_", "output_"})
            for (const fs::path& path : numbered(set, prefix))
                files.push_back(path.string());
    return files;
}

}  // namespace strata::onnx
