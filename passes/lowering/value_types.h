// Types of what the nodes of a graph read, by name; valid while the graph is. Unlike OperandTypes it copies none.
#pragma once

#include "core/ir/calls.h"

#include <unordered_map>

namespace strata {

class ValueTypes {
public:
    ValueTypes(const Module& module, const Function& graph)
        : m_module(module)
    {
        for (const TypedName& param : graph.params)
            m_values[param.name] = &param.type;
        for (const GraphNodePtr& node : graph.graph()->nodes)
            for (const TypedName& output : node->outputs)
                m_values[output.name] = &output.type;
    }

    std::optional<ValueType> of(const Operand& operand) const
    {
        if (operand.kind != Operand::Kind::Value)
            return constantType(m_module, operand);
        const auto found = m_values.find(operand.name);
        return found == m_values.end() ? std::nullopt : std::optional(*found->second);
    }

private:
    const Module& m_module;
    std::unordered_map<std::string_view, const ValueType*> m_values;
};

}  // namespace strata
