// Types of the entry, then of the graphs in its nodes (the branches of an If, the body of a Loop): what they capture
// has the type that it has around them, so they come after what is around them. What a node gives may follow from its
// graphs, so a function whose graphs were typed is gone through once more.
#include "core/onnx/infer_module.h"

#include "core/index/sizes.h"
#include "core/ir/calls.h"
#include "core/ir/control.h"
#include "core/ir/live.h"
#include "core/onnx/model_import.h"
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

// A graph in which the nodes of branches stand in place of an If.
class BranchInlining {
public:
    explicit BranchInlining(const Function& around)
        : m_function(std::make_shared<Function>(around))
    {
        for (const TypedName& param : around.params)
            m_values.insert(param.name);
        for (const GraphNodePtr& node : around.graph()->nodes) {
            m_nodes.insert(node->name);
            for (const TypedName& output : node->outputs)
                m_values.insert(output.name);
        }
    }

    void keep(const GraphNodePtr& node) { m_body.nodes.push_back(renamed(node, m_replaced)); }

    void inlineBranch(const GraphNode& node, const Function& branch)
    {
        m_any = true;
        Renamed inside;
        for (std::size_t i = 0; i < branch.params.size(); ++i)
            inside[branch.params[i].name] = replaced(node.inputs[i + 1], m_replaced);
        // What a branch gives is called as the node's output; values that it gives twice, or takes, keep their names.
        std::map<std::string, std::string> outputs;
        for (std::size_t i = 0; i < node.outputs.size(); ++i)
            if (const Operand& given = branch.graph()->returns[i];
                given.kind == Operand::Kind::Value && !inside.count(given.name) && !node.outputs[i].name.empty())
                outputs.emplace(given.name, node.outputs[i].name);
        for (const GraphNodePtr& one : branch.graph()->nodes) {
            auto copy = std::make_shared<GraphNode>(*renamed(one, inside));
            copy->name = unique(node.name + "/" + one->name, m_nodes);
            for (TypedName& output : copy->outputs) {
                if (output.name.empty())
                    continue;
                const auto wanted = outputs.find(output.name);
                std::string name = wanted != outputs.end() ? wanted->second : unique(node.name + "/" + output.name, m_values);
                inside[output.name] = Operand::value(name);
                output.name = std::move(name);
            }
            m_body.nodes.push_back(std::move(copy));
        }
        for (std::size_t i = 0; i < node.outputs.size(); ++i)
            m_replaced[node.outputs[i].name] = replaced(branch.graph()->returns[i], inside);
    }

    bool any() const { return m_any; }
    FunctionPtr finish()
    {
        for (const Operand& result : m_function->graph()->returns)
            m_body.returns.push_back(replaced(result, m_replaced));
        m_function->body = std::move(m_body);
        return m_function;
    }

private:
    using Renamed = std::map<std::string, Operand>;

    static Operand replaced(const Operand& operand, const Renamed& renamed)
    {
        const auto found = operand.kind == Operand::Kind::Value ? renamed.find(operand.name) : renamed.end();
        return found == renamed.end() ? operand : found->second;
    }

    static GraphNodePtr renamed(const GraphNodePtr& node, const Renamed& renamed)
    {
        if (std::none_of(node->inputs.begin(), node->inputs.end(),
                         [&](const Operand& input) { return !(replaced(input, renamed) == input); }))
            return node;
        auto copy = std::make_shared<GraphNode>(*node);
        for (Operand& input : copy->inputs)
            input = replaced(input, renamed);
        return copy;
    }

    std::shared_ptr<Function> m_function;
    GraphBody m_body;
    NameSet m_nodes, m_values;
    Renamed m_replaced;  // outputs of what was inlined
    bool m_any = false;
};

class ModuleInference {
public:
    explicit ModuleInference(ModulePtr& module)
        : m_module(module)
    {
    }

    // Branches that are called no more.
    const std::vector<std::string>& leftOut() const { return m_leftOut; }

