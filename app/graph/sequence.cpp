#include "app/graph/sequence.h"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>

namespace strata {

namespace {

using Producers = std::vector<std::vector<int>>;  // of each node: the node that makes each value read; below -1: a
                                                  // parameter; -1: a constant

Producers producersOf(const GraphBody& body, const std::vector<bool>& leftOut)
{
    std::unordered_map<std::string, int> maker;
    Producers result(body.nodes.size());
    int parameters = 0;
    for (std::size_t i = 0; i < body.nodes.size(); ++i) {
        for (const Operand& input : body.nodes[i]->inputs)
            if (input.kind != Operand::Kind::Value)
                result[i].push_back(-1);
            else if (const auto [made, isNew] = maker.emplace(input.name, -2 - parameters); true) {
                parameters += isNew;
                result[i].push_back(made->second);
            }
        for (const TypedName& output : body.nodes[i]->outputs)
            maker[output.name] = leftOut[i] ? -1 : static_cast<int>(i);
    }
    return result;
}

std::string attributeKey(const Attribute& attribute)
{
    const auto list = [](const auto& values) {
        std::string key;
        for (const auto& value : values)
            key += std::to_string(value) + ',';
        return key;
    };
    return std::visit(
        [&](const auto& value) -> std::string {
            using T = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<T, std::string>)
                return value;
            else if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, float>)
                return std::to_string(value);
            else if constexpr (std::is_same_v<T, ConstantPtr>)
                return toString(value->type());
            else if constexpr (std::is_same_v<T, FunctionRef>)
                return value.name;
            else if constexpr (std::is_same_v<T, std::vector<std::string>>)
                return std::to_string(value.size());
            else
                return list(value);
        },
        attribute);
}

// Sizes that are not numbers may have another symbol in each layer.
std::string typeKey(const ValueType& type)
{
    std::string key = std::to_string(static_cast<int>(type.kind)) + name(type.tensor.dtype);
    for (const Dim& dim : type.tensor.shape)
        key += dim.isConstant() ? ',' + dim.text() : ",?";
    return key;
}

// What two nodes have in common whose instances may be shown as one: not the values of constants.
std::string labelKey(const GraphNode& node, const std::set<std::string>& constants)
{
    std::string key = node.domain + '.' + node.op + '.' + node.callee;
    for (const Operand& input : node.inputs)
        key += input.kind == Operand::Kind::None                                    ? '_'
               : input.kind == Operand::Kind::Value && !constants.count(input.name) ? 'v'
                                                                                    : 'c';
    for (const TypedName& output : node.outputs)
        key += ' ' + (output.name.empty() ? std::string() : typeKey(output.type));
    for (const auto& [name, value] : node.attributes)
        key += ' ' + name + '=' + attributeKey(value);
    return key;
}

std::vector<int> labelsOf(const GraphBody& body, const std::vector<bool>& leftOut)
{
    std::unordered_map<std::string, int> known;
    std::vector<int> labels(body.nodes.size(), -1);
    std::set<std::string> constants;
    for (std::size_t i = 0; i < body.nodes.size(); ++i)
        if (leftOut[i])
            for (const TypedName& output : body.nodes[i]->outputs)
                constants.insert(output.name);
        else
            labels[i] =
                known.emplace(labelKey(*body.nodes[i], constants), static_cast<int>(known.size())).first->second;
    return labels;
}

// [i]: values made before position i and read at or after it.
std::vector<int> crossingOf(const std::vector<std::vector<int>>& producers)
{
    const int count = static_cast<int>(producers.size());
    std::vector<int> lastRead(count, -1), crossing(count + 2, 0);
    for (int i = 0; i < count; ++i)
        for (const int from : producers[i])
            if (from >= 0)
                lastRead[from] = i;
    for (int i = 0; i < count; ++i)
        if (lastRead[i] > i) {
            ++crossing[i + 1];
            --crossing[lastRead[i] + 1];
        }
    for (int i = 1; i <= count; ++i)
        crossing[i] += crossing[i - 1];
    return crossing;
}

