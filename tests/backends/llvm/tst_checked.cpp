// Indices that are data: compiled code gives what the evaluator gives, values and errors alike, in loops of every kind
// and whatever the threads. The message names the first instance that fails, so it is the same sentence.
#include "harness.h"

#include "core/reference/evaluate.h"
#include "core/text/text.h"
#include "passes/lowering/lower.h"
#include "tests/program.h"

#include <QtTest>

#include <random>

using namespace strata;

namespace {

// x: f32[8, 16], c: i64[48]; `loops` stands for the loops around the block, i for its iterator's binding.
QString gather(const QString& loops, const QString& indent, const QString& binding)
{
    return QStringLiteral("@loops\ndef f(x: f32[8, 16], c: i64[48]) -> (y: f32[48]):\n") + loops + indent
           + "with block(\"pick\") as (v: spatial(48) = " + binding + "):\n" + indent
           + "    y[v] = x[checked(select(c[v] < 0, c[v] + 8, c[v]), 8), checked(c[47 - v] + 1, 16)]\n";
}

const char* const rows = R"(@loops
def f(x: f32[8, 16], c: i64[48]) -> (y: f32[48, 16]):
    for i in KIND(48):
        for j in vectorized(16):
            with block("row") as (v: spatial(48) = i, w: spatial(16) = j):
                y[v, w] = x[checked(c[v], 8), w] * 2.0
)";

const char* const scatter = R"(@loops
def f(x: f32[8, 16], c: i64[48]) -> (y: f32[8, 16]):
    for a, b in grid(8, 16):
        with block("copy") as (va: spatial(8) = a, vb: spatial(16) = b):
            y[va, vb] = x[va, vb]
    for i in KIND(48):
        with block("add") as (v: ordered(48) = i):
            y[checked(c[v], 8), checked(c[v] + 1, 16)] = y[checked(c[v], 8), checked(c[v] + 1, 16)] + x[3, v % 16]
)";

// Each lane scatters into a row of its own.
const char* const scatterLanes = R"(@loops
def f(x: f32[8, 16], c: i64[48]) -> (y: f32[48, 8]):
    for a in range(48):
        for b in vectorized(8):
            with block("zero") as (va: spatial(48) = a, vb: spatial(8) = b):
                y[va, vb] = 0.0
    for i in KIND(48):
        with block("put") as (v: spatial(48) = i):
            y[v, checked(c[v], 8)] = x[checked(c[v], 8), v % 16]
)";

const char* const total = R"(@loops
def f(x: f32[8, 16], c: i64[48]) -> (y: f32[16]):
    for j in KIND(16):
        for k in range(48):
            with block("sum") as (v: spatial(16) = j, w: reduce(48) = k):
                with init(): y[v] = 0.0
                y[v] = y[v] + x[checked(c[w], 8), v]
)";

// Some lanes do not run, and what they would index by is not looked at.
const char* const tail = R"(@loops
def f(x: f32[8, 16], c: i64[48]) -> (y: f32[16]):
    for z in range(16):
        with block("zero") as (v: spatial(16) = z):
            y[v] = 0.0
    for i0 in range(2):
        for i1 in KIND(8):
            with block("pick") as (v: spatial(16) = i0 * 8 + i1):
                where(i0 * 8 + i1 < 11)
                y[v] = x[checked(c[v], 8), v]
)";

// The side that is not taken is not looked at.
const char* const oneSide = R"(@loops
def f(x: f32[8, 16], c: i64[48]) -> (y: f32[48]):
    for i in KIND(48):
        with block("pick") as (v: spatial(48) = i):
            y[v] = select((c[v] >= 0) & (c[v] < 8), x[checked(c[v], 8), 3], select(c[47 - v] < 7, x[2, checked(c[47 - v] + 1, 16)], 1.0))
)";

