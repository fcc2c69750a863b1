// What compound operators are made of, in simpler operators.
#pragma once

#include "passes/rewrite/graph.h"

namespace strata::graph {

// Writes the nodes that replace one node. Names derive from the node's and are fresh in the graph.
class Decomposition {
public:
    Decomposition(const Module& module, const Function& graph, const GraphNode& node);

    const GraphNode& node() const { return m_node; }
    const TensorType& inputType(std::size_t i) const { return m_inputTypes[i]; }
    bool given(std::size_t i) const { return i < m_node.inputs.size() && m_node.inputs[i].kind != Operand::Kind::None; }
    const Operand& input(std::size_t i) const { return m_node.inputs[i]; }
    std::int64_t rank() const { return std::int64_t(m_inputTypes[0].shape.size()); }
    float real(const std::string& attribute, float fallback) const;
    std::int64_t integer(const std::string& attribute, std::int64_t fallback) const;

    // A node and its result.
    Operand add(const std::string& op, int version, std::vector<Operand> inputs, Attributes attributes = {});
    // The last node; its result is the replaced node's.
    void finish(const std::string& op, int version, std::vector<Operand> inputs, Attributes attributes = {});
    // A scalar constant of the first input's type.
    Operand scalar(const std::string& name, double value);

    const std::vector<GraphNodePtr>& nodes() const { return m_nodes; }
    const std::map<std::string, ConstantPtr>& constants() const { return m_constants; }

private:
    GraphNode make(const std::string& op, int version, std::vector<Operand> inputs, Attributes attributes);

    const Module& m_module;
    const GraphNode& m_node;
    std::vector<TensorType> m_inputTypes;
    std::vector<GraphNodePtr> m_nodes;
    std::map<std::string, ConstantPtr> m_constants;
    std::set<std::string> m_nodeNames, m_valueNames;
};

struct DecompositionRule {
    const char* op;
    Effect effect;                                // of the usual case
    const char* formula;                          // for the manual
    std::function<Status(Decomposition&)> write;  // refuses what it does not cover
};
const std::vector<DecompositionRule>& decompositionRules();
const DecompositionRule* findDecomposition(const GraphNode& node);

}  // namespace strata::graph
