// The window's models: plain data in, plain data out; Qt's own tester watches the item models.
#include "app/window/graph/heat.h"
#include "app/window/graph/picture.h"
#include "app/window/models/counterparts.h"
#include "app/window/models/format.h"
#include "app/window/models/forms.h"
#include "app/window/models/function_times.h"
#include "app/window/models/highlighter.h"
#include "app/window/models/inspector.h"
#include "app/window/models/line_document.h"
#include "app/window/models/memory_model.h"
#include "app/window/models/palette_model.h"
#include "app/window/models/roofline.h"
#include "app/window/models/step_model.h"
#include "app/window/models/table_model.h"
#include "app/window/models/timings.h"
#include "core/verify/verify.h"
#include "passes/registry.h"
#include "tests/program.h"

#include <QAbstractItemModelTester>
#include <QRegularExpression>
#include <QSignalSpy>
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

// 101 samples, of which the median is off by at most about a fifth of `spread`. Measured in turn with those of the same
// `turn`.
Timing timing(double median, double spread, int turn = 1)
{
    Timing t;
    t.medianMs = median;
    t.lowMs = median - 0.8 * spread;
    t.highMs = median + 0.8 * spread;
    t.runs = 101;
    t.turn = turn;
    for (int i = 0; i < 101; ++i)  // in an order that repeats no pattern from one timing to the next
        t.samplesMs.push_back(median + spread * ((i * (37 + 2 * static_cast<int>(median * 7))) % 101 - 50) / 50);
    return t;
}

RooflinePoint point(const char* function, double flops, double bytes, double seconds)
{
    return {QString::fromLatin1(function), QString::fromLatin1(function), flops, bytes, seconds, 1};
}

// 100 GFLOP/s; 32 KB at 200 GB/s, 1 MB at 100 GB/s, memory at 10 GB/s.
MachineLimits machine()
{
    return {"x86-64-v3", 1, 1e11, {{"L1", 32768, 2e11}, {"L2", 1 << 20, 1e11}, {"memory", 0, 1e10}}};
}

}  // namespace

class ModelsTest : public QObject {
    Q_OBJECT
private slots:
    // Where a title does not fit, it says so, also where the last part that is seen ends just there.
    void titlesAreElided()
    {
        const std::vector<TitlePart> parts{{QStringLiteral("split "), false}, {QStringLiteral("j [_, 4]"), true}};
        const auto letters = [](const TitlePart& part) { return int(part.text.size()); };
        const auto fits = [&](int width) { return plain(elided(parts, width, letters)); };
        QCOMPARE(fits(14), QStringLiteral("split j [_, 4]"));
        QCOMPARE(fits(13), QStringLiteral("split j [_, …"));
        QCOMPARE(fits(7), QStringLiteral("split …"));
        QCOMPARE(fits(6), QStringLiteral("split…"));
        QCOMPARE(fits(3), QStringLiteral("sp…"));
        for (int width = 1; width < 14; ++width)
            QVERIFY(fits(width).size() <= width && fits(width).endsWith(QChar(0x2026)));
    }

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

    void speeds()
    {
        QCOMPARE(formatSpeed(Interval{2.1, 2.0, 2.2}), QStringLiteral("2.1 ± 0.1 ×"));
        QCOMPARE(formatSpeed(Interval{0.034, 0.0333, 0.0347}), QStringLiteral("0.0340 ± 0.0007 ×"));
        QCOMPARE(formatSpeed(Interval{1234, 1200, 1260}), QStringLiteral("1234 ± 30 ×"));
        QCOMPARE(formatSpeed(timing(1, 0.5), timing(1.05, 0.5, 2)), QStringLiteral("no change"));
        QVERIFY(formatSpeed(timing(1, 0.001), timing(2, 0.002)).startsWith(QStringLiteral("2.0")));
        QVERIFY(formatSpread(timing(0.0751, 0.0008)).startsWith(QStringLiteral("75.1 µs ± 0.")));
        Timing once = timing(2, 0);
        once.samplesMs.resize(1);
        QCOMPARE(formatSpread(once), QStringLiteral("2.00 ms"));
        QCOMPARE(formatSpread(timing(75.1, 0.0001)),
                 QStringLiteral("75.1 ms ± <0.01"));  // not "± 0.00": it is not none
    }

