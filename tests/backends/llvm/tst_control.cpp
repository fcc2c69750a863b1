// Control flow that is compiled gives what the evaluator gives, whichever way it goes.
#include "harness.h"

#include "core/text/text.h"
#include "passes/lowering/lower.h"
#include "tests/program.h"

#include <QtTest>

using namespace strata;

class TestControl : public QObject {
    Q_OBJECT

private slots:
    void branches_data();
    void branches();
    void rowsThatDoNotFit_data();
    void rowsThatDoNotFit();

private:
    Harness m_harness;
};

void TestControl::branches_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("two ways") << R"(module m(entry=main):

def main(c: bool[1], x: f32[5]) -> (y: f32[5]):
    a: f32[5] = Abs(x, node="Abs_0", version=13)
    b: f32[5] = If(c, a, x, captures=2, then_branch=function(f), else_branch=function(g), node="If_0", version=16)
    y: f32[5] = Add(a, b, node="Add_0", version=14)
    return y

def f(a: f32[5], x: f32[5]) -> (y: f32[5]):
    s: f32[5] = Exp(x, node="Exp_0", version=13)
    t: f32[5] = Mul(s, a, node="Mul_0", version=14)
    y: f32[5] = Neg(t, node="Neg_0", version=13)
    return y

def g(a: f32[5], x: f32[5]) -> (y: f32[5]):
    y: f32[5] = Sub(x, a, node="Sub_0", version=14)
    return y
)";
    QTest::newRow("a branch within a branch, and one that computes nothing") << R"(module m(entry=main):

const @s: i64[2] = [2, 2]

def main(c: bool[], d: bool[1], x: f32[4]) -> (y: f32[4], z: f32[2, 2]):
    y: f32[4], z: f32[2, 2] = If(c, d, x, captures=2, then_branch=function(f), else_branch=function(g), node="If_0", version=16)
    return y, z

def f(d: bool[1], x: f32[4]) -> (y: f32[4], z: f32[2, 2]):
    y: f32[4] = If(d, x, captures=1, then_branch=function(h), else_branch=function(i), node="If_1", version=16)
    z: f32[2, 2] = Reshape(y, @s, node="Reshape_0", version=14)
    return y, z

def g(d: bool[1], x: f32[4]) -> (y: f32[4], z: f32[2, 2]):
    z: f32[2, 2] = Reshape(x, @s, node="Reshape_0", version=14)
    return x, z

def h(x: f32[4]) -> (y: f32[4]):
    y: f32[4] = Neg(x, node="Neg_0", version=13)
    return y

def i(x: f32[4]) -> (y: f32[4]):
    a: f32[4] = Relu(x, node="Relu_0", version=14)
    y: f32[4] = Add(a, x, node="Add_0", version=14)
    return y
)";
    QTest::newRow("a loop with rows") << R"(module m(entry=main):

const @n: i64[] = [6]

def main(x: f32[3], w: f32[3]) -> (y: f32[3], rows: f32[6, 3]):
    y: f32[3], rows: f32[6, 3] = Loop(@n, _, x, w, captures=1, body=function(f), node="Loop_0", version=16)
    return y, rows

def f(i: i64[], c: bool[], x: f32[3], w: f32[3]) -> (more: bool[], y: f32[3], row: f32[3]):
    k: f32[] = Cast(i, to=1, node="Cast_0", version=13)
    a: f32[3] = Mul(x, w, node="Mul_0", version=14)
    y: f32[3] = Add(a, k, node="Add_0", version=14)
    row: f32[3] = Neg(y, node="Neg_0", version=13)
    return c, y, row
)";
    // As often as the smallest element of x goes below 3, at most eight times; what is carried changes places.
    QTest::newRow("a loop that ends by its condition") << R"(module m(entry=main):

const @n: i64[1] = [8]
const @three: f32[] = [3.0]
const @one: f32[] = [1.0]

def main(c: bool[1], x: f32[4], w: f32[4]) -> (y: f32[4], z: f32[4], k: f32[4]):
    p: f32[4], q: f32[4], k: f32[4] = Loop(@n, c, x, w, x, body=function(f), node="Loop_0", version=16)
    y: f32[4] = Neg(p, node="Neg_0", version=13)
    return y, q, k

def f(i: i64[1], c: bool[1], a: f32[4], b: f32[4], k: f32[4]) -> (more: bool[1], b2: f32[4], a2: f32[4], k2: f32[4]):
    k2: f32[4] = Add(k, @one, node="Add_0", version=14)
    least: f32[1] = ReduceMin(k2, axes=[0], keepdims=1, node="Min_0", version=13)
    more: bool[1] = Less(least, @three, node="Less_0", version=13)
    return more, b, a, k2
)";
    QTest::newRow("a loop that does not run") << R"(module m(entry=main):

