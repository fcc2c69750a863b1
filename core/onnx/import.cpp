// Opening a model: the file to a module (model_import), types of all values, and whether the model agrees with itself.
//
// What Strata does not have (an operator, an element type) opens and is opaque; what contradicts itself does not open,
// unless it is in a part that no output needs.
#include "core/onnx/import.h"

#include "core/ir/live.h"
#include "core/onnx/model_import.h"
#include "core/operators/infer.h"
#include "core/operators/rules.h"

#include <filesystem>
#include <new>

namespace strata::onnx {

namespace {

// A node that contradicts itself or its inputs makes the model wrong, unless nobody needs it.
Status checkFaults(const GraphBody& graph, const InferredTypes& inferred, std::vector<std::string>& warnings)
{
    if (inferred.faults.empty())
        return {};
    std::set<std::string> live;
    for (const GraphNode* node : liveNodes(graph))
        live.insert(node->name);
    for (const Error& fault : inferred.faults) {
        if (live.count(fault.nodes.at(0).name))
            return fault;
        warnings.push_back(fault.message + " Nothing needs it.");
    }
    return {};
}

// What the file says of a result and what follows from its nodes are two things that should agree.
void warnOfOutputs(const Function& before, const Function& after, std::vector<std::string>& warnings)
{
    for (std::size_t i = 0; i < before.results.size() && i < after.results.size(); ++i) {
        const ValueType &declared = before.results[i].type, &inferred = after.results[i].type;
        const bool known = declared.kind == ValueType::Kind::Tensor && inferred.kind == ValueType::Kind::Tensor;
        if (known
            && (declared.tensor.dtype != inferred.tensor.dtype
                || (declared.tensor.ranked && inferred.tensor.ranked
                    && !mayBeEqual(declared.tensor.shape, inferred.tensor.shape))))
            warnings.push_back("The output " + before.results[i].name + " is declared as " + toString(declared)
                               + ", and is " + toString(inferred) + ".");
    }
}

// Types of the entry's values; what subgraphs hold is known only where they are called.
Status inferEntry(ModulePtr& module, std::vector<std::string>* warnings)
{
    const FunctionPtr entry = module->entryFunction();
    STRATA_TRY(InferredTypes inferred, inferFunction(*module, *entry));
    STRATA_CHECK(checkFaults(*entry->graph(), inferred, inferred.warnings));
    if (inferred.function)
        warnOfOutputs(*entry, *inferred.function, inferred.warnings);
    if (warnings)
        warnings->insert(warnings->end(), inferred.warnings.begin(), inferred.warnings.end());
    if (inferred.function && inferred.function != entry)
        module = module->withFunction(inferred.function);
    return {};
}

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
    auto proto = std::make_shared<::onnx::ModelProto>();
    STRATA_CHECK(parseFile(path, "an ONNX model", *proto));
    ModelImport import(std::move(proto), modelFolder(path), options);
    Result<Imported> ran = import.run();
    if (!ran)
        return inFile(path, ran.error());
    Imported imported = std::move(*ran);
    if (options.progress)
        options.progress("inferring shapes", 0.5);
    if (Status inferred = inferEntry(imported.module, &imported.warnings); !inferred)
        return inFile(path, inferred.error());
    return imported;
} catch (const std::bad_alloc&) {
    return environmentError("There is not enough memory to open " + path + ".");
} catch (const std::exception& error) {
    return refused("The model " + path + " cannot be read: " + error.what() + ".");
}

Result<ModulePtr> bindDimensions(const Module& module, const std::map<std::string, std::int64_t>& dimensions)
{
    const auto bound = [&](ValueType type) {
        for (Dim& dim : type.tensor.shape)
            dim = dim.bind(dimensions);
        return type;
    };
    auto result = std::make_shared<Module>(module);
    for (FunctionPtr& function : result->functions) {
        if (!function->graph())
            continue;
        auto changed = std::make_shared<Function>(*function);
        for (auto* list : {&changed->params, &changed->results})
            for (TypedName& value : *list)
                value.type = bound(value.type);
        GraphBody body = *function->graph();
        for (GraphNodePtr& node : body.nodes) {
            auto typed = std::make_shared<GraphNode>(*node);
            for (TypedName& output : typed->outputs)
                output.type = bound(output.type);
            node = std::move(typed);
        }
        changed->body = std::move(body);
        function = std::move(changed);
    }
    ModulePtr inferred = std::move(result);
    STRATA_CHECK(inferEntry(inferred, nullptr));
    return inferred;
}

}  // namespace strata::onnx
