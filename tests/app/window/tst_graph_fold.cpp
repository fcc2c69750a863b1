// Folding: a graph in, the tree of its groups out, as text.
#include "app/graph/fold.h"
#include "tests/program.h"

#include <QElapsedTimer>
#include <QTest>

#include <algorithm>
#include <map>
#include <random>

using namespace strata;

namespace {

// Graphs as frameworks make them, without a name that would help unless one is given.
struct Builder {
    GraphBody body;
    int count = 0;

    std::string add(const std::string& op, const std::vector<std::string>& inputs, std::vector<std::int64_t> shape,
                    const std::string& name = {}, const Attributes& attributes = {})
    {
        auto node = std::make_shared<GraphNode>();
        node->op = op;
        node->name = name.empty() ? "n" + std::to_string(count) : name;
        node->attributes = attributes;
        for (const std::string& input : inputs)
            node->inputs.push_back(input.starts_with('@') ? Operand::constant(input.substr(1)) : Operand::value(input));
        TypedName output{"v" + std::to_string(count++), {}};
        output.type.tensor.shape.assign(shape.begin(), shape.end());
        node->outputs.push_back(output);
        body.nodes.push_back(node);
        return output.name;
    }

    std::string weight() { return "@w" + std::to_string(count); }

    // Eighteen nodes; `scope` names them.
    std::string encoderLayer(std::string x, const std::string& mask, const std::string& scope = {})
    {
        const auto name = [&](const char* part) {
            return scope.empty() ? std::string() : scope + '/' + part + "/n" + std::to_string(count);
        };
        std::string heads[3];
        for (std::string& head : heads)
            head = add("Add", {add("MatMul", {x, weight()}, {128, 64}, name("attention")), weight()}, {128, 64},
                       name("attention"));
        std::string scores = add("MatMul", {heads[0], heads[1]}, {128, 128}, name("attention"));
        scores = add("Add", {scores, mask}, {128, 128}, name("attention"));
        scores = add("Softmax", {scores}, {128, 128}, name("attention"));
        std::string y = add("MatMul", {scores, heads[2]}, {128, 64}, name("attention"));
        y = add("MatMul", {y, weight()}, {128, 64}, name("attention"));
        x = add("LayerNormalization", {add("Add", {x, y}, {128, 64}, name("attention")), weight()}, {128, 64},
                name("attention"));
        y = add("MatMul", {x, weight()}, {128, 256}, name("ffn"));
        y = add("MatMul", {add("Gelu", {y}, {128, 256}, name("ffn")), weight()}, {128, 64}, name("ffn"));
        y = add("Add", {x, y}, {128, 64}, name("ffn"));
        return add("LayerNormalization", {y, weight()}, {128, 64}, name("ffn"));
    }

    std::string convolution(const std::string& x, std::int64_t channels, std::int64_t size, std::int64_t kernel)
    {
        return add("Conv", {x, weight()}, {1, channels, size, size}, {},
                   {{"kernel_shape", std::vector<std::int64_t>{kernel, kernel}}});
    }

    std::string bottleneck(const std::string& x, std::int64_t channels, std::int64_t size, bool shortcut)
    {
        const auto relu = [&](const std::string& value, std::int64_t width) {
            return add("Relu", {value}, {1, width, size, size});
        };
        std::string y = relu(convolution(x, channels, size, 1), channels);
        y = relu(convolution(y, channels, size, 3), channels);
        y = convolution(y, 4 * channels, size, 1);
        const std::string kept = shortcut ? convolution(x, 4 * channels, size, 1) : x;
        return relu(add("Add", {y, kept}, {1, 4 * channels, size, size}), 4 * channels);
    }

