// Automatic schedules: visible steps of known rules, the same every time, and not a bit of the result changes.
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

const char* matmulText = R"(module m(entry=main):

const @w: f32[24, 48]

def main(x: f32[38, 24]) -> (y: f32[38, 48]):
    h: f32[38, 48] = MatMul(x, @w, node="matmul", version=13)
    y: f32[38, 48] = Relu(h, node="relu", version=14)
    return y
)";

const char* networkText = R"(module m(entry=main):

const @w: f32[16, 3, 3, 3]
const @d: f32[16, 1, 3, 3]
const @p: f32[10, 16, 1, 1]

def main(x: f32[1, 3, 14, 14]) -> (y: f32[1, 10, 3, 3]):
    c: f32[1, 16, 14, 14] = Conv(x, @w, pads=[1, 1, 1, 1], node="conv", version=11)
    r: f32[1, 16, 14, 14] = Relu(c, node="relu", version=14)
    k: f32[1, 16, 12, 12] = Conv(r, @d, group=16, node="depthwise", version=11)
    q: f32[1, 16, 6, 6] = MaxPool(k, kernel_shape=[2, 2], strides=[2, 2], node="pool", version=12)
    a: f32[1, 16, 3, 3] = AveragePool(q, kernel_shape=[2, 2], strides=[2, 2], node="average", version=11)
    o: f32[1, 10, 3, 3] = Conv(a, @p, node="point", version=11)
    y: f32[1, 10, 3, 3] = Softmax(o, axis=1, node="softmax", version=13)
    return y
)";

// 32 channels between, which the second convolution reads by windows of three by three.
const char* paddedText = R"(module m(entry=main):

const @w: f32[32, 3, 3, 3]
const @v: f32[48, 32, 3, 3]
const @d: f32[48, 1, 3, 3]
const @p: f32[5, 48, 1, 1]

def main(x: f32[1, 3, 11, 11]) -> (y: f32[1, 5, 5, 5]):
    c: f32[1, 32, 11, 11] = Conv(x, @w, pads=[1, 1, 1, 1], node="conv", version=11)
    k: f32[1, 48, 11, 11] = Conv(c, @v, pads=[1, 1, 1, 1], node="next", version=11)
    r: f32[1, 48, 11, 11] = Relu(k, node="relu", version=14)
    e: f32[1, 48, 5, 5] = Conv(r, @d, group=48, pads=[0, 1, 1, 0], strides=[2, 2], node="depthwise", version=11)
    q: f32[1, 48, 5, 5] = MaxPool(e, kernel_shape=[3, 3], pads=[1, 1, 1, 1], node="pool", version=12)
    y: f32[1, 5, 5, 5] = Conv(q, @p, node="point", version=11)
    return y
)";

const char* attentionText = R"(module m(entry=main):

const @g: f32[24]
const @b: f32[24]

def main(q: f32[2, 12, 24], k: f32[2, 24, 12]) -> (y: f32[2, 12, 24], s: f32[2, 12]):
    n: f32[2, 12, 24] = LayerNormalization(q, @g, @b, axis=-1, node="norm", version=17)
    a: f32[2, 12, 12] = MatMul(n, k, node="scores", version=13)
    p: f32[2, 12, 12] = Softmax(a, axis=-1, node="softmax", version=13)
    v: f32[2, 12, 24] = Transpose(k, perm=[0, 2, 1], node="transpose", version=13)
    o: f32[2, 12, 24] = MatMul(p, v, node="mix", version=13)
    e: f32[2, 12, 24] = Erf(o, node="erf", version=13)
    y: f32[2, 12, 24] = Mul(e, q, node="mul", version=14)
    s: f32[2, 12] = ReduceSum(y, keepdims=0, node="sum", version=11, axes=[2])
    return y, s
)";

const char* branchesText = R"(module m(entry=main, isa=x86-64-v3):

def main(c: bool[], x: f32[4, 64]) -> (y: f32[4, 64]):
    y: f32[4, 64] = If(c, x, captures=1, else_branch=function(no), then_branch=function(yes), node="if", version=16)
    return y

def yes(x: f32[4, 64]) -> (y: f32[4, 64]):
    a: f32[4, 64] = Exp(x, node="exp", version=13)
    y: f32[4, 64] = Neg(a, node="neg", version=13)
    return y

def no(x: f32[4, 64]) -> (y: f32[4, 64]):
    y: f32[4, 64] = Relu(x, node="relu", version=14)
    return y
)";

