// Scan as a Loop: its body takes the next element of each input along its axis, and what it gives is moved to its axis
// afterwards. Until opset 8 a Scan goes through a batch, too: a Loop around.
#include "core/onnx/expansions/expansion.h"

#include <algorithm>

namespace strata::onnx {

namespace {

using ::onnx::GraphProto;
using ::onnx::NodeProto;

constexpr int oneBatch = 9;  // the first opset without one

struct Form {
    GraphProto body;
    Names states, scanned;
    std::vector<std::int64_t> inputAxes, outputAxes;
    std::vector<bool> inputsReversed, outputsReversed;
};

void declare(google::protobuf::RepeatedPtrField<::onnx::ValueInfoProto>& list, const std::string& name,
             ::onnx::TensorProto::DataType type)
{
    auto& value = *list.Add();
    value.set_name(name);
    auto& tensor = *value.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type);
    (void)tensor.mutable_shape();
}

// What a Loop's graph has first: the number of the iteration and the condition, which it hands on.
struct Turn {
    std::string iteration;
    GraphProto graph;
};

Turn beginTurn(std::set<std::string>& taken)
{
    Turn turn;
    NodeWriter write(*turn.graph.mutable_node(), taken);
    turn.iteration = write.fresh("iteration");
    const std::string condition = write.fresh("condition");
    turn.graph.set_name("body");
    declare(*turn.graph.mutable_input(), turn.iteration, ::onnx::TensorProto::INT64);
    declare(*turn.graph.mutable_input(), condition, ::onnx::TensorProto::BOOL);
    declare(*turn.graph.mutable_output(), condition, ::onnx::TensorProto::BOOL);
    return turn;
}

std::string sizeOf(NodeWriter& write, const std::string& tensor, std::int64_t axis)
{
    return write.add("Gather", {write.add("Shape", {tensor}), write.integer(axis)});
}

// The scan's body with its inputs taken from what is scanned.
GraphProto loopBody(const Form& form, std::set<std::string>& taken)
{
    Turn turn = beginTurn(taken);
    GraphProto& graph = turn.graph;
    const int states = int(form.states.size());
    for (int i = 0; i < states; ++i)
        *graph.add_input() = form.body.input(i);
    *graph.mutable_initializer() = form.body.initializer();
    *graph.mutable_value_info() = form.body.value_info();
    NodeWriter write(*graph.mutable_node(), taken);
    for (std::size_t i = 0; i < form.scanned.size(); ++i) {
        std::string index = turn.iteration;
        if (form.inputsReversed[i])
            index = write.add("Sub",
                              {write.add("Sub", {sizeOf(write, form.scanned[i], form.inputAxes[i]), write.integer(1)}),
                               turn.iteration});
        write.add("Gather", {form.scanned[i], index}, {attributeOf("axis", form.inputAxes[i])},
                  {form.body.input(states + int(i)).name()});
    }
    for (const NodeProto& node : form.body.node())
        write.add(node);
    for (const auto& output : form.body.output())
        *graph.add_output() = output;
    return std::move(graph);
}

// Rows lie along the first axis; an equation moves it, for any number of axes.
std::string moved(NodeWriter& write, const std::string& rows, std::int64_t axis)
{
    std::string equation;
    const auto letters = [](std::int64_t count) {
        return std::string("bcdefghjklmnopqrstuvwxyz").substr(0, std::size_t(count));
    };
    if (axis > 0)
        equation = "a" + letters(axis) + "...->" + letters(axis) + "a...";
    else
        equation = "a..." + letters(-1 - axis) + "->...a" + letters(-1 - axis);
    return write.add("Einsum", {rows}, {attributeOf("equation", equation)});
}

std::string reversed(NodeWriter& write, const std::string& rows)
{
    return write.add(
        "Slice", {rows, write.integers({-1}), write.integers({INT64_MIN}), write.integers({0}), write.integers({-1})});
}

// The Loop, and what follows it; `outputs` as the node has them.
void writeScan(NodeWriter& write, const Form& form, const Names& outputs)
{
    const std::string trips = sizeOf(write, form.scanned[0], form.inputAxes[0]);
    Names inputs{trips, ""};
    inputs.insert(inputs.end(), form.states.begin(), form.states.end());
    Names loopOutputs(outputs.begin(), outputs.begin() + std::ptrdiff_t(form.states.size()));
    for (std::size_t i = 0; i < form.outputAxes.size(); ++i) {
        const bool asItIs = form.outputAxes[i] == 0 && !form.outputsReversed[i];
        loopOutputs.push_back(asItIs ? outputs[form.states.size() + i] : write.fresh("rows"));
    }
    write.add("Loop", inputs, {attributeOf("body", loopBody(form, write.taken()))}, loopOutputs);
    for (std::size_t i = 0; i < form.outputAxes.size(); ++i) {
        const std::string& output = outputs[form.states.size() + i];
        std::string rows = loopOutputs[form.states.size() + i];
        if (rows == output)
            continue;
        if (form.outputsReversed[i])
            rows = reversed(write, rows);
        if (form.outputAxes[i] != 0)
            rows = moved(write, rows, form.outputAxes[i]);
        write.add("Identity", {rows}, {}, {output});
    }
}

class Scan {
public:
    Scan(const NodeProto& node, const Place& place)
        : m_node(node)
        , m_place(place)
        , m_function(node, 0)
    {
    }