    std::string text(const std::string& result)
    {
        body.returns = {Operand::value(result)};
        return toText(body, foldGraph(body));
    }
};

// Another topological order.
GraphBody shuffled(const GraphBody& body, unsigned seed)
{
    std::mt19937 random(seed);
    std::map<std::string, int> maker;
    for (std::size_t i = 0; i < body.nodes.size(); ++i)
        maker[body.nodes[i]->outputs[0].name] = static_cast<int>(i);
    std::vector<int> waiting(body.nodes.size(), 0), ready;
    std::vector<std::vector<int>> readers(body.nodes.size());
    for (std::size_t i = 0; i < body.nodes.size(); ++i) {
        for (const Operand& input : body.nodes[i]->inputs)
            if (const auto made = maker.find(input.name); made != maker.end()) {
                ++waiting[i];
                readers[made->second].push_back(static_cast<int>(i));
            }
        if (waiting[i] == 0)
            ready.push_back(static_cast<int>(i));
    }
    GraphBody result{{}, body.returns};
    while (!ready.empty()) {
        std::swap(ready[random() % ready.size()], ready.back());
        const int next = ready.back();
        ready.pop_back();
        result.nodes.push_back(body.nodes[next]);
        for (const int reader : readers[next])
            if (--waiting[reader] == 0)
                ready.push_back(reader);
    }
    return result;
}

std::vector<int> allNodes(const std::vector<FoldItem>& fold)
{
    std::vector<int> nodes;
    for (const FoldItem& item : fold)
        for (const int node : nodesOf(item))
            nodes.push_back(node);
    return nodes;
}

// Groups can be drawn: no path leaves one and comes back.
void checkConvex(const GraphBody& body, const std::vector<FoldItem>& fold)
{
    std::vector<int> groupOf(body.nodes.size());
    for (std::size_t i = 0; i < fold.size(); ++i)
        for (const int node : nodesOf(fold[i]))
            groupOf[node] = static_cast<int>(i);
    std::map<std::string, int> maker;
    for (std::size_t i = 0; i < body.nodes.size(); ++i)
        for (const Operand& input : body.nodes[i]->inputs)
            if (const auto made = maker.find(input.name); made != maker.end())
                QVERIFY(groupOf[made->second] <= groupOf[i]);
            else
                for (const TypedName& output : body.nodes[i]->outputs)
                    maker[output.name] = static_cast<int>(i);
}

const char* const encoder = R"(Gather Add
6 × transformer layer (18)
    attention (13)
        MatMul Add MatMul Add MatMul Add MatMul Add Softmax MatMul MatMul Add LayerNormalization
    feed-forward (5)
        MatMul Gelu MatMul Add LayerNormalization
)";

}  // namespace

class GraphFoldTest : public QObject {
    Q_OBJECT
private slots:
    void layersOfATransformer()
    {
        Builder b;
        std::string x = b.add("Add", {b.add("Gather", {"@table", "ids"}, {128, 64}), "@positions"}, {128, 64});
        for (int i = 0; i < 6; ++i)
            x = b.encoderLayer(x, "mask");
        QCOMPARE(QString::fromStdString(b.text(x)), QString::fromUtf8(encoder));
    }

    // The first layer computes the mask that all of them read.
    void whatLayersShareStandsBeforeThem()
    {
        Builder b;
        std::string x = b.add("Gather", {"@table", "ids"}, {128, 64});
        const std::string mask = b.add("Where", {"padding", "@zero", "@much"}, {128, 128}, {});
        for (int i = 0; i < 6; ++i)
            x = b.encoderLayer(x, mask);
        std::rotate(b.body.nodes.begin() + 1, b.body.nodes.begin() + 2, b.body.nodes.begin() + 9);
        const std::string text = b.text(x);
        QVERIFY2(text.starts_with("Where Gather\n6 × transformer layer (18)\n")
                     || text.starts_with("Gather Where\n6 × transformer layer (18)\n"),
                 text.c_str());
    }

    void namesComeFromScopesWhereTheyHelp()
    {
        Builder b;
        std::string x = b.add("Gather", {"@table", "ids"}, {128, 64}, "/bert/embeddings/Gather");
        for (int i = 0; i < 4; ++i)
            x = b.encoderLayer(x, "mask", "/bert/encoder/layer." + std::to_string(i));
        const std::string text = b.text(x);
        QVERIFY2(text.find("4 × encoder layer (18)\n    attention (13)\n") != std::string::npos, text.c_str());
        QVERIFY2(text.find("    ffn (5)\n") != std::string::npos, text.c_str());
    }

