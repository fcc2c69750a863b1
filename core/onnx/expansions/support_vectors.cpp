// Support vector machines, and one score for each pair of classes that becomes a label and shares.
//
// Shares of several classes from those of pairs are what libsvm finds (Wu, Lin and Weng 2004): p with p'Qp least, one
// class at a time, until no row is further off than a bound or after a hundred turns.
#include "core/onnx/expansions/feature.h"
#include "core/onnx/expansions/post_transform.h"

#include <algorithm>
#include <numeric>

namespace strata::onnx {

namespace {

using ::onnx::GraphProto;
using ::onnx::NodeProto;
using ::onnx::TensorProto;

constexpr std::int64_t mostTurns = 100;

// How near a row is to each support vector.
Result<std::string> kernel(Feature& f, std::int64_t vectors)
{
    const std::vector<float> support = realsOf(f.node, "support_vectors"), given = realsOf(f.node, "kernel_params");
    const std::string kind = wordOf(f.node, "kernel_type", "LINEAR"), x = f.asFloat(f.function.input(0));
    if (vectors < 1 || support.empty() || std::int64_t(support.size()) % vectors != 0
        || (kind != "LINEAR" && given.size() != 3))
        return f.error("has " + std::to_string(support.size()) + " numbers for " + std::to_string(vectors)
                       + " support vectors, or no parameters of its kernel.");
    const std::string table = f.write.reals(support, {vectors, std::int64_t(support.size()) / vectors});
    if (kind == "RBF") {
        const std::string apart = f.write.add("Sub", {f.write.add("Unsqueeze", {x, f.write.integers({1})}), table});
        return f.write.add("Exp",
                           {f.write.add("Mul", {f.lastAxis("ReduceSumSquare", apart, false), f.reals({-given[0]})})});
    }
    const std::string product = f.write.add("Gemm", {x, table}, {attributeOf("transB", std::int64_t(1))});
    if (kind == "LINEAR")
        return product;
    const std::string moved = f.write.add("Add",
                                          {f.write.add("Mul", {product, f.reals({given[0]})}), f.reals({given[1]})});
    if (kind == "POLY")
        return f.write.add("Pow", {moved, f.reals({given[2]})});
    if (kind == "SIGMOID")
        return f.write.add("Tanh", {moved});
    return f.error("has the kernel " + kind + "; it is LINEAR, POLY, RBF or SIGMOID.");
}

}  // namespace

Status writeSupportVectorRegressor(Feature& f)
{
    const std::vector<float> coefficients = realsOf(f.node, "coefficients"), rho = realsOf(f.node, "rho");
    const std::int64_t vectors = integerOf(f.node, "n_supports", 0);
    if (rho.empty())
        return f.error("has no rho.");
    std::string sum;
    if (vectors > 0) {
        if (std::int64_t(coefficients.size()) != vectors)
            return f.error("has " + std::to_string(coefficients.size()) + " coefficients for " + std::to_string(vectors)
                           + " support vectors.");
        STRATA_TRY(const std::string near, kernel(f, vectors));
        sum = f.write.add("MatMul", {near, f.write.reals(coefficients, {vectors, 1})});
    } else {  // the coefficients of a linear kernel, already summed
        sum = f.write.add("MatMul", {f.asFloat(f.function.input(0)),
                                     f.write.reals(coefficients, {std::int64_t(coefficients.size()), 1})});
    }
    std::string y = f.write.add("Add", {sum, f.reals({rho[0]})});
    if (integerOf(f.node, "one_class", 0) != 0)
        y = f.write.add("Where", {f.write.add("Greater", {y, f.reals({0})}), f.reals({1}), f.reals({-1})});
    STRATA_TRY(const std::string result, transformed(f.write, y, wordOf(f.node, "post_transform", "NONE")));
    f.give(result);
    return {};
}

namespace {

// Which class a vector belongs to, and the pairs of classes in order: 0 1, 0 2, ... 1 2, ...
struct Pairs {
    std::vector<std::int64_t> perClass;
    std::int64_t classes() const { return std::int64_t(perClass.size()); }
    std::int64_t count() const { return classes() * (classes() - 1) / 2; }
    std::int64_t vectors() const { return std::accumulate(perClass.begin(), perClass.end(), std::int64_t(0)); }

