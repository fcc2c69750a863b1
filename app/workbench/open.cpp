#include "app/workbench/draw.h"
#include "app/workbench/onnx_place.h"
#include "app/workbench/workbench.h"

#include "core/analysis/checks.h"
#include "core/index/sizes.h"
#include "core/operators/infer.h"
#include "core/text/source.h"

#include <filesystem>
#include <random>
#include <set>

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
            if (const std::string size = plainSize(declared[d]); !size.empty())
                found.try_emplace(size, actual[d].constant());
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

std::vector<std::string> symbolsOf(const Module& module)
{
    std::set<std::string> symbols;
    if (const FunctionPtr entry = module.entryFunction())
        for (const TypedName& param : entry->params)
            for (const Dim& dim : param.type.tensor.shape)
                for (const std::string& symbol : dim.symbols())
                    symbols.insert(symbol);
    return {symbols.begin(), symbols.end()};
}

// Every name is a symbol of the model: a size that nothing takes would be a wish that nobody hears.
Status known(const std::map<std::string, std::int64_t>& dimensions, const Module& module, const std::string& path)
{
    const std::vector<std::string> symbols = symbolsOf(module);
    std::string listed;
    for (const std::string& symbol : symbols)
        listed += (listed.empty() ? "" : ", ") + symbol;
    for (const auto& [name, size] : dimensions)
        if (std::find(symbols.begin(), symbols.end(), name) == symbols.end())
            return refused(say("{} has no symbolic dimension {}.", path, name), {},
                           listed.empty() ? "All its sizes are fixed." : "It has " + listed + ".");
    return {};
}

// Test data of other sizes than the caller's are of no use; without them inputs are drawn.
void dropMisfits(OpenedModel& opened, const Function& entry)
{
    for (const onnx::TestData& set : opened.data)
        for (std::size_t i = 0; i < std::min(entry.params.size(), set.inputs.size()); ++i)
            for (std::size_t d = 0; d < entry.params[i].type.tensor.shape.size(); ++d) {
                const Dim& declared = entry.params[i].type.tensor.shape[d];
                const Shape& actual = set.inputs[i].second.type.shape;
                for (const std::string& symbol : declared.symbols())
                    if (const auto given = opened.dimensions.find(symbol);
                        given != opened.dimensions.end() && !given->second.fromData && declared == Dim::symbol(symbol)
                        && d < actual.size() && actual[d].constant() != given->second.size) {
                        opened.warnings.push_back("The test data are left aside: " + symbol + " is "
                                                  + std::to_string(actual[d].constant()) + " there, not "
                                                  + std::to_string(given->second.size) + ".");
                        opened.data.clear();
                        return;
                    }
            }
}

Result<ModulePtr> withDimensions(OpenedModel& opened, const ModulePtr& module, const Sizes& given)
{
    STRATA_CHECK(known(given.dimensions, *module, opened.path));
    for (const auto& [name, size] : given.dimensions)
        opened.dimensions[name] = {size, false};
    if (const FunctionPtr entry = module->entryFunction()) {
        // Also those of data that do not fit what is given: they tell what the model is usually run with.
        std::map<std::string, std::int64_t> usual;
        if (!opened.data.empty() && !given.any)
            usual = dimensionsFromData(*entry, opened.data[0]);
        dropMisfits(opened, *entry);
        for (const auto& [name, size] : usual)
            opened.dimensions.try_emplace(name, OpenedModel::Dimension{size, true});
    }
    std::map<std::string, std::int64_t> sizes;
    for (const auto& [name, dimension] : opened.dimensions)
        sizes[name] = dimension.size;
    return sizes.empty() ? Result<ModulePtr>(module) : onnx::bindDimensions(*module, sizes);
}

// An input that the model gives no shape has that of its test data. Whether there is any.
bool shapesFromData(const Function& entry, const std::vector<onnx::TestData>& data,
                    std::map<std::string, std::vector<std::int64_t>>& shapes)
{
    bool any = false;
    for (std::size_t i = 0; !data.empty() && i < std::min(entry.params.size(), data[0].inputs.size()); ++i) {
        const auto& [name, tensor] = data[0].inputs[i];
        const ValueType& declared = entry.params[i].type;
        if (declared.kind == ValueType::Kind::Tensor && !declared.tensor.ranked)
            any = shapes.try_emplace(name.empty() ? entry.params[i].name : name, constants(tensor.type.shape)).second
                  || any;
    }
    return any;
}

