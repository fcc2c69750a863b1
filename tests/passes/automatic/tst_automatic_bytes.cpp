// Automatic schedules of what is quantized: products of bytes become primitives, and bytes that are moved fill
// registers.
#include "core/analysis/locate.h"
#include "core/ir/control.h"
#include "core/ir/implementations.h"
#include "core/reference/evaluate.h"
#include "core/text/text.h"
#include "core/verify/verify.h"
#include "passes/automatic/schedule.h"
#include "passes/registry.h"
#include "tests/passes/automatic/drawn.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

namespace {

const char* quantizedText = R"(module m(entry=main):

const @w: i8[16, 8, 3, 3]
const @d: i8[16, 1, 3, 3]
const @p: i8[24, 16, 1, 1]
const @r: i8[16, 24, 1, 1]
const @sw: f32[16] = [0.01, 0.02, 0.015, 0.01, 0.01, 0.02, 0.015, 0.01, 0.01, 0.02, 0.015, 0.01, 0.01, 0.02, 0.015, 0.01]
const @s: f32[] = [0.05]
const @z: i8[] = [-7]
const @zu: u8[] = [9]

def main(x: f32[1, 8, 14, 14]) -> (y: f32[1, 24, 14, 14]):
    q: u8[1, 8, 14, 14] = QuantizeLinear(x, @s, @zu, node="q", version=13)
    a: f32[1, 8, 14, 14] = DequantizeLinear(q, @s, @zu, node="a", version=13)
    w: f32[16, 8, 3, 3] = DequantizeLinear(@w, @sw, axis=0, node="w", version=13)
    b: f32[1, 16, 14, 14] = Conv(a, w, pads=[1, 1, 1, 1], node="b", version=11)
    bq: i8[1, 16, 14, 14] = QuantizeLinear(b, @s, @z, node="bq", version=13)
    c: f32[1, 16, 14, 14] = DequantizeLinear(bq, @s, @z, node="c", version=13)
    d: f32[16, 1, 3, 3] = DequantizeLinear(@d, @sw, axis=0, node="d", version=13)
    e: f32[1, 16, 14, 14] = Conv(c, d, group=16, pads=[1, 1, 1, 1], node="e", version=11)
    f: f32[1, 16, 14, 14] = Add(e, c, node="f", version=14)
    fq: i8[1, 16, 14, 14] = QuantizeLinear(f, @s, @z, node="fq", version=13)
    g: f32[1, 16, 14, 14] = DequantizeLinear(fq, @s, @z, node="g", version=13)
    p: f32[24, 16, 1, 1] = DequantizeLinear(@p, @s, node="p", version=13)
    h: f32[1, 24, 14, 14] = Conv(g, p, node="h", version=11)
    hq: i8[1, 24, 14, 14] = QuantizeLinear(h, @s, @z, node="hq", version=13)
    i: f32[1, 24, 14, 14] = DequantizeLinear(hq, @s, @z, node="i", version=13)
    r: f32[16, 24, 1, 1] = DequantizeLinear(@r, @s, node="r", version=13)
    j: f32[1, 16, 14, 14] = Conv(i, r, node="j", version=11)
    jq: i8[1, 16, 14, 14] = QuantizeLinear(j, @s, @z, node="jq", version=13)
    k: f32[1, 16, 14, 14] = DequantizeLinear(jq, @s, @z, node="k", version=13)
    y: f32[1, 24, 14, 14] = Conv(k, p, node="y", version=11)
    return y
)";

}  // namespace

