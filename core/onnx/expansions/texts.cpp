// StringNormalizer with stop words: the words of the last axis that are none of them, in other letters if it says so;
// where none is left, one empty text.
//
// The comparison sees each word in lower letters, unless letters count. One empty text stands behind the words, which
// is kept where no word is.
#include "core/onnx/expansions/expansion.h"

namespace strata::onnx {

using ::onnx::NodeProto;
using ::onnx::TensorProto;

namespace {

std::string textsOf(NodeWriter& write, const Names& list)
{
    TensorProto tensor;
    tensor.set_data_type(TensorProto::STRING);
    tensor.add_dims(std::int64_t(list.size()));
    for (const std::string& text : list)
        tensor.add_string_data(text);
    return write.constant(tensor);
}

std::string inLetters(NodeWriter& write, const std::string& x, const std::string& change)
{
    return change == "NONE" ? x : write.add("StringNormalizer", {x}, {attributeOf("case_change_action", change)});
}

}  // namespace

Result<Expansion> expandStopWords(const NodeProto& node, const Place&)
{
    FunctionWriter function(node, expansionOpset);
    NodeWriter write = function.nodes();
    const std::string x = function.input(0), compared = integerOf(node, "is_case_sensitive", 0) != 0 ? "NONE" : "LOWER";
    const std::string row = write.add("Reshape", {x, write.integers({-1})});
    const std::string stops = inLetters(write, textsOf(write, wordsOf(node, "stopwords")), compared);
    const std::string equal = write.add(
        "Equal", {write.add("Unsqueeze", {inLetters(write, row, compared), write.integers({-1})}), stops});
    const auto number = [&](const std::string& value, std::int64_t type) {
        return write.add("Cast", {value}, {attributeOf("to", type)});
    };
    const std::string isStop = write.add("ReduceMax", {number(equal, TensorProto::INT32), write.integers({-1})},
                                         {attributeOf("keepdims", std::int64_t(0))});
    const std::string isEvery = write.add("ReduceMin", {isStop, write.integers({0})});
    const auto joined = [&](const std::string& a, const std::string& b, std::int64_t axis) {
        return write.add("Concat", {a, b}, {attributeOf("axis", axis)});
    };
    const std::string kept = joined(write.add("Not", {number(isStop, TensorProto::BOOL)}),
                                    number(isEvery, TensorProto::BOOL), 0);
    // One more word in each row, of which there is one.
    const std::string shape = write.add("Shape", {x}, {attributeOf("end", std::int64_t(-1))});
    const std::string empty = write.add("Expand", {textsOf(write, {""}), joined(shape, write.integers({1}), 0)});
    const std::string changed = inLetters(write, x, wordOf(node, "case_change_action", "NONE"));
    write.add("Compress", {joined(changed, empty, -1), kept}, {attributeOf("axis", std::int64_t(-1))},
              {function.output(0)});
    return function.finish();
}

}  // namespace strata::onnx
