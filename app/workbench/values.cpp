#include "app/workbench/values.h"

#include "app/workbench/run_sizes.h"
#include "core/base/rounding.h"
#include "core/tensor/npy.h"
#include "core/tensor/npz.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>

namespace strata {

namespace {

namespace fs = std::filesystem;

std::vector<std::int64_t> sizesOf(const TensorType& type)
{
    std::vector<std::int64_t> sizes;
    for (const Dim& dim : type.shape)
        sizes.push_back(dim.constant());
    return sizes;
}

std::vector<std::int64_t> withoutOnes(std::vector<std::int64_t> sizes)
{
    std::erase(sizes, 1);
    return sizes;
}

Result<Tensor> readNumbers(const std::string& path, const TensorType& type)
{
    std::ifstream file(path);
    if (!file)
        return environmentError("The file " + path + " cannot be read.");
    Tensor tensor = makeTensor(type.dtype, sizesOf(type));
    std::int64_t count = 0, line = 0;
    for (std::string text; std::getline(file, text);) {
        ++line;
        std::replace_if(
            text.begin(), text.end(), [](char c) { return c == ',' || c == ';' || c == '\r'; }, ' ');
        const char *at = text.data(), *const end = at + text.size();
        while ((at = std::find_if(at, end, [](char c) { return c != ' ' && c != '\t'; })) != end) {
            double value = 0;
            const auto [next, error] = std::from_chars(at, end, value);
            if (error != std::errc())
                return refused(say("{}:{} holds {}, which is no number.", path, line, std::string(at, end)));
            if (count < tensor.count())
                tensor.set(count, value);
            ++count;
            at = next;
        }
    }
    if (count != tensor.count())
        return refused(say("{} holds {} numbers, {} has {}.", path, count, toString(type), tensor.count()));
    return tensor;
}

// One a line, with what stands in it.
Result<Tensor> readTexts(const std::string& path, const TensorType& type)
{
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return environmentError("The file " + path + " cannot be read.");
    Tensor tensor = makeTensor(type.dtype, sizesOf(type));
    std::int64_t count = 0;
    for (std::string text; std::getline(file, text); ++count) {
        if (!text.empty() && text.back() == '\r')
            text.pop_back();
        if (count < tensor.count())
            tensor.strings[std::size_t(count)] = std::move(text);
    }
    if (count != tensor.count())
        return refused(say("{} holds {} lines, {} has {} texts.", path, count, toString(type), tensor.count()));
    return tensor;
}

// Whether the number came through: a float is rounded, an integer is exact.
bool holds(const Tensor& tensor, std::int64_t index, double value)
{
    const double held = tensor.at(index);
    return isFloat(tensor.type.dtype) ? std::isfinite(held) == std::isfinite(value) : held == value;
}

// The shape that an input takes from a tensor where it has sizes: those are the tensor's. Nothing if it does not fit.
std::optional<Shape> shapeBy(const Shape& declared, const Shape& given)
{
    if (declared.size() != given.size())
        return std::nullopt;
    for (std::size_t d = 0; d < given.size(); ++d)
        if (declared[d].isConstant() && !(declared[d] == given[d]))
            return std::nullopt;
    return given;
}

Result<Tensor> converted(Tensor tensor, const TypedName& input, const std::string& path)
{
    TensorType wanted = input.type.tensor;
    const auto unfit = [&] {
        return refused(
            say("Input {} is {}, {} holds {}.", input.name, toString(input.type.tensor), path, toString(tensor.type)));
    };
    if (!isConstant(wanted.shape)) {
        const std::optional<Shape> shape = shapeBy(wanted.shape, tensor.type.shape);
        if (!shape)
            return unfit();
        wanted.shape = *shape;
    }
    if (withoutOnes(sizesOf(tensor.type)) != withoutOnes(sizesOf(wanted)))
        return unfit();
    // NumPy has no bf16 and no float of a byte or less, so their bits are kept as u16 and u8.
    const bool isTiny = isShortFloat(wanted.dtype) && bitSize(wanted.dtype) <= 8;
    if ((wanted.dtype == DType::BF16 && tensor.type.dtype == DType::U16)
        || (isTiny && !isPacked(wanted.dtype) && tensor.type.dtype == DType::U8))
        tensor.type.dtype = wanted.dtype;
    if (isTiny && isPacked(wanted.dtype) && tensor.type.dtype == DType::U8) {
        Tensor packed = makeTensor(wanted.dtype, sizesOf(wanted));
        for (std::int64_t i = 0; i < packed.count(); ++i)
            writeBits(wanted.dtype, packed.bytes.data(), i, std::uint64_t(tensor.integerAt(i)));
        return packed;
    }
    if (tensor.type.dtype == wanted.dtype) {
        tensor.type.shape = wanted.shape;
        return tensor;
    }
    if (tensor.type.dtype == DType::String || wanted.dtype == DType::String)
        return unfit();
    Tensor result = makeTensor(wanted.dtype, sizesOf(wanted));
    for (std::int64_t i = 0; i < result.count(); ++i) {
        result.set(i, tensor.at(i));
        if (!holds(result, i, tensor.at(i)))
            return unfit();
    }
    return result;
}

std::string fileName(std::string name)
{
    for (char& c : name)
        if (c == '/' || c == '\\' || c == ':' || (c >= 0 && c < ' '))
            c = '_';
    return name.empty() || name[0] == '.' ? "_" + name : name;
}

}  // namespace

Result<Tensor> readValue(const std::string& path, const TypedName& input)
{
    const std::string suffix = fs::path(path).extension().string();
    const bool isText = suffix == ".txt" || suffix == ".csv";  // which says no shape
    if (!input.type.tensor.ranked || (isText && !isConstant(input.type.tensor.shape)))
        return refused(say("Input {} is {}.", input.name, toString(input.type)), {},
                       "Bind its dimensions first: --dim NAME=SIZE, or --shape.");
    if (isText)
        return input.type.tensor.dtype == DType::String ? readTexts(path, input.type.tensor)
                                                        : readNumbers(path, input.type.tensor);
    if (suffix != ".npy" && suffix != ".npz" && suffix != ".pb")
        return refused(say("{} is no file of values.", path), {},
                       "Values are read from .npy, .npz, .pb, .txt and .csv; the window reads pictures, too.");
    STRATA_TRY(Tensor tensor, suffix == ".npy"   ? readNpy(path)
                              : suffix == ".npz" ? readNpz(path, input.name)
                                                 : onnx::readTensor(path));
    return converted(std::move(tensor), input, path);
}

Result<std::vector<Tensor>> inputsWith(const Module& module, const std::vector<onnx::TestData>& data,
                                       const std::map<std::string, Tensor>& given)
{
    const FunctionPtr entry = module.entryFunction();
    if (!entry)
        return inputsFor(module, data);
    // The others are of the sizes that these tell.
    SizeValues sizes;
    for (const TypedName& param : entry->params)
        if (const auto value = given.find(param.name); value != given.end())
            sizes.merge(sizesTold({param.type.tensor}, {value->second}));
    STRATA_TRY(std::vector<Tensor> inputs,
               sizes.empty() ? inputsFor(module, data) : inputsFor(*module.withFunction(withSizes(entry, sizes)), {}));
    std::string known;
    for (std::size_t i = 0; i < entry->params.size(); ++i) {
        known += (known.empty() ? "" : ", ") + entry->params[i].name;
        if (const auto value = given.find(entry->params[i].name); value != given.end())
            inputs[i] = value->second;
    }
    for (const auto& [name, tensor] : given)
        if (std::none_of(entry->params.begin(), entry->params.end(),
                         [&name = name](const TypedName& param) { return param.name == name; }))
            return refused(say("The model has no input {}.", name), {}, "It has " + known + ".");
    onnx::TestData all;
    for (std::size_t i = 0; i < inputs.size(); ++i)
        all.inputs.emplace_back(entry->params[i].name, std::move(inputs[i]));
    return inputsFor(module, {all});  // held against the shapes that they make
}

Result<Tensor> valueIn(Toolchain& toolchain, const Module& module, const std::string& name,
                       const std::vector<Tensor>& inputs, std::stop_token stop, const Progress& progress)
{
    const FunctionPtr entry = module.entryFunction();
    if (!entry || !entry->graph())
        return refused("The entry is no graph, so that it has no values with names.");
    for (std::size_t i = 0; i < entry->params.size() && i < inputs.size(); ++i)
        if (entry->params[i].name == name)
            return inputs[i];
    for (const GraphNodePtr& node : entry->graph()->nodes)
        for (const TypedName& output : node->outputs) {
            if (output.name != name || name.empty())
                continue;
            Function only = *entry;  // what nothing needs is not lowered
            only.results = {output};
            only.body = GraphBody{entry->graph()->nodes, {Operand::value(name)}};
            STRATA_TRY(std::vector<Tensor> values,
                       runModule(toolchain, *module.withFunction(std::make_shared<const Function>(std::move(only))),
                                 RunTarget::Cpu, inputs, 1, stop, progress));
            return std::move(values.front());
        }
    return refused(say("The graph {} has no value {}.", entry->name, name));
}

Status writeValues(const std::vector<TypedName>& names, const std::vector<Tensor>& tensors, const std::string& folder)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        return environmentError("The folder " + folder + " cannot be made: " + error.message() + ".");
    for (std::size_t i = 0; i < names.size() && i < tensors.size(); ++i)
        STRATA_CHECK(writeNpy(tensors[i], (fs::path(folder) / (fileName(names[i].name) + ".npy")).string()));
    return {};
}

}  // namespace strata
