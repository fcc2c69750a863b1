// Operators that are read as others: a node becomes the body of a function that computes what it asks for, as a call of
// a model's own function does. Unlike definitions in text (core/onnx/definitions.h) these look at the node's graphs and
// at lists in its attributes. Private to core/onnx.
#pragma once

#include "core/onnx/proto.h"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace strata::onnx {

using Names = std::vector<std::string>;

struct Expansion {
    ::onnx::NodeProto call;  // the node, with what its graphs capture as further inputs and without attributes
    ::onnx::FunctionProto function;
};

// The operator set of ai.onnx that an expansion is written in, where it holds none of the model's own nodes.
constexpr int expansionOpset = 23;

// What is known of a node where it stands in its model.
struct Place {
    std::string name;  // what the node is called
    int opset = 1;     // of its domain
    std::function<ValueType(int input)> type;
};

// Nullopt: the operator is none of these. A node that contradicts itself is refused.
Result<std::optional<Expansion>> expansionOf(const ::onnx::NodeProto& node, const Place& place);

// Writes nodes one after the other, each with a value of its own name.
class NodeWriter {
public:
    using Nodes = google::protobuf::RepeatedPtrField<::onnx::NodeProto>;
    // `prefix`: of all names that it makes.
    NodeWriter(Nodes& nodes, std::set<std::string>& taken, std::string prefix = {})
        : m_nodes(nodes)
        , m_taken(taken)
        , m_prefix(std::move(prefix))
    {
    }

    std::string fresh(const std::string& base);
    // The first output's name; `outputs` names them instead.
    std::string add(const std::string& op, const Names& inputs,
                    const std::vector<::onnx::AttributeProto>& attributes = {}, const Names& outputs = {});
    void add(::onnx::NodeProto node) { *m_nodes.Add() = std::move(node); }
    std::string integers(const std::vector<std::int64_t>& values);  // a constant of one dimension
    std::string integer(std::int64_t value);                        // a scalar
    std::string reals(const std::vector<float>& values, const std::vector<std::int64_t>& shape);
    std::string constant(const ::onnx::TensorProto& tensor);
    std::set<std::string>& taken() { return m_taken; }

private:
    Nodes& m_nodes;
    std::set<std::string>& m_taken;
    std::string m_prefix;
};

::onnx::AttributeProto attributeOf(const std::string& name, std::int64_t value);
::onnx::AttributeProto attributeOf(const std::string& name, float value);
::onnx::AttributeProto attributeOf(const std::string& name, const std::string& value);
::onnx::AttributeProto attributeOf(const std::string& name, const std::vector<std::int64_t>& values);
::onnx::AttributeProto attributeOf(const std::string& name, const ::onnx::TensorProto& value);
::onnx::AttributeProto attributeOf(const std::string& name, const ::onnx::GraphProto& value);

// What a node says by its attributes.
const ::onnx::AttributeProto* findAttribute(const ::onnx::NodeProto& node, const std::string& name);
std::int64_t integerOf(const ::onnx::NodeProto& node, const std::string& name, std::int64_t otherwise);
float realOf(const ::onnx::NodeProto& node, const std::string& name, float otherwise);
std::string wordOf(const ::onnx::NodeProto& node, const std::string& name, const std::string& otherwise);
std::vector<std::int64_t> integersOf(const ::onnx::NodeProto& node, const std::string& name);
std::vector<float> realsOf(const ::onnx::NodeProto& node, const std::string& name);
Names wordsOf(const ::onnx::NodeProto& node, const std::string& name);

// All names of values in a graph and the graphs in it, and those that it takes from around it.
void collectNames(const ::onnx::GraphProto& graph, std::set<std::string>& names);
Names capturedBy(const ::onnx::GraphProto& graph);

// The nodes of a graph, written with names of their own; what its outputs are called then.
Names writeGraph(NodeWriter& writer, const ::onnx::GraphProto& graph, const Names& inputs);

// A function and the call of it for a node: inputs and outputs of the function are called as the node's.
class FunctionWriter {
public:
    // `opset`: of ai.onnx, for the nodes of the function; 0: those of the model, for the node's own graphs.
    FunctionWriter(const ::onnx::NodeProto& node, int opset);
    // What `graph` captures becomes a further input, and its names are taken.
    void take(const ::onnx::GraphProto& graph);
    // "" where the node leaves it out.
    std::string input(int i) const;
    const std::string& output(int i) const { return m_expansion.function.output(i); }
    // Whether somebody reads it.
    bool wants(int i) const { return i < m_node.output_size() && !m_node.output(i).empty(); }
    NodeWriter nodes() { return {*m_expansion.function.mutable_node(), m_taken}; }
    Expansion finish() { return std::move(m_expansion); }

private:
    const ::onnx::NodeProto& m_node;
    Expansion m_expansion;
    std::set<std::string> m_taken;
};

// One each: see the files of these names. (Trees and features are operators of ai.onnx.ml.)
Result<Expansion> expandScan(const ::onnx::NodeProto& node, const Place& place);
Result<Expansion> expandFlexAttention(const ::onnx::NodeProto& node, const Place& place);
Result<Expansion> expandTfIdf(const ::onnx::NodeProto& node, const Place& place);
Result<Expansion> expandStopWords(const ::onnx::NodeProto& node, const Place& place);
Result<Expansion> expandQLinearConcat(const ::onnx::NodeProto& node, const Place& place);
Result<Expansion> expandTrees(const ::onnx::NodeProto& node, const Place& place);
Result<Expansion> expandFeatures(const ::onnx::NodeProto& node, const Place& place);

}  // namespace strata::onnx
