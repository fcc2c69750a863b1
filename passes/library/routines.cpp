// Which nodes are one routine of a provider: a product or convolution, then perhaps a bias, then perhaps a Relu.
//
// A chain is matched node by node; each node after the first must be the only reader of the one before, since the value
// between vanishes. What the routine cannot do (scaled products, batches that broadcast, another type) is refused with
// the reason. asOperators is the inverse: a routine is another name for operators, so a call can always go back.
#include "passes/library/routines.h"

#include "core/ir/calls.h"

#include <algorithm>

namespace strata::library {

namespace {

using namespace graph;
using Nodes = std::vector<GraphNodePtr>;

template<class T>
T attribute(const GraphNode& node, const std::string& name, T fallback)
{
    const auto found = node.attributes.find(name);
    const T* value = found == node.attributes.end() ? nullptr : std::get_if<T>(&found->second);
    return value ? *value : fallback;
}

using Integers = std::vector<std::int64_t>;

// Reads one group of nodes of one graph; what is refused speaks of `nodes` in the caller's graph.
class Matcher {
public:
    Matcher(const Module& module, const Function& graph, const Nodes& chain, std::vector<Cursor> cursors)
        : m_module(module)
        , m_graph(graph)
        , m_types(module, graph)
        , m_chain(chain)
        , m_cursors(std::move(cursors))
    {
    }

    Result<GraphNode> match(const std::string& routine)
    {
        const GraphNode& anchor = *m_chain[0];
        m_call.name = anchor.name;
        m_call.op = routine;
        m_call.domain = domain;
        const bool conv = routine.ends_with(convSuffix);
        if (conv ? anchor.op != "Conv" : anchor.op != "MatMul" && anchor.op != "Gemm")
            return no("Node " + anchor.name + " is a " + anchor.op + ", but " + routine + " computes "
                      + (conv ? "a Conv" : "a MatMul or Gemm") + ".");
        STRATA_CHECK(floats(anchor));
        STRATA_CHECK(conv ? convolution(anchor) : anchor.op == "Gemm" ? gemm(anchor) : matmul(anchor));
        for (std::size_t i = 1; i < m_chain.size(); ++i)
            STRATA_CHECK(follower(i));
        m_call.outputs = m_chain.back()->outputs;
        return m_call;
    }

private:
    Error no(const std::string& sentence, const std::string& hint = {}) const
    {
        return refused(sentence, m_cursors, hint);
    }

    TensorType typeOf(const Operand& operand) const { return m_types.tensor(operand); }

    Status floats(const GraphNode& anchor) const
    {
        for (const Operand& input : anchor.inputs) {
            if (input.kind == Operand::Kind::None)
                continue;
            const TensorType type = typeOf(input);
            if (type.dtype != DType::F32 || !type.ranked || !isConstant(type.shape))
                return no("The routines take float32 tensors of constant shape, but " + input.name + " is "
                              + toString(type) + ".",
                          type.ranked && isConstant(type.shape)
                              ? ""
                              : "Bind the symbolic dimensions first: graph.bind_dimension.");
        }
        return {};
    }

    // A row that is added to every row of the result.
    Status bias(const Operand& operand, std::int64_t columns)
    {
        const Integers shape = constants(typeOf(operand).shape);
        const bool row = !shape.empty() && shape.back() == columns
                         && std::all_of(shape.begin(), shape.end() - 1, [](auto n) { return n == 1; });
        if (!row)
            return no("The bias " + operand.name + " has shape " + toString(typeOf(operand).shape)
                      + ", but a routine adds a row of " + std::to_string(columns) + ".");
        m_call.inputs.push_back(operand);
        return {};
    }

    Status gemm(const GraphNode& node)
    {
        const bool c = node.inputs.size() > 2 && node.inputs[2].kind != Operand::Kind::None;
        if (attribute(node, "alpha", 1.0f) != 1.0f || (c && attribute(node, "beta", 1.0f) != 1.0f))
            return no("Node " + node.name + " scales its product or its bias, which the routine does not.",
                      "Decompose it first: graph.decompose.");
        m_call.inputs = {node.inputs[0], node.inputs[1]};
        for (const char* flag : {"transA", "transB"})
            if (attribute(node, flag, std::int64_t(0)))
                m_call.attributes[flag] = std::int64_t(1);
        const Integers b = constants(typeOf(node.inputs[1]).shape);
        return c ? bias(node.inputs[2], b[attribute(node, "transB", std::int64_t(0)) ? 0 : 1]) : Status();
    }