    // Sizes that are not numbers have other symbols in each layer.
    void symbolsDoNotTellLayersApart()
    {
        Builder b;
        std::string x = "x";
        for (int i = 0; i < 5; ++i)
            x = b.encoderLayer(x, "mask");
        for (std::size_t i = 0; i < b.body.nodes.size(); ++i) {
            auto node = std::make_shared<GraphNode>(*b.body.nodes[i]);
            node->outputs[0].type.tensor.shape[0] = Dim::symbol("u" + std::to_string(i));
            b.body.nodes[i] = node;
        }
        QVERIFY(b.text(x).starts_with("5 × transformer layer (18)\n"));
    }

    void stagesOfAResidualNetwork()
    {
        Builder b;
        std::string x = b.add("Relu", {b.convolution("image", 64, 56, 7)}, {1, 64, 56, 56});
        int channels = 64, size = 56;
        for (const int blocks : {3, 4}) {
            for (int i = 0; i < blocks; ++i)
                x = b.bottleneck(x, channels, size, i == 0);
            channels *= 2;
            size /= 2;
        }
        x = b.add("GlobalAveragePool", {x}, {1, 512, 1, 1});
        QCOMPARE(QString::fromStdString(b.text(x)), QStringLiteral(R"(Conv Relu
bottleneck (8)
    Conv Relu Conv Relu Conv Conv Add Relu
2 × bottleneck (7)
    Conv Relu Conv Relu Conv Add Relu
bottleneck (8)
    Conv Relu Conv Relu Conv Conv Add Relu
3 × bottleneck (7)
    Conv Relu Conv Relu Conv Add Relu
GlobalAveragePool
)"));
    }

    // Other types: drawn one by one, not as a stack of sheets that would all be alike.
    void whatDiffersInTypeIsNoRepeat()
    {
        Builder b;
        std::string x = "image";
        for (int i = 0; i < 4; ++i)
            x = b.bottleneck(x, 16 << i, 64 >> i, true);
        const std::string text = b.text(x);
        QVERIFY2(text.find("×") == std::string::npos, text.c_str());
        QVERIFY2(text.starts_with("bottleneck (8)\n"), text.c_str());
    }

    void anyOrderOfTheNodes()
    {
        Builder b;
        std::string x = "x";
        for (int i = 0; i < 8; ++i)
            x = b.encoderLayer(x, "mask");
        b.text(x);
        for (unsigned seed = 1; seed < 6; ++seed) {
            const GraphBody body = shuffled(b.body, seed);
            const auto fold = foldGraph(body);
            const std::string text = toText(body, fold);
            QVERIFY2(text.find("8 × transformer layer (18)") != std::string::npos, text.c_str());
        }
    }

    // Neither repeats nor names: divided all the same, with every node once.
    void nothingThatHelps()
    {
        Builder b;
        std::mt19937 random(7);
        std::vector<std::string> values{"x"};
        for (int i = 0; i < 400; ++i)
            values.push_back(
                b.add("Op" + std::to_string(i), {values.back(), values[random() % values.size()]}, {i + 1}));
        b.text(values.back());
        const auto fold = foldGraph(b.body);
        QVERIFY2(fold.size() <= 60, qPrintable(QString::number(fold.size())));
        std::vector<int> nodes = allNodes(fold);
        std::sort(nodes.begin(), nodes.end());
        QCOMPARE(nodes.size(), std::size_t(400));
        QVERIFY(std::adjacent_find(nodes.begin(), nodes.end()) == nodes.end());
        checkConvex(b.body, fold);
    }

    void smallGraphsStayAsTheyAre()
    {
        Builder b;
        QCOMPARE(toText(b.body, foldGraph(b.body)), std::string());
        const std::string y = b.add("Relu", {b.add("MatMul", {"x", "@w"}, {4})}, {4});
        QCOMPARE(b.text(y), std::string("MatMul Relu\n"));
    }

    void tenThousandNodes()
    {
        Builder b;
        std::string x = "x";
        for (int i = 0; i < 600; ++i)
            x = b.encoderLayer(x, "mask");
        QElapsedTimer timer;
        timer.start();
        QVERIFY(b.text(x).starts_with("600 × transformer layer (18)\n"));
        QVERIFY2(timer.elapsed() < 5000,
                 qPrintable(QString::number(timer.elapsed())));  // a tenth here; machines differ
    }
};

STRATA_TEST_IN(QCoreApplication, GraphFoldTest)
#include "tst_graph_fold.moc"
