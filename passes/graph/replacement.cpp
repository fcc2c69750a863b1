// What a node becomes is kept beside the graph until all nodes are known, so that each is read as it was. Only then the
// body is put together, what nobody reads goes, and inference says what the new values are.
#include "passes/graph/replacement.h"

#include "core/operators/infer.h"

#include <algorithm>
#include <cctype>

namespace strata::graph {

namespace {

std::string lowered(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    return text;
}

}  // namespace

Replacement::Replacement(const Module& module, FunctionPtr graph)
    : m_module(module)
    , m_graph(std::move(graph))
    , m_types(module, *m_graph)
    , m_producers(producers(*m_graph))
    , m_readers(consumers(*m_graph))
    , m_returned(returnedValues(*m_graph))
{
    for (const TypedName& param : m_graph->params)
        m_valueNames.insert(param.name);
    for (const GraphNodePtr& node : m_graph->graph()->nodes) {
        m_nodeNames.insert(node->name);
        for (const TypedName& output : node->outputs)
            m_valueNames.insert(output.name);
    }
}

GraphNodePtr Replacement::producer(const Operand& operand) const
{
    const auto found = operand.kind == Operand::Kind::Value ? m_producers.find(operand.name) : m_producers.end();
    return found == m_producers.end() ? nullptr : found->second;
}

GraphNodePtr Replacement::onlyReader(const std::string& value) const
{
    const auto found = m_readers.find(value);
    const bool one = found != m_readers.end() && found->second.size() == 1 && !m_returned.count(value);
    return one ? found->second.front() : nullptr;
}

std::vector<GraphNodePtr> Replacement::readersWithin(const std::string& value) const
{
    const auto found = m_readers.find(value);
    return found == m_readers.end() || m_returned.count(value) ? std::vector<GraphNodePtr>() : found->second;
}

std::optional<Tensor> Replacement::constant(const Operand& operand) const
{
    const auto found = operand.kind == Operand::Kind::Constant ? m_module.constants.find(operand.name)
                                                               : m_module.constants.end();
    if (found == m_module.constants.end())
        return std::nullopt;
    Result<Tensor> tensor = toTensor(*found->second);
    return tensor ? std::optional(std::move(*tensor)) : std::nullopt;
}

void Replacement::replace(const GraphNodePtr& node)
{
    m_current = node;
    m_written[node];
}

void Replacement::drop(const GraphNodePtr& node) { m_written[node]; }

Operand Replacement::add(const std::string& op, int version, std::vector<Operand> inputs, Attributes attributes)
{
    auto made = std::make_shared<GraphNode>();
    made->name = freshName(m_current->name + "_" + lowered(op),
                           [this](const std::string& name) { return m_nodeNames.count(name) != 0; });
    m_nodeNames.insert(made->name);
    made->op = op;
    made->version = version;
    while (!inputs.empty() && inputs.back().kind == Operand::Kind::None)
        inputs.pop_back();
    made->inputs = std::move(inputs);
    made->attributes = std::move(attributes);
    const std::string value = freshName(m_current->outputs[0].name + "_" + lowered(op),
                                        [this](const std::string& name) { return m_valueNames.count(name) != 0; });
    m_valueNames.insert(value);
    made->outputs = {{value, {ValueType::Kind::Tensor, {DType::F32, {}, false}}}};
    m_written[m_current].push_back(std::move(made));
    return Operand::value(value);
}

void Replacement::finish(const GraphNode& node) { m_written[m_current].back()->outputs = {node.outputs[0]}; }

Result<Operand> Replacement::constant(const std::string& name, Tensor value)
{
    STRATA_TRY(ConstantPtr made, toConstant(std::move(value)));
    const std::string fresh = freshName(m_current->name + "_" + name, [this](const std::string& known) {
        return m_module.constants.count(known) != 0 || m_constants.count(known) != 0;
    });
    m_constants[fresh] = std::move(made);
    return Operand::constant(fresh);
}

Result<Change> Replacement::change(const Module& module, const std::set<std::string>& idle, Effect effect)
{
    Forwarding forwarding;
    GraphBody body;
    body.returns = m_graph->graph()->returns;
    for (const GraphNodePtr& node : m_graph->graph()->nodes) {
        const auto written = m_written.find(node);
        if (written == m_written.end()) {
            body.nodes.push_back(node);
            continue;
        }
        std::vector<Cursor>& targets = forwarding[nodeCursor(*m_graph, node->name)];
        for (const std::shared_ptr<GraphNode>& made : written->second) {
            body.nodes.push_back(made);
            targets.push_back(nodeCursor(*m_graph, made->name));
        }
    }
    std::set<std::string> read = m_returned, made;
    for (auto node = body.nodes.rbegin(); node != body.nodes.rend(); ++node) {
        const bool isRead = std::any_of((*node)->outputs.begin(), (*node)->outputs.end(),
                                        [&](const TypedName& output) { return read.count(output.name) != 0; });
        if (idle.count((*node)->op) && !isRead) {
            forwarding[nodeCursor(*m_graph, (*node)->name)] = {};
            *node = nullptr;
            continue;
        }
        for (const Operand& input : (*node)->inputs)
            read.insert(input.name);
        for (const TypedName& output : (*node)->outputs)
            made.insert(output.name);
    }
    std::erase(body.nodes, nullptr);
    for (const GraphNodePtr& node : m_graph->graph()->nodes)
        for (const TypedName& output : node->outputs)
            if (!output.name.empty() && !made.count(output.name))
                forwarding[valueCursor(*m_graph, output.name)] = {};
    auto changed = std::make_shared<Module>(*withBody(module, *m_graph, std::move(body)));
    for (const auto& [name, constant] : m_constants)
        changed->constants.emplace(name, constant);
    STRATA_TRY(const InferredTypes inferred, inferFunction(*changed, *changed->find(m_graph->name)));
    const ModulePtr after = withoutUnused(*changed->withFunction(inferred.function), forwarding);
    for (const auto& [name, constant] : m_constants)  // made here, and perhaps needed by nobody
        forwarding.erase({"", NodeKind::Constant, name});
    return difference(module, *after, std::move(forwarding), effect);
}

NodeReplacement::NodeReplacement(Replacement& replacement, GraphNodePtr node)
    : m_replacement(replacement)
    , m_node(std::move(node))
{
}

Error NodeReplacement::no(const std::string& why) const
{
    return refused(say("Node {} ({}) {}.", m_node->name, m_node->op, why),
                   {nodeCursor(m_replacement.graph(), m_node->name)});
}

Operand NodeReplacement::input(std::size_t i) const
{
    return i < m_node->inputs.size() ? m_node->inputs[i] : Operand{};
}

Status hasNodes(const Module& module, const Arguments& arguments, const std::function<bool(const GraphNode&)>& isOfKind,
                const Sentence& none)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    if (arguments.has("nodes")) {
        STRATA_TRY(const auto named, findNodes(*graph, arguments.texts("nodes")));
        return {};
    }
    const auto& nodes = graph->graph()->nodes;
    const bool any = std::any_of(nodes.begin(), nodes.end(), [&](const GraphNodePtr& node) { return isOfKind(*node); });
    return any ? Status() : Status(refused(none, {functionCursor(graph->name)}));
}

Result<Change> rewriteNodes(const Module& module, const Arguments& arguments, const Rewriting& rewriting,
                            const Sentence& nothing, const std::set<std::string>& idle, Effect effect)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    Replacement replacement(module, graph);
    const bool named = arguments.has("nodes");
    std::vector<GraphNodePtr> nodes = graph->graph()->nodes;
    if (named) {
        STRATA_TRY(nodes, findNodes(*graph, arguments.texts("nodes")));
    }
    for (const GraphNodePtr& node : nodes) {
        const Result<Write> write = rewriting(replacement, node, named);
        if (!write && named)
            return write.error();
        if (write)
            STRATA_CHECK((*write)());
    }
    if (replacement.isEmpty())
        return refused(nothing, {functionCursor(graph->name)}, "Name a node to hear why.");
    return replacement.change(module, idle, effect);
}

}  // namespace strata::graph
