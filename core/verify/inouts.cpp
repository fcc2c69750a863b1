// Results in the memory of parameters: what has two names has one type, and nobody sees the old value by the name of
// the parameter once the result is written.
//
// Loops speak of the result alone, so that order, races and coverage see one buffer that holds something from the
// beginning. In a graph the call that overwrites the parameter computes in place (its callee says so), and every other
// reader stands before it. Statements of a runtime program are looked at one by one (library.cpp).
#include "core/base/condition.h"
#include "core/operators/in_place.h"
#include "core/operators/views.h"
#include "core/verify/parts.h"

#include <algorithm>
#include <unordered_map>

namespace strata {

namespace {

const TypedName* tensorNamed(const std::vector<TypedName>& names, const std::string& name)
{
    const auto found = std::find_if(names.begin(), names.end(), [&](const TypedName& one) { return one.name == name; });
    return found == names.end() ? nullptr : &*found;
}

class GraphInout {
public:
    GraphInout(const Module& module, const Function& function, const std::string& result, const std::string& parameter,
               Findings& findings)
        : m_module(module)
        , m_function(function)
        , m_result(result)
        , m_parameter(parameter)
        , m_findings(findings)
    {
        for (const GraphNodePtr& node : function.graph()->nodes)
            for (const TypedName& output : node->outputs)
                m_producers.emplace(output.name, node.get());
    }

    void run()
    {
        const GraphBody& graph = *m_function.graph();
        const auto place = std::size_t(tensorNamed(m_function.results, m_result) - m_function.results.data());
        if (place >= graph.returns.size() || graph.returns[place].kind != Operand::Kind::Value)
            return;
        const InPlaceChain chain = inPlaceChain(m_module, graph, graph.returns[place].name,
                                                [this](const std::string& value) {
                                                    const auto made = m_producers.find(value);
                                                    return made == m_producers.end() ? nullptr : made->second;
                                                });
        if (chain.writers.empty())
            return;
        const GraphNode* const first = chain.writers.back();
        bool isOver = false;
        for (const GraphNodePtr& node : graph.nodes) {
            isOver = isOver || node.get() == first;
            for (std::size_t i = 0; isOver && i < node->inputs.size(); ++i)
                if (const bool isMade = node.get() == first && overwrites(*node, i, chain);
                    !STRATA_CONDITION("inout.readers", isMade || !showsParameter(node->inputs[i])))
                    return report(*node, *first);
        }
        for (std::size_t i = 0; i < graph.returns.size(); ++i)
            if (!STRATA_CONDITION("inout.returned", i == place || !showsParameter(graph.returns[i])))
                return m_findings.push_back(
                    refused(say("Result {} is what the parameter {} was, in whose memory the result {} is written.",
                                m_function.results[i].name, m_parameter, m_result),
                            {{m_function.name, NodeKind::Value, m_parameter}}));
    }

private:
    bool showsParameter(const Operand& operand) const
    {
        std::string value = operand.name;
        for (auto made = m_producers.find(value);
             operand.kind == Operand::Kind::Value && made != m_producers.end() && isView(*made->second)
             && !made->second->inputs.empty() && made->second->inputs[0].kind == Operand::Kind::Value;
             made = m_producers.find(value))
            value = made->second->inputs[0].name;
        return operand.kind == Operand::Kind::Value && value == m_parameter;
    }
    bool overwrites(const GraphNode& node, std::size_t input, const InPlaceChain& chain) const
    {
        return inPlaceInput(m_module, node, chain.values[chain.computed - 1]) == input;
    }
    void report(const GraphNode& reader, const GraphNode& writer)
    {
        const std::vector<Cursor> nodes{{m_function.name, NodeKind::Operator, reader.name}};
        if (&reader == &writer)
            m_findings.push_back(refused(say("Node {} reads {} while it writes {}, which lies in its memory.",
                                             reader.name, m_parameter, m_result),
                                         nodes, "What it calls would have to compute in place: library.inout."));
        else
            m_findings.push_back(refused(say("Node {} reads {} after node {} wrote {}, which lies in its memory.",
                                             reader.name, m_parameter, writer.name, m_result),
                                         nodes));
    }

    const Module& m_module;
    const Function& m_function;
    const std::string &m_result, &m_parameter;
    Findings& m_findings;
    std::unordered_map<std::string, const GraphNode*> m_producers;
};

}  // namespace

void verifyInouts(const Module& module, const Function& function, Findings& findings)
{
    std::set<std::string> taken;
    const std::size_t before = findings.size();
    for (const auto& [result, parameter] : function.inouts) {
        const std::vector<Cursor> nodes{functionCursor(function.name)};
        const TypedName *to = tensorNamed(function.results, result), *from = tensorNamed(function.params, parameter);
        if (!to || !from) {
            findings.push_back(refused(say("Function {} has no result {} or no parameter {}, which share memory.",
                                           function.name, result, parameter),
                                       nodes));
            continue;
        }
        if (to->type != from->type || to->type.kind != ValueType::Kind::Tensor || !to->type.tensor.ranked)
            findings.push_back(
                refused(say("Result {} of {} is {}, and the parameter {}, in whose memory it lies, is {}.", result,
                            function.name, toString(to->type), parameter, toString(from->type)),
                        nodes));
        if (!taken.insert(parameter).second)
            findings.push_back(
                refused(say("Two results of {} lie in the memory of {}.", function.name, parameter), nodes));
        if (function.hardware())
            findings.push_back(
                refused(say("Function {} is LLVM IR, whose pointers overlap nothing.", function.name), nodes));
    }
    if (function.graph() && findings.size() == before)
        for (const auto& [result, parameter] : function.inouts)
            GraphInout(module, function, result, parameter, findings).run();
}

void verifyInouts(const Function& function, const SiteTable& program, Findings& findings)
{
    for (const auto& [result, parameter] : function.inouts)
        for (const Site& site : program.sites)
            for (const Access& access : site.accesses)
                if (!STRATA_CONDITION("inout.loops", access.buffer != parameter)) {
                    findings.push_back(refused(
                        say("{} speaks of {}, in whose memory the result {} lies.", site.name, parameter, result),
                        {{function.name, NodeKind::Block, site.block ? site.block->name : site.name}},
                        "Read " + result + ": it begins as what the parameter is."));
                    return;
                }
}

}  // namespace strata