// Two blocks: the first one that fails is what is told, though the loops run together.
const char* const twoBlocks = R"(@loops
def f(x: f32[8, 16], c: i64[48]) -> (y: f32[48], z: f32[48]):
    for i in KIND(48):
        with block("first") as (v: spatial(48) = i):
            y[v] = x[checked(c[v], 8), 1]
    for j in KIND(48):
        with block("second") as (v: spatial(48) = j):
            z[v] = x[checked(c[47 - v], 8), checked(c[v] + 2, 16)]
)";

Tensor indices(std::mt19937& random, int oneBadIn)
{
    Tensor tensor = makeTensor(DType::I64, {48});
    for (std::int64_t i = 0; i < 48; ++i) {
        std::int64_t value = std::int64_t(random() % 8);
        if (oneBadIn > 0 && random() % unsigned(oneBadIn) == 0) {
            const std::int64_t bad[] = {8, -1, -9, 15, 1000000, std::int64_t(1) << 40, INT64_MAX - 3, INT64_MIN};
            value = bad[random() % 8];
        }
        std::memcpy(tensor.bytes.data() + i * 8, &value, 8);
    }
    return tensor;
}

}  // namespace

class TestChecked : public QObject {
    Q_OBJECT

private slots:
    void agrees_data();
    void agrees();
    void message();
    void operators_data();
    void operators();

private:
    Harness m_harness;
};

void TestChecked::agrees_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("gather") << gather("    for i in range(48):\n", "        ", "i");
    QTest::newRow("gather, unrolled") << gather("    for i in range(12):\n        for j in unrolled(4):\n",
                                                "            ", "i * 4 + j");
    QTest::newRow("gather, parallel") << gather("    for i in parallel(48):\n", "        ", "i");
    QTest::newRow("gather, parallel and vectorized")
        << gather("    for i in parallel(6):\n        for j in vectorized(8):\n", "            ", "i * 8 + j");
    QTest::newRow("gather, vectorized") << gather("    for i in vectorized(48):\n", "        ", "i");
    QTest::newRow("gather, odd vectors") << gather("    for i in range(4):\n        for j in vectorized(12):\n",
                                                   "            ", "i * 12 + j");
    for (const char* kind : {"range", "parallel", "vectorized", "unrolled"}) {
        const auto row = [&](const char* name, const char* text) {
            QTest::newRow(qPrintable(QString("%1, %2").arg(name, kind))) << QString(text).replace("KIND", kind);
        };
        if (QString(kind) != "vectorized")
            row("rows", rows);
        if (QString(kind) == "range" || QString(kind) == "unrolled")
            row("scatter", scatter);
        row("scatter of lanes", scatterLanes);
        row("total", total);
        row("tail", tail);
        row("one side", oneSide);
        row("two blocks", twoBlocks);
    }
}

void TestChecked::agrees()
{
    QFETCH(QString, text);
    const auto module = parseModule("module t(entry=f):\n\n" + text.toStdString());
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    BuildOptions options;
    options.output = m_harness.file("checked.so");
    options.prefix = "m";
    const auto built = m_harness.compiler().build(**module, options);
    QVERIFY2(built.ok(), built.ok() ? "" : built.error().text().c_str());
    const auto loaded = m_harness.runner().load(built->path, "m", "");
    QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.error().text().c_str());
    std::mt19937 random(17);
    int failures = 0;
    for (int round = 0; round < 60; ++round) {
        const std::vector<Tensor> inputs{randomTensor({DType::F32, toShape({8, 16})}, round),
                                         indices(random, round % 3 == 0   ? 0
                                                         : round % 3 == 1 ? 40
                                                                          : 5)};
        const auto expected = evaluate(**module, *(*module)->entryFunction(), inputs);
        const auto actual = m_harness.runner().run(loaded->handle, inputs, 1 + round % 4, {});
        QCOMPARE(actual.ok() ? "" : actual.error().message.c_str(),
                 expected.ok() ? "" : expected.error().message.c_str());
        if (!expected.ok()) {
            QCOMPARE(expected.error().kind, ErrorKind::Refused);
            QCOMPARE(actual.error().kind, ErrorKind::Refused);
            ++failures;
            continue;
        }
        for (std::size_t i = 0; i < expected->size(); ++i)
            QVERIFY(compare((*actual)[i], (*expected)[i], 0, 0).equalBits);
    }
    QVERIFY(failures > 5 && failures < 55);  // both answers were seen
    QVERIFY(m_harness.runner().unload(loaded->handle).ok());
}

