// The runner with a model written by hand (tests/backends/runtime/model.c): results, times, and every way to go wrong.
#include "backends/runner/runner.h"
#include "tests/program.h"

#include <QtTest>

#include <csignal>
#include <thread>

using namespace strata;

namespace {

std::string modelPath() { return siblingProgram("test-artifact.so"); }

std::vector<Tensor> inputs(int what)
{
    Tensor x = makeTensor(DType::F32, {64, 17}), chosen = makeTensor(DType::I32, {1});
    for (int i = 0; i < 64 * 17; ++i)
        x.data<float>()[i] = float(i) / 3;
    chosen.data<std::int32_t>()[0] = what;
    return {x, chosen};
}

bool right(const std::vector<Tensor>& outputs)
{
    const std::vector<Tensor> given = inputs(0);
    for (int i = 0; i < 64 * 17; ++i)
        if (outputs[0].data<float>()[i] != 2 * given[0].data<float>()[i])
            return false;
    return outputs[1].integerAt(0) == 64;
}

QString text(const std::string& s) { return QString::fromStdString(s); }

#define QVERIFY_OK(result) QVERIFY2((result).ok(), (result).ok() ? "" : (result).error().message.c_str())

}  // namespace

class TestRunner : public QObject {
    Q_OBJECT

private slots:
    void loadsAndRuns();
    void times();
    void timesInTurn();
    void limits_data();
    void limits();
    void crashThenReload();
    void guardsCatchStrayAccesses_data();
    void guardsCatchStrayAccesses();
    void hangTimesOut();
    void killedWhileTiming();
    void refusals_data();
    void refusals();
    void missingLibrary();
    void unloads();
};

void TestRunner::loadsAndRuns()
{
    Runner runner;
    const Result<Loaded> loaded = runner.load(modelPath(), "test", "");
    QVERIFY_OK(loaded);
    QCOMPARE(text(loaded->inputs[0].first), QString("x"));
    QCOMPARE(text(toString(loaded->inputs[0].second)), QString("f32[64, 17]"));
    QCOMPARE(text(toString(loaded->outputs[1].second)), QString("i64[1]"));
    QVERIFY((loaded->calls == std::vector<std::string>{"check", "scale"}));
    for (const int threads : {1, 2}) {
        const Result<std::vector<Tensor>> outputs = runner.run(loaded->handle, inputs(0), threads);
        QVERIFY_OK(outputs);
        QVERIFY(right(*outputs));
    }
}

void TestRunner::times()
{
    Runner runner;
    const Result<Loaded> loaded = runner.load(modelPath(), "test", "");
    QVERIFY_OK(loaded);
    TimingOptions options;
    options.plan.seconds = 0.05;
    const Result<Timing> timing = runner.time(loaded->handle, inputs(0), options);
    QVERIFY_OK(timing);
    QVERIFY(timing->lowMs > 0 && timing->lowMs <= timing->medianMs && timing->medianMs <= timing->highMs);
    QVERIFY(timing->runs >= options.plan.minSamples && timing->warmups >= 2);
    QVERIFY(int(timing->samplesMs.size()) <= timing->runs);
    QCOMPARE(timing->callMs.size(), std::size_t(2));
    QCOMPARE(timing->quickestMs.size(), std::size_t(2));
    for (std::size_t i = 0; i < 2; ++i)
        QVERIFY(timing->quickestMs[i] <= timing->callMs[i]);
}

void TestRunner::timesInTurn()
{
    Runner runner;
    const Result<Loaded> a = runner.load(modelPath(), "test", ""), b = runner.load(modelPath(), "test", "");
    QVERIFY_OK(a);
    QVERIFY_OK(b);
    TimingOptions options;
    options.plan.seconds = 0.02;
    const auto timings = runner.timeInTurn({a->handle, b->handle}, inputs(0), options);
    QVERIFY_OK(timings);
    QCOMPARE(timings->size(), std::size_t(2));
    for (const Timing& timing : *timings)
        QVERIFY(!timing.samplesMs.empty());  // how many is a matter of the machine; tst_turns has rows for it
    QCOMPARE(timings->at(0).turn, timings->at(1).turn);
    const auto later = runner.time(a->handle, inputs(0), options);
    QVERIFY_OK(later);
    QVERIFY(later->turn != timings->at(0).turn);
}

void TestRunner::limits_data()
{
    QTest::addColumn<QString>("isa");
    QTest::addColumn<int>("threads");
    for (const char* isa : {"x86-64-v2", "x86-64-v3", "x86-64-v4"})
        for (const int threads : {1, 2})
            QTest::addRow("%s, %d threads", isa, threads) << QString(isa) << threads;
}

// What registers give is far beyond what a loop through memory shows: a core of this century that has fma multiplies
// and adds more than eight numbers a nanosecond, with vectors of eight more than thirty.
void TestRunner::limits()
{
    QFETCH(QString, isa);
    QFETCH(int, threads);
    Runner runner;
    const auto limits = runner.limits(isa.toStdString(), threads);
    const bool supported = isa == "x86-64-v4"   ? __builtin_cpu_supports("x86-64-v4")
                           : isa == "x86-64-v3" ? __builtin_cpu_supports("x86-64-v3")
                                                : true;
    QCOMPARE(limits.ok(), supported);
    if (!supported) {
        QCOMPARE(text(limits.error().message), "This processor does not run code for " + isa + ".");
        return;
    }
    QCOMPARE(text(limits->isa), isa);
    QCOMPARE(limits->threads, threads);
    QVERIFY2(limits->flopsPerSecond > 1e9,  // a mistake would be far below, a busy machine is not
             qPrintable(QString::number(limits->flopsPerSecond)));
    QVERIFY(limits->levels.size() >= 2);
    QCOMPARE(text(limits->levels.back().name), QString("memory"));
    QCOMPARE(limits->levels.back().bytes, 0.0);
    for (std::size_t i = 0; i + 1 < limits->levels.size(); ++i)
        QVERIFY(limits->levels[i].bytesPerSecond >= limits->levels[i + 1].bytesPerSecond);
}