    // Each ratio names what it is to: the step before where that is measured, else the nearest that is.
    void everyRatioSaysWhatItIsTo()
    {
        const Session s = session(mmRelu, {"loops.split(mm_relu, j, factors=[_, 4])", "loops.parallel(mm_relu, i)",
                                           "loops.unroll(mm_relu, j1)"});
        const Times all{{0, timing(4, 0.004)}, {1, timing(2, 0.002)}, {2, timing(2, 0.002)}, {3, timing(1, 0.001, 2)}};
        QCOMPARE(shortComparison(s, all, *s.state(1)), QStringLiteral("2.00 ×"));
        QCOMPARE(shortComparison(s, all, *s.state(2)), QStringLiteral("no change"));
        QVERIFY(comparison(s, all, 1, 0).endsWith(QStringLiteral("× vs untouched")));
        QVERIFY(comparison(s, all, 3, 2).startsWith(QStringLiteral("≈ ")));  // not measured in turn
        QVERIFY(comparison(s, all, 3, 2).endsWith(QStringLiteral("× vs step 2")));
        const Times some{{0, timing(4, 0.004)}, {3, timing(1, 0.001)}};
        QCOMPARE(shortComparison(s, some, *s.state(3)), QStringLiteral("4.00 × vs 0"));
        QCOMPARE(shortComparison(s, some, *s.state(0)), QStringLiteral("4.00 ms"));
        QCOMPARE(shortComparison(s, some, *s.state(2)), QString());
        const auto bars = timingBars(s, {all, {}, {}, {}}, QStringLiteral("mm_relu"), QStringLiteral("a machine"));
        QCOMPARE(bars.size(), std::size_t(4));
        QVERIFY2(bars[3].text.contains(QStringLiteral("vs step 2"))
                     && bars[3].text.contains(QStringLiteral("vs untouched")),
                 qPrintable(bars[3].text));
        QVERIFY(!bars[0].text.contains(QStringLiteral("vs")));
        for (const TimingBar& bar : bars)
            for (const char* part : {"1 thread", "x86-64-v3", "a machine"})
                QVERIFY2(bar.toolTip.contains(QString::fromLatin1(part)), qPrintable(bar.toolTip));
    }

    // A run that is past stands with its state: as a mark where it was run again, else as a bar of its own.
    void runsThatArePast()
    {
        const Session s = session(mmRelu, {"loops.split(mm_relu, j, factors=[_, 8])"});
        const Circumstances here{1, "cpu", "a machine"}, there{2, "cpu", "a machine"};
        Timing now;
        now.medianMs = now.lowMs = now.highMs = 3;
        now.runs = 10;
        const History history{
            {0, {{here, 5, 4.9, 5.2, 12, 1000}, {there, 2, 2, 2, 12, 1500}, {here, 3, 3, 3, 10, 2000}}},
            {1, {{here, 1, 0.9, 1.1, 20, 1000}}}};
        const auto bars = timingBars(s, {{{0, now}}, here, {}, history}, QStringLiteral("mm_relu"), {});
        QCOMPARE(bars.size(), std::size_t(2));
        QVERIFY(!bars[0].kept && bars[1].kept);
        QCOMPARE(bars[0].earlier, std::vector<double>{5});
        QVERIFY2(bars[0].toolTip.contains(QStringLiteral("2.00 ms"))
                     && bars[0].toolTip.contains(QStringLiteral("2 threads")),
                 qPrintable(bars[0].toolTip));
        QCOMPARE(bars[1].median, 1.0);
        QVERIFY(bars[1].earlier.empty());
        const auto elsewhere = timingBars(s, {{}, there, {}, history}, QStringLiteral("mm_relu"), {});
        QCOMPARE(elsewhere.size(), std::size_t(1));
        QCOMPARE(elsewhere[0].median, 2.0);
    }

