// Channels last: between convolutions and pools, and what is elementwise along their way, the channels of a picture lie
// side by side.
//
//     y[n, o, i, j]  ->  y[n, i, j, o]
//
// Then one vector holds channels everywhere: a convolution stores the sums of one pixel as whole vectors and reads the
// pixels around as they lie, whatever the height and width; depthwise convolutions, pools and chains need no other
// loops than these. Which values that is, is decided on the graph, where operators are known, and done when they are
// loops, so that nothing is rearranged on the way. All of it is exact.
#include "passes/automatic/schedule.h"

#include "core/ir/calls.h"
#include "core/operators/operator.h"
#include "core/operators/views.h"

#include <algorithm>

namespace strata::automatic {

namespace {

// Operators that slide a window over a picture [n, c, ...], or take one as a whole.
bool isAnchor(const GraphNode& node)
{
    static const std::set<std::string> names{"Conv",          "ConvInteger",       "QLinearConv",
                                             "ConvTranspose", "MaxPool",           "AveragePool",
                                             "LpPool",        "GlobalAveragePool", "GlobalMaxPool"};
    return node.domain.empty() && names.count(node.op) != 0;
}

// Operators that treat all dimensions alike, so that the channels of what goes in are those of what comes out.
bool handsOn(const GraphNode& node)
{
    static const std::set<std::string> names{
        "Concat", "Split", "Slice", "Pad", "Resize", "Upsample", "BatchNormalization", "InstanceNormalization"};
    if (node.isCall() || isView(node) || !node.domain.empty())
        return false;
    const Operator* definition = findOperator(node);
    return names.count(node.op) != 0 || (definition && definition->pattern <= Pattern::Broadcast);
}

// More than one channel and more than one pixel; else both layouts are one.
bool isPicture(const TensorType& type, std::size_t rank)
{
    if (!type.ranked || type.shape.size() != rank || !type.shape[1].isConstant())
        return false;
    const bool pixels = std::any_of(type.shape.begin() + 2, type.shape.end(),
                                    [](const Dim& size) { return size != Dim(1); });
    return type.shape[1].constant() > 1 && pixels;
}

// Values that anchors read and make, and those to which elementwise operators hand them on.
class Pictures {
public:
    Pictures(const Module& module, const Function& graph)
        : m_graph(graph)
        , m_types(module, graph)
    {
    }

    ChannelValues find()
    {
        const std::vector<GraphNodePtr>& nodes = m_graph.graph()->nodes;
        for (const GraphNodePtr& node : nodes)
            if (isAnchor(*node))
                addAll(*node, 1);
        for (std::size_t before = 0; before != m_found.size();) {
            before = m_found.size();
            for (auto node = nodes.begin(); node != nodes.end(); ++node)
                spread(**node);
            for (auto node = nodes.rbegin(); node != nodes.rend(); ++node)
                spread(**node);
        }
        return m_found;
    }

private:
    void add(const Operand& operand)
    {
        const TensorType type = m_types.tensor(operand);
        if (operand.kind == Operand::Kind::Value && type.ranked && type.shape.size() >= 3
            && isPicture(type, type.shape.size()))
            m_found[operand.name] = type.shape.size();
    }
    void addAll(const GraphNode& node, std::size_t inputs)
    {
        for (std::size_t i = 0; i < std::min(inputs, node.inputs.size()); ++i)
            add(node.inputs[i]);
        for (const TypedName& output : node.outputs)
            if (!output.name.empty())
                add(Operand::value(output.name));
    }
    void spread(const GraphNode& node)
    {
        if (!handsOn(node))
            return;
        const auto isFound = [&](const std::string& name) { return m_found.count(name) != 0; };
        if (std::any_of(node.inputs.begin(), node.inputs.end(), [&](const Operand& o) { return isFound(o.name); })
            || std::any_of(node.outputs.begin(), node.outputs.end(),
                           [&](const TypedName& o) { return isFound(o.name); }))
            addAll(node, node.inputs.size());
    }

    const Function& m_graph;
    OperandTypes m_types;
    ChannelValues m_found;
};

// What functions of loops hand to each other, once the operators have become calls of them.
class Handed {
public:
    Handed(const Module& module, const Function& graph, const ChannelValues& values)
    {
        const OperandTypes types(module, graph);
        for (const GraphNodePtr& node : graph.graph()->nodes)
            addCall(module, types, *node);
        for (const Operand& operand : graph.graph()->returns)
            m_chosen.erase(operand.name);
        std::erase_if(m_chosen,
                      [&](const std::string& value) { return !values.count(value) || m_elsewhere.count(value); });
    }

    // The values whose channels are better off last.
    std::set<std::string> chosen()
    {
        keepAlike();
        dropWhatTurns();
        return m_chosen;
    }

private:
    // A picture that a call takes or gives, and what the function calls it.
    struct Picture {
        std::string value, buffer;
    };
    struct HandedCall {
        FunctionPtr callee;
        std::vector<Picture> pictures;
    };

