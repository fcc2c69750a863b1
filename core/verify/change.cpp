// A graph against the one that it came from. Nodes that both share at the beginning and at the end were verified where
// they stand; what lies between is looked at anew. So a graph stays right if
//   - names that are new between are not taken by what is kept,
//   - nodes between read what is defined before them, and calls there fit,
//   - no kept node reads a value or constant, or calls a function, that is gone or of another type, and
//   - returns are values of the types that the function declares.
// Where a result lies in a parameter's memory, who reads when is a matter of the whole graph.
// Whatever of this is not plain to see is left to the whole verifier, which also finds the words.
#include "core/verify/change.h"

#include "core/ir/implementations.h"
#include "core/verify/parts.h"

#include <algorithm>
#include <span>
#include <unordered_map>
#include <unordered_set>

namespace strata {

namespace {

using Nodes = std::span<const GraphNodePtr>;
using Names = std::unordered_set<std::string_view>;
using Types = std::unordered_map<std::string_view, const ValueType*>;

Types valuesOf(Nodes nodes)
{
    Types types;
    for (const GraphNodePtr& node : nodes)
        for (const TypedName& output : node->outputs)
            if (!output.name.empty())
                types.emplace(output.name, &output.type);
    return types;
}

class GraphChange {
public:
    GraphChange(const Module& before, const Module& after, const Function& old, const Function& now)
        : m_before(before)
        , m_after(after)
        , m_old(old)
        , m_now(now)
    {
        const std::vector<GraphNodePtr>&a = old.graph()->nodes, &b = now.graph()->nodes;
        const std::size_t most = std::min(a.size(), b.size());
        const std::size_t head = std::size_t(std::mismatch(a.begin(), a.begin() + std::ptrdiff_t(most), b.begin()).first
                                             - a.begin());
        std::size_t tail = 0;
        while (tail < most - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
            ++tail;
        m_head = Nodes(b).first(head);
        m_tail = Nodes(b).last(tail);
        m_gone = Nodes(a).subspan(head, a.size() - head - tail);
        m_new = Nodes(b).subspan(head, b.size() - head - tail);
        m_oldValues = valuesOf(m_gone);
        m_newValues = valuesOf(m_new);
    }

    bool staysRight() const
    {
        return m_old.params == m_now.params && m_old.inouts.empty() && m_now.inouts.empty() && namesAreFree()
               && newNodesFit() && keptNodesFit() && returnsFit();
    }

private:
    bool namesAreFree() const
    {
        Names nodes, values, oldNodes;
        std::size_t made = 0;
        for (const GraphNodePtr& node : m_gone)
            oldNodes.insert(node->name);
        for (const GraphNodePtr& node : m_new) {
            if (!nodes.insert(node->name).second)
                return false;
            for (const TypedName& output : node->outputs)
                made += !output.name.empty();
        }
        if (made != m_newValues.size())
            return false;
        std::erase_if(nodes, [&](std::string_view name) { return oldNodes.count(name) != 0; });
        for (const auto& [name, type] : m_newValues)
            if (!m_oldValues.count(name))
                values.insert(name);
        for (const TypedName& param : m_now.params)
            if (values.count(param.name))
                return false;
        return areFree(m_head, nodes, values) && areFree(m_tail, nodes, values);
    }

    static bool areFree(Nodes kept, const Names& nodes, const Names& values)
    {
        for (const GraphNodePtr& node : kept) {
            if (!nodes.empty() && nodes.count(node->name))
                return false;
            if (!values.empty())
                for (const TypedName& output : node->outputs)
                    if (values.count(output.name))
                        return false;
        }
        return true;
    }

    bool newNodesFit() const
    {
        Types known = readFromAround();
        for (const GraphNodePtr& node : m_new) {
            std::vector<const ValueType*> inputs;
            for (const Operand& input : node->inputs) {
                const auto found = known.find(input.name);
                if ((input.kind == Operand::Kind::Value && found == known.end())
                    || (input.kind == Operand::Kind::Constant && !m_after.constants.count(input.name)))
                    return false;
                inputs.push_back(input.kind == Operand::Kind::Value ? found->second : nullptr);
            }
            if (!refersToFunctions(*node) || (node->isCall() && !callFits(*node, inputs)))
                return false;
            for (const TypedName& output : node->outputs)
                if (!output.name.empty())
                    known[output.name] = &output.type;
        }
        return true;
    }

    // What the new nodes read that is not theirs: parameters, and values made before them.
    Types readFromAround() const
    {
        Names read;
        for (const GraphNodePtr& node : m_new)
            for (const Operand& input : node->inputs)
                if (input.kind == Operand::Kind::Value && !m_newValues.count(input.name))
                    read.insert(input.name);
        Types found;
        for (const TypedName& param : m_now.params)
            if (read.erase(param.name))
                found[param.name] = &param.type;
        for (auto node = m_head.rbegin(); node != m_head.rend() && !read.empty(); ++node)
            for (const TypedName& output : (*node)->outputs)
                if (read.erase(output.name))
                    found[output.name] = &output.type;
        return found;
    }

    bool refersToFunctions(const GraphNode& node) const
    {
        return std::all_of(node.attributes.begin(), node.attributes.end(), [&](const auto& attribute) {
            const auto* ref = std::get_if<FunctionRef>(&attribute.second);
            return !ref || m_after.find(ref->name);
        });
    }

    bool callFits(const GraphNode& node, const std::vector<const ValueType*>& inputs) const
    {
        const FunctionPtr callee = m_after.find(node.callee);
        if (!callee || inputs.size() != callee->params.size() || node.outputs.size() != callee->results.size())
            return false;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            const auto constant = inputs[i] ? std::nullopt : constantType(node.inputs[i]);
            const ValueType* given = inputs[i] ? inputs[i] : constant ? &*constant : nullptr;
            if (given && !mayAgree(*given, callee->params[i].type))
                return false;
        }
        for (std::size_t i = 0; i < node.outputs.size(); ++i)
            if (!mayAgree(node.outputs[i].type, callee->results[i].type))
                return false;
        return true;
    }