    Status matmul(const GraphNode& node)
    {
        const Integers a = constants(typeOf(node.inputs[0]).shape), b = constants(typeOf(node.inputs[1]).shape);
        if (a.size() < 2 || b.size() < 2)
            return no("Node " + node.name + " multiplies a vector; the routine takes matrices.");
        if (b.size() > 2 && !(a.size() == b.size() && std::equal(a.begin(), a.end() - 2, b.begin())))
            return no("Node " + node.name
                      + " broadcasts its batch dimensions; the routine takes equal ones, or one matrix on the right.");
        m_call.inputs = node.inputs;
        return {};
    }

    Status convolution(const GraphNode& node)
    {
        const Integers x = constants(typeOf(node.inputs[0]).shape), w = constants(typeOf(node.inputs[1]).shape);
        if (x.size() != 4)
            return no("Node " + node.name + " convolves a tensor of " + std::to_string(x.size())
                      + " dimensions; the routine takes four.");
        const Integers strides = attribute(node, "strides", Integers{1, 1}),
                       dilations = attribute(node, "dilations", Integers{1, 1});
        m_call.inputs = {node.inputs[0], node.inputs[1]};
        if (node.inputs.size() > 2 && node.inputs[2].kind != Operand::Kind::None)
            m_call.inputs.push_back(node.inputs[2]);
        m_call.attributes["strides"] = strides;
        m_call.attributes["dilations"] = dilations;
        m_call.attributes["kernel_shape"] = Integers{w[2], w[3]};
        m_call.attributes["group"] = attribute(node, "group", std::int64_t(1));
        m_call.attributes["pads"] = pads(node, x, w, strides, dilations);
        return {};
    }

    // auto_pad becomes numbers.
    static Integers pads(const GraphNode& node, const Integers& x, const Integers& w, const Integers& strides,
                         const Integers& dilations)
    {
        const std::string automatic = attribute(node, "auto_pad", std::string("NOTSET"));
        Integers result(4, 0);
        if (automatic == "NOTSET" || automatic.empty())
            return attribute(node, "pads", result);
        if (automatic != "SAME_UPPER" && automatic != "SAME_LOWER")
            return result;
        for (std::size_t d = 0; d < 2; ++d) {
            const std::int64_t size = x[2 + d], out = (size + strides[d] - 1) / strides[d];
            const std::int64_t total = std::max<std::int64_t>(0, (out - 1) * strides[d] + (w[2 + d] - 1) * dilations[d]
                                                                     + 1 - size);
            result[d] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
            result[2 + d] = total - result[d];
        }
        return result;
    }

    // A node after the anchor reads what the one before makes, and is its only reader.
    Status follower(std::size_t i)
    {
        const GraphNode &node = *m_chain[i], &before = *m_chain[i - 1];
        const std::string& value = before.outputs[0].name;
        const auto reads = [&value](const Operand& input) { return input == Operand::value(value); };
        if (std::count_if(node.inputs.begin(), node.inputs.end(), reads) != 1)
            return no("Node " + node.name + " does not read what " + before.name + " makes.",
                      "Name the nodes in the order in which they run.");
        const auto readers = consumers(m_graph);
        const auto found = readers.find(value);
        if ((found != readers.end() && found->second.size() > 1) || returnedValues(m_graph).count(value))
            return no("Somebody else reads " + value + ", which would not be there any more.",
                      "Call the library for " + before.name + " alone.");
        if (node.op == "Relu" && i + 1 == m_chain.size()) {
            m_call.attributes["epilogue"] = std::string("relu");
            return {};
        }
        return node.op == "Add" && i == 1
                   ? addedBias(node, value)
                   : Status(no("Node " + node.name + " (" + node.op + ") is no part of a routine.",
                               "A routine takes MatMul, Gemm or Conv, then the Add of a bias, then a Relu."));
    }

