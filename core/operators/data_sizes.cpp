#include "core/operators/data_sizes.h"

#include "core/index/sizes.h"
#include "core/ir/calls.h"
#include "core/ir/control.h"
#include "core/operators/lower_node.h"
#include "core/operators/rules.h"

#include <algorithm>

namespace strata {

namespace {

void addOpen(const Shape& shape, const std::set<std::string>& known, std::vector<std::string>& open)
{
    for (const Dim& dim : shape)
        if (const std::string size = plainSize(dim);
            !size.empty() && !known.count(size) && std::find(open.begin(), open.end(), size) == open.end())
            open.push_back(size);
}

// The dimensions of the first result that are open.
std::vector<std::int64_t> openAxes(const GraphNode& node, const std::vector<ValueType>& inputs)
{
    const std::vector<std::string> open = openSizes(node, inputs);
    const Shape& shape = node.outputs.at(0).type.tensor.shape;
    std::vector<std::int64_t> axes;
    for (const std::string& size : open)
        for (std::size_t d = 0; d < shape.size(); ++d)
            if (plainSize(shape[d]) == size) {
                axes.push_back(std::int64_t(d));
                break;
            }
    return axes;
}

}  // namespace

std::vector<std::string> openSizes(const GraphNode& node, const std::vector<ValueType>& inputs)
{
    std::set<std::string> known;
    for (const ValueType& input : inputs)
        for (const Dim& dim : input.tensor.shape)
            for (std::string& symbol : dim.symbols())
                known.insert(std::move(symbol));
    std::vector<std::string> open;
    for (const TypedName& output : node.outputs)
        addOpen(output.type.tensor.shape, known, open);
    return open;
}

std::optional<CountedNode> counted(const GraphNode& node, const std::vector<ValueType>& inputs,
                                   const std::function<bool(const std::string& value)>& isTaken)
{
    const Operator* definition = findOperator(node);
    if (!definition || !definition->counted || openSizes(node, inputs).empty())
        return std::nullopt;
    const Counted& form = *definition->counted;
    CountedNode result{node, node};
    result.count.name = node.name + "_count";
    result.count.op = form.by;
    result.then.op = form.then;
    for (GraphNode* part : {&result.count, &result.then}) {
        part->domain = "strata";
        part->version = 0;
        part->inputs.resize(form.inputs);
    }
    result.count.attributes["open"] = openAxes(node, inputs);
    result.count.outputs.clear();
    std::vector<ValueType> types = inputs;
    types.resize(form.inputs);
    const Result<std::vector<ValueType>> counts = inferTypes(makeInferContext(result.count, types, {}));
    if (!counts)
        return std::nullopt;
    for (std::size_t i = 0; i < counts->size(); ++i) {
        const std::string base = node.name + (i == 0 ? "_counts" : "_selected" + (i > 1 ? std::to_string(i) : ""));
        const std::string name = freshName(base, isTaken);
        result.count.outputs.push_back({name, (*counts)[i]});
        result.then.inputs.push_back(Operand::value(name));
    }
    return result;
}

std::map<std::string, Dim> mostOfSizes(const InferContext& context)
{
    std::map<std::string, Dim> most;
    const Operator* definition = findOperator(context.node);
    if (!definition || !definition->told)
        return most;
    const std::vector<std::string> open = openSizes(context.node, context.inputs);
    for (std::size_t i = 0; i < open.size(); ++i)
        most[open[i]] = definition->told->most(context, i);
    return most;
}

Dim atMost(const Dim& dim, const std::map<std::string, Dim>& most)
{
    Dim sum;
    for (const auto& [symbols, coefficient] : dim.terms()) {
        const bool speaks = std::any_of(symbols.begin(), symbols.end(),
                                        [&](const std::string& symbol) { return most.count(symbol) != 0; });
        if (speaks && coefficient < 0)
            continue;  // what data tell may be 0
        Dim product = coefficient;
        for (const std::string& symbol : symbols) {
            const auto found = most.find(symbol);
            product = product * (found == most.end() ? Dim::symbol(symbol) : found->second);
        }
        sum = sum + product;
    }
    return sum;
}

namespace {

// Walks a program in order; what is found later may speak of what is found before.
class DataSizes {
public:
    DataSizes(const Module& module, const Function& program)
        : m_module(module)
        , m_given(givenSizes(program))
    {
    }

    std::map<std::string, Dim> of(const Function& program)
    {
        if (const GraphBody* graph = program.graph()) {
            const OperandTypes types(m_module, program);
            for (const GraphNodePtr& node : graph->nodes)
                if (opensSize(*node))
                    visit(*node, types);
        } else if (const LibraryBody* library = program.library()) {
            addTypes(program.params);
            addTypes(program.results);
            for (const LibraryStmtPtr& stmt : library->statements)
                visit(*stmt);
        }
        return std::move(m_most);
    }

private:
    bool isOpen(const std::string& size) const { return !m_given.count(size) && !m_most.count(size); }
    bool opensSize(const GraphNode& node) const
    {
        return std::any_of(node.outputs.begin(), node.outputs.end(), [&](const TypedName& output) {
            const Shape& shape = output.type.tensor.shape;
            return std::any_of(shape.begin(), shape.end(), [&](const Dim& dim) {
                const std::string size = dim.isConstant() ? std::string() : plainSize(dim);
                return !size.empty() && isOpen(size);
            });
        });
    }

