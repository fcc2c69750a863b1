// Automatic schedules for a device: nests become kernels of blocks and threads, and not a bit of the result changes.
#include "core/verify/verify.h"
#include "passes/automatic/automatic.h"
#include "passes/registry.h"
#include "tests/passes/automatic/drawn.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

namespace {

const char* networkText = R"(module m(entry=main):

const @w: f32[16, 3, 3, 3]
const @d: f32[16, 1, 3, 3]
const @p: f32[64, 16, 1, 1]
const @f: f32[1024, 40]

def main(x: f32[1, 3, 18, 18]) -> (y: f32[1, 40]):
    c: f32[1, 16, 18, 18] = Conv(x, @w, pads=[1, 1, 1, 1], node="conv", version=11)
    r: f32[1, 16, 18, 18] = Relu(c, node="relu", version=14)
    k: f32[1, 16, 16, 16] = Conv(r, @d, group=16, node="depthwise", version=11)
    o: f32[1, 64, 16, 16] = Conv(k, @p, node="point", version=11)
    e: f32[1, 64, 16, 16] = Sigmoid(o, node="sigmoid", version=13)
    q: f32[1, 64, 4, 4] = MaxPool(e, kernel_shape=[4, 4], strides=[4, 4], node="pool", version=12)
    s: f32[1, 64, 4, 4] = Softmax(q, axis=1, node="softmax", version=13)
    f: f32[1, 1024] = Flatten(s, node="flat", version=13)
    y: f32[1, 40] = MatMul(f, @f, node="matmul", version=13)
    return y
)";

std::string stepsOf(const Session& session)
{
    std::string steps;
    for (const StatePtr& state : session.path())
        if (state->parent >= 0)
            steps += print(state->step, session.registry()) + "\n";
    return steps;
}

Session session(const std::string& text)
{
    return Session(parse(text), std::make_shared<const Registry>(passTransforms()));
}

int boundLoops(const Function& function)
{
    int bound = 0;
    if (function.loops())
        walk(function.loops()->body, [&](const StmtPtr& stmt) {
            const Loop* loop = as<Loop>(stmt);
            bound += loop && loop->kind == LoopKind::Bound;
        });
    return bound;
}

}  // namespace

class TestThreads : public QObject {
    Q_OBJECT
private slots:
    void steps_data()
    {
        QTest::addColumn<QString>("module");
        QTest::addColumn<QString>("steps");
        QTest::newRow("a sum and what follows it") << R"(module m(entry=f):

@loops
def f(a: f32[63, 300], b: f32[300, 101]) -> (c: f32[63, 101]):
    s = alloc f32[63, 101]
    for i, k, j in grid(63, 300, 101):
        with block("s") as (vi: spatial(63) = i, vj: spatial(101) = j, vk: reduce(300) = k):
            with init(): s[vi, vj] = 0.0
            s[vi, vj] = fma(a[vi, vk], b[vk, vj], s[vi, vj])
    for i1, j1 in grid(63, 101):
        with block("c") as (vi: spatial(63) = i1, vj: spatial(101) = j1):
            c[vi, vj] = max(s[vi, vj], 0.0)
)"
                                                   << R"(loops.reorder(f, [i, j, k]) @auto("threads")
loops.reverse_compute_at(f, c, j) @auto("threads")
loops.set_scope(f, s, local) @auto("threads")
loops.decompose_reduction(f, s, k) @auto("threads")
loops.bind(f, i, blockIdx.x) @auto("threads")
loops.bind(f, j, threadIdx.x) @auto("threads")
)";
        QTest::newRow("a tile of sums in the registers of a thread") << R"(module m(entry=f):

@loops
def f(a: f32[64, 30], b: f32[30, 96]) -> (c: f32[64, 96]):
    for i, j, k in grid(64, 96, 30):
        with block("c") as (vi: spatial(64) = i, vj: spatial(96) = j, vk: reduce(30) = k):
            with init(): c[vi, vj] = 0.0
            c[vi, vj] = fma(a[vi, vk], b[vk, vj], c[vi, vj])
)"
                                                                     << R"(loops.split(f, i, [_, 4]) @auto("threads")
loops.split(f, j, [_, 4]) @auto("threads")
loops.reorder(f, [i0, j0, k, i1, j1]) @auto("threads")
loops.cache_write(f, c, c) @auto("threads")
loops.reverse_compute_at(f, c_local, j0) @auto("threads")
loops.decompose_reduction(f, c, k) @auto("threads")
loops.unroll(f, i1) @auto("threads")
loops.unroll(f, j1) @auto("threads")
loops.fuse(f, [i0, j0]) @auto("threads")
loops.split(f, i0_j0, [_, 128]) @auto("threads")
loops.bind(f, i0_j0_0, blockIdx.x) @auto("threads")
loops.bind(f, i0_j0_1, threadIdx.x) @auto("threads")
)";
        QTest::newRow("a result that is summed up, short rows") << R"(module m(entry=f):