void TestChecked::message()
{
    const auto module = parseModule(
        QString(rows).replace("KIND", "parallel").prepend("module t(entry=f):\n\n").toStdString());
    Tensor bad = makeTensor(DType::I64, {48});
    bad.set(7, 9);
    bad.set(40, -3);
    for (const int threads : {1, 2, 4}) {
        const auto result = m_harness.run(**module, {makeTensor(DType::F32, {8, 16}), bad}, threads);
        QVERIFY(!result.ok());
        QCOMPARE(result.error().message.c_str(), "Index 9 of x is outside 0..7 in block \"row\" of f at v = 7, w = 0.");
    }
}

// Nodes whose inputs index by data, lowered: in range they agree, outside both say the same; never a signal.
void TestChecked::operators_data()
{
    QTest::addColumn<QString>("signature");
    QTest::addColumn<QString>("node");
    QTest::addColumn<QList<int>>("data");  // of the input `i`
    QTest::addColumn<QString>("message");  // starts with it; "": all is well
    const auto row = [](const char* name, const char* signature, const char* node, const QList<int>& data,
                        const char* message) { QTest::newRow(name) << signature << node << data << message; };
    const char* const gather = "x: f32[4, 3], i: i64[2]) -> (y: f32[2, 3]";
    row("Gather", gather, "Gather(x, i, node=\"n\", version=13)", {3, -4}, "");
    row("Gather, too large", gather, "Gather(x, i, node=\"n\", version=13)", {3, 4}, "Index 4 of a is outside 0..3");
    row("Gather, below -n", gather, "Gather(x, i, node=\"n\", version=13)", {-5, 0}, "Index -1 of a is outside 0..3");
    row("Gather, i32", "x: f32[4, 3], i: i32[2]) -> (y: f32[2, 3]", "Gather(x, i, node=\"n\", version=13)",
        {3, -2147483647}, "Index -2147483643 of a is outside 0..3");
    const char* const elements = "x: f32[4, 3], i: i64[2, 2]) -> (y: f32[2, 2]";
    row("GatherElements", elements, "GatherElements(x, i, node=\"n\", version=13, axis=1)", {0, 2, -3, -1}, "");
    row("GatherElements, outside", elements, "GatherElements(x, i, node=\"n\", version=13, axis=1)", {0, 2, 3, 1},
        "Index 3 of a is outside 0..2");
    const char* const nd = "x: f32[4, 3], i: i64[2, 2]) -> (y: f32[2]";
    row("GatherND", nd, "GatherND(x, i, node=\"n\", version=13)", {3, 2, -4, -3}, "");
    row("GatherND, second coordinate", nd, "GatherND(x, i, node=\"n\", version=13)", {3, 2, 0, 3},
        "Index 3 of a is outside 0..2");
    const char* const scatter = "x: f32[4, 3], i: i64[2, 3], u: f32[2, 3]) -> (y: f32[4, 3]";
    for (const char* how : {"none", "add", "mul", "max", "min"}) {
        const QString node = QString("ScatterElements(x, i, u, node=\"n\", version=18, reduction=\"%1\")").arg(how);
        const QString name = QString("ScatterElements, %1").arg(how);
        QTest::newRow(qPrintable(name)) << scatter << node << QList<int>{3, -4, 3, 3, 0, 1} << "";
        QTest::newRow(qPrintable(name + ", outside"))
            << scatter << node << QList<int>{3, -4, 3, 3, -5, 1} << "Index -1 of y is outside 0..3";
    }
    row("ScatterND, outside", "x: f32[4, 3], i: i64[2, 1], u: f32[2, 3]) -> (y: f32[4, 3]",
        "ScatterND(x, i, u, node=\"n\", version=16)", {1, 1000000}, "Index 1000000 of y is outside 0..3");
    const char* const sequence = "x: f32[4, 3], i: i64[3]) -> (y: f32[4, 3]";
    const char* const reverse = "ReverseSequence(x, i, node=\"n\", version=10)";
    row("ReverseSequence", sequence, reverse, {0, 4, 2}, "");
    row("ReverseSequence, too long", sequence, reverse, {0, 4, 5}, "Index 5");
    row("ReverseSequence, negative", sequence, reverse, {0, -1, 2}, "Index -1");
    const char* const lengths = "x: f32[4, 2, 3], w: f32[1, 8, 3], r: f32[1, 8, 2], b: f32[1, 16], i: i32[2]) -> "
                                "(y: f32[4, 1, 2, 2]";
    const char* const lstm = "LSTM(x, w, r, b, i, node=\"n\", version=14, hidden_size=2, direction=\"reverse\")";
    row("LSTM lengths", lengths, lstm, {4, 0}, "");
    row("LSTM length beyond the sequence", lengths, lstm, {4, 5}, "Index 5");
    const char* const labels = "x: f32[2, 3], i: i64[2]) -> (y: f32[2]";
    const char* const loss = "NegativeLogLikelihoodLoss(x, i, node=\"n\", version=13, reduction=\"none\", "
                             "ignore_index=-7)";
    row("labels", labels, loss, {2, -7}, "");
    row("label that is no class", labels, loss, {3, 0}, "Index 3 of a is outside 0..2");
    row("label that is negative", labels, loss, {0, -1}, "Index -1 of a is outside 0..2");
    row("an empty dimension", "x: f32[0, 3], i: i64[2]) -> (y: f32[2, 3]", "Gather(x, i, node=\"n\", version=13)",
        {0, 0}, "Index 0 of a is outside 0..-1");
}

