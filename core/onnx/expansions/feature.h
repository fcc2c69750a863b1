// An operator of ai.onnx.ml while it is written by others. Private to core/onnx.
#pragma once

#include "core/onnx/expansions/expansion.h"

namespace strata::onnx {

// One node, with what all of them need.
struct Feature {
    const ::onnx::NodeProto& node;
    const Place& place;
    FunctionWriter function;
    NodeWriter write;

    Feature(const ::onnx::NodeProto& n, const Place& p)
        : node(n)
        , place(p)
        , function(n, expansionOpset)
        , write(function.nodes())
    {
    }

    Error error(const std::string& message) const
    {
        return refused(say("The node '{}' ({}) {}", place.name, node.op_type(), message));
    }
    std::string cast(const std::string& value, std::int64_t type)
    {
        return write.add("Cast", {value}, {attributeOf("to", type)});
    }
    std::string asFloat(const std::string& value) { return cast(value, ::onnx::TensorProto::FLOAT); }
    std::string reals(const std::vector<float>& values)
    {
        return values.size() == 1 ? write.reals(values, {}) : write.reals(values, {std::int64_t(values.size())});
    }
    std::string lastAxis(const std::string& op, const std::string& value, bool keep)
    {
        return write.add(op, {value, write.integers({-1})}, {attributeOf("keepdims", std::int64_t(keep))});
    }
    void give(const std::string& value) { write.add("Identity", {value}, {}, {function.output(0)}); }
    std::string words(const Names& list)
    {
        ::onnx::TensorProto tensor;
        tensor.set_data_type(::onnx::TensorProto::STRING);
        tensor.add_dims(std::int64_t(list.size()));
        for (const std::string& word : list)
            tensor.add_string_data(word);
        return write.constant(tensor);
    }
};

// Support vector machines, see support_vectors.cpp.
Status writeSupportVectorClassifier(Feature& f);
Status writeSupportVectorRegressor(Feature& f);

}  // namespace strata::onnx
