// Ensembles of decision trees. All trees go down one level at a time, for all rows: a tensor [row, tree] says at which
// node each is, and tables hold what stands at the nodes.
//
//     x    = X[row, feature[node]]
//     node = x <= value[node] ? yes[node] : no[node]          as often as the deepest tree is deep
//     Y    = sum over trees of weight[node]
//
// Leaves come first among the nodes and lead to themselves, so that who is there stays, and the last `node` is a row of
// the weights.
#include "core/onnx/expansions/expansion.h"
#include "core/onnx/expansions/post_transform.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace strata::onnx {

namespace {

using ::onnx::NodeProto;
using ::onnx::TensorProto;

enum class Mode : std::int64_t { AtMost, Less, AtLeast, Greater, Equal, NotEqual, Member };

struct Branch {
    std::int64_t feature = 0;
    double value = 0;
    Mode mode = Mode::AtMost;
    std::int64_t yes = 0, no = 0;  // numbers of nodes
    bool missingIsYes = false;
    std::vector<double> members = {};
};

// Nodes 0 .. leaves - 1 are leaves, node leaves + i is branches[i].
struct Ensemble {
    std::int64_t leaves = 0, targets = 1;
    std::vector<Branch> branches;
    std::vector<std::int64_t> roots;
    std::vector<double> weights;  // [leaf, target]
    std::vector<double> base;
    std::string aggregate = "SUM";
    bool isDouble = false;

    bool isLeaf(std::int64_t node) const { return node < leaves; }
};

// How deep the deepest tree is; nullopt: a node is below itself, or is none.
std::optional<std::int64_t> depthOf(const Ensemble& trees)
{
    std::vector<std::int64_t> level = trees.roots;
    const std::int64_t nodes = trees.leaves + std::int64_t(trees.branches.size());
    for (std::int64_t depth = 0; depth <= std::int64_t(trees.branches.size()); ++depth) {
        std::vector<std::int64_t> next;
        for (const std::int64_t node : level) {
            if (node < 0 || node >= nodes)
                return std::nullopt;
            if (trees.isLeaf(node))
                continue;
            const Branch& branch = trees.branches[std::size_t(node - trees.leaves)];
            next.push_back(branch.yes);
            next.push_back(branch.no);
        }
        std::sort(next.begin(), next.end());
        next.erase(std::unique(next.begin(), next.end()), next.end());
        if (next.empty())
            return depth;
        level = std::move(next);
    }
    return std::nullopt;
}

std::vector<double> doublesOf(const TensorProto& tensor)
{
    const Result<Tensor> read = toTensor(tensor);
    std::vector<double> values;
    for (std::int64_t i = 0; read && i < read->count(); ++i)
        values.push_back(read->at(i));
    return values;
}

// A list that is floats, or a tensor of doubles under a longer name.
std::vector<double> numbersOf(const NodeProto& node, const std::string& name)
{
    if (const auto* tensor = findAttribute(node, name + "_as_tensor"))
        return doublesOf(tensor->t());
    const std::vector<float> list = realsOf(node, name);
    return {list.begin(), list.end()};
}

// Writes the levels of an ensemble.
class TreeWriter {
public:
    TreeWriter(NodeWriter& write, const Ensemble& trees, std::int64_t depth, const std::string& rows)
        : m_write(write)
        , m_trees(trees)
        , m_depth(depth)
        , m_rows(rows)
    {
    }

    // [row, target]
    std::string run()
    {
        std::string node = m_write.add("Expand", {m_write.integers(m_trees.roots), wholeShape()});
        for (std::int64_t level = 0; level < m_depth; ++level)
            node = next(node);
        const std::string weights = m_write.add("Gather",
                                                {reals(m_trees.weights, {m_trees.leaves, m_trees.targets}), node});
        return aggregated(weights);
    }

private:
    std::string wholeShape()
    {
        const std::string count = m_write.add(
            "Shape", {m_rows}, {attributeOf("start", std::int64_t(0)), attributeOf("end", std::int64_t(1))});
        return m_write.add("Concat", {count, m_write.integers({std::int64_t(m_trees.roots.size())})},
                           {attributeOf("axis", std::int64_t(0))});
    }

    // A table of what stands at each node; leaves have their own number, or `atLeaf`.
    template<class Of>
    std::string table(std::string& cache, const Of& of, std::optional<std::int64_t> atLeaf)
    {
        if (!cache.empty())
            return cache;
        std::vector<std::int64_t> values;
        for (std::int64_t leaf = 0; leaf < m_trees.leaves; ++leaf)
            values.push_back(atLeaf.value_or(leaf));
        for (const Branch& branch : m_trees.branches)
            values.push_back(of(branch));
        return cache = m_write.integers(values);
    }

