// QLinearConcat of com.microsoft: of any number of inputs, each with a scale and a zero point of its own; joined as
// what they stand for, and quantized again. (Operators of a fixed number of inputs are defined in text,
// resources/definitions.)
#include "core/onnx/expansions/expansion.h"

namespace strata::onnx {

Result<Expansion> expandQLinearConcat(const ::onnx::NodeProto& node, const Place& place)
{
    constexpr int head = 2, each = 3;  // scale and zero point of the result; value, scale and zero point of an input
    if (node.input_size() < head + each || (node.input_size() - head) % each != 0)
        return refused(say("The node '{}' ({}) has {} inputs; it takes {}, and {} for each value that it joins.",
                           place.name, node.op_type(), node.input_size(), head, each));
    FunctionWriter function(node, expansionOpset);
    NodeWriter write = function.nodes();
    Names values;
    for (int i = head; i < node.input_size(); i += each)
        values.push_back(
            write.add("DequantizeLinear", {function.input(i), function.input(i + 1), function.input(i + 2)}));
    const std::string joined = write.add("Concat", values, {attributeOf("axis", integerOf(node, "axis", 1))});
    write.add("QuantizeLinear", {joined, function.input(0), function.input(1)}, {}, {function.output(0)});
    return function.finish();
}

}  // namespace strata::onnx
