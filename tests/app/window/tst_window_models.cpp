// The window's models: plain data in, plain data out; Qt's own tester watches the item models.
#include "app/window/models/counterparts.h"
#include "app/window/models/format.h"
#include "app/window/models/graph_folding.h"
#include "app/window/models/graph_model.h"
#include "app/window/models/highlighter.h"
#include "app/window/models/line_document.h"
#include "app/window/models/memory_model.h"
#include "app/window/models/palette_model.h"
#include "app/window/models/step_model.h"
#include "app/window/models/table_model.h"
#include "passes/registry.h"

#include <QAbstractItemModelTester>
#include <QRegularExpression>
#include <QTest>

using namespace strata;

namespace {

const char* const mmRelu = R"(module mm_relu(isa=x86-64-v3):

@loops
def mm_relu(A: f32[16, 16], B: f32[16, 16]) -> (C: f32[16, 16]):
    Y = alloc f32[16, 16]
    for i, j, k in grid(16, 16, 16):
        with block("Y") as (vi: spatial(16) = i, vj: spatial(16) = j, vk: reduce(16) = k):
            with init(): Y[vi, vj] = 0.0
            Y[vi, vj] = fma(A[vi, vk], B[vk, vj], Y[vi, vj])
    for i_relu, j_relu in grid(16, 16):
        with block("C") as (vi: spatial(16) = i_relu, vj: spatial(16) = j_relu):
            C[vi, vj] = max(0.0, Y[vi, vj])
)";

const char* const mlp = R"(module mlp(entry=main, isa=x86-64-v3):

const @w: f32[3, 4] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0]

def main(x: f32[1, 4]) -> (y: f32[1, 3]):
    h: f32[1, 3] = Gemm(x, @w, transB=1, node="Gemm_0", version=13)
    y: f32[1, 3] = Relu(h, node="Relu_0", version=14)
    return y
)";

std::shared_ptr<const Registry> registry() { return std::make_shared<const Registry>(passTransforms()); }

ModulePtr parsed(const char* text)
{
    const auto module = parseModule(text);
    if (!module)
        qFatal("%s", module.error().message.c_str());
    return *module;
}

Session session(const char* text, const std::vector<const char*>& lines)
{
    Session result(parsed(text), registry());
    for (const char* line : lines) {
        const auto step = parseStep(line, result.registry());
        if (!step)
            qFatal("%s", step.error().message.c_str());
        if (const auto state = result.apply(*step); !state)
            qFatal("%s", state.error().message.c_str());
    }
    return result;
}

TextLine line(const char* text, const char* loop = nullptr)
{
    return {text, loop ? std::vector<Cursor>{{"f", NodeKind::Loop, loop}} : std::vector<Cursor>{}};
}

QString signs(const LineDocument& document)
{
    QString result;
    for (const PaneLine& l : document.lines)
        result += QStringLiteral(" +-~")[static_cast<int>(l.change)];
    return result;
}

Timing timing(double median, double spread)
{
    Timing t;
    t.medianMs = median;
    t.lowMs = median - spread;
    t.highMs = median + spread;
    t.runs = 100;
    return t;
}

}  // namespace

class ModelsTest : public QObject {
    Q_OBJECT
private slots:
    void init() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

    void times_data()
    {
        QTest::addColumn<double>("ms");
        QTest::addColumn<QString>("text");
        QTest::newRow("ns") << 0.00009 << "90.0 ns";
        QTest::newRow("us") << 0.0751 << "75.1 µs";
        QTest::newRow("whole us") << 0.912 << "912 µs";
        QTest::newRow("ms") << 1.2345 << "1.23 ms";
        QTest::newRow("s") << 12345.0 << "12.3 s";
    }
    void times()
    {
        QFETCH(double, ms);
        QFETCH(QString, text);
        QCOMPARE(formatTime(ms), text);
    }

    void deltas()
    {
        QCOMPARE(formatDelta(timing(1, 0.01), timing(0.5, 0.01)), QStringLiteral("−50 %"));
        QCOMPARE(formatDelta(timing(1, 0.01), timing(1.5, 0.01)), QStringLiteral("+50 %"));
        QCOMPARE(formatDelta(timing(1, 0.5), timing(1.1, 0.5)), QStringLiteral("no change"));
        QCOMPARE(formatSpread(timing(0.0751, 0.0008)), QStringLiteral("75.1 µs ± 0.80"));
    }