    std::string reals(const std::vector<double>& values, const std::vector<std::int64_t>& shape)
    {
        TensorProto tensor;
        tensor.set_data_type(m_trees.isDouble ? TensorProto::DOUBLE : TensorProto::FLOAT);
        for (const std::int64_t size : shape)
            tensor.add_dims(size);
        for (const double value : values)
            if (m_trees.isDouble)
                tensor.add_double_data(value);
            else
                tensor.add_float_data(float(value));
        return m_write.constant(tensor);
    }

    std::string at(const std::string& table, const std::string& node) { return m_write.add("Gather", {table, node}); }

    std::string next(const std::string& node)
    {
        const std::string feature = at(table(
                                           m_feature, [](const Branch& b) { return b.feature; }, 0),
                                       node);
        const std::string x = m_write.add("GatherElements", {m_rows, feature}, {attributeOf("axis", std::int64_t(1))});
        std::string yes = holds(x, node);
        if (std::any_of(m_trees.branches.begin(), m_trees.branches.end(),
                        [](const Branch& branch) { return branch.missingIsYes; })) {
            const std::string missing = at(
                table(
                    m_missing, [](const Branch& b) { return std::int64_t(b.missingIsYes); }, 0),
                node);
            yes = m_write.add("Or", {yes, m_write.add("And", {m_write.add("IsNaN", {x}), isSet(missing, 1)})});
        }
        return m_write.add("Where", {yes,
                                     at(table(
                                            m_yes, [](const Branch& b) { return b.yes; }, std::nullopt),
                                        node),
                                     at(table(
                                            m_no, [](const Branch& b) { return b.no; }, std::nullopt),
                                        node)});
    }

    std::string isSet(const std::string& integers, std::int64_t value)
    {
        return m_write.add("Equal", {integers, m_write.integer(value)});
    }

    std::string comparison(Mode mode, const std::string& x, const std::string& node)
    {
        if (mode == Mode::Member)
            return isMember(x, node);
        if (m_value.empty()) {
            std::vector<double> values(std::size_t(m_trees.leaves), 0);
            for (const Branch& branch : m_trees.branches)
                values.push_back(branch.value);
            m_value = reals(values, {std::int64_t(values.size())});
        }
        const std::string value = at(m_value, node);
        switch (mode) {
        case Mode::Less: return m_write.add("Less", {x, value});
        case Mode::AtLeast: return m_write.add("GreaterOrEqual", {x, value});
        case Mode::Greater: return m_write.add("Greater", {x, value});
        case Mode::Equal: return m_write.add("Equal", {x, value});
        case Mode::NotEqual: return m_write.add("Not", {m_write.add("Equal", {x, value})});
        default: return m_write.add("LessOrEqual", {x, value});
        }
    }

    // Sets of values as rows of a table, filled up with what equals nothing.
    std::string isMember(const std::string& x, const std::string& node)
    {
        std::size_t most = 1;
        for (const Branch& branch : m_trees.branches)
            most = std::max(most, branch.members.size());
        if (m_members.empty()) {
            std::vector<double> values(std::size_t(m_trees.leaves) * most, std::nan(""));
            for (const Branch& branch : m_trees.branches) {
                values.insert(values.end(), branch.members.begin(), branch.members.end());
                values.resize(values.size() + most - branch.members.size(), std::nan(""));
            }
            m_members = reals(values, {std::int64_t(values.size() / most), std::int64_t(most)});
        }
        const std::string equal = m_write.add(
            "Equal", {m_write.add("Unsqueeze", {x, m_write.integers({-1})}), at(m_members, node)});
        const std::string ones = m_write.add("Cast", {equal}, {attributeOf("to", std::int64_t(TensorProto::INT64))});
        return isSet(
            m_write.add("ReduceMax", {ones, m_write.integers({-1})}, {attributeOf("keepdims", std::int64_t(0))}), 1);
    }

    // By the mode that all nodes have, or each by its own.
    std::string holds(const std::string& x, const std::string& node)
    {
        std::set<Mode> modes;
        for (const Branch& branch : m_trees.branches)
            modes.insert(branch.mode);
        std::string result;
        for (const Mode mode : modes) {
            const std::string here = comparison(mode, x, node);
            if (result.empty()) {
                result = here;
                continue;
            }
            const std::string kind = at(table(
                                            m_modes, [](const Branch& b) { return std::int64_t(b.mode); }, 0),
                                        node);
            result = m_write.add("Where", {isSet(kind, std::int64_t(mode)), here, result});
        }
        return result;
    }

