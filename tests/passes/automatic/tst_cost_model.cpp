// The cost model: a better schedule is predicted to be faster, what it costs is named, and orders are compared by rank.
#include "core/ir/cpu.h"
#include "core/session/session.h"
#include "core/text/text.h"
#include "passes/automatic/automatic.h"
#include "passes/automatic/cost_model.h"
#include "passes/registry.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

namespace {

const char* matmulText = R"(module m(entry=mm, isa=x86-64-v3):

@loops
def mm(a: f32[96, 128], b: f32[128, 96]) -> (c: f32[96, 96]):
    for i, j, k in grid(96, 96, 128):
        with block("mm") as (vi: spatial(96) = i, vj: spatial(96) = j, vk: reduce(128) = k):
            with init(): c[vi, vj] = 0.0
            c[vi, vj] = fma(a[vi, vk], b[vk, vj], c[vi, vj])
)";

// Peak 100 GFLOP/s of 256 bits: 3.125 GHz.
MachineModel machine() { return {100e9, 1, {{"L1", 48e3, 400e9}, {"L2", 2e6, 150e9}, {"memory", 0, 12e9}}}; }

Session sessionOf(const std::string& text, const std::vector<std::string>& steps = {})
{
    auto module = parseModule(text);
    if (!module)
        qFatal("%s", module.error().text().c_str());
    Session session(*module, std::make_shared<const Registry>(passTransforms()));
    for (const std::string& line : steps) {
        const auto step = parseStep(line, session.registry());
        if (!step || !session.apply(*step))
            qFatal("%s", line.c_str());
    }
    return session;
}

Prediction predicted(const Session& session)
{
    const Module& module = *session.current()->module;
    return predict(module, *module.entryFunction(), machine());
}

bool names(const Prediction& prediction, Waste::Kind kind)
{
    for (const Waste& waste : prediction.wastes)
        if (waste.kind == kind && waste.seconds > 0)
            return true;
    return false;
}

}  // namespace

class TestCostModel : public QObject {
    Q_OBJECT
private slots:
    void schedulesAreRanked()
    {
        Session automatic = sessionOf(matmulText);
        QVERIFY(autoSchedule(automatic, "mm").ok());
        const Session vectors = sessionOf(matmulText,
                                          {"loops.decompose_reduction(mm, mm, k)", "loops.split(mm, j, [_, 8])"});
        const Prediction naive = predicted(sessionOf(matmulText)), tiled = predicted(automatic);
        QVERIFY2(tiled.seconds < naive.seconds / 8, qPrintable(QString::number(tiled.seconds / naive.seconds)));
        QCOMPARE(naive.flops, 2.0 * 96 * 96 * 128);
        QCOMPARE(tiled.flops, naive.flops);
        QVERIFY(tiled.seconds > tiled.flops / machine().flopsPerSecond);  // no faster than the machine
        QVERIFY(names(naive, Waste::Kind::Scalar) && names(naive, Waste::Kind::Latency));
        QVERIFY(!names(tiled, Waste::Kind::Scalar));
        QVERIFY(predicted(vectors).seconds > tiled.seconds);
    }

    // What a function takes on a target follows from the target's caches, wherever they are said.
    void cachesAreTheTargets()
    {
        const Session session = sessionOf(matmulText);
        const Module& module = *session.current()->module;
        Target small = module.target;
        small.l1Bytes = small.l2Bytes = small.l3Bytes = 2048;
        const auto seconds = [&](const Target& target) {
            return predict(module, *module.entryFunction(), commonMachine(target)).seconds;
        };
        QVERIFY(seconds(small) > 1.5 * seconds(module.target));
        const MachineModel own = commonMachine(module.target);
        QCOMPARE(std::int64_t(own.levels[1].bytes), cpuOf(module.target.isa).l2Bytes);
    }

