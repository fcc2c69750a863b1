// How right is right enough: bounds by element that follow from the types and the operations.
#include "app/workbench/jitter.h"
#include "app/workbench/judge.h"
#include "app/workbench/judge_order.h"
#include "app/workbench/widen.h"
#include "tests/program.h"

#include <QTest>

#include <cmath>
#include <set>

using namespace strata;

namespace {

ModulePtr parse(const QString& text)
{
    auto module = parseModule(text.toStdString());
    if (!module)
        qFatal("%s", module.error().text().c_str());
    return *module;
}

// The program that many rows share: sums of 64 terms, with what comes before and after the update.
QString sums(const char* type, const char* extent, const char* value)
{
    return QStringLiteral(R"(module m(entry=f):

@loops
def f(x: %1[4, 64]) -> (y: %1[4]):
    for i, k in grid(4, %2):
        with block("sum") as (vi: spatial(4) = i, vk: reduce(%2) = k):
            with init(): y[vi] = %1(0.0)
            y[vi] = %3
)")
        .arg(QLatin1String(type), QLatin1String(extent), QLatin1String(value));
}

// The same sums from the end, as a reassociating step would make them.
constexpr const char* inOrder = "y[vi] + x[vi, vk]";
constexpr const char* fromTheEnd = "y[vi] + x[vi, 63 - vk]";

// Row 0: ones. Row 1: large terms that cancel. Row 2: tiny terms. Row 3: no order in it.
Tensor rows(DType type)
{
    Tensor x = makeTensor(type, {4, 64});
    unsigned state = 7;
    double cancelled = 0;
    for (std::int64_t k = 0; k < 64; ++k) {
        state = state * 1664525u + 1013904223u;
        const double some = double(state >> 8) / double(1 << 24) - 0.5;
        x.set(k, 1.0 + some / 16);
        // Small ones between large ones, so that every other addition rounds.
        x.set(64 + k, k % 2 ? some / 100 : (k % 4 ? -1 : 1) * (1000.0 + double(k) * 1.7 + some));
        cancelled += k < 63 ? x.at(64 + k) : 0;
        x.set(128 + k, 1e-3 * some);
        x.set(192 + k, some);
    }
    x.set(64 + 63, 1e-3 - cancelled);
    return x;
}

Tensor vectorOf(const std::vector<double>& values)
{
    Tensor tensor = makeTensor(DType::F32, {std::int64_t(values.size())});
    for (std::size_t i = 0; i < values.size(); ++i)
        tensor.set(std::int64_t(i), values[i]);
    return tensor;
}

Result<std::vector<Tensor>> run(Toolchain& toolchain, const Module& twin, const std::vector<Tensor>& inputs)
{
    STRATA_TRY(const Artifact artifact, buildTwin(toolchain, twin));
    const Result<std::vector<Tensor>> outputs = toolchain.runner.run(artifact.loaded.handle, inputs, 1);
    forget(toolchain, artifact);
    return outputs;
}

}  // namespace

