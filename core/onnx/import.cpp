// Opening a model: the file to a module (model_import), then types of all values and whether the model agrees with
// itself (infer_module).
//
// What Strata does not have (an operator, an element type) opens and is opaque; what contradicts itself does not open,
// unless it is in a part that no output needs.
#include "core/onnx/import.h"
#include "core/index/sizes.h"

#include "core/onnx/infer_module.h"
#include "core/onnx/model_import.h"
#include "core/operators/infer.h"

#include <algorithm>
#include <filesystem>
#include <new>

namespace strata::onnx {

namespace {

std::string modelFolder(const std::string& path)
{
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}

// Every refusal says which file it speaks of.
Error inFile(const std::string& path, Error error)
{
    if (error.message.find(path) == std::string::npos)
        error.message = path + ": " + error.message;
    return error;
}

}  // namespace

Result<Imported> importModel(const std::string& path, const ImportOptions& options)
try {
    if (options.progress)
        options.progress("reading the file", 0);
    STRATA_TRY(std::shared_ptr<const ModelFile> file, parseModel(path));
    ModelImport import(std::move(file), modelFolder(path), options);
    Result<Imported> ran = import.run();
    if (!ran)
        return inFile(path, ran.error());
    Imported imported = std::move(*ran);
    if (options.progress)
        options.progress("inferring shapes", 0.5);
    if (Status inferred = inferModule(imported.module, &imported.warnings); !inferred)
        return inFile(path, inferred.error());
    return imported;
} catch (const std::bad_alloc&) {
    return environmentError("There is not enough memory to open " + path + ".");
} catch (const std::exception& error) {
    return refused(say("The model {} cannot be read: {}.", path, error.what()));
}

Result<ModulePtr> bindDimensions(const Module& module, const std::map<std::string, std::int64_t>& dimensions)
{
    auto result = std::make_shared<Module>(module);
    for (FunctionPtr& function : result->functions)
        function = withSizes(function, dimensions);
    ModulePtr inferred = std::move(result);
    const FunctionPtr entry = inferred->entryFunction();
    if (!entry || entry->graph())  // shapes that follow from others
        STRATA_CHECK(inferModule(inferred));
    return inferred;
}

namespace {

// Whether nothing is left that values of inputs could tell.
bool areAllShapesNumbers(const Function& graph)
{
    return std::all_of(graph.graph()->nodes.begin(), graph.graph()->nodes.end(), [](const GraphNodePtr& node) {
        return std::all_of(node->outputs.begin(), node->outputs.end(), [](const TypedName& output) {
            const ValueType& type = output.type;
            return output.name.empty()
                   || (type.kind == ValueType::Kind::Tensor && type.tensor.ranked && isConstant(type.tensor.shape));
        });
    });
}

}  // namespace

ModulePtr withShapesOf(ModulePtr module, const std::vector<std::pair<std::string, Tensor>>& inputs)
{
    const FunctionPtr entry = module->entryFunction();
    if (!entry || !entry->graph() || areAllShapesNumbers(*entry))
        return module;
    std::map<std::string, Tensor> values;
    for (std::size_t i = 0; i < std::min(inputs.size(), entry->params.size()); ++i)
        values.emplace(entry->params[i].name, inputs[i].second);
    const FunctionPtr typed = inferredForInputs(*module, entry, values);
    return typed == entry ? module : module->withFunction(typed);
}

}  // namespace strata::onnx