const @n: i64[] = [0]

def main(x: f32[3]) -> (y: f32[3], rows: f32[0, 3]):
    y: f32[3], rows: f32[0, 3] = Loop(@n, _, x, body=function(f), node="Loop_0", version=16)
    return y, rows

def f(i: i64[], c: bool[], x: f32[3]) -> (more: bool[], y: f32[3], row: f32[3]):
    y: f32[3] = Neg(x, node="Neg_0", version=13)
    return c, y, x
)";
    QTest::newRow("a loop within a branch within a loop") << R"(module m(entry=main):

const @n: i64[] = [3]
const @m: i64[] = [2]

def main(d: bool[1], x: f32[70]) -> (y: f32[70], rows: f32[3, 70]):
    a: f32[70] = Relu(x, node="Relu_0", version=14)
    y: f32[70], rows: f32[3, 70] = Loop(@n, _, x, a, d, captures=2, body=function(outer), node="Loop_0", version=16)
    return y, rows

def outer(i: i64[], c: bool[], x: f32[70], a: f32[70], d: bool[1]) -> (more: bool[], y: f32[70], row: f32[70]):
    b: f32[70] = Sub(x, a, node="Sub_0", version=14)
    y: f32[70] = If(d, a, b, captures=2, then_branch=function(many), else_branch=function(same), node="If_0", version=16)
    return c, y, b

def many(a: f32[70], b: f32[70]) -> (y: f32[70]):
    y: f32[70] = Loop(@m, _, b, a, captures=1, body=function(inner), node="Loop_0", version=16)
    return y

def same(a: f32[70], b: f32[70]) -> (y: f32[70]):
    return b

def inner(i: i64[], c: bool[], x: f32[70], a: f32[70]) -> (more: bool[], y: f32[70]):
    s: f32[70] = Add(x, a, node="Add_0", version=14)
    y: f32[70] = Abs(s, node="Abs_0", version=13)
    return c, y
)";
}

void TestControl::branches()
{
    QFETCH(QString, text);
    const auto module = parseModule(text.toStdString());
    QVERIFY2(module.ok(), module ? "" : module.error().text().c_str());
    const auto lowered = lowerByDefault(**module);
    QVERIFY2(lowered.ok(), lowered ? "" : lowered.error().text().c_str());
    for (int seed = 1; seed < 9; ++seed) {  // conditions are drawn with the rest
        const std::string difference = m_harness.difference(*lowered->module, seed);
        QVERIFY2(difference.empty(), difference.c_str());
    }
}

// How often a loop runs is data here, and the model has four rows.
void TestControl::rowsThatDoNotFit_data()
{
    QTest::addColumn<int>("trips");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("as many") << 4 << QString();
    QTest::newRow("fewer") << 3 << "The loop runs 3 times, and its outputs have 4 rows.";
    QTest::newRow("none") << -1 << "The loop runs 0 times, and its outputs have 4 rows.";
    QTest::newRow("more") << 5 << "The loop runs more than the 4 times that its outputs have rows for.";
}

void TestControl::rowsThatDoNotFit()
{
    QFETCH(int, trips);
    QFETCH(QString, sentence);
    const auto module = parseModule(R"(module m(entry=main):

def main(n: i64[], x: f32[3]) -> (y: f32[3], rows: f32[4, 3]):
    y: f32[3], rows: f32[4, 3] = Loop(n, _, x, body=function(f), node="Loop_0", version=16)
    return y, rows

def f(i: i64[], c: bool[], x: f32[3]) -> (more: bool[], y: f32[3], row: f32[3]):
    y: f32[3] = Add(x, x, node="Add_0", version=14)
    return c, y, x
)");
    QVERIFY2(module.ok(), module ? "" : module.error().text().c_str());
    const auto lowered = lowerByDefault(**module);
    QVERIFY2(lowered.ok(), lowered ? "" : lowered.error().text().c_str());
    Tensor n = makeTensor(DType::I64, {}), x = makeTensor(DType::F32, {3});
    n.setInteger(0, trips);
    x.set(0, 1);
    const auto results = m_harness.run(*lowered->module, {n, x});
    QCOMPARE(results ? QString() : QString::fromStdString(results.error().message), sentence);
    if (results)
        QCOMPARE((*results)[0].at(0), 16.0);
}

STRATA_TEST_IN(QCoreApplication, TestControl)
#include "tst_control.moc"
