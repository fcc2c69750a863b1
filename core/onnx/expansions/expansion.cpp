#include "core/onnx/expansions/expansion.h"

#include <algorithm>
#include <map>

namespace strata::onnx {

using ::onnx::AttributeProto;
using ::onnx::GraphProto;
using ::onnx::NodeProto;
using ::onnx::TensorProto;

std::string NodeWriter::fresh(const std::string& base)
{
    std::string name = m_prefix + base;
    for (int k = 1; !m_taken.insert(name).second; ++k)
        name = m_prefix + base + "_" + std::to_string(k);
    return name;
}

std::string NodeWriter::add(const std::string& op, const Names& inputs, const std::vector<AttributeProto>& attributes,
                            const Names& outputs)
{
    NodeProto node;
    node.set_op_type(op);
    for (const std::string& input : inputs)
        node.add_input(input);
    for (const AttributeProto& attribute : attributes)
        *node.add_attribute() = attribute;
    for (const std::string& output : outputs)
        node.add_output(output);
    if (outputs.empty())
        node.add_output(fresh(op));
    std::string first = node.output(0);
    add(std::move(node));
    return first;
}

std::string NodeWriter::constant(const TensorProto& tensor)
{
    return add("Constant", {}, {attributeOf("value", tensor)});
}

std::string NodeWriter::integers(const std::vector<std::int64_t>& values)
{
    TensorProto tensor;
    tensor.set_data_type(TensorProto::INT64);
    tensor.add_dims(std::int64_t(values.size()));
    tensor.mutable_int64_data()->Add(values.begin(), values.end());
    return constant(tensor);
}

std::string NodeWriter::integer(std::int64_t value)
{
    TensorProto tensor;
    tensor.set_data_type(TensorProto::INT64);
    tensor.add_int64_data(value);
    return constant(tensor);
}

std::string NodeWriter::reals(const std::vector<float>& values, const std::vector<std::int64_t>& shape)
{
    TensorProto tensor;
    tensor.set_data_type(TensorProto::FLOAT);
    for (const std::int64_t size : shape)
        tensor.add_dims(size);
    tensor.mutable_float_data()->Add(values.begin(), values.end());
    return constant(tensor);
}

AttributeProto attributeOf(const std::string& name, std::int64_t value)
{
    AttributeProto attribute;
    attribute.set_name(name);
    attribute.set_type(AttributeProto::INT);
    attribute.set_i(value);
    return attribute;
}

AttributeProto attributeOf(const std::string& name, float value)
{
    AttributeProto attribute;
    attribute.set_name(name);
    attribute.set_type(AttributeProto::FLOAT);
    attribute.set_f(value);
    return attribute;
}

AttributeProto attributeOf(const std::string& name, const std::string& value)
{
    AttributeProto attribute;
    attribute.set_name(name);
    attribute.set_type(AttributeProto::STRING);
    attribute.set_s(value);
    return attribute;
}

AttributeProto attributeOf(const std::string& name, const std::vector<std::int64_t>& values)
{
    AttributeProto attribute;
    attribute.set_name(name);
    attribute.set_type(AttributeProto::INTS);
    attribute.mutable_ints()->Add(values.begin(), values.end());
    return attribute;
}

AttributeProto attributeOf(const std::string& name, const TensorProto& value)
{
    AttributeProto attribute;
    attribute.set_name(name);
    attribute.set_type(AttributeProto::TENSOR);
    *attribute.mutable_t() = value;
    return attribute;
}

AttributeProto attributeOf(const std::string& name, const GraphProto& value)
{
    AttributeProto attribute;
    attribute.set_name(name);
    attribute.set_type(AttributeProto::GRAPH);
    *attribute.mutable_g() = value;
    return attribute;
}

const AttributeProto* findAttribute(const NodeProto& node, const std::string& name)
{
    for (const AttributeProto& attribute : node.attribute())
        if (attribute.name() == name)
            return &attribute;
    return nullptr;
}

std::int64_t integerOf(const NodeProto& node, const std::string& name, std::int64_t otherwise)
{
    const AttributeProto* attribute = findAttribute(node, name);
    return attribute ? attribute->i() : otherwise;
}

float realOf(const NodeProto& node, const std::string& name, float otherwise)
{
    const AttributeProto* attribute = findAttribute(node, name);
    return attribute ? attribute->f() : otherwise;
}

std::string wordOf(const NodeProto& node, const std::string& name, const std::string& otherwise)
{
    const AttributeProto* attribute = findAttribute(node, name);
    return attribute ? attribute->s() : otherwise;
}

std::vector<std::int64_t> integersOf(const NodeProto& node, const std::string& name)
{
    const AttributeProto* attribute = findAttribute(node, name);
    return attribute ? std::vector<std::int64_t>(attribute->ints().begin(), attribute->ints().end())
                     : std::vector<std::int64_t>();
}

std::vector<float> realsOf(const NodeProto& node, const std::string& name)
{
    const AttributeProto* attribute = findAttribute(node, name);
    return attribute ? std::vector<float>(attribute->floats().begin(), attribute->floats().end())
                     : std::vector<float>();
}

Names wordsOf(const NodeProto& node, const std::string& name)
{
    const AttributeProto* attribute = findAttribute(node, name);
    return attribute ? Names(attribute->strings().begin(), attribute->strings().end()) : Names();
}

void collectNames(const GraphProto& graph, std::set<std::string>& names)
{
    for (const auto* list : {&graph.input(), &graph.output(), &graph.value_info()})
        for (const auto& value : *list)
            names.insert(value.name());
    for (const auto& tensor : graph.initializer())
        names.insert(tensor.name());
    for (const NodeProto& node : graph.node()) {
        names.insert(node.input().begin(), node.input().end());
        names.insert(node.output().begin(), node.output().end());
        for (const AttributeProto& attribute : node.attribute())
            if (attribute.has_g())
                collectNames(attribute.g(), names);
    }
}

namespace {

void addCaptured(const GraphProto& graph, std::set<std::string> defined, Names& captured)
{
    const auto read = [&](const std::string& name) {
        if (!name.empty() && !defined.count(name)
            && std::find(captured.begin(), captured.end(), name) == captured.end())
            captured.push_back(name);
    };
    for (const auto& input : graph.input())
        defined.insert(input.name());
    for (const auto& tensor : graph.initializer())
        defined.insert(tensor.name());
    for (const NodeProto& node : graph.node()) {
        for (const std::string& input : node.input())
            read(input);
        for (const AttributeProto& attribute : node.attribute())
            if (attribute.has_g())
                addCaptured(attribute.g(), defined, captured);
        defined.insert(node.output().begin(), node.output().end());
    }
    for (const auto& output : graph.output())
        read(output.name());
}

}  // namespace

Names capturedBy(const GraphProto& graph)
{
    Names captured;
    addCaptured(graph, {}, captured);
    return captured;
}

namespace {

using Renamed = std::map<std::string, std::string>;

std::string nameNow(const std::string& name, const Renamed& renamed)
{
    const auto found = renamed.find(name);
    return found == renamed.end() ? name : found->second;
}

void renameReads(NodeProto& node, const Renamed& renamed)
{
    for (std::string& input : *node.mutable_input())
        input = nameNow(input, renamed);
    for (AttributeProto& attribute : *node.mutable_attribute())
        if (attribute.has_g()) {
            for (NodeProto& inner : *attribute.mutable_g()->mutable_node())
                renameReads(inner, renamed);
            for (auto& output : *attribute.mutable_g()->mutable_output())
                output.set_name(nameNow(output.name(), renamed));
        }
}

}  // namespace

Names writeGraph(NodeWriter& writer, const GraphProto& graph, const Names& inputs)
{
    Renamed renamed;
    for (int i = 0; i < graph.input_size() && i < int(inputs.size()); ++i)
        renamed[graph.input(i).name()] = inputs[std::size_t(i)];
    for (const TensorProto& tensor : graph.initializer())
        renamed[tensor.name()] = writer.constant(tensor);
    for (NodeProto node : graph.node()) {
        renameReads(node, renamed);
        for (std::string& output : *node.mutable_output())
            if (!output.empty()) {
                const std::string name = writer.fresh(output);
                renamed[output] = name;
                output = name;
            }
        writer.add(std::move(node));
    }
    Names outputs;
    for (const auto& output : graph.output())
        outputs.push_back(nameNow(output.name(), renamed));
    return outputs;
}

FunctionWriter::FunctionWriter(const NodeProto& node, int opset)
    : m_node(node)
{
    m_expansion.call = node;
    m_expansion.call.clear_attribute();
    m_expansion.function.set_name(node.op_type());
    m_expansion.function.set_domain(node.domain());
    if (opset > 0) {
        auto* entry = m_expansion.function.add_opset_import();
        entry->set_domain("");
        entry->set_version(opset);
    }
    NodeWriter writer = nodes();
    for (const std::string& input : node.input())
        m_expansion.function.add_input(input.empty() || m_taken.count(input) ? writer.fresh("input")
                                                                             : writer.fresh(input));
    for (const std::string& output : node.output())
        m_expansion.function.add_output(writer.fresh(output.empty() ? "unused" : output));
}

void FunctionWriter::take(const GraphProto& graph)
{
    for (const std::string& name : capturedBy(graph)) {
        const auto& inputs = m_expansion.function.input();
        if (std::find(inputs.begin(), inputs.end(), name) != inputs.end())
            continue;
        m_expansion.function.add_input(name);
        m_expansion.call.add_input(name);
    }
    collectNames(graph, m_taken);
}

std::string FunctionWriter::input(int i) const
{
    return i < m_node.input_size() && !m_node.input(i).empty() ? m_expansion.function.input(i) : std::string();
}

Result<std::optional<Expansion>> expansionOf(const NodeProto& node, const Place& place)
{
    using Expand = Result<Expansion> (*)(const NodeProto&, const Place&);
    static const std::map<std::pair<std::string, std::string>, Expand> known{
        {{"", "Scan"}, expandScan},
        {{"", "StringNormalizer"}, expandStopWords},
        {{"", "TfIdfVectorizer"}, expandTfIdf},
        {{"ai.onnx.preview", "FlexAttention"}, expandFlexAttention},
        {{"com.microsoft", "QLinearConcat"}, expandQLinearConcat},
        {{"ai.onnx.ml", "ArrayFeatureExtractor"}, expandFeatures},
        {{"ai.onnx.ml", "Binarizer"}, expandFeatures},
        {{"ai.onnx.ml", "CategoryMapper"}, expandFeatures},
        {{"ai.onnx.ml", "FeatureVectorizer"}, expandFeatures},
        {{"ai.onnx.ml", "Imputer"}, expandFeatures},
        {{"ai.onnx.ml", "LabelEncoder"}, expandFeatures},
        {{"ai.onnx.ml", "LinearClassifier"}, expandFeatures},
        {{"ai.onnx.ml", "LinearRegressor"}, expandFeatures},
        {{"ai.onnx.ml", "Normalizer"}, expandFeatures},
        {{"ai.onnx.ml", "OneHotEncoder"}, expandFeatures},
        {{"ai.onnx.ml", "SVMClassifier"}, expandFeatures},
        {{"ai.onnx.ml", "SVMRegressor"}, expandFeatures},
        {{"ai.onnx.ml", "Scaler"}, expandFeatures},
        {{"ai.onnx.ml", "TreeEnsemble"}, expandTrees},
        {{"ai.onnx.ml", "TreeEnsembleClassifier"}, expandTrees},
        {{"ai.onnx.ml", "TreeEnsembleRegressor"}, expandTrees},
        {{"ai.onnx.ml", "ZipMap"}, expandFeatures},
    };
    const std::string domain = node.domain() == "ai.onnx" ? "" : node.domain();
    const auto found = known.find({domain, node.op_type()});
    const bool isPlain = node.op_type() == "StringNormalizer" && wordsOf(node, "stopwords").empty();
    if (found == known.end() || isPlain)
        return std::optional<Expansion>();
    STRATA_TRY(Expansion expansion, found->second(node, place));
    return std::optional(std::move(expansion));
}

}  // namespace strata::onnx
