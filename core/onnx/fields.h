// Fields of model files that the protobuf classes do not know. Private to this folder.
//
// Debian's classes are of ONNX 1.12; newer files have fields that these keep as unknown ones, and say nothing of. Some
// carry no meaning (where to run a node), some are read here (notes of exporters, default values of a function's
// attributes, overloads), and any other field may change what the model means: a file with one is refused.
#pragma once

#include "core/onnx/import.h"
#include "core/onnx/proto.h"

namespace strata::onnx {

// No field of the message or of anything in it is of unknown meaning; the refusal names the node, function or tensor.
// Fields whose meaning is left out (devices) are named in `warnings`, once each.
Status checkFields(const google::protobuf::Message& message, std::vector<std::string>& warnings);

std::string overloadOf(const ::onnx::NodeProto& node);
std::string overloadOf(const ::onnx::FunctionProto& function);
// Attributes of a function with their default values.
Result<std::vector<::onnx::AttributeProto>> defaultsOf(const ::onnx::FunctionProto& function);

// Damaged entries are told in `warnings`.
Notes notesOf(const ::onnx::NodeProto& node, std::vector<std::string>& warnings);
Notes notesOf(const ::onnx::ModelProto& model, std::vector<std::string>& warnings);

}  // namespace strata::onnx