void TestChecked::operators()
{
    QFETCH(QString, signature);
    QFETCH(QString, node);
    QFETCH(QList<int>, data);
    QFETCH(QString, message);
    const QString text = "module t(entry=f):\n\ndef f(" + signature + "):\n    y: " + signature.section("(y: ", 1)
                         + " = " + node + "\n    return y\n";
    const auto module = parseModule(text.toStdString());
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    const auto lowered = lowerByDefault(**module);
    QVERIFY2(lowered.ok(), lowered.ok() ? "" : lowered.error().text().c_str());
    std::vector<Tensor> inputs;
    for (const TypedName& param : (*module)->entryFunction()->params) {
        inputs.push_back(randomTensor(param.type.tensor, int(inputs.size())));
        for (int k = 0; param.name == "i" && k < data.size(); ++k)
            inputs.back().set(k, data[k]);
    }
    const Module& program = *lowered->module;
    const auto expected = evaluate(program, *program.entryFunction(), inputs);
    const auto actual = m_harness.run(program, inputs);
    QCOMPARE(expected.ok(), message.isEmpty());
    if (!expected.ok())
        QVERIFY2(QString::fromStdString(expected.error().message).startsWith(message),
                 expected.error().message.c_str());
    QCOMPARE(actual.ok() ? "" : actual.error().message.c_str(), expected.ok() ? "" : expected.error().message.c_str());
    for (std::size_t i = 0; expected.ok() && i < expected->size(); ++i)
        QVERIFY(compare((*actual)[i], (*expected)[i], 0, 0).equalBits);
}

STRATA_TEST_IN(QCoreApplication, TestChecked)
#include "tst_checked.moc"
