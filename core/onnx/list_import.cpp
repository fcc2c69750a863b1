// Sequences and optionals. A function of Strata takes and gives tensors, so a list is what it holds, and how many that
// is has to be known when a model is opened: what makes a list, takes from it or hands it on leaves no node behind. A
// loop that carries a list is written out, iteration by iteration; of an If both branches have to give as many tensors.
#include "core/onnx/expansions/expansion.h"
#include "core/onnx/model_import.h"
#include "core/operators/rules.h"

#include <algorithm>
#include <utility>

namespace strata::onnx {

namespace {

using ::onnx::NodeProto;

constexpr std::int64_t mostIterations = 256;  // of a loop that is written out
constexpr std::int64_t mostElements = 4096;   // of a list

Error nodeError(const NodeProto& proto, const std::string& message, const std::string& hint = {})
{
    return refused(say("The node '{}' ({}) {}", proto.name(), proto.op_type(), message), {}, hint);
}

bool has(const NodeProto& proto, int input) { return input < proto.input_size() && !proto.input(input).empty(); }

}  // namespace

// Or of an input of the model, as it is given.
std::optional<Tensor> ModelImport::knownOrGiven(const std::string& value, Frame& frame)
{
    if (std::optional<Tensor> known = knownValue(value, frame))
        return known;
    const Result<Operand> place = operand(value, "a node", frame);
    const std::vector<TypedName>& params = frame.target->function->params;
    const auto given = place ? m_options.values.find(place->name) : m_options.values.end();
    const bool isInput = given != m_options.values.end() && place->kind == Operand::Kind::Value
                         && frame.target->function->name == m_module.entry
                         && std::any_of(params.begin(), params.end(), [&](const TypedName& param) {
                                return param.name == place->name && param.type.tensor.dtype == given->second.type.dtype;
                            });
    if (!isInput)
        return std::nullopt;
    m_expected.insert(given->first);
    return given->second;
}

// What comes out first waits for each such input to be looked at.
void ModelImport::expectGiven(Target& target)
{
    for (const std::string& input : m_expected) {
        const Tensor& value = m_options.values.at(input);
        GraphNode node;
        node.name = unique(input + "_as_given", target.nodeNames);
        node.op = "Expect";
        node.domain = "strata";
        node.inputs = {target.body.returns[0], Operand::value(input)};
        std::vector<std::int64_t> elements;
        for (std::int64_t i = 0; i < value.count(); ++i)
            elements.push_back(value.integerAt(i));
        node.attributes["value"] = std::move(elements);
        node.outputs = {{unique(node.name, target.valueNames), unknownType()}};
        target.body.returns[0] = Operand::value(node.outputs[0].name);
        target.body.nodes.push_back(std::make_shared<const GraphNode>(std::move(node)));
    }
}

// Of what may be right, and is not known when the model is opened: the node becomes opaque.
Error ModelImport::notKnown(const NodeProto& proto, const std::string& message)
{
    m_notKnown = message;
    return nodeError(proto, message);
}

const ModelImport::List* ModelImport::findList(const std::string& name, const Frame& frame) const
{
    if (const auto found = frame.lists.find(name); found != frame.lists.end())
        return &found->second;
    return frame.outer && !frame.names.count(name) ? findList(name, *frame.outer) : nullptr;
}

Status ModelImport::defineList(const std::string& name, List list, Frame& frame)
{
    if (name.empty())
        return {};
    if (list.elements.size() > std::size_t(mostElements))
        return refused(say("The sequence {} holds {} tensors; Strata holds {} at most.", name, list.elements.size(),
                           mostElements));
    if (!frame.defined.insert(name).second)
        return refused(say("The value '{}' of {} is defined twice.", name, frame.target->title));
    frame.lists[name] = std::move(list);
    return {};
}

// Another name for a value or list of the same graph.
Status ModelImport::passOn(const std::string& from, const std::string& to, Frame& frame)
{
    if (to.empty())
        return {};
    if (const List* list = findList(from, frame))
        return defineList(to, List(*list), frame);
    STRATA_TRY(Operand value, operand(from, "a node", frame));
    return alias(to, std::move(value), frame);
}

// A list of one frame in another: its elements get names there.
Status ModelImport::copyList(const List& list, Frame& from, const std::string& to, Frame& frame)
{
    List copy = list;
    for (std::size_t i = 0; i < copy.elements.size(); ++i) {
        STRATA_TRY(Operand value, operand(list.elements[i], "a list", from));
        copy.elements[i] = elementName(to, i, frame);
        STRATA_CHECK(alias(copy.elements[i], std::move(value), frame));
    }
    return defineList(to, std::move(copy), frame);
}

std::string ModelImport::elementName(const std::string& list, std::size_t i, const Frame& frame)
{
    std::string name = list + "_" + std::to_string(i);
    for (int k = 1; frame.defined.count(name) || !m_listNames.insert(name).second; ++k)
        name = list + "_" + std::to_string(i) + "_" + std::to_string(k);
    return name;
}

Status ModelImport::listParam(const ::onnx::ValueInfoProto& input, const ListOf& given, Frame& frame)
{
    List list{given.isOptional, given.isSequence, given.isThere, {}};
    for (std::size_t i = 0; i < given.tensors.size(); ++i) {
        list.elements.push_back(elementName(input.name(), i, frame));
        STRATA_TRY(std::string name, define(list.elements.back(), frame));
        frame.target->function->params.push_back({std::move(name), {ValueType::Kind::Tensor, given.tensors[i]}});
    }
    return defineList(input.name(), std::move(list), frame);
}

Status ModelImport::write(const Nodes& nodes, Frame& frame)
{
    for (const NodeProto& one : nodes)
        STRATA_CHECK(node(one, frame));
    return {};
}

// A place in a list that the node says by an input, if it is known; negative ones count from the end.
Result<std::int64_t> ModelImport::knownPlace(const NodeProto& proto, int input, std::int64_t otherwise,
                                             std::int64_t size, bool behind, Frame& frame)
{
    if (!has(proto, input))
        return otherwise;
    const std::optional<Tensor> value = knownOrGiven(proto.input(input), frame);
    if (!value || value->count() != 1 || isFloat(value->type.dtype))
        return notKnown(proto, "takes a place in a sequence that is known only when the model runs.");
    const std::int64_t said = value->integerAt(0), place = said < 0 ? said + size : said;
    if (place < 0 || place >= size + (behind ? 1 : 0))
        return nodeError(proto, "takes the place " + std::to_string(said) + " in a sequence of " + std::to_string(size)
                                    + " tensors.");
    return place;
}

// false: the node neither makes a list nor takes one that is known.
Result<bool> ModelImport::listNode(const NodeProto& proto, Frame& frame)
{
    using Read = Status (ModelImport::*)(const NodeProto&, Frame&);
    static const std::map<std::string, Read> known{
        {"SequenceConstruct", &ModelImport::editList},
        {"SequenceEmpty", &ModelImport::editList},
        {"SequenceInsert", &ModelImport::editList},
        {"SequenceErase", &ModelImport::editList},
        {"SequenceAt", &ModelImport::editList},
        {"SequenceLength", &ModelImport::editList},
        {"SplitToSequence", &ModelImport::splitToSequence},
        {"ConcatFromSequence", &ModelImport::concatFromSequence},
        {"SequenceMap", &ModelImport::sequenceMap},
        {"Optional", &ModelImport::optionalNode},
        {"OptionalHasElement", &ModelImport::optionalNode},
        {"OptionalGetElement", &ModelImport::optionalNode},
    };
    const auto takesList = [&](int first) {
        for (int i = first; i < proto.input_size(); ++i)
            if (findList(proto.input(i), frame))
                return true;
        return false;
    };
    if (proto.op_type() == "Identity" && proto.output_size() == 1 && takesList(0)) {
        STRATA_CHECK(passOn(proto.input(0), proto.output(0), frame));
        return true;
    }
    if (proto.op_type() == "Loop" && takesList(2))
        return readList(proto, unrolledLoop(proto, frame), frame);
    const auto isAboutLists = [&](const char* branch) {
        const auto* attribute = findAttribute(proto, branch);
        if (!attribute)
            return false;
        const auto& nodes = attribute->g().node();
        const Names captured = capturedBy(attribute->g());
        return std::any_of(nodes.begin(), nodes.end(),
                           [&](const NodeProto& one) { return known.count(one.op_type()) != 0; })
               || std::any_of(captured.begin(), captured.end(),
                              [&](const std::string& name) { return findList(name, frame); });
    };
    if (proto.op_type() == "If" && proto.output_size() > 0 && has(proto, 0)
        && (isAboutLists("then_branch") || isAboutLists("else_branch")))
        if (const std::optional<Tensor> condition = knownOrGiven(proto.input(0), frame);
            condition && condition->count() == 1) {
            STRATA_CHECK(knownIf(proto, condition->at(0) != 0, frame));
            return true;
        }
    const auto read = known.find(proto.op_type());
    if (read == known.end() || proto.output_size() == 0)
        return false;
    const bool needsList = read->first.rfind("Sequence", 0) == 0 && read->first != "SequenceConstruct"
                           && read->first != "SequenceEmpty";
    if ((needsList || read->first == "ConcatFromSequence")
        && (proto.input_size() == 0 || !findList(proto.input(0), frame)))
        return readList(
            proto,
            notKnown(
                proto,
                "takes a sequence, and how many tensors that holds is not known: test data beside the model say it."),
            frame);
    return readList(proto, (this->*read->second)(proto, frame), frame);
}

// What became of a node; where it rests on what is not known, it is opaque.
Result<bool> ModelImport::readList(const NodeProto& proto, const Status& status, Frame& frame)
{
    if (status)
        return true;
    if (m_notKnown.empty())
        return status.error();
    GraphNode node;
    node.name = nodeName(proto, frame);
    node.op = proto.op_type();
    node.version = versionOf(node, frame);
    for (const std::string& input : proto.input()) {
        const List* const found = findList(input, frame);
        for (const std::string& element : found ? List(*found).elements : Names{input}) {
            STRATA_TRY(Operand value, operand(element, "node '" + node.name + "'", frame));
            node.inputs.push_back(std::move(value));
        }
    }
    for (const std::string& output : proto.output()) {
        std::string value;
        if (!output.empty()) {
            STRATA_TRY(value, define(output, frame));
        }
        node.outputs.push_back({std::move(value), unknownType()});
    }
    makeUnsupported(node, std::exchange(m_notKnown, {}));
    frame.target->body.nodes.push_back(std::make_shared<const GraphNode>(std::move(node)));
    return true;
}

Status ModelImport::editList(const NodeProto& proto, Frame& frame)
{
    const std::string& op = proto.op_type();
    List list;
    if (op == "SequenceConstruct") {
        for (const std::string& input : proto.input()) {
            STRATA_TRY([[maybe_unused]] const Operand value, operand(input, "node '" + proto.name() + "'", frame));
            list.elements.push_back(input);
        }
        return defineList(proto.output(0), std::move(list), frame);
    }
    if (op == "SequenceEmpty")
        return defineList(proto.output(0), {}, frame);
    list = *findList(proto.input(0), frame);
    const auto size = std::int64_t(list.elements.size());
    if (op == "SequenceLength") {
        Tensor length = makeTensor(DType::I64, {});
        length.setInteger(0, size);
        STRATA_TRY(ConstantPtr constant, strata::toConstant(std::move(length)));
        return alias(proto.output(0),
                     Operand::constant(addConstant(frame.prefix + proto.output(0), std::move(constant))), frame);
    }
    if (op == "SequenceInsert") {
        STRATA_TRY(const std::int64_t place, knownPlace(proto, 2, size, size, true, frame));
        if (!has(proto, 1))
            return nodeError(proto, "has no tensor to insert.");
        STRATA_TRY([[maybe_unused]] const Operand value, operand(proto.input(1), "node '" + proto.name() + "'", frame));
        list.elements.insert(list.elements.begin() + place, proto.input(1));
        return defineList(proto.output(0), std::move(list), frame);
    }
    STRATA_TRY(const std::int64_t place, knownPlace(proto, 1, size - 1, size, false, frame));
    if (place < 0 || place >= size)
        return nodeError(proto, "takes the last tensor of a sequence that holds none.");
    if (op == "SequenceAt")
        return passOn(list.elements[std::size_t(place)], proto.output(0), frame);
    list.elements.erase(list.elements.begin() + place);
    return defineList(proto.output(0), std::move(list), frame);
}

// Pieces of one size, or of the sizes that the input says; without it of size 1, which may be left out.
Status ModelImport::splitToSequence(const NodeProto& proto, Frame& frame)
{
    const ValueType type = has(proto, 0) ? typeOf(proto.input(0), frame) : unknownType();
    const auto rank = std::int64_t(type.tensor.shape.size());
    std::int64_t axis = integerOf(proto, "axis", 0);
    axis += axis < 0 ? rank : 0;
    if (!type.tensor.ranked || axis < 0 || axis >= rank || !type.tensor.shape[std::size_t(axis)].isConstant())
        return notKnown(proto, "splits a tensor whose size is not known.");
    const std::int64_t size = type.tensor.shape[std::size_t(axis)].constant();
    std::vector<std::int64_t> sizes;
    std::int64_t step = 1;
    if (has(proto, 1)) {
        const std::optional<Tensor> split = knownOrGiven(proto.input(1), frame);
        if (!split || isFloat(split->type.dtype))
            return notKnown(proto, "splits into sizes that are known only when the model runs.");
        if (split->type.shape.empty())
            step = split->integerAt(0);
        for (std::int64_t i = 0; !split->type.shape.empty() && i < split->count(); ++i)
            sizes.push_back(split->integerAt(i));
    }
    if (step < 1 || size / step > mostElements)
        return nodeError(proto,
                         "splits " + std::to_string(size) + " elements into pieces of " + std::to_string(step) + ".");
    for (std::int64_t at = 0; sizes.empty() && at < size;)
        for (; at < size; at += step)
            sizes.push_back(std::min(step, size - at));
    const bool keeps = has(proto, 1) || integerOf(proto, "keepdims", 1) != 0;
    Nodes nodes;
    NodeWriter writer(nodes, m_listNames, proto.output(0) + "/");
    List list;
    std::int64_t begin = 0;
    for (const std::int64_t piece : sizes) {
        if (keeps)
            list.elements.push_back(writer.add("Slice", {proto.input(0), writer.integers({begin}),
                                                         writer.integers({begin + piece}), writer.integers({axis})}));
        else
            list.elements.push_back(
                writer.add("Gather", {proto.input(0), writer.integer(begin)}, {attributeOf("axis", axis)}));
        begin += piece;
    }
    if (begin != size || std::any_of(sizes.begin(), sizes.end(), [](std::int64_t piece) { return piece < 0; }))
        return nodeError(proto, "splits " + std::to_string(size) + " elements into pieces that are "
                                    + std::to_string(begin) + ".");
    STRATA_CHECK(write(nodes, frame));
    return defineList(proto.output(0), std::move(list), frame);
}

Status ModelImport::concatFromSequence(const NodeProto& proto, Frame& frame)
{
    const List list = *findList(proto.input(0), frame);
    if (list.elements.empty())
        return nodeError(proto, "joins a sequence that holds no tensor.");
    const std::int64_t axis = integerOf(proto, "axis", 0);
    const bool isNew = integerOf(proto, "new_axis", 0) != 0;
    Nodes nodes;
    NodeWriter writer(nodes, m_listNames, proto.output(0) + "/");
    Names parts = list.elements;
    for (std::string& part : parts)
        if (isNew && frame.opsets->count("") && frame.opsets->at("") >= 13)
            part = writer.add("Unsqueeze", {part, writer.integers({axis})});
        else if (isNew)
            part = writer.add("Unsqueeze", {part}, {attributeOf("axes", std::vector<std::int64_t>{axis})});
    writer.add("Concat", parts, {attributeOf("axis", axis)}, {proto.output(0)});
    return write(nodes, frame);
}

// The graph for each element; inputs that are no sequences are the same for all.
Status ModelImport::sequenceMap(const NodeProto& proto, Frame& frame)
{
    const auto* body = findAttribute(proto, "body");
    if (!body || body->g().input_size() != proto.input_size() || body->g().output_size() != proto.output_size())
        return nodeError(proto, "has another number of inputs or outputs than its graph.");
    const List first = *findList(proto.input(0), frame);
    std::vector<List> results(std::size_t(proto.output_size()));
    for (std::size_t i = 0; i < first.elements.size(); ++i) {
        Names inputs;
        for (const std::string& input : proto.input()) {
            const List* const list = findList(input, frame);
            if (list && list->elements.size() != first.elements.size())
                return nodeError(proto, "goes through sequences of different lengths.");
            inputs.push_back(list ? list->elements[i] : input);
        }
        Nodes nodes;
        NodeWriter writer(nodes, m_listNames, proto.output(0) + "/" + std::to_string(i) + "/");
        const Names outputs = writeGraph(writer, body->g(), inputs);
        STRATA_CHECK(write(nodes, frame));
        for (std::size_t o = 0; o < outputs.size(); ++o)
            results[o].elements.push_back(outputs[o]);
    }
    for (std::size_t o = 0; o < results.size(); ++o)
        STRATA_CHECK(defineList(proto.output(int(o)), std::move(results[o]), frame));
    return {};
}

Status ModelImport::optionalNode(const NodeProto& proto, Frame& frame)
{
    const std::string& op = proto.op_type();
    const List* const found = has(proto, 0) ? findList(proto.input(0), frame) : nullptr;
    if (op == "OptionalHasElement") {
        Tensor answer = makeTensor(DType::Bool, {});
        answer.setInteger(0, has(proto, 0) && (!found || found->isThere));
        STRATA_TRY(ConstantPtr constant, strata::toConstant(std::move(answer)));
        return alias(proto.output(0),
                     Operand::constant(addConstant(frame.prefix + proto.output(0), std::move(constant))), frame);
    }
    if (op == "Optional") {
        List list = found ? *found : List{true, false, has(proto, 0), {}};
        if (has(proto, 0) && !found) {
            STRATA_TRY([[maybe_unused]] const Operand value,
                       operand(proto.input(0), "node '" + proto.name() + "'", frame));
            list.elements = {proto.input(0)};
        }
        list.isOptional = true;
        return defineList(proto.output(0), std::move(list), frame);
    }
    if (!has(proto, 0) || (found && !found->isThere))
        return nodeError(proto, "takes what an optional holds that is empty.");
    if (!found || !found->isOptional)
        return passOn(proto.input(0), proto.output(0), frame);
    if (!found->isSequence)
        return passOn(std::string(found->elements.at(0)), proto.output(0), frame);
    List list = *found;
    list.isOptional = false;
    return defineList(proto.output(0), std::move(list), frame);
}

// As many times as the loop turns, which has to be known; rows are stacked.
Status ModelImport::unrolledLoop(const NodeProto& proto, Frame& frame)
{
    const auto* body = findAttribute(proto, "body");
    const int carried = proto.input_size() - 2;
    if (!body || body->g().input_size() != proto.input_size() || body->g().output_size() != proto.output_size() + 1
        || proto.output_size() < carried)
        return nodeError(proto, "has another number of inputs or outputs than its graph.");
    const std::string unknown = "carries a sequence, and how often it turns is known only when the model runs.";
    std::int64_t trips = mostIterations + 1;
    if (has(proto, 0)) {
        const std::optional<Tensor> value = knownOrGiven(proto.input(0), frame);
        if (!value || value->count() != 1)
            return notKnown(proto, unknown);
        trips = value->integerAt(0);
    }
    const auto holds = [&](const std::string& condition) -> Result<bool> {
        const std::optional<Tensor> value = knownOrGiven(condition, frame);
        if (!value || value->count() != 1)
            return notKnown(proto, unknown);
        return value->at(0) != 0;
    };
    bool goesOn = true;
    if (has(proto, 1)) {
        STRATA_TRY(goesOn, holds(proto.input(1)));
    }
    Names state(proto.input().begin() + 2, proto.input().end());
    std::vector<Names> rows(std::size_t(proto.output_size() - carried));
    for (std::int64_t i = 0; i < trips && goesOn; ++i) {
        if (i == mostIterations)
            return notKnown(proto,
                            "carries a sequence through more than " + std::to_string(mostIterations) + " iterations.");
        STRATA_CHECK(checkStopped());
        Nodes nodes;
        NodeWriter writer(nodes, m_listNames, proto.output(0) + "/" + std::to_string(i) + "/");
        ::onnx::TensorProto yes;
        yes.set_data_type(::onnx::TensorProto::BOOL);
        yes.add_int32_data(1);
        Names inputs{writer.integer(i), writer.constant(yes)};
        inputs.insert(inputs.end(), state.begin(), state.end());
        const Names outputs = writeGraph(writer, body->g(), inputs);
        STRATA_CHECK(write(nodes, frame));
        STRATA_TRY(goesOn, holds(outputs.at(0)));
        state.assign(outputs.begin() + 1, outputs.begin() + 1 + carried);
        for (std::size_t r = 0; r < rows.size(); ++r)
            rows[r].push_back(outputs[std::size_t(1 + carried) + r]);
    }
    for (int c = 0; c < carried; ++c)
        STRATA_CHECK(passOn(state[std::size_t(c)], proto.output(c), frame));
    for (std::size_t r = 0; r < rows.size(); ++r) {
        const std::string& output = proto.output(carried + int(r));
        if (output.empty())
            continue;
        NodeProto stack;
        stack.set_name(proto.name());
        stack.set_op_type("ConcatFromSequence");
        stack.add_input(elementName(output, 0, frame));
        stack.add_output(output);
        *stack.add_attribute() = attributeOf("axis", std::int64_t(0));
        *stack.add_attribute() = attributeOf("new_axis", std::int64_t(1));
        STRATA_CHECK(defineList(stack.input(0), {false, true, true, rows[r]}, frame));
        STRATA_CHECK(concatFromSequence(stack, frame));
    }
    return {};
}

// Outputs of a node whose graphs give lists are the elements of these.
Status ModelImport::defineOutputs(const NodeProto& proto, GraphNode& node,
                                  const std::vector<std::shared_ptr<Target>>& graphs, Frame& frame)
{
    const std::size_t skipped = node.op == "Loop" ? 1 : 0;  // the condition
    for (int i = 0; i < proto.output_size(); ++i) {
        const std::string& output = proto.output(i);
        const std::size_t place = std::size_t(i) + skipped;
        const std::optional<List> list = graphs.empty() || place >= graphs[0]->outputs.size()
                                             ? std::nullopt
                                             : graphs[0]->outputs[place];
        for (const auto& graph : graphs) {
            const std::optional<List> other = place < graph->outputs.size() ? graph->outputs[place] : std::nullopt;
            if (list.has_value() != other.has_value()
                || (list && (list->elements.size() != other->elements.size() || list->isThere != other->isThere)))
                return nodeError(proto,
                                 "gives sequences of different lengths by its branches, which Strata does not have.");
        }
        if (list && skipped > 0)
            return nodeError(proto, "gives a sequence that it does not begin with.");
        if (list) {
            List made = *list;
            for (std::size_t e = 0; e < made.elements.size(); ++e) {
                made.elements[e] = elementName(output, e, frame);
                STRATA_TRY(std::string value, define(made.elements[e], frame));
                node.outputs.push_back({std::move(value), unknownType()});
            }
            STRATA_CHECK(defineList(output, std::move(made), frame));
            continue;
        }
        if (output.empty()) {
            node.outputs.push_back({"", unknownType()});
            continue;
        }
        STRATA_TRY(std::string value, define(output, frame));
        const auto declared = frame.types.find(output);
        node.outputs.push_back({std::move(value), declared == frame.types.end() ? unknownType() : declared->second});
    }
    return {};
}

// An If whose condition is known, where lists are about: the nodes of its branch.
Status ModelImport::knownIf(const NodeProto& proto, bool condition, Frame& frame)
{
    const auto* branch = findAttribute(proto, condition ? "then_branch" : "else_branch");
    if (!branch || branch->g().output_size() != proto.output_size() || branch->g().input_size() != 0)
        return nodeError(proto, "has another number of inputs or outputs than its graph.");
    Nodes nodes;
    NodeWriter writer(nodes, m_listNames, proto.output(0) + "/");
    const Names outputs = writeGraph(writer, branch->g(), {});
    STRATA_CHECK(write(nodes, frame));
    for (std::size_t i = 0; i < outputs.size(); ++i)
        STRATA_CHECK(passOn(outputs[i], proto.output(int(i)), frame));
    return {};
}

}  // namespace strata::onnx
