// A graph function as a runtime program: each value gets a buffer, each call stays one, Reshape and its like become
// another name for the same memory. What becomes a result is computed where the result lies, also if it is returned
// under another shape.
//
// Nodes are in order already, so one walk does it. What shape inference knows as a value is a constant of the program,
// not a computation; nodes that nobody needs make nothing.
#include "passes/lowering/runtime_program.h"

#include "core/ir/calls.h"
#include "core/ir/control.h"
#include "core/ir/live.h"
#include "core/ir/placement.h"
#include "core/operators/data_sizes.h"
#include "core/operators/in_place.h"
#include "core/operators/rules.h"
#include "core/operators/views.h"
#include "passes/lowering/lower_nodes.h"

namespace strata {

namespace {

class ProgramWriter {
public:
    ProgramWriter(const Module& module, const Function& graph, const InferredTypes& types)
        : m_module(module)
        , m_graph(graph)
        , m_types(types)
        , m_typesOf(module, graph)
    {
        m_dataSizes = dataSizes(module, graph);
        for (const FunctionPtr& function : module.functions)
            m_functions.emplace(function->name, function);
    }

    Result<RuntimeProgram> write()
    {
        declare();
        const auto live = liveNodes(
            *m_graph.graph(), [&](const std::string& value) { return isKnown(value); }, readsInput);
        for (const GraphNodePtr& node : m_graph.graph()->nodes)
            if (live.count(node.get()))
                STRATA_CHECK(statement(*node));
        copyResults();
        Function result;
        result.name = m_graph.name;
        result.params = m_graph.params;
        result.results = m_graph.results;
        result.attributes = m_graph.attributes;
        result.implements = m_graph.implements;
        result.choices = m_graph.choices;
        result.facts = m_graph.facts;
        result.inouts = m_graph.inouts;
        result.body = std::move(m_body);
        m_program.function = std::make_shared<const Function>(std::move(result));
        return std::move(m_program);
    }

private:
    bool isKnown(const std::string& value) const { return m_types.known.count(value) != 0; }
    Cursor at(NodeKind kind, const std::string& name) const { return {m_graph.name, kind, name}; }
    void add(LibraryStmt stmt) { m_body.statements.push_back(std::make_shared<const LibraryStmt>(std::move(stmt))); }

    void declare();
    void claim(const std::string& value, const TypedName& result);
    Operand place(const Operand& operand);
    std::string bufferName(const std::string& value);
    std::string destination(const TypedName& value);
    Status statement(const GraphNode& node);
    void view(const GraphNode& node);
    Status call(const GraphNode& node);
    const std::vector<Cursor>& parts(const FunctionPtr& callee);
    void copyResults();

