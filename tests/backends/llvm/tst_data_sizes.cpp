// Sizes that data tell: the graph in the evaluator, its runtime program in the evaluator, and what is compiled agree,
// whatever is found, nothing included.
#include "harness.h"

#include "core/reference/evaluate.h"
#include "core/tensor/tensor.h"
#include "core/text/text.h"
#include "passes/lowering/lower.h"
#include "tests/program.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

using namespace strata;

namespace {

// Elements i with i % every == 0 hold i + 1, others 0.
Tensor sparse(const TensorType& type, std::int64_t every)
{
    Tensor tensor = makeTensor(type.dtype, constants(type.shape));
    for (std::int64_t i = 0; every > 0 && i < tensor.count(); i += every)
        isFloat(type.dtype) ? tensor.set(i, double(i + 1))
                            : tensor.setInteger(i, type.dtype == DType::Bool ? 1 : i + 1);
    return tensor;
}

std::vector<Tensor> inputsOf(const Function& entry, std::int64_t every)
{
    std::vector<Tensor> inputs;
    for (const TypedName& param : entry.params) {
        TensorType type = param.type.tensor;
        for (Dim& dim : type.shape)
            dim = dim.isConstant() ? dim : Dim(9);
        inputs.push_back(sparse(type, every));
    }
    return inputs;
}

QString said(const Result<std::vector<Tensor>>& results)
{
    QString text;
    if (!results)
        return QString::fromStdString(results.error().message);
    for (const Tensor& tensor : *results) {
        text += QString::fromStdString(toString(tensor.type)) + ":";
        for (std::int64_t i = 0; i < tensor.count(); ++i)
            text += " " + QString::number(tensor.at(i), 'g', 9);
        text += "; ";
    }
    return text;
}

}  // namespace

class TestDataSizes : public QObject {
    Q_OBJECT

private slots:
    void agree_data();
    void agree();
    void sorted_data();
    void sorted();
    void refused_data();
    void refused();

private:
    Harness m_harness;
};