class TestJudge : public QObject {
    Q_OBJECT
private slots:
    void states_data()
    {
        QTest::addColumn<QString>("root");
        QTest::addColumn<QString>("state");
        QTest::addColumn<int>("type");
        QTest::addColumn<bool>("right");
        for (const auto& [name, type] :
             {std::pair("f32", DType::F32), {"f16", DType::F16}, {"bf16", DType::BF16}, {"f64", DType::F64}}) {
            const QString root = sums(name, "64", inOrder);
            QTest::addRow("%s reassociated", name) << root << sums(name, "64", fromTheEnd) << int(type) << true;
            QTest::addRow("%s terms are missing", name) << root << sums(name, "48", inOrder) << int(type) << false;
            QTest::addRow("%s one term for all", name)
                << root << sums(name, "64", "y[vi] + x[vi, 0]") << int(type) << false;
        }
        const QString root = sums("f32", "64", inOrder);
        QTest::newRow("off by a thousandth")
            << root << sums("f32", "64", "y[vi] + x[vi, vk] * 1.001") << int(DType::F32) << false;
        QTest::newRow("off by some roundings")
            << root << sums("f32", "64", "y[vi] + x[vi, vk] * 1.0000001") << int(DType::F32) << true;
    }
    void states()
    {
        QFETCH(QString, root);
        QFETCH(QString, state);
        QFETCH(int, type);
        QFETCH(bool, right);
        Toolchain toolchain;
        State step;
        step.parent = 0;
        step.module = parse(state);
        step.worst = Effect::Reassociated;
        const auto verdicts = checkState(toolchain, *parse(root), step, {rows(DType(type))});
        QVERIFY2(verdicts.ok(), verdicts ? "" : verdicts.error().text().c_str());
        QCOMPARE(verdicts->size(), std::size_t(1));
        QVERIFY2((*verdicts)[0].passed == right, qPrintable(QString::number((*verdicts)[0].comparison.maxAbsolute)
                                                            + " bound " + QString::number((*verdicts)[0].bound)));
    }

    // Scores and the labels beside them: expected 5 4 4+ 3 (the middle ones a rounding apart) with labels 0 1 2 3.
    void orders_data()
    {
        QTest::addColumn<QVector<double>>("scores");
        QTest::addColumn<QVector<double>>("labels");
        QTest::addColumn<int>("exchanged");  // -1: wrong
        const double near = almostFour();
        QTest::newRow("equal keys, exchanged") << QVector<double>{5, near, 4, 3} << QVector<double>{0, 2, 1, 3} << 2;
        QTest::newRow("keys that differ") << QVector<double>{4, 5, near, 3} << QVector<double>{1, 0, 2, 3} << -1;
        QTest::newRow("other keys' labels") << QVector<double>{5, 4, near, 3} << QVector<double>{3, 1, 2, 0} << -1;
        QTest::newRow("one label twice") << QVector<double>{5, 4, near, 3} << QVector<double>{0, 1, 1, 3} << -1;
        QTest::newRow("a label of no row") << QVector<double>{5, 4, near, 3} << QVector<double>{0, 2, 7, 3} << -1;
    }
    void orders()
    {
        QFETCH(QVector<double>, scores);
        QFETCH(QVector<double>, labels);
        QFETCH(int, exchanged);
        const auto asTensor = [](DType type, const QVector<double>& values) {
            Tensor tensor = makeTensor(type, {values.size()});
            for (int i = 0; i < values.size(); ++i)
                tensor.set(i, values[i]);
            return tensor;
        };
        const std::vector<Tensor> expected{asTensor(DType::F32, {5, 4, almostFour(), 3}),
                                           asTensor(DType::I64, {0, 1, 2, 3})},
            actual{asTensor(DType::F32, scores), asTensor(DType::I64, labels)};
        const auto mayBe = [](DType type, double a, double b) {
            return isFloat(type) ? std::abs(a - b) <= 1e-3 * std::abs(b) : a == b;
        };
        std::vector<OutputVerdict> verdicts(2);
        verdicts[0].passed = scores[0] == 5;
        judgeOrder(expected, actual, mayBe, verdicts);
        QCOMPARE(verdicts[1].passed, exchanged >= 0);
        QCOMPARE(int(verdicts[1].exchanged), std::max(exchanged, 0));
        // What all have in common, and what is in no order, is no key.
        for (const QVector<double>& keys :
             {QVector<double>{4, 4, 4, 4}, QVector<double>{4, almostFour(), 4, almostFour()}}) {
            std::vector<OutputVerdict> others(2);
            others[0].passed = true;
            judgeOrder({asTensor(DType::F32, keys), expected[1]}, {asTensor(DType::F32, keys), actual[1]}, mayBe,
                       others);
            QVERIFY(!others[1].passed);
        }
    }
    static double almostFour() { return 4 - 0x1p-21; }