    void addCall(const Module& module, const OperandTypes& types, const GraphNode& node)
    {
        HandedCall call{node.isCall() ? module.find(node.callee) : nullptr, {}};
        const bool plain = call.callee && call.callee->loops() && !call.callee->implements
                           && call.callee->choices.empty();
        const auto add = [&](const Operand& operand, const std::vector<TypedName>& own, std::size_t i) {
            const TensorType type = types.tensor(operand);
            if (operand.kind == Operand::Kind::Value && type.ranked && type.shape.size() >= 3
                && isPicture(type, type.shape.size()))
                call.pictures.push_back({operand.name, own[i].name});
        };
        for (std::size_t i = 0; i < node.inputs.size(); ++i) {
            if (!plain)
                m_elsewhere.insert(node.inputs[i].name);
            else
                add(node.inputs[i], call.callee->params, i);
        }
        for (std::size_t i = 0; plain && i < node.outputs.size(); ++i) {
            m_chosen.insert(node.outputs[i].name);
            add(Operand::value(node.outputs[i].name), call.callee->results, i);
        }
        if (plain)
            m_calls.push_back(std::move(call));
    }

    bool isChosen(const Picture& picture) const { return m_chosen.count(picture.value) != 0; }
    bool isAlike(const HandedCall& call) const
    {
        return std::all_of(call.pictures.begin(), call.pictures.end(), [&](const Picture& p) { return isChosen(p); })
               || movesAlong(call);
    }

    // A single block whose pictures lie differently by name, but run along one iterator, as a transpose that puts the
    // channels last.
    bool movesAlong(const HandedCall& call) const
    {
        const std::vector<std::string> blocks = blockNames(*call.callee);
        if (blocks.size() != 1)
            return false;
        std::set<std::string> along;
        for (const Access& access : accesses(nullptr, *findBlock(*call.callee, blocks[0])->block()))
            for (const Picture& picture : call.pictures)
                if (picture.buffer == access.buffer) {
                    const ExprPtr& index = isChosen(picture) ? access.begin[1] : access.begin.back();
                    along.insert(index->op == Op::Var ? index->name : "");
                }
        return along.size() == 1 && !along.count("");
    }

    // A sum over what two buffers hold: a matrix product or a convolution.
    static bool multiplies(const Function& function)
    {
        for (const std::string& name : blockNames(function)) {
            const Block block = *findBlock(function, name)->block();
            std::set<std::string> read, written;
            for (const Access& access : accesses(nullptr, block))
                (access.write ? written : read).insert(access.buffer);
            std::erase_if(read, [&](const std::string& buffer) { return written.count(buffer) != 0; });
            if (isReduction(block) && read.size() > 1)
                return true;
        }
        return false;
    }

    // All pictures of a function lie alike, but for one that multiplies: it reads what it takes element by element, and
    // has its sums in registers when it stores them. Any other would walk through one of them across its rows.
    void keepAlike()
    {
        for (std::size_t before = m_chosen.size() + 1; before != m_chosen.size();) {
            before = m_chosen.size();
            for (const HandedCall& call : m_calls)
                if (!multiplies(*call.callee) && !isAlike(call))
                    for (const Picture& picture : call.pictures)
                        m_chosen.erase(picture.value);
        }
    }

    // Values that functions tie together stay only if more of these functions have all channels last than turn from one
    // layout to the other.
    void dropWhatTurns()
    {
        std::map<std::string, std::string> next;  // towards one value that stands for all that are tied to it
        const auto root = [&](std::string value) {
            while (next.count(value))
                value = next.at(value);
            return value;
        };
        std::map<std::string, int> gain;
        for (const HandedCall& call : m_calls) {
            std::string all;
            for (const Picture& picture : call.pictures) {
                if (!isChosen(picture))
                    continue;
                const std::string one = root(picture.value);
                if (!all.empty() && one != all)
                    next[one] = all;
                else
                    all = one;
            }
        }
        for (const HandedCall& call : m_calls) {
            const auto tied = std::find_if(call.pictures.begin(), call.pictures.end(),
                                           [&](const Picture& picture) { return isChosen(picture); });
            if (tied != call.pictures.end())
                gain[root(tied->value)] += isAlike(call) ? 1 : -1;
        }
        std::erase_if(m_chosen, [&](const std::string& value) { return gain[root(value)] <= 0; });
    }

    std::vector<HandedCall> m_calls;
    std::set<std::string> m_chosen, m_elsewhere;  // m_elsewhere: read by what is no function of loops
};

std::string channelsLast(std::size_t rank)
{
    std::vector<std::size_t> order{0};
    for (std::size_t d = 2; d < rank; ++d)
        order.push_back(d);
    order.push_back(1);
    return permutation(order);
}

}  // namespace

ChannelValues channelValues(const Module& module, const Function& graph) { return Pictures(module, graph).find(); }

std::vector<Arguments> layoutSteps(const Module& module, const Function& graph, const ChannelValues& values)
{
    const std::set<std::string> chosen = Handed(module, graph, values).chosen();
    std::map<std::size_t, std::vector<std::string>> nodes;  // by rank
    for (const GraphNodePtr& node : graph.graph()->nodes)
        for (const TypedName& output : node->outputs)
            if (chosen.count(output.name)) {
                nodes[values.at(output.name)].push_back(node->name);
                break;
            }
    std::vector<Arguments> steps;
    for (const auto& [rank, names] : nodes)
        steps.push_back({{{"function", graph.name}, {"map", channelsLast(rank)}, {"nodes", names}}});
    return steps;
}

}  // namespace strata::automatic