@loops
def f(a: f32[90, 7, 9, 8]) -> (b: f32[90, 7, 9]):
    for i, j, k, l in grid(90, 7, 9, 8):
        with block("b") as (vi: spatial(90) = i, vj: spatial(7) = j, vk: spatial(9) = k, vl: reduce(8) = l):
            with init(): b[vi, vj, vk] = 0.0
            b[vi, vj, vk] = b[vi, vj, vk] + a[vi, vj, vk, vl]
)"
                                                                << R"(loops.cache_write(f, b, b) @auto("threads")
loops.reverse_compute_at(f, b_local, k) @auto("threads")
loops.decompose_reduction(f, b, l) @auto("threads")
loops.fuse(f, [j, k]) @auto("threads")
loops.bind(f, i, blockIdx.x) @auto("threads")
loops.bind(f, j_k, threadIdx.x) @auto("threads")
)";
        QTest::newRow("long rows") << R"(module m(entry=f):

@loops
def f(a: f32[4, 3, 1000]) -> (b: f32[4, 3, 1000]):
    for i, j, k in grid(4, 3, 1000):
        with block("b") as (vi: spatial(4) = i, vj: spatial(3) = j, vk: spatial(1000) = k):
            b[vi, vj, vk] = a[vi, vj, vk] * 2.0
)"
                                   << R"(loops.split(f, k, [_, 128]) @auto("threads")
loops.fuse(f, [i, j, k0]) @auto("threads")
loops.bind(f, i_j_k0, blockIdx.x) @auto("threads")
loops.bind(f, k1, threadIdx.x) @auto("threads")
)";
        QTest::newRow("too few for a kernel") << R"(module m(entry=f):

@loops
def f(a: f32[100]) -> (b: f32[100]):
    for i in range(100):
        with block("b") as (vi: spatial(100) = i):
            b[vi] = a[vi] * 2.0
)"
                                              << R"(loops.split(f, i, [_, 16]) @auto("elementwise")
loops.vectorize(f, i1) @auto("elementwise")
)";
    }
    void steps()
    {
        QFETCH(QString, module);
        QFETCH(QString, steps);
        Session one = session(module.toStdString());
        const auto report = autoScheduleAll(one, {}, {}, Effect::Exact, MadeFor::Device);
        QVERIFY2(report.ok(), report.ok() ? "" : report.error().text().c_str());
        QCOMPARE(QString::fromStdString(stepsOf(one)), steps);
        QCOMPARE(report->failures.size(), std::size_t(0));
    }

    // One function alone, as its own button asks.
    void oneFunction()
    {
        Session one = session(R"(module m(entry=f):

@loops
def f(a: f32[9000]) -> (b: f32[9000]):
    for i in range(9000):
        with block("b") as (vi: spatial(9000) = i):
            b[vi] = a[vi] * 2.0
)");
        QVERIFY(autoSchedule(one, "f", {}, {}, MadeFor::Device).ok());
        QCOMPARE(boundLoops(*one.current()->module->find("f")), 2);
    }

    // Whatever a network is made of; what is small stays on the CPU.
    void nothingChanges()
    {
        Session one = session(networkText);
        const ModulePtr root = one.current()->module;
        QVERIFY(autoScheduleAll(one, {}, {}, Effect::Exact, MadeFor::Device).ok());
        const Module& scheduled = *one.current()->module;
        QVERIFY2(verified(scheduled).ok(), print(scheduled).c_str());
        int onDevice = 0, onCpu = 0;
        for (const FunctionPtr& function : scheduled.functions)
            if (function->loops())
                ++(boundLoops(*function) ? onDevice : onCpu);
        QVERIFY2(onDevice >= 4 && onCpu >= 1, print(scheduled).c_str());
        const std::vector<Tensor> inputs = inputsOf(*root->entryFunction());
        const auto expected = evaluate(*root, *root->entryFunction(), inputs),
                   found = evaluate(scheduled, *scheduled.entryFunction(), inputs);
        QVERIFY(expected.ok() && found.ok());
        QVERIFY(expected->front().bytes == found->front().bytes);
    }

    // All nests of a function become kernels, or the CPU runs them all.
    void tellsWhatHasNothingToShare()
    {
        Session one = session(R"(module m(entry=f):

@loops
def f(a: f32[9000]) -> (b: f32[9000], c: f32[]):
    for i in range(9000):
        with block("b") as (vi: spatial(9000) = i):
            b[vi] = a[vi] * 2.0
    for j in range(9000):
        with block("c") as (vj: reduce(9000) = j):
            with init(): c[] = 0.0
            c[] = c[] + a[vj]
)");
        const auto report = autoScheduleAll(one, {}, {}, Effect::Exact, MadeFor::Device);
        QVERIFY(report.ok());
        QCOMPARE(report->failures.size(), std::size_t(1));
        QCOMPARE(report->failures[0].error.text(), std::string("Block c has no iterations that threads could share."));
        QCOMPARE(boundLoops(*one.current()->module->find("f")), 0);
        QVERIFY(report->steps > 0);
    }
};

STRATA_TEST(TestThreads)
#include "tst_threads.moc"