Sequence sequenceOf(const std::vector<int>& order, const std::vector<int>& labels, const Producers& producers)
{
    std::vector<int> position(labels.size(), -1);
    for (std::size_t i = 0; i < order.size(); ++i)
        position[order[i]] = static_cast<int>(i);
    Sequence sequence;
    sequence.nodes = order;
    for (const int node : order) {
        sequence.labels.push_back(labels[node]);
        auto& from = sequence.producers.emplace_back();
        for (const int producer : producers[node])
            from.push_back(producer < 0 ? producer : position[producer]);
    }
    sequence.crossing = crossingOf(sequence.producers);
    return sequence;
}

// What stands far behind all that it reads goes right behind it: a mask that the first layer computes for all of them
// would else make that layer unlike the others.
std::vector<int> sharedFirst(const std::vector<int>& order, const Producers& producers, int farAway)
{
    std::vector<int> position(producers.size(), -1), anchor(order.size());
    for (int i = 0; i < static_cast<int>(order.size()); ++i) {
        position[order[i]] = i;
        int latest = -1;
        for (const int producer : producers[order[i]])
            if (producer >= 0)
                latest = std::max(latest, anchor[position[producer]]);
        anchor[i] = i - latest > farAway ? latest : i;
    }
    std::vector<int> places(order.size());
    for (int i = 0; i < static_cast<int>(places.size()); ++i)
        places[i] = i;
    std::stable_sort(places.begin(), places.end(), [&](int a, int b) { return anchor[a] < anchor[b]; });
    std::vector<int> result;
    for (const int place : places)
        result.push_back(order[place]);
    return result;
}

// Each node right behind what it reads, first operands first, from the last nodes up; without recursion.
std::vector<int> depthFirst(const std::vector<int>& order, const Producers& producers)
{
    std::vector<char> state(producers.size(), 0);
    std::vector<int> result;
    std::vector<bool> read(producers.size(), false);
    for (const auto& from : producers)
        for (const int producer : from)
            if (producer >= 0)
                read[producer] = true;
    std::vector<std::pair<int, std::size_t>> stack;
    for (const int root : order) {
        if (read[root])
            continue;
        for (stack = {{root, 0}}; !stack.empty();) {
            auto& [node, next] = stack.back();
            if (state[node] == 2) {
                stack.pop_back();
            } else if (next < producers[node].size()) {
                const int producer = producers[node][next++];
                if (producer >= 0 && state[producer] == 0)
                    stack.push_back({producer, 0});
            } else {
                state[node] = 2;
                result.push_back(node);
                stack.pop_back();
            }
        }
    }
    return result;
}

int covered(const Sequence& sequence)
{
    int sum = 0;
    for (const Repeat& repeat : findRepeats(sequence, 0, sequence.size()))
        sum += (repeat.count - 1) * repeat.period;
    return sum;
}

}  // namespace

Sequence bestSequence(const GraphBody& body, const std::vector<bool>& leftOut)
{
    const Producers producers = producersOf(body, leftOut);
    const std::vector<int> labels = labelsOf(body, leftOut);
    std::vector<int> own;
    for (int i = 0; i < static_cast<int>(body.nodes.size()); ++i)
        if (!leftOut[i])
            own.push_back(i);
    Sequence best;
    int most = -1;
    const auto consider = [&](const std::vector<int>& order) {
        Sequence sequence = sequenceOf(order, labels, producers);
        if (const int count = covered(sequence); count > most) {
            most = count;
            best = std::move(sequence);
        }
    };
    consider(own);
    for (const int farAway : {24, 12, 6, 3})
        if (most < best.size() * 0.9)
            consider(sharedFirst(own, producers, farAway));
    if (most < best.size() / 2)
        consider(sharedFirst(depthFirst(own, producers), producers, 12));
    return best;
}

}  // namespace strata