void TestDataSizes::agree_data()
{
    QTest::addColumn<QString>("text");
    const auto row = [](const char* name, const char* text) {
        QTest::newRow(name) << "module m(entry=main):\n\n" + QString(text);
    };
    row("places", R"(def main(x: f32[4, 5]) -> (y: i64[2, n]):
    y: i64[2, n] = NonZero(x, node="nz", version=13)
    return y
)");
    row("slices along an axis, and of all elements", R"(def main(x: f32[3, 6], c: bool[6]) -> (y: f32[3, n], z: f32[m]):
    y: f32[3, n] = Compress(x, c, axis=1, node="along", version=11)
    z: f32[m] = Compress(x, c, node="flat", version=11)
    return y, z
)");
    row("of a size that the caller chooses", R"(def main(x: f32[b]) -> (y: i64[1, n]):
    z: i64[1, n] = NonZero(x, node="nz", version=13)
    y: i64[1, n] = Add(z, z, node="add", version=14)
    return y
)");
    row("what is found goes on: sums and maxima of nothing",
        R"(def main(x: f32[12]) -> (w: f32[n], s: f32[], p: f32[1]):
    z: i64[1, n] = NonZero(x, node="nz", version=13)
    t: i64[n, 1] = Transpose(z, perm=[1, 0], node="tr", version=13)
    v: f32[n] = GatherND(x, t, node="gnd", version=13)
    w: f32[n] = Mul(v, v, node="mul", version=14)
    s: f32[] = ReduceSum(w, keepdims=0, node="sum", version=11)
    p: f32[1] = ReduceProd(v, keepdims=1, node="prod", version=11)
    return w, s, p
)");
    row("the first three, joined twice", R"(const @three: i64[1] = [3]

def main(x: f32[12]) -> (y: f32[2*k], i: i64[k], c: i64[k]):
    z: i64[1, n] = NonZero(x, node="nz", version=13)
    t: i64[n, 1] = Transpose(z, perm=[1, 0], node="tr", version=13)
    v: f32[n] = GatherND(x, t, node="gnd", version=13)
    h: i64[1] = Shape(v, node="shape", version=15)
    j: i64[2] = Concat(@three, h, axis=0, node="concat", version=13)
    k: i64[1] = ReduceMin(j, keepdims=1, node="min", version=13)
    a: f32[k], i: i64[k] = TopK(v, k, node="top", version=11)
    y: f32[2*k] = Concat(a, a, axis=0, node="join", version=13)
    e: i64[1] = Shape(a, node="shape2", version=15)
    c: i64[k] = ConstantOfShape(e, node="fill", version=9)
    return y, i, c
)");
    row("each value once", R"(def main(x: f32[7]) -> (y: f32[u], i: i64[u], v: i64[7], c: i64[u]):
    y: f32[u], i: i64[u], v: i64[7], c: i64[u] = Unique(x, node="unique", version=11)
    return y, i, v, c
)");
    row("boxes that are kept, the first of them", R"(const @most: i64[1] = [3]
const @overlap: f32[1] = [0.5]
const @least: f32[1] = [0.5]
const @zero: i64[1] = [0]
const @two: i64[1] = [2]

def main(b: f32[1, 6, 4], s: f32[1, 2, 6]) -> (y: i64[n, 3], f: i64[m, 3]):
    y: i64[n, 3] = NonMaxSuppression(b, s, @most, @overlap, @least, node="nms", version=11)
    f: i64[m, 3] = Slice(y, @zero, @two, @zero, node="slice", version=13)
    return y, f
)");
    row("boxes of two classes, sorted by merging", R"(const @most: i64[1] = [40]
const @overlap: f32[1] = [0.5]
const @least: f32[1] = [0.5]

def main(b: f32[1, 300, 4], s: f32[1, 2, 300]) -> (y: i64[n, 3]):
    y: i64[n, 3] = NonMaxSuppression(b, s, @most, @overlap, @least, node="nms", version=11)
    return y
)");
    row("a branch that gives nothing", R"(const @none: f32[0] = []

def main(x: f32[6], c: bool[1]) -> (y: f32[n], z: f32[n]):
    y: f32[n] = If(c, x, captures=1, then_branch=function(some), else_branch=function(nothing), node="if", version=16)
    z: f32[n] = Neg(y, node="neg", version=13)
    return y, z

def some(x: f32[6]) -> (v: f32[k]):
    z: i64[1, k] = NonZero(x, node="nz", version=13)
    t: i64[k, 1] = Transpose(z, perm=[1, 0], node="tr", version=13)
    v: f32[k] = GatherND(x, t, node="gnd", version=13)
    return v

def nothing(x: f32[6]) -> (v: f32[0]):
    v: f32[0] = Identity(@none, node="id", version=13)
    return v
)");
}

void TestDataSizes::agree()
{
    QFETCH(QString, text);
    const auto module = parseModule(text.toStdString());
    QVERIFY2(module.ok(), module ? "" : module.error().text().c_str());
    const auto lowered = lowerByDefault(**module);
    QVERIFY2(lowered.ok(), lowered ? "" : lowered.error().text().c_str());
    // The text of the program says all of it.
    const auto again = parseModule(print(*lowered->module));
    QVERIFY2(again.ok(), again ? "" : again.error().text().c_str());
    QVERIFY(equal(**again, *lowered->module));
    for (const std::int64_t every : {1, 2, 3, 0}) {
        const std::vector<Tensor> inputs = inputsOf(*(*module)->entryFunction(), every);
        const QString graph = said(evaluate(**module, *(*module)->entryFunction(), inputs));
        QVERIFY2(graph.contains("["), qPrintable(graph));
        QCOMPARE(said(evaluate(*lowered->module, *lowered->module->entryFunction(), inputs)), graph);
        QCOMPARE(said(m_harness.run(*lowered->module, inputs)), graph);
    }
}

void TestDataSizes::sorted_data()
{
    QTest::addColumn<int>("size");
    QTest::addColumn<bool>("known");
    for (const int size : {1, 2, 256, 257, 511, 512, 513, 1000})
        QTest::newRow(qPrintable(QString::number(size))) << size << true;
    for (const int size : {1, 2, 300, 512})
        QTest::newRow(qPrintable(QStringLiteral("any size, %1").arg(size))) << size << false;
}

