// Library functions: buffers, views, calls in destination-passing style, copies.
#include "core/ir/control.h"
#include "core/reference/evaluation.h"

#include <algorithm>

namespace strata::reference {

namespace {

// Buffers by name. A view is another type for the same memory.
class Memory {
public:
    Memory(Evaluation& evaluation, const std::string& function, SizeValues sizes)
        : m_evaluation(evaluation)
        , m_function(function)
        , m_sizes(std::move(sizes))
    {
    }

    void add(const std::string& name, const TensorType& type, TensorPtr contents)
    {
        m_buffers[name] = {type, name, std::move(contents)};
    }
    // In the memory of another.
    void addIn(const std::string& other, const std::string& name, const TensorType& type)
    {
        m_buffers[name] = {type, other, nullptr};
    }

    Status view(const ViewBuffer& view)
    {
        if (view.source.kind == Operand::Kind::Constant) {
            STRATA_TRY(TensorPtr contents, m_evaluation.constant(view.source.name));
            add(view.name, view.type, std::move(contents));
            return {};
        }
        const auto source = m_buffers.find(view.source.name);
        if (source == m_buffers.end())
            return unknown(view.source.name);
        m_buffers[view.name] = {view.type, source->second.root, nullptr};
        return {};
    }

    Result<TensorPtr> read(const Operand& operand)
    {
        if (operand.kind == Operand::Kind::None)
            return TensorPtr();
        if (operand.kind == Operand::Kind::Constant)
            return m_evaluation.constant(operand.name);
        const auto it = m_buffers.find(operand.name);
        if (it == m_buffers.end())
            return unknown(operand.name);
        const TensorPtr& contents = m_buffers[it->second.root].contents;
        if (!contents)
            return bug("Buffer " + operand.name + " of " + m_function + " is read before it is written.");
        const TensorType type = known(it->second.type);
        if (contents->type == type)
            return contents;
        return TensorPtr(std::make_shared<const Tensor>(Tensor{type, contents->bytes, contents->strings}));
    }

    std::vector<Shape> shapesOf(const std::vector<std::string>& names) const
    {
        std::vector<Shape> shapes;
        for (const std::string& name : names)
            if (const auto found = m_buffers.find(name); found != m_buffers.end())
                shapes.push_back(known(found->second.type).shape);
        return shapes;
    }

    Status write(const std::string& name, const TensorPtr& contents)
    {
        const auto it = m_buffers.find(name);
        if (it == m_buffers.end())
            return unknown(name);
        learn(m_sizes, it->second.type, contents);
        if (!contents || byteCount(contents->type) != byteCount(known(it->second.type)))
            return bug("What is written to " + name + " of " + m_function + " is not " + toString(it->second.type)
                       + ".");
        Buffer& root = m_buffers[it->second.root];
        root.contents = std::make_shared<const Tensor>(Tensor{known(root.type), contents->bytes, contents->strings});
        return {};
    }

private:
    // A type with the sizes that are known by now.
    TensorType known(TensorType type) const
    {
        for (Dim& dim : type.shape)
            dim = dim.bind(m_sizes);
        return type;
    }

    struct Buffer {
        TensorType type;
        std::string root;    // the buffer that holds the memory
        TensorPtr contents;  // of a root
    };
    Error unknown(const std::string& name) const
    {
        return bug("There is no buffer named " + name + " in " + m_function + ".");
    }

    Evaluation& m_evaluation;
    std::string m_function;
    SizeValues m_sizes;
    std::map<std::string, Buffer> m_buffers;
};

Result<Tensors> readAll(Memory& memory, const std::vector<Operand>& operands)
{
    Tensors tensors;
    for (const Operand& operand : operands) {
        STRATA_TRY(TensorPtr tensor, memory.read(operand));
        tensors.push_back(std::move(tensor));
    }
    return tensors;
}

Status runCall(Evaluation& evaluation, Memory& memory, const LibraryCall& call)
{
    STRATA_TRY(const Tensors inputs, readAll(memory, call.inputs));
    STRATA_TRY(const Tensors results, call.kind == LibraryCall::Callee::Function
                                          ? evaluation.call(call.callee, inputs, memory.shapesOf(call.outputs))
                                      : isControlFlow(call)
                                          ? evaluation.runControl(call.callee, call.attributes, inputs)
                                          : evaluation.runRoutine(call, inputs));
    if (results.size() != call.outputs.size())
        return bug("The call " + call.name + " has " + std::to_string(call.outputs.size()) + " outputs, " + call.callee
                   + " gives " + std::to_string(results.size()) + ".");
    for (std::size_t i = 0; i < results.size(); ++i)
        STRATA_CHECK(memory.write(call.outputs[i], results[i]));
    return {};
}

Status runStatement(Evaluation& evaluation, Memory& memory, const LibraryStmt& statement)
{
    if (const auto* allocate = std::get_if<AllocateBuffer>(&statement)) {
        memory.add(allocate->name, allocate->type, nullptr);
        return {};
    }
    if (const auto* view = std::get_if<ViewBuffer>(&statement))
        return memory.view(*view);
    if (const auto* call = std::get_if<LibraryCall>(&statement))
        return runCall(evaluation, memory, *call);
    const auto& copy = std::get<CopyBuffer>(statement);
    STRATA_TRY(const TensorPtr contents, memory.read(copy.source));
    return memory.write(copy.target, contents);
}

}  // namespace

Result<Tensors> Evaluation::runRoutine(const LibraryCall& call, const Tensors& inputs)
{
    STRATA_TRY(const std::vector<GraphNode> nodes, routineAsNodes(call));
    Tensors values = inputs;
    for (const GraphNode& node : nodes) {
        STRATA_TRY(values, runNode(node, values));
    }
    return values;
}

Result<Tensors> Evaluation::runLibrary(const Function& function, const LibraryBody& body, const Tensors& inputs,
                                       SizeValues sizes)
{
    Memory memory(*this, function.name, std::move(sizes));
    for (std::size_t i = 0; i < inputs.size(); ++i)
        memory.add(function.params[i].name, inputs[i]->type, inputs[i]);
    for (const TypedName& result : function.results)
        if (const auto lies = function.inouts.find(result.name); lies != function.inouts.end())
            memory.addIn(lies->second, result.name, result.type.tensor);
        else
            memory.add(result.name, result.type.tensor, nullptr);
    for (const LibraryStmtPtr& statement : body.statements) {
        if (m_stop.stop_requested())
            return refused(say("The evaluation of {} is cancelled.", function.name));
        STRATA_CHECK(runStatement(*this, memory, *statement));
    }
    Tensors results;
    for (const TypedName& result : function.results) {
        STRATA_TRY(TensorPtr tensor, memory.read(Operand::value(result.name)));
        results.push_back(std::move(tensor));
    }
    return results;
}

}  // namespace strata::reference