    void visit(const GraphNode& node, const OperandTypes& types)
    {
        std::vector<Shape> inputs, outputs;
        std::vector<ValueType> given;
        for (const Operand& input : node.inputs) {
            const TensorType type = types.tensor(input);
            inputs.push_back(type.shape);
            given.push_back({ValueType::Kind::Tensor, type});
        }
        for (const TypedName& output : node.outputs)
            if (node.op == "If" || !output.name.empty())
                outputs.push_back(output.type.tensor.shape);
        if (node.isCall())
            called(node.callee, inputs, outputs);
        else if (const auto branches = branchesOf(node.op, node.attributes); branches && isControlFlow(node))
            branched(*branches, {inputs.begin() + 1, inputs.end()}, outputs);
        else if (node.domain != "library")
            computed(node, given);
    }

    void computed(const GraphNode& node, std::vector<ValueType> inputs)
    {
        const auto parts = counted(node, inputs, [](const std::string&) { return false; });
        if (parts) {
            inputs.resize(parts->then.inputs.size() - parts->count.outputs.size());
            for (const TypedName& output : parts->count.outputs)
                inputs.push_back(output.type);
        }
        for (const auto& [size, most] : mostOfSizes(makeInferContext(parts ? parts->then : node, inputs, {})))
            found(size, most);
    }

    void addTypes(const std::vector<TypedName>& tensors)
    {
        for (const TypedName& tensor : tensors)
            m_types[tensor.name] = tensor.type.tensor;
    }

    void visit(const LibraryStmt& stmt)
    {
        if (const auto* allocation = std::get_if<AllocateBuffer>(&stmt))
            m_types[allocation->name] = allocation->type;
        if (const auto* view = std::get_if<ViewBuffer>(&stmt))
            m_types[view->name] = view->type;
        const auto* call = std::get_if<LibraryCall>(&stmt);
        if (!call)
            return;
        std::vector<Shape> inputs, outputs;
        for (const Operand& input : call->inputs)
            inputs.push_back(typeOf(input).shape);
        for (const std::string& output : call->outputs)
            outputs.push_back(typeOf(Operand::value(output)).shape);
        if (call->kind == LibraryCall::Callee::Function)
            called(call->callee, inputs, outputs);
        else if (const auto branches = branchesOf(call->callee, call->attributes); branches && isControlFlow(*call))
            branched(*branches, {inputs.begin() + 1, inputs.end()}, outputs);
    }

    TensorType typeOf(const Operand& operand) const
    {
        if (const auto constant = constantType(m_module, operand))
            return constant->tensor;
        const auto found = m_types.find(operand.name);
        return found == m_types.end() ? TensorType{DType::F32, {}, false} : found->second;
    }

    void called(const std::string& name, const std::vector<Shape>& inputs, const std::vector<Shape>& outputs)
    {
        const FunctionPtr callee = m_module.find(name);
        if (!callee || callee->told.empty())
            return;
        const std::map<std::string, Dim> sizes = sizesAtCall(*callee, inputs, outputs);
        for (const ToldSize& told : callee->told)
            if (const auto here = sizes.find(told.size); here != sizes.end())
                found(plainSize(here->second), withDims(told.most, sizes));
    }

    // One of the branches runs, so that a result is at most what any of them gives.
    void branched(const Branches& branches, const std::vector<Shape>& captures, const std::vector<Shape>& outputs)
    {
        std::map<std::string, Dim> most;
        for (const std::string& name : {branches.then, branches.otherwise}) {
            const FunctionPtr branch = m_module.find(name);
            if (!branch)
                return;
            const std::map<std::string, Dim> sizes = sizesAtCall(*branch, captures, {}),
                                             own = strata::dataSizes(m_module, *branch);
            for (std::size_t i = 0; i < std::min(outputs.size(), branch->results.size()); ++i) {
                const Shape& shape = branch->results[i].type.tensor.shape;
                for (std::size_t d = 0; d < std::min(outputs[i].size(), shape.size()); ++d) {
                    const std::string size = plainSize(outputs[i][d]);
                    const Dim bound = withDims(atMost(shape[d], own), sizes);
                    if (size.empty() || !isOpen(size))
                        continue;
                    if (!tell(known(), {bound}))
                        return;  // nothing says how much it is
                    most[size] = most[size] + bound;
                }
            }
        }
        for (const auto& [size, dim] : most)
            found(size, dim);
    }

    std::set<std::string> known() const
    {
        std::set<std::string> sizes = m_given;
        for (const auto& [size, most] : m_most)
            sizes.insert(size);
        return sizes;
    }

    void found(const std::string& size, const Dim& most)
    {
        if (!size.empty() && isOpen(size) && tell(known(), {most}))
            m_most[size] = atMost(most, m_most);
    }

    const Module& m_module;
    std::set<std::string> m_given;
    std::map<std::string, TensorType> m_types;
    std::map<std::string, Dim> m_most;
};

}  // namespace

std::map<std::string, Dim> dataSizes(const Module& module, const Function& program)
{
    return DataSizes(module, program).of(program);
}

SizeFacts factsWithin(const Module& module, const Function& program)
{
    SizeFacts facts = program.facts;
    for (const auto& [size, most] : dataSizes(module, program)) {
        const std::optional<SizeFact> bound = factOf(most, program.facts);
        facts[size] = {0, bound ? bound->most : mostSize, 1};
    }
    return facts;
}

}  // namespace strata