Status knownInputs(const std::map<std::string, std::vector<std::int64_t>>& shapes, const Module& module,
                   const std::string& path)
{
    const FunctionPtr entry = module.entryFunction();
    for (const auto& [name, shape] : shapes) {
        std::string listed;
        bool found = false;
        for (const TypedName& param : entry ? entry->params : std::vector<TypedName>()) {
            listed += (listed.empty() ? "" : ", ") + param.name;
            if (param.name != name)
                continue;
            found = true;
            if (param.type.tensor.shape != toShape(shape))
                return refused(say("Input {} of {} is {}, which has another number of dimensions than it is given: {}.",
                                   name, path, toString(param.type), shape.size()));
        }
        if (!found)
            return refused(say("{} has no input {}.", path, name), {},
                           listed.empty() ? "It has no inputs." : "It has " + listed + ".");
    }
    return {};
}

// Beside the model, then those that are named, which win.
std::vector<std::string> definitionFilesOf(const std::string& model, const Sizes& sizes)
{
    std::vector<std::string> files = onnx::definitionFiles(fs::path(model).parent_path().string());
    files.insert(files.end(), sizes.definitions.begin(), sizes.definitions.end());
    return files;
}

constexpr std::int64_t mostGiven = 64;  // elements of an input that may tell how a sequence is made

Result<OpenedModel> openOnnx(const std::string& file, OpenedModel opened, const Sizes& sizes, const Progress& progress,
                             std::stop_token stop)
{
    onnx::ImportOptions options;
    options.progress = progress;
    options.stop = stop;
    options.inputShapes = sizes.shapes;
    if (!opened.data.empty())
        options.lists = opened.data[0].lists;
    if (!opened.data.empty() && !sizes.any)
        for (const auto& [name, tensor] : opened.data[0].inputs)
            if (tensor.count() <= mostGiven && (isInteger(tensor.type.dtype) || tensor.type.dtype == DType::Bool))
                options.values.emplace(name, tensor);
    STRATA_TRY(options.definitions, onnx::Definitions::read(definitionFilesOf(file, sizes)));
    STRATA_TRY(onnx::Imported imported, onnx::importModel(file, options));
    const FunctionPtr entry = imported.module->entryFunction();
    if (entry && shapesFromData(*entry, opened.data, options.inputShapes)) {
        STRATA_TRY(imported, onnx::importModel(file, options));
    }
    STRATA_CHECK(knownInputs(sizes.shapes, *imported.module, opened.path));
    if (entry)
        for (onnx::TestData& set : opened.data) {
            orderByName(set.inputs, entry->params);
            orderByName(set.outputs, entry->results);
            readAsDeclared(set.inputs, entry->params);
            readAsDeclared(set.outputs, entry->results);
        }
    opened.warnings = std::move(imported.warnings);
    opened.defined = std::move(imported.defined);
    opened.producer = std::move(imported.producer);
    opened.opsets = std::move(imported.opsets);
    opened.notes = std::move(imported.notes);
    opened.nodeNotes = std::make_shared<const onnx::NodeNotes>(std::move(imported.nodeNotes));
    opened.files = std::move(imported.files);
    STRATA_TRY(opened.module, withDimensions(opened, imported.module, sizes));
    if (!opened.data.empty() && !sizes.any)
        opened.module = onnx::withShapesOf(opened.module, opened.data[0].inputs);
    // Models are called model.onnx more often than not: the folder says what it is.
    Module named = *opened.module;
    named.name = opened.name;
    opened.module = std::make_shared<const Module>(std::move(named));
    if (const Status status = verified(*opened.module); !status)
        return refused(say("{}: {}", file, status.error().message), status.error().nodes, status.error().hint);
    return opened;
}

// The fault is the text's, so it is told with its line.
Result<ModuleSource> openText(const std::string& path)
{
    STRATA_TRY(ModuleSource read, loadSource(path));
    Status status = verified(*read.module);
    if (status)
        status = verifyDeclaredTypes(*read.module);
    if (!status)
        return read.source.locate(status.error());
    return read;
}

std::string nameOf(fs::path path)
{
    path = fs::absolute(path).lexically_normal();
    if (!path.has_filename())
        path = path.parent_path();
    return path.stem() == "model" ? path.parent_path().filename().string() : path.stem().string();
}

}  // namespace

std::optional<OnnxPlace> onnxPlaceOf(const std::string& path)
{
    std::error_code error;
    if (fs::is_directory(path, error))
        return OnnxPlace{(fs::path(path) / "model.onnx").string(), path};
    if (fs::path(path).extension() != ".onnx")
        return std::nullopt;
    const fs::path folder = fs::path(path).parent_path().empty() ? "." : fs::path(path).parent_path();
    const bool hasData = fs::path(path).filename() == "model.onnx" && fs::exists(folder / "test_data_set_0", error);
    return OnnxPlace{path, hasData ? folder.string() : std::string()};
}