class TestAutomaticBytes : public QObject {
    Q_OBJECT
private slots:
    // The integers of a quantized model: after the steps that round elsewhere, not a bit changes.
    void quantizedModelsComputeInIntegers()
    {
        const ModulePtr root = parse(quantizedText);
        Session session(root, std::make_shared<const Registry>(passTransforms()));
        const Result<AutomaticReport> report = autoScheduleAll(session);
        QVERIFY(report.ok());
        ModulePtr integers;
        for (const StatePtr& state : session.path())
            if (state->parent >= 0
                && (state->step.transform == "graph.compute_in_integers"
                    || state->step.transform == "graph.make_unsigned")) {
                QCOMPARE(state->effect, Effect::Reassociated);
                integers = state->module;
            } else if (state->parent >= 0) {
                QCOMPARE(state->effect, Effect::Exact);
            }
        QVERIFY(integers);
        const Module& scheduled = *session.current()->module;
        QVERIFY2(verified(scheduled).ok(), print(scheduled).c_str());
        int dots = 0, windows = 0;
        for (const IntrinsicPtr& intrinsic : scheduled.intrinsics) {
            dots += intrinsic->name.starts_with("dot_");
            windows += intrinsic->name.starts_with("depthwise_u8_14x16x3x3x1");
        }
        QVERIFY(dots >= 2);
        QCOMPARE(windows, 1);
        const std::vector<Tensor> inputs = inputsOf(*root->entryFunction());
        const auto expected = evaluate(*integers, *integers->entryFunction(), inputs),
                   found = evaluate(scheduled, *scheduled.entryFunction(), inputs);
        QVERIFY(expected.ok() && found.ok());
        QVERIFY(expected->front().bytes == found->front().bytes);
        Session exact(root, std::make_shared<const Registry>(passTransforms()));
        QVERIFY(autoScheduleAll(exact, {}, {}, Effect::Exact).ok());
        for (const StatePtr& state : exact.path())
            QCOMPARE(state->effect, Effect::Exact);
    }
    // The border of a picture of bytes does not keep dot products from it, nor do steps of two.
    void paddedBytesAreDotProducts()
    {
        QString text = R"(module m(entry=main):

const @s: f32[] = [0.05]
const @w0: i8[32, 8, 1, 1]
const @w1: i8[16, 32, 3, 3]
const @w2: i8[16, 16, 1, 1]
const @w3: i8[16, 16, 1, 1]
const @w4: i8[16, 16, 1, 1]

def main(x: f32[1, 8, 14, 14]) -> (y: i32[1, 16, 7, 7]):
    q0: u8[1, 8, 14, 14] = QuantizeLinear(x, @s, node="q", version=13)
)";
        const char* shapes[] = {"1, 32, 14, 14", "1, 16, 7, 7", "1, 16, 7, 7", "1, 16, 7, 7", "1, 16, 7, 7"};
        for (int i = 0; i < 5; ++i) {
            text += QString("    %2: i32[%3] = ConvInteger(q%1, @w%1%4, node=\"a%1\", version=10)\n")
                        .arg(i)
                        .arg(i == 4 ? QString("y") : QString("a%1").arg(i), shapes[i],
                             i == 1 ? ", pads=[1, 1, 1, 1], strides=[2, 2]" : "");
            if (i < 4)
                text += QString("    f%1: f32[%3] = Cast(a%1, to=1, node=\"f%1\", version=13)\n"
                                "    r%1: f32[%3] = Round(f%1, node=\"r%1\", version=11)\n"
                                "    q%2: u8[%3] = Cast(r%1, to=2, node=\"q%2\", version=13)\n")
                            .arg(i)
                            .arg(i + 1)
                            .arg(shapes[i]);
        }
        const ModulePtr root = parse((text + "    return y\n").toStdString());
        Session session(root, std::make_shared<const Registry>(passTransforms()));
        QVERIFY(autoScheduleAll(session).ok());
        const Module& scheduled = *session.current()->module;
        QVERIFY2(scheduled.intrinsic("dot_u8_7x8x32x2"), print(scheduled).c_str());
        const std::vector<Tensor> inputs = inputsOf(*root->entryFunction());
        const auto expected = evaluate(*root, *root->entryFunction(), inputs),
                   found = evaluate(scheduled, *scheduled.entryFunction(), inputs);
        QVERIFY(expected.ok() && found.ok());
        QVERIFY(expected->front().bytes == found->front().bytes);
    }
    // The three colours of a picture are planes.
    void coloursArePlanes()
    {
        const ModulePtr root = parse(R"(module m(entry=main):

const @s: f32[] = [0.05]
const @w: i8[32, 3, 3, 3]

def main(x: f32[1, 3, 21, 21]) -> (y: i32[1, 32, 10, 10]):
    q: u8[1, 3, 21, 21] = QuantizeLinear(x, @s, node="q", version=13)
    y: i32[1, 32, 10, 10] = ConvInteger(q, @w, strides=[2, 2], node="y", version=10)
    return y
)");
        Session session(root, std::make_shared<const Registry>(passTransforms()));
        QVERIFY(autoScheduleAll(session).ok());
        const Module& scheduled = *session.current()->module;
        QVERIFY2(scheduled.intrinsic("planes_u8_10x32x3x3x3x2"), print(scheduled).c_str());
        const std::vector<Tensor> inputs = inputsOf(*root->entryFunction());
        const auto expected = evaluate(*root, *root->entryFunction(), inputs),
                   found = evaluate(scheduled, *scheduled.entryFunction(), inputs);
        QVERIFY(expected.ok() && found.ok());
        QVERIFY(expected->front().bytes == found->front().bytes);
    }
    // Bytes that are only moved fill registers; what computes with them does so by four bytes.
    void movedBytesFillRegisters_data()
    {
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("loop");
        QTest::newRow("moved") << "u8"
                               << "select(vi < 30, x[vi, vj], u8(0))"
                               << "vectorized(144)";
        QTest::newRow("computed") << "u8"
                                  << "cast(u8, cast(f32, x[vi, vj]) * 0.5)"
                                  << "vectorized(16)";
        QTest::newRow("larger") << "i32"
                                << "select(vi < 30, x[vi, vj], i32(0))"
                                << "vectorized(16)";
    }
    void movedBytesFillRegisters()
    {
        QFETCH(QString, type);
        QFETCH(QString, value);
        QFETCH(QString, loop);
        const QString text = QString(R"(module m(entry=f, isa=x86-64-v4):

@loops
def f(x: %1[32, 144]) -> (y: %1[32, 144]):
    for i, j in grid(32, 144):
        with block("f") as (vi: spatial(32) = i, vj: spatial(144) = j):
            y[vi, vj] = %2
)")
                                 .arg(type, value);
        Session session(parse(text.toStdString()), std::make_shared<const Registry>(passTransforms()));
        QVERIFY(autoScheduleAll(session).ok());
        const std::string made = print(*session.current()->module->find("f"));
        QVERIFY2(made.find(loop.toStdString()) != std::string::npos, made.c_str());
    }
};

STRATA_TEST(TestAutomaticBytes)
#include "tst_automatic_bytes.moc"