    // A folded group sums its members' calls, each call once; what has no time is counted as such.
    void heatOfAGroupIsItsSum()
    {
        GraphPicture picture;
        const auto node = [](const char* name) { return Cursor{"main", NodeKind::Operator, name}; };
        GraphBox group, single, quiet;
        group.kind = GraphBox::Kind::Group;
        group.cursor = node("a");
        group.members = {node("a"), node("b"), node("c"), node("d")};
        single.cursor = node("e");
        quiet.cursor = node("f");
        picture.boxes = {group, single, quiet};
        const Heat heat = heatOf(
            picture, {{"ab", 3, {node("a"), node("b")}}, {"c", 2, {node("c")}}, {"e", 5, {node("e")}}}, Overlay::Time);
        QCOMPARE(heat.boxes.size(), std::size_t(2));
        QCOMPARE(heat.boxes.at(0).amount, 5.0);
        QCOMPARE(heat.boxes.at(0).share, 0.5);
        QCOMPARE(heat.boxes.at(0).note,
                 QStringLiteral("5.00 ms, 50 % of the run, in 2 calls; 3 of 4 nodes have a time"));
        QCOMPARE(heat.boxes.at(1).note, QStringLiteral("5.00 ms, 50 % of the run (#1 of 3 calls)"));
        QCOMPARE(heat.legend, QStringLiteral("colour: share of 10.0 ms, 4 of 6 nodes have a time"));
        QVERIFY(heatOf(picture, {}, Overlay::Time).boxes.empty());
    }

    void roofs_data()
    {
        QTest::addColumn<double>("flops");
        QTest::addColumn<double>("bytes");
        QTest::addColumn<double>("roof");
        QTest::addColumn<QString>("bound");
        QTest::newRow("multiply-adds") << 1e9 << 1e4 << 1e11 << "multiply-adds";
        QTest::newRow("L1") << 1e3 << 16384.0 << 1e3 / (16384 / 2e11) << "L1";
        QTest::newRow("L2, the first part in L1")
            << 1e3 << double(1 << 20) << 1e3 / (32768 / 2e11 + ((1 << 20) - 32768) / 1e11) << "L2";
        QTest::newRow("memory") << 1e6 << 1e9
                                << 1e6 / (32768 / 2e11 + ((1 << 20) - 32768) / 1e11 + (1e9 - (1 << 20)) / 1e10)
                                << "memory";
    }
    void roofs()
    {
        QFETCH(double, flops);
        QFETCH(double, bytes);
        const RooflinePoint p = point("f", flops, bytes, 0);
        QTEST(roofOver(p, machine()), "roof");
        QTEST(boundBy(p, machine()), "bound");
        RooflinePoint faster = p, slower = p;
        faster.seconds = flops / roofOver(p, machine()) / 1.2;
        slower.seconds = flops / roofOver(p, machine()) * 1.01;
        QVERIFY(isAboveRoof(faster, machine()));
        QVERIFY(!isAboveRoof(slower, machine()));
        const MachineLimits limits = machine();
        QVERIFY(explain(faster, &limits).contains(QStringLiteral("our count")));
        QVERIFY(!explain(slower, &limits).contains(QStringLiteral("our count")));
        QVERIFY(explain(p, &limits).contains(QStringLiteral("Not measured")));
    }

