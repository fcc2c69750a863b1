// Nodes of a graph in the place of others: fresh names, constants of their own, types by inference.
#pragma once

#include "core/ir/calls.h"
#include "core/tensor/tensor.h"
#include "passes/rewrite/graph.h"

#include <unordered_set>

namespace strata::graph {

class Replacement {
public:
    Replacement(const Module& module, FunctionPtr graph);

    const Function& graph() const { return *m_graph; }
    const OperandTypes& types() const { return m_types; }
    // Who makes a value; nullptr for parameters and constants.
    GraphNodePtr producer(const Operand& operand) const;
    // The one node that reads a value, which is no result of the graph; nullptr if there is none or several.
    GraphNodePtr onlyReader(const std::string& value) const;
    // All nodes that read a value; none where the graph returns it, too.
    std::vector<GraphNodePtr> readersWithin(const std::string& value) const;
    // The value of a constant operand.
    std::optional<Tensor> constant(const Operand& operand) const;

    // What follows takes the place of `node`; it stands where that stood.
    void replace(const GraphNodePtr& node);
    void drop(const GraphNodePtr& node);  // it is part of what was replaced
    Operand add(const std::string& op, int version, std::vector<Operand> inputs, Attributes attributes = {});
    // The last result is the value that `node` made.
    void finish(const GraphNode& node);
    Result<Operand> constant(const std::string& name, Tensor value);

    bool isEmpty() const { return m_written.empty(); }
    // Nodes of these operators that nobody reads any more go, too.
    Result<Change> change(const Module& module, const std::set<std::string>& idle, Effect effect);

private:
    const Module& m_module;
    FunctionPtr m_graph;
    OperandTypes m_types;
    std::map<std::string, GraphNodePtr> m_producers;
    std::map<std::string, std::vector<GraphNodePtr>> m_readers;
    std::set<std::string> m_returned, m_nodeNames, m_valueNames;
    std::map<std::string, ConstantPtr> m_constants;
    std::map<GraphNodePtr, std::vector<std::shared_ptr<GraphNode>>> m_written;
    GraphNodePtr m_current;
};

// A node that is looked at, and replaced if it fits: what the classes that do it share.
class NodeReplacement {
protected:
    NodeReplacement(Replacement& replacement, GraphNodePtr node);

    Error no(const std::string& why) const;  // "Node conv (Conv) has no window."
    Operand input(std::size_t i) const;      // of no kind where the node has none
    bool given(std::size_t i) const { return input(i).kind != Operand::Kind::None; }

    Replacement& m_replacement;
    GraphNodePtr m_node;
};

// Transforms that rewrite nodes of one kind, those that `nodes` names or all: what their applies and plan share.
//
// `none` is said where the graph has no node of the kind.
Status hasNodes(const Module& module, const Arguments& arguments, const std::function<bool(const GraphNode&)>& isOfKind,
                const Sentence& none);

// Looks at a node and returns what writes its replacement, or why there is none: told where the node is named, else the
// node stays as it is.
using Write = std::function<Status()>;
using Rewriting = std::function<Result<Write>(Replacement& replacement, const GraphNodePtr& node, bool named)>;
// By a class that is made of a node, reads it (or says why it does not fit) and writes what replaces it.
template<class Replacer, class... More>
Rewriting rewritingBy(More... more)
{
    return [more...](Replacement& replacement, const GraphNodePtr& node, bool) -> Result<Write> {
        const auto one = std::make_shared<Replacer>(replacement, node, more...);
        STRATA_CHECK(one->read());
        return Write([one] { return one->write(); });
    };
}

// `nothing` is said where no node is rewritten. Nodes of `idle` operators that nobody reads any more go, too.
Result<Change> rewriteNodes(const Module& module, const Arguments& arguments, const Rewriting& rewriting,
                            const Sentence& nothing, const std::set<std::string>& idle, Effect effect);

}  // namespace strata::graph
