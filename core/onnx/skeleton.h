// A model file without its weights: what is read to open it. Private to this folder.
#pragma once

#include "core/onnx/proto.h"

namespace strata::onnx {

// A model as a message without the raw data of its initializers, and where in the file those lie.
struct Skeleton {
    std::string message;
    std::map<int, RawData> weights;  // by position of the initializer in the graph
};

// nullopt: the file is damaged, or has what no writer of ONNX makes; protobuf, given all of it, says what is wrong. The
// file is read from its beginning.
std::optional<Skeleton> skeletonOf(const SourceFilePtr& file);

}  // namespace strata::onnx