Result<OpenedModel> openModel(const std::string& path, const Sizes& sizes, const Progress& progress,
                              std::stop_token stop)
{
    OpenedModel opened;
    opened.path = path;
    opened.name = nameOf(path);
    std::error_code error;
    if (!fs::exists(path, error))
        return refused(say("There is no file {}.", path));
    if (const std::optional<OnnxPlace> place = onnxPlaceOf(path)) {
        if (!fs::exists(place->file, error))
            return refused(say("The folder {} holds no model.onnx.", path), {},
                           "Name a .onnx or .strata file, or a folder in ONNX's test layout.");
        if (!place->dataFolder.empty()) {
            STRATA_TRY(opened.data, onnx::readTestData(place->dataFolder));
        }
        return openOnnx(place->file, std::move(opened), sizes, progress, stop);
    }
    if (fs::path(path).extension() == ".strata") {
        STRATA_TRY(const ModuleSource read, openText(path));
        if (read.module->functions.empty())
            return refused(say("The file {} holds no function.", path));
        if (!sizes.shapes.empty())
            return refused(say("--shape gives shapes to the inputs of a .onnx file; {} states its own.", path));
        opened.namesIsa = read.namesIsa;
        STRATA_TRY(opened.module, withDimensions(opened, read.module, sizes));
        for (const UnprovedIndex& found : trustedOnWord(*opened.module))
            opened.warnings.push_back(sentence(found));
        return opened;
    }
    return refused(say("{} is neither a .onnx nor a .strata file.", path), {},
                   "Name a model file, or a folder that holds model.onnx.");
}

void compileFor(Target::Isa isa, OpenedModel& model)
{
    if (model.namesIsa || model.module->target.isa == isa)
        return;
    Module compiled = *model.module;
    compiled.target.isa = isa;
    model.module = std::make_shared<const Module>(std::move(compiled));
}

SizeValues drawnSizes(const Function& entry)
{
    // Some that tiles divide, some that they do not; a model has many loops of each.
    static constexpr std::int64_t large[] = {48, 37, 64, 29, 80, 53}, small[] = {3, 5, 4, 7, 2, 6};
    SizeValues sizes;
    for (const std::string& size : givenSizes(entry))  // others data tell
        sizes.emplace(size,
                      nearest(entry.facts, size, (entry.loops() ? large : small)[sizes.size() % std::size(large)]));
    return sizes;
}

namespace {

Result<SizeValues> sizesFor(const Function& entry, const onnx::TestData& data)
{
    std::vector<Shape> shapes;
    for (const auto& [name, tensor] : data.inputs)
        shapes.push_back(tensor.type.shape);
    Function taking = entry;  // a shape that comes out may follow from a later step only
    taking.results.clear();
    return sizesFor(taking, shapes);
}

Result<std::vector<Tensor>> inputsOfNumbers(const Module& module, const std::vector<onnx::TestData>& data)
{
    const FunctionPtr entry = module.entryFunction();
    const bool given = !data.empty() && data[0].inputs.size() == entry->params.size();
    std::vector<Tensor> inputs;
    for (std::size_t i = 0; i < entry->params.size(); ++i) {
        const TypedName& param = entry->params[i];
        if (!param.type.tensor.ranked || !isConstant(param.type.tensor.shape))
            return refused(say("Input {} is {}.", param.name, toString(param.type)), {functionCursor(entry->name)},
                           "Bind its dimensions first: --dim NAME=SIZE, or the step graph.bind_dimension.");
        if (given && data[0].inputs[i].second.type == param.type.tensor)
            inputs.push_back(data[0].inputs[i].second);
        else if (given)
            return refused(say("Input {} is {}, its test data is {}.", param.name, toString(param.type.tensor),
                               toString(data[0].inputs[i].second.type)));
    }
    if (!given)
        return drawInputs(module);
    STRATA_CHECK(checkShapesOf(inputs, module, *entry));
    return inputs;
}

}  // namespace

SizeFacts assumedBy(const Module& state)
{
    const FunctionPtr entry = state.entryFunction();
    return entry ? entry->facts : SizeFacts{};
}

Result<std::vector<Tensor>> inputsFor(const Module& module, const std::vector<onnx::TestData>& data,
                                      const SizeFacts& facts)
{
    const FunctionPtr entry = module.entryFunction();
    if (!entry)
        return refused("The module has no entry function.", {}, "Name one: module NAME(entry=FUNCTION).");
    const bool given = !data.empty() && data[0].inputs.size() == entry->params.size();
    if (!hasSizes(*entry))
        return inputsOfNumbers(module, data);
    Function assuming = *entry;  // its code is for any of them
    assuming.facts = both(entry->facts, facts).value_or(facts);
    STRATA_TRY(const SizeValues sizes, given ? sizesFor(*entry, data[0]) : drawnSizes(assuming));
    return inputsOfNumbers(*module.withFunction(withSizes(entry, sizes)), data);
}

}  // namespace strata