    // `where`: before the sentences, the graph in whose node this one is. `needed`: an output depends on it.
    Status infer(const std::string& name, const std::string& where, bool needed, Warnings& warnings)
    {
        const FunctionPtr declared = m_module->find(name);
        Warnings own;
        STRATA_CHECK(inferNodes(declared, where, needed, own));
        while (decideBranches(name, where, warnings)) {
            own.clear();
            STRATA_CHECK(inferNodes(m_module->find(name), where, needed, own));
        }
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
        m_known = inferred.known;
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

    // The one of an If that always runs, where its condition is known.
    const std::string* branchOf(const GraphNode& node, const Branches& branches) const
    {
        if (node.inputs.empty())
            return nullptr;
        std::optional<Tensor> condition;
        const Operand& input = node.inputs[0];
        if (const auto constant = m_module->constants.find(input.name);
            input.kind == Operand::Kind::Constant && constant != m_module->constants.end()) {
            if (Result<Tensor> tensor = toTensor(*constant->second))
                condition = std::move(*tensor);
        } else if (const auto known = m_known.find(input.name); known != m_known.end()) {
            condition = known->second;
        }
        if (!condition || condition->count() != 1 || condition->type.dtype != DType::Bool)
            return nullptr;
        return condition->at(0) != 0 ? &branches.then : &branches.otherwise;
    }

    // An If whose condition is known becomes the nodes of its branch. Whether there was one.
    bool decideBranches(const std::string& name, const std::string& where, Warnings& warnings)
    {
        const FunctionPtr around = m_module->find(name);
        BranchInlining inlining(*around);
        for (const GraphNodePtr& node : around->graph()->nodes) {
            const std::optional<Branches> branches = node->domain.empty() ? branchesOf(node->op, node->attributes)
                                                                          : std::nullopt;
            const std::string* const branch = branches ? branchOf(*node, *branches) : nullptr;
            const FunctionPtr function = branch ? m_module->find(*branch) : nullptr;
            if (!function || !function->graph() || function->params.size() + 1 != node->inputs.size()
                || function->results.size() != node->outputs.size()) {
                inlining.keep(node);
                continue;
            }
            inlining.inlineBranch(*node, *function);
            m_leftOut.push_back(branches->then);
            m_leftOut.push_back(branches->otherwise);
            warnings.push_back(where + "The condition of " + node->name + " (If) is known: " + *branch
                               + " stands in its place, and the other branch is left out.");
        }
        if (!inlining.any())
            return false;
        m_module = m_module->withFunction(inlining.finish());
        return true;
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
        if (node.op == "If")
            nameSums(changed->params);
        m_module = m_module->withFunction(std::move(changed));
    }

    // A graph is told its sizes by what it captures. A sum of sizes that it does not see by themselves is one of its own.
    static void nameSums(std::vector<TypedName>& params)
    {
        std::set<std::string> plain;
        for (const TypedName& param : params)
            for (const Dim& dim : param.type.tensor.shape)
                plain.insert(plainSize(dim));
        std::vector<std::pair<Dim, Dim>> named;
        for (TypedName& param : params)
            for (std::size_t d = 0; d < param.type.tensor.shape.size(); ++d) {
                Dim& dim = param.type.tensor.shape[d];
                if (tell(plain, {dim}))
                    continue;
                auto known = std::find_if(named.begin(), named.end(), [&](const auto& one) { return one.first == dim; });
                if (known == named.end()) {
                    GraphNode origin;
                    origin.name = param.name;
                    known = named.insert(known, {dim, unknownDim(origin, 0, d)});
                }
                dim = known->second;
            }
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
    std::map<std::string, Tensor> m_known;  // of the function that was typed last
    std::vector<std::string> m_leftOut;
};

void reach(const Module& module, const std::string& name, std::set<std::string>& reached)
{
    const FunctionPtr function = module.find(name);
    if (!function || !reached.insert(name).second)
        return;
    forEachUse(*function, [&](const std::string& used) { reach(module, used, reached); });
}

// Without branches that are called no more, and what they alone call.
ModulePtr without(ModulePtr module, const std::vector<std::string>& branches)
{
    std::set<std::string> needed, dropped;
    reach(*module, module->entry, needed);
    for (const std::string& branch : branches)
        reach(*module, branch, dropped);
    for (const std::string& name : dropped)
        if (!needed.count(name))
            module = module->withoutFunction(name);
    return module;
}

}  // namespace

Status inferModule(ModulePtr& module, std::vector<std::string>* warnings)
{
    Warnings found;
    const std::string entry = module->entry;  // the module is replaced on the way
    ModuleInference inference(module);
    STRATA_CHECK(inference.infer(entry, "", true, found));
    module = without(module, inference.leftOut());
    if (warnings)
        warnings->insert(warnings->end(), found.begin(), found.end());
    return {};
}

}  // namespace strata::onnx