    std::string aggregated(const std::string& weights)
    {
        const char* const op = m_trees.aggregate == "MIN"       ? "ReduceMin"
                               : m_trees.aggregate == "MAX"     ? "ReduceMax"
                               : m_trees.aggregate == "AVERAGE" ? "ReduceMean"
                                                                : "ReduceSum";
        const std::string sum = m_write.add(op, {weights, m_write.integers({1})},
                                            {attributeOf("keepdims", std::int64_t(0))});
        return m_trees.base.empty()
                   ? sum
                   : m_write.add("Add", {sum, reals(m_trees.base, {std::int64_t(m_trees.base.size())})});
    }

    NodeWriter& m_write;
    const Ensemble& m_trees;
    std::int64_t m_depth;
    std::string m_rows;
    std::string m_feature, m_missing, m_yes, m_no, m_value, m_modes, m_members;  // tables, where they are made
};

class TreeNode {
public:
    TreeNode(const NodeProto& node, const Place& place)
        : m_node(node)
        , m_place(place)
        , m_function(node, expansionOpset)
        , m_write(m_function.nodes())
    {
    }

    Result<Expansion> run()
    {
        const bool isClassifier = m_node.op_type() == "TreeEnsembleClassifier";
        STRATA_CHECK(m_node.op_type() == "TreeEnsemble" ? readLatest() : readLists(isClassifier ? "class" : "target"));
        const std::optional<std::int64_t> depth = depthOf(m_trees);
        if (!depth || m_trees.roots.empty())
            return error("has nodes that make no trees.");
        if ((m_trees.aggregate == "MIN" || m_trees.aggregate == "MAX") && m_trees.targets > 1)
            return error("takes the " + m_trees.aggregate + " of several targets, which Strata does not have.");
        const std::string scores = TreeWriter(m_write, m_trees, *depth, rows()).run();
        if (isClassifier)
            return classified(scores);
        const std::string narrow = m_node.op_type() == "TreeEnsemble" ? scores : asFloat(scores);
        STRATA_TRY(const std::string result, transformed(m_write, narrow, post()));
        m_write.add("Identity", {result}, {}, {m_function.output(0)});
        return m_function.finish();
    }

private:
    Error error(const std::string& message) const
    {
        return refused(say("The node '{}' ({}) {}", m_place.name, m_node.op_type(), message));
    }

    std::string post() const
    {
        static const Names names{"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"};
        const auto* attribute = findAttribute(m_node, "post_transform");
        if (!attribute || attribute->has_s())
            return attribute ? attribute->s() : "NONE";
        return attribute->i() >= 0 && attribute->i() < 5 ? names[std::size_t(attribute->i())] : "NONE";
    }

    std::string rows()
    {
        return m_write.add(
            "Cast", {m_function.input(0)},
            {attributeOf("to", std::int64_t(m_trees.isDouble ? TensorProto::DOUBLE : TensorProto::FLOAT))});
    }

    std::string asFloat(const std::string& value)
    {
        return m_trees.isDouble ? m_write.add("Cast", {value}, {attributeOf("to", std::int64_t(TensorProto::FLOAT))})
                                : value;
    }

    bool takesDoubles() const
    {
        const ValueType type = m_place.type(0);
        return type.kind == ValueType::Kind::Tensor && type.tensor.dtype == DType::F64;
    }