    // Where in a line one can choose what.
    void namesInALine_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QStringList>("names");  // innermost first, as the printer gives them
        QTest::addColumn<QStringList>("found");  // what stands at the spans, left to right
        QTest::newRow("a grid") << "for i, j, k in grid(16, i, 16):" << QStringList{"k", "j", "i"}
                                << QStringList{"i", "j", "k"};
        QTest::newRow("a part of a word is none")
            << "for i_init, i in grid(4, 4):" << QStringList{"i", "i_init"} << QStringList{"i_init", "i"};
        QTest::newRow("keywords as names")
            << "for `for`, `in` in grid(4, 4):" << QStringList{"in", "for"} << QStringList{"`for`", "`in`"};
        QTest::newRow("a block") << "with block(\"Y\") as (vi: spatial(16) = i):" << QStringList{"Y"}
                                 << QStringList{"Y"};
        QTest::newRow("not spelled") << "y = add(x, x)" << QStringList{"node_7"} << QStringList{};
    }
    void namesInALine()
    {
        QFETCH(QString, line);
        QFETCH(QStringList, names);
        QFETCH(QStringList, found);
        PaneLine pane;
        pane.text = line;
        for (const QString& name : names)
            pane.cursors.push_back({"f", NodeKind::Loop, name.toStdString()});
        QStringList spelled;
        for (const NameSpan& span : namesIn(pane)) {
            spelled << line.mid(span.start, span.length);
            QCOMPARE(QString(spelled.last()).remove(QLatin1Char('`')), names[span.cursor]);
        }
        QCOMPARE(spelled, found);
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
        QCOMPARE(document.lines.back().change, DiffKind::Same);  // only moved deeper
        QCOMPARE(document.lines.back().text, QStringLiteral("      x[j] = 0.0"));
        QCOMPARE(document.nextChange(-1, true), 1);
        QCOMPARE(document.nextChange(1, true), -1);
        QCOMPARE(document.linesOf({{"f", NodeKind::Loop, "k"}}), std::set<int>({2}));
        QCOMPARE(document.text(0, 0), QStringLiteral("def f():\n"));
        QCOMPARE(document.text(4, 4), QStringLiteral("            x[j] = 0.0\n"));
    }

    void changesWithinALine()
    {
        const LineDocument document = makeDocument({line("for i, j0 in grid(128, 16):"), line("x = 1")},
                                                   {line("for i, j0 in grid(128, 32):"), line("y[i] = max(0)")});
        std::vector<std::pair<int, QString>> marked;
        for (std::size_t i = 0; i < document.lines.size(); ++i)
            for (const auto& [start, length] : document.lines[i].marks)
                marked.emplace_back(static_cast<int>(i), document.lines[i].text.mid(start, length));
        const std::vector<std::pair<int, QString>> expected{{0, QStringLiteral("16")}, {2, QStringLiteral("32")}};
        QCOMPARE(marked, expected);  // nothing of lines that have little in common
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
        QCOMPARE(model.row(1).delta, QStringLiteral("2.00 ×"));
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

    // A step that changes nothing is faint; else what it does to memory, bytes and operations, where no time is known.
    void stepsSayWhatTheyCost()
    {
        const Session s = session(mlp, {"graph.fuse(main, [Gemm_0, Relu_0], name=layer)"});
        const Module &before = *s.state(0)->module, &after = *s.current()->module;
        QVERIFY(changesNothing(before, before) && changesNothing(before, Module(before)));
        QVERIFY(!changesNothing(before, after));
        const auto cost = [costs = std::map<FunctionPtr, Cost>()](const FunctionPtr& f) mutable -> const Cost& {
            return costs[f] = strata::cost(*f);
        };
        const auto lowered = lowerByDefault(before), fused = lowerByDefault(after);
        QVERIFY(lowered.ok() && fused.ok());
        StepFacts facts{{}, {{0, figuresOf(*lowered->module, cost)}, {1, figuresOf(*fused->module, cost)}}};
        QVERIFY(facts.figures[0].memory > facts.figures[1].memory);  // what was between the two is in registers
        QVERIFY(facts.figures[0].flops > 0 && facts.figures[0].flops == facts.figures[1].flops);
        const auto row = [&] { return strata::stepRows(s, QStringLiteral("mlp"), {}, {}, facts)[1]; };
        QVERIFY2(row().delta.startsWith(QStringLiteral("−")) && row().delta.endsWith(QStringLiteral(" % memory")),
                 qPrintable(row().delta));
        for (const char* said : {"memory: ", "moved: ", " → "})
            QVERIFY2(row().detail.contains(QString::fromUtf8(said)), qPrintable(row().detail));
        QVERIFY(!row().idle && !row().detail.contains(QStringLiteral("computed: ")));
        facts.figures[1].verdict = QStringLiteral("equal");
        QVERIFY(row().detail.endsWith(QStringLiteral("equal")));
        facts.idle = {1};
        QVERIFY(row().idle);
        QCOMPARE(row().delta, QStringLiteral("changes nothing"));
    }

    void groupsAreRows()
    {
        Session s = session(mmRelu, {"loops.split(mm_relu, j, factors=[_, 4])", "loops.unroll(mm_relu, j1)  # why",
                                     "loops.parallel(mm_relu, i)"});
        QVERIFY(s.setGroup({1, 2}, "inner").ok());
        const StepGroup group = s.state(1)->group;
        StepModel model;
        QAbstractItemModelTester tester(&model);
        const auto rows = [&](const Folding& folding) {
            model.setRows(strata::stepRows(s, QStringLiteral("mm_relu"), {}, folding));
            QStringList shown;
            for (int i = 0; i < model.rowCount(); ++i)
                shown << QString(model.row(i).indent, QLatin1Char(' '))
                             + model.index(i).data().toString().section(' ', 0, 0)
                             + (model.row(i).current ? QStringLiteral("*") : QString());
            return shown.join(QLatin1Char(','));
        };
        QCOMPARE(rows({}), QStringLiteral("mm_relu,inner,parallel*"));
        QCOMPARE(model.row(1).delta, QStringLiteral("2 steps"));
        QVERIFY(model.row(1).group && model.row(1).folded);
        QCOMPARE(model.row(1).first, 1);
        QCOMPARE(model.row(1).state, 2);
        QCOMPARE(rows({{}, {group}}), QStringLiteral("mm_relu,inner, split, unroll,parallel*"));
        QCOMPARE(model.row(3).note, QStringLiteral("why"));
        s.select(2);
        QCOMPARE(rows({}), QStringLiteral("mm_relu,inner*,parallel"));  // where it ends
        s.select(1);
        QCOMPARE(rows({}), QStringLiteral("mm_relu,inner, split*, unroll,parallel"));  // in its middle
        QCOMPARE(rows({{group}, {}}), QStringLiteral("mm_relu,inner*,parallel"));      // unless it is folded by hand
        s.select(0);
        QCOMPARE(rows({}), QStringLiteral("mm_relu*,inner,parallel"));
        QSignalSpy noted(&model, &StepModel::noteEdited);
        QVERIFY(model.setData(model.index(2), QStringLiteral("because"), Qt::EditRole));
        QVERIFY(!model.setData(model.index(2), QString(), Qt::EditRole));  // as it is
        QCOMPARE(noted.size(), 1);
        QVERIFY(!(model.flags(model.index(0)) & Qt::ItemIsEditable));
    }

    void palette()
    {
        const ModulePtr module = parsed(mmRelu);
        const auto entries = checkTransforms({module, {}, Cursor{"mm_relu", NodeKind::Loop, "j"}, registry(), {}}, {});
        PaletteModel model;
        QAbstractItemModelTester tester(&model);
        model.setEntries(entries);
        const int split = model.rowOf("loops.split");
        QVERIFY(split > 0);
        QVERIFY(model.entry(split)->applies);
        QVERIFY(model.index(0).data(PaletteModel::HeadingRole).toBool());
        QCOMPARE(model.index(0).data().toString(), QStringLiteral("Applies"));
        QVERIFY(model.rowOf("graph.fuse") < 0);  // what does not apply is folded away
        const int typed = model.rowOf("any.replace_text");
        QVERIFY(typed > split && model.entry(typed)->typed);
        const int fold = model.rowCount() - 1;
        QVERIFY(model.isFold(fold) && model.index(fold).data().toString().startsWith(QStringLiteral("▸ Not now (")));
        model.setUnfolded(true);
        const int fuse = model.rowOf("graph.fuse");
        QVERIFY(fuse > typed);
        QVERIFY(!model.entry(fuse)->detail.isEmpty());
        model.setFilter(QStringLiteral("tile"));  // another name of split
        QVERIFY(model.rowOf("loops.split") >= 0);
        QVERIFY(model.rowOf("graph.fuse") < 0);
        model.setFilter(QStringLiteral("no such transform"));
        QCOMPARE(model.rowCount(), 0);
    }

    // What fits by its form is listed before anything is planned.
    void paletteIsThereAtOnce()
    {
        const ModulePtr module = parsed(mmRelu);
        TransformContext context;
        context.plans = makePlanCache();
        std::size_t told = 0, asked = 1, pending = 0;
        const auto entries = checkTransforms({module, {}, Cursor{"mm_relu", NodeKind::Loop, "j"}, registry(), context},
                                             {}, [&](const std::vector<PaletteEntry>& first) {
                                                 if (told++ > 0)
                                                     return;
                                                 asked = counts(*context.plans).asked;
                                                 for (const PaletteEntry& entry : first)
                                                     pending += !entry.planned;
                                                 QCOMPARE(first.size(), registry()->all().size());
                                             });
        QVERIFY(told > 0);
        QCOMPARE(asked, std::size_t(0));
        QVERIFY(pending > 3);
        QVERIFY(std::all_of(entries.begin(), entries.end(), [](const PaletteEntry& e) { return e.planned; }));
    }

    void whatThePaletteOffersApplies_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("a kernel") << QString::fromLatin1(mmRelu);
        QTest::newRow("a model") << QString::fromLatin1(mlp);
        QTest::newRow("implementations") << QString::fromLatin1(R"(module m(entry=main):
def main(x: f32[8]) -> (y: f32[8]):
    h: f32[8] = call f(x, node="c")
    y: f32[8] = call f(h, node="d")
    return y

@choose(g if isa >= x86-64-v4)
def f(a: f32[8]) -> (b: f32[8]):
    b: f32[8] = Relu(a, node="r", version=14)
    return b

@loops
@implements(f, derived=exact)
def g(a: f32[8]) -> (b: f32[8]):
    for i in range(8):
        with block("b") as (vi: spatial(8) = i):
            b[vi] = max(0.0, a[vi])
)");
    }
    void whatThePaletteOffersApplies()
    {
        QFETCH(QString, text);
        const ModulePtr module = parsed(text.toUtf8().constData());
        const std::shared_ptr<const Registry> all = registry();
        for (const Cursor& cursor : cursors(*module))
            for (const PaletteEntry& entry : checkTransforms({module, {}, cursor, all, {}}, {})) {
                if (!entry.applies || entry.detail == QStringLiteral("by typing"))
                    continue;
                const auto transform = all->find(entry.id);
                if ((*transform)->level == Level::Hardware)
                    continue;  // takes a compiler
                const auto applied = applyTransform(**transform, *module, entry.arguments, {});
                QVERIFY2(applied.ok(),
                         applied ? "" : (toString(cursor) + ", " + entry.id + ": " + applied.error().text()).c_str());
                QVERIFY(verify(*applied->module).empty());
            }
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
        QCOMPARE(before.boxes[1].chips.at(0).text, QStringLiteral("w 3×4"));
        QCOMPARE(before.edges.front().label, QStringLiteral("f32[1, 4]"));
        GraphPicture after = makePicture(*s.current()->module, {}, s.state(0)->module.get(), s.current()->forwarding,
                                         QStringLiteral("step 1 · fuse"));
        QCOMPARE(after.hulls.size(), std::size_t(1));
        QCOMPARE(after.hulls[0].ghosts.size(), std::size_t(2));
        QVERIFY(after.hulls[0].label.startsWith(QStringLiteral("2 → 1")));
        place(after, [](const LayoutRequest& request) {
            if (request.boxes.size() != 3)  // the hull is one box to the layout
                qFatal("%zu boxes", request.boxes.size());
            return layeredLayout(request);
        });
        for (const auto* list : {&after.hulls[0].boxes, &after.hulls[0].ghosts})
            for (const int box : *list)
                QVERIFY(after.hulls[0].rect.contains(after.boxes[box].rect));
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

    void timesOfFunctions()
    {
        auto lowered = lowerByDefault(*parsed(mlp));
        QVERIFY(lowered.ok());
        const LoweredState state(std::move(*lowered));
        std::vector<FunctionTime> rows = functionTimes(state, {}, std::nullopt);
        QVERIFY(rows.size() > 1);
        for (const FunctionTime& row : rows)
            QVERIFY(row.calls > 0 && row.ms == 0 && row.share == 0);
        std::vector<std::pair<QString, double>> calls;
        int call = 0;
        for (const LibraryStmtPtr& stmt : state.module().entryFunction()->library()->statements)
            if (const auto* one = std::get_if<LibraryCall>(stmt.get()))
                calls.emplace_back(QString::fromStdString(one->name), ++call);
        rows = functionTimes(state, calls, std::nullopt);
        double share = 0, ms = 0;
        for (const FunctionTime& row : rows) {
            share += row.share;
            ms += row.ms;
        }
        QVERIFY(std::abs(share - 1) < 1e-9);
        QCOMPARE(ms, call * (call + 1) / 2.0);  // each call is counted once
        QVERIFY(std::is_sorted(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.ms > b.ms; }));
        sortBy(rows, FunctionColumn::Function, false);
        QVERIFY(std::is_sorted(rows.begin(), rows.end(),
                               [](const auto& a, const auto& b) { return a.function < b.function; }));
        // Loops as they are, on a machine whose limits are known: predicted, and what costs most.
        const MachineLimits machine{"x86-64-v3", 1, 100e9, {{"L1", 48e3, 400e9}, {"memory", 0, 12e9}}};
        const std::vector<FunctionTime> predicted = functionTimes(state, calls, machine);
        QVERIFY(std::all_of(predicted.begin(), predicted.end(), [](const auto& row) { return row.predictedMs > 0; }));
        QVERIFY(std::any_of(predicted.begin(), predicted.end(), [](const auto& row) {
            return row.cause.startsWith(QStringLiteral("scalar code, up to "))
                   || row.cause.startsWith(QStringLiteral("latency, up to "));
        }));
        const QStringList lines = csv(rows).split(QLatin1Char('\n'));
        QCOMPARE(lines.size(), static_cast<qsizetype>(rows.size() + 2));
        QVERIFY(lines[1].startsWith(QLatin1Char('"') + rows.front().function + QStringLiteral("\",")));
    }

    // What a file says of its nodes is told of the one that is selected, in the state that is shown: the lines that
    // they come from, each once, and of a single node all else.
    void notesOfTheFile()
    {
        const char* stack = "File \"/home/x/net.py\", line 12, in forward\n    h = self.linear(x)\n"
                            "File \"/lib/torch/linear.py\", line 116, in forward\n    return F.linear(x)";
        const auto notes = std::make_shared<onnx::NodeNotes>();
        (*notes)["main"]["Gemm_0"] = std::make_shared<onnx::Notes>(
            onnx::Notes{"the first layer", {{"pkg.torch.onnx.stack_trace", stack}, {"scope", "net/linear"}}});
        (*notes)["main"]["Relu_0"] = std::make_shared<onnx::Notes>(onnx::Notes{
            "", {{"pkg.torch.onnx.stack_trace", "File \"net.py\", line 13, in forward\n  return relu(h)"}}});
        const auto told = std::make_shared<const Session>(
            session(mlp, {"graph.fuse(main, [Gemm_0, Relu_0], name=layer)"}));
        const auto rows = [&](int state, const char* node) {
            QStringList result;
            const Place place{{"main", NodeKind::Operator, node}, false};
            for (const auto& [what, value] : inspect(*told->state(state), nullptr, place, {notes, told}).rows)
                if (QStringList{QStringLiteral("source"), QStringLiteral("note"), QStringLiteral("scope"),
                                QStringLiteral("stack_trace")}
                        .contains(what))
                    result << what + QLatin1Char(' ') + value.section(QLatin1Char('\n'), 0, 0);
            return result;
        };
        const QString linear = QStringLiteral("source net.py, line 12: h = self.linear(x)");
        const QString relu = QStringLiteral("source net.py, line 13: return relu(h)");
        QCOMPARE(rows(0, "Gemm_0"),
                 (QStringList{linear, QStringLiteral("note the first layer"),
                              QStringLiteral("stack_trace File \"/home/x/net.py\", line 12, in forward"),
                              QStringLiteral("scope net/linear")}));
        const GraphNodePtr layer = told->current()->module->find("main")->graph()->nodes.front();
        QStringList both = rows(told->current()->id, layer->name.c_str());
        both.sort();
        QCOMPARE(both, (QStringList{linear, relu}));
    }

    // Who makes a value and who reads it, however far away they are drawn.
    void aValueIsInspected()
    {
        const auto told = std::make_shared<const Session>(session(mlp, {}));
        const auto notes = std::make_shared<onnx::NodeNotes>();
        const Function& main = *told->current()->module->find("main");
        const GraphNode &first = *main.graph()->nodes[0], &second = *main.graph()->nodes[1];
        const auto row = [&](const std::string& value, const char* of) {
            for (const auto& [what, text] :
                 inspect(*told->current(), nullptr, {{"main", NodeKind::Value, value}, false}, {notes, told}).rows)
                if (what == QLatin1String(of))
                    return text;
            return QString();
        };
        const auto title = [](const GraphNode& node) { return QString::fromStdString(node.op + ' ' + node.name); };
        const TypedName& made = first.outputs.front();
        QCOMPARE(row(made.name, "made by"), title(first));
        QCOMPARE(row(made.name, "read by"), title(second));
        QCOMPARE(row(made.name, "type"), QString::fromStdString(toString(made.type)));
        QCOMPARE(row(main.params.front().name, "made by"), QStringLiteral("it is an input"));
        QVERIFY(row(main.graph()->returns.front().name, "read by").contains(QStringLiteral("output ")));
    }

    void memory()
    {
        auto lowered = lowerByDefault(*parsed(mlp));
        QVERIFY(lowered.ok());
        const MemoryPicture picture = memoryPicture(*lowered->module->entryFunction());
        QCOMPARE(picture.blocks.size(), std::size_t(1));
        QVERIFY(picture.arenaBytes >= picture.blocks[0].offset + picture.blocks[0].bytes);
        QVERIFY(picture.blocks[0].first < picture.blocks[0].last);
        MemoryPicture shared;
        shared.blocks = {{QStringLiteral("a"), 0, 600, 0, 1}, {QStringLiteral("b"), 0, 400, 2, 3}};
        shared.arenaBytes = 600;
        QCOMPARE(shared.savedBytes(), std::int64_t(400));
    }

    // What the file is made of, beside what the library is; what is the same has the same colour.
    void theTwoFormsOfAModel()
    {
        const ModelForm before = developmentForm({QStringLiteral("a.onnx"), 1200, 1000, 3, 2});
        QCOMPARE(before.bytes(), std::int64_t(1200));
        QCOMPARE(before.parts[1].bytes, std::int64_t(200));
        QVERIFY(before.needs.contains(QStringLiteral("2 kinds")));
        QCOMPARE(developmentForm({QStringLiteral("a.onnx"), 200, 1000, 3, 2}).bytes(),
                 std::int64_t(1200));  // beside it
        Built built;
        built.contributions = {{"code", "f", 50, {}},
                               {"code", "g", 30, {}},
                               {"weights", "w", 1000, {}},
                               {"runtime", "pool", 15, {}},
                               {"interface", "create", 5, {}}};
        built.needed = {"libc.so.6"};
        const ModelForm after = deploymentForm(built);
        QCOMPARE(after.bytes(), std::int64_t(1100));
        QCOMPARE(after.parts.size(), std::size_t(3));
        QCOMPARE(after.parts[0].color, before.parts[0].color);
        QCOMPARE(after.parts[1].bytes, std::int64_t(80));
        QVERIFY(after.needs.contains(QStringLiteral("libc.so.6")));
    }
};

STRATA_TEST_IN(QCoreApplication, ModelsTest)
#include "tst_window_models.moc"