    // A model, its input, and what the test data say of its four outputs.
    void data_data()
    {
        QTest::addColumn<QString>("program");
        QTest::addColumn<QVector<double>>("offsets");  // from the right answer
        QTest::addColumn<bool>("right");
        const QString program = sums("f32", "64", inOrder);
        QTest::newRow("the same") << program << QVector<double>{0, 0, 0, 0} << true;
        QTest::newRow("a cancelling sum, by its roundings") << program << QVector<double>{0, 6e-5, 0, 0} << true;
        QTest::newRow("a cancelling sum, by much more") << program << QVector<double>{0, 2e-2, 0, 0} << false;
        QTest::newRow("the tiny beside the large") << program << QVector<double>{0, 0, 3e-4, 0} << false;
        QTest::newRow("the large, by little of it") << program << QVector<double>{3e-2, 0, 0, 0} << true;
        QTest::newRow("the large, by more") << program << QVector<double>{0.2, 0, 0, 0} << false;
        QTest::newRow("no number") << program << QVector<double>{0, 0, 0, std::nan("")} << false;
        QTest::newRow("infinite") << program << QVector<double>{0, 0, 0, HUGE_VAL} << false;
    }
    void data()
    {
        QFETCH(QString, program);
        QFETCH(QVector<double>, offsets);
        QFETCH(bool, right);
        Toolchain toolchain;
        const ModulePtr module = parse(program);
        const std::vector<Tensor> inputs{rows(DType::F32)};
        const auto actual = runModule(toolchain, *module, RunTarget::Cpu, inputs);
        QVERIFY2(actual.ok(), actual ? "" : actual.error().text().c_str());
        Tensor expected = (*actual)[0];
        for (int i = 0; i < offsets.size(); ++i)
            expected.set(i, expected.at(i) + offsets[i]);
        const auto verdicts = checkOutputs(toolchain, *module, inputs, {expected}, *actual);
        QVERIFY2(verdicts.ok(), verdicts ? "" : verdicts.error().text().c_str());
        QVERIFY2((*verdicts)[0].passed == right, qPrintable(QString::number((*verdicts)[0].comparison.maxAbsolute)
                                                            + " bound " + QString::number((*verdicts)[0].bound)));
    }