    template<class Visit>
    void each(const Visit& visit) const
    {
        for (std::int64_t i = 0, pair = 0; i < classes(); ++i)
            for (std::int64_t j = i + 1; j < classes(); ++j, ++pair)
                visit(pair, i, j);
    }
};

// [vector, pair]: what a vector counts for the first class of a pair.
std::vector<float> pairTable(const Pairs& pairs, const std::vector<float>& coefficients)
{
    const std::int64_t vectors = pairs.vectors();
    std::vector<float> table(std::size_t(vectors * pairs.count()), 0);
    pairs.each([&](std::int64_t pair, std::int64_t i, std::int64_t j) {
        const auto begin = [&](std::int64_t c) {
            return std::accumulate(pairs.perClass.begin(), pairs.perClass.begin() + c, std::int64_t(0));
        };
        const auto fill = [&](std::int64_t of, std::int64_t row) {
            for (std::int64_t v = begin(of); v < begin(of) + pairs.perClass[std::size_t(of)]; ++v)
                table[std::size_t(v * pairs.count() + pair)] = coefficients[std::size_t(row * vectors + v)];
        };
        fill(i, j - 1);
        fill(j, i);
    });
    return table;
}

// [pair, class]: 1 where `wanted` says so of (pair, first, second) and the class.
template<class Wanted>
std::string membership(Feature& f, const Pairs& pairs, const Wanted& wanted)
{
    std::vector<float> table(std::size_t(pairs.count() * pairs.classes()), 0);
    pairs.each([&](std::int64_t pair, std::int64_t i, std::int64_t j) {
        table[std::size_t(pair * pairs.classes() + wanted(i, j))] = 1;
    });
    return f.write.reals(table, {pairs.count(), pairs.classes()});
}

void declareIn(GraphProto& graph, const std::string& name, std::int32_t type, bool isOutput)
{
    auto& value = isOutput ? *graph.add_output() : *graph.add_input();
    value.set_name(name);
    value.mutable_type()->mutable_tensor_type()->set_elem_type(type);
    if (type != TensorProto::FLOAT)
        (void)value.mutable_type()->mutable_tensor_type()->mutable_shape();
}

// One turn over all classes: p and the matrix Q [row, class, class].
GraphProto shareTurn(NodeWriter& around, std::int64_t classes, const std::string& q)
{
    GraphProto graph;
    graph.set_name("shares");
    NodeWriter write(*graph.mutable_node(), around.taken());
    const std::string iteration = write.fresh("iteration"), condition = write.fresh("condition"),
                      given = write.fresh("shares");
    declareIn(graph, iteration, TensorProto::INT64, false);
    declareIn(graph, condition, TensorProto::BOOL, false);
    declareIn(graph, given, TensorProto::FLOAT, false);
    const auto sum = [&](const std::string& x, bool keep) {
        return write.add("ReduceSum", {x, write.integers({-1})}, {attributeOf("keepdims", std::int64_t(keep))});
    };
    const auto column = [&](const std::string& x, std::int64_t t) {
        return write.add("Gather", {x, write.integers({t})}, {attributeOf("axis", std::int64_t(1))});
    };
    const std::string one = write.reals({1}, {});
    std::string p = given, qp = sum(write.add("Mul", {q, write.add("Unsqueeze", {p, write.integers({1})})}), false),
                pqp = sum(write.add("Mul", {p, qp}), true);
    const std::string error = write.add("ReduceMax",
                                        {write.add("Abs", {write.add("Sub", {qp, pqp})}), write.integers({-1})});
    const std::string done = write.add("Less", {error, write.reals({0.005F / float(classes)}, {})});
    for (std::int64_t t = 0; t < classes; ++t) {
        const std::string row = write.add("Gather", {q, write.integer(t)}, {attributeOf("axis", std::int64_t(1))});
        const std::string own = column(row, t), qpt = column(qp, t);
        const std::string off = write.add("Div", {write.add("Sub", {pqp, qpt}), own});
        const std::string more = write.add("Add", {one, off});
        std::vector<float> unit(std::size_t(classes), 0);
        unit[std::size_t(t)] = 1;
        const std::string twice = write.add(
            "Add", {write.add("Mul", {off, own}), write.add("Mul", {write.reals({2}, {}), qpt})});
        pqp = write.add("Div",
                        {write.add("Div", {write.add("Add", {pqp, write.add("Mul", {off, twice})}), more}), more});
        qp = write.add("Div", {write.add("Add", {qp, write.add("Mul", {off, row})}), more});
        p = write.add("Div", {write.add("Add", {p, write.add("Mul", {off, write.reals(unit, {1, classes})})}), more});
    }
    const std::string next = write.add("Where", {done, given, p});
    declareIn(graph, condition, TensorProto::BOOL, true);
    declareIn(graph, next, TensorProto::FLOAT, true);
    return graph;
}

// Shares of classes [row, class] from those of pairs [row, pair]: r[i, j] is the share of i against j.
std::string sharesOf(Feature& f, const Pairs& pairs, const std::string& first)
{
    const std::int64_t classes = pairs.classes();
    const std::string second = f.write.add("Sub", {f.reals({1}), first});
    const auto placed = [&](bool squared, bool transposed) {
        std::vector<float> table(std::size_t(pairs.count() * classes * classes), 0);
        pairs.each([&](std::int64_t pair, std::int64_t i, std::int64_t j) {
            const std::int64_t to = squared ? (transposed ? i * classes + i : j * classes + j) : 0;
            if (squared)
                table[std::size_t(pair * classes * classes + to)] = 1;
            else
                for (const std::int64_t at : {i * classes + j, j * classes + i})
                    table[std::size_t(pair * classes * classes + at)] = -1;
        });
        return f.write.reals(table, {pairs.count(), classes * classes});
    };
    const auto square = [&](const std::string& x) { return f.write.add("Mul", {x, x}); };
    // Of class t: the sum of the squares of the others' shares against it, and minus the product for each other.
    std::string flat = f.write.add("MatMul", {square(second), placed(true, true)});
    flat = f.write.add("Add", {flat, f.write.add("MatMul", {square(first), placed(true, false)})});
    flat = f.write.add("Add",
                       {flat, f.write.add("MatMul", {f.write.add("Mul", {first, second}), placed(false, false)})});
    const std::string q = f.write.add("Reshape", {flat, f.write.integers({-1, classes, classes})});
    const std::string even = f.write.add(
        "Mul", {f.write.add("MatMul", {first, membership(f, pairs, [](auto i, auto) { return i; })}), f.reals({0})});
    const std::string begin = f.write.add("Add", {even, f.reals({1.0F / float(classes)})});
    const GraphProto turn = shareTurn(f.write, classes, q);
    return f.write.add("Loop", {f.write.integer(mostTurns), "", begin}, {attributeOf("body", turn)});
}

}  // namespace

// The class that wins most pairs, the first of those with as many.
Status writeSupportVectorClassifier(Feature& f)
{
    const Pairs pairs{integersOf(f.node, "vectors_per_class")};
    const std::vector<float> coefficients = realsOf(f.node, "coefficients"), rho = realsOf(f.node, "rho"),
                             a = realsOf(f.node, "prob_a"), b = realsOf(f.node, "prob_b");
    const std::string transform = wordOf(f.node, "post_transform", "NONE");
    if (pairs.classes() == 0)
        return f.error("has no vectors_per_class: a linear machine, which Strata does not have.");
    if (pairs.classes() < 2 || pairs.classes() > 64
        || std::any_of(pairs.perClass.begin(), pairs.perClass.end(),
                       [](std::int64_t n) { return n < 0 || n > (1 << 24); })
        || std::int64_t(coefficients.size()) != (pairs.classes() - 1) * pairs.vectors()
        || std::int64_t(rho.size()) != pairs.count() || a.size() != b.size() || (!a.empty() && a.size() != rho.size()))
        return f.error("has " + std::to_string(coefficients.size()) + " coefficients and " + std::to_string(rho.size())
                       + " rho for " + std::to_string(pairs.classes()) + " classes.");
    STRATA_TRY(const std::string near, kernel(f, pairs.vectors()));
    const std::string score = f.write.add(
        "Add",
        {f.write.add("MatMul", {near, f.write.reals(pairTable(pairs, coefficients), {pairs.vectors(), pairs.count()})}),
         f.write.reals(rho, {pairs.count()})});
    const std::string wins = f.asFloat(f.write.add("Greater", {score, f.reals({0})}));
    const std::string losses = f.write.add("Sub", {f.reals({1}), wins});
    const std::string votes = f.write.add(
        "Add", {f.write.add("MatMul", {wins, membership(f, pairs, [](auto i, auto) { return i; })}),
                f.write.add("MatMul", {losses, membership(f, pairs, [](auto, auto j) { return j; })})});
    std::string scores = score;
    if (!a.empty()) {
        const std::string moved = f.write.add("Add", {f.write.add("Mul", {score, f.reals(a)}), f.reals(b)});
        const std::string share = f.write.add("Sigmoid", {f.write.add("Neg", {moved})});
        scores = sharesOf(f, pairs, f.write.add("Clip", {share, f.reals({1e-7F}), f.reals({1 - 1e-7F})}));
    } else if (pairs.classes() == 2) {
        if (transform != "NONE")
            return f.error("has two classes without shares and the post transform " + transform + "; it is NONE.");
        scores = f.write.add("Concat", {f.write.add("Neg", {score}), score}, {attributeOf("axis", std::int64_t(1))});
    }
    return writeVoted(f.write, f.node, votes, scores, transform, f.function);
}

}  // namespace strata::onnx