void TestRunner::crashThenReload()
{
    Runner runner;
    const Result<Loaded> first = runner.load(modelPath(), "test", ""), second = runner.load(modelPath(), "test", "");
    QVERIFY_OK(second);
    CallOptions options;
    options.what = "running step 7";
    const auto crashed = runner.run(second->handle, inputs(1), 1, options);
    QVERIFY(!crashed.ok());
    QCOMPARE(text(crashed.error().message),
             QString("The runner ended with signal 4 (Illegal instruction) while running step 7."));
    for (const int handle : {second->handle, first->handle}) {
        const auto outputs = runner.run(handle, inputs(0), 1);
        QVERIFY_OK(outputs);
        QVERIFY(right(*outputs));
    }
}

void TestRunner::guardsCatchStrayAccesses_data()
{
    QTest::addColumn<QByteArray>("guard");
    QTest::addColumn<int>("what");
    QTest::newRow("reading behind") << QByteArray("after") << 7;
    QTest::newRow("writing in front") << QByteArray("before") << 8;
    QTest::newRow("writing to what is left of a line") << QByteArray("after") << 9;
}

// With guard pages asked for, what strays ends the runner, and what does not runs.
void TestRunner::guardsCatchStrayAccesses()
{
    QFETCH(QByteArray, guard);
    QFETCH(int, what);
    qputenv("STRATA_RUNNER_GUARD", guard);
    Runner runner;
    const Result<Loaded> loaded = runner.load(modelPath(), "test", "");
    QVERIFY_OK(loaded);
    const auto outputs = runner.run(loaded->handle, inputs(0), 2);
    QVERIFY_OK(outputs);
    QVERIFY(right(*outputs));
    auto strayed = runner.run(loaded->handle, inputs(what), 1);
    if (strayed.ok())
        QVERIFY_OK(runner.run(loaded->handle, inputs(0), 1));
    const std::string message = strayed.ok() ? "" : strayed.error().message;
    qunsetenv("STRATA_RUNNER_GUARD");
    QVERIFY2(message.find("ended with signal") != std::string::npos, message.c_str());
}

void TestRunner::hangTimesOut()
{
    Runner runner;
    const Result<Loaded> loaded = runner.load(modelPath(), "test", "");
    QVERIFY_OK(loaded);
    CallOptions options;
    options.what = "running step 3";
    options.timeout = std::chrono::milliseconds(300);
    const auto hung = runner.run(loaded->handle, inputs(2), 1, options);
    QVERIFY(!hung.ok());
    QCOMPARE(text(hung.error().message),
             QString("The runner did not answer within 0.3 s while running step 3 and was ended."));
    QVERIFY_OK(runner.run(loaded->handle, inputs(0), 1));
}

void TestRunner::killedWhileTiming()
{
    Runner runner;
    const Result<Loaded> loaded = runner.load(modelPath(), "test", "");
    QVERIFY_OK(loaded);
    const int process = runner.worker().processId();
    std::jthread killer([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        test_program::signalProcess(process, SIGKILL);
    });
    TimingOptions timing;
    timing.plan = {20, 0, 5, 1'000'000};
    const auto killed = runner.time(loaded->handle, inputs(0), timing);
    QVERIFY(!killed.ok());
    QCOMPARE(text(killed.error().message), QString("The runner ended with signal 9 (Killed) while timing the model."));
    QVERIFY_OK(runner.run(loaded->handle, inputs(0), 1));
}

void TestRunner::refusals_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("too few") << 1 << "The model takes 2 inputs, not 1.";
    QTest::newRow("another type") << 2 << "The input what is i32[1], not f32[64, 17].";
}

void TestRunner::refusals()
{
    QFETCH(int, count);
    QFETCH(QString, sentence);
    Runner runner;
    const Result<Loaded> loaded = runner.load(modelPath(), "test", "");
    QVERIFY_OK(loaded);
    const auto refusedRun = runner.run(loaded->handle, std::vector<Tensor>(std::size_t(count), inputs(0)[0]), 1);
    QVERIFY(!refusedRun.ok());
    QCOMPARE(refusedRun.error().kind, ErrorKind::Refused);
    QCOMPARE(text(refusedRun.error().message), sentence);
}

void TestRunner::missingLibrary()
{
    Runner runner;
    const auto missing = runner.load("/nowhere/model.so", "test", "");
    QVERIFY(!missing.ok());
    QCOMPARE(missing.error().kind, ErrorKind::Environment);
    QVERIFY(text(missing.error().message).contains("/nowhere/model.so"));
    const auto other = runner.load(modelPath(), "other", "");
    QVERIFY(!other.ok());
    QCOMPARE(text(other.error().message), QString("The library has no function other_describe."));
}

void TestRunner::unloads()
{
    Runner runner;
    const Result<Loaded> loaded = runner.load(modelPath(), "test", "");
    QVERIFY_OK(loaded);
    QVERIFY(runner.unload(loaded->handle).ok());
    QVERIFY(!runner.run(loaded->handle, inputs(0), 1).ok());
}

STRATA_TEST_IN(QCoreApplication, TestRunner)
#include "tst_runner.moc"