    void highlighting()
    {
        const auto spans = highlight(QStringLiteral("  for j in range(8):   # 8 x"), Syntax::Strata);
        const std::vector<TokenSpan> expected{
            {2, 3, Token::Keyword}, {8, 2, Token::Keyword}, {17, 1, Token::Number}, {23, 5, Token::Comment}};
        QCOMPARE(spans, expected);
        QCOMPARE(highlight(QStringLiteral(".LBB0_1:"), Syntax::Assembly),
                 (std::vector<TokenSpan>{{0, 7, Token::Label}}));
    }

    void documentOfADiff()
    {
        const std::vector<TextLine> before{line("def f():"), line("    for k, j in grid(4, 8):", "j"),
                                           line("        x[j] = 0.0", "j")};
        const std::vector<TextLine> after{line("def f():"), line("    for k in range(4):", "k"),
                                          line("        for j in vectorized(8):", "j"),
                                          line("            x[j] = 0.0", "j")};
        const LineDocument document = makeDocument(before, after);
        QCOMPARE(signs(document).count(QLatin1Char('-')), 1);
        QCOMPARE(signs(document).count(QLatin1Char('+')), 2);
        QCOMPARE(document.lines.back().change, Change::Same);  // only moved deeper
        QCOMPARE(document.lines.back().text, QStringLiteral("      x[j] = 0.0"));
        QCOMPARE(document.nextChange(-1, true), 1);
        QCOMPARE(document.nextChange(1, true), -1);
        QCOMPARE(document.linesOf({{"f", NodeKind::Loop, "k"}}), std::set<int>({2}));
        QCOMPARE(document.text(0, 0), QStringLiteral("def f():\n"));
        QCOMPARE(document.text(4, 4), QStringLiteral("            x[j] = 0.0\n"));
    }

    void stepRows()
    {
        Session s = session(mmRelu, {"loops.split(mm_relu, j, factors=[_, 4])", "loops.parallel(mm_relu, i)"});
        s.undo();
        const auto other = parseStep("loops.unroll(mm_relu, j1)", s.registry());
        QVERIFY(other.ok() && s.apply(*other).ok());
        StepModel model;
        QAbstractItemModelTester tester(&model);
        model.setRows(strata::stepRows(s, QStringLiteral("mm_relu"), {{0, timing(1, 0.001)}, {1, timing(0.5, 0.001)}}));
        QCOMPARE(model.rowCount(), 4);
        QCOMPARE(model.row(1).delta, QStringLiteral("−50 %"));
        QVERIFY(model.row(2).branch);
        QCOMPARE(model.currentRow(), 3);
        QVERIFY(model.index(3).data().toString().startsWith(QStringLiteral("unroll")));
        s.undo();
        model.setRows(strata::stepRows(s, QStringLiteral("mm_relu"), {}));
        QCOMPARE(model.rowCount(), 4);  // what can be redone stays
        QVERIFY(!model.row(3).done);
        model.setRows({});
        QCOMPARE(model.rowCount(), 0);
    }

    void palette()
    {
        const ModulePtr module = parsed(mmRelu);
        const auto entries = checkTransforms({module, {}, Cursor{"mm_relu", NodeKind::Loop, "j"}, registry()}, {});
        PaletteModel model;
        QAbstractItemModelTester tester(&model);
        model.setEntries(entries);
        const int split = model.rowOf("loops.split");
        QVERIFY(split > 0);
        QVERIFY(model.entry(split)->applies);
        QVERIFY(model.index(0).data(PaletteModel::HeadingRole).toBool());
        QCOMPARE(model.index(0).data().toString(), QStringLiteral("Applies"));
        const int fuse = model.rowOf("graph.fuse");
        QVERIFY(fuse > split);
        QVERIFY(!model.entry(fuse)->detail.isEmpty());
        model.setFilter(QStringLiteral("tile"));  // another name of split
        QVERIFY(model.rowOf("loops.split") >= 0);
        QVERIFY(model.rowOf("graph.fuse") < 0);
        model.setFilter(QStringLiteral("no such transform"));
        QCOMPARE(model.rowCount(), 0);
    }

