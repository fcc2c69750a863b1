// A graph function as a runtime program: each value gets a buffer, each node a call, Reshape and its like another name
// for the same memory.
//
// Nodes are in order already, so one walk does it. Equal nodes (same operator, attributes, types and the constants that
// become code) are one function of loops, lowered once and kept in a cache by that key, so a step that changes one node
// lowers one node. What shape inference knows as a value is a constant of the program, not a computation; nodes that
// nobody needs make nothing.
#include "passes/lowering/lower_graph.h"

#include "core/ir/calls.h"
#include "core/ir/live.h"
#include "core/operators/lower.h"
#include "core/operators/views.h"
#include "passes/lowering/node_key.h"

#include <algorithm>
#include <cctype>

namespace strata {

// The library function being written for one graph function.
struct GraphLowering::Draft {
    const Function& graph;
    std::shared_ptr<const InferredTypes> types;
    LibraryBody body;
    std::map<std::string, Operand> where;  // value -> buffer, parameter or constant that holds it
    std::map<std::string, ValueType> typeOf;
    std::map<std::string, std::string> resultOf;  // value -> result that is computed in place
    std::set<std::string> names;                  // of buffers

    void add(LibraryStmt stmt) { body.statements.push_back(std::make_shared<const LibraryStmt>(std::move(stmt))); }
    bool known(const Operand& operand) const
    {
        return operand.kind == Operand::Kind::Value && types->known.count(operand.name) != 0;
    }
};

namespace {

// What exporters put before a scoped name ("/encoder/Gemm") is no part of a function's name.
std::string functionName(const std::string& name)
{
    const auto first = std::find_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
    return identifier(std::string(first, name.end()));
}

}  // namespace

GraphLowering::GraphLowering(const Module& module, LoweringCache& cache)
    : m_module(module)
    , m_cache(cache)
{
    for (const FunctionPtr& function : module.functions)
        m_names.insert(function->name);
}

std::vector<std::string> GraphLowering::previewed() const
{
    std::vector<std::string> names;
    for (const FunctionPtr& function : m_made)
        names.push_back(function->name);
    return names;
}

std::shared_ptr<const InferredTypes> GraphLowering::types(const FunctionPtr& graph, Error& error)
{
    if (auto found = m_cache.types(graph))
        return found;
    Result<InferredTypes> inferred = inferFunction(m_module, *graph);
    if (!inferred) {
        error = inferred.error();
        return nullptr;
    }
    auto types = std::make_shared<const InferredTypes>(std::move(*inferred));
    m_cache.keep(graph, types);
    return types;
}

Result<FunctionPtr> GraphLowering::function(const FunctionPtr& graph)
{
    Error error;
    const std::shared_ptr<const InferredTypes> inferred = types(graph, error);
    if (!inferred)
        return error;
    const Function& typed = *inferred->function;
    Draft program{typed, inferred, {}, {}, {}, {}, {}};
    for (const TypedName& param : typed.params) {
        program.where[param.name] = Operand::value(param.name);
        program.typeOf[param.name] = param.type;
        program.names.insert(param.name);
    }
    for (std::size_t i = 0; i < typed.results.size(); ++i) {
        const Operand& returned = typed.graph()->returns[i];
        if (returned.kind == Operand::Kind::Value && !program.where.count(returned.name))
            program.resultOf.try_emplace(returned.name, typed.results[i].name);
        program.names.insert(typed.results[i].name);
    }
    const std::set<const GraphNode*> live = liveNodes(
        *typed.graph(), [&](const std::string& value) { return inferred->known.count(value) != 0; });
    for (const Error& fault : inferred->faults)
        for (const GraphNode* node : live)
            if (fault.nodes == std::vector{cursor(program, *node)})
                return fault;
    for (const GraphNodePtr& node : typed.graph()->nodes) {
        for (const TypedName& output : node->outputs)
            program.typeOf[output.name] = output.type;
        if (live.count(node.get()))
            STRATA_CHECK(statement(program, *node));
    }
    finish(program);
    Function result;
    result.name = typed.name;
    result.params = typed.params;
    result.results = typed.results;
    result.attributes = typed.attributes;
    result.body = std::move(program.body);
    return std::make_shared<const Function>(std::move(result));
}

// Where an operand's data lies when the program runs; a known value becomes a constant of the module.
Operand GraphLowering::place(const Draft& program, const Operand& operand)
{
    if (operand.kind != Operand::Kind::Value)
        return operand;
    if (const auto found = program.where.find(operand.name); found != program.where.end())
        return found->second;
    const auto known = program.types->known.find(operand.name);
    if (known == program.types->known.end())
        return operand;
    const std::string name = freshName(operand.name,
                                       [&](const std::string& n) { return m_module.constants.count(n) != 0; });
    if (!m_constants.count(name))
        if (Result<ConstantPtr> constant = toConstant(known->second))
            m_constants[name] = *constant;
    return Operand::constant(name);
}

ValueType GraphLowering::typeOf(const Draft& program, const Operand& operand) const
{
    if (operand.kind == Operand::Kind::Value) {
        const auto found = program.typeOf.find(operand.name);
        if (found != program.typeOf.end())
            return found->second;
    }
    return constantType(m_module, operand).value_or(ValueType{ValueType::Kind::Unknown, {DType::F32, {}, false}});
}

Status GraphLowering::statement(Draft& program, const GraphNode& node)
{
    for (const TypedName& output : node.outputs) {
        const TensorType& type = output.type.tensor;
        if (output.name.empty())
            continue;
        const bool isOperator = !node.isCall() && node.domain != "library";
        if (isOperator && (!findOperator(node) || !type.ranked))  // the definition knows why, or that there is none
            if (Result<LoweredNode> lowered = loweredNode(program, node); !lowered) {
                Error error = lowered.error();
                error.nodes = {cursor(program, node)};
                return error;
            }
        if (output.type.kind != ValueType::Kind::Tensor || type.dtype == DType::String)
            return refused(describe(node) + " makes " + toString(output.type) + ", which no loop nest computes.",
                           {cursor(program, node)});
        if (!type.ranked || !isConstant(type.shape))
            return refused(describe(node) + ": the shape of " + output.name + " is " + toString(type) + ".",
                           {cursor(program, node)},
                           "Bind the symbolic dimensions first: --dim NAME=SIZE, or the step graph.bind_dimension.");
    }
    if (view(program, node))
        return {};
    if (node.isCall())
        return call(program, node);
    return node.domain == "library" ? routineCall(program, node) : operatorCall(program, node);
}

Cursor GraphLowering::cursor(const Draft& program, const GraphNode& node) const
{
    return {program.graph.name, NodeKind::Operator, node.name};
}

// Reshape and its like cost nothing: another name for the same memory.
bool GraphLowering::view(Draft& program, const GraphNode& node)
{
    if (!isView(node))
        return false;
    const Operand source = place(program, node.inputs[0]);
    const TypedName& output = node.outputs[0];
    if (typeOf(program, node.inputs[0]) == output.type) {
        program.where[output.name] = source;
    } else {
        const std::string name = bufferName(program, output.name);
        program.add(ViewBuffer{name, source, output.type.tensor});
        program.where[output.name] = Operand::value(name);
        m_forwarding[{program.graph.name, NodeKind::Value, output.name}] = {
            {program.graph.name, NodeKind::Buffer, name}};
    }
    m_forwarding[cursor(program, node)] = {{program.graph.name, NodeKind::Buffer, program.where[output.name].name}};
    return true;
}

std::string GraphLowering::bufferName(Draft& program, const std::string& value)
{
    std::string name = freshName(value, [&](const std::string& n) { return program.names.count(n) != 0; });
    program.names.insert(name);
    return name;
}

// The buffer that a value is computed into: a result of the program, or one that is allocated here.
std::string GraphLowering::destination(Draft& program, const TypedName& value)
{
    std::string name;
    if (const auto result = program.resultOf.find(value.name); result != program.resultOf.end()) {
        name = result->second;
    } else {
        name = bufferName(program, value.name);
        program.add(AllocateBuffer{name, value.type.tensor, std::nullopt});
    }
    program.where[value.name] = Operand::value(name);
    m_forwarding[{program.graph.name, NodeKind::Value, value.name}] = {{program.graph.name, NodeKind::Buffer, name}};
    return name;
}

void GraphLowering::addCall(Draft& program, const GraphNode& node, LibraryCall call, const FunctionPtr& loops)
{
    call.name = node.name;
    for (const TypedName& output : node.outputs)
        if (!output.name.empty())
            call.outputs.push_back(destination(program, output));
    program.add(std::move(call));
    if (!loops)
        return;
    std::vector<Cursor>& targets = m_forwarding[cursor(program, node)];
    targets = {cursor(program, node), functionCursor(loops->name)};
    for (const Cursor& inside : cursors(*loops))
        if (inside.kind == NodeKind::Block)
            targets.push_back(inside);
}

Status GraphLowering::call(Draft& program, const GraphNode& node)
{
    FunctionPtr callee = m_module.find(node.callee);
    if (!callee)
        return refused(describe(node) + " calls " + node.callee + ", which does not exist.", {cursor(program, node)});
    LibraryCall call;
    for (const Operand& operand : node.inputs)
        call.inputs.push_back(place(program, operand));
    if (callee->graph()) {
        STRATA_TRY(LoweredGraph lowered, loweredGroup(callee));
        for (const std::string& constant : lowered.constantParams)
            call.inputs.push_back(Operand::constant(constant));
        callee = lowered.function;
    }
    call.callee = callee->name;
    addCall(program, node, std::move(call), callee);
    return {};
}

Status GraphLowering::routineCall(Draft& program, const GraphNode& node)
{
    LibraryCall call;
    call.kind = LibraryCall::Callee::Routine;
    call.callee = node.op;
    call.attributes = node.attributes;
    for (const Operand& operand : node.inputs)
        call.inputs.push_back(place(program, operand));
    addCall(program, node, std::move(call), nullptr);
    return {};
}

Status GraphLowering::operatorCall(Draft& program, const GraphNode& node)
{
    STRATA_TRY(LoweredNode lowered, loweredNode(program, node));
    const FunctionPtr function = named(lowered.function, functionName(node.name));
    LibraryCall call;
    call.callee = function->name;
    for (std::size_t input : lowered.usedInputs)
        call.inputs.push_back(place(program, node.inputs[input]));
    addCall(program, node, std::move(call), function);
    return {};
}

Result<LoweredNode> GraphLowering::loweredNode(const Draft& program, const GraphNode& node)
{
    std::vector<ValueType> inputs;
    for (const Operand& operand : node.inputs)
        inputs.push_back(typeOf(program, operand));
    const auto constant = [&](std::size_t i) -> std::optional<Tensor> {
        if (i >= node.inputs.size() || !becomesCode(inputs[i].tensor))
            return std::nullopt;
        const Operand& operand = node.inputs[i];
        if (const auto known = program.types->known.find(operand.name);
            operand.kind == Operand::Kind::Value && known != program.types->known.end())
            return known->second;
        const auto found = m_module.constants.find(operand.name);
        if (operand.kind != Operand::Kind::Constant || found == m_module.constants.end())
            return std::nullopt;
        Result<Tensor> tensor = toTensor(*found->second);
        return tensor ? std::optional(std::move(*tensor)) : std::nullopt;
    };
    const std::string key = nodeKey(node, inputs, constant);
    if (std::optional<LoweredNode> found = m_cache.node(key))
        return *found;
    const Result<LoweredNode> lowered = lowerNode(plainlyNamed(node), inputs, constant, functionName(node.op));
    if (!lowered) {  // once more, so that the refusal speaks of the model's own names
        const Result<LoweredNode> named = lowerNode(node, inputs, constant, functionName(node.op));
        return named ? lowered.error() : named.error();
    }
    m_cache.keep(key, *lowered);
    return m_cache.node(key).value_or(*lowered);  // whoever came first, so that all share one pointer
}

Result<LoweredGraph> GraphLowering::loweredGroup(const FunctionPtr& graph)
{
    std::vector<ConstantPtr> constants;
    for (const GraphNodePtr& node : graph->graph()->nodes)
        for (const Operand& operand : node->inputs)
            if (const auto found = m_module.constants.find(operand.name);
                operand.kind == Operand::Kind::Constant && found != m_module.constants.end())
                constants.push_back(found->second);
    std::optional<LoweredGraph> lowered = m_cache.graph(graph, constants);
    if (!lowered) {
        STRATA_TRY(lowered, lowerGraphFunction(m_module, *graph));
        m_cache.keep(graph, constants, *lowered);
    }
    if (m_groups.insert(graph->name).second) {
        m_made.push_back(lowered->function);
        for (const auto& [from, targets] : lowered->forwarding)
            m_forwarding[from] = targets;
    }
    return *lowered;
}

// The function under a name of its own in this module; nodes that share it share the name of the first.
FunctionPtr GraphLowering::named(const FunctionPtr& function, const std::string& wanted)
{
    if (const auto found = m_named.find(function.get()); found != m_named.end())
        return found->second;
    const std::string name = freshName(wanted, [&](const std::string& n) { return m_names.count(n) != 0; });
    m_names.insert(name);
    const FunctionPtr result = m_cache.renamed(function, name);
    m_named[function.get()] = result;
    m_made.push_back(result);
    return result;
}

// Results that are no buffer of their own: a parameter, a constant, a view, or one value returned twice.
void GraphLowering::finish(Draft& program)
{
    for (std::size_t i = 0; i < program.graph.results.size(); ++i) {
        const Operand source = place(program, program.graph.graph()->returns[i]);
        const std::string& target = program.graph.results[i].name;
        if (source != Operand::value(target))
            program.add(CopyBuffer{source, target});
    }
}

Result<FunctionPtr> GraphLowering::callees(const FunctionPtr& library)
{
    Function result = *library;
    LibraryBody body = *library->library();
    bool changed = false;
    for (LibraryStmtPtr& stmt : body.statements) {
        const auto* call = std::get_if<LibraryCall>(stmt.get());
        const FunctionPtr callee = call && call->kind == LibraryCall::Callee::Function ? m_module.find(call->callee)
                                                                                       : nullptr;
        if (!callee || !callee->graph())
            continue;
        STRATA_TRY(LoweredGraph lowered, loweredGroup(callee));
        LibraryCall extended = *call;
        for (const std::string& constant : lowered.constantParams)
            extended.inputs.push_back(Operand::constant(constant));
        stmt = std::make_shared<const LibraryStmt>(std::move(extended));
        changed = true;
    }
    if (!changed)
        return library;
    result.body = std::move(body);
    return std::make_shared<const Function>(std::move(result));
}

Result<FunctionPtr> GraphLowering::group(const FunctionPtr& graph)
{
    STRATA_TRY(LoweredGraph lowered, loweredGroup(graph));
    return lowered.function;
}

Result<FunctionPtr> GraphLowering::node(const FunctionPtr& graph, const std::string& name)
{
    Error error;
    const std::shared_ptr<const InferredTypes> inferred = types(graph, error);
    if (!inferred)
        return error;
    Draft program{*inferred->function, inferred, {}, {}, {}, {}, {}};
    for (const TypedName& param : inferred->function->params)
        program.typeOf[param.name] = param.type;
    for (const GraphNodePtr& node : inferred->function->graph()->nodes) {
        for (const TypedName& output : node->outputs)
            program.typeOf[output.name] = output.type;
        if (node->name != name)
            continue;
        if (const FunctionPtr callee = node->isCall() ? m_module.find(node->callee) : nullptr)
            return callee->graph() ? group(callee) : Result<FunctionPtr>(callee);
        if (!findOperator(*node))
            return refused(describe(*node) + " has no definition, so it has no loops.", {cursor(program, *node)});
        STRATA_TRY(LoweredNode lowered, loweredNode(program, *node));
        return named(lowered.function, functionName(node->name));
    }
    return refused("There is no node " + name + " in " + graph->name + ".", {functionCursor(graph->name)});
}

}  // namespace strata