    // A model that is too large for sampled roundings: its tensors jitter instead.
    void largeModels_data()
    {
        QTest::addColumn<double>("offset");
        QTest::addColumn<bool>("right");
        QTest::newRow("the same") << 0.0 << true;
        QTest::newRow("by its roundings") << 4e-7 << true;
        QTest::newRow("by more") << 3e-4 << false;
    }
    void largeModels()
    {
        QFETCH(double, offset);
        QFETCH(bool, right);
        Toolchain toolchain;
        // 256 MFLOP; two products of nearly equal operands, so that most of them cancels.
        const ModulePtr module = parse(QStringLiteral(R"(module m(entry=main):

def main(a: f32[400, 400], b: f32[400, 400], c: f32[400, 400]) -> (y: f32[400, 400]):
    p: f32[400, 400] = MatMul(a, b, node="p", version=13)
    q: f32[400, 400] = MatMul(a, c, node="q", version=13)
    y: f32[400, 400] = Sub(p, q, node="y", version=14)
    return y
)"));
        std::vector<Tensor> inputs;
        unsigned state = 3;
        for (int n = 0; n < 2; ++n) {
            inputs.push_back(makeTensor(DType::F32, {400, 400}));
            for (std::int64_t i = 0; i < inputs[std::size_t(n)].count(); ++i) {
                state = state * 1664525u + 1013904223u;
                inputs[std::size_t(n)].set(i, double(state >> 8) / double(1 << 24) - 0.5);
            }
        }
        inputs.push_back(inputs[1]);
        for (std::int64_t i = 0; i < inputs[2].count(); ++i)
            inputs[2].set(i, inputs[1].at(i) * 1.00001);
        const auto actual = runModule(toolchain, *module, RunTarget::Cpu, inputs);
        QVERIFY2(actual.ok(), actual ? "" : actual.error().text().c_str());
        Tensor expected = (*actual)[0];
        for (std::int64_t i = 0; i < expected.count(); i += 7)
            expected.set(i, expected.at(i) + offset);
        const auto verdicts = checkOutputs(toolchain, *module, inputs, {expected}, *actual);
        QVERIFY2(verdicts.ok(), verdicts ? "" : verdicts.error().text().c_str());
        QVERIFY2((*verdicts)[0].passed == right, qPrintable(QString::number((*verdicts)[0].comparison.maxAbsolute)
                                                            + " bound " + QString::number((*verdicts)[0].bound)));
    }

    // Seed 0 moves nothing; another moves by one unit, and never what has few bits.
    void jitterMovesTheLastBit()
    {
        Toolchain toolchain;
        const ModulePtr module = parse(QStringLiteral(R"(module m(entry=main):

def main(x: f32[6]) -> (y: f32[6]):
    y: f32[6] = Neg(x, node="y", version=13)
    return y
)"));
        const auto twin = jittered(*module, nullptr);
        QVERIFY2(twin.ok(), twin ? "" : twin.error().text().c_str());
        const Tensor x = vectorOf({3, 0, 1.0 / 3, 0.1, HUGE_VAL, 1e-40});
        for (const std::int64_t seed : {0, 1, 2, 3}) {
            const auto outputs = run(toolchain, **twin, {x, roundingSeed(seed * 0x1234567890abcd)});
            QVERIFY2(outputs.ok(), outputs ? "" : outputs.error().text().c_str());
            for (std::int64_t i = 0; i < 6; ++i) {
                const bool stays = seed == 0 || i < 2 || i == 4;
                const float from = x.data<float>()[i], to = -(*outputs)[0].data<float>()[i];
                QVERIFY2(stays ? to == from
                               : to == std::nextafter(from, HUGE_VALF) || to == std::nextafter(from, -HUGE_VALF),
                         qPrintable(QString::number(seed) + " " + QString::number(i)));
            }
        }
    }

    // What the double-precision twin's sampled roundings do: nothing where the type rounds nothing, about one rounding
    // where it does.
    void sampledRoundings()
    {
        Toolchain toolchain;
        const ModulePtr module = parse(QStringLiteral(R"(module m(entry=f):

@loops
def f(x: f32[4]) -> (y: f32[4]):
    for i in range(4):
        with block("b") as (vi: spatial(4) = i):
            y[vi] = x[vi] * x[vi]
)"));
        const std::vector<Tensor> inputs{vectorOf({3, 0, 1.0 / 3, 1e30})};
        const auto wide = widened(*module, nullptr, Rounding::Sampled);
        QVERIFY(wide.ok());
        std::vector<Tensor> wideInputs = widened(inputs);
        wideInputs.push_back({});
        std::set<double> seen;
        for (std::int64_t seed = 1; seed < 20; ++seed) {
            wideInputs.back() = roundingSeed(seed * 0x1234567890abcd);
            const auto outputs = run(toolchain, **wide, wideInputs);
            QVERIFY2(outputs.ok(), outputs ? "" : outputs.error().text().c_str());
            const Tensor& y = (*outputs)[0];
            QCOMPARE(y.at(0), 9.0);
            QCOMPARE(y.at(1), 0.0);
            const double third = inputs[0].at(2), square = third * third;
            QVERIFY(std::abs(y.at(2) - square) <= square * std::ldexp(1, -24));
            QVERIFY(std::isfinite(y.at(3)));  // beyond f32, but not beyond f64
            seen.insert(y.at(2));
        }
        QCOMPARE(seen.size(), std::size_t(2));  // up and down
    }
};

STRATA_TEST_IN(QCoreApplication, TestJudge)
#include "tst_judge.moc"
