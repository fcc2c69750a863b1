// What the classifiers of ai.onnx.ml have in common: how scores become labels, and what they are turned into. Private
// to core/onnx.
#pragma once

#include "core/onnx/expansions/expansion.h"

namespace strata::onnx {

// Scores [row, class] by the name of a post transform: NONE, SOFTMAX, LOGISTIC or SOFTMAX_ZERO.
Result<std::string> transformed(NodeWriter& write, const std::string& scores, const std::string& transform);

// The first output, labels of the greatest scores, and the second, the scores.
Status writeClasses(NodeWriter& write, const ::onnx::NodeProto& node, const std::string& scores,
                    const std::string& transform, const FunctionWriter& function);

// The same, labels by the most votes [row, class].
Status writeVoted(NodeWriter& write, const ::onnx::NodeProto& node, const std::string& votes, const std::string& scores,
                  const std::string& transform, const FunctionWriter& function);

// The same of two classes that share one score [row, 1]: the second class if it is above the threshold. Its complement
// is 1 - score where scores are shares, else -score.
Status writeBinary(NodeWriter& write, const ::onnx::NodeProto& node, const std::string& score, float threshold,
                   bool isShare, const std::string& transform, const FunctionWriter& function);

}  // namespace strata::onnx
