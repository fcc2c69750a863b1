#include "core/ir/calls.h"

namespace strata {

namespace {

const LibraryCall* functionCall(const LibraryStmtPtr& stmt)
{
    const auto* call = std::get_if<LibraryCall>(stmt.get());
    return call && call->kind == LibraryCall::Callee::Function ? call : nullptr;
}

template<class T>
T edited(const T& call, CallEdit edit)
{
    T result = call;
    result.callee = std::move(edit.callee);
    result.inputs = std::move(edit.inputs);
    return result;
}

}  // namespace

void forEachCall(const Function& caller, const std::function<void(const Call&)>& visit)
{
    if (const GraphBody* graph = caller.graph())
        for (const GraphNodePtr& node : graph->nodes)
            if (node->isCall())
                visit({node->name, node->callee, node->inputs});
    if (const LibraryBody* library = caller.library())
        for (const LibraryStmtPtr& stmt : library->statements)
            if (const LibraryCall* call = functionCall(stmt))
                visit({call->name, call->callee, call->inputs});
}

void forEachCall(const Module& module, const std::function<void(const Function& caller, const Call&)>& visit)
{
    for (const FunctionPtr& function : module.functions)
        forEachCall(*function, [&](const Call& call) { visit(*function, call); });
}

void forEachUse(const Function& user, const std::function<void(const std::string& function)>& visit)
{
    forEachCall(user, [&](const Call& call) { visit(call.callee); });
    for (const Choice& choice : user.choices)
        if (choice.implementation != user.name)
            visit(choice.implementation);
    const auto visitAttributes = [&](const Attributes& attributes) {
        for (const auto& [name, attribute] : attributes)
            if (const auto* function = std::get_if<FunctionRef>(&attribute))
                visit(function->name);
    };
    if (const GraphBody* graph = user.graph())
        for (const GraphNodePtr& node : graph->nodes)
            visitAttributes(node->attributes);
    if (const LibraryBody* library = user.library())
        for (const LibraryStmtPtr& stmt : library->statements)
            if (const auto* call = std::get_if<LibraryCall>(stmt.get()))
                visitAttributes(call->attributes);
}

void forEachOperand(const Function& reader, const std::function<void(const Operand&)>& visit)
{
    if (const GraphBody* graph = reader.graph()) {
        for (const GraphNodePtr& node : graph->nodes)
            for (const Operand& input : node->inputs)
                visit(input);
        for (const Operand& operand : graph->returns)
            visit(operand);
    }
    if (const LibraryBody* library = reader.library())
        for (const LibraryStmtPtr& stmt : library->statements) {
            if (const auto* call = std::get_if<LibraryCall>(stmt.get()))
                for (const Operand& input : call->inputs)
                    visit(input);
            if (const auto* view = std::get_if<ViewBuffer>(stmt.get()))
                visit(view->source);
            if (const auto* copy = std::get_if<CopyBuffer>(stmt.get()))
                visit(copy->source);
        }
}

FunctionPtr mapCalls(const FunctionPtr& caller, const CallRewrite& rewrite)
{
    std::shared_ptr<Function> changed;  // a copy, once a call changes
    const auto own = [&]() -> Function& {
        if (!changed)
            changed = std::make_shared<Function>(*caller);
        return *changed;
    };
    if (const GraphBody* graph = caller->graph()) {
        for (std::size_t i = 0; i < graph->nodes.size(); ++i)
            if (const GraphNode& node = *graph->nodes[i]; node.isCall())
                if (auto edit = rewrite({node.name, node.callee, node.inputs}))
                    std::get<GraphBody>(own().body).nodes[i] = std::make_shared<const GraphNode>(
                        edited(node, std::move(*edit)));
    } else if (const LibraryBody* library = caller->library()) {
        for (std::size_t i = 0; i < library->statements.size(); ++i)
            if (const LibraryCall* call = functionCall(library->statements[i]))
                if (auto edit = rewrite({call->name, call->callee, call->inputs}))
                    std::get<LibraryBody>(own().body).statements[i] = std::make_shared<const LibraryStmt>(
                        edited(*call, std::move(*edit)));
    }
    return changed ? FunctionPtr(std::move(changed)) : caller;
}

ModulePtr mapCalls(const Module& module, const CallRewrite& rewrite)
{
    auto result = std::make_shared<Module>(module);
    for (FunctionPtr& function : result->functions)
        function = mapCalls(function, rewrite);
    return result;
}

std::optional<ValueType> constantType(const Module& module, const Operand& operand)
{
    if (operand.kind != Operand::Kind::Constant)
        return std::nullopt;
    const auto found = module.constants.find(operand.name);
    return found == module.constants.end() ? std::nullopt
                                           : std::optional(ValueType{ValueType::Kind::Tensor, found->second->type()});
}

const ValueType* OperandTypes::search(std::string_view value) const
{
    for (const TypedName& param : m_graph.params)
        if (param.name == value)
            return &param.type;
    for (const GraphNodePtr& node : m_graph.graph()->nodes)
        for (const TypedName& output : node->outputs)
            if (output.name == value)
                return &output.type;
    return nullptr;
}

void OperandTypes::makeTable() const
{
    m_table.reserve(m_graph.graph()->nodes.size() + m_graph.params.size());
    for (const TypedName& param : m_graph.params)
        m_table.emplace(param.name, &param.type);
    for (const GraphNodePtr& node : m_graph.graph()->nodes)
        for (const TypedName& output : node->outputs)
            m_table.emplace(output.name, &output.type);
}

std::optional<ValueType> OperandTypes::of(const Operand& operand) const
{
    constexpr int cheap = 4;  // searches, before they cost what a table does
    if (operand.kind != Operand::Kind::Value)
        return constantType(m_module, operand);
    if (++m_searches <= cheap) {
        const ValueType* found = search(operand.name);
        return found ? std::optional(*found) : std::nullopt;
    }
    if (m_table.empty())
        makeTable();
    const auto found = m_table.find(operand.name);
    return found == m_table.end() ? std::nullopt : std::optional(*found->second);
}

TensorType OperandTypes::tensor(const Operand& operand) const
{
    const std::optional<ValueType> type = of(operand);
    return type ? type->tensor : TensorType{DType::F32, {}, false};
}

}  // namespace strata
