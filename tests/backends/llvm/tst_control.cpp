// Control flow that is compiled gives what the evaluator gives, whichever way it goes.
#include "harness.h"

#include "core/text/text.h"
#include "passes/lowering/lower.h"

#include <QtTest>

using namespace strata;

class TestControl : public QObject {
    Q_OBJECT

private slots:
    void branches_data();
    void branches();

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

QTEST_GUILESS_MAIN(TestControl)
#include "tst_control.moc"
