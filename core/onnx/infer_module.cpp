// Types of the entry, then of the graphs in its nodes (the branches of an If, the body of a Loop): what they capture
// has the type that it has around them, so they come after what is around them. What a node gives may follow from its
// graphs, so a function whose graphs were typed is gone through once more.
#include "core/onnx/infer_module.h"

#include "core/ir/control.h"
#include "core/ir/live.h"
#include "core/operators/infer.h"
#include "core/operators/rules.h"

#include <algorithm>

namespace strata::onnx {

namespace {

using Warnings = std::vector<std::string>;

// What the file says of a result and what follows from its nodes are two things that should agree.
void warnOfOutputs(const Function& before, const Function& after, const std::string& where, Warnings& warnings)
{
    for (std::size_t i = 0; i < before.results.size() && i < after.results.size(); ++i) {
        const ValueType &declared = before.results[i].type, &inferred = after.results[i].type;
        const bool known = declared.kind == ValueType::Kind::Tensor && inferred.kind == ValueType::Kind::Tensor;
        if (known
            && (declared.tensor.dtype != inferred.tensor.dtype
                || (declared.tensor.ranked && inferred.tensor.ranked
                    && !mayBeEqual(declared.tensor.shape, inferred.tensor.shape))))
            warnings.push_back(where + "The output " + before.results[i].name + " is declared as " + toString(declared)
                               + ", and is " + toString(inferred) + ".");
    }
}

class ModuleInference {
public:
    explicit ModuleInference(ModulePtr& module)
        : m_module(module)
    {
    }

    // `where`: before the sentences, the graph in whose node this one is. `needed`: an output depends on it.
    Status infer(const std::string& name, const std::string& where, bool needed, Warnings& warnings)
    {
        const FunctionPtr declared = m_module->find(name);
        Warnings own;
        STRATA_CHECK(inferNodes(declared, where, needed, own));
        STRATA_TRY(const bool typed, inferGraphsOfNodes(name, where, needed, warnings));
        if (typed) {
            own.clear();
            STRATA_CHECK(inferNodes(m_module->find(name), where, needed, own));
        }
        warnOfOutputs(*declared, *m_module->find(name), where, own);
        warnings.insert(warnings.end(), own.begin(), own.end());
        return {};
    }

private:
    Status inferNodes(const FunctionPtr& function, const std::string& where, bool needed, Warnings& warnings)
    {
        STRATA_TRY(const InferredTypes inferred, inferFunction(*m_module, *function));
        const std::set<std::string> live = inferred.faults.empty() ? std::set<std::string>()
                                                                   : liveNames(*function, needed);
        for (Error fault : inferred.faults) {
            fault.message = where + fault.message;
            if (live.count(fault.nodes.at(0).name))
                return fault;
            warnings.push_back(fault.message + " Nothing needs it.");
        }
        for (const std::string& warning : inferred.warnings)
            warnings.push_back(where + warning);
        if (inferred.function && inferred.function != function)
            m_module = m_module->withFunction(inferred.function);
        return {};
    }

    static std::set<std::string> liveNames(const Function& function, bool needed)
    {
        std::set<std::string> live;
        if (needed)
            for (const GraphNode* node : liveNodes(*function.graph()))
                live.insert(node->name);
        return live;
    }

    // Whether what one of them gives is known better than before.
    Result<bool> inferGraphsOfNodes(const std::string& name, const std::string& where, bool needed, Warnings& warnings)
    {
        const FunctionPtr around = m_module->find(name);
        const auto hasGraph = [](const auto& attribute) {
            return std::holds_alternative<FunctionRef>(attribute.second);
        };
        const std::vector<GraphNodePtr>& nodes = around->graph()->nodes;
        if (std::none_of(nodes.begin(), nodes.end(), [&](const GraphNodePtr& node) {
                return std::any_of(node->attributes.begin(), node->attributes.end(), hasGraph);
            }))
            return false;
        const std::set<std::string> live = liveNames(*around, needed);
        bool typed = false;
        for (const GraphNodePtr& node : around->graph()->nodes)
            for (const auto& [attribute, value] : node->attributes) {
                const auto* reference = std::get_if<FunctionRef>(&value);
                if (!reference || !m_module->find(reference->name))
                    continue;
                const std::vector<TypedName> before = m_module->find(reference->name)->results;
                passCaptures(*around, *node, reference->name);
                STRATA_CHECK(inferGraph(*around, *node, reference->name,
                                        where + "In the graph " + attribute + " of node " + node->name + ": ",
                                        live.count(node->name) > 0, warnings));
                typed = typed || before != m_module->find(reference->name)->results;
            }
        return typed;
    }

