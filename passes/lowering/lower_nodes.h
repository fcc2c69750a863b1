// Nodes of a graph become functions of loops that are called in their place: the one lowering, of every step and every
// preview.
#pragma once

#include "core/ir/calls.h"
#include "passes/lowering/lower_functions.h"

namespace strata {

class FunctionNames;

using NodeNames = std::set<std::string>;

class NodeLowering {
public:
    // With the graph's types, its faults among them; `Declared`: of a graph that is known to agree with itself.
    enum class Types { Inferred, Declared };
    static Result<NodeLowering> of(const Module& module, const FunctionPtr& graph, LoweringCache& cache,
                                   Types types = Types::Inferred);

    const InferredTypes& types() const { return *m_types; }
    // Nodes whose results somebody needs when the function runs; and those that compute them then: no views of memory.
    NodeNames needed() const;
    NodeNames computing() const;
    // Those of them that have loops to give: operators with a definition, and calls of graph functions.
    NodeNames worthLoops() const;
    // Which of these nodes cannot be lowered, and why.
    std::map<std::string, Error> refusals(const NodeNames& nodes) const;

    // All these nodes in one pass; what is known of types is written down. A call keeps the name of its node; `name`,
    // if given, is what the function of a single node is called.
    Result<LoweredPart> lower(const NodeNames& nodes, const std::string& name = {}) const;

private:
    NodeLowering(const Module& module, FunctionPtr graph, std::shared_ptr<const InferredTypes> types,
                 LoweringCache& cache);

    // A node that becomes two, by the name of the second, which is its own.
    struct Split {
        GraphNodePtr whole;
        std::string count;  // the node that counts
    };
    void splitCounted();
    bool isCount(const std::string& node) const;
    NodeNames withCounts(NodeNames nodes) const;
    // The node and its inputs with plain names for the sizes that data tell, so that nodes that differ in these alone
    // have the same loops.
    GraphNode plainlySized(const GraphNode& node, std::vector<ValueType>& inputs, SizeFacts& facts) const;

    struct Replaced {
        std::string base;  // of its function's name
        LoweredNode loops;
        FunctionPtr function;  // the loops under their name in this module
    };
    using Replacements = std::map<std::string, Replaced>;  // by node

    const std::vector<GraphNodePtr>& nodes() const { return m_split->graph()->nodes; }
    Cursor cursor(const GraphNode& node) const;
    bool isKnown(const GraphNode& node) const;
    bool hasDefinition(const GraphNode& node) const;
    Result<FunctionPtr> callee(const GraphNode& node) const;
    Status canLower(const GraphNode& node) const;
    std::vector<ValueType> inputTypes(const GraphNode& node) const;
    std::optional<Tensor> codeInput(const Operand& operand) const;
    std::string baseOf(const GraphNode& node) const;  // of its function's name
    Result<LoweredNode> loops(const GraphNode& node) const;
    Result<LoweredNode> loopsByContent(const GraphNode& node) const;
    void giveNames(Replacements& replaced) const;
    struct Contested {
        std::set<std::string> bases, operators;  // of the functions that are to be named
    };
    void claim(FunctionNames& names, const Contested& contested, const Replacements& replaced) const;
    std::vector<FunctionPtr> otherPrograms() const;
    Status giveName(Replacements& replaced, const std::string& name) const;
    FunctionPtr withCalls(const Replacements& replaced) const;

    const Module& m_module;
    FunctionPtr m_graph;
    std::shared_ptr<const InferredTypes> m_types;
    FunctionPtr m_split;  // its function, with two nodes where one is split
    std::map<std::string, Split> m_splits;
    std::set<std::string> m_counts;            // nodes
    std::map<std::string, Dim> m_dataSizes;    // with the most that each can be
    SizeFacts m_facts;                         // of all sizes
    LoweringCache& m_cache;
    std::optional<OperandTypes> m_operands;
    std::unordered_map<std::string_view, FunctionPtr> m_functions;  // of the module, by name
};

// What a node makes lies in memory and has a size that is known, of parameters or as data tell it. The refusal says how
// to come by that.
Status checkInMemory(const Function& graph, const GraphNode& node, const std::map<std::string, Dim>& dataSizes);

}  // namespace strata