    Status addedBias(const GraphNode& add, const std::string& value)
    {
        const GraphNode& anchor = *m_chain[0];
        const Operand& other = add.inputs[add.inputs[0] == Operand::value(value) ? 1 : 0];
        if (anchor.op == "Conv" || m_call.inputs.size() > 2)
            return no("Node " + anchor.name + " has no room for the bias that " + add.name + " adds.");
        const Integers a = constants(typeOf(m_call.inputs[0]).shape), b = constants(typeOf(m_call.inputs[1]).shape);
        if (a.size() != 2 || b.size() != 2)
            return no("The routine adds a bias to a matrix, but " + anchor.name + " makes more dimensions.",
                      "Leave " + add.name + " out.");
        return bias(other, b[m_call.attributes.count("transB") ? 0 : 1]);
    }

    const Module& m_module;
    const Function& m_graph;
    const OperandTypes m_types;
    const Nodes& m_chain;
    std::vector<Cursor> m_cursors;
    GraphNode m_call;
};

// A call of a function that is made of an anchor and what follows it: matched inside, with the arguments put for the
// parameters.
Result<GraphNode> matchCallee(const Module& module, const GraphNode& call, const std::string& routine,
                              const std::vector<Cursor>& cursors)
{
    const FunctionPtr callee = module.find(call.callee);
    if (!callee || !callee->graph())
        return refused(say("Node {} calls {}, which is no graph any more.", call.name, call.callee), cursors,
                       "Call the library before lowering to loops.");
    const GraphBody& body = *callee->graph();
    if (body.nodes.empty() || body.returns.size() != 1
        || body.returns[0] != Operand::value(body.nodes.back()->outputs[0].name))
        return refused(say("Function {} is not one product with what follows it.", call.callee), cursors);
    STRATA_TRY(GraphNode result, Matcher(module, *callee, body.nodes, cursors).match(routine));
    for (Operand& input : result.inputs)
        for (std::size_t i = 0; i < callee->params.size(); ++i)
            if (input == Operand::value(callee->params[i].name)) {
                input = call.inputs[i];
                break;
            }
    result.name = call.name;
    result.outputs = call.outputs;
    return result;
}

}  // namespace

bool isRoutine(const GraphNode& node) { return node.domain == domain; }

std::vector<std::string> routineNames() { return {"onednn.conv", "onednn.matmul", "openblas.matmul"}; }

Result<GraphNode> asRoutine(const Module& module, const Function& graph, const Nodes& nodes, const std::string& routine)
{
    std::vector<Cursor> cursors;
    for (const GraphNodePtr& node : nodes)
        cursors.push_back(nodeCursor(graph, node->name));
    if (nodes.empty())
        return refused("No node is named.", {}, "Name a MatMul, Gemm or Conv.");
    if (nodes.size() == 1 && nodes[0]->isCall())
        return matchCallee(module, *nodes[0], routine, cursors);
    return Matcher(module, graph, nodes, cursors).match(routine);
}

std::vector<GraphNode> asOperators(const GraphNode& routine, const Fresh& freshNode, const Fresh& freshValue)
{
    GraphNode anchor = routine;
    const bool gemm = routine.inputs.size() > 2 || routine.attributes.count("transA")
                      || routine.attributes.count("transB");
    anchor.domain.clear();
    anchor.op = routine.op.ends_with(convSuffix) ? "Conv" : gemm ? "Gemm" : "MatMul";
    anchor.version = anchor.op == "Conv" ? 11 : 13;
    if (!anchor.attributes.erase("epilogue"))
        return {anchor};
    GraphNode relu;
    relu.name = freshNode(routine.name + "_relu");
    relu.op = "Relu";
    relu.version = 14;
    relu.outputs = routine.outputs;
    anchor.outputs[0].name = freshValue(routine.outputs[0].name + "_linear");
    relu.inputs = {Operand::value(anchor.outputs[0].name)};
    return {anchor, relu};
}

}  // namespace strata::library
