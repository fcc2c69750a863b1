// Calls of the module's functions, whatever the level of the caller: a node of a graph, or a statement of a runtime
// program.
//
// One walk and one map, so that what counts as a call is said once. Routines of providers ("onednn.matmul") are no
// calls in this sense; a graph attribute (the branch of an If) is a use of a function, which `forEachUse` visits too.
#pragma once

#include "core/ir/module.h"

#include <unordered_map>

namespace strata {

// A call where it stands; valid while its caller is.
struct Call {
    const std::string& name;  // of the node or statement
    const std::string& callee;
    const std::vector<Operand>& inputs;
};
void forEachCall(const Function& caller, const std::function<void(const Call&)>& visit);
void forEachCall(const Module& module, const std::function<void(const Function& caller, const Call&)>& visit);

// Names of the functions that this one calls, holds as attributes or chooses to run in its place; may repeat.
void forEachUse(const Function& user, const std::function<void(const std::string& function)>& visit);

// What a graph or runtime program reads: inputs of nodes and calls, sources of views and copies, results.
void forEachOperand(const Function& reader, const std::function<void(const Operand&)>& visit);

// What becomes of a call; nullopt keeps it.
struct CallEdit {
    std::string callee;
    std::vector<Operand> inputs;
};
using CallRewrite = std::function<std::optional<CallEdit>(const Call&)>;
FunctionPtr mapCalls(const FunctionPtr& caller, const CallRewrite& rewrite);  // the same pointer if no call changed
ModulePtr mapCalls(const Module& module, const CallRewrite& rewrite);

// Types of the operands of a graph function: parameters, values and the module's constants; valid while both are. Who
// asks for a few has the graph searched, who asks for many gets a table made. For one thread.
class OperandTypes {
public:
    OperandTypes(const Module& module, const Function& graph)
        : m_module(module)
        , m_graph(graph)
    {
    }
    std::optional<ValueType> of(const Operand& operand) const;  // nullopt: left out, or nothing of that name
    // As a tensor; an unranked one where it is not known.
    TensorType tensor(const Operand& operand) const;

private:
    const ValueType* search(std::string_view value) const;
    void makeTable() const;

    const Module& m_module;
    const Function& m_graph;
    mutable int m_searches = 0;
    mutable std::unordered_map<std::string_view, const ValueType*> m_table;
};
// The type of a constant operand; nullopt for anything else.
std::optional<ValueType> constantType(const Module& module, const Operand& operand);

}  // namespace strata
