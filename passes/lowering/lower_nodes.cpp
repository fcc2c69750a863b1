// A set of nodes in one pass over the graph.
//
// Each operator becomes a function of loops by its definition; equal ones (same operator, attributes, types and the
// constants that become code) are one function, found by that key in a cache, so a step that changes one node lowers
// one node. A call of a graph function has that function lowered. What a function is called follows from all nodes of
// the graph, lowered or not, so the order in which they are lowered shows nowhere.
#include "passes/lowering/lower_nodes.h"

#include "core/index/sizes.h"
#include "core/ir/control.h"
#include "core/ir/implementations.h"
#include "core/ir/live.h"
#include "core/operators/data_sizes.h"
#include "core/operators/lower.h"
#include "core/operators/views.h"
#include "passes/lowering/function_names.h"
#include "passes/lowering/node_key.h"

#include <algorithm>

namespace strata {

namespace {

bool isRoutine(const GraphNode& node) { return node.domain == "library"; }

// The last output that anybody could read.
ValueType lastResult(const GraphNode& node)
{
    for (auto output = node.outputs.rbegin(); output != node.outputs.rend(); ++output)
        if (!output->name.empty())
            return output->type;
    return {};
}

// The operator as a call of its function, under its own name.
GraphNodePtr callOf(const GraphNode& node, const LoweredNode& loops, const std::string& callee)
{
    GraphNode call;
    call.name = node.name;
    call.op = "call";
    call.callee = callee;
    for (const std::size_t input : loops.usedInputs)
        call.inputs.push_back(node.inputs[input]);
    for (const TypedName& output : node.outputs)
        if (!output.name.empty())
            call.outputs.push_back(output);
    return std::make_shared<const GraphNode>(std::move(call));
}

// The loops know of their sizes what the graph assumes of its own.
void assume(LoweredNode& lowered, const GraphNode& node, const std::vector<ValueType>& inputs, const SizeFacts& known)
{
    if (known.empty() || !hasSizes(*lowered.function))
        return;
    std::vector<Shape> arguments, results;
    for (const std::size_t input : lowered.usedInputs)
        arguments.push_back(inputs[input].tensor.shape);
    for (const TypedName& output : node.outputs)
        if (!output.name.empty())
            results.push_back(output.type.tensor.shape);
    Function function = *lowered.function;
    function.facts = factsAtCall(function, arguments, results, known);
    lowered.function = std::make_shared<const Function>(std::move(function));
}

// The last few nodes that were looked at, to see without a key that one more is like them: models repeat themselves.
class RecentNodes {
public:
    // Surely has the same loops, up to names.
    bool haveLike(const GraphNode& node, const std::vector<ValueType>& inputs) const
    {
        const auto isLike = [&](const Seen& seen) {
            const GraphNode& other = *seen.node;
            return node.op == other.op && node.domain == other.domain && node.version == other.version
                   && seen.inputs == inputs && equal(node.attributes, other.attributes)
                   && std::equal(node.inputs.begin(), node.inputs.end(), other.inputs.begin(), other.inputs.end(),
                                 [](const Operand& a, const Operand& b) { return a.kind == b.kind; })
                   && std::equal(node.outputs.begin(), node.outputs.end(), other.outputs.begin(), other.outputs.end(),
                                 [](const TypedName& a, const TypedName& b) {
                                     return a.type == b.type && a.name.empty() == b.name.empty();
                                 });
        };
        return std::any_of(m_seen.begin(), m_seen.end(), isLike);
    }
    void add(const GraphNode& node, std::vector<ValueType> inputs)
    {
        constexpr std::size_t few = 8;
        const bool code = std::any_of(inputs.begin(), inputs.end(),
                                      [](const ValueType& type) { return becomesCode(type.tensor); });
        if (code)
            return;  // what they hold counts, too
        if (m_seen.size() == few)
            m_seen.erase(m_seen.begin());
        m_seen.push_back({&node, std::move(inputs)});
    }

private:
    struct Seen {
        const GraphNode* node;
        std::vector<ValueType> inputs;
    };
    std::vector<Seen> m_seen;
};

Result<std::shared_ptr<const InferredTypes>> typesOf(const Module& module, const FunctionPtr& graph,
                                                     LoweringCache& cache)
{
    if (auto found = cache.types(graph))
        return found;
    STRATA_TRY(InferredTypes inferred, inferFunction(module, *graph));
    auto types = std::make_shared<const InferredTypes>(std::move(inferred));
    cache.keep(graph, types);
    return types;
}

std::set<std::string> allSizes(const Function& graph, const std::map<std::string, Dim>& dataSizes)
{
    std::set<std::string> sizes = givenSizes(graph);
    for (const auto& [size, most] : dataSizes)
        sizes.insert(size);
    return sizes;
}

// A dimension may be a sum of hundreds.
std::string briefly(const TensorType& type)
{
    constexpr std::size_t longest = 120;
    const std::string text = toString(type);
    return text.size() <= longest ? text : text.substr(0, longest) + "...";
}

}  // namespace

Status checkInMemory(const Function& graph, const GraphNode& node, const std::map<std::string, Dim>& dataSizes)
{
    const Cursor where{graph.name, NodeKind::Operator, node.name};
    for (const TypedName& output : node.outputs) {
        const TensorType& type = output.type.tensor;
        if (output.name.empty())
            continue;
        if (isControlFlow(node) && output.type.kind == ValueType::Kind::Unknown)
            return refused(say("{}: what type {} has is only known when the model runs.", describe(node), output.name),
                           {where});
        if (output.type.kind != ValueType::Kind::Tensor)
            return refused(say("{} makes {}, which no loop nest computes.", describe(node), toString(output.type)),
                           {where});
        if (!type.ranked || (!isConstant(type.shape) && !tell(allSizes(graph, dataSizes), type.shape)))
            return refused(say("{}: the shape of {} is {}.", describe(node), output.name, briefly(type)), {where},
                           "Bind the symbolic dimensions first: --dim NAME=SIZE, or the step graph.bind_dimension.");
    }
    return {};
}

NodeLowering::NodeLowering(const Module& module, FunctionPtr graph, std::shared_ptr<const InferredTypes> types,
                           LoweringCache& cache)
    : m_module(module)
    , m_graph(std::move(graph))
    , m_types(std::move(types))
    , m_split(m_types->function)
    , m_cache(cache)
{
    for (const FunctionPtr& function : module.functions)
        m_functions.emplace(function->name, function);
    splitCounted();
    m_operands.emplace(module, *m_split);
    m_dataSizes = dataSizes(module, *m_split);
    m_facts = m_split->facts;
    for (const auto& [size, most] : m_dataSizes) {
        const std::optional<SizeFact> bound = factOf(most, m_split->facts);
        m_facts[size] = {0, bound ? bound->most : mostSize, 1};
    }
}

// What is counted and what is told the counts become functions of their own.
void NodeLowering::splitCounted()
{
    const std::vector<GraphNodePtr>& whole = m_types->function->graph()->nodes;
    const auto isOpen = [](const GraphNodePtr& node) {
        const Operator* definition = node->isCall() ? nullptr : findOperator(*node);
        return definition && definition->counted;
    };
    if (std::none_of(whole.begin(), whole.end(), isOpen))
        return;
    std::set<std::string> taken;
    for (const GraphNodePtr& node : whole) {
        taken.insert(node->name);
        for (const TypedName& output : node->outputs)
            taken.insert(output.name);
    }
    const OperandTypes types(m_module, *m_types->function);
    const std::set<std::string> given = givenSizes(*m_types->function);
    GraphBody body{{}, m_types->function->graph()->returns};
    for (const GraphNodePtr& node : whole) {
        std::vector<ValueType> inputs;
        for (const Operand& operand : isOpen(node) ? node->inputs : std::vector<Operand>())
            inputs.push_back(types.of(operand).value_or(ValueType{ValueType::Kind::Unknown, {DType::F32, {}, false}}));
        const auto isTaken = [&](const std::string& name) { return taken.count(name) != 0; };
        const std::vector<std::string> open = isOpen(node) ? openSizes(*node, inputs) : std::vector<std::string>();
        const bool isTold = std::any_of(open.begin(), open.end(),
                                        [&](const std::string& s) { return !given.count(s); });
        std::optional<CountedNode> parts = isTold ? counted(*node, inputs, isTaken) : std::nullopt;
        if (!parts) {
            body.nodes.push_back(node);
            continue;
        }
        parts->count.name = freshName(parts->count.name, isTaken);
        for (const TypedName& output : parts->count.outputs)
            taken.insert(output.name);
        taken.insert(parts->count.name);
        m_splits[node->name] = {node, parts->count.name};
        m_counts.insert(parts->count.name);
        body.nodes.push_back(std::make_shared<const GraphNode>(std::move(parts->count)));
        body.nodes.push_back(std::make_shared<const GraphNode>(std::move(parts->then)));
    }
    auto function = std::make_shared<Function>(*m_types->function);
    function->body = std::move(body);
    m_split = std::move(function);
}

bool NodeLowering::isCount(const std::string& node) const { return m_counts.count(node) != 0; }

NodeNames NodeLowering::withCounts(NodeNames nodes) const
{
    for (const auto& [node, split] : m_splits)
        if (nodes.count(node))
            nodes.insert(split.count);
    return nodes;
}

GraphNode NodeLowering::plainlySized(const GraphNode& node, std::vector<ValueType>& inputs, SizeFacts& facts) const
{
    facts = m_split->facts;
    if (m_dataSizes.empty())
        return node;
    std::map<std::string, Dim> plain;
    const auto taken = [&](const std::string& name) {
        return std::any_of(plain.begin(), plain.end(), [&](const auto& one) { return plainSize(one.second) == name; })
               || sizesOf(*m_split).count(name) != 0;
    };
    const auto add = [&](const Shape& shape) {
        for (const Dim& dim : shape)
            for (const std::string& symbol : dim.symbols())
                if (m_dataSizes.count(symbol) && !plain.count(symbol)) {
                    const std::string name = freshName("n", taken);
                    facts[name] = m_facts.at(symbol);
                    plain.emplace(symbol, Dim::symbol(name));
                }
    };
    for (const ValueType& input : inputs)
        add(input.tensor.shape);
    for (const TypedName& output : node.outputs)
        add(output.type.tensor.shape);
    if (plain.empty())
        return node;
    GraphNode result = node;
    for (ValueType& input : inputs)
        input.tensor.shape = withDims(std::move(input.tensor.shape), plain);
    for (TypedName& output : result.outputs)
        output.type.tensor.shape = withDims(std::move(output.type.tensor.shape), plain);
    return result;
}

Result<NodeLowering> NodeLowering::of(const Module& module, const FunctionPtr& graph, LoweringCache& cache,
                                      Types wanted)
{
    std::shared_ptr<const InferredTypes> types;
    if (wanted == Types::Inferred) {
        STRATA_TRY(types, typesOf(module, graph, cache));
    } else {
        STRATA_TRY(InferredTypes declared, inferVerified(module, *graph));
        types = std::make_shared<const InferredTypes>(std::move(declared));
    }
    return NodeLowering(module, graph, std::move(types), cache);
}

Cursor NodeLowering::cursor(const GraphNode& node) const { return {m_graph->name, NodeKind::Operator, node.name}; }

bool NodeLowering::isKnown(const GraphNode& node) const
{
    return std::all_of(node.outputs.begin(), node.outputs.end(), [&](const TypedName& output) {
        return output.name.empty() || m_types->known.count(output.name) != 0;
    });
}

bool NodeLowering::hasDefinition(const GraphNode& node) const
{
    const Operator* definition = node.isCall() || isRoutine(node) ? nullptr : findOperator(node);
    return definition && definition->compute && !isView(node) && !isKnown(node);
}

NodeNames NodeLowering::needed() const
{
    NodeNames result;
    const auto isKnown = [&](const std::string& value) { return m_types->known.count(value) != 0; };
    for (const GraphNode* node : liveNodes(*m_split->graph(), isKnown, readsInput))
        result.insert(node->name);
    return result;
}

NodeNames NodeLowering::computing() const
{
    NodeNames result = needed();
    for (const GraphNodePtr& node : nodes())
        if (isView(*node) || isRoutine(*node) || isControlFlow(*node))
            result.erase(node->name);
    return result;
}

NodeNames NodeLowering::worthLoops() const
{
    const NodeNames candidates = computing();
    NodeNames result;
    for (const GraphNodePtr& node : nodes()) {
        const auto called = node->isCall() ? m_functions.find(node->callee) : m_functions.end();
        const bool isGraphCall = called != m_functions.end() && lowersWithCaller(*called->second);
        if (candidates.count(node->name) && (isGraphCall || hasDefinition(*node)))
            result.insert(node->name);
    }
    return result;
}

std::map<std::string, Error> NodeLowering::refusals(const NodeNames& selected) const
{
    std::map<std::string, Error> result;
    for (const GraphNodePtr& node : nodes())
        if (const Status status = selected.count(node->name) ? canLower(*node) : Status(); !status)
            result.emplace(node->name, status.error());
    return result;
}

Status NodeLowering::canLower(const GraphNode& node) const
{
    if (!node.isCall()) {
        const Result<LoweredNode> lowered = loops(node);
        return lowered ? Status() : lowered.error();
    }
    STRATA_TRY(const FunctionPtr function, callee(node));
    if (!lowersWithCaller(*function))
        return {};
    const Result<LoweredGraph> lowered = loopsOf(m_module, function, m_cache);
    return lowered ? Status() : lowered.error();
}

Result<FunctionPtr> NodeLowering::callee(const GraphNode& node) const
{
    const auto found = m_functions.find(node.callee);
    if (found == m_functions.end())
        return refused(say("{} calls {}, which does not exist.", describe(node), node.callee), {cursor(node)});
    return found->second;
}

// An operand's value, where it is known and small enough to become part of the code.
std::optional<Tensor> NodeLowering::codeInput(const Operand& operand) const
{
    const std::optional<ValueType> type = m_operands->of(operand);
    if (!type || !becomesCode(type->tensor))
        return std::nullopt;
    if (const auto known = m_types->known.find(operand.name);
        operand.kind == Operand::Kind::Value && known != m_types->known.end())
        return known->second;
    const auto constant = m_module.constants.find(operand.name);
    if (operand.kind != Operand::Kind::Constant || constant == m_module.constants.end())
        return std::nullopt;
    Result<Tensor> tensor = toTensor(*constant->second);
    return tensor ? std::optional(std::move(*tensor)) : std::nullopt;
}

std::vector<ValueType> NodeLowering::inputTypes(const GraphNode& node) const
{
    std::vector<ValueType> inputs;
    for (const Operand& operand : node.inputs)
        inputs.push_back(
            m_operands->of(operand).value_or(ValueType{ValueType::Kind::Unknown, {DType::F32, {}, false}}));
    return inputs;
}

Result<LoweredNode> NodeLowering::loopsByContent(const GraphNode& own) const
{
    std::vector<ValueType> inputs = inputTypes(own);
    SizeFacts facts;
    const GraphNode node = plainlySized(own, inputs, facts);
    const auto constant = [&](std::size_t i) {
        return i < node.inputs.size() ? codeInput(node.inputs[i]) : std::nullopt;
    };
    std::string key = nodeKey(node, inputs, constant);
    if (!facts.empty())
        key += " where " + factText(facts);
    if (std::optional<LoweredNode> found = m_cache.node(key))
        return *found;
    Result<LoweredNode> lowered = lowerNode(plainlyNamed(node), inputs, constant, node.op, facts);
    if (!lowered) {  // once more, so that the refusal speaks of the model's own names
        const Result<LoweredNode> named = lowerNode(own, inputTypes(own), constant, node.op, m_facts);
        return named ? lowered.error() : named.error();
    }
    assume(*lowered, node, inputs, facts);
    if (const Status held = holdForAllSizes(m_module, *lowered->function, describe(own)); !held)
        return held.error();
    m_cache.keep(key, *lowered);
    return m_cache.node(key).value_or(*lowered);  // whoever came first, so that all share one pointer
}

Result<LoweredNode> NodeLowering::loops(const GraphNode& node) const
{
    if (isKnown(node))
        return refused(say("{} gives what is known before anything runs; it has nothing to compute.", describe(node)),
                       {cursor(node)}, "graph.fold_constants makes a constant of it.");
    Result<LoweredNode> lowered = loopsByContent(node);
    const Status inMemory = checkInMemory(*m_split, node, m_dataSizes);
    if (lowered)
        return inMemory ? std::move(lowered) : Result<LoweredNode>(inMemory.error());
    const bool isTyped = std::all_of(node.outputs.begin(), node.outputs.end(), [](const TypedName& output) {
        return output.name.empty() || output.type.tensor.ranked;
    });
    Error error = findOperator(node) && isTyped && !inMemory ? inMemory.error() : lowered.error();
    error.nodes = {cursor(node)};  // one that counts stands for the node that it is a part of
    for (const auto& [whole, split] : m_splits)
        if (split.count == node.name)
            error.nodes = {{m_graph->name, NodeKind::Operator, whole}};
    return error;
}

Result<LoweredPart> NodeLowering::lower(const NodeNames& wanted, const std::string& name) const
{
    const NodeNames selected = withCounts(wanted);
    Replacements replaced;
    std::set<std::string> callees;
    for (const GraphNodePtr& node : nodes()) {
        if (!selected.count(node->name))
            continue;
        if (node->isCall()) {
            STRATA_TRY(const FunctionPtr called, callee(*node));
            if (lowersWithCaller(*called))
                callees.insert(called->name);
        } else {
            STRATA_TRY(LoweredNode lowered, loops(*node));
            replaced[node->name] = {baseOf(*node), std::move(lowered), nullptr};
        }
    }
    if (name.empty())
        giveNames(replaced);
    else
        STRATA_CHECK(giveName(replaced, name));

    std::vector<std::string> made;
    Module module = m_module;
    std::replace(module.functions.begin(), module.functions.end(), m_graph, withCalls(replaced));
    std::set<std::string> present;
    for (const GraphNodePtr& node : nodes())
        if (const auto found = replaced.find(node->name); found != replaced.end())
            if (const FunctionPtr& function = found->second.function;
                !m_functions.count(function->name) && present.insert(function->name).second) {
                module.functions.push_back(function);
                made.push_back(function->name);
            }
    STRATA_TRY(LoweredPart result, lowerFunctions(module, callees, m_cache));
    result.functions.insert(result.functions.end(), made.begin(), made.end());
    return result;
}

// Nodes that are not lowered now claim their names too, those of other programs of the module as well: no name follows
// from which is lowered first.
void NodeLowering::giveNames(Replacements& replaced) const
{
    Contested contested;
    for (const auto& [node, replacement] : replaced)
        contested.bases.insert(replacement.base);
    for (const GraphNodePtr& node : nodes())
        if (replaced.count(node->name))
            contested.operators.insert(operatorName(*node));
    FunctionNames names(m_module, m_cache);
    claim(names, contested, replaced);
    for (const FunctionPtr& other : otherPrograms())
        if (const Result<NodeLowering> lowering = of(m_module, other, m_cache))
            lowering->claim(names, contested, {});
    for (auto& [node, replacement] : replaced)
        replacement.function = names.named(replacement.base, replacement.loops.function);
}

// Variants of the model, and what control flow runs: their nodes become functions of this module.
std::vector<FunctionPtr> NodeLowering::otherPrograms() const
{
    std::vector<FunctionPtr> result;
    for (const FunctionPtr& function : strata::programsOf(m_module))
        if (function->graph() && function->name != m_graph->name)
            result.push_back(function);
    return result;
}

void NodeLowering::claim(FunctionNames& names, const Contested& contested, const Replacements& replaced) const
{
    std::unordered_map<std::string_view, bool> isRival;  // by operator, as nodes spell it
    RecentNodes claimed;
    for (const GraphNodePtr& node : nodes()) {
        if (node->isCall())
            continue;
        const auto [spelled, isNew] = isRival.try_emplace(node->op, false);
        if (isNew)
            spelled->second = contested.operators.count(operatorName(*node)) != 0;
        if (!spelled->second)
            continue;
        if (const auto found = replaced.find(node->name); found != replaced.end()) {
            names.claim(found->second.base, found->second.loops.function);
        } else if (std::vector<ValueType> inputs = inputTypes(*node);
                   !claimed.haveLike(*node, inputs) && hasDefinition(*node)) {
            const std::string base = baseOf(*node);
            if (const auto lowered = contested.bases.count(base) ? loops(*node) : Result<LoweredNode>(bug("")); lowered)
                names.claim(base, lowered->function);
            claimed.add(*node, std::move(inputs));
        }
    }
}

Status NodeLowering::giveName(Replacements& replaced, const std::string& name) const
{
    for (auto& [node, replacement] : replaced) {
        const std::string own = isCount(node) ? name + "_count" : name;
        const auto existing = m_functions.find(own);
        replacement.function = m_cache.renamed(replacement.loops.function, own);
        if (existing == m_functions.end())
            continue;
        if (!equal(*existing->second, *replacement.function))
            return refused(say("There is another function {} already.", own), {functionCursor(own)},
                           "Choose another name.");
        replacement.function = existing->second;
    }
    return {};
}

std::string NodeLowering::baseOf(const GraphNode& node) const
{
    std::vector<ValueType> inputs = inputTypes(node);
    SizeFacts facts;
    const auto plain = std::make_shared<const GraphNode>(plainlySized(node, inputs, facts));
    return baseName({plain}, lastResult(*plain));
}

// Of a node that stays, both parts are one again.
FunctionPtr NodeLowering::withCalls(const Replacements& replaced) const
{
    if (replaced.empty())
        return m_types->function;
    Function graph = *m_types->function;
    GraphBody& body = std::get<GraphBody>(graph.body);
    body.nodes.clear();
    for (const GraphNodePtr& node : nodes()) {
        const auto found = replaced.find(node->name);
        const auto split = m_splits.find(node->name);
        if (found != replaced.end())
            body.nodes.push_back(callOf(*node, found->second.loops, found->second.function->name));
        else if (!isCount(node->name))
            body.nodes.push_back(split == m_splits.end() ? node : split->second.whole);
    }
    return std::make_shared<const Function>(std::move(graph));
}

}  // namespace strata