    void tailsAreNamed()
    {
        const std::string text = R"(module m(entry=f, isa=x86-64-v3):

@loops
def f(x: f32[256, 9]) -> (y: f32[256, 9]):
    for i in range(256):
        for j in vectorized(9):
            with block("f") as (vi: spatial(256) = i, vj: spatial(9) = j):
                y[vi, vj] = x[vi, vj] * 2.0
)";
        QVERIFY(names(predicted(sessionOf(text)), Waste::Kind::Tail));
    }

    void farDataBoundWhatReadsThemOnce()
    {
        const std::string text = R"(module m(entry=f, isa=x86-64-v3):

@loops
def f(x: f32[4096, 1024]) -> (y: f32[4096, 1024]):
    for i in range(4096):
        for j0 in range(64):
            for j1 in vectorized(16):
                with block("f") as (vi: spatial(4096) = i, vj: spatial(1024) = j0 * 16 + j1):
                    y[vi, vj] = x[vi, vj] + 1.0
)";
        const Prediction prediction = predicted(sessionOf(text));
        QCOMPARE(prediction.bound, std::string("memory"));
        const double least = 2.0 * 4096 * 1024 * 4 / 12e9;
        QVERIFY(prediction.seconds >= least && prediction.seconds < 1.5 * least);
    }

    // Weights come from where the model lies before sums begin, values from where they were just made; what lies near
    // is fetched ahead.
    void farWeightsAreWaitedFor()
    {
        const auto seconds = [](const std::string& weights, double modelBytes) {
            std::string zeros = "0.0";
            for (int i = 1; i < 16 * 16; ++i)
                zeros += ", 0.0";
            const std::string text = R"(module m(entry=main, isa=x86-64-v3):

const @w: f32[16, 16] = [)" + zeros + R"(]

def main(x: f32[16, 16], v: f32[16, 16]) -> (y: f32[16, 16]):
    y: f32[16, 16] = call f(x, )" + weights
                                     + R"(, node="f")
    return y

@loops
def f(x: f32[16, 16], w: f32[16, 16]) -> (y: f32[16, 16]):
    for i, j, k in grid(16, 16, 16):
        with block("f") as (vi: spatial(16) = i, vj: spatial(16) = j, vk: reduce(16) = k):
            with init(): y[vi, vj] = 0.0
            y[vi, vj] = fma(x[vi, vk], w[vk, vj], y[vi, vj])
)";
            const Session session = sessionOf(text);
            const Module& module = *session.current()->module;
            return predict(module, *module.find("f"), machine(), modelBytes).seconds;
        };
        const double near = seconds("@w", 1e6), far = seconds("@w", 1e9), bytes = 16 * 16 * 4;
        QVERIFY(std::abs(far - near - bytes / 12e9) < 1e-3 * bytes / 12e9);
        QCOMPARE(seconds("v", 1e9), near);
    }

    void decisionsMakeTheSteps()
    {
        const Session session = sessionOf(matmulText);
        const auto choices = decisionsFor(session, "mm");
        QCOMPARE(choices.size(), std::size_t(1));
        const std::vector<std::string>& tiles = choices.at("mm");
        QVERIFY(tiles.size() > 5);
        std::set<std::string> texts;
        for (const std::string& tile : tiles) {
            Session decided = session;
            QVERIFY(autoSchedule(decided, "mm", {}, {{"mm", tile}}).ok());
            for (const StatePtr& state : decided.path())
                QCOMPARE(state->effect, Effect::Exact);
            texts.insert(print(*decided.current()->module));
        }
        QVERIFY2(texts.size() > tiles.size() / 2, qPrintable(QString::number(int(texts.size()))));
        Session none = session;
        QVERIFY(autoSchedule(none, "mm", {}, {{"mm", "vectors of 3 along nothing"}}).ok());
    }

    // Whether threads share a nest is decided, too, where there are threads.
    void threadsAreDecided()
    {
        const Session session = sessionOf(R"(module m(entry=f, isa=x86-64-v4):

@loops
def f(x: f32[64, 512]) -> (y: f32[64, 512]):
    for i, j in grid(64, 512):
        with block("f") as (vi: spatial(64) = i, vj: spatial(512) = j):
            y[vi, vj] = x[vi, vj] + 1.0
)");
        QVERIFY(decisionsFor(session, "f").empty());
        const std::vector<std::string> choices = decisionsFor(session, "f", 2).at("threads of f");
        std::map<std::string, bool> shared;
        for (const std::string& choice : choices) {
            Session decided = session;
            QVERIFY(autoSchedule(decided, "f", {}, {{"threads of f", choice}}).ok());
            shared[choice] = print(*decided.current()->module).find("parallel(") != std::string::npos;
        }
        const std::map<std::string, bool> expected{{"one", false}, {"all", true}};
        QVERIFY(shared == expected);
    }

    void ranks()
    {
        QCOMPARE(rankCorrelation({1, 2, 3}, {10, 20, 300}), 1.0);
        QCOMPARE(rankCorrelation({1, 2, 3}, {3, 2, 1}), -1.0);
        QCOMPARE(rankCorrelation({1, 1, 1}, {3, 2, 1}), 0.0);
        QCOMPARE(rankCorrelation({1}, {3}), 0.0);
        QVERIFY(qAbs(rankCorrelation({1, 2, 3, 4}, {1, 3, 2, 4}) - 0.8) < 1e-12);
    }
};

STRATA_TEST_IN(QCoreApplication, TestCostModel)
#include "tst_cost_model.moc"