    // TreeEnsembleRegressor and -Classifier: nodes by the numbers of their tree and in it.
    Status readLists(const std::string& kind)
    {
        using Key = std::pair<std::int64_t, std::int64_t>;
        const std::vector<std::int64_t> trees = integersOf(m_node, "nodes_treeids"),
                                        ids = integersOf(m_node, "nodes_nodeids"),
                                        features = integersOf(m_node, "nodes_featureids"),
                                        yes = integersOf(m_node, "nodes_truenodeids"),
                                        no = integersOf(m_node, "nodes_falsenodeids"),
                                        missing = integersOf(m_node, "nodes_missing_value_tracks_true");
        const Names modes = wordsOf(m_node, "nodes_modes");
        const std::vector<double> values = numbersOf(m_node, "nodes_values");
        const std::size_t count = ids.size();
        if (trees.size() != count || features.size() != count || yes.size() != count || no.size() != count
            || modes.size() != count || values.size() != count || (!missing.empty() && missing.size() != count))
            return error("has lists of nodes of different lengths.");
        std::map<Key, std::int64_t> numbers;
        for (std::size_t i = 0; i < count; ++i)
            if (modes[i] == "LEAF" && !numbers.emplace(Key{trees[i], ids[i]}, m_trees.leaves++).second)
                return error("has a node twice.");
        std::int64_t next = m_trees.leaves;
        for (std::size_t i = 0; i < count; ++i)
            if (modes[i] != "LEAF" && !numbers.emplace(Key{trees[i], ids[i]}, next++).second)
                return error("has a node twice.");
        const auto numberOf = [&](std::int64_t tree, std::int64_t id) {
            const auto found = numbers.find({tree, id});
            return found == numbers.end() ? -1 : found->second;
        };
        static const std::map<std::string, Mode> known{{"BRANCH_LEQ", Mode::AtMost},  {"BRANCH_LT", Mode::Less},
                                                       {"BRANCH_GTE", Mode::AtLeast}, {"BRANCH_GT", Mode::Greater},
                                                       {"BRANCH_EQ", Mode::Equal},    {"BRANCH_NEQ", Mode::NotEqual}};
        std::set<Key> below;
        for (std::size_t i = 0; i < count; ++i) {
            if (modes[i] == "LEAF")
                continue;
            const auto mode = known.find(modes[i]);
            if (mode == known.end())
                return error("has a node of the mode " + modes[i] + ", which Strata does not have.");
            m_trees.branches.push_back({features[i], values[i], mode->second, numberOf(trees[i], yes[i]),
                                        numberOf(trees[i], no[i]), !missing.empty() && missing[i] != 0});
            below.insert({trees[i], yes[i]});
            below.insert({trees[i], no[i]});
        }
        for (std::size_t i = 0; i < count; ++i)  // the one of each tree that is below none
            if (!below.count({trees[i], ids[i]}))
                m_trees.roots.push_back(numberOf(trees[i], ids[i]));
        m_trees.isDouble = takesDoubles();
        m_trees.base = numbersOf(m_node, "base_values");
        m_trees.aggregate = wordOf(m_node, "aggregate_function", "SUM");
        return readWeights(kind, numberOf);
    }

    template<class NumberOf>
    Status readWeights(const std::string& kind, const NumberOf& numberOf)
    {
        const std::vector<std::int64_t> trees = integersOf(m_node, kind + "_treeids"),
                                        nodes = integersOf(m_node, kind + "_nodeids"),
                                        targets = integersOf(m_node, kind + "_ids");
        const std::vector<double> weights = numbersOf(m_node, kind + "_weights");
        if (trees.size() != weights.size() || nodes.size() != weights.size() || targets.size() != weights.size())
            return error("has lists of weights of different lengths.");
        const std::int64_t labels = std::int64_t(
            std::max(integersOf(m_node, "classlabels_int64s").size(), wordsOf(m_node, "classlabels_strings").size()));
        m_trees.targets = kind == "class" ? labels : integerOf(m_node, "n_targets", 1);
        const std::set<std::int64_t> used(targets.begin(), targets.end());
        m_isBinary = kind == "class" && labels == 2 && used.size() == 1;
        m_isPositive = std::all_of(weights.begin(), weights.end(), [](double weight) { return weight >= 0; });
        if (m_isBinary)
            m_trees.targets = 1;
        if (m_trees.targets < 1 || m_trees.leaves * m_trees.targets > 200'000'000)
            return error("has " + std::to_string(m_trees.targets) + " targets.");
        m_trees.weights.assign(std::size_t(m_trees.leaves * m_trees.targets), 0);
        for (std::size_t i = 0; i < weights.size(); ++i) {
            const std::int64_t leaf = numberOf(trees[i], nodes[i]), target = m_isBinary ? 0 : targets[i];
            if (leaf < 0 || !m_trees.isLeaf(leaf) || target < 0 || target >= m_trees.targets)
                return error("has a weight of a node that is no leaf, or for a target that there is not.");
            m_trees.weights[std::size_t(leaf * m_trees.targets + target)] += weights[i];
        }
        if (m_isBinary && m_trees.base.size() == 2)
            m_trees.base.erase(m_trees.base.begin());
        if (!m_trees.base.empty() && std::int64_t(m_trees.base.size()) != m_trees.targets)
            return error("has " + std::to_string(m_trees.base.size()) + " base values for "
                         + std::to_string(m_trees.targets) + " targets.");
        return {};
    }