    std::optional<ValueType> constantType(const Operand& operand) const
    {
        const auto found = m_after.constants.find(operand.name);
        if (operand.kind != Operand::Kind::Constant || found == m_after.constants.end())
            return std::nullopt;
        return ValueType{ValueType::Kind::Tensor, found->second->type()};
    }

    // Values that are gone or of another type.
    Names changedValues() const
    {
        Names changed;
        for (const auto& [name, type] : m_oldValues)
            if (const auto found = m_newValues.find(name); found == m_newValues.end() || !(*found->second == *type))
                changed.insert(name);
        return changed;
    }
    Names changedConstants() const
    {
        Names changed;
        if (!m_before.constants.shares(m_after.constants))
            for (const auto& [name, constant] : m_before.constants)
                if (const auto found = m_after.constants.find(name);
                    found == m_after.constants.end()
                    || (found->second != constant && !(found->second->type() == constant->type())))
                    changed.insert(name);
        return changed;
    }
    // Functions that are gone or take or give other types. Almost always a change leaves them in their places.
    Names changedFunctions() const
    {
        Names changed;
        const auto& now = m_after.functions;
        for (std::size_t i = 0; i < m_before.functions.size(); ++i) {
            const FunctionPtr& was = m_before.functions[i];
            const bool inPlace = i < now.size() && (now[i] == was || now[i]->name == was->name);
            const FunctionPtr is = inPlace ? now[i] : m_after.find(was->name);
            if (is != was
                && !(is && sameSignature(*is, *was) && is->facts == was->facts && is->told == was->told
                     && is->inouts == was->inouts))
                changed.insert(was->name);
        }
        return changed;
    }

    bool keptNodesFit() const
    {
        const Names values = changedValues(), constants = changedConstants(), functions = changedFunctions();
        const auto readsChanged = [&](const Operand& input) {
            return (input.kind == Operand::Kind::Value && values.count(input.name))
                   || (input.kind == Operand::Kind::Constant && constants.count(input.name));
        };
        const auto usesChanged = [&](const auto& attribute) {
            const auto* ref = std::get_if<FunctionRef>(&attribute.second);
            return ref && functions.count(ref->name);
        };
        const auto fit = [&](Nodes nodes, bool values) {
            return std::none_of(nodes.begin(), nodes.end(), [&](const GraphNodePtr& node) {
                return ((values || !constants.empty())
                        && std::any_of(node->inputs.begin(), node->inputs.end(), readsChanged))
                       || (!functions.empty()
                           && (functions.count(node->callee)
                               || std::any_of(node->attributes.begin(), node->attributes.end(), usesChanged)));
            });
        };
        const bool others = !constants.empty() || !functions.empty();
        return (!others || fit(m_head, false)) && ((!others && values.empty()) || fit(m_tail, !values.empty()));
    }

    bool returnsFit() const
    {
        const std::vector<Operand>&was = m_old.graph()->returns, &is = m_now.graph()->returns;
        if (is.size() != m_now.results.size())
            return false;
        for (std::size_t i = 0; i < is.size(); ++i) {
            const bool isSame = i < was.size() && was[i] == is[i] && m_old.results[i].type == m_now.results[i].type;
            const auto old = m_oldValues.find(is[i].name);
            if (isSame && is[i].kind == Operand::Kind::Value && old == m_oldValues.end())
                continue;
            const std::optional<ValueType> type = typeOf(is[i]);
            if (!type || !mayAgree(*type, m_now.results[i].type))
                return false;
        }
        return true;
    }

    // Of a value that new nodes make, of a parameter or of a constant; what else may be right is left open.
    std::optional<ValueType> typeOf(const Operand& operand) const
    {
        if (operand.kind != Operand::Kind::Value)
            return constantType(operand);
        if (const auto made = m_newValues.find(operand.name); made != m_newValues.end())
            return *made->second;
        for (const TypedName& param : m_now.params)
            if (param.name == operand.name)
                return param.type;
        return std::nullopt;
    }

    const Module &m_before, &m_after;
    const Function &m_old, &m_now;
    Nodes m_head, m_gone, m_new, m_tail;
    Types m_oldValues, m_newValues;
};

}  // namespace

Findings examineChange(const Module& before, const Module& after, const Function& function, VerifiedFunctions* known)
{
    const FunctionPtr old = before.find(function.name);
    if (!function.graph() || !old || !old->graph() || !GraphChange(before, after, *old, function).staysRight())
        return examine(after, function, known);
    Findings findings;
    verifyImplementations(after, function, findings);
    return findings;
}

}  // namespace strata