    // What a loop carries has the type that it begins with, where the body gives it back as such.
    Status inferGraph(const Function& around, const GraphNode& node, const std::string& graph, const std::string& where,
                      bool needed, Warnings& warnings)
    {
        const std::optional<LoopForm> loop = node.domain.empty() ? loopOf(node.op, node.attributes, node.inputs.size())
                                                                 : std::nullopt;
        if (!loop || m_module->find(graph)->params.size() != node.inputs.size())
            return infer(graph, where, needed, warnings);
        std::set<std::size_t> kept;  // places among the parameters
        for (std::size_t i = 2; i < 2 + loop->carried; ++i)
            if (refines(typeOf(node.inputs[i], around), m_module->find(graph)->params[i].type))
                kept.insert(i);
        const ModulePtr before = m_module;
        while (!kept.empty()) {
            auto tried = std::make_shared<Function>(*m_module->find(graph));
            for (const std::size_t i : kept)
                tried->params[i].type = typeOf(node.inputs[i], around);
            m_module = m_module->withFunction(tried);
            Warnings own;
            const Status inferred = infer(graph, where, needed, own);
            const FunctionPtr body = m_module->find(graph);
            const std::size_t count = kept.size();
            for (auto i = kept.begin(); i != kept.end();)
                i = !inferred || body->results.size() < *i || body->results[*i - 1].type != body->params[*i].type
                        ? kept.erase(i)
                        : std::next(i);
            if (kept.size() == count) {
                warnings.insert(warnings.end(), own.begin(), own.end());
                return {};
            }
            m_module = before;
        }
        return infer(graph, where, needed, warnings);
    }

    // Whether the type is whole and says more than the other.
    static bool refines(const ValueType& type, const ValueType& other)
    {
        if (type.kind != ValueType::Kind::Tensor || !type.tensor.ranked || type == other)
            return false;
        return other.kind == ValueType::Kind::Unknown
               || (other.kind == ValueType::Kind::Tensor && other.tensor.dtype == type.tensor.dtype
                   && (!other.tensor.ranked || mayBeEqual(type.tensor.shape, other.tensor.shape)));
    }

    // The last parameters of the graph are the last inputs of the node.
    void passCaptures(const Function& around, const GraphNode& node, const std::string& graph)
    {
        const auto found = node.attributes.find("captures");
        const auto* count = found == node.attributes.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
        auto changed = std::make_shared<Function>(*m_module->find(graph));
        const std::size_t captures = count ? std::size_t(*count) : 0;
        if (captures == 0 || captures > node.inputs.size() || captures > changed->params.size())
            return;
        for (std::size_t i = 1; i <= captures; ++i) {
            const ValueType type = typeOf(node.inputs[node.inputs.size() - i], around);
            if (type.kind != ValueType::Kind::Unknown)
                changed->params[changed->params.size() - i].type = type;
        }
        m_module = m_module->withFunction(std::move(changed));
    }

    ValueType typeOf(const Operand& operand, const Function& around) const
    {
        const auto constant = m_module->constants.find(operand.name);
        if (operand.kind == Operand::Kind::Constant && constant != m_module->constants.end())
            return {ValueType::Kind::Tensor, constant->second->type()};
        for (const TypedName& param : around.params)
            if (operand.kind == Operand::Kind::Value && param.name == operand.name)
                return param.type;
        for (const GraphNodePtr& node : around.graph()->nodes)
            for (const TypedName& output : node->outputs)
                if (operand.kind == Operand::Kind::Value && output.name == operand.name)
                    return output.type;
        return unknownType();
    }

    ModulePtr& m_module;
};

}  // namespace

Status inferModule(ModulePtr& module, std::vector<std::string>* warnings)
{
    Warnings found;
    const std::string entry = module->entry;  // the module is replaced on the way
    STRATA_CHECK(ModuleInference(module).infer(entry, "", true, found));
    if (warnings)
        warnings->insert(warnings->end(), found.begin(), found.end());
    return {};
}

}  // namespace strata::onnx
