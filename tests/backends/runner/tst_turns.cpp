// Measuring in turn without a clock: competitors whose runs take what a list of numbers says.
#include "backends/runner/turns.h"
#include "tests/program.h"

#include <QtTest>

#include <cmath>
#include <random>

using namespace strata;

namespace {

// Runs of `ms`, each off by up to `noise` of it; counts what they were asked for.
struct Pretended {
    double ms = 1, noise = 0;
    int runs = 0;
    double spentMs = 0;
    std::mt19937 random{7};

    TimedRuns timed()
    {
        return [this](int count) -> Result<double> {
            runs += count;
            const double each = ms * (1 + noise * std::uniform_real_distribution(-1.0, 1.0)(random));
            spentMs += each * count;
            return each;
        };
    }
};

Result<std::vector<Samples>> inTurn(std::vector<Pretended*> all, const TurnPlan& plan)
{
    std::vector<TimedRuns> competitors;
    for (Pretended* one : all)
        competitors.push_back(one->timed());
    return sampleInTurn(competitors, plan, [](double) {});
}

}  // namespace

class TestTurns : public QObject {
    Q_OBJECT

private slots:
    void intervals_data()
    {
        QTest::addColumn<QList<double>>("samples");
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("value");
        QTest::addColumn<double>("high");
        QTest::newRow("one") << QList<double>{3} << 3.0 << 3.0 << 3.0;
        QTest::newRow("five") << QList<double>{5, 1, 4, 2, 3} << 1.0 << 3.0 << 5.0;
        QTest::newRow("eleven, with an outlier")
            << QList<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1000} << 2.0 << 6.0 << 10.0;
        QTest::newRow("even") << QList<double>{1, 2, 3, 4} << 1.0 << 2.5 << 4.0;
    }
    void intervals()
    {
        QFETCH(QList<double>, samples);
        const Interval interval = medianInterval({samples.begin(), samples.end()});
        QTEST(interval.low, "low");
        QTEST(interval.value, "value");
        QTEST(interval.high, "high");
    }

    // Of many medians of the same noise, about 95 of 100 intervals hold the true one.
    void intervalsHoldWhatTheySay()
    {
        std::mt19937 random(1);
        std::lognormal_distribution<double> noise(0, 0.3);  // skewed, as times are; its median is 1
        for (const int count : {6, 11, 40, 200}) {
            int held = 0;
            for (int i = 0; i < 1000; ++i) {
                std::vector<double> samples;
                for (int k = 0; k < count; ++k)
                    samples.push_back(noise(random));
                held += medianInterval(samples).holds(1);
            }
            QVERIFY2(held > 930, qPrintable(QStringLiteral("%1 of 1000 with %2 samples").arg(held).arg(count)));
        }
    }

    // What slows both for a while is not in the ratio of neighbours.
    void neighboursShareASlowPhase()
    {
        std::vector<double> own, other;
        for (int i = 0; i < 40; ++i) {
            const double phase = i < 18 ? 1 : 3;
            own.push_back(phase);
            other.push_back(2 * phase);
        }
        QCOMPARE(speedInterval(own, other).value, 2.0);
        QCOMPARE(speedInterval(own, other).relative(), 0.0);
        QVERIFY(speedInterval(medianInterval(own), medianInterval(other)).relative() > 0.3);
    }

    // The untouched model takes a second, the state a millisecond: it gets as many runs as tell that.
    void aSlowOneGetsFewRuns()
    {
        Pretended state{1, 0.1}, parent{1.2, 0.1}, root{1000, 0.1};
        const auto samples = inTurn({&state, &parent, &root}, {1.0, 0.01, 5, 10000});
        QVERIFY(samples.ok());
        QVERIFY2(root.spentMs < 6000, qPrintable(QString::number(root.spentMs)));
        QVERIFY(samples->at(2).ms.size() >= 1);
        QVERIFY(samples->at(0).ms.size() > samples->at(2).ms.size());
        QVERIFY(samples->at(1).ms.size() > samples->at(2).ms.size());
    }

    void aRunThatIsLongerThanAllItsTimeIsTakenOnce()
    {
        Pretended state{1, 0.01}, root{30'000, 0.01};
        QVERIFY(inTurn({&state, &root}, {1.0, 0.01, 5, 10000}).ok());
        QCOMPARE(root.runs, 1);
        Pretended alone{30'000, 0.01};
        QVERIFY(inTurn({&alone}, {1.0, 0.01, 5, 10000}).ok());
        QCOMPARE(alone.runs, 1);
    }

    // A driver that compiles a kernel for two seconds says nothing of the kernel.
    void aRunThatBuildsIsNoSample()
    {
        TurnPlan plan{1.0, 0.01, 5, 10000};
        plan.firstRunBuilds = true;
        int runs = 0;
        const TimedRuns built = [&](int count) -> Result<double> { return (runs += count) == count ? 2000.0 : 3.0; };
        const auto samples = sampleInTurn({built, built}, plan, [](double) {});
        QVERIFY(samples.ok());
        for (const Samples& one : *samples) {
            QVERIFY(one.ms.size() > 1);
            QCOMPARE(*std::max_element(one.ms.begin(), one.ms.end()), 3.0);
        }
        Pretended longer{30'000, 0.01};
        QVERIFY(inTurn({&longer}, plan).ok());
        QCOMPARE(longer.runs, 2);
    }

    void whatIsKnownIsNotMeasuredOn()
    {
        Pretended steady{1, 0.002}, twice{2, 0.002};
        QVERIFY(inTurn({&steady, &twice}, {10.0, 0.01, 5, 10000}).ok());
        QVERIFY2(twice.spentMs < 2500, qPrintable(QString::number(twice.spentMs)));  // of ten seconds
        Pretended noisy{1, 0.4}, close{1.03, 0.4};
        QVERIFY(inTurn({&noisy, &close}, {10.0, 0.01, 5, 10000}).ok());
        QVERIFY(close.spentMs > 2 * twice.spentMs);
    }

    void noneTakesMoreThanItsTime_data()
    {
        QTest::addColumn<double>("ms");
        for (const double ms : {0.001, 0.04, 1.0, 30.0, 400.0})
            QTest::newRow(qPrintable(QString::number(ms))) << ms;
    }
    void noneTakesMoreThanItsTime()
    {
        QFETCH(double, ms);
        Pretended a{ms, 0.9}, b{ms, 0.9};
        const auto samples = inTurn({&a, &b}, {1.0, 0.0, 5, 1'000'000});
        QVERIFY(samples.ok());
        for (const Samples& one : *samples)
            QVERIFY2(one.spentMs <= 2400, qPrintable(QString::number(one.spentMs)));
    }

    void anErrorEndsIt()
    {
        const TimedRuns fails = [](int) -> Result<double> { return refused("It does not run."); };
        Pretended runs;
        const auto samples = sampleInTurn({runs.timed(), fails}, {}, [](double) {});
        QVERIFY(!samples.ok());
        QCOMPARE(QString::fromStdString(samples.error().message), QStringLiteral("It does not run."));
    }
};

STRATA_TEST_IN(QCoreApplication, TestTurns)
#include "tst_turns.moc"
