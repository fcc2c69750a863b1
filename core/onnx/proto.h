// The protobuf classes of ONNX, and reading them with limits. Private to this folder.
#pragma once

#include "core/base/result.h"
#include "core/ir/constant.h"
#include "core/tensor/tensor.h"

#include <onnx/onnx_pb.h>

#include <memory>

namespace strata::onnx {

// Protobuf's own limit on a message.
constexpr std::int64_t largestMessage = std::int64_t(2) * 1024 * 1024 * 1024 - 1;
// Nested messages: a graph inside an attribute of a node is three.
constexpr int deepestMessage = 100;

// Parses a file into `message`; `what` is "an ONNX model" or the like.
Status parseFile(const std::string& path, const std::string& what, google::protobuf::MessageLite& message);

// Where the raw data of a tensor lie that stayed in the model's file.
struct RawData {
    std::uint64_t offset = 0, length = 0;
};
// A model whose large weights are still in its file.
struct ModelFile {
    ::onnx::ModelProto proto;
    SourceFilePtr file;
    std::map<const ::onnx::TensorProto*, RawData> weights;  // their tensors in `proto` have no data
};
Result<std::shared_ptr<const ModelFile>> parseModel(const std::string& path);

// Where tensors of a model may keep their data: the model's folder, for external data.
struct Storage {
    std::string folder;                               // "" where external data is not allowed
    std::shared_ptr<const ModelFile> model;           // that holds the tensors, if they are a model's
    std::map<std::string, SourceFilePtr> files = {};  // opened so far
};

std::optional<DType> dtypeOf(std::int32_t onnxType);  // nullopt: a type that Strata does not hold
std::int32_t onnxTypeOf(DType type);
std::string typeNameOf(std::int32_t onnxType);  // "FLOAT8E4M3FN"; for messages

// A tensor as a constant. Raw data becomes a view into the message, a slice of the model's file or of the external
// one; nothing is copied.
Result<ConstantPtr> toConstant(const ::onnx::TensorProto& proto, Storage& storage);
Result<Tensor> toTensor(const ::onnx::TensorProto& proto);

}  // namespace strata::onnx
