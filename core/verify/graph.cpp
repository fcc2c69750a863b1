// A graph function is in single-assignment form: every value has one definition, before its uses, and what a call
// passes and a return hands out agrees in type with what the other side declares. One walk in order shows it. Shapes
// may be symbolic or unknown; only what is known to differ is a fault.
#include "core/ir/placement.h"
#include "core/operators/data_sizes.h"
#include "core/verify/parts.h"

#include <set>

namespace strata {

namespace {

class GraphVerifier {
public:
    GraphVerifier(const Module& module, const Function& function, Findings& findings)
        : m_module(module)
        , m_function(function)
        , m_findings(findings)
        , m_facts(factsWithin(module, function))
    {
    }

    void run()
    {
        for (const TypedName& param : m_function.params)
            define(param, functionCursor(m_function.name));
        for (const GraphNodePtr& node : m_function.graph()->nodes)
            check(*node);
        checkReturns();
    }

private:
    void find(std::string sentence, Cursor where)
    {
        m_findings.push_back(refused(std::move(sentence), {std::move(where)}));
    }
    void define(const TypedName& value, const Cursor& where)
    {
        if (!value.name.empty() && !m_values.emplace(value.name, value.type).second)
            find("Value " + value.name + " is defined twice in " + m_function.name + ".", where);
    }
    std::optional<ValueType> typeOf(const Operand& operand, const Cursor& where, const std::string& user)
    {
        if (operand.kind == Operand::Kind::Constant) {
            auto found = m_module.constants.find(operand.name);
            if (found != m_module.constants.end())
                return ValueType{ValueType::Kind::Tensor, found->second->type()};
            find("The constant @" + operand.name + " that " + user + " reads does not exist.", where);
        } else if (operand.kind == Operand::Kind::Value) {
            auto found = m_values.find(operand.name);
            if (found != m_values.end())
                return found->second;
            find("The value " + operand.name + " that " + user + " reads is not defined before it.", where);
        }
        return std::nullopt;
    }
    void check(const GraphNode& node);
    void checkCall(const GraphNode& node, const std::vector<std::optional<ValueType>>& inputs, const Cursor& where);
    void checkReturns();

    const Module& m_module;
    const Function& m_function;
    Findings& m_findings;
    const SizeFacts m_facts;
    std::map<std::string, ValueType> m_values;
    std::set<std::string> m_nodes;
};

void GraphVerifier::check(const GraphNode& node)
{
    const Cursor where{m_function.name, NodeKind::Operator, node.name};
    if (!m_nodes.insert(node.name).second)
        find("Two nodes of " + m_function.name + " are named " + node.name + ".", where);
    std::vector<std::optional<ValueType>> inputs;
    for (const Operand& input : node.inputs)
        inputs.push_back(typeOf(input, where, "node " + node.name));
    if (node.isCall())
        checkCall(node, inputs, where);
    if (node.isCall() && node.attributes.count(placementAttribute) && placement(node.attributes).empty())
        find("Node " + node.name + " is placed on what is no name of a device.", where);
    for (const auto& [name, attribute] : node.attributes)
        if (const FunctionRef* ref = std::get_if<FunctionRef>(&attribute); ref && !m_module.find(ref->name))
            find("The function " + ref->name + " in attribute " + name + " of node " + node.name + " does not exist.",
                 where);
    for (const TypedName& output : node.outputs)
        define(output, where);
}

void GraphVerifier::checkCall(const GraphNode& node, const std::vector<std::optional<ValueType>>& inputs,
                              const Cursor& where)
{
    const FunctionPtr callee = m_module.find(node.callee);
    if (!callee)
        return find("Node " + node.name + " calls the function " + node.callee + ", which does not exist.", where);
    if (inputs.size() != callee->params.size() || node.outputs.size() != callee->results.size())
        return find("Node " + node.name + " calls " + node.callee + " with " + std::to_string(inputs.size())
                        + " inputs and " + std::to_string(node.outputs.size()) + " outputs, which has "
                        + std::to_string(callee->params.size()) + " and " + std::to_string(callee->results.size())
                        + ".",
                    where);
    std::vector<std::optional<ValueType>> outputs;
    for (const TypedName& output : node.outputs)
        outputs.emplace_back(output.type);
    const std::map<std::string, Dim> sizes = sizesAtCall(*callee, shapesOf(inputs), shapesOf(outputs));
    auto compare = [&](const ValueType& given, const TypedName& wanted) {
        if (!agrees(given, wanted.type, sizes))
            find("Node " + node.name + " gives " + toString(given) + " for " + wanted.name + " of " + node.callee
                     + ", which is " + toString(wanted.type) + ".",
                 where);
    };
    for (std::size_t i = 0; i < inputs.size(); ++i)
        if (inputs[i])
            compare(*inputs[i], callee->params[i]);
    for (std::size_t i = 0; i < node.outputs.size(); ++i)
        compare(node.outputs[i].type, callee->results[i]);
    if (const std::string broken = brokenFact(m_facts, *callee, sizes); !broken.empty())
        find("Node " + node.name + " calls " + node.callee + ", which assumes " + broken + ".", where);
}

void GraphVerifier::checkReturns()
{
    const std::vector<Operand>& returns = m_function.graph()->returns;
    const Cursor where = functionCursor(m_function.name);
    if (returns.size() != m_function.results.size())
        return find("Function " + m_function.name + " returns " + std::to_string(returns.size())
                        + " values and declares " + std::to_string(m_function.results.size()) + ".",
                    where);
    for (std::size_t i = 0; i < returns.size(); ++i)
        if (const auto type = typeOf(returns[i], where, "the return of " + m_function.name);
            type && !mayAgree(*type, m_function.results[i].type))
            find("Result " + m_function.results[i].name + " of " + m_function.name + " is declared as "
                     + toString(m_function.results[i].type) + " and returned as " + toString(*type) + ".",
                 where);
}

}  // namespace

void verifyGraph(const Module& module, const Function& function, Findings& findings)
{
    GraphVerifier(module, function, findings).run();
}

}  // namespace strata