// Along a middle axis, many elements alike and some of them NaN: as a stable sort has them.
void TestDataSizes::sorted()
{
    QFETCH(int, size);
    QFETCH(bool, known);
    const QString text = known ? QString(R"(module m(entry=main):

const @k: i64[1] = [%1]

def main(x: f32[2, %1, 3]) -> (y: f32[2, %1, 3], i: i64[2, %1, 3]):
    y: f32[2, %1, 3], i: i64[2, %1, 3] = TopK(x, @k, axis=1, node="top", version=11)
    return y, i
)")
                                     .arg(size)
                               : QStringLiteral(R"(module m(entry=main):

def main(x: f32[2, n, 3], k: i64[1]) -> (y: f32[2, k, 3], i: i64[2, k, 3]):
    y: f32[2, k, 3], i: i64[2, k, 3] = TopK(x, k, axis=1, node="top", version=11)
    return y, i
)");
    const auto module = parseModule(text.toStdString());
    QVERIFY2(module.ok(), module ? "" : module.error().text().c_str());
    std::mt19937 random{std::uint32_t(size)};
    Tensor x = makeTensor(DType::F32, {2, size, 3}), y = x, i = makeTensor(DType::I64, {2, size, 3});
    for (std::int64_t e = 0; e < x.count(); ++e)
        x.set(e, random() % 17 == 0 ? std::nan("") : double(random() % 40));
    for (int row = 0; row < 2; ++row)
        for (int column = 0; column < 3; ++column) {
            const auto place = [&](std::int64_t at) { return (row * size + at) * 3 + column; };
            std::vector<std::int64_t> order(std::size_t(size), 0);
            std::iota(order.begin(), order.end(), 0);
            std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
                const double one = x.at(place(a)), other = x.at(place(b));
                return one > other || (std::isnan(one) && !std::isnan(other));
            });
            for (int r = 0; r < size; ++r) {
                y.set(place(r), x.at(place(order[std::size_t(r)])));
                i.setInteger(place(r), order[std::size_t(r)]);
            }
        }
    const QString expected = said(std::vector<Tensor>{y, i});
    const auto lowered = lowerByDefault(**module);
    QVERIFY2(lowered.ok(), lowered ? "" : lowered.error().text().c_str());
    std::vector<Tensor> inputs{x};
    if (!known) {
        inputs.push_back(makeTensor(DType::I64, {1}));
        inputs.back().setInteger(0, size);
    }
    QCOMPARE(said(evaluate(*lowered->module, *lowered->module->entryFunction(), inputs)), expected);
    QCOMPARE(said(m_harness.run(*lowered->module, inputs)), expected);
}

void TestDataSizes::refused_data()
{
    QTest::addColumn<int>("k");
    QTest::addColumn<QString>("evaluated");
    QTest::addColumn<QString>("ran");
    QTest::newRow("as many as there are") << 5 << QString() << QString();
    QTest::newRow("more") << 6 << "The size n of topk is 6 by the data; it is 0 to 5."
                          << "The size k is 6 by the data; it is 0 to 5.";
    QTest::newRow("fewer than none") << -1 << "The size n of topk is -1 by the data; it is 0 to 5."
                                     << "The size k is -1 by the data; it is 0 to 5.";
}

// How many TopK takes is data.
void TestDataSizes::refused()
{
    QFETCH(int, k);
    QFETCH(QString, evaluated);
    QFETCH(QString, ran);
    const auto module = parseModule(R"(module m(entry=main):

def main(x: f32[5], k: i64[1]) -> (y: f32[k], i: i64[k]):
    y: f32[k], i: i64[k] = TopK(x, k, node="top", version=11)
    return y, i
)");
    QVERIFY2(module.ok(), module ? "" : module.error().text().c_str());
    const auto lowered = lowerByDefault(**module);
    QVERIFY2(lowered.ok(), lowered ? "" : lowered.error().text().c_str());
    Tensor x = makeTensor(DType::F32, {5}), count = makeTensor(DType::I64, {1});
    count.setInteger(0, k);
    const auto message = [](const Result<std::vector<Tensor>>& results) {
        return results ? QString() : QString::fromStdString(results.error().message);
    };
    QVERIFY(message(evaluate(*lowered->module, *lowered->module->entryFunction(), {x, count}))
                .startsWith(evaluated.section("topk", 0, 0)));
    QCOMPARE(message(m_harness.run(*lowered->module, {x, count})), ran);
}

STRATA_TEST_IN(QCoreApplication, TestDataSizes)
#include "tst_data_sizes.moc"