    Result<Expansion> run()
    {
        STRATA_CHECK(read());
        m_function.take(m_form.body);
        NodeWriter write = m_function.nodes();
        Names outputs;
        for (int i = 0; i < m_node.output_size(); ++i)
            outputs.push_back(m_function.output(i));
        if (m_place.opset < oneBatch)
            writeBatch(write, outputs);
        else
            writeScan(write, m_form, outputs);
        return m_function.finish();
    }

private:
    Status read()
    {
        const auto* body = findAttribute(m_node, "body");
        const std::int64_t scanned = integerOf(m_node, "num_scan_inputs", 0);
        const int first = m_place.opset < oneBatch ? 1 : 0, inputs = m_node.input_size() - first;
        if (!body || !body->has_g() || scanned < 1 || scanned > inputs)
            return refused(say("The node '{}' (Scan) goes along {} of its {} inputs.", m_place.name, scanned, inputs));
        if (first == 1 && !m_function.input(0).empty())
            return refused(
                say("The node '{}' (Scan) says how long each sequence is, which Strata does not have.", m_place.name));
        const int states = inputs - int(scanned), rows = m_node.output_size() - states;
        m_form.body = body->g();
        if (m_form.body.input_size() != inputs || rows < 0 || m_form.body.output_size() != m_node.output_size())
            return refused(say("The graph {} of the node '{}' has {} inputs and {} outputs, where {} needs {} and {}.",
                               "body", m_place.name, m_form.body.input_size(), m_form.body.output_size(), "Scan",
                               inputs, m_node.output_size()));
        for (int i = 0; i < inputs; ++i) {
            if (m_function.input(first + i).empty())
                return refused(
                    say("The node '{}' ({}) leaves out one of its {} inputs.", m_place.name, "Scan", inputs));
            (i < states ? m_form.states : m_form.scanned).push_back(m_function.input(first + i));
        }
        m_form.inputAxes = settings("scan_input_axes", std::size_t(scanned));
        m_form.outputAxes = settings("scan_output_axes", std::size_t(rows));
        m_form.inputsReversed = flags(first == 1 ? "directions" : "scan_input_directions", std::size_t(scanned));
        m_form.outputsReversed = flags("scan_output_directions", std::size_t(rows));
        return checkForm();
    }

    Status checkForm() const
    {
        if (m_form.inputAxes.size() != m_form.scanned.size() || m_form.inputsReversed.size() != m_form.scanned.size()
            || m_form.outputsReversed.size() != m_form.outputAxes.size())
            return refused(say("The node '{}' (Scan) has lists of axes or directions of another length than its "
                               "tensors.",
                               m_place.name));
        const bool moves = std::any_of(m_form.outputAxes.begin(), m_form.outputAxes.end(),
                                       [](std::int64_t axis) { return axis != 0; }),
                   turns = std::count(m_form.outputsReversed.begin(), m_form.outputsReversed.end(), true) > 0;
        for (const std::int64_t axis : m_form.outputAxes)
            if (axis < -8 || axis > 7)
                return refused(
                    say("The node '{}' (Scan) has the axis {}, where tensors have at most {}.", m_place.name, axis, 8));
        if ((moves && m_place.opset < 12) || (turns && m_place.opset < 10))
            return refused(say("The node '{}' (Scan) of opset {} gives rows along another axis or in reverse, which "
                               "Strata has from opset 12 on.",
                               m_place.name, m_place.opset));
        return {};
    }

    std::vector<std::int64_t> settings(const std::string& name, std::size_t count) const
    {
        std::vector<std::int64_t> list = integersOf(m_node, name);
        if (list.empty())
            list.assign(count, 0);
        return list;
    }

    std::vector<bool> flags(const std::string& name, std::size_t count) const
    {
        const std::vector<std::int64_t> list = settings(name, count);
        std::vector<bool> result;
        for (const std::int64_t one : list)
            result.push_back(one != 0);
        return result;
    }

    // A Loop over the batch, whose body is the scan of one of it; all it gives are rows.
    void writeBatch(NodeWriter& write, const Names& outputs)
    {
        Turn turn = beginTurn(write.taken());
        NodeWriter inside(*turn.graph.mutable_node(), write.taken());
        Form one = m_form;
        for (std::string& state : one.states)
            state = inside.add("Gather", {state, turn.iteration}, {attributeOf("axis", std::int64_t(0))});
        for (std::string& scanned : one.scanned)
            scanned = inside.add("Gather", {scanned, turn.iteration}, {attributeOf("axis", std::int64_t(0))});
        Names rows;
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            rows.push_back(inside.fresh("of_one"));
            auto& output = *turn.graph.add_output();
            output = m_form.body.output(int(i));
            output.set_name(rows.back());
            if (i >= m_form.states.size())
                output.clear_type();  // all rows of one
        }
        writeScan(inside, one, rows);
        write.add("Loop", {sizeOf(write, m_form.scanned[0], 0), ""}, {attributeOf("body", turn.graph)}, outputs);
    }

    const NodeProto& m_node;
    const Place& m_place;
    FunctionWriter m_function;
    Form m_form;
};

}  // namespace

Result<Expansion> expandScan(const NodeProto& node, const Place& place) { return Scan(node, place).run(); }

}  // namespace strata::onnx
