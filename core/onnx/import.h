// ONNX model files, opsets 7 to 28 (newer parse), to modules. Protobuf stays inside this folder.
//
// Model files are untrusted: sizes are bounded and checked, no external data path leaves the model's folder, recursion
// is limited. An operator without a definition does not stop a file from opening: it is an opaque node with whatever
// types are known.
#pragma once

#include "core/ir/module.h"
#include "core/onnx/definitions.h"
#include "core/tensor/tensor.h"

#include <stop_token>

namespace strata::onnx {

// What a sequence or an optional holds. Strata has them as the tensors in them, so how many these are is known when a
// model is opened.
struct ListOf {
    bool isOptional = false, isSequence = true;
    bool isThere = true;              // of an optional
    std::vector<TensorType> tensors;  // one, of an optional tensor
};

struct ImportOptions {
    // Inputs that are sequences or optionals, by their place among the inputs; without it such an input is opaque.
    std::map<std::size_t, ListOf> lists;
    // Values of inputs (from test data): where one tells how a sequence is made (a place in it, how often a loop turns
    // that carries it), the module is made for this value, and a run that is given another one ends with an error.
    std::map<std::string, Tensor> values;
    std::map<std::string, std::int64_t> dimensions;  // symbolic dimensions to bind, by name
    // Shapes of inputs where known (from test data): binds the symbols that they show.
    std::map<std::string, std::vector<std::int64_t>> inputShapes;
    DefinitionsPtr definitions;  // of operators that are data; none: those that come with Strata
    std::function<void(const std::string& phase, double fraction)> progress;
    std::stop_token stop;
};

// What a file says for people to read, of itself or of a node: a text, and values under keys, as exporters write them
// ("pkg.torch.onnx.stack_trace": the lines that a node comes from).
struct Notes {
    std::string text;
    std::vector<std::pair<std::string, std::string>> values;

    bool empty() const { return text.empty() && values.empty(); }
};
using NodeNotes = std::map<std::string, std::map<std::string, std::shared_ptr<const Notes>>>;  // function -> node

struct Imported {
    ModulePtr module;                   // entry is the graph function "main"
    std::vector<std::string> warnings;  // each names the node
    // Operators that were read by a definition that is data: "com.microsoft.BiasGelu" -> "FILE, line 12".
    std::map<std::string, std::string> defined;
    std::map<std::string, int> opsets;  // domain -> version
    std::string producer;
    Notes notes;                                 // of the model and its graph
    NodeNotes nodeNotes;                         // a node that stands for several of the module has its notes at each
    std::map<std::string, SourceFilePtr> files;  // of external data, by where the model says that they are
};

Result<Imported> importModel(const std::string& path, const ImportOptions& options = {});

// A TensorProto file as ONNX's test data has them.
Result<Tensor> readTensor(const std::string& path);
Status writeTensor(const Tensor& tensor, const std::string& name, const std::string& path);

// One folder test_data_set_K.
struct TestData {
    // Names may be empty. A sequence x is its tensors x_0, x_1, ...; one of maps from the same labels to numbers (what
    // a classifier of ai.onnx.ml gives) is one tensor with a column a label.
    std::vector<std::pair<std::string, Tensor>> inputs, outputs;
    std::map<std::size_t, ListOf> lists;  // of the inputs, by their place among the files
};
// All test_data_set_* of a folder that holds model.onnx, in order.
Result<std::vector<TestData>> readTestData(const std::string& folder);

// The files that it reads, in order.
std::vector<std::string> testDataFiles(const std::string& folder);

// Bind symbolic dimensions of an imported module and redo shape inference with value propagation (shape arithmetic
// folds).
Result<ModulePtr> bindDimensions(const Module& module, const std::map<std::string, std::int64_t>& dimensions);

// Shapes that follow from the values of inputs (a Reshape's, a Range's bounds, how often a loop runs) as these values
// have them: code is made for those, and a run that is given others is refused.
ModulePtr withShapesOf(ModulePtr module, const std::vector<std::pair<std::string, Tensor>>& inputs);

}  // namespace strata::onnx