    const Module& m_module;
    const Function& m_graph;
    const InferredTypes& m_types;
    OperandTypes m_typesOf;
    std::map<std::string, FunctionPtr> m_functions;  // of the module, by name
    std::map<std::string, Dim> m_dataSizes;
    LibraryBody m_body;
    RuntimeProgram m_program;
    std::map<std::string, Operand> m_where;                // value -> buffer, parameter or constant that holds it
    std::map<std::string, const GraphNode*> m_producers;   // of values
    std::map<std::string, const TypedName*> m_resultOf;    // value -> result that it lies in
    std::set<std::string> m_names;                         // of buffers
    std::map<std::string, std::vector<Cursor>> m_partsOf;  // function -> itself and its blocks
};

void ProgramWriter::declare()
{
    for (const GraphNodePtr& node : m_graph.graph()->nodes)
        for (const TypedName& output : node->outputs)
            m_producers.emplace(output.name, node.get());
    for (const TypedName& param : m_graph.params) {
        m_where[param.name] = Operand::value(param.name);
        m_names.insert(param.name);
    }
    for (std::size_t i = 0; i < m_graph.results.size(); ++i) {
        const Operand& returned = m_graph.graph()->returns[i];
        if (returned.kind == Operand::Kind::Value)
            claim(returned.name, m_graph.results[i]);
        m_names.insert(m_graph.results[i].name);
    }
}

// The value lies in the result, if some call computes it; so does what it is a view of, and what such a call
// overwrites.
void ProgramWriter::claim(const std::string& value, const TypedName& result)
{
    const InPlaceChain chain = inPlaceChain(m_module, *m_graph.graph(), value, [this](const std::string& one) {
        const auto node = m_producers.find(one);
        return node == m_producers.end() || isKnown(one) || m_resultOf.count(one) ? nullptr : node->second;
    });
    for (std::size_t i = 0; i < chain.computed; ++i)
        m_resultOf[chain.values[i]] = &result;
}

// Where an operand's data lies when the program runs; a known value becomes a constant of the module.
Operand ProgramWriter::place(const Operand& operand)
{
    if (operand.kind != Operand::Kind::Value)
        return operand;
    if (const auto found = m_where.find(operand.name); found != m_where.end())
        return found->second;
    const auto known = m_types.known.find(operand.name);
    if (known == m_types.known.end())
        return operand;
    const std::string name = freshName(operand.name,
                                       [&](const std::string& n) { return m_module.constants.count(n) != 0; });
    if (!m_program.constants.count(name))
        if (Result<ConstantPtr> constant = toConstant(known->second))
            m_program.constants[name] = *constant;
    return Operand::constant(name);
}

std::string ProgramWriter::bufferName(const std::string& value)
{
    std::string name = freshName(value, [&](const std::string& n) { return m_names.count(n) != 0; });
    m_names.insert(name);
    return name;
}

// The buffer that a value is computed into: a result of the program, or one that is allocated here.
std::string ProgramWriter::destination(const TypedName& value)
{
    std::string name;
    const auto result = m_resultOf.find(value.name);
    if (result != m_resultOf.end() && result->second->type == value.type) {
        name = result->second->name;
    } else {
        name = bufferName(value.name);
        if (result == m_resultOf.end())
            add(AllocateBuffer{name, value.type.tensor, {}, {}});
        else
            add(ViewBuffer{name, Operand::value(result->second->name), value.type.tensor});
    }
    m_where[value.name] = Operand::value(name);
    m_program.forwarding[at(NodeKind::Value, value.name)] = {at(NodeKind::Buffer, name)};
    return name;
}

Status ProgramWriter::statement(const GraphNode& node)
{
    STRATA_CHECK(checkInMemory(m_graph, node, m_dataSizes));
    if (!isView(node))
        return call(node);
    view(node);
    return {};
}

// Reshape and its like cost nothing: another name for the same memory.
void ProgramWriter::view(const GraphNode& node)
{
    const Operand source = place(node.inputs[0]);
    const TypedName& output = node.outputs[0];
    const auto result = m_resultOf.find(output.name);
    if (m_typesOf.of(node.inputs[0]) == output.type) {
        m_where[output.name] = source;
    } else if (result != m_resultOf.end() && result->second->type == output.type) {
        m_where[output.name] = Operand::value(result->second->name);  // where its source was computed
    } else {
        const std::string name = bufferName(output.name);
        add(ViewBuffer{name, source, output.type.tensor});
        m_where[output.name] = Operand::value(name);
        m_program.forwarding[at(NodeKind::Value, output.name)] = {at(NodeKind::Buffer, name)};
    }
    m_program.forwarding[at(NodeKind::Operator, node.name)] = {at(NodeKind::Buffer, m_where[output.name].name)};
}

Status ProgramWriter::call(const GraphNode& node)
{
    LibraryCall call;
    call.name = node.name;
    call.callee = node.isCall() ? node.callee : node.op;
    if (!node.isCall()) {
        call.kind = LibraryCall::Callee::Routine;
        call.attributes = node.attributes;
    } else if (const std::string device = placement(node.attributes); !device.empty()) {
        call.attributes[placementAttribute] = device;
    }
    for (const Operand& operand : node.inputs)
        call.inputs.push_back(place(operand));
    for (std::size_t i = 0; i < node.outputs.size(); ++i)
        if (const TypedName& output = node.outputs[i]; !output.name.empty())
            call.outputs.push_back(destination(output));
        else if (isControlFlow(node))  // the functions that it runs write all that they give
            call.outputs.push_back(destination({node.name + "_" + std::to_string(i), output.type}));
    add(std::move(call));
    if (!node.isCall())
        return {};
    const auto callee = m_functions.find(node.callee);
    if (callee == m_functions.end())
        return refused(say("{} calls {}, which does not exist.", describe(node), node.callee),
                       {at(NodeKind::Operator, node.name)});
    std::vector<Cursor>& targets = m_program.forwarding[at(NodeKind::Operator, node.name)];
    targets = {at(NodeKind::Operator, node.name)};
    const std::vector<Cursor>& inside = parts(callee->second);
    targets.insert(targets.end(), inside.begin(), inside.end());
    return {};
}

const std::vector<Cursor>& ProgramWriter::parts(const FunctionPtr& callee)
{
    std::vector<Cursor>& result = m_partsOf[callee->name];
    if (!result.empty())
        return result;
    result.push_back(functionCursor(callee->name));
    for (Cursor& inside : cursors(*callee))
        if (inside.kind == NodeKind::Block)
            result.push_back(std::move(inside));
    return result;
}

// Results that are no buffer of their own: a parameter, a constant, a view, or one value returned twice.
void ProgramWriter::copyResults()
{
    for (std::size_t i = 0; i < m_graph.results.size(); ++i) {
        const Operand source = place(m_graph.graph()->returns[i]);
        const std::string& target = m_graph.results[i].name;
        if (source != Operand::value(target))
            add(CopyBuffer{source, target});
    }
}

}  // namespace

Result<RuntimeProgram> runtimeProgram(const Module& module, const Function& graph, const InferredTypes& types)
{
    return ProgramWriter(module, graph, types).write();
}

Forwarding followed(const Forwarding& own, const Function& graph, const Function& program, const Module& module)
{
    const std::vector<Cursor> all = cursors(program);
    const std::set<Cursor> there(all.begin(), all.end());
    Forwarding result;
    for (const Cursor& node : cursors(graph)) {
        std::vector<Cursor>& targets = result[node];
        for (Cursor target : forward(own, node)) {
            const bool inside = target.function == graph.name;
            if (inside)
                target.function = program.name;
            if (inside ? there.count(target) != 0 : exists(module, target))
                targets.push_back(std::move(target));
        }
    }
    return result;
}

}  // namespace strata
