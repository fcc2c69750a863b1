// Lowers graph functions: the entry to a runtime program whose calls are made from its nodes, groups and single nodes
// to loops.
#pragma once

#include "passes/lowering/lowering_cache.h"

#include <set>

namespace strata {

class GraphLowering {
public:
    GraphLowering(const Module& module, LoweringCache& cache);

    // A graph function as a library function of its name.
    Result<FunctionPtr> function(const FunctionPtr& graph);
    // A library function whose calls of graph functions are lowered; the same pointer if there are none.
    Result<FunctionPtr> callees(const FunctionPtr& library);
    // The loops of one node, and of a group (a graph function that is called).
    Result<FunctionPtr> node(const FunctionPtr& graph, const std::string& name);
    Result<FunctionPtr> group(const FunctionPtr& graph);

    // What was made on the way.
    const std::vector<FunctionPtr>& made() const { return m_made; }
    const std::map<std::string, ConstantPtr>& constants() const { return m_constants; }
    const Forwarding& forwarding() const { return m_forwarding; }
    std::vector<std::string> previewed() const;

private:
    struct Draft;  // the library function being written
    Status statement(Draft& program, const GraphNode& node);
    bool view(Draft& program, const GraphNode& node);
    Status call(Draft& program, const GraphNode& node);
    Status routineCall(Draft& program, const GraphNode& node);
    Status operatorCall(Draft& program, const GraphNode& node);
    void addCall(Draft& program, const GraphNode& node, LibraryCall call, const FunctionPtr& loops);
    void finish(Draft& program);

    Operand place(const Draft& program, const Operand& operand);
    ValueType typeOf(const Draft& program, const Operand& operand) const;
    Cursor cursor(const Draft& program, const GraphNode& node) const;
    std::string bufferName(Draft& program, const std::string& value);
    std::string destination(Draft& program, const TypedName& value);

    std::shared_ptr<const InferredTypes> types(const FunctionPtr& graph, Error& error);
    Result<LoweredNode> loweredNode(const Draft& program, const GraphNode& node);
    Result<LoweredGraph> loweredGroup(const FunctionPtr& graph);
    FunctionPtr named(const FunctionPtr& function, const std::string& wanted);

    const Module& m_module;
    LoweringCache& m_cache;
    std::vector<FunctionPtr> m_made;
    std::map<const Function*, FunctionPtr> m_named;  // by the cached function: what it is called here
    std::set<std::string> m_names, m_groups;
    std::map<std::string, ConstantPtr> m_constants;  // of the module, and known values that code reads
    Forwarding m_forwarding;
};

}  // namespace strata