    // TreeEnsemble of version 5: what is below a node is a node or a leaf, each with numbers of its own.
    Status readLatest()
    {
        const std::vector<std::int64_t> features = integersOf(m_node, "nodes_featureids"),
                                        yes = integersOf(m_node, "nodes_truenodeids"),
                                        no = integersOf(m_node, "nodes_falsenodeids"),
                                        yesIsLeaf = integersOf(m_node, "nodes_trueleafs"),
                                        noIsLeaf = integersOf(m_node, "nodes_falseleafs"),
                                        missing = integersOf(m_node, "nodes_missing_value_tracks_true"),
                                        targets = integersOf(m_node, "leaf_targetids");
        const auto tensor = [&](const char* name) {
            const auto* attribute = findAttribute(m_node, name);
            return attribute ? doublesOf(attribute->t()) : std::vector<double>();
        };
        const std::vector<double> values = tensor("nodes_splits"), modes = tensor("nodes_modes"),
                                  weights = tensor("leaf_weights"), members = tensor("membership_values");
        const std::size_t count = features.size();
        if (yes.size() != count || no.size() != count || yesIsLeaf.size() != count || noIsLeaf.size() != count
            || values.size() != count || modes.size() != count || weights.size() != targets.size()
            || (!missing.empty() && missing.size() != count))
            return error("has lists of nodes of different lengths.");
        m_trees.isDouble = takesDoubles();
        m_trees.leaves = std::int64_t(targets.size());
        m_trees.targets = integerOf(m_node, "n_targets", 1);
        if (m_trees.targets < 1 || m_trees.leaves * m_trees.targets > 200'000'000)
            return error("has " + std::to_string(m_trees.targets) + " targets.");
        const auto number = [&](std::int64_t id, std::int64_t isLeaf) {
            const std::int64_t most = isLeaf != 0 ? m_trees.leaves : std::int64_t(count);
            return id < 0 || id >= most ? -1 : isLeaf != 0 ? id : m_trees.leaves + id;
        };
        std::size_t member = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (!(modes[i] >= 0 && modes[i] <= 6))
                return error("has a node of the mode " + std::to_string(std::int64_t(modes[i]))
                             + ", which Strata does not have.");
            Branch branch{features[i],
                          values[i],
                          Mode(std::int64_t(modes[i])),
                          number(yes[i], yesIsLeaf[i]),
                          number(no[i], noIsLeaf[i]),
                          !missing.empty() && missing[i] != 0};
            if (branch.mode == Mode::Member) {
                for (; member < members.size() && !std::isnan(members[member]); ++member)
                    branch.members.push_back(members[member]);
                ++member;
            }
            m_trees.branches.push_back(std::move(branch));
        }
        for (const std::int64_t root : integersOf(m_node, "tree_roots"))
            m_trees.roots.push_back(number(root, 0));
        static const Names aggregates{"AVERAGE", "SUM", "MIN", "MAX"};
        m_trees.aggregate =
            aggregates[std::size_t(std::clamp<std::int64_t>(integerOf(m_node, "aggregate_function", 1), 0, 3))];
        m_trees.weights.assign(std::size_t(m_trees.leaves * m_trees.targets), 0);
        for (std::size_t leaf = 0; leaf < targets.size(); ++leaf) {
            if (targets[leaf] < 0 || targets[leaf] >= m_trees.targets)
                return error("has a weight of a node that is no leaf, or for a target that there is not.");
            m_trees.weights[leaf * std::size_t(m_trees.targets) + std::size_t(targets[leaf])] = weights[leaf];
        }
        return {};
    }

    // Labels by the greatest score; of two classes with one score by whether that is above the threshold.
    Result<Expansion> classified(const std::string& given)
    {
        const std::string scores = asFloat(given);
        if (m_isBinary)
            STRATA_CHECK(
                writeBinary(m_write, m_node, scores, m_isPositive ? 0.5F : 0.0F, m_isPositive, post(), m_function));
        else
            STRATA_CHECK(writeClasses(m_write, m_node, scores, post(), m_function));
        return m_function.finish();
    }

    const NodeProto& m_node;
    const Place& m_place;
    FunctionWriter m_function;
    NodeWriter m_write;
    Ensemble m_trees;
    bool m_isBinary = false, m_isPositive = false;
};

}  // namespace

Result<Expansion> expandTrees(const NodeProto& node, const Place& place) { return TreeNode(node, place).run(); }

}  // namespace strata::onnx
