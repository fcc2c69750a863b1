#include "core/onnx/expansions/post_transform.h"

namespace strata::onnx {

using ::onnx::NodeProto;
using ::onnx::TensorProto;

namespace {

// The labels of a classifier, by number of class.
Result<std::string> labelsOf(NodeWriter& write, const NodeProto& node)
{
    std::vector<std::int64_t> numbers = integersOf(node, "classlabels_int64s");
    if (numbers.empty())
        numbers = integersOf(node, "classlabels_ints");
    if (!numbers.empty())
        return write.integers(numbers);
    const Names words = wordsOf(node, "classlabels_strings");
    if (words.empty())
        return refused(say("The node '{}' ({}) has no labels of its classes.", node.name(), node.op_type()));
    TensorProto tensor;
    tensor.set_data_type(TensorProto::STRING);
    tensor.add_dims(std::int64_t(words.size()));
    for (const std::string& word : words)
        tensor.add_string_data(word);
    return write.constant(tensor);
}

}  // namespace

Result<std::string> transformed(NodeWriter& write, const std::string& scores, const std::string& transform)
{
    if (transform == "NONE" || transform.empty())
        return scores;
    if (transform == "SOFTMAX")
        return write.add("Softmax", {scores}, {attributeOf("axis", std::int64_t(-1))});
    if (transform == "LOGISTIC")
        return write.add("Sigmoid", {scores});
    if (transform == "SOFTMAX_ZERO") {  // what is 0 stays 0, and counts for nothing
        const std::string zero = write.reals({0}, {});
        const std::string most = write.add("ReduceMax", {scores, write.integers({-1})});
        const std::string raised = write.add("Exp", {write.add("Sub", {scores, most})});
        const std::string counted = write.add("Where", {write.add("Equal", {scores, zero}), zero, raised});
        const std::string sum = write.add("ReduceSum", {counted, write.integers({-1})});
        return write.add("Div",
                         {counted, write.add("Where", {write.add("Equal", {sum, zero}), write.reals({1}, {}), sum})});
    }
    return refused(say("The post transform {} is none that Strata has.", transform), {},
                   "It has NONE, SOFTMAX, LOGISTIC and SOFTMAX_ZERO.");
}

Status writeClasses(NodeWriter& write, const NodeProto& node, const std::string& scores, const std::string& transform,
                    const FunctionWriter& function)
{
    return writeVoted(write, node, scores, scores, transform, function);
}

Status writeVoted(NodeWriter& write, const NodeProto& node, const std::string& votes, const std::string& scores,
                  const std::string& transform, const FunctionWriter& function)
{
    STRATA_TRY(const std::string labels, labelsOf(write, node));
    const std::string best = write.add(
        "ArgMax", {votes}, {attributeOf("axis", std::int64_t(1)), attributeOf("keepdims", std::int64_t(0))});
    write.add("Gather", {labels, best}, {}, {function.output(0)});
    if (!function.wants(1))
        return {};
    STRATA_TRY(const std::string result, transformed(write, scores, transform));
    write.add("Identity", {result}, {}, {function.output(1)});
    return {};
}

Status writeBinary(NodeWriter& write, const NodeProto& node, const std::string& score, float threshold, bool isShare,
                   const std::string& transform, const FunctionWriter& function)
{
    STRATA_TRY(const std::string labels, labelsOf(write, node));
    const std::string above = write.add("Greater", {score, write.reals({threshold}, {})});
    const std::string number = write.add("Cast", {above}, {attributeOf("to", std::int64_t(TensorProto::INT64))});
    write.add("Gather", {labels, write.add("Squeeze", {number, write.integers({1})})}, {}, {function.output(0)});
    if (!function.wants(1))
        return {};
    const std::string negative = write.add("Neg", {score});
    const bool isLogistic = transform == "LOGISTIC";
    const std::string first = isLogistic ? write.add("Sigmoid", {negative})
                              : isShare  ? write.add("Sub", {write.reals({1}, {}), score})
                                         : negative;
    const std::string second = isLogistic ? write.add("Sigmoid", {score}) : score;
    if (!isLogistic && transform != "NONE" && transform != "SOFTMAX" && transform != "SOFTMAX_ZERO")
        return refused(say("The post transform {} is none that Strata has.", transform), {},
                       "It has NONE, SOFTMAX, LOGISTIC and SOFTMAX_ZERO.");
    write.add("Concat", {first, second}, {attributeOf("axis", std::int64_t(1))}, {function.output(1)});
    return {};
}

}  // namespace strata::onnx