const char* rowsText = R"(module m(entry=main, isa=x86-64-v3):

const @g: f32[80]
const @b: f32[80]

def main(x: f32[2, 5, 80], z: f32[2, 3, 197]) -> (y: f32[2, 5, 80], p: f32[2, 3, 197], s: f32[2]):
    y: f32[2, 5, 80] = LayerNormalization(x, @g, @b, axis=-1, node="norm", version=17)
    p: f32[2, 3, 197] = Softmax(z, axis=-1, node="softmax", version=13)
    s: f32[2] = ReduceSum(x, keepdims=0, node="sum", version=11, axes=[1, 2])
    return y, p, s
)";

// As quantizers write it: 8 and 16 channels, a window with a border, channels by themselves, a sum of two branches.

}  // namespace

class TestAutomatic : public QObject {
    Q_OBJECT
private slots:
    // What control flow runs is scheduled as the model is.
    void branchesAreScheduled()
    {
        const ModulePtr root = parse(branchesText);
        Session session(root, std::make_shared<const Registry>(passTransforms()));
        QVERIFY(autoScheduleAll(session).ok());
        const Module& scheduled = *session.current()->module;
        QVERIFY2(verified(scheduled).ok(), print(scheduled).c_str());
        int vectors = 0;
        for (const FunctionPtr& function : scheduled.functions)
            if (function->loops())
                walk(function->loops()->body, [&](const StmtPtr& stmt) {
                    vectors += as<Loop>(stmt) && as<Loop>(stmt)->kind == LoopKind::Vectorized;
                });
        QVERIFY2(vectors >= 2, print(scheduled).c_str());
        for (const FunctionPtr& function : programsOf(scheduled))
            for (const GraphNodePtr& node : function->graph()->nodes)
                QVERIFY2(node->isCall() || isControlFlow(*node), node->name.c_str());
    }
    // Sums along what lies side by side: partial results in lanes, all of a row in one loop; 197 fills no register.
    void rowsAreOneLoop()
    {
        const ModulePtr root = parse(rowsText);
        Session session(root, std::make_shared<const Registry>(passTransforms()));
        QVERIFY(autoScheduleAll(session).ok());
        QCOMPARE(session.effect(*session.current()), Effect::Reassociated);
        const Module& scheduled = *session.current()->module;
        QVERIFY2(verified(scheduled).ok(), print(scheduled).c_str());
        int functions = 0;
        for (const FunctionPtr& function : scheduled.functions) {
            if (!function->loops())
                continue;
            ++functions;
            int nests = 0, sums = 0;
            for (const StmtPtr& stmt : function->loops()->body)
                nests += as<Loop>(stmt) != nullptr;
            QVERIFY2(nests == 1, print(scheduled).c_str());
            for (const std::string& block : blockNames(*function))
                if (block.ends_with("_rf")) {
                    ++sums;
                    const Located located = *findBlock(*function, block);
                    QCOMPARE(as<Loop>(located.ancestors.back())->kind, LoopKind::Vectorized);
                }
            QVERIFY(sums > 0);
        }
        QCOMPARE(functions, 3);
        const std::vector<Tensor> inputs = inputsOf(*root->entryFunction());
        const auto expected = evaluate(*root, *root->entryFunction(), inputs),
                   found = evaluate(scheduled, *scheduled.entryFunction(), inputs);
        QVERIFY(expected.ok() && found.ok());
        for (std::size_t i = 0; i < expected->size(); ++i)
            for (std::int64_t e = 0; e < (*expected)[i].count(); ++e)
                QVERIFY(std::abs((*expected)[i].at(e) - (*found)[i].at(e)) < 1e-5);
    }
    // Where no sum of floats may change, only the maximum of a softmax gets partial results.
    void exactRowsKeepTheirSums()
    {
        Session session(parse(rowsText), std::make_shared<const Registry>(passTransforms()));
        QVERIFY(autoScheduleAll(session, {}, {}, Effect::Exact).ok());
        QCOMPARE(session.effect(*session.current()), Effect::Exact);
    }
    void changesNoBit_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("matmul with a rest of rows") << matmulText;
        QTest::newRow("convolutions and pools") << networkText;
        QTest::newRow("borders") << paddedText;
        QTest::newRow("attention") << attentionText;
    }
    void changesNoBit()
    {
        QFETCH(QString, text);
        const ModulePtr root = parse(text.toStdString());
        const auto registry = std::make_shared<const Registry>(passTransforms());
        Session session(root, registry), again(root, registry);
        const Result<AutomaticReport> steps = autoScheduleAll(session, {}, {}, Effect::Exact),
                                      repeated = autoScheduleAll(again, {}, {}, Effect::Exact);
        QVERIFY2(steps.ok(), steps.ok() ? "" : steps.error().text().c_str());
        QVERIFY(steps->steps > 10);
        QVERIFY(repeated.ok() && equal(*session.current()->module, *again.current()->module));
        QCOMPARE(int(session.path().size()) - 1, steps->steps);
        Session replayed(root, registry);
        for (const StatePtr& state : session.path()) {
            if (state->parent < 0)
                continue;
            QVERIFY2(!state->step.automatic.empty(), print(state->step, *registry).c_str());
            QCOMPARE(state->effect, Effect::Exact);
            const auto line = parseStep(print(state->step, *registry), *registry);
            QVERIFY2(line.ok() && replayed.apply(*line).ok(), print(state->step, *registry).c_str());
        }
        const Module& scheduled = *session.current()->module;
        QVERIFY(equal(*replayed.current()->module, scheduled));
        const Status right = verified(scheduled);
        QVERIFY2(right.ok(), right.ok() ? "" : right.error().text().c_str());
        const std::vector<Tensor> inputs = inputsOf(*root->entryFunction());
        const auto expected = evaluate(*root, *root->entryFunction(), inputs),
                   found = evaluate(scheduled, *scheduled.entryFunction(), inputs);
        QVERIFY2(expected.ok(), expected.ok() ? "" : expected.error().text().c_str());
        QVERIFY2(found.ok(), found.ok() ? "" : found.error().text().c_str());
        for (std::size_t i = 0; i < expected->size(); ++i)
            QVERIFY((*expected)[i].bytes == (*found)[i].bytes);
    }

    // Between convolutions, pools and what is elementwise the channels come last, and so they do inside.
    void channelsComeLast()
    {
        Session session(parse(networkText), std::make_shared<const Registry>(passTransforms()));
        QVERIFY(autoScheduleAll(session).ok());
        const Module& module = *session.current()->module;
        std::map<std::string, std::string> shapes;
        for (const GraphNodePtr& node : module.entryFunction()->graph()->nodes)
            for (const TypedName& output : node->outputs)
                shapes[output.name] = toString(output.type.tensor.shape);
        QCOMPARE(shapes["r"], "[1, 14, 14, 16]");
        QCOMPARE(shapes["k"], "[1, 12, 12, 16]");
        QCOMPARE(shapes["q"], "[1, 6, 6, 16]");
        QCOMPARE(shapes["a"], "[1, 3, 3, 16]");
        QCOMPARE(shapes["o"], "[1, 10, 3, 3]");  // softmax gives the result, which keeps its layout
        const FunctionPtr pool = module.find("averagepool_1x16x3x3");
        QVERIFY(pool);
        const std::string text = print(*pool);
        QVERIFY2(text.find("vectorized(16)") != std::string::npos, text.c_str());
    }

    // Neighbours among the results of groups read channels that lie apart; pixels are neighbours.
    void groupsBecomeVectorsOfPixels()
    {
        Session session(parse(R"(module m(entry=main, isa=x86-64-v4):

const @a: f32[64, 64, 1, 1]
const @w: f32[64, 4, 3, 3]

def main(x: f32[1, 64, 28, 28]) -> (y: f32[1, 64, 28, 28]):
    a: f32[1, 64, 28, 28] = Conv(x, @a, node="before", version=11)
    g: f32[1, 64, 28, 28] = Conv(a, @w, group=16, pads=[1, 1, 1, 1], node="groups", version=11)
    y: f32[1, 64, 28, 28] = Conv(g, @a, node="after", version=11)
    return y
)"),
                        std::make_shared<const Registry>(passTransforms()));
        QVERIFY(autoScheduleAll(session).ok());
        bool found = false;
        for (const FunctionPtr& function : session.current()->module->functions)
            if (const std::string text = function->loops() ? print(*function) : "";
                text.find(" // 4 * 4") != std::string::npos) {
                found = true;
                QVERIFY2(text.find("in vectorized(28)") != std::string::npos, text.c_str());
            }
        QVERIFY(found);
    }

    // A border that sums over channels read is a copy in blocks of channels; one that windows of single channels read
    // is none: they test where they read.
    void bordersOfPictures()
    {
        Session session(parse(paddedText), std::make_shared<const Registry>(passTransforms()));
        QVERIFY(autoScheduleAll(session).ok());
        const Module& module = *session.current()->module;
        int copies = 0, windows = 0;
        for (const FunctionPtr& function : module.functions) {
            const bool isWindow = function->name == "conv_1x48x5x5" || function->name == "maxpool_1x48x5x5";
            windows += isWindow;
            QVERIFY2(!isWindow || !findBlock(*function, "pad"), print(*function).c_str());
            copies += function->loops() && print(*function).find("alloc f32[1, 2, 13, 13, 16]") != std::string::npos;
        }
        QCOMPARE(windows, 2);
        QCOMPARE(copies, 1);
    }

    // The steps "register tile" of a model, one a line.
    static QString tileSteps(const QString& text)
    {
        const auto registry = std::make_shared<const Registry>(passTransforms());
        Session session(parse(text.toStdString()), registry);
        QString lines;
        if (autoScheduleAll(session).ok())
            for (const StatePtr& state : session.path())
                if (state->step.automatic == "register tile")
                    lines += QString::fromStdString(print(state->step, *registry)) + "\n";
        return lines;
    }

    // Panels of weights that all stay in the cache pass by for each line of a picture that does not; those that do not
    // stay come once each.
    void largePicturesPassByOnce_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("channels");
        QTest::addColumn<QString>("order");
        QTest::newRow("large picture") << 96 << 32 << "[i, o0, j0, k, j1, o1]";
        QTest::newRow("small picture") << 12 << 32 << "[o0, i, j0, k, j1, o1]";
        QTest::newRow("large weights") << 96 << 1200 << "[o0, i, j0, k, j1, o1]";
    }
    void largePicturesPassByOnce()
    {
        QFETCH(int, size);
        QFETCH(int, channels);
        QFETCH(QString, order);
        const QString lines = tileSteps(QString(R"(module m(entry=main, isa=x86-64-v4):

const @w: f32[128, %2]

def main(x: f32[%1, %1, %2]) -> (y: f32[%1, %1, 128]):
    y: f32[%1, %1, 128] = call f(x, @w, node="f")
    return y

@loops
def f(x: f32[%1, %1, %2], w: f32[128, %2]) -> (y: f32[%1, %1, 128]):
    for i, j, o, k in grid(%1, %1, 128, %2):
        with block("sum") as (vi: spatial(%1) = i, vj: spatial(%1) = j, vo: spatial(128) = o, vk: reduce(%2) = k):
            with init(): y[vi, vj, vo] = 0.0
            y[vi, vj, vo] = fma(x[vi, vj, vk], w[vo, vk], y[vi, vj, vo])
)")
                                            .arg(size)
                                            .arg(channels));
        QVERIFY2(lines.contains("reorder(f, " + order), qPrintable(lines));
    }

    // Vectors of a short sum run along what is stored side by side; a long one may scatter its few stores.
    void shortSumsStoreVectors_data()
    {
        QTest::addColumn<int>("terms");
        QTest::addColumn<QString>("vectors");
        QTest::newRow("short") << 3 << "o";
        QTest::newRow("long") << 300 << "j";
    }
    void shortSumsStoreVectors()
    {
        QFETCH(int, terms);
        QFETCH(QString, vectors);
        const QString lines = tileSteps(QString(R"(module m(entry=main, isa=x86-64-v4):

const @w: f32[16, %1]

def main(x: f32[30, %2]) -> (y: f32[30, 32, 16]):
    y: f32[30, 32, 16] = call f(x, @w, node="f")
    return y

@loops
def f(x: f32[30, %2], w: f32[16, %1]) -> (y: f32[30, 32, 16]):
    for i, j, o, k in grid(30, 32, 16, %1):
        with block("sum") as (vi: spatial(30) = i, vj: spatial(32) = j, vo: spatial(16) = o, vk: reduce(%1) = k):
            with init(): y[vi, vj, vo] = 0.0
            y[vi, vj, vo] = fma(x[vi, vj + vk], w[vo, vk], y[vi, vj, vo])
)")
                                            .arg(terms)
                                            .arg(terms + 31));
        QVERIFY2(lines.contains("vectorize(f, " + vectors + ")"), qPrintable(lines));
    }

    // Threads are for what takes long enough by the cost model, however many elements that are.
    void shortNestsStayOnOneThread_data()
    {
        QTest::addColumn<QString>("value");
        QTest::addColumn<int>("rows");
        QTest::addColumn<bool>("shared");
        QTest::newRow("cheap elements") << "x[vi, vj] + 1.0" << 256 << false;
        QTest::newRow("many of them") << "x[vi, vj] + 1.0" << 4096 << true;
        QTest::newRow("costly elements") << "exp(x[vi, vj])" << 256 << true;
        QTest::newRow("few of them") << "exp(x[vi, vj])" << 16 << false;
    }
    void shortNestsStayOnOneThread()
    {
        QFETCH(QString, value);
        QFETCH(int, rows);
        QFETCH(bool, shared);
        const QString text = QString(R"(module m(entry=f, isa=x86-64-v4):

@loops
def f(x: f32[%1, 512]) -> (y: f32[%1, 512]):
    for i, j in grid(%1, 512):
        with block("f") as (vi: spatial(%1) = i, vj: spatial(512) = j):
            y[vi, vj] = %2
)")
                                 .arg(rows)
                                 .arg(value);
        Session session(parse(text.toStdString()), std::make_shared<const Registry>(passTransforms()));
        QVERIFY(autoScheduleAll(session).ok());
        const std::string made = print(*session.current()->module->find("f"));
        QCOMPARE(made.find("parallel(") != std::string::npos, shared);
    }

    // Three iterations are too few for two threads, five for four; together with those of the next loop they are not.
    void threadsShareEvenly_data()
    {
        QTest::addColumn<int>("planes");
        QTest::addColumn<int>("iterations");
        QTest::newRow("three planes") << 3 << 3 * 256;
        QTest::newRow("five planes") << 5 << 5 * 256;
        QTest::newRow("four planes") << 4 << 4;
        QTest::newRow("many planes") << 27 << 27;
    }
    void threadsShareEvenly()
    {
        QFETCH(int, planes);
        QFETCH(int, iterations);
        const QString text = QString(R"(module m(entry=f, isa=x86-64-v4):

@loops
def f(x: f32[%1, 256, 512]) -> (y: f32[%1, 256, 512]):
    for p, i, j in grid(%1, 256, 512):
        with block("f") as (vp: spatial(%1) = p, vi: spatial(256) = i, vj: spatial(512) = j):
            y[vp, vi, vj] = exp(x[vp, vi, vj])
)")
                                 .arg(planes);
        Session session(parse(text.toStdString()), std::make_shared<const Registry>(passTransforms()));
        QVERIFY(autoScheduleAll(session).ok());
        const std::string made = print(*session.current()->module->find("f"));
        QVERIFY2(made.find("parallel(" + std::to_string(iterations) + ")") != std::string::npos, made.c_str());
    }
    // Where an elementwise function stands between views, turning its operands would cost more than it saves.
    void channelsStayWhereTheyWouldTurn()
    {
        Session session(parse(R"(module m(entry=main):

const @w: f32[16, 3, 3, 3]
const @v: f32[16, 16, 3, 3]
const @flat: i64[3] = [1, 4, 576]
const @picture: i64[4] = [1, 16, 12, 12]
const @s: f32[4]

def main(x: f32[1, 3, 14, 14]) -> (y: f32[1, 16, 12, 12]):
    c: f32[1, 16, 14, 14] = Conv(x, @w, pads=[1, 1, 1, 1], node="conv", version=11)
    r: f32[1, 16, 14, 14] = Relu(c, node="relu", version=14)
    k: f32[1, 16, 12, 12] = Conv(r, @v, node="next", version=11)
    f: f32[1, 4, 576] = Reshape(k, @flat, node="flat", version=14)
    n: f32[1, 4, 576] = InstanceNormalization(f, @s, @s, node="norm", version=6)
    p: f32[1, 16, 12, 12] = Reshape(n, @picture, node="picture", version=14)
    y: f32[1, 16, 12, 12] = Sigmoid(p, node="gate", version=13)
    return y
)"),
                        std::make_shared<const Registry>(passTransforms()));
        QVERIFY(autoScheduleAll(session).ok());
        for (const StatePtr& state : session.path())
            QVERIFY(state->step.transform != "graph.convert_layout");
    }

    void tileOfAMatrixProduct()
    {
        const auto registry = std::make_shared<const Registry>(passTransforms());
        Session session(parse(matmulText), registry);
        QVERIFY(autoScheduleAll(session).ok());
        QString lines;
        StepGroup group;
        for (const StatePtr& state : session.path())
            if (state->step.automatic == "register tile") {
                lines += QString::fromStdString(print(state->step, *registry)) + "\n";
                QVERIFY(state->group && (!group || state->group == group));
                group = state->group;
            }
        QCOMPARE(*group, std::string("auto: register tile, matmul of matmul_relu_38x48"));
        QCOMPARE(
            lines,
            QStringLiteral(
                R"(loops.transform_layout(matmul_relu_38x48, w, (i0, i1) -> (i1 // 16, i0, i1 % 16)) @auto("register tile")
loops.split(matmul_relu_38x48, j, [_, 16]) @auto("register tile")
loops.split(matmul_relu_38x48, i, [_, 6]) @auto("register tile")
loops.reorder(matmul_relu_38x48, [j0, i0, k, i1, j1]) @auto("register tile")
loops.reverse_compute_at(matmul_relu_38x48, relu, i0) @auto("register tile")
loops.set_scope(matmul_relu_38x48, y_matmul, local) @auto("register tile")
loops.decompose_reduction(matmul_relu_38x48, matmul, k) @auto("register tile")
loops.vectorize(matmul_relu_38x48, j1_init) @auto("register tile")
loops.unroll(matmul_relu_38x48, i1_init) @auto("register tile")
loops.vectorize(matmul_relu_38x48, j1) @auto("register tile")
loops.unroll(matmul_relu_38x48, i1) @auto("register tile")
loops.vectorize(matmul_relu_38x48, j_relu) @auto("register tile")
loops.unroll(matmul_relu_38x48, i_relu) @auto("register tile")
)"));
    }

    // Whatever the sizes, sums run in vectors; what does not fill the last one is masked.
    void oddSizesBecomeVectors_data()
    {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::addColumn<bool>("isConstant");
        for (const int rows : {1, 7, 37})
            for (const int columns : {7, 29, 131})
                for (const bool isConstant : {true, false})
                    QTest::addRow("%d x %d, %s", rows, columns, isConstant ? "weights" : "values")
                        << rows << columns << isConstant;
    }
    void oddSizesBecomeVectors()
    {
        QFETCH(int, rows);
        QFETCH(int, columns);
        QFETCH(bool, isConstant);
        const QString weights = QStringLiteral("w: f32[61, %1]").arg(columns);
        const QString text = QStringLiteral(
                                 "module m(entry=main):\n\n%4def main(x: f32[%1, 61]%5) -> (y: f32[%1, %2]):\n"
                                 "    y: f32[%1, %2] = MatMul(x, %3, node=\"matmul\", version=13)\n"
                                 "    return y\n")
                                 .arg(rows)
                                 .arg(columns)
                                 .arg(isConstant ? "@w" : "w", isConstant ? "const @" + weights + "\n\n" : QString(),
                                      isConstant ? QString() : ", " + weights);
        const ModulePtr root = parse(text.toStdString());
        Session session(root, std::make_shared<const Registry>(passTransforms()));
        QVERIFY(autoScheduleAll(session).ok());
        const Module& scheduled = *session.current()->module;
        const std::string name = "matmul_" + std::to_string(rows) + "x" + std::to_string(columns);
        const Located sum = *findBlock(*scheduled.find(name), "matmul");
        QVERIFY(std::any_of(sum.ancestors.begin(), sum.ancestors.end(), [](const StmtPtr& stmt) {
            const Loop* loop = as<Loop>(stmt);
            return loop && loop->kind == LoopKind::Vectorized;
        }));
        const std::vector<Tensor> inputs = inputsOf(*root->entryFunction());
        const auto expected = evaluate(*root, *root->entryFunction(), inputs),
                   found = evaluate(scheduled, *scheduled.entryFunction(), inputs);
        QVERIFY(expected.ok() && found.ok());
        QVERIFY((*expected)[0].bytes == (*found)[0].bytes);
    }

    // A result that is one tile is summed in registers like any other.
    void oneTileStaysInRegisters()
    {
        Session session(parse(R"(module m(entry=main):

const @w: f32[61, 10]
const @b: f32[10]

def main(x: f32[2, 61]) -> (y: f32[2, 10]):
    y: f32[2, 10] = Gemm(x, @w, @b, node="gemm", version=13)
    return y
)"),
                        std::make_shared<const Registry>(passTransforms()));
        QVERIFY(autoScheduleAll(session).ok());
        for (const Buffer& buffer : buffers(*session.current()->module->find("gemm_2x10")))
            QVERIFY2(findParam(*session.current()->module->find("gemm_2x10"), buffer.name)
                         || buffer.scope == Scope::Local,
                     buffer.name.c_str());
    }

    // A rule whose second step is illegal leaves nothing of its first.
    void rulesTakeAllStepsOrNone()
    {
        const auto registry = std::make_shared<const Registry>(passTransforms());
        Session session(parse(R"(module m():

@loops
def f(x: f32[64]) -> (y: f32[64]):
    for i in range(64):
        with block("twice") as (vi: spatial(64) = i):
            y[vi] = x[vi] * 2.0
)"),
                        registry);
        const ModulePtr before = session.current()->module;
        AutomaticReport report;
        automatic::Schedule schedule(session, "f", report);
        const auto rule = [&](const char* last) {
            return [&schedule, last]() -> Status {
                STRATA_CHECK(schedule.step("split", "i, [_, 8]"));
                return schedule.step("vectorize", last);
            };
        };
        QVERIFY(!schedule.attempt("two steps", "twice", rule("nowhere")));
        QCOMPARE(session.current()->module, before);
        QCOMPARE(session.all().size(), std::size_t(1));
        QCOMPARE(report.failures.size(), std::size_t(1));
        QCOMPARE(report.failures[0].rule, std::string("two steps"));
        QCOMPARE(report.failures[0].where, std::string("twice of f"));
        QVERIFY(report.failures[0].error.kind == ErrorKind::Refused);
        QVERIFY(schedule.attempt("two steps", "twice", rule("i1")));
        QCOMPARE(session.path().size(), std::size_t(3));
        QCOMPARE(report.failures.size(), std::size_t(1));
    }

    // What is used twice is not inlined without end: forty links would make 2^40 terms.
    void inliningStaysSmall_data()
    {
        QTest::addColumn<QString>("link");
        QTest::newRow("squares") << "%1[v] * %1[v]";
        QTest::newRow("three uses") << "%1[v] * 0.5 + min(%1[v], %1[v])";
        QTest::newRow("one use") << "%1[v] + 1.0";
    }
    void inliningStaysSmall()
    {
        QFETCH(QString, link);
        QString text = QStringLiteral("module m(entry=f):\n\n@loops\ndef f(b0: f32[256]) -> (b40: f32[256]):\n");
        for (int i = 1; i < 40; ++i)
            text += QStringLiteral("    b%1 = alloc f32[256]\n").arg(i);
        for (int i = 1; i <= 40; ++i)
            text += QStringLiteral("    for i%1 in range(256):\n"
                                   "        with block(\"s%1\") as (v: spatial(256) = i%1):\n"
                                   "            b%1[v] = %2\n")
                        .arg(i)
                        .arg(link.arg(QStringLiteral("b%1").arg(i - 1)));
        const auto registry = std::make_shared<const Registry>(passTransforms());
        Session session(parse(text.toStdString()), registry);
        const auto report = autoScheduleAll(session);
        QVERIFY(report.ok());
        int nodes = 0;
        walkExprs(session.current()->module->find("f")->loops()->body,
                  [&](const ExprPtr& e) { walk(e, [&](const Expr&) { ++nodes; }); });
        QVERIFY2(nodes < 20'000, qPrintable(QString::number(nodes)));
        QVERIFY(blockNames(*session.current()->module->find("f")).size() < 40);
    }

    void handScheduledFunctionsStay()
    {
        const auto registry = std::make_shared<const Registry>(passTransforms());
        Session session(parse(R"(module m():

@loops
def f(x: f32[64, 64]) -> (y: f32[64, 64]):
    for i, j0 in grid(64, 8):
        for j1 in vectorized(8):
            with block("twice") as (vi: spatial(64) = i, vj: spatial(64) = j0 * 8 + j1):
                y[vi, vj] = x[vi, vj] * 2.0
)"),
                        registry);
        const Result<AutomaticReport> steps = autoSchedule(session, "f");
        QVERIFY(steps.ok());
        QCOMPARE(steps->steps, 0);
    }

    // A loop that several iterators share cannot be split for one of them.
    void tellsWhatNoTileFits()
    {
        Session session(parse(R"(module m():

@loops
def f(x: f32[32, 64], w: f32[32, 64], v: f32[32, 64]) -> (y: f32[64]):
    for i, k in grid(64, 32):
        with block("s") as (vi: spatial(64) = i, vj: spatial(64) = i, vl: spatial(64) = i, vk: reduce(32) = k):
            with init(): y[vi] = 0.0
            y[vi] = y[vi] + x[vk, vi] * w[vk, vj] * v[vk, vl]
)"),
                        std::make_shared<const Registry>(passTransforms()));
        const auto report = autoSchedule(session, "f");
        QVERIFY2(report.ok(), report.ok() ? "" : report.error().text().c_str());
        QCOMPARE(report->failures.size(), std::size_t(1));
        const QString sentence = QString::fromStdString(report->failures[0].error.message);
        QVERIFY2(sentence.endsWith(" of s has no loop of its own."), qPrintable(sentence));
    }

    // As at a typical size; what is legal there only is left out and told.
    void schedulesForAnySize()
    {
        Session session(parse(R"(module m():

@loops
def f(x: f32[n, 8]) -> (y: f32[n, 8]):
    for i, j in grid(n, 8):
        with block("twice") as (vi: spatial(n) = i, vj: spatial(8) = j):
            y[vi, vj] = x[vi, vj] * 2.0
)"),
                        std::make_shared<const Registry>(passTransforms()));
        const auto report = autoSchedule(session, "f");
        QVERIFY2(report.ok(), report.ok() ? "" : report.error().text().c_str());
        QCOMPARE(report->failures.size(), std::size_t(0));
        QString steps;
        for (const StatePtr& state : session.path())
            if (state->parent >= 0)
                steps += QString::fromStdString(print(state->step, session.registry())) + "\n";
        QCOMPARE(steps, QString("loops.vectorize(f, j) @auto(\"elementwise\")\n"));
    }

    // As a Concat of many pieces is: left as it is at once, and told.
    void leavesManyBlocksOverSizes()
    {
        std::string pieces;
        for (int k = 0; k < 49; ++k) {
            const std::string number = std::to_string(k);
            pieces += "    for i" + number + " in range(n):\n        with block(\"b" + number
                      + "\") as (vi: spatial(n) = i" + number + "):\n            y[vi + " + number + " * n] = x[vi]\n";
        }
        Session session(parse(("module m():\n\n@loops\ndef f(x: f32[n]) -> (y: f32[49*n]):\n" + pieces).c_str()),
                        std::make_shared<const Registry>(passTransforms()));
        const auto report = autoSchedule(session, "f");
        QVERIFY2(report.ok(), report.ok() ? "" : report.error().text().c_str());
        QCOMPARE(report->steps, 0);
        QCOMPARE(report->failures.size(), std::size_t(1));
        QCOMPARE(report->failures[0].error.message, std::string("f has 49 blocks that run to sizes."));
    }

    // The other nodes are lowered all the same, in one step.
    void tellsWhatCannotBeLowered()
    {
        const auto registry = std::make_shared<const Registry>(passTransforms());
        Session session(parse(R"(module m(entry=main):

def main(x: f32[4], z: f32[n, 4]) -> (y: f32[4], s: string[4], t: f32[n, 4]):
    a: f32[4] = Softmax(x, node="a", version=13)
    s: string[4] = Cast(a, to=8, node="c", version=13)
    y: f32[4] = Softmax(a, node="b", version=13)
    t: f32[n, 4] = Hardmax(z, axis=0, node="d", version=13)
    return y, s, t
)"),
                        registry);
        const auto report = autoScheduleAll(session);
        QVERIFY(report.ok());
        QCOMPARE(report->failures.size(), std::size_t(1));
        QCOMPARE(report->failures[0].where, std::string("d"));
        QCOMPARE(report->failures[0].error.text(),
                 std::string("Node d (Hardmax) has loops for numbers only where its shape speaks of n. "
                             "Bind the dimension first."));
        std::vector<std::string> lines;
        for (const StatePtr& state : session.path())
            if (state->step.automatic == "lower")
                lines.push_back(print(state->step, *registry));
        QCOMPARE(lines, (std::vector<std::string>{"graph.lower_to_loops(main, nodes=[a, b, c]) @auto(\"lower\")"}));
    }

    void refusesAModuleWithoutEntry()
    {
        Session session(parse("module m():\n\ndef f(x: f32[4]) -> (y: f32[4]):\n    return x\n\n"
                              "def g(x: f32[4]) -> (y: f32[4]):\n    return x\n"),
                        std::make_shared<const Registry>(passTransforms()));
        const auto all = autoScheduleAll(session), one = autoSchedule(session, "h");
        QCOMPARE(all ? "" : all.error().text().c_str(),
                 "The module has no entry function. Name one: module NAME(entry=FUNCTION).");
        QCOMPARE(one ? "" : one.error().text().c_str(), "There is no function h. The module has f and g.");
    }
};

STRATA_TEST(TestAutomatic)
#include "tst_automatic.moc"