    void table()
    {
        TableModel model({QStringLiteral("a"), QStringLiteral("b")}, {1});
        QAbstractItemModelTester tester(&model);
        model.append({{{QStringLiteral("x"), QStringLiteral("1")}, {}, {}},
                      {{QStringLiteral("y"), QStringLiteral("2")}, {}, {}}});
        QCOMPARE(model.toText(), QStringLiteral("a\tb\nx\t1\ny\t2\n"));
        model.setRows({});
        QCOMPARE(model.rowCount(), 0);
    }

    void graphPicture()
    {
        const Session s = session(mlp, {"graph.fuse(main, [Gemm_0, Relu_0], name=linear_relu)"});
        const GraphPicture before = makePicture(*s.state(0)->module, {}, nullptr, {}, {});
        QCOMPARE(before.nodes, 2);
        QCOMPARE(before.boxes.size(), std::size_t(4));  // input, two nodes, output; the constant is in its consumer
        QVERIFY(before.boxes[1].detail.contains(QStringLiteral("w [3×4]")));
        QCOMPARE(before.edges.front().label, QStringLiteral("f32[1, 4]"));
        GraphPicture after = makePicture(*s.current()->module, {}, s.state(0)->module.get(), s.current()->forwarding,
                                         QStringLiteral("step 1 · fuse"));
        QCOMPARE(after.hulls.size(), std::size_t(1));
        QCOMPARE(after.hulls[0].ghosts.size(), std::size_t(2));
        QVERIFY(after.hulls[0].label.startsWith(QStringLiteral("2 → 1")));
        const LayoutRequest request = layoutRequest(after);
        QCOMPARE(request.boxes.size(), std::size_t(3));  // the hull is one box to the layout
        place(after, layeredLayout(request));
        for (const auto* list : {&after.hulls[0].boxes, &after.hulls[0].ghosts})
            for (const int box : *list)
                QVERIFY(after.hulls[0].rect.contains(after.boxes[box].rect));
    }

    void folding()
    {
        GraphBody body;
        for (int i = 0; i < 60; ++i) {
            auto node = std::make_shared<GraphNode>();
            node->name = "/layer" + std::to_string(i / 6) + "/conv" + std::to_string(i) + "/Conv";
            node->op = "Conv";
            body.nodes.push_back(node);
        }
        const auto runs = foldNodes(body);
        QCOMPARE(runs.size(), std::size_t(10));
        int next = 0;
        for (const NodeRun& run : runs) {  // every node once, in order
            QCOMPARE(run.first, next);
            next += run.count;
        }
        QCOMPARE(next, 60);
    }

    void counterpartsThroughTheLevels()
    {
        const ModulePtr module = parsed(mlp);
        auto lowered = lowerByDefault(*module);
        QVERIFY(lowered.ok());
        const LoweredState state(std::move(*lowered));
        const Lit down = counterparts({{"main", NodeKind::Operator, "Gemm_0"}, false}, *module, &state);
        const std::string function = down.function(state.module());
        QVERIFY(!function.empty());
        const FunctionPtr loops = state.module().find(function);
        QVERIFY(loops);
        for (const Cursor& cursor : cursors(*loops))
            if (cursor.kind == NodeKind::Block) {
                const Lit up = counterparts({cursor, true}, *module, &state);
                QVERIFY2(up.inModule.count({"main", NodeKind::Operator, "Gemm_0"}), toString(cursor).c_str());
                QVERIFY(!up.inModule.count({"main", NodeKind::Operator, "Relu_0"}));
            }
    }

    void memory()
    {
        auto lowered = lowerByDefault(*parsed(mlp));
        QVERIFY(lowered.ok());
        const MemoryPicture picture = memoryPicture(*lowered->module->entryFunction());
        QCOMPARE(picture.blocks.size(), std::size_t(1));
        QVERIFY(picture.arenaBytes >= picture.blocks[0].offset + picture.blocks[0].bytes);
        QVERIFY(picture.blocks[0].first < picture.blocks[0].last);
    }
};

QTEST_GUILESS_MAIN(ModelsTest)
#include "tst_window_models.moc"
