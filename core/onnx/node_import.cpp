// Nodes, their attributes and subgraphs, Constant nodes, and calls of the model's own functions.
#include "core/onnx/definition.h"
#include "core/onnx/expansions/expansion.h"
#include "core/onnx/fields.h"
#include "core/onnx/model_import.h"
#include "core/operators/infer.h"
#include "core/operators/rules.h"

#include <algorithm>
#include <cstring>

namespace strata::onnx {

namespace {

using ::onnx::AttributeProto;
using ::onnx::NodeProto;

constexpr int deepestInlining = 30;
constexpr std::int64_t mostNodes = 4'000'000;  // functions that call functions may expand without end
constexpr int nodesBetweenProgress = 512;

template<class T>
std::vector<T> listOf(const google::protobuf::RepeatedField<T>& list)
{
    return {list.begin(), list.end()};
}

std::vector<std::int64_t> integersOf(const AttributeProto& proto) { return {proto.ints().begin(), proto.ints().end()}; }

// Before version 2 of the format attributes do not say their type.
AttributeProto::AttributeType kindOf(const AttributeProto& proto)
{
    if (proto.type() != AttributeProto::UNDEFINED)
        return proto.type();
    if (proto.has_f())
        return AttributeProto::FLOAT;
    if (proto.has_i())
        return AttributeProto::INT;
    if (proto.has_s())
        return AttributeProto::STRING;
    if (proto.has_t())
        return AttributeProto::TENSOR;
    if (proto.has_g())
        return AttributeProto::GRAPH;
    if (proto.floats_size() > 0)
        return AttributeProto::FLOATS;
    if (proto.ints_size() > 0)
        return AttributeProto::INTS;
    return proto.strings_size() > 0 ? AttributeProto::STRINGS : AttributeProto::UNDEFINED;
}

template<class T>
Tensor tensorOf(DType dtype, const std::vector<std::int64_t>& shape, const T* values)
{
    Tensor tensor = makeTensor(dtype, shape);
    if (!tensor.bytes.empty())
        std::memcpy(tensor.bytes.data(), values, tensor.bytes.size());
    return tensor;
}

Tensor stringsTensor(const std::vector<std::int64_t>& shape, std::vector<std::string> strings)
{
    Tensor tensor = makeTensor(DType::String, shape);
    tensor.strings = std::move(strings);
    return tensor;
}

// The value of a Constant node's attribute that is no tensor.
std::optional<Tensor> valueOf(const AttributeProto& proto)
{
    const std::string& key = proto.name();
    const auto count = [](int size) { return std::vector<std::int64_t>{size}; };
    if (key == "value_float") {
        const float value = proto.f();
        return tensorOf(DType::F32, {}, &value);
    }
    if (key == "value_int") {
        const std::int64_t value = proto.i();
        return tensorOf(DType::I64, {}, &value);
    }
    if (key == "value_floats")
        return tensorOf(DType::F32, count(proto.floats_size()), proto.floats().data());
    if (key == "value_ints")
        return tensorOf(DType::I64, count(proto.ints_size()), integersOf(proto).data());
    if (key == "value_string")
        return stringsTensor({}, {proto.s()});
    if (key == "value_strings")
        return stringsTensor(count(proto.strings_size()), {proto.strings().begin(), proto.strings().end()});
    return std::nullopt;
}

// A value of another kind than the attribute says it is.
bool holdsAnother(const AttributeProto& proto)
{
    const std::pair<AttributeProto::AttributeType, bool> held[]{
        {AttributeProto::FLOAT, proto.has_f()},
        {AttributeProto::INT, proto.has_i()},
        {AttributeProto::STRING, proto.has_s()},
        {AttributeProto::TENSOR, proto.has_t()},
        {AttributeProto::GRAPH, proto.has_g()},
        {AttributeProto::FLOATS, proto.floats_size() > 0},
        {AttributeProto::INTS, proto.ints_size() > 0},
        {AttributeProto::STRINGS, proto.strings_size() > 0},
        {AttributeProto::TENSORS, proto.tensors_size() > 0},
    };
    return std::any_of(std::begin(held), std::end(held),
                       [&](const auto& one) { return one.second && one.first != kindOf(proto); });
}

// What is said of an attribute that Strata does not hold.
std::string heldNot(const AttributeProto& attribute)
{
    return kindOf(attribute) == AttributeProto::TENSOR
               ? "a tensor of " + typeNameOf(attribute.t().data_type()) + ", which Strata does not have."
               : "which is of a kind that Strata does not have.";
}

}  // namespace

std::string ModelImport::nodeName(const NodeProto& proto, Frame& frame)
{
    const std::string base = proto.name().empty()
                                 ? proto.op_type() + "_" + std::to_string(frame.target->body.nodes.size())
                                 : proto.name();
    return unique(frame.prefix + base, frame.target->nodeNames);
}

Status ModelImport::nodes(const Nodes& list, Frame& frame)
{
    int done = 0;
    for (const NodeProto& proto : list) {
        STRATA_CHECK(node(proto, frame));
        if (++done % nodesBetweenProgress != 0)
            continue;
        STRATA_CHECK(checkStopped());
        if (m_options.progress && !frame.outer && frame.inlineDepth == 0)
            m_options.progress("reading nodes", double(done) / list.size());
    }
    return {};
}

Status ModelImport::node(const NodeProto& proto, Frame& frame)
{
    const std::size_t from = frame.target->body.nodes.size();
    STRATA_CHECK(read(proto, frame));
    note(proto, from, frame);
    return {};
}

// What the file says of a node holds for all that it becomes; what it says of one in a function's body goes first.
void ModelImport::note(const NodeProto& proto, std::size_t from, const Frame& frame)
{
    std::vector<std::string> warnings;
    Notes found = notesOf(proto, warnings);
    for (std::string& warning : warnings)
        warn(std::move(warning));
    if (found.empty())
        return;
    const auto notes = std::make_shared<const Notes>(std::move(found));
    const auto& nodes = frame.target->body.nodes;
    for (std::size_t i = from; i < nodes.size(); ++i)
        m_imported.nodeNotes[frame.target->function->name].try_emplace(nodes[i]->name, notes);
}

Status ModelImport::read(const NodeProto& proto, Frame& frame)
{
    if (++m_nodeCount > mostNodes)
        return refused(say("The model expands to more than {} nodes.", mostNodes));
    if (proto.op_type().empty())
        return refused(say("The node '{}' of {} names no operator.", proto.name(), frame.target->title));
    const auto function = m_functions.find({domainOf(proto.domain()), proto.op_type(), overloadOf(proto)});
    if (function != m_functions.end())
        return inlineFunction(proto, *function->second, nodeName(proto, frame), nullptr, frame);
    if (proto.op_type() == "Constant" && domainOf(proto.domain()).empty()) {
        STRATA_TRY(const bool done, constantNode(proto, frame));
        if (done)
            return {};
    }
    if (domainOf(proto.domain()).empty()) {
        STRATA_TRY(const bool done, listNode(proto, frame));
        if (done)
            return {};
    }
    STRATA_TRY(const bool defined, definedNode(proto, frame));
    if (defined)
        return {};
    STRATA_TRY(const bool expanded, expandedNode(proto, frame));
    return expanded ? Status() : operatorNode(proto, nodeName(proto, frame), frame);
}

// false: nothing defines the operator, or Strata has it, and nobody gave another definition. In its own definition it
// is the one that Strata has.
Result<bool> ModelImport::definedNode(const NodeProto& proto, Frame& frame)
{
    const std::shared_ptr<const Definition> definition = m_definitions->find(domainOf(proto.domain()), proto.op_type());
    GraphNode node;
    node.op = proto.op_type();
    node.domain = domainOf(proto.domain());
    if (!definition || (findOperator(node) && (!definition->given || m_unfolding.count(definition.get()))))
        return false;
    const std::string name = nodeName(proto, frame);
    NodeProto resolved = proto;
    resolved.clear_attribute();
    for (const AttributeProto& attribute : proto.attribute())
        if (attribute.ref_attr_name().empty())
            *resolved.add_attribute() = attribute;
        else if (frame.given && frame.given->count(attribute.ref_attr_name()))
            return refused(
                say("The node '{}' hands on the attribute {} of a model function, which no definition takes.", name,
                    attribute.ref_attr_name()));
    const RankOf rank = [&](int i) -> std::optional<std::size_t> {
        const bool given = i < resolved.input_size() && !resolved.input(i).empty();
        const ValueType type = given ? typeOf(resolved.input(i), frame) : unknownType();
        return type.kind == ValueType::Kind::Tensor && type.tensor.ranked ? std::optional(type.tensor.shape.size())
                                                                          : std::nullopt;
    };
    STRATA_TRY(const ::onnx::FunctionProto function, expanded(*definition, resolved, name, rank));
    m_imported.defined.emplace((node.domain.empty() ? "" : node.domain + ".") + node.op,
                               definition->file + ", line " + std::to_string(definition->line));
    resolved.clear_attribute();
    const bool outermost = m_unfolding.insert(definition.get()).second;
    Status inlined = inlineFunction(resolved, function, name, nullptr, frame);
    if (outermost)
        m_unfolding.erase(definition.get());
    STRATA_CHECK(std::move(inlined));
    return true;
}

// false: the operator is none that is read as others.
Result<bool> ModelImport::expandedNode(const NodeProto& proto, Frame& frame)
{
    GraphNode node;
    node.name = proto.name().empty() ? proto.op_type() : proto.name();
    node.domain = domainOf(proto.domain());
    const auto type = [&](int i) {
        return i < proto.input_size() && !proto.input(i).empty() ? typeOf(proto.input(i), frame) : unknownType();
    };
    const Place place{node.name, versionOf(node, frame), type};
    STRATA_TRY(const std::optional<Expansion> expansion, expansionOf(proto, place));
    if (!expansion)
        return false;
    STRATA_CHECK(inlineFunction(expansion->call, expansion->function, nodeName(proto, frame), frame.given, frame));
    return true;
}

// The function as far as it is read.
Function ModelImport::soFar(const Frame& frame) const
{
    Function before = *frame.target->function;
    for (const Capture& capture : frame.target->captures)
        before.params.push_back(capture.param);
    before.body = frame.target->body;
    return before;
}

// Of a constant, or of what follows from constants and shapes.
std::optional<Tensor> ModelImport::knownValue(const std::string& value, Frame& frame)
{
    const Result<Operand> place = operand(value, "a node", frame);
    if (!place || place->kind == Operand::Kind::None)
        return std::nullopt;
    if (place->kind == Operand::Kind::Constant) {
        Result<Tensor> tensor = strata::toTensor(*m_module.constants.at(place->name));
        return tensor ? std::optional(std::move(*tensor)) : std::nullopt;
    }
    const Result<InferredTypes> inferred = inferFunction(m_module, soFar(frame));
    if (!inferred)
        return std::nullopt;
    const auto known = inferred->known.find(place->name);
    return known == inferred->known.end() ? std::nullopt : std::optional(known->second);
}

// As the file declares it, or as it follows from the nodes before.
ValueType ModelImport::typeOf(const std::string& value, Frame& frame)
{
    const Result<Operand> place = operand(value, "a node", frame);
    if (!place || place->kind == Operand::Kind::None)
        return unknownType();
    if (place->kind == Operand::Kind::Constant)
        return {ValueType::Kind::Tensor, m_module.constants.at(place->name)->type()};
    if (const auto declared = frame.types.find(value); declared != frame.types.end()
                                                       && declared->second.kind != ValueType::Kind::Unknown
                                                       && declared->second.tensor.ranked)
        return declared->second;
    const Function before = soFar(frame);
    const Result<InferredTypes> inferred = inferFunction(m_module, before);
    if (!inferred)
        return unknownType();
    const Function& typed = inferred->function ? *inferred->function : before;
    for (const TypedName& param : typed.params)
        if (param.name == place->name)
            return param.type;
    for (const GraphNodePtr& node : typed.graph()->nodes)
        for (const TypedName& output : node->outputs)
            if (output.name == place->name)
                return output.type;
    return unknownType();
}

// false: the value is of a kind that Strata does not hold, and the node stays.
Result<bool> ModelImport::constantNode(const NodeProto& proto, Frame& frame)
{
    if (proto.output_size() != 1 || proto.attribute_size() != 1)
        return false;
    const AttributeProto& value = proto.attribute(0);
    ConstantPtr constant;
    if (value.name() == "value" && value.ref_attr_name().empty()) {
        if (!dtypeOf(value.t().data_type()))
            return false;
        STRATA_TRY(constant, toConstant(value.t(), m_storage));
    } else if (auto tensor = value.ref_attr_name().empty() ? valueOf(value) : std::nullopt) {
        STRATA_TRY(constant, strata::toConstant(std::move(*tensor)));
    } else {
        return false;
    }
    STRATA_CHECK(alias(proto.output(0),
                       Operand::constant(addConstant(frame.prefix + proto.output(0), std::move(constant))), frame));
    return true;
}

// The version that the body's operator set has; what it leaves out, the model's.
int ModelImport::versionOf(const GraphNode& node, const Frame& frame)
{
    for (const auto* opsets : {frame.opsets, static_cast<const std::map<std::string, int>*>(&m_imported.opsets)})
        if (const auto found = opsets->find(node.domain); found != opsets->end())
            return found->second;
    if (m_domainsSaid.insert(node.domain).second)
        warn("The node '" + node.name + "' is of the domain " + node.domain
             + ", of which the model names no version: it is taken for the first.");
    return 1;
}

Status ModelImport::operatorNode(const NodeProto& proto, const std::string& name, Frame& frame)
{
    GraphNode node;
    node.name = name;
    node.op = proto.op_type();
    node.domain = domainOf(proto.domain());
    node.version = versionOf(node, frame);
    for (const std::string& input : proto.input()) {
        STRATA_TRY(Operand value, operand(input, "node '" + name + "'", frame));
        node.inputs.push_back(std::move(value));
    }
    STRATA_CHECK(attributes(proto, node, frame));
    STRATA_TRY(const auto graphs, subgraphs(proto, node, frame));
    STRATA_CHECK(defineOutputs(proto, node, graphs, frame));
    frame.target->body.nodes.push_back(std::make_shared<const GraphNode>(std::move(node)));
    return {};
}

// Nullopt: of a kind or element type that Strata does not hold.
Result<std::optional<Attribute>> ModelImport::attribute(const AttributeProto& proto)
{
    switch (kindOf(proto)) {
    case AttributeProto::FLOAT: return std::optional<Attribute>(proto.f());
    case AttributeProto::INT: return std::optional<Attribute>(std::int64_t(proto.i()));
    case AttributeProto::STRING: return std::optional<Attribute>(proto.s());
    case AttributeProto::FLOATS: return std::optional<Attribute>(listOf(proto.floats()));
    case AttributeProto::INTS: return std::optional<Attribute>(integersOf(proto));
    case AttributeProto::STRINGS:
        return std::optional<Attribute>(std::vector<std::string>(proto.strings().begin(), proto.strings().end()));
    case AttributeProto::TENSOR: break;
    default: return std::optional<Attribute>();
    }
    if (!dtypeOf(proto.t().data_type()))
        return std::optional<Attribute>();
    STRATA_TRY(ConstantPtr constant, toConstant(proto.t(), m_storage));
    return std::optional<Attribute>(std::move(constant));
}

// A node without one of its attributes would mean something else: nothing runs it.
void ModelImport::makeUnsupported(GraphNode& node, const std::string& why)
{
    node.domain = unsupportedDomain;
    node.attributes["unsupported"] = why;
    warn("The node '" + node.name + "' (" + node.op + ") " + why + " It is opaque.");
}

Status ModelImport::attributes(const NodeProto& proto, GraphNode& node, Frame& frame)
{
    NameSet seen;
    for (const AttributeProto& attribute : proto.attribute()) {
        if (!seen.insert(attribute.name()).second)
            return refused(say("The node '{}' has the attribute {} twice.", node.name, attribute.name()));
        if (holdsAnother(attribute))
            return refused(say("The node '{}' has the attribute {}, whose value is of another kind than it says.",
                               node.name, attribute.name()));
        if (!attribute.ref_attr_name().empty()) {  // an attribute of the model function whose body this is
            const auto given = frame.given ? frame.given->find(attribute.ref_attr_name())
                                           : Attributes::const_iterator();
            if (frame.given && given != frame.given->end())
                node.attributes[attribute.name()] = given->second;
            continue;
        }
        if (kindOf(attribute) == AttributeProto::GRAPH)
            continue;  // becomes a function, see subgraphs
        STRATA_TRY(std::optional<Attribute> value, this->attribute(attribute));
        if (value)
            node.attributes[attribute.name()] = std::move(*value);
        else
            makeUnsupported(node, "has the attribute " + attribute.name() + ", " + heldNot(attribute));
    }
    return {};
}

// What the node hands to its graphs and takes from them. (Of other operators with graphs Strata does not know it.)
Status ModelImport::checkGraphs(const GraphNode& node, int outputs, const std::vector<std::shared_ptr<Target>>& graphs)
{
    const bool isLoop = node.op == "Loop", isIf = node.op == "If";
    if (!node.domain.empty() || (!isLoop && !isIf))
        return {};
    // A loop's body gets the iteration, the condition and what is carried; it gives the condition, and what the node
    // gives.
    const std::size_t takes = isIf ? 0 : std::max<std::size_t>(2, node.inputs.size());
    const std::size_t gives = std::size_t(outputs) + (isLoop ? 1 : 0);
    for (const auto& graph : graphs) {
        const std::size_t params = graph->function->params.size(), results = graph->outputs.size();
        if (params != takes || results != gives)
            return refused(say("{} has {} inputs and {} outputs, where {} needs {} and {}.", sentence(graph->title),
                               params, results, node.op, takes, gives));
    }
    return {};
}

// Subgraphs become functions. Their captures become parameters after their own, the same for all subgraphs of a node,
// and inputs of the node after its own; the attribute `captures` counts them.
Result<std::vector<std::shared_ptr<ModelImport::Target>>> ModelImport::subgraphs(const NodeProto& proto,
                                                                                 GraphNode& node, Frame& frame)
{
    std::vector<std::shared_ptr<Target>> targets;
    for (const AttributeProto& attribute : proto.attribute()) {
        if (kindOf(attribute) != AttributeProto::GRAPH)
            continue;
        const std::string name = unique(frame.target->function->name + "_" + node.name + "_" + attribute.name(),
                                        m_functionNames);
        std::string title = "the graph '" + attribute.name() + "' of node '" + node.name + "'";
        STRATA_TRY(std::shared_ptr<Target> target,
                   graph(attribute.g(), name, std::move(title), &frame, frame.subgraphDepth + 1));
        node.attributes[attribute.name()] = FunctionRef{name};
        targets.push_back(std::move(target));
    }
    if (targets.empty())
        return targets;
    STRATA_CHECK(checkGraphs(node, proto.output_size(), targets));
    std::map<std::string, ValueType> captured;
    for (const auto& target : targets)
        for (const Capture& capture : target->captures)
            captured.emplace(capture.name, capture.param.type);
    for (const auto& [name, type] : captured) {
        STRATA_TRY(Operand value, operand(name, "node '" + node.name + "'", frame));
        node.inputs.push_back(std::move(value));
        for (const auto& target : targets) {
            std::string local;
            for (const Capture& capture : target->captures)
                if (capture.name == name)
                    local = capture.param.name;
            if (local.empty())
                local = unique(name, target->valueNames);
            target->function->params.push_back({std::move(local), type});
        }
    }
    node.attributes["captures"] = std::int64_t(captured.size());
    for (const auto& target : targets) {
        target->function->body = std::move(target->body);
        m_module.functions.push_back(target->function);
    }
    return targets;
}

// The attributes that a call of a model function gives, and the defaults of those that it does not.
Status ModelImport::callerAttributes(const NodeProto& proto, const ::onnx::FunctionProto& function, GraphNode& caller,
                                     Frame& frame)
{
    STRATA_CHECK(attributes(proto, caller, frame));
    STRATA_TRY(const auto defaults, defaultsOf(function));
    NameSet known{function.attribute().begin(), function.attribute().end()};
    for (const AttributeProto& one : defaults) {
        known.insert(one.name());
        if (caller.attributes.count(one.name()))
            continue;
        STRATA_TRY(std::optional<Attribute> value, attribute(one));
        if (!value)
            return refused(
                say("The model function {} has the attribute {}, {}", function.name(), one.name(), heldNot(one)));
        caller.attributes[one.name()] = std::move(*value);
    }
    for (const AttributeProto& given : proto.attribute()) {
        if (kindOf(given) == AttributeProto::GRAPH || caller.domain == unsupportedDomain)
            return refused(say("The node '{}' hands the attribute {} to the model function {}, which Strata cannot "
                               "hold.",
                               caller.name, given.name(), function.name()));
        if (!known.count(given.name()))
            return refused(say("The node '{}' has an attribute {}, which the model function {} does not know.",
                               caller.name, given.name(), function.name()));
    }
    return {};
}

Status ModelImport::inlineFunction(const NodeProto& proto, const ::onnx::FunctionProto& function,
                                   const std::string& name, const Attributes* given, Frame& frame)
{
    if (frame.inlineDepth >= deepestInlining)
        return refused(say("The function {} is called more than {} levels deep.", function.name(), deepestInlining));
    if (proto.input_size() > function.input_size() || proto.output_size() > function.output_size())
        return refused(say("The node '{}' has {} inputs and {} outputs; the model function {} has {} and {}.", name,
                           proto.input_size(), proto.output_size(), function.name(), function.input_size(),
                           function.output_size()));
    GraphNode caller;
    caller.name = name;
    STRATA_CHECK(callerAttributes(proto, function, caller, frame));
    STRATA_TRY(const auto opsets, opsetsOf(function.opset_import(), "The model function " + function.name()));
    Frame inner{.target = frame.target, .opsets = opsets.empty() ? frame.opsets : &opsets, .prefix = name + "/"};
    inner.given = given ? given : &caller.attributes;
    inner.subgraphDepth = frame.subgraphDepth;
    inner.inlineDepth = frame.inlineDepth + 1;
    for (int i = 0; i < function.input_size(); ++i) {
        if (const List* list = i < proto.input_size() ? findList(proto.input(i), frame) : nullptr) {
            STRATA_CHECK(copyList(*list, frame, function.input(i), inner));
            continue;
        }
        STRATA_TRY(Operand value,
                   operand(i < proto.input_size() ? proto.input(i) : std::string(), "node '" + name + "'", frame));
        STRATA_CHECK(alias(function.input(i), std::move(value), inner));
    }
    for (int i = 0; i < function.output_size() && i < proto.output_size(); ++i)
        if (!proto.output(i).empty()) {
            const auto outer = frame.results.find(proto.output(i));
            inner.results.emplace(function.output(i),
                                  outer != frame.results.end() ? outer->second : frame.prefix + proto.output(i));
        }
    STRATA_CHECK(nodes(function.node(), inner));
    for (int i = 0; i < proto.output_size() && i < function.output_size(); ++i) {
        if (proto.output(i).empty())
            continue;
        if (const List* list = findList(function.output(i), inner)) {
            STRATA_CHECK(copyList(*list, inner, proto.output(i), frame));
            continue;
        }
        STRATA_TRY(Operand value,
                   operand(function.output(i), "an output of the model function " + function.name(), inner));
        STRATA_CHECK(alias(proto.output(i), std::move(value), frame));
    }
    return {};
}

}  // namespace strata::onnx
