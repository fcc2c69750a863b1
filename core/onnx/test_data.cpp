// ONNX's test data: folders of TensorProto files beside a model.
#include "core/onnx/import.h"
#include "core/onnx/proto.h"

#include <onnx/onnx-data_pb.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace strata::onnx {

namespace fs = std::filesystem;

namespace {

// What a file holds: a tensor, or a list of them.
struct Named {
    std::string name;
    std::vector<Tensor> tensors;
    std::optional<ListOf> list;  // its kind, if it is one
};

// The maps of a classifier, one a row, from the same labels in order to numbers: a column a label.
Result<Tensor> tableOf(const ::onnx::SequenceProto& proto, const std::string& path)
{
    const auto shareKeys = [](const ::onnx::MapProto& a, const ::onnx::MapProto& b) {
        return std::equal(a.keys().begin(), a.keys().end(), b.keys().begin(), b.keys().end())
               && std::equal(a.string_keys().begin(), a.string_keys().end(), b.string_keys().begin(), b.string_keys().end());
    };
    std::vector<Tensor> rows;
    for (const ::onnx::MapProto& map : proto.map_values()) {
        STRATA_TRY(Tensor row, toTensor(map.values().tensor_values().empty() ? ::onnx::TensorProto()
                                                                             : map.values().tensor_values(0)));
        const bool sorted = std::is_sorted(map.keys().begin(), map.keys().end())
                            && std::is_sorted(map.string_keys().begin(), map.string_keys().end());
        if (!sorted || !shareKeys(map, proto.map_values(0)) || (!rows.empty() && !(row.type == rows[0].type)))
            return refused(say("The file {} holds maps of different labels.", path));
        rows.push_back(std::move(row));
    }
    Tensor table = makeTensor(rows[0].type.dtype, {std::int64_t(rows.size()), rows[0].count()});
    table.bytes.clear();
    for (const Tensor& row : rows)
        table.bytes.insert(table.bytes.end(), row.bytes.begin(), row.bytes.end());
    return table;
}

// Nullopt: it is no sequence that agrees with itself.
Result<std::optional<Named>> sequenceOf(const ::onnx::SequenceProto& proto, const std::string& path)
{
    Named named{proto.name(), {}, ListOf{}};
    const bool isOfMaps = proto.elem_type() == ::onnx::SequenceProto::MAP && proto.map_values_size() > 0;
    if (!isOfMaps && proto.elem_type() != ::onnx::SequenceProto::TENSOR)
        return std::optional<Named>();
    if (isOfMaps) {
        STRATA_TRY(Tensor table, tableOf(proto, path));
        named.list.reset();
        named.tensors.push_back(std::move(table));
        return std::optional(std::move(named));
    }
    for (const ::onnx::TensorProto& tensor : proto.tensor_values()) {
        STRATA_TRY(Tensor one, toTensor(tensor));
        named.list->tensors.push_back(one.type);
        named.tensors.push_back(std::move(one));
    }
    return std::optional(std::move(named));
}

Result<std::optional<Named>> optionalOf(const ::onnx::OptionalProto& proto, const std::string& path)
{
    std::optional<Named> named;
    if (proto.has_sequence_value()) {
        STRATA_TRY(named, sequenceOf(proto.sequence_value(), path));
    } else if (proto.has_tensor_value()) {
        STRATA_TRY(Tensor one, toTensor(proto.tensor_value()));
        named = Named{proto.name(), {}, ListOf{true, false, true, {one.type}}};
        named->tensors.push_back(std::move(one));
    } else {
        named = Named{proto.name(), {}, ListOf{true, proto.elem_type() == ::onnx::OptionalProto::SEQUENCE, false, {}}};
    }
    if (named && named->list)
        named->list->isOptional = true;
    return named;
}

// Nothing in a file says which of the three it holds. Each has its name or its dimensions in the first field, so what is
// read as another one either does not parse or contradicts itself.
Result<Named> readNamed(const std::string& path)
{
    ::onnx::TensorProto proto;
    Error fault;
    if (const Status parsed = parseFile(path, "a tensor in ONNX's form", proto); !parsed) {
        fault = parsed.error();
        if (fault.kind == ErrorKind::Environment)
            return fault;
    } else if (Result<Tensor> tensor = toTensor(proto)) {
        Named named{proto.name(), {}, {}};
        named.tensors.push_back(std::move(*tensor));
        return named;
    } else {
        fault = tensor.error();
    }
    ::onnx::SequenceProto sequence;
    if (parseFile(path, "a sequence in ONNX's form", sequence)) {
        const Result<std::optional<Named>> named = sequenceOf(sequence, path);
        if (named && *named)
            return **named;
    }
    ::onnx::OptionalProto optional;
    if (parseFile(path, "an optional in ONNX's form", optional)) {
        const Result<std::optional<Named>> named = optionalOf(optional, path);
        if (named && *named)
            return **named;
    }
    return refused(say("The file {} holds no tensor, sequence or optional that Strata reads.", path), {}, fault.text());
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

// The elements of lists one behind the other, by names of their own.
Status readAll(const fs::path& folder, const std::string& prefix, std::vector<std::pair<std::string, Tensor>>& tensors,
               std::map<std::size_t, ListOf>* lists)
{
    std::size_t place = 0;
    for (const fs::path& path : numbered(folder, prefix)) {
        STRATA_TRY(Named named, readNamed(path.string()));
        for (std::size_t i = 0; i < named.tensors.size(); ++i)
            tensors.emplace_back(named.list && !named.name.empty() ? named.name + "_" + std::to_string(i) : named.name,
                                 std::move(named.tensors[i]));
        if (named.list && lists)
            lists->emplace(place, std::move(*named.list));
        ++place;
    }
    return {};
}

}  // namespace

Result<Tensor> readTensor(const std::string& path)
{
    STRATA_TRY(Named named, readNamed(path));
    if (named.list || named.tensors.size() != 1)
        return refused(say("The file {} holds a sequence or an optional, where a tensor is wanted.", path));
    return std::move(named.tensors[0]);
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
        STRATA_CHECK(readAll(path, "input_", data.inputs, &data.lists));
        STRATA_CHECK(readAll(path, "output_", data.outputs, nullptr));
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
